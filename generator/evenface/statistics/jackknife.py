"""Jackknife of d' over families: each family is left out in turn, with all its pairs."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from evenface.statistics.people import Pairs

__all__ = ["d_prime_without_each", "jackknife_variance"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

_NOISE = 1e-9
"""Rounding error of the deviation of equal scores, relative to the greatest score."""


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
