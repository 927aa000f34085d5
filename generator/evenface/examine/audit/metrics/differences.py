"""The 95 % interval of every comparison of groups."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from evenface.examine.audit.metrics.contrasts import Contrast
from evenface.examine.audit.metrics.observations import RATE
from evenface.statistics.clusters import (
    Sample,
    Spread,
    cell_means,
    rate_interval,
    spread_of,
    t_intervals,
)
from evenface.statistics.intervals import Interval, join_limits

__all__ = ["MOVER", "T", "contrast_intervals", "correlation"]

Floats = NDArray[np.float64]

MOVER = "Wilson's intervals with the effective number of both groups, joined (Newcombe; Zou where they share families)"
T = "t interval over families"


def contrast_intervals(sample: Sample, contrasts: Sequence[Contrast], kind: str) -> tuple[list[Interval | None], list[str]]:
    """Return the interval of each contrast, and its method.

    Of two rates: from Wilson's limits of both (Newcombe 1998, Statist. Med. 17, 873-890), less what they have in common where
    groups share families (Zou 2007, Psychol. Methods 12, 399-413). Design effects are pooled over the contrasts of one margin.
    Of means, and of slopes: t with the variance over families, for pairs of people pooled over the margin.
    """
    intervals: list[Interval | None] = [None] * len(contrasts)
    methods = [T] * len(contrasts)
    for margin in dict.fromkeys(contrast.margin for contrast in contrasts):
        places = [at for at, contrast in enumerate(contrasts) if contrast.margin == margin]
        weights = np.stack([contrasts[at].weights for at in places])
        of_two = kind == RATE and np.allclose(weights.clip(min=0).sum(axis=1), 1)
        found = _joined(sample, weights) if of_two else t_intervals(spread_of(sample, weights), pooled=sample.other is not None)
        for at, interval in zip(places, found, strict=True):
            intervals[at], methods[at] = interval, MOVER if of_two else T
    return intervals, methods


def _joined(sample: Sample, weights: Floats) -> list[Interval | None]:
    one, other = spread_of(sample, weights.clip(min=0)), spread_of(sample, (-weights).clip(min=0))
    common = correlation(one, other, spread_of(sample, weights))
    return [
        join_limits(float(p), high, float(q), low, common) if high and low else None
        for p, high, q, low in zip(
            one.value, _limits(sample, one, weights > 0), other.value, _limits(sample, other, weights < 0), strict=True
        )
    ]


def correlation(one: Spread, other: Spread, apart: Spread) -> float:
    """Return how the two sides vary together, pooled over the contrasts: 0 where they are of different families."""
    product = np.sqrt(np.maximum(one.variance, 0) * np.maximum(other.variance, 0))
    told = ~np.isnan(product) & ~np.isnan(apart.variance)
    if not product[told].sum() > 0:
        return 0.0
    together = (one.variance + other.variance - apart.variance)[told].sum() / 2
    return float(np.clip(together / product[told].sum(), -0.99, 0.99))


def _limits(sample: Sample, side: Spread, members: NDArray[np.bool_]) -> list[Interval | None]:
    counts, _ = cell_means(sample)
    return rate_interval(side, np.asarray((members * counts).sum(axis=1), dtype=np.int64))[0]
