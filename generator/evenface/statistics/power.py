"""What could have been seen: the power of a contrast to be told from chance, from what chance makes of it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["Chance", "power_of", "smallest_gap"]

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Chance:
    """What contrasts are where cells make no difference."""

    dealt: Floats
    """Deals x contrasts; in standard errors of their own where ``errors`` are given."""
    mean: float
    """Of all cells."""
    bounded: bool
    """Values are rates, whose variance goes with p (1 - p)."""
    kept: Floats | None = None
    """The part of the variance of the deals that comes from people within cells, by contrast; all of it where None."""
    added: Floats | None = None
    """What a gap of 1 in the cells of its pattern adds to that variance, as a part of it; nothing where None."""
    errors: Floats | None = None
    """Standard errors in each deal, as large on average as those found: deals x contrasts."""


@dataclass(frozen=True, slots=True)
class _Reach:
    """Of one contrast: beyond what chance deals it is shown, and the standard deviation of the deals."""

    beyond: float
    error: float


def power_of(chance: Chance, at: int, weights: Floats, pattern: Floats, gap: float, *, level: float) -> float:
    """Return the chance that a contrast (column ``at``) is beyond what chance deals in ``level`` of all cases, both sides.

    Args:
        weights: Of the cells in the contrast.
        pattern: How much more each cell has for a gap of 1; rates are held between 0 and 1.

    A gap widens what chance deals as well, since those who have it are dealt to all cells; what of it is in the data is taken off
    first, and that of the gap asked for is added.
    """
    return _power(chance, at, _reach(chance, at, level), weights, pattern, gap)


def smallest_gap(chance: Chance, at: int, weights: Floats, pattern: Floats, *, level: float, power: float = 0.8) -> float | None:
    """Return the least gap with that power; None where even the greatest one has less."""
    reach = _reach(chance, at, level)
    high = (1 - chance.mean if chance.bounded else 1e3 * reach.error) / float(np.abs(pattern).max())
    low = 0.0
    if not _power(chance, at, reach, weights, pattern, high) >= power:
        return None
    for _ in range(30):
        middle = (low + high) / 2
        if _power(chance, at, reach, weights, pattern, middle) < power:
            low = middle
        else:
            high = middle
    return high


def _reach(chance: Chance, at: int, level: float) -> _Reach:
    dealt = np.abs(chance.dealt[:, at])
    dealt = dealt[~np.isnan(dealt)]
    if not len(dealt):
        return _Reach(float("inf"), 0.0)
    # Few families have few ways to be dealt: where the greatest contrast comes more often than that, none is beyond.
    often = float((dealt >= dealt.max() - 1e-12).mean()) > level and bool(dealt.max() > 0)
    spread = dealt if chance.errors is None else chance.errors[:, at][~np.isnan(chance.errors[:, at])]
    error = float(np.sqrt((spread**2).mean())) if len(spread) else 0.0
    return _Reach(float("inf") if often else float(np.quantile(dealt, 1 - level)), error)


def _power(chance: Chance, at: int, reach: _Reach, weights: Floats, pattern: Floats, gap: float) -> float:
    from scipy.special import ndtr  # heavy

    if not np.isfinite(reach.beyond):
        return 0.0
    if chance.errors is not None:
        known = ~np.isnan(chance.dealt[:, at]) & (chance.errors[:, at] > 0)
        moved = gap * float((weights * pattern).sum()) / chance.errors[known, at]
        return float((np.abs(chance.dealt[known, at] + moved) > reach.beyond).mean()) if known.any() else 0.0
    values, beyond, error = chance.mean + gap * pattern, reach.beyond, reach.error
    if chance.bounded:
        values = np.clip(values, 0, 1)
        wider = values * (1 - values) / (chance.mean * (1 - chance.mean))
        own = 1.0 if chance.kept is None else float(chance.kept[at])
        apart = 0.0 if chance.added is None else gap**2 * float(chance.added[at])
        beyond *= float(np.sqrt(own * wider.mean() + apart))
        error *= float(np.sqrt(own * (weights**2 * wider).sum() / (weights**2).sum()))
    moved = float((weights * (values - chance.mean)).sum())
    if error <= 0:
        # Deals that never differ (one person a cell, or all people alike) tell nothing of what chance makes.
        return 0.0
    return float(ndtr((moved - beyond) / error) + ndtr((-moved - beyond) / error))
