"""Observations of a metric, one value a picture or pair, and their rates and means by group with 95 % intervals.

Every rate, gap, test and power statement is computed from ``Observations``.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from evenface.examine.audit.metrics.groups import MARGINS, Estimate, Group, Grouping
from evenface.statistics.clusters import (
    Sample,
    Spread,
    cell_means,
    pooled_effect,
    rate_interval,
    spread_of,
    t_intervals,
)
from evenface.statistics.intervals import Interval

__all__ = [
    "MEAN",
    "RATE",
    "Measured",
    "Observations",
    "cluster_values",
    "drop_unlabelled",
    "estimates",
    "group_weights",
    "measure_groups",
    "people_in",
]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

RATE, MEAN = "rate", "mean"


@dataclass(frozen=True, slots=True, eq=False)
class Observations:
    """Values of one metric of one system; a picture for which the metric is undefined has none."""

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


def drop_unlabelled(observed: Observations, grouping: Grouping) -> Observations:
    """Leave out pictures without a cell, and pairs whose pictures are not of one cell."""
    cell = grouping.cell[observed.first]
    keep = cell >= 0
    if observed.second is not None:
        keep &= cell == grouping.cell[observed.second]
    if keep.all():
        return observed
    second = None if observed.second is None else observed.second[keep]
    return replace(observed, values=observed.values[keep], first=observed.first[keep], second=second)


def cluster_values(observed: Observations, grouping: Grouping) -> Sample:
    """Return the values with their cells and families; a pair of two families has both."""
    cell, family = grouping.cell[observed.first], grouping.family[observed.first]
    if observed.second is None or (grouping.family[observed.second] == family).all():
        return Sample(observed.values, cell, np.unique(family, return_inverse=True)[1].ravel(), None, len(grouping.cells))
    both = np.unique(np.stack([family, grouping.family[observed.second]]), return_inverse=True)[1].reshape(2, -1)
    return Sample(observed.values, cell, both[0], both[1], len(grouping.cells))


def group_weights(counts: Ints, members: NDArray[np.bool_]) -> Floats:
    """Return the weight of each cell's mean in the mean of each group (groups x cells): its number of values."""
    inside = members * counts
    total = inside.sum(axis=1, keepdims=True)
    return np.asarray(inside / np.maximum(total, 1), dtype=np.float64)


def people_in(observed: Observations, grouping: Grouping, members: NDArray[np.bool_]) -> Ints:
    """Return the number of people with values in each group (groups x cells)."""
    pictures = observed.first if observed.second is None else np.concatenate([observed.first, observed.second])
    pictures = np.unique(pictures)
    person, cell = grouping.person[pictures], grouping.cell[pictures]
    return np.array([len(np.unique(person[row[cell]])) for row in members], dtype=np.int64)


WILSON = "Wilson's interval with the effective number of independent values, design effect of people pooled over the margin, t"
T_PEOPLE = "t interval over people, stratified by cell"
_PAIRS = "t interval, variance of pairs that share people pooled over the margin"
_TOO_FEW = "no interval: a cell has one family, or all values are the same"


@dataclass(frozen=True, slots=True, eq=False)
class Measured:
    """Figures of the groups of one margin."""

    groups: tuple[Group, ...]
    """Groups with values."""
    counts: Ints
    people: Ints
    spread: Spread
    intervals: tuple[Interval | None, ...]
    worth: Floats
    """Effective number of independent values of each group."""
    kind: str
    of_pairs: bool

    @property
    def standard_errors(self) -> Floats:
        """Standard errors from the independent variance times the pooled design effect; infinite where that is unknown."""
        effect = pooled_effect(self.spread)
        return np.asarray(np.sqrt(self.spread.independent * effect) if np.isfinite(effect) else np.full(len(self.groups), np.inf))


def measure_groups(observed: Observations, grouping: Grouping, margin: str, *, confidence: float = 0.95) -> Measured:
    """Measure every group of a margin that has values; ``observed`` must have no pictures without a cell."""
    sample = cluster_values(observed, grouping)
    counts, _ = cell_means(sample)
    groups = tuple(group for group in grouping.margin(margin) if counts[group.cells].sum())
    members = np.array([group.cells for group in groups], dtype=bool).reshape(len(groups), len(grouping.cells))
    totals = np.asarray((members * counts).sum(axis=1), dtype=np.int64)
    if not groups:
        nothing = np.empty(0)
        spread = Spread(nothing, nothing, nothing, nothing, nothing, 0.0, totals)
        return Measured((), totals, totals, spread, (), nothing, observed.kind, sample.other is not None)
    spread = spread_of(sample, group_weights(counts, members))
    found, worth = rate_interval(spread, totals, confidence=confidence)
    intervals = tuple(found)
    if observed.kind == MEAN:
        intervals = tuple(t_intervals(spread, pooled=sample.other is not None, confidence=confidence))
    return Measured(
        groups, totals, people_in(observed, grouping, members), spread, intervals, worth, observed.kind, sample.other is not None
    )


def estimates(observed: Observations, grouping: Grouping) -> list[Estimate]:
    """Return the figure of every group of every margin; groups without values have a note."""
    observed = drop_unlabelled(observed, grouping)
    found = []
    for margin in MARGINS:
        table = measure_groups(observed, grouping, margin)
        places = {group.name: at for at, group in enumerate(table.groups)}
        for group in grouping.margin(margin):
            at = places.get(group.name)
            found.append(_empty(observed, grouping, group) if at is None else _row(observed, grouping, table, at))
    return found


def _row(observed: Observations, grouping: Grouping, table: Measured, at: int) -> Estimate:
    interval = table.intervals[at]
    method = WILSON if table.kind == RATE else _PAIRS if table.of_pairs else T_PEOPLE
    notes = [observed.note] if observed.note else []
    if interval is None:
        notes.append(_TOO_FEW)
    return Estimate(
        observed.system,
        observed.task,
        observed.metric,
        grouping.label,
        table.groups[at].margin,
        table.groups[at].name,
        None,
        observed.threshold,
        int(table.counts[at]),
        int(table.people[at]),
        float(table.spread.value[at]),
        interval.low if interval else None,
        interval.high if interval else None,
        method,
        "; ".join(notes) or None,
    )


def _empty(observed: Observations, grouping: Grouping, group: Group) -> Estimate:
    return Estimate(
        observed.system,
        observed.task,
        observed.metric,
        grouping.label,
        group.margin,
        group.name,
        None,
        observed.threshold,
        0,
        0,
        None,
        None,
        None,
        WILSON if observed.kind == RATE else T_PEOPLE,
        "nothing was measured here",
    )
