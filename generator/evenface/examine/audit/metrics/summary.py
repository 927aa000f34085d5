"""The indices of a system at one threshold, over the groups of one margin, as rows with intervals."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from evenface.examine.audit.metrics.estimate import CELL, GENDER, TONE, Estimate
from evenface.examine.audit.metrics.groups import Grouping
from evenface.examine.audit.metrics.indices import (
    ALPHAS,
    fairness_discrepancy_rate,
    garbe,
    gini,
    inequity_rate,
    largest_ratio,
    range_of_spread,
    worst_over_geometric_mean,
)
from evenface.examine.audit.metrics.observations import Observations, without_unlabelled
from evenface.examine.audit.metrics.rates import Measured, measured

__all__ = ["indices"]

Floats = NDArray[np.float64]
Range = tuple[float, float]

_METHOD = "range of the index over intervals that hold at once for all groups (Bonferroni), at least 95 %"


def indices(fmr: Observations, fnmr: Observations, grouping: Grouping) -> list[Estimate]:
    """Return every index over tones, genders and cells, from rates at the same threshold."""
    fmr, fnmr = without_unlabelled(fmr, grouping), without_unlabelled(fnmr, grouping)
    found = []
    for margin in (TONE, GENDER, CELL):
        groups = max(len(grouping.margin(margin)), 1)
        tables = [measured(each, grouping, margin, confidence=1 - 0.05 / (2 * groups)) for each in (fmr, fnmr)]
        if min(len(table.groups) for table in tables) >= 2:
            found += _rows(fmr, grouping, margin, *tables)
    return found


def _rows(observed: Observations, grouping: Grouping, margin: str, fmr: Measured, fnmr: Measured) -> list[Estimate]:
    rates = fmr.spread.value, fnmr.spread.value
    boxes = _box(fmr), _box(fnmr)

    def spread(of: Callable[[Floats], float]) -> tuple[Range, Range]:
        return range_of_spread(of, *boxes[0]), range_of_spread(of, *boxes[1])

    apart, ratios, ginis = spread(lambda x: float(np.ptp(x))), spread(largest_ratio), spread(gini)
    worst = spread(worst_over_geometric_mean)
    told: list[tuple[str, float, Range]] = []
    for alpha in ALPHAS:
        low, high = _mixed(apart, alpha)
        told.append((f"FDR, alpha {alpha:g}", fairness_discrepancy_rate(*rates, alpha), (1 - high, 1 - low)))
        told.append((f"IR, alpha {alpha:g}", inequity_rate(*rates, alpha), _powers(ratios, alpha)))
        told.append((f"GARBE, alpha {alpha:g}", garbe(*rates, alpha), _mixed(ginis, alpha)))
    for at, name in enumerate(("FMR", "FNMR")):
        told.append((f"{name}, worst case over geometric mean", worst_over_geometric_mean(rates[at]), worst[at]))
    return [_row(observed, grouping, margin, (fmr, fnmr), *each) for each in told]


def _box(table: Measured) -> tuple[Floats, Floats]:
    limits = np.array([interval or (0.0, 1.0) for interval in table.intervals])
    return limits[:, 0], limits[:, 1]


def _mixed(ranges: tuple[Range, Range], alpha: float) -> Range:
    parts = [(part * low, part * high) for (low, high), part in zip(ranges, (alpha, 1 - alpha), strict=True) if part]
    return sum(low for low, _ in parts), sum(high for _, high in parts)


def _powers(ranges: tuple[Range, Range], alpha: float) -> Range:
    parts = [(low**part, high**part) for (low, high), part in zip(ranges, (alpha, 1 - alpha), strict=True) if part]
    return float(np.prod([low for low, _ in parts])), float(np.prod([high for _, high in parts]))


def _row(
    observed: Observations,
    grouping: Grouping,
    margin: str,
    tables: tuple[Measured, Measured],
    name: str,
    value: float,
    span: Range,
) -> Estimate:
    defined = bool(np.isfinite(value))
    low, high = (float(each) if np.isfinite(each) else None for each in span)
    table = tables[1] if "FNMR" in name or name[-7:] == "alpha 0" else tables[0]
    return Estimate(
        system=observed.system,
        task=observed.task,
        metric=name,
        label=grouping.label,
        margin=margin,
        group=table.groups[int(np.argmax(table.spread.value))].name,
        other=None,
        threshold=observed.threshold,
        n=int(sum(each.counts.sum() for each in tables)),
        people=int(max(each.people.sum() for each in tables)),
        value=value if defined else None,
        low=low,
        high=high,
        method=_METHOD,
        note="the group is the one with the highest rate" if defined else "undefined: a group has a rate of 0",
    )
