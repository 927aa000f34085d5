"""Two systems on the same pictures: how much more one has than the other, in every group."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from evenface.examine.audit.metrics.differences import correlation
from evenface.examine.audit.metrics.estimate import MARGINS, Estimate
from evenface.examine.audit.metrics.groups import Grouping
from evenface.examine.audit.metrics.observations import MEAN, RATE, Observations, clustered, group_weights, without_unlabelled
from evenface.examine.audit.metrics.rates import Measured, estimates, measured
from evenface.statistics.clusters import cell_means, spread_of
from evenface.statistics.intervals import Interval, join_limits

__all__ = ["system_difference"]

Ints = NDArray[np.int64]

_PAIRED = "Wilson's intervals of both with the effective number, joined less what they have in common (Newcombe 1998, Zou 2007)"
_T = "t interval over people of the paired difference"


def system_difference(one: Observations, other: Observations, grouping: Grouping) -> list[Estimate]:
    """Return how much more ``one`` has than ``other``, on the pictures or pairs that both have values for."""
    one, other = _common(without_unlabelled(one, grouping), without_unlabelled(other, grouping), len(grouping.cell))
    apart = replace(one, kind=MEAN, values=one.values - other.values)
    rows = [replace(row, metric=f"{one.metric}, difference", other=other.system, method=_T) for row in estimates(apart, grouping)]
    if one.kind != RATE:
        return rows
    limits = {margin: _limits(one, other, apart, grouping, margin) for margin in MARGINS}
    found = []
    for row in rows:
        interval = limits[row.margin].get(row.group)
        low, high = interval or (None, None)
        found.append(replace(row, low=low, high=high, method=_PAIRED, note=row.note if interval is None else one.note))
    return found


def _common(one: Observations, other: Observations, pictures: int) -> tuple[Observations, Observations]:
    """Keep what both have values for, in one order."""
    _, mine, theirs = np.intersect1d(_keys(one, pictures), _keys(other, pictures), return_indices=True)
    return _taken(one, mine), _taken(other, theirs)


def _taken(observed: Observations, places: Ints) -> Observations:
    second = None if observed.second is None else observed.second[places]
    return replace(observed, values=observed.values[places], first=observed.first[places], second=second)


def _keys(observed: Observations, pictures: int) -> Ints:
    """Return a number for each picture or pair."""
    if observed.second is None:
        return observed.first
    low, high = np.minimum(observed.first, observed.second), np.maximum(observed.first, observed.second)
    return np.asarray(low * pictures + high, dtype=np.int64)


def _limits(one: Observations, other: Observations, apart: Observations, grouping: Grouping, margin: str) -> dict[str, Interval]:
    tables: tuple[Measured, Measured] = measured(one, grouping, margin), measured(other, grouping, margin)
    if not tables[0].groups:
        return {}
    sample = clustered(apart, grouping)
    counts, _ = cell_means(sample)
    spread = spread_of(sample, group_weights(counts, np.stack([group.cells for group in tables[0].groups])))
    common = correlation(tables[0].spread, tables[1].spread, spread)
    found = {}
    for at, group in enumerate(tables[0].groups):
        mine, theirs = tables[0].intervals[at], tables[1].intervals[at]
        if mine is not None and theirs is not None:
            values = (float(table.spread.value[at]) for table in tables)
            found[group.name] = join_limits(next(values), mine, next(values), theirs, common)
    return found
