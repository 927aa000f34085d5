"""Does something happen to one group more often than to the rest? A permutation test that is exact however rare it is.

An event that happens once happens in some group, and an interval of that group's few people would call it a difference. So the
test deals out anew what happened to whom, among people who were to be alike but for their group, and asks how far the group that
is furthest above the rest gets by that alone (Westfall and Young 1993, *Resampling-Based Multiple Testing*, maximum statistic).
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
"""Numbers in memory: people are dealt in lots."""


@dataclass(frozen=True, slots=True)
class Excess:
    """How far the mean of one group lies above that of the rest."""

    inside: float
    outside: float
    p: float
    """Of so great an excess in any of the groups by chance, 0 to 1."""


def excesses(
    values: Floats, block: Ints, groups: Bits, *, rng: np.random.Generator, resamples: int = 1_000
) -> list[Excess | None]:
    """Compare each group with the rest; None for a group that is empty or holds everybody.

    Args:
        values: One of each person.
        block: Of each person; values are dealt within a block, and what a block has in common is taken off first.
        groups: Groups x people: who is in it; groups may overlap.
    """
    sizes = groups.sum(axis=1)
    told = (sizes > 0) & (sizes < len(values))
    if not told.any():
        return [None] * len(groups)
    # inside mean - outside mean, over its standard deviation but for one constant, so that groups of all sizes compete alike
    inside = groups[told].astype(np.float64)
    weights = inside / sizes[told, None] - (1 - inside) / (len(values) - sizes[told, None])
    weights /= np.sqrt((weights**2).sum(axis=1, keepdims=True))
    rest = _subtract_block_means(values, block)
    found = weights @ rest
    most = _sample_greatest(rest, block, weights, rng, resamples)
    # Equal but for the order of a sum counts as equal.
    p = (1 + (most[:, None] >= found - 1e-9).sum(axis=0)) / (1 + resamples)
    chances = iter(p.tolist())
    return [
        Excess(float(values[who].mean()), float(values[~who].mean()), next(chances)) if is_told else None
        for who, is_told in zip(groups, told, strict=True)
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
