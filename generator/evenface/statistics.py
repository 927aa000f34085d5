"""Intervals for what is counted. Pure: numbers in, numbers out."""

from __future__ import annotations

from typing import NamedTuple

__all__ = ["Interval", "wilson_interval"]


class Interval(NamedTuple):
    low: float
    high: float


def wilson_interval(successes: int, total: int, *, confidence: float = 0.95) -> Interval:
    """Return Wilson's score interval for a proportion; from 0 to 1 when nothing was counted."""
    if not 0 <= successes <= total or not 0 < confidence < 1:
        raise ValueError(f"no interval for {successes} of {total} at confidence {confidence}")
    if total == 0:
        return Interval(0.0, 1.0)
    from scipy.stats import binomtest  # heavy

    found = binomtest(successes, total).proportion_ci(confidence_level=confidence, method="wilson")
    return Interval(float(found.low), float(found.high))
