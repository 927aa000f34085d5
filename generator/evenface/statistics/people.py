"""Bootstrap and jackknife over people: pictures of one person are not independent, so people are resampled with all their pairs.

A person who is drawn twice has weight 2: their mated pairs count twice, a pair with a person drawn three times counts six
times, and copies of one person form no non-mated pair (Bolle, Ratha and Pankanti 2004, "the subsets bootstrap"). If people
share a head, the family is resampled. The jackknife of d' leaves out each family in turn, with all its pairs.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from evenface.statistics.intervals import Interval, percentile_interval, wilson_interval
from evenface.statistics.scores import crossing

__all__ = ["Pairs", "PeopleBootstrap", "d_prime_without_each", "jackknife_variance", "sample_weights"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

_NOISE = 1e-9
"""Rounding error of the deviation of equal scores, relative to the greatest score."""


@dataclass(frozen=True, slots=True, eq=False)
class Pairs:
    """Scores of pairs of pictures, with the numbers of their two families, from 0; equal in a mated pair."""

    scores: Floats
    first: Ints
    second: Ints


def sample_weights(rng: np.random.Generator, *, families: int, resamples: int) -> Floats:
    """Draw the count of each family in each resample: resamples x families; each row sums to ``families``."""
    return rng.multinomial(families, np.full(families, 1 / families), size=resamples).astype(np.float64)


def _moments(scores: Floats, sums: Callable[[Floats], Floats], total: Floats) -> tuple[Floats, Floats]:
    """Return mean and variance in each resample."""
    mean = sums(scores) / total
    return mean, np.maximum(sums(scores**2) / total - mean**2, 0)


class PeopleBootstrap:
    """Intervals for the figures of one group of people.

    Args:
        mated: Pairs of pictures of one person.
        non_mated: Pairs of pictures of people of different families.
        weights: From ``sample_weights``.
    """

    def __init__(self, *, mated: Pairs, non_mated: Pairs, weights: Floats, confidence: float = 0.95) -> None:
        self._mated, self._non_mated, self._weights, self._confidence = mated, non_mated, weights, confidence
        families = weights.shape[1]
        self._pair_of = non_mated.first * families + non_mated.second
        self._families = families
        self._mated_total = self._mated_sums(np.ones(len(mated.scores)))
        self._non_mated_total = self._non_mated_sums(np.ones(len(non_mated.scores)))

    def false_match_rate(self, *, threshold: float) -> Interval | None:
        """Return the interval; at a rate of 0 or 1 Wilson's over the number of disjoint pairs of families."""
        hits = self._non_mated.scores >= threshold
        met = len(np.unique(np.concatenate([self._non_mated.first, self._non_mated.second])))
        return self._extreme_interval(hits, met // 2) or self._interval(self._matches(threshold))

    def false_non_match_rate(self, *, threshold: float) -> Interval | None:
        """Return the interval; at a rate of 0 or 1 Wilson's over the number of families."""
        hits = self._mated.scores < threshold
        return self._extreme_interval(hits, len(np.unique(self._mated.first))) or self._interval(self._misses(threshold))

    def d_prime(self) -> Interval | None:
        """Return the interval of ``scores.d_prime``."""
        with np.errstate(divide="ignore", invalid="ignore"):
            mean, variance = _moments(self._mated.scores, self._mated_sums, self._mated_total)
            other_mean, other_variance = _moments(self._non_mated.scores, self._non_mated_sums, self._non_mated_total)
            return self._interval((mean - other_mean) / np.sqrt((variance + other_variance) / 2))

    def equal_error_rate(self, *, rate: float) -> Interval | None:
        """Return the interval of ``scores.equal_error_rate``; ``rate`` is its value for all people.

        Each resample's rates are taken at some fifty thresholds about that value, and their crossing is found between those.
        """
        mated, non_mated = self._mated.scores, self._non_mated.scores
        if not mated.size or not non_mated.size:
            return None
        if rate == 0.0:
            return self._extreme_interval(np.zeros(mated.size, dtype=bool), len(np.unique(self._mated.first)))
        part = np.linspace(0, min(1.0, 3 * rate + 5 / mated.size), 24)
        thresholds = np.unique(np.concatenate([np.quantile(mated, part), np.quantile(non_mated, 1 - part)]))
        thresholds = np.append(thresholds, np.nextafter(thresholds[-1], np.inf))
        matches = np.stack([self._matches(each) for each in thresholds], axis=1)
        misses = np.stack([self._misses(each) for each in thresholds], axis=1)
        return self._interval(crossing(thresholds=thresholds, matches=matches, misses=misses)[0])

    def _matches(self, threshold: float) -> Floats:
        with np.errstate(invalid="ignore"):
            return self._non_mated_sums((self._non_mated.scores >= threshold).astype(np.float64)) / self._non_mated_total

    def _misses(self, threshold: float) -> Floats:
        with np.errstate(invalid="ignore"):
            return self._mated_sums((self._mated.scores < threshold).astype(np.float64)) / self._mated_total

    def _mated_sums(self, values: Floats) -> Floats:
        """Return the weighted sum of ``values``, one for each mated pair, in each resample."""
        return np.asarray(self._weights @ np.bincount(self._mated.first, weights=values, minlength=self._families))

    def _non_mated_sums(self, values: Floats) -> Floats:
        table = np.bincount(self._pair_of, weights=values, minlength=self._families**2).reshape(self._families, self._families)
        return np.asarray(((self._weights @ table) * self._weights).sum(axis=1))

    def _interval(self, values: Floats) -> Interval | None:
        if self._families < 2:  # Every resample is the same one.
            return None
        return percentile_interval(values=values.tolist(), confidence=self._confidence)

    def _extreme_interval(self, hits: NDArray[np.bool_], independent: int) -> Interval | None:
        """Return an interval for a rate of 0 or 1, which is the same in all resamples; None for other rates."""
        if not hits.size or not independent:
            return Interval(0.0, 1.0)
        if hits.any() and not hits.all():
            return None
        return wilson_interval(independent if hits.all() else 0, independent, confidence=self._confidence)


def d_prime_without_each(mated: Pairs, non_mated: Pairs, families: int) -> Floats:
    """Return ``scores.d_prime`` without each family; NaN if it is undefined."""
    moments, greatest = [], max(np.abs(mated.scores).max(), np.abs(non_mated.scores).max())
    for pairs in (mated, non_mated):
        middle = pairs.scores.mean()
        apart = pairs.scores - middle  # without this, squares of nearly equal scores would differ by rounding
        powers = np.stack([np.ones(len(apart)), apart, apart**2])
        touched = np.stack([np.bincount(pairs.first, weights=row, minlength=families) for row in powers])
        if pairs is non_mated:
            touched += np.stack([np.bincount(pairs.second, weights=row, minlength=families) for row in powers])
        number, total, square = powers.sum(axis=1)[:, None] - touched
        with np.errstate(divide="ignore", invalid="ignore"):
            mean = total / number
            moments.append((middle + mean, np.maximum(square / number - mean**2, 0)))
    (mean, variance), (other_mean, other_variance) = moments
    with np.errstate(divide="ignore", invalid="ignore"):
        spread = np.sqrt((variance + other_variance) / 2)
        return np.where(spread > _NOISE * greatest, (mean - other_mean) / spread, np.nan)


def jackknife_variance(without_each: Floats, stratum: Ints) -> tuple[float, int]:
    """Return variance and degrees of freedom for families sampled within strata.

    With one stratum this is Tukey's (1958). With several, leaving out a family also lowers the weight of its stratum, so the
    figure moves less, by (k - 1) / k (Jones 1974, Bull. Int. Stat. Inst. 45); this is corrected. NaN if a figure without a family
    is undefined or a stratum has one family.
    """
    counts = np.bincount(stratum)
    means = np.bincount(stratum, weights=without_each) / np.maximum(counts, 1)
    squares = np.bincount(stratum, weights=(without_each - means[stratum]) ** 2)
    there = counts > 0
    larger = counts / np.maximum(counts - 1, 1) * ((len(without_each) - 1) / len(without_each)) ** 2
    variance = (larger * squares)[there].sum()
    return (float("nan") if (counts[there] < 2).any() else float(variance)), int((counts[there] - 1).sum())
