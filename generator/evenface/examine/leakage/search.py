"""The search with one recogniser against pictures of the gallery, or against means of its people.

First pictures of the gallery are searched for among the others of it, which gives the threshold and the baseline; then all
pictures of the dataset are.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from evenface.examine.leakage.faces import Faces, Seen
from evenface.examine.leakage.nearest import Greatest, Nearest, nearest
from evenface.examine.leakage.rates import Rate, difference
from evenface.examine.leakage.threshold import Threshold, allowed, calibrate, comparisons, public_threshold
from evenface.examine.measure.pairs import draw_pool
from evenface.faces.recognisers import Recogniser
from evenface.rng import rng_for
from evenface.statistics.clusters import share_of

__all__ = ["CENTRE", "PICTURE", "QUERIES", "Search", "search_gallery"]

PICTURE, CENTRE = "picture", "centre"
QUERIES = 10_000
"""Pictures of the gallery, at most, that make the baseline; those of random families."""
MATCHES = 2_000_000
"""False matches, at most, that a threshold is found among: 100 MB. A high rate, which would give more, takes fewer pictures."""

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class Search:
    """What was found with one recogniser against pictures or centres."""

    recogniser: Recogniser
    against: str
    threshold: Threshold
    references: int
    faces: Seen
    found: Nearest
    """Of each picture of ``faces``."""
    baseline_rows: Ints
    """Pictures of the gallery that were searched for among the others."""
    baseline: Nearest
    names: tuple[tuple[str, str | None], ...]
    """Of each reference: its picture, or nothing for a centre, and who is seen."""
    rates: tuple[Rate, ...]

    @property
    def exceeds(self) -> NDArray[np.bool_]:
        """Which pictures of the dataset exceed the threshold."""
        return self.found.scores >= self.threshold.as_score(self.recogniser)


def search_gallery(
    recogniser: Recogniser, against: str, dataset: Faces, gallery: Faces, *, fmr: float, seed: int
) -> Search | None:
    """Search the gallery for every picture of the dataset; None where one of them has no face."""
    faces, others = dataset.of(recogniser), gallery.of(recogniser)
    if not len(faces.rows) or not len(others.rows):
        return None
    references, owners, names = _references(recogniser, against, gallery, others)
    pool = draw_pool(others.owners, int(others.owners.max()) + 1, seed, min(QUERIES, max(1, int(MATCHES / (fmr * len(owners))))))
    pairs = (others.owners[pool], owners)
    labelled = gallery.families is not None
    greatest = Greatest(allowed(fmr, comparisons(*pairs)) + 1) if labelled else None
    baseline = nearest(recogniser, others.vectors[pool], references, owners=pairs, greatest=greatest)
    rng = rng_for(seed, "leakage", recogniser.name, against)
    line = public_threshold(recogniser, against) if greatest is None else calibrate(recogniser, against, greatest, pairs, rng)
    found = nearest(recogniser, faces.vectors, references)
    rates = _rates(line, recogniser, (dataset, faces, found), (gallery, others, pool, baseline))
    return Search(recogniser, against, line, len(owners), faces, found, others.rows[pool], baseline, names, tuple(rates))


def _references(
    recogniser: Recogniser, against: str, gallery: Faces, others: Seen
) -> tuple[Floats, Ints, tuple[tuple[str, str | None], ...]]:
    """Return the vectors to be searched, their owners and their names."""
    if against == PICTURE or gallery.people is None:
        people = gallery.people or (None,) * len(gallery.names)
        return others.vectors, others.owners, tuple((gallery.names[row], people[row]) for row in others.rows)
    known, first, person = np.unique(
        np.array([gallery.people[row] for row in others.rows]), return_index=True, return_inverse=True
    )
    sums = np.zeros((len(known), others.vectors.shape[1]))
    np.add.at(sums, person, others.vectors)
    centres = sums / np.bincount(person)[:, None]
    if recogniser.unit == "cosine":
        lengths = np.linalg.norm(centres, axis=1, keepdims=True)
        centres = centres / np.where(lengths > 0, lengths, 1)
    return centres, others.owners[first], tuple(("", str(name)) for name in known)


def _rates(
    line: Threshold,
    recogniser: Recogniser,
    dataset: tuple[Faces, Seen, Nearest],
    gallery: tuple[Faces, Seen, Ints, Nearest],
) -> Iterator[Rate]:
    """Yield the rate of each side overall and by cell, and after each pair the difference."""
    faces, seen, found = dataset
    theirs, others, pool, baseline = gallery
    score = line.as_score(recogniser)
    mine = np.array([faces.cells[row] or "" for row in seen.rows])
    known = np.array([theirs.cells[row] or "" for row in others.rows[pool]])
    for group in ("overall", *sorted(set(mine) - {""})):
        own = (mine == group) | (group == "overall")
        other = (known == group) | (group == "overall")
        one = _rate(line, "exceedance", group, found.scores[own] >= score, seen.owners[own])
        two = _rate(line, "baseline", group, baseline.scores[other] >= score, others.owners[pool][other])
        yield from (one, two)
        value, low, high = difference(one, two)
        yield Rate(line.system, line.against, "excess", group, one.n, one.people, None, value, low, high)


def _rate(line: Threshold, metric: str, group: str, hits: NDArray[np.bool_], owners: Ints) -> Rate:
    if not hits.size:
        return Rate(line.system, line.against, metric, group, 0, 0, None, None, None, None)
    families = np.unique(owners, return_inverse=True)[1]
    exceeding, pictures = np.bincount(families, weights=hits).astype(np.int64), np.bincount(families)
    found = share_of(zip(exceeding.tolist(), pictures.tolist(), strict=True))
    figures = (found.hits, found.value, found.low, found.high)
    return Rate(line.system, line.against, metric, group, found.total, found.clusters, *figures)
