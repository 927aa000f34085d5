"""Permutation test whether an event is more frequent in one group than in the rest; exact also for rare events.

A single event is in some group, and an interval over the few people of that group would show a difference. So the test permutes
the values among people who differ only in their group, and takes the excess of the group that is furthest above the rest
(Westfall and Young 1993, *Resampling-Based Multiple Testing*, maximum statistic).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["Excess", "excesses"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bits = NDArray[np.bool_]

_AT_ONCE = 4_000_000
"""Greatest number of values in memory; permutations are made in lots."""


@dataclass(frozen=True, slots=True)
class Excess:
    """Means of one group and of the rest, and a p value."""

    inside: float
    outside: float
    p: float
    """Probability of so great an excess in any group by chance, 0 to 1."""


def excesses(
    values: Floats, block: Ints, groups: Bits, *, rng: np.random.Generator, resamples: int = 1_000
) -> list[Excess | None]:
    """Compare each group with the rest; None for a group that is empty or has all people.

    Args:
        values: One for each person.
        block: Block of each person; values are permuted within a block, after its mean is subtracted.
        groups: Groups x people: membership; groups may overlap.
    """
    sizes = groups.sum(axis=1)
    compared = (sizes > 0) & (sizes < len(values))
    if not compared.any():
        return [None] * len(groups)
    # Inside mean - outside mean, over its standard deviation up to a constant: groups of all sizes are comparable.
    inside = groups[compared].astype(np.float64)
    weights = inside / sizes[compared, None] - (1 - inside) / (len(values) - sizes[compared, None])
    weights /= np.sqrt((weights**2).sum(axis=1, keepdims=True))
    rest = _subtract_block_means(values, block)
    found = weights @ rest
    most = _sample_greatest(rest, block, weights, rng, resamples)
    # Values that differ only by rounding count as equal.
    p = (1 + (most[:, None] >= found - 1e-9).sum(axis=0)) / (1 + resamples)
    chances = iter(p.tolist())
    return [
        Excess(float(values[who].mean()), float(values[~who].mean()), next(chances)) if is_compared else None
        for who, is_compared in zip(groups, compared, strict=True)
    ]


def _subtract_block_means(values: Floats, block: Ints) -> Floats:
    _, own = np.unique(block, return_inverse=True)
    own = own.ravel()
    return np.asarray(values - (np.bincount(own, weights=values) / np.bincount(own))[own])


def _sample_greatest(rest: Floats, block: Ints, weights: Floats, rng: np.random.Generator, resamples: int) -> Floats:
    order = np.argsort(block, kind="stable")
    ordered, at_once = block[order], max(1, _AT_ONCE // len(rest))
    most = []
    for start in range(0, resamples, at_once):
        chance = rng.random((min(at_once, resamples - start), len(rest)))
        # Sorted by block first, then by chance: people change places within their block.
        places = np.lexsort((chance, np.broadcast_to(ordered, chance.shape)), axis=1)
        dealt = np.empty_like(chance)
        dealt[:, order] = rest[order][places]
        most.append((dealt @ weights.T).max(axis=1))
    return np.concatenate(most)
