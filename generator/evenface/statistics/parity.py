"""Test parity of measurements over cells, such as light, sharpness and skin colour.

People are the units: pictures of one person are averaged first. Differences get t intervals over people. Their
variance is pooled over the cells, so that small cells have one too. They are widened (Bonferroni) so that the chance of a false
alarm over all cells and measures is at most ``family``. A difference counts only if its interval lies beyond a stated margin.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from evenface.statistics.association import contingency
from evenface.statistics.balance import resampled_sums
from evenface.statistics.intervals import Interval

__all__ = ["Difference", "Offset", "cell_differences", "cell_offsets", "kolmogorov_smirnov", "ks_by_chance", "people_means"]

Floats = NDArray[np.float64]
Ints = NDArray[np.signedinteger[Any]]

_THRESHOLDS = 200


@dataclass(frozen=True, slots=True)
class Offset:
    """Mean and median of the people of one cell."""

    people: int
    median: float
    mean: float
    interval: Interval
    """Simultaneous interval of the mean."""


@dataclass(frozen=True, slots=True)
class Difference:
    """Difference of one cell from the pooled rest, in standard deviations of pictures within cells."""

    people: int
    value: float
    interval: Interval
    """Simultaneous interval."""


def people_means(values: Floats, person: Ints, cell: Ints) -> tuple[Floats, Ints, Ints]:
    """Return the mean of each person in each cell, the cell, and the person; NaN and codes below 0 are left out."""
    known = ~np.isnan(values) & (person >= 0) & (cell >= 0)
    pairs, where = np.unique(np.stack([person[known], cell[known]]), axis=1, return_inverse=True)
    where = where.ravel()
    counts = np.bincount(where, minlength=pairs.shape[1])
    return np.bincount(where, weights=values[known], minlength=len(counts)) / np.maximum(counts, 1), pairs[1], pairs[0]


def cell_offsets(means: Floats, cell: Ints, cells: int, *, family: float, tests: int | None = None) -> list[Offset | None]:
    """Return mean and median of the people of each cell; None for an empty cell, or if no cell has two people."""
    counts, sums = np.bincount(cell, minlength=cells), np.bincount(cell, weights=means, minlength=cells)
    spread = _within(means, cell, cells)
    if spread is None:
        return [None] * cells
    deviation, freedom = spread
    reach = _t(family / (tests or cells), freedom) * deviation
    found: list[Offset | None] = []
    for at in range(cells):
        if not counts[at]:
            found.append(None)
            continue
        mean, half = sums[at] / counts[at], reach / np.sqrt(counts[at])
        median = float(np.median(means[cell == at]))
        found.append(Offset(int(counts[at]), median, float(mean), Interval(float(mean - half), float(mean + half))))
    return found


def cell_differences(
    values: Floats, person: Ints, cell: Ints, cells: int, *, block: Ints | None = None, least: float, family: float, tests: int
) -> list[Difference | None]:
    """Compare each cell with the pooled rest: the standardised mean difference.

    Args:
        values: One for each picture; NaN if missing.
        block: Block of each picture: its pictures differ only in their cell. Block means are subtracted first.
        least: Lower bound of the standard deviation: the resolution of the measure.
        tests: Number of comparisons in the family.
    """
    known = ~np.isnan(values) & (cell >= 0)
    deviation = _within(values[known], cell[known], cells)
    scale = max(least, deviation[0] if deviation else 0.0)
    rest = values if block is None else values - _block_means(values, block)
    means, own, _ = people_means(rest, person, cell)
    spread = _within(means, own, cells)
    counts, sums = np.bincount(own, minlength=cells), np.bincount(own, weights=means, minlength=cells)
    found: list[Difference | None] = []
    for at in range(cells):
        others = len(means) - counts[at]
        if spread is None or not counts[at] or not others:
            found.append(None)
            continue
        apart = sums[at] / counts[at] - (sums.sum() - sums[at]) / others
        half = _t(family / tests, spread[1]) * spread[0] * np.sqrt(1 / counts[at] + 1 / others)
        low, high = (apart - half) / scale, (apart + half) / scale
        found.append(Difference(int(counts[at]), float(apart / scale), Interval(float(low), float(high))))
    return found


def kolmogorov_smirnov(one: Floats, other: Floats) -> float | None:
    """Return the greatest distance of two distribution functions, 0 to 1; None if one has no values."""
    if not one.size or not other.size:
        return None
    # scipy.stats.ks_2samp gives the same, but warns about its p value for few values.
    points = np.sort(np.concatenate([one, other]))
    below = [np.searchsorted(np.sort(each), points, side="right") / each.size for each in (one, other)]
    return float(np.abs(below[0] - below[1]).max())


def ks_by_chance(
    values: Floats, person: Ints, inside: int, rng: np.random.Generator, resamples: int, confidence: float = 0.95
) -> float:
    """Return a quantile of the distance by chance: ``inside`` people and the rest are both drawn from all people.

    A resampled distance is never 0, so an interval about a small distance would not contain it; hence this quantile is reported.
    The distance is computed at 200 quantiles, at most 1/200 below the exact one.
    """
    points = np.unique(np.quantile(values, np.linspace(0, 1, _THRESHOLDS)))
    people, own = np.unique(person, return_inverse=True)
    place = np.searchsorted(points, values, side="left")
    counts = contingency(own.ravel(), place, (len(people), len(points) + 1)).astype(np.float64)
    parts = []
    for size in (inside, len(people) - inside):
        sums = resampled_sums(rng, counts, resamples, size)
        parts.append(np.cumsum(sums, axis=1) / sums.sum(axis=1, keepdims=True))
    return float(np.quantile(np.abs(parts[0] - parts[1]).max(axis=1), confidence))


def _within(values: Floats, cell: Ints, cells: int) -> tuple[float, int] | None:
    """Return the standard deviation within cells, pooled, and its degrees of freedom; None without degrees of freedom."""
    counts, sums = np.bincount(cell, minlength=cells), np.bincount(cell, weights=values, minlength=cells)
    freedom = len(values) - int((counts > 0).sum())
    if freedom < 1:
        return None
    apart = values - (sums / np.maximum(counts, 1))[cell]
    return float(np.sqrt((apart**2).sum() / freedom)), freedom


def _block_means(values: Floats, block: Ints) -> Floats:
    _, where = np.unique(block, return_inverse=True)
    known = ~np.isnan(values)
    counts = np.bincount(where[known], minlength=int(where.max()) + 1)
    sums = np.bincount(where[known], weights=values[known], minlength=len(counts))
    return np.asarray((sums / np.maximum(counts, 1))[where])


def _t(level: float, freedom: int) -> float:
    from scipy.stats import t  # heavy

    return float(t.ppf(1 - level / 2, freedom))
