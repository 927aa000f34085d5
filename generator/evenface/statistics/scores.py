"""Figures of comparison scores of mated and non-mated pairs; a greater score means more similar.

Terms and rates are those of ISO/IEC 19795-1:2021.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

__all__ = [
    "Distribution",
    "EqualError",
    "crossing",
    "d_prime",
    "describe",
    "equal_error_rate",
    "false_match_rate",
    "false_matches_allowed",
    "false_non_match_rate",
    "rates_at",
    "threshold_reached_by",
]

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Distribution:
    """Distribution of scores; ``p05`` is the score below which 5 % lie, interpolated linearly between neighbours."""

    count: int
    mean: float
    deviation: float
    """Standard deviation of these scores (divided by their count)."""
    minimum: float
    p01: float
    p05: float
    median: float
    p95: float
    p99: float
    maximum: float


class EqualError(NamedTuple):
    rate: float
    threshold: float


def describe(*, scores: ArrayLike) -> Distribution | None:
    """Return the distribution of ``scores``; None without scores."""
    heap = np.asarray(scores, dtype=np.float64)
    if not heap.size:
        return None
    points = np.quantile(heap, [0, 0.01, 0.05, 0.5, 0.95, 0.99, 1])
    return Distribution(heap.size, float(heap.mean()), float(heap.std()), *map(float, points))


def false_match_rate(*, non_mated: ArrayLike, threshold: float) -> float:
    """Return the share of non-mated scores at or above ``threshold``; NaN without scores."""
    scores = np.asarray(non_mated)
    return float((scores >= threshold).mean()) if scores.size else float("nan")


def false_non_match_rate(*, mated: ArrayLike, threshold: float) -> float:
    """Return the share of mated scores below ``threshold``; NaN without scores."""
    scores = np.asarray(mated)
    return float((scores < threshold).mean()) if scores.size else float("nan")


def rates_at(*, mated: ArrayLike, non_mated: ArrayLike, thresholds: ArrayLike) -> tuple[Floats, Floats]:
    """Return the rates of false matches and of false non-matches at each threshold, from scores of both kinds."""
    same, other = np.sort(np.asarray(mated, dtype=np.float64)), np.sort(np.asarray(non_mated, dtype=np.float64))
    matches = 1 - np.searchsorted(other, thresholds, side="left") / other.size
    misses = np.searchsorted(same, thresholds, side="left") / same.size
    return np.asarray(matches), np.asarray(misses)


def false_matches_allowed(*, rate: float, comparisons: int) -> int:
    """Return the greatest number of matches at a rate."""
    return int(rate * comparisons + 1e-9)  # 0.001 x 3000 is less than 3 in floats


def threshold_reached_by(*, greatest: ArrayLike, count: int) -> float:
    """Return the least threshold that at most ``count`` scores reach.

    Args:
        greatest: The greatest scores in descending order; more than ``count``.
    """
    return float(np.nextafter(np.asarray(greatest)[count], np.inf))


def equal_error_rate(*, mated: ArrayLike, non_mated: ArrayLike) -> EqualError:
    """Return rate and threshold at which false matches and false non-matches are equally frequent; NaN if one kind has no scores.

    Both rates are computed at each score as threshold, and at one above all scores. They are step functions, which need not meet.
    So between the last threshold with more false matches and the next one both are interpolated linearly; the crossing gives rate
    and threshold.
    """
    same, other = np.asarray(mated, dtype=np.float64), np.asarray(non_mated, dtype=np.float64)
    if not same.size or not other.size:
        return EqualError(float("nan"), float("nan"))
    thresholds = np.unique(np.concatenate([same, other]))
    thresholds = np.append(thresholds, np.nextafter(thresholds[-1], np.inf))
    matches, misses = rates_at(mated=same, non_mated=other, thresholds=thresholds)
    rate, threshold = crossing(thresholds=thresholds, matches=matches[None], misses=misses[None])
    return EqualError(float(rate[0]), float(threshold[0]))


def crossing(*, thresholds: Floats, matches: Floats, misses: Floats) -> tuple[Floats, Floats]:
    """Return rate and threshold at which the lines through falling ``matches`` and rising ``misses`` cross, row by row.

    Args:
        thresholds: Ascending, length k.
        matches: Rates of false matches, n x k.
        misses: Rates of false non-matches, n x k.

    If they do not cross between the thresholds, return the mean of both at the nearer end; NaN stays NaN.
    """
    gap = misses - matches
    last = gap.shape[1] - 1
    after = np.where((gap >= 0).any(axis=1), (gap >= 0).argmax(axis=1), last)
    before = np.maximum(after - 1, 0)
    rows = np.arange(len(gap))
    low, high = gap[rows, before], gap[rows, after]
    with np.errstate(invalid="ignore"):
        step = np.where(high > low, -low / np.where(high > low, high - low, 1), 0.0)
    step = np.clip(step, 0.0, 1.0)

    def at(values: Floats) -> Floats:
        return np.asarray(values[rows, before] + step * (values[rows, after] - values[rows, before]))

    broadcast = np.broadcast_to(thresholds, gap.shape)
    rate = np.where(np.isnan(gap).any(axis=1), np.nan, (at(matches) + at(misses)) / 2)
    return rate, at(np.asarray(broadcast))


def d_prime(*, mated: ArrayLike, non_mated: ArrayLike) -> float:
    """Return d': the difference of the two means over the root mean square of the standard deviations.

    Daugman 2000, "Biometric decision landscapes"; the deviations are those of the scores themselves. NaN if one kind has
    no scores, or if no score differs from its mean.
    """
    same, other = np.asarray(mated, dtype=np.float64), np.asarray(non_mated, dtype=np.float64)
    if not same.size or not other.size:
        return float("nan")
    spread = np.sqrt((same.var() + other.var()) / 2)
    # Rounding gives equal scores a deviation.
    least = 1e-12 * max(np.abs(same).max(), np.abs(other).max())
    return float((same.mean() - other.mean()) / spread) if spread > least else float("nan")
