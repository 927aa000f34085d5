"""Comparisons of groups, with test and power, and of two systems on the same pictures.

All comparisons of one metric of one system are one family of tests: where cells make no difference, Holm's procedure keeps the
chance that any of them is called a gap at 5 %. The tests deal people to cells anew (``evenface.statistics.contrasts``); pairs of
people cannot be dealt, so rates over them are tested against rates drawn with the estimated variance.

The power statement uses the same deals: at the first step of Holm's procedure a gap is shown beyond the quantile 1 - 0.05 / tests
of what chance deals; a true gap is estimated with the spread of the deals, widened as p (1 - p) widens in the cells that have it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike, NDArray

from evenface.examine.audit.metrics.contrasts import Contrast, contrast_intervals, contrasts_of, correlation
from evenface.examine.audit.metrics.groups import MARGINS, Estimate, Grouping
from evenface.examine.audit.metrics.observations import (
    MEAN,
    RATE,
    Measured,
    Observations,
    cluster_values,
    drop_unlabelled,
    estimates,
    group_weights,
    measure_groups,
    people_in,
)
from evenface.rng import rng_for
from evenface.statistics.clusters import Sample, cell_means, pooled_effect, rate_interval, spread_of
from evenface.statistics.contrasts import (
    Table,
    contrast_errors,
    contrast_values,
    holm,
    p_values,
    parts_of_variance,
    sample_deals,
    sample_normals,
    sample_pair_rates,
    table_of,
)
from evenface.statistics.intervals import Interval, join_limits
from evenface.statistics.power import Chance, power_of, smallest_gap

__all__ = ["ALPHA", "CORRECTION", "POWER", "Comparison", "compare", "power_at", "system_difference"]

Floats = NDArray[np.float64]

ALPHA, POWER = 0.05, 0.8
_FEW = 10
"""Smallest number of people with errors for which deals are used; with fewer, a deal often puts them all in one cell."""
CORRECTION = "Holm over the comparisons of one metric of one system, 5 %"


@dataclass(frozen=True, slots=True)
class Comparison:
    """One contrast: its size, whether it is shown, and the smallest gap that the test can detect."""

    estimate: Estimate
    p_value: float | None
    adjusted: float | None
    """Holm's p value."""
    tests: int
    smallest_gap: float | None
    """The smallest gap that is detected with a power of 80 %; None if there is none."""
    shown: bool
    """Whether the difference is significant after correction; only then is it called a gap."""


def compare(observed: Observations, grouping: Grouping, *, seed: int) -> list[Comparison]:
    """Return every comparison that the cells allow."""
    observed = drop_unlabelled(observed, grouping)
    sample = cluster_values(observed, grouping)
    counts, means = cell_means(sample)
    contrasts = contrasts_of(grouping, counts > 0)
    if not contrasts:
        return []
    weights = np.stack([contrast.weights for contrast in contrasts])
    values, chance = _by_chance(observed, grouping, sample, contrasts, seed)
    tested = p_values(values, chance.dealt)
    seen = _for_power(observed, grouping, sample, contrasts, chance, seed)
    adjusted, plain = holm(tested), np.nan_to_num(means) @ weights.T
    intervals, methods = contrast_intervals(sample, contrasts, observed.kind)
    found = []
    for at, contrast in enumerate(contrasts):
        gap = smallest_gap(seen, at, contrast.weights, contrast.pattern, level=ALPHA / len(contrasts), power=POWER)
        number = int(counts[contrast.weights != 0].sum())
        estimate = _estimate_of(observed, grouping, contrast, float(plain[at]), intervals[at], methods[at], number)
        p_value, corrected = (None if np.isnan(each[at]) else float(each[at]) for each in (tested, adjusted))
        shown = corrected is not None and corrected <= ALPHA
        found.append(Comparison(estimate, p_value, corrected, len(contrasts), gap, shown))
    return found


