"""Identity labels as face recognisers see them: one person under two ids, and pictures of another person.

Both recognisers must agree, and must find two ids as alike as a picture and its person's others are in nine cases of ten: the
public thresholds alone would report many pairs of people of one cell, since recognisers hold people of some cells badly apart. A
picture is misplaced when it is less like its own person's others than 99 in 100 are, and that much like another person. What is
found is a reason to look, not a proof.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from evenface.dataset.foreign import Labelled, LabelledSet
from evenface.examine.readings import Reading, may_keep, read_set
from evenface.examine.validate.findings import LIMIT, Collector
from evenface.faces.reader import RECOGNISERS, FaceModels
from evenface.report import Entry, Table

__all__ = ["People", "examine_recognised", "find_alike", "find_misplaced"]

Floats = NDArray[np.float64]

USUAL, RARE = 0.1, 0.01
"""Quantiles of how alike a picture is to its person's others: nine in ten are more alike than the one, 99 in 100 than the other.

On 120 rendered people, 715 pictures: none is reported as it is; of 25 people split into two ids 21 are, of 25 pairs of exchanged
pictures 22.
"""
_PEOPLE_AT_ONCE = 500


def examine_recognised(opened: LabelledSet, models: FaceModels, found: Collector) -> Table:
    """Show all pictures to the recognisers, and report ids and pictures that they take for another person's."""
    named: list[Labelled] = []

    def labelled() -> Iterator[Labelled]:
        for picture in opened.pictures:
            if picture.problem is None and picture.labels is not None and picture.labels.identity:
                named.append(Labelled(picture.name, picture.labels))
                yield picture

    readings = read_set(labelled(), models, lambda _more: None, keep=may_keep(opened.kind)).pictures
    kept = [each for each in readings if all(name in each.embeddings for name in RECOGNISERS)]
    columns = ("recognisers", "pictures", "seen by both", "people", "alike", "misplaced")
    if not kept:
        return Table("People as recognisers see them", columns, ((", ".join(RECOGNISERS), len(named), 0, 0, 0, 0),))
    scores = {name: People(kept, name) for name in RECOGNISERS}
    alike, misplaced = find_alike(scores), find_misplaced(scores)
    people = next(iter(scores.values())).names
    for one, other, distances in alike:
        found.add("person-alike", people[other], f"both recognisers take this id and {people[one]} for one person: {distances}")
    for person, other, count in misplaced:
        what = f"{count} of its pictures are like {people[other]} and unlike its others, say both recognisers"
        found.add("picture-misplaced", people[person], what)
    row: tuple[Entry, ...] = (", ".join(RECOGNISERS), len(named), len(kept), len(people), len(alike), len(misplaced))
    return Table("People as recognisers see them", columns, (row,))


class People:
    """Embeddings of one recogniser, and what is usual within a person.

    A score is minus a squared distance: a greater one is more alike.
    """

    def __init__(self, pictures: Sequence[Reading], name: str) -> None:
        self.vectors: Floats = np.stack([each.embeddings[name] for each in pictures])
        self.names, self.person = np.unique([each.labels.identity for each in pictures], return_inverse=True)
        families = {each.labels.identity: each.labels.family for each in pictures}
        self.family = np.array([families[person] for person in self.names])
        self.counts = np.bincount(self.person)
        self.squares = (self.vectors**2).sum(axis=1)
        self.means = self._means(self.vectors)
        self.mean_squares = self._means(self.squares[:, None])[:, 0]
        self.own = self._own()
        mated = self.own[~np.isnan(self.own)]
        self.usual, self.rare = (
            float(np.quantile(mated, part, method="higher")) if mated.size else np.inf for part in (USUAL, RARE)
        )

    def _means(self, values: Floats) -> Floats:
        sums = np.zeros((len(self.counts), values.shape[1]))
        np.add.at(sums, self.person, values)
        return sums / self.counts[:, None]

    def against(self, people: NDArray[np.int64]) -> Floats:
        """Return the mean score of the pairs of pictures of some people with those of all people."""
        products = self.means[people] @ self.means.T
        return np.asarray(2 * products - self.mean_squares[people, None] - self.mean_squares[None])

    def of_pictures(self, pictures: NDArray[np.int64]) -> Floats:
        """Return the mean score of some pictures with those of all people; with their own, themselves left out."""
        products = self.vectors[pictures] @ self.means.T
        scores = 2 * products - self.squares[pictures, None] - self.mean_squares[None]
        scores[np.arange(len(pictures)), self.person[pictures]] = self.own[pictures]
        return np.asarray(scores)

    def _own(self) -> Floats:
        """Return the mean score of each picture with its person's others; NaN where there is no other."""
        count = self.counts[self.person]
        products = (self.vectors * self.means[self.person]).sum(axis=1)
        with np.errstate(divide="ignore", invalid="ignore"):
            mean = (2 * products - self.squares - self.mean_squares[self.person]) * count / (count - 1)
        return np.asarray(np.where(count > 1, mean, np.nan))


def find_alike(scores: dict[str, People]) -> list[tuple[int, int, str]]:
    """Return pairs of people of different families whom all recognisers find as alike as one person's pictures usually are."""
    first = next(iter(scores.values()))
    found: list[tuple[int, int, str]] = []
    for start in range(0, len(first.names), _PEOPLE_AT_ONCE):
        people = np.arange(start, min(start + _PEOPLE_AT_ONCE, len(first.names)))
        both = first.family[people, None] != first.family[None]
        both &= people[:, None] < np.arange(len(first.names))[None]
        tables = {name: each.against(people) for name, each in scores.items()}
        for name, each in scores.items():
            both &= tables[name] >= each.usual
        for row, other in zip(*np.nonzero(both), strict=True):
            distances = ", ".join(
                f"{name} {_distance(tables[name][row, other]):.2f}, usual within a person {_distance(each.usual):.2f}"
                for name, each in scores.items()
            )
            found.append((int(people[row]), int(other), distances))
    return found


def find_misplaced(scores: dict[str, People]) -> list[tuple[int, int, int]]:
    """Return people with pictures that all recognisers take for another person's: the person, the other one, how many."""
    first = next(iter(scores.values()))
    counts: dict[tuple[int, int], int] = {}
    suspects = np.flatnonzero(np.all([each.own <= each.rare for each in scores.values()], axis=0))
    for start in range(0, len(suspects), _PEOPLE_AT_ONCE):
        pictures = suspects[start : start + _PEOPLE_AT_ONCE]
        tables = [each.of_pictures(pictures) for each in scores.values()]
        best = [np.nanargmax(table, axis=1) for table in tables]
        usual = [each.usual for each in scores.values()]
        for at, picture in enumerate(pictures):
            other = int(best[0][at])
            agreed = all(int(each[at]) == other for each in best) and first.family[first.person[picture]] != first.family[other]
            if agreed and all(table[at, other] >= least for table, least in zip(tables, usual, strict=True)):
                key = int(first.person[picture]), other
                counts[key] = counts.get(key, 0) + 1
    return [(person, other, count) for (person, other), count in list(counts.items())[: 10 * LIMIT]]


def _distance(score: float) -> float:
    return float(np.sqrt(max(-score, 0.0)))
