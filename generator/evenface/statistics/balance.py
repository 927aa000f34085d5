"""Counts of people or pictures over cells, targets, and measures of evenness."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Iterable, Mapping, Sequence
from math import exp, inf, log
from typing import TypeVar

__all__ = ["counts", "effective_number", "evenness", "imbalance_ratio", "shares", "targets"]

K = TypeVar("K", bound=Hashable)


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
