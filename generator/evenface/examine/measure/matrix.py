"""People against people: the mean score of every two over all their pictures, as a recogniser gives it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from evenface.examine.measure.report import Closest
from evenface.examine.readings import Reading
from evenface.faces.recognisers import Recogniser

__all__ = ["CLOSEST", "PEOPLE", "Matrix", "build_matrix", "closest_of"]

PEOPLE = 1_500
"""People in a matrix, at most; of a larger set as many of every cell in proportion."""
CLOSEST = 10


@dataclass(frozen=True, slots=True, eq=False)
class Matrix:
    """Mean comparisons between people, ordered by cell, then name."""

    recogniser: Recogniser
    people: tuple[str, ...]
    families: tuple[str, ...]
    cells: tuple[str, ...]
    """The cell of each person's first picture; empty where there are no cells."""
    means: NDArray[np.float64]
    """People x people, in the unit of the recogniser; on the diagonal, between different pictures of one person (NaN for one)."""


def build_matrix(recogniser: Recogniser, pictures: Sequence[Reading], *, people: int = PEOPLE) -> Matrix:
    """Return the matrix of those ``pictures`` in which a face was found."""
    own: dict[str, list[Reading]] = {}
    for picture in pictures:
        if recogniser.name in picture.embeddings:
            own.setdefault(picture.labels.identity, []).append(picture)
    first = {name: seen[0].labels for name, seen in own.items()}
    order = sorted(own, key=lambda name: (first[name].cell or "", name))
    order = [order[at] for at in np.unique(np.linspace(0, len(order) - 1, min(len(order), people)).round().astype(int))]
    means = np.full((len(order), len(order)), np.nan)
    vectors = [np.array([picture.embeddings[recogniser.name] for picture in own[name]]) for name in order]
    starts = np.cumsum([0, *map(len, vectors)])[:-1]
    for at, each in enumerate(vectors):
        scores = recogniser.compare(each, np.concatenate(vectors))
        means[at] = np.add.reduceat(scores.mean(axis=0), starts) / [len(vector) for vector in vectors]
        within = scores[:, starts[at] : starts[at] + len(each)][np.triu_indices(len(each), 1)]
        means[at, at] = within.mean() if within.size else np.nan
    shown = means if recogniser.unit == "cosine" else -means
    families, cells = (tuple(values) for values in ([first[n].family for n in order], [first[n].cell or "" for n in order]))
    return Matrix(recogniser, tuple(order), families, cells, shown)


def closest_of(matrix: Matrix, *, count: int = CLOSEST) -> list[Closest]:
    """Return the people of different families who are most alike, the most alike first."""
    families = np.unique(matrix.families, return_inverse=True)[1]
    one, other = np.nonzero(np.triu(families[:, None] != families[None], 1))
    means = matrix.means[one, other]
    order = np.argsort(-means if matrix.recogniser.unit == "cosine" else means, kind="stable")[:count]
    return [Closest(matrix.recogniser.name, matrix.people[one[at]], matrix.people[other[at]], float(means[at])) for at in order]
