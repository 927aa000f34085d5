"""The largest gap between the groups of a margin, with an interval that allows for the choice of the extremes.

Among twenty groups that are all alike, the highest and the lowest still differ. So the differences of *all* pairs of groups get
simultaneous intervals: limits of both groups at the quantile of the studentised range (Tukey and Kramer), joined by
the method of variance estimates recovery (Newcombe 1998, Statist. Med. 17, 873-890; for ratios Donner and Zou 2012, Stat.
Methods Med. Res. 21, 347-359). The largest true difference then lies between the greatest lower and the greatest upper
limit, with a confidence of at least 95 %; it is higher where groups share people, since their correlation is not used.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from evenface.examine.audit.metrics.groups import CELL, GENDER, SHADE, TONE, Estimate, Grouping
from evenface.examine.audit.metrics.observations import RATE, Measured, Observations, drop_unlabelled, measure_groups
from evenface.statistics.clusters import effective_wilson

__all__ = ["DIFFERENCE", "RATIO", "difference_limits", "gaps", "ratio_limits"]

Floats = NDArray[np.float64]

DIFFERENCE, RATIO = "largest difference", "largest ratio"
_METHOD = "simultaneous over all pairs of groups (studentised range), at least 95 %"


def gaps(observed: Observations, grouping: Grouping) -> list[Estimate]:
    """Return the largest difference of every margin with two groups or more, and of rates the largest ratio."""
    observed = drop_unlabelled(observed, grouping)
    found = []
    for margin in (TONE, GENDER, CELL, SHADE):
        table = measure_groups(observed, grouping, margin)
        if len(table.groups) < 2:
            continue
        # With one person in each cell, the spread of people is unknown.
        lows, highs = simultaneous_limits(table) if table.spread.pooled_freedom > 0 else (table.spread.value * np.nan,) * 2
        found.append(_largest(observed, grouping, table, DIFFERENCE, *difference_limits(table.spread.value, lows, highs)))
        if observed.kind == RATE:
            found.append(_largest(observed, grouping, table, RATIO, *ratio_limits(table.spread.value, lows, highs)))
    return found


def simultaneous_limits(table: Measured) -> tuple[Floats, Floats]:
    """Return limits of each group, from which the limits of all differences follow."""
    reach = _range_quantile(len(table.groups), round(table.spread.pooled_freedom)) / np.sqrt(2)
    if table.kind == RATE:
        pairs = zip(table.spread.value, table.worth, strict=True)
        limits = np.array([effective_wilson(float(rate), float(worth), reach) for rate, worth in pairs])
        return limits[:, 0], limits[:, 1]
    half = reach * table.standard_errors
    return table.spread.value - half, table.spread.value + half


def difference_limits(value: Floats, low: Floats, high: Floats) -> tuple[Floats, Floats, Floats]:
    """Return value, lower and upper limit of how much each group (rows) has more than each other one (columns)."""
    apart = value[:, None] - value
    down, up = value - low, high - value
    return apart, apart - np.hypot(down[:, None], up), apart + np.hypot(up[:, None], down)


def ratio_limits(value: Floats, low: Floats, high: Floats) -> tuple[Floats, Floats, Floats]:
    """Return value, lower and upper limit of the ratio of each group (rows) to each other one; NaN or infinite over 0."""
    one, other = value[:, None], value[None]
    both, least, most = one * other, low[:, None], high[:, None]
    with np.errstate(divide="ignore", invalid="ignore"):
        part = least * (2 * one - least)
        lower = part / (both + np.sqrt(np.maximum(both**2 - part * high * (2 * other - high), 0)))
        whole = low * (2 * other - low)
        upper = np.where(whole > 0, (both + np.sqrt(np.maximum(both**2 - most * (2 * one - most) * whole, 0))) / whole, np.inf)
        lower = np.where(np.isnan(part), np.nan, np.nan_to_num(lower))
        return np.where(other > 0, one / other, np.nan), lower, upper


def _largest(
    observed: Observations, grouping: Grouping, table: Measured, what: str, value: Floats, low: Floats, high: Floats
) -> Estimate:
    rates = table.spread.value
    top, bottom = int(np.argmax(rates)), int(np.argmin(rates))
    least = 0.0 if what == DIFFERENCE else 1.0
    others = ~np.eye(len(rates), dtype=bool)
    lowest, highest = float(np.maximum(low[others], least).max()), float(high[others].max())
    here = float(value[top, bottom])
    note = None if np.isfinite(here) else f"undefined: the rate of {table.groups[bottom].name} is 0"
    return Estimate(
        observed.system,
        observed.task,
        f"{observed.metric}, {what}",
        grouping.label,
        table.groups[top].margin,
        table.groups[top].name,
        table.groups[bottom].name,
        observed.threshold,
        int(table.counts.sum()),
        int(table.people.sum()),
        here if np.isfinite(here) else None,
        lowest if np.isfinite(lowest) else None,
        highest if np.isfinite(highest) else None,
        _METHOD,
        note,
    )


@lru_cache(maxsize=256)
def _range_quantile(groups: int, freedom: int, confidence: float = 0.95) -> float:
    from scipy.stats import studentized_range  # heavy

    return float(studentized_range.ppf(confidence, groups, freedom)) if freedom > 0 else float("inf")
