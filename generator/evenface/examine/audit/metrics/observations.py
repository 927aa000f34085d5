"""What one metric says of each picture, or pair of pictures: the one shape that every rate, gap, test and power is told from."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from evenface.examine.audit.metrics.groups import Grouping
from evenface.statistics.clusters import Sample

__all__ = ["MEAN", "RATE", "Observations", "clustered", "group_weights", "people_in", "without_unlabelled"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

RATE, MEAN = "rate", "mean"


@dataclass(frozen=True, slots=True, eq=False)
class Observations:
    """Values of one metric of one system; a picture that the metric is not defined for has none."""

    system: str
    task: str
    metric: str
    kind: str
    """``rate``, whose values are 0 and 1, or ``mean``."""
    values: Floats
    first: Ints
    """Position of the picture, or of the first of a pair."""
    second: Ints | None = None
    """Position of the second picture of a pair; None for single pictures."""
    threshold: str | None = None
    note: str | None = None

    @property
    def of_pairs(self) -> bool:
        return self.second is not None


def without_unlabelled(observed: Observations, grouping: Grouping) -> Observations:
    """Leave out pictures without a cell, and pairs whose pictures are not of one cell."""
    cell = grouping.cell[observed.first]
    keep = cell >= 0
    if observed.second is not None:
        keep &= cell == grouping.cell[observed.second]
    if keep.all():
        return observed
    second = None if observed.second is None else observed.second[keep]
    return replace(observed, values=observed.values[keep], first=observed.first[keep], second=second)


def clustered(observed: Observations, grouping: Grouping) -> Sample:
    """Return the values with their cells and families; pairs of people of two families have both."""
    cell, family = grouping.cell[observed.first], grouping.family[observed.first]
    if observed.second is None or (grouping.family[observed.second] == family).all():
        return Sample(observed.values, cell, np.unique(family, return_inverse=True)[1].ravel(), None, len(grouping.cells))
    both = np.unique(np.stack([family, grouping.family[observed.second]]), return_inverse=True)[1].reshape(2, -1)
    return Sample(observed.values, cell, both[0], both[1], len(grouping.cells))


def group_weights(counts: Ints, members: NDArray[np.bool_]) -> Floats:
    """Return what each cell's mean weighs in the mean of each group (groups x cells): as many values as it has."""
    inside = members * counts
    total = inside.sum(axis=1, keepdims=True)
    return np.asarray(inside / np.maximum(total, 1), dtype=np.float64)


def people_in(observed: Observations, grouping: Grouping, members: NDArray[np.bool_]) -> Ints:
    """Return how many people have values in each group (groups x cells)."""
    pictures = observed.first if observed.second is None else np.concatenate([observed.first, observed.second])
    pictures = np.unique(pictures)
    person, cell = grouping.person[pictures], grouping.cell[pictures]
    return np.array([len(np.unique(person[row[cell]])) for row in members], dtype=np.int64)
