"""Evidence of balance: is the share of every cell shown to lie within a margin of its target, shown to lie outside, or neither?

That a test of equality does not reject shows nothing; so equivalence is tested, by two one-sided tests (Schuirmann 1987), which
is the same as an interval of confidence 1 - 2 alpha inside the margin. "Every cell is balanced" is an intersection-union test
(Berger 1982): each cell at alpha, without correction. "Some cell is unbalanced" is a claim of the other kind: there each
interval is widened (Bonferroni) so that the chance of one false alarm over all cells is at most ``family``.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from evenface.statistics.intervals import Interval, percentile_interval, wilson_interval

__all__ = ["BALANCED", "NOT_SHOWN", "UNBALANCED", "Share", "compare_shares", "resampled_sums", "verdict_of"]

Floats = NDArray[np.float64]

BALANCED, UNBALANCED, NOT_SHOWN = "balanced", "unbalanced", "not shown"
_AT_ONCE = 500_000
"""Weights in memory: resamples are drawn in lots."""


@dataclass(frozen=True, slots=True)
class Share:
    """The part that one cell has of the whole."""

    target: float
    value: float
    interval: Interval
    """Of confidence 1 - 2 alpha, from resampled people; Wilson's over people where all or nothing is in the cell."""
    simultaneous: Interval
    """Wilson's over the effective number of people, at the level of the family divided over the cells."""
    verdict: str
    """``balanced``, ``unbalanced`` or ``not shown``."""


def compare_shares(
    counts: ArrayLike,
    targets: ArrayLike,
    *,
    margin: float,
    rng: np.random.Generator,
    resamples: int = 1_000,
    alpha: float = 0.05,
    family: float = 0.01,
) -> tuple[Share, ...]:
    """Compare the share of each cell with its target.

    Args:
        counts: People x cells: how many pictures of a person lie in a cell. People are what is resampled.
        targets: Wanted shares, summing to 1.
        margin: The greatest difference of a share that counts as none.
    """
    table, wanted = np.asarray(counts, dtype=np.float64), np.asarray(targets, dtype=np.float64)
    total = table.sum()
    if margin <= 0 or not total or table.shape[1] != len(wanted):
        raise ValueError(f"nothing to compare: {table.shape} counts, {len(wanted)} targets, margin {margin}")
    values = table.sum(axis=0) / total
    sums = resampled_sums(rng, table, resamples)
    drawn = sums / sums.sum(axis=1, keepdims=True)
    people = int((table.sum(axis=1) > 0).sum())
    level = family / len(wanted)
    found = []
    for cell, (target, value) in enumerate(zip(wanted, values, strict=True)):
        effective = _effective(float(value), float(drawn[:, cell].std()), people)
        wide = wilson_interval(round(value * effective), effective, confidence=1 - level)
        inner = None if value in (0.0, 1.0) else percentile_interval(values=drawn[:, cell].tolist(), confidence=1 - 2 * alpha)
        inner = inner or wilson_interval(round(value * people), people, confidence=1 - 2 * alpha)
        verdict = verdict_of(float(target), margin, inner, wide)
        found.append(Share(float(target), float(value), inner, wide, verdict))
    return tuple(found)


def verdict_of(target: float, margin: float, interval: Interval, simultaneous: Interval) -> str:
    """Return what two intervals show of a value that is to lie within ``margin`` of ``target``."""
    low, high = target - margin, target + margin
    if simultaneous.high < low or simultaneous.low > high:
        return UNBALANCED
    return BALANCED if low < interval.low and interval.high < high else NOT_SHOWN


def resampled_sums(rng: np.random.Generator, values: Floats, resamples: int, size: int | None = None) -> Floats:
    """Return the sums over people of ``values`` (people x columns) in each resample of people: resamples x columns.

    Args:
        size: How many people a resample has; as many as there are when None.
    """
    people = len(values)
    lot = max(1, _AT_ONCE // people)
    sums = []
    for start in range(0, resamples, lot):
        drawn = rng.multinomial(people if size is None else size, np.full(people, 1 / people), size=min(lot, resamples - start))
        sums.append(drawn.astype(np.float64) @ values)
    return np.concatenate(sums)


def _effective(value: float, deviation: float, people: int) -> int:
    """Return of how many independent people a share would spread as it does; at most as many as there are."""
    if deviation == 0 or value in (0.0, 1.0):
        return people
    return int(np.clip(value * (1 - value) / deviation**2, 1, people))
