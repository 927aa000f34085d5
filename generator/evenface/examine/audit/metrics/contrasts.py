"""The contrasts that are tested for every metric, fixed beforehand as weights of cells, and their 95 % intervals."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from evenface.examine.audit.metrics.groups import CELL, GENDER, OVERALL, SHADE, TONE, Grouping
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

__all__ = [
    "DARKER_TO_LIGHTER",
    "MOVER",
    "REST",
    "SLOPE",
    "T_FAMILIES",
    "Contrast",
    "contrast_intervals",
    "contrasts_of",
    "correlation",
]

Floats = NDArray[np.float64]

REST, SLOPE = "the other cells", "tone slope, per step"
DARKER_TO_LIGHTER = ("darker/woman", "lighter/man")


@dataclass(frozen=True, slots=True, eq=False)
class Contrast:
    """A weighted sum of cell means."""

    margin: str
    group: str
    other: str | None
    weights: Floats
    """Weight of each cell; their sum is 0."""
    pattern: Floats
    """Increase of each cell for a contrast of 1, in the gap for which power is computed."""


def contrasts_of(grouping: Grouping, there: NDArray[np.bool_]) -> list[Contrast]:
    """Return each cell against the mean of the others, darker women against lighter men, woman against man, and the tone slope.

    In a set without genders, tones take the place of cells. Cells have equal weights, regardless of their number of pictures.

    Args:
        there: Cells with values; the others are ignored.
    """
    found = []
    for group in grouping.margin(CELL) or grouping.margin(TONE):
        cell, rest = group.cells & there, ~group.cells & there
        if cell.any() and rest.any():
            found.append(_two(group.margin, group.name, REST, cell, rest))
    shades = {group.name: group.cells & there for group in grouping.margin(SHADE)}
    one, other = (shades.get(name, np.zeros_like(there)) for name in DARKER_TO_LIGHTER)
    if one.any() and other.any():
        found.append(_two(SHADE, *DARKER_TO_LIGHTER, one, other))
    gender = np.array(grouping.gender, dtype=object)
    one, other = _in_both(grouping, (gender == "woman") & there, (gender == "man") & there)
    if one.any() and other.any():
        found.append(_two(GENDER, "woman", "man", one, other))
    return [*found, *_slope(grouping, there)]


def _two(margin: str, group: str, other: str, one: NDArray[np.bool_], rest: NDArray[np.bool_]) -> Contrast:
    return Contrast(margin, group, other, one / one.sum() - rest / rest.sum(), one.astype(np.float64))


def _in_both(grouping: Grouping, one: NDArray[np.bool_], other: NDArray[np.bool_]) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Leave out tones with one gender."""
    for group in grouping.margin(TONE):
        if not (one & group.cells).any() or not (other & group.cells).any():
            one, other = one & ~group.cells, other & ~group.cells
    return one, other


def _slope(grouping: Grouping, there: NDArray[np.bool_]) -> list[Contrast]:
    """Return the least-squares slope of the cell means over the step of their tones, each gender about its own mean."""
    if np.isnan(grouping.step[there]).any() or not there.any():
        return []
    apart = np.zeros(len(there))
    for word in set(grouping.gender):
        own = there & (np.array(grouping.gender, dtype=object) == word)
        if own.any():
            apart[own] = grouping.step[own] - grouping.step[own].mean()
    square = float((apart**2).sum())
    return [Contrast(OVERALL, SLOPE, None, apart / square, apart)] if square > 0 else []


MOVER = "Wilson's intervals with the effective number of both groups, joined (Newcombe; Zou where they share families)"
T_FAMILIES = "t interval over families"


def contrast_intervals(sample: Sample, contrasts: Sequence[Contrast], kind: str) -> tuple[list[Interval | None], list[str]]:
    """Return the interval of each contrast, and its method.

    For two rates: from Wilson's limits of both (Newcombe 1998, Statist. Med. 17, 873-890), with their correlation where groups
    share families (Zou 2007, Psychol. Methods 12, 399-413). Design effects are pooled over the contrasts of one margin. For means
    and slopes: t with the variance over families, which is pooled over the margin for pairs of people.
    """
    intervals: list[Interval | None] = [None] * len(contrasts)
    methods = [T_FAMILIES] * len(contrasts)
    for margin in dict.fromkeys(contrast.margin for contrast in contrasts):
        places = [at for at, contrast in enumerate(contrasts) if contrast.margin == margin]
        weights = np.stack([contrasts[at].weights for at in places])
        of_two = kind == RATE and np.allclose(weights.clip(min=0).sum(axis=1), 1)
        found = (
            _join_intervals(sample, weights)
            if of_two
            else t_intervals(spread_of(sample, weights), pooled=sample.other is not None)
        )
        for at, interval in zip(places, found, strict=True):
            intervals[at], methods[at] = interval, MOVER if of_two else T_FAMILIES
    return intervals, methods


def _join_intervals(sample: Sample, weights: Floats) -> list[Interval | None]:
    one, other = spread_of(sample, weights.clip(min=0)), spread_of(sample, (-weights).clip(min=0))
    common = correlation(one, other, spread_of(sample, weights))
    return [
        join_limits(float(p), high, float(q), low, common) if high and low else None
        for p, high, q, low in zip(
            one.value, _limits(sample, one, weights > 0), other.value, _limits(sample, other, weights < 0), strict=True
        )
    ]


def correlation(one: Spread, other: Spread, apart: Spread) -> float:
    """Return the correlation of the two sides, pooled over the contrasts: 0 for different families."""
    product = np.sqrt(np.maximum(one.variance, 0) * np.maximum(other.variance, 0))
    known = ~np.isnan(product) & ~np.isnan(apart.variance)
    if not product[known].sum() > 0:
        return 0.0
    together = (one.variance + other.variance - apart.variance)[known].sum() / 2
    return float(np.clip(together / product[known].sum(), -0.99, 0.99))


def _limits(sample: Sample, side: Spread, members: NDArray[np.bool_]) -> list[Interval | None]:
    counts, _ = cell_means(sample)
    return rate_interval(side, np.asarray((members * counts).sum(axis=1), dtype=np.int64))[0]
