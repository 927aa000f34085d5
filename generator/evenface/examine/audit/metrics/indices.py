"""Indices: one number for many groups (FDR, IR, GARBE, NIST's worst case over the geometric mean), with intervals.

None of them is an unbiased estimate: where all groups are alike, chance moves an index of spread away from its best value, the
more the fewer people there are. Their intervals are therefore not resampled: all groups' rates get simultaneous intervals
(Bonferroni), and the interval of an index spans its values for rates within them. It holds with at least 95 %, and is wide where
there are few data.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from evenface.examine.audit.metrics.groups import CELL, GENDER, TONE, Estimate, Grouping
from evenface.examine.audit.metrics.observations import Measured, Observations, drop_unlabelled, measure_groups

__all__ = [
    "ALPHAS",
    "fairness_discrepancy_rate",
    "garbe",
    "gini",
    "indices",
    "inequity_rate",
    "largest_ratio",
    "range_of_spread",
    "worst_over_geometric_mean",
]

Floats = NDArray[np.float64]

ALPHAS = (0.0, 0.5, 1.0)
"""Weights of false matches against false non-matches. The choice is arbitrary, so the middle and both ends are stated."""


def fairness_discrepancy_rate(fmr: Floats, fnmr: Floats, alpha: float = 0.5) -> float:
    """Return FDR = 1 - (alpha max |FMR_i - FMR_j| + (1 - alpha) max |FNMR_i - FNMR_j|); 1 where all rates agree.

    De Freitas Pereira and Marcel 2021, IEEE T-BIOM 4, 19-29. At an operational FMR (1e-3 and less) absolute differences are small
    for any ratio, and the index is near 1 for every system: it hardly reflects false matches.
    """
    return float(1 - alpha * np.ptp(fmr) - (1 - alpha) * np.ptp(fnmr))


def inequity_rate(fmr: Floats, fnmr: Floats, alpha: float = 0.5) -> float:
    """Return IR = (max FMR / min FMR)^alpha (max FNMR / min FNMR)^(1 - alpha); 1 where all rates agree.

    Grother 2021, "Demographic differentials in face recognition algorithms" (EAB), and NISTIR 8429. It is undefined (NaN) where a
    smallest rate is 0, which is likelier with fewer pairs; it depends on the two extremes alone, and grows with the number of
    groups.
    """
    parts = [largest_ratio(rates) ** power for rates, power in ((fmr, alpha), (fnmr, 1 - alpha)) if power]
    return float(np.prod(parts))


def garbe(fmr: Floats, fnmr: Floats, alpha: float = 0.5) -> float:
    """Return GARBE = alpha G(FMR) + (1 - alpha) G(FNMR), G the Gini coefficient; 0 where all rates agree, 1 at most.

    Howard et al. 2022, "Evaluating proposed fairness models for face recognition algorithms", arXiv 2203.05051. It does not
    state which group is worse off, and with rare errors chance alone makes it large.
    """
    parts = [part * gini(rates) for rates, part in ((fmr, alpha), (fnmr, 1 - alpha)) if part]
    return float(np.sum(parts))


def gini(rates: Floats) -> float:
    """Return n / (n - 1) sum_ij |x_i - x_j| / (2 n^2 mean x); NaN where all rates are 0, or for one group."""
    n, mean = len(rates), float(np.mean(rates)) if len(rates) else 0.0
    if n < 2 or mean == 0:
        return float("nan")
    apart = np.abs(rates[:, None] - rates).sum()
    return float(n / (n - 1) * apart / (2 * n**2 * mean))


def largest_ratio(rates: Floats) -> float:
    """Return the largest rate over the smallest; NaN where that is 0."""
    return float(rates.max() / rates.min()) if rates.min() > 0 else float("nan")


def worst_over_geometric_mean(rates: Floats) -> float:
    """Return max x_i over the geometric mean of x; 1 where all rates agree, NaN where one is 0.

    NISTIR 8429 (FRVT Part 8, 2022). One group without an error makes it undefined, and one with nearly none makes it
    large, although no group is worse off.
    """
    return float(rates.max() / np.exp(np.log(rates).mean())) if rates.min() > 0 else float("nan")


def range_of_spread(spread: Callable[[Floats], float], low: Floats, high: Floats) -> tuple[float, float]:
    """Return the smallest and the largest value of an index of spread for rates within ``low`` and ``high``.

    Smallest spread: every rate as near as possible to one value. Largest: the highest rates at their upper limit, the others at
    their lower one. Both are searched over that value and that border. Infinite where a limit of 0 makes the index undefined.
    """
    nearest = [np.clip(value, low, high) for value in np.unique(np.concatenate([low, high]))]
    order = np.argsort(low + high)
    apart = [np.where(np.isin(np.arange(len(low)), order[at:]), high, low) for at in range(1, len(low))]
    apart += [np.where(np.arange(len(low)) == at, high, low) for at in range(len(low))]
    least = [value for value in map(spread, nearest) if not np.isnan(value)]
    greatest = [spread(rates) for rates in apart]
    return (min(least) if least else float("nan")), (float("inf") if np.isnan(greatest).any() else max(greatest))


Range = tuple[float, float]

_METHOD = "range of the index over intervals that hold at once for all groups (Bonferroni), at least 95 %"


def indices(fmr: Observations, fnmr: Observations, grouping: Grouping) -> list[Estimate]:
    """Return every index over tones, genders and cells, from rates at the same threshold."""
    fmr, fnmr = drop_unlabelled(fmr, grouping), drop_unlabelled(fnmr, grouping)
    found = []
    for margin in (TONE, GENDER, CELL):
        groups = max(len(grouping.margin(margin)), 1)
        tables = [measure_groups(each, grouping, margin, confidence=1 - 0.05 / (2 * groups)) for each in (fmr, fnmr)]
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
    figures: list[tuple[str, float, Range]] = []
    for alpha in ALPHAS:
        low, high = _mix(apart, alpha)
        figures.append((f"FDR, alpha {alpha:g}", fairness_discrepancy_rate(*rates, alpha), (1 - high, 1 - low)))
        figures.append((f"IR, alpha {alpha:g}", inequity_rate(*rates, alpha), _powers(ratios, alpha)))
        figures.append((f"GARBE, alpha {alpha:g}", garbe(*rates, alpha), _mix(ginis, alpha)))
    for at, name in enumerate(("FMR", "FNMR")):
        figures.append((f"{name}, worst case over geometric mean", worst_over_geometric_mean(rates[at]), worst[at]))
    return [_row(observed, grouping, margin, (fmr, fnmr), *each) for each in figures]


def _box(table: Measured) -> tuple[Floats, Floats]:
    limits = np.array([interval or (0.0, 1.0) for interval in table.intervals])
    return limits[:, 0], limits[:, 1]


def _mix(ranges: tuple[Range, Range], alpha: float) -> Range:
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
