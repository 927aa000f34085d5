"""Intervals for proportions, differences and bootstrap values."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from math import sqrt
from typing import NamedTuple

__all__ = ["RESAMPLES", "Interval", "expected_width", "join_limits", "percentile_interval", "wilson_interval"]


RESAMPLES = 1_000
"""Resamples of every bootstrap with a reported interval."""


class Interval(NamedTuple):
    low: float
    high: float


def wilson_interval(successes: int, total: int, *, confidence: float = 0.95) -> Interval:
    """Return Wilson's score interval for a proportion; from 0 to 1 if the total is 0."""
    if not 0 <= successes <= total or not 0 < confidence < 1:
        raise ValueError(f"no interval for {successes} of {total} at confidence {confidence}")
    if total == 0:
        return Interval(0.0, 1.0)
    from scipy.stats import binomtest  # heavy

    found = binomtest(successes, total).proportion_ci(confidence_level=confidence, method="wilson")
    return Interval(float(found.low), float(found.high))


@lru_cache(maxsize=1024)
def expected_width(*, rate: float, total: int, confidence: float = 0.95) -> float:
    """Return the expected width of Wilson's interval over ``total`` independent trials at ``rate``."""
    from scipy.stats import binom  # heavy

    trials = binom(total, rate)
    # All outcomes but one in a billion.
    likely = range(int(trials.ppf(5e-10)), int(trials.ppf(1 - 5e-10)) + 1)
    widths = (wilson_interval(errors, total, confidence=confidence) for errors in likely)
    return float(sum(trials.pmf(errors) * (high - low) for errors, (low, high) in zip(likely, widths, strict=True)))


def join_limits(one: float, of_one: Interval, other: float, of_other: Interval, common: float = 0.0) -> Interval:
    """Return limits of ``one`` minus ``other`` from the limits of both and their correlation ``common``.

    Zou and Donner 2008, Statistics in Medicine 27, 1693-1702; with a correlation Zou 2007, Psychol. Methods 12, 399-413.
    """
    down, up = one - of_one.low, of_one.high - one
    other_down, other_up = other - of_other.low, of_other.high - other
    below = sqrt(max(down**2 + other_up**2 - 2 * common * down * other_up, 0.0))
    above = sqrt(max(up**2 + other_down**2 - 2 * common * up * other_down, 0.0))
    return Interval(float(one - other - below), float(one - other + above))


def percentile_interval(*, values: Sequence[float], confidence: float = 0.95) -> Interval | None:
    """Return the percentile interval of a bootstrap (Efron 1979) from one value for each resample.

    Undefined values (NaN) are left out; None if more than half are undefined.
    """
    import numpy as np  # heavy

    if not 0 < confidence < 1:
        raise ValueError(f"no interval at confidence {confidence}")
    drawn = np.asarray(values, dtype=np.float64)
    defined = drawn[~np.isnan(drawn)]
    if 2 * len(defined) < len(drawn) or not len(defined):
        return None
    low, high = np.quantile(defined, [(1 - confidence) / 2, (1 + confidence) / 2])
    return Interval(float(low), float(high))
