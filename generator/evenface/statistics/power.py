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
    total: float | None = None
    """Variance of the means of people, over all cells, that was dealt; None where nobody was."""
    within: float = 0.0
    """The same within cells."""
    errors: Floats | None = None
    """Standard errors in each deal, as large on average as those found: deals x contrasts."""


def power_of(chance: Chance, at: int, weights: Floats, pattern: Floats, gap: float, *, level: float) -> float:
    """Return the chance that a contrast (column ``at``) is beyond what chance deals in ``level`` of all cases, both sides.

    Args:
        weights: Of the cells in the contrast.
        pattern: How much more each cell has for a gap of 1; rates are held between 0 and 1.

    A gap widens what chance deals as well, since those who have it are dealt to all cells; what of it is in the data is taken off
    first, and that of the gap asked for is added.
    """
    from scipy.special import ndtr  # heavy

    dealt = chance.dealt[:, at]
    beyond = float(np.nanquantile(np.abs(dealt), 1 - level))
    if chance.errors is not None:
        moved = gap * float((weights * pattern).sum())
        return float(np.nanmean(np.abs(dealt + moved / chance.errors[:, at]) > beyond))
    error = float(np.nanstd(dealt))
    # Few families have few ways to be dealt: where the greatest contrast comes more often than that, none is beyond.
    if float((np.abs(dealt) >= np.nanmax(np.abs(dealt)) - 1e-12).mean()) > level and error > 0:
        return 0.0
    values = chance.mean + gap * pattern
    if chance.bounded:
        values = np.clip(values, 0, 1)
        wider = values * (1 - values) / (chance.mean * (1 - chance.mean))
        own = 1.0 if chance.total is None else chance.within / chance.total
        apart = 0.0 if chance.total is None else float(values.var()) / chance.total
        beyond *= float(np.sqrt(own * wider.mean() + apart))
        error *= float(np.sqrt(own * (weights**2 * wider).sum() / (weights**2).sum()))
    moved = float((weights * (values - chance.mean)).sum())
    if error <= 0:
        return float(moved > beyond)
    return float(ndtr((moved - beyond) / error) + ndtr((-moved - beyond) / error))


def smallest_gap(chance: Chance, at: int, weights: Floats, pattern: Floats, *, level: float, power: float = 0.8) -> float | None:
    """Return the least gap with that power; None where even the greatest one has less."""
    scale = float(np.abs(pattern).max())
    spread = float(np.nanstd(chance.dealt[:, at]) if chance.errors is None else np.nanmax(chance.errors[:, at]))
    high = (1 - chance.mean if chance.bounded else 1e3 * spread) / scale
    low = 0.0
    if power_of(chance, at, weights, pattern, high, level=level) < power:
        return None
    for _ in range(40):
        middle = (low + high) / 2
        if power_of(chance, at, weights, pattern, middle, level=level) < power:
            low = middle
        else:
            high = middle
    return high
