"""Rates and means of every group with their 95 % intervals, differences between two groups, and between two systems."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from evenface.examine.audit.metrics.estimate import MARGINS, Estimate
from evenface.examine.audit.metrics.groups import Group, Grouping
from evenface.examine.audit.metrics.observations import (
    MEAN,
    RATE,
    Observations,
    clustered,
    group_weights,
    people_in,
    without_unlabelled,
)
from evenface.statistics.clusters import (
    Spread,
    cell_means,
    pooled_effect,
    rate_interval,
    spread_of,
    t_intervals,
)
from evenface.statistics.intervals import Interval

__all__ = ["Measured", "estimates", "measured"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

WILSON = "Wilson's interval with the effective number of independent values, design effect of people pooled over the margin, t"
T = "t interval over people, stratified by cell"
_PAIRS = "t interval, variance of pairs that share people pooled over the margin"
_TOO_FEW = "no interval: a cell has one family, or all values are the same"


@dataclass(frozen=True, slots=True, eq=False)
class Measured:
    """The groups of one margin, measured."""

    groups: tuple[Group, ...]
    """Those with values."""
    counts: Ints
    people: Ints
    spread: Spread
    intervals: tuple[Interval | None, ...]
    worth: Floats
    """Of how many independent values each is worth."""
    kind: str
    of_pairs: bool

    @property
    def standard_errors(self) -> Floats:
        """From the variance of independent values times the pooled design effect; infinite where nothing tells it."""
        effect = pooled_effect(self.spread)
        return np.asarray(np.sqrt(self.spread.independent * effect) if np.isfinite(effect) else np.full(len(self.groups), np.inf))


def measured(observed: Observations, grouping: Grouping, margin: str, *, confidence: float = 0.95) -> Measured:
    """Measure every group of a margin that has values; ``observed`` must have no pictures without a cell."""
    sample = clustered(observed, grouping)
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
    """Return the figure of every group of every margin; groups without values are told as such."""
    observed = without_unlabelled(observed, grouping)
    found = []
    for margin in MARGINS:
        table = measured(observed, grouping, margin)
        places = {group.name: at for at, group in enumerate(table.groups)}
        for group in grouping.margin(margin):
            at = places.get(group.name)
            found.append(_empty(observed, grouping, group) if at is None else _row(observed, grouping, table, at))
    return found


def _row(observed: Observations, grouping: Grouping, table: Measured, at: int) -> Estimate:
    interval = table.intervals[at]
    method = WILSON if table.kind == RATE else _PAIRS if table.of_pairs else T
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
        WILSON if observed.kind == RATE else T,
        "nothing was measured here",
    )