def power_at(observed: Observations, grouping: Grouping, gap: ArrayLike, *, seed: int) -> list[float]:
    """Return the power of every comparison, in the order of ``compare``, for a true gap of ``gap``, or of one value each."""
    observed = drop_unlabelled(observed, grouping)
    sample = cluster_values(observed, grouping)
    contrasts = contrasts_of(grouping, cell_means(sample)[0] > 0)
    _, chance = _by_chance(observed, grouping, sample, contrasts, seed)
    chance = _for_power(observed, grouping, sample, contrasts, chance, seed)
    level = ALPHA / len(contrasts)
    wanted = np.broadcast_to(gap, len(contrasts))
    return [power_of(chance, at, each.weights, each.pattern, float(wanted[at]), level=level) for at, each in enumerate(contrasts)]


def _by_chance(
    observed: Observations, grouping: Grouping, sample: Sample, contrasts: Sequence[Contrast], seed: int
) -> tuple[Floats, Chance]:
    """Return the contrasts, and their distribution by chance, from the same deals for all systems."""
    rng = rng_for(seed, "deals of people to cells")
    weights = np.stack([contrast.weights for contrast in contrasts])
    _, means = cell_means(sample)
    rate = float(np.nanmean(means))
    bounded = observed.kind == RATE
    if sample.other is None:
        person = np.unique(grouping.person[observed.first], return_inverse=True)[1].ravel()
        table = table_of(sample.values, sample.cell, sample.family, person)
        values = contrast_values(table, weights)
        if not bounded:
            return _in_errors(rng, table, weights, values, rate)
        if 0 < rate < 1:
            parts = parts_of_variance(table, weights, np.stack([contrast.pattern for contrast in contrasts]))
            return values, Chance(sample_deals(rng, table, weights)[0], rate, bounded, *parts)
    else:
        values = np.nan_to_num(means) @ weights.T
    return values, _from_rates(rng, observed, grouping, sample, contrasts)


def _for_power(
    observed: Observations, grouping: Grouping, sample: Sample, contrasts: Sequence[Contrast], chance: Chance, seed: int
) -> Chance:
    """Return the distribution for the power: the deals, unless too few people have errors (or none) for them."""
    if sample.other is not None or observed.kind != RATE:
        return chance
    person = np.unique(grouping.person[observed.first], return_inverse=True)[1].ravel()
    erred = np.bincount(person, weights=sample.values) / np.bincount(person)
    if min(int((erred > 0).sum()), int((erred < 1).sum())) >= _FEW:
        return chance
    return _from_rates(rng_for(seed, "rates of cells"), observed, grouping, sample, contrasts)


def _from_rates(
    rng: np.random.Generator, observed: Observations, grouping: Grouping, sample: Sample, contrasts: Sequence[Contrast]
) -> Chance:
    """Return contrasts of cells that are all alike, drawn with the estimated variance."""
    counts, means = cell_means(sample)
    weights = np.stack([contrast.weights for contrast in contrasts])
    rate, bounded = float(np.nanmean(means)), observed.kind == RATE
    spread = spread_of(sample, np.eye(sample.cells) * (counts > 0))
    if not bounded:
        effect = pooled_effect(spread)
        errors = np.sqrt(spread.independent * effect) if np.isfinite(effect) else np.zeros(sample.cells)
        return Chance(_widen(rng, sample, contrasts, sample_normals(rng, errors, weights)), rate, bounded)
    worth = rate_interval(spread, counts)[1]
    people = people_in(observed, grouping, np.eye(sample.cells, dtype=bool))
    # Without any error, half an error among all people is assumed.
    rate = float(np.clip(rate, *(0.5 / people.sum(), 1 - 0.5 / people.sum())))
    dealt = sample_pair_rates(rng, rate, worth, weights)
    return Chance(dealt if sample.other is None else _widen(rng, sample, contrasts, dealt), rate, bounded)


