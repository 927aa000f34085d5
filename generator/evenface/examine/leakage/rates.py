"""Shares of pictures that lie nearer to a person of the gallery than the threshold, and the difference of two shares."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from evenface.statistics.intervals import Interval, join_limits
from evenface.statistics.people import sample_weights

__all__ = ["Rate", "difference", "weights_of"]

_WEIGHTS = 4_000_000
"""Drawn at a time: 32 MB."""

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Rate:
    """The share of pictures that exceed a threshold, with its 95 % interval."""

    system: str
    against: str
    """``picture`` or ``centre``: the nearest picture of the gallery, or the nearest person's mean."""
    metric: str
    """``exceedance`` of the dataset, ``baseline`` of the gallery's own people, ``excess``: the first less the second."""
    group: str
    """``overall``, or a cell."""
    n: int
    """Pictures with a face."""
    people: int
    """Families; pictures where there are no identity labels."""
    exceeding: int | None
    value: float | None
    low: float | None
    high: float | None


def weights_of(rng: np.random.Generator, families: int, resamples: int) -> Iterator[Floats]:
    """Yield how often each family is in each resample, some resamples at a time."""
    step = max(1, _WEIGHTS // max(families, 1))
    for start in range(0, resamples, step):
        yield sample_weights(rng, families=families, resamples=min(step, resamples - start))


def difference(one: Rate, other: Rate) -> tuple[float | None, float | None, float | None]:
    """Return one rate less the other, of other people, and its interval from both of theirs.

    Zou and Donner 2008, "Construction of confidence limits about effect measures", Statistics in Medicine 27, 1693-1702.
    """
    values = (one.value, one.low, one.high, other.value, other.low, other.high)
    if any(value is None for value in values):
        return None, None, None
    p, low, high, q, q_low, q_high = (float(value or 0.0) for value in values)
    return p - q, *join_limits(p, Interval(low, high), q, Interval(q_low, q_high))
