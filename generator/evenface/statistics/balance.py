"""Balance over cells: counts of people or pictures, targets, measures of evenness, and a test.

The test shows that the share of a cell lies within a margin of its target, that it lies outside, or neither. A test of equality
that does not reject is no evidence of balance. So equivalence is tested by two one-sided tests (Schuirmann 1987): the interval of
confidence 1 - 2 alpha lies inside the margin. "Every cell is balanced" is an intersection-union test (Berger 1982): each cell at
alpha, without correction. For "some cell is unbalanced" each interval is widened (Bonferroni) so that the chance of a false alarm
over all cells is at most ``family``.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import exp, inf, log
from typing import TypeVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

from evenface.statistics.intervals import Interval, percentile_interval, wilson_interval

__all__ = [
    "BALANCED",
    "NOT_SHOWN",
    "UNBALANCED",
    "Share",
    "compare_shares",
    "counts",
    "effective_number",
    "evenness",
    "imbalance_ratio",
    "resampled_sums",
    "shares",
    "targets",
    "verdict_of",
]

K = TypeVar("K", bound=Hashable)
Floats = NDArray[np.float64]

BALANCED, UNBALANCED, NOT_SHOWN = "balanced", "unbalanced", "not shown"
_AT_ONCE = 500_000
"""Greatest number of weights in memory; resamples are drawn in lots."""


def counts(keys: Iterable[K], cells: Sequence[K]) -> dict[K, int]:
    """Count ``keys`` over ``cells``, in the order of ``cells`` and with zeros; keys outside ``cells`` come last."""
    found = Counter(keys)
    return {cell: found.get(cell, 0) for cell in cells} | {key: n for key, n in found.items() if key not in set(cells)}


def shares(found: Mapping[K, int]) -> dict[K, float]:
    """Return each cell's share of the total; all 0 if the total is 0."""
    whole = sum(found.values())
    return {cell: n / whole if whole else 0.0 for cell, n in found.items()}


def targets(total: int, cells: Sequence[K], weights: Sequence[float] | None = None) -> dict[K, int]:
    """Divide ``total`` over ``cells`` as evenly as whole numbers go; the sum is exactly ``total``.

    The rest goes to the largest remainders, earlier cells first.

    Args:
        weights: Wanted proportions; equal by default.
    """
    wanted = [1.0] * len(cells) if weights is None else list(weights)
    if total < 0 or len(wanted) != len(cells) or not cells or min(wanted) < 0 or sum(wanted) <= 0:
        raise ValueError(f"cannot divide {total} over {len(cells)} cells with the weights {wanted}")
    exact = [total * weight / sum(wanted) for weight in wanted]
    whole = [int(value) for value in exact]
    by_remainder = sorted(range(len(cells)), key=lambda at: (whole[at] - exact[at], at))
    for at in by_remainder[: total - sum(whole)]:
        whole[at] += 1
    return dict(zip(cells, whole, strict=True))


def imbalance_ratio(found: Mapping[K, int]) -> float:
    """Return the greatest count over the least: 1 if all cells are equal, infinite if one is empty."""
    least = min(found.values(), default=0)
    return max(found.values()) / least if least else inf


def effective_number(found: Mapping[K, int]) -> float:
    """Return the effective number of species, exp(H): that of equal cells with this entropy (Hill 1973); 0 without counts."""
    entropy = _entropy(found)
    return 0.0 if entropy is None else exp(entropy)


def evenness(found: Mapping[K, int]) -> float:
    """Return Pielou's evenness of the counts: 1 if all cells are equal, 0 if one has all counts or there are none.

    Empty cells count: include every declared cell.
    """
    entropy = _entropy(found)
    if entropy is None:
        return 0.0
    return entropy / log(len(found)) if len(found) > 1 else 1.0


def _entropy(found: Mapping[K, int]) -> float | None:
    """Return Shannon's H in nats; None without counts."""
    parts = [share for share in shares(found).values() if share > 0]
    return -sum(part * log(part) for part in parts) if parts else None


@dataclass(frozen=True, slots=True)
class Share:
    """The share of one cell in the total."""

    target: float
    value: float
    interval: Interval
    """Confidence 1 - 2 alpha, from resampled people; Wilson's interval over people for a share of 0 or 1."""
    simultaneous: Interval
    """Wilson's interval over the effective number of people, at confidence 1 - family / cells."""
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
        counts: Pictures of each person in each cell, people x cells. People are resampled.
        targets: Wanted shares, summing to 1.
        margin: Greatest difference that counts as balanced.
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
        effective = _effective_people(float(value), float(drawn[:, cell].std()), people)
        wide = wilson_interval(round(value * effective), effective, confidence=1 - level)
        inner = None if value in (0.0, 1.0) else percentile_interval(values=drawn[:, cell].tolist(), confidence=1 - 2 * alpha)
        inner = inner or wilson_interval(round(value * people), people, confidence=1 - 2 * alpha)
        verdict = verdict_of(float(target), margin, inner, wide)
        found.append(Share(float(target), float(value), inner, wide, verdict))
    return tuple(found)


def verdict_of(target: float, margin: float, interval: Interval, simultaneous: Interval) -> str:
    """Return the verdict on a value that should lie within ``margin`` of ``target``, from its two intervals."""
    low, high = target - margin, target + margin
    if simultaneous.high < low or simultaneous.low > high:
        return UNBALANCED
    return BALANCED if low < interval.low and interval.high < high else NOT_SHOWN


def resampled_sums(rng: np.random.Generator, values: Floats, resamples: int, size: int | None = None) -> Floats:
    """Return the sums over people of ``values`` (people x columns) in each resample of people: resamples x columns.

    Args:
        size: Number of people in a resample; ``len(values)`` by default.
    """
    people = len(values)
    lot = max(1, _AT_ONCE // people)
    sums = []
    for start in range(0, resamples, lot):
        drawn = rng.multinomial(people if size is None else size, np.full(people, 1 / people), size=min(lot, resamples - start))
        sums.append(drawn.astype(np.float64) @ values)
    return np.concatenate(sums)


def _effective_people(value: float, deviation: float, people: int) -> int:
    """Return the number of independent people that would give this deviation; at most ``people``."""
    if deviation == 0 or value in (0.0, 1.0):
        return people
    return int(np.clip(value * (1 - value) / deviation**2, 1, people))