def _widen(rng: np.random.Generator, sample: Sample, contrasts: Sequence[Contrast], dealt: Floats) -> Floats:
    """Return the distribution by chance of contrasts of pairs, whose cells are dependent where they share families.

    The draws assume independent cells. They are widened to the variance over families of the contrasts of a margin, never
    narrowed, and scaled by a chi-square of its degrees of freedom, since that variance is uncertain (normal draws become t).
    """
    widened = dealt.copy()
    for margin in dict.fromkeys(contrast.margin for contrast in contrasts):
        rows = [at for at, contrast in enumerate(contrasts) if contrast.margin == margin]
        spread = spread_of(sample, np.stack([contrasts[at].weights for at in rows]))
        known, drawn = ~np.isnan(spread.variance), dealt[:, rows].var(axis=0)
        wide = max(float(spread.variance[known].sum()), float(spread.least[known].sum()))
        wider = max(1.0, wide / float(drawn[known].sum())) if drawn[known].sum() > 0 else 1.0
        freedom = max(spread.pooled_freedom, 1.0)
        widened[:, rows] *= np.sqrt(wider * freedom / rng.chisquare(freedom, size=(len(dealt), 1)))
    return widened


def _in_errors(rng: np.random.Generator, table: Table, weights: Floats, values: Floats, mean: float) -> tuple[Floats, Chance]:
    """Return contrasts of means in units of their standard errors, since cells can differ in spread and not in mean."""
    own = contrast_errors(table, weights)
    dealt, errors = sample_deals(rng, table, weights, with_errors=True)
    with np.errstate(divide="ignore", invalid="ignore"):
        typical = np.sqrt(np.nanmean(errors**2, axis=0))
        scaled = np.where(errors > 0, errors * (own / typical), np.nan)
        return np.where(own > 0, values / own, np.nan), Chance(
            np.where(errors > 0, dealt / errors, np.nan), mean, False, errors=scaled
        )


def _estimate_of(
    observed: Observations,
    grouping: Grouping,
    contrast: Contrast,
    value: float,
    interval: Interval | None,
    method: str,
    number: int,
) -> Estimate:
    people = people_in(observed, grouping, (contrast.weights != 0)[None])
    return Estimate(
        observed.system,
        observed.task,
        f"{observed.metric}, difference",
        grouping.label,
        contrast.margin,
        contrast.group,
        contrast.other,
        observed.threshold,
        number,
        int(people[0]),
        None if np.isnan(value) else value,
        interval.low if interval else None,
        interval.high if interval else None,
        method,
        observed.note,
    )


Ints = NDArray[np.int64]

_PAIRED = "Wilson's intervals of both with the effective number, joined less what they have in common (Newcombe 1998, Zou 2007)"
_T = "t interval over people of the paired difference"


def system_difference(one: Observations, other: Observations, grouping: Grouping) -> list[Estimate]:
    """Return how much more ``one`` has than ``other``, on the pictures or pairs that both have values for."""
    one, other = _common(drop_unlabelled(one, grouping), drop_unlabelled(other, grouping), len(grouping.cell))
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
    """Keep the pictures or pairs that both have values for, in one order."""
    _, mine, theirs = np.intersect1d(_keys(one, pictures), _keys(other, pictures), return_indices=True)
    return _take(one, mine), _take(other, theirs)


def _take(observed: Observations, places: Ints) -> Observations:
    second = None if observed.second is None else observed.second[places]
    return replace(observed, values=observed.values[places], first=observed.first[places], second=second)


def _keys(observed: Observations, pictures: int) -> Ints:
    """Return a number for each picture or pair."""
    if observed.second is None:
        return observed.first
    low, high = np.minimum(observed.first, observed.second), np.maximum(observed.first, observed.second)
    return np.asarray(low * pictures + high, dtype=np.int64)


def _limits(one: Observations, other: Observations, apart: Observations, grouping: Grouping, margin: str) -> dict[str, Interval]:
    tables: tuple[Measured, Measured] = measure_groups(one, grouping, margin), measure_groups(other, grouping, margin)
    if not tables[0].groups:
        return {}
    sample = cluster_values(apart, grouping)
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
