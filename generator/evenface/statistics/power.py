"""The power of the tests of contrasts, and the smallest gap that they can detect."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["Chance", "power_of", "smallest_gap"]

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Chance:
    """Contrasts if cells make no difference."""

    dealt: Floats
    """Deals x contrasts; in units of their standard errors if ``errors`` are given."""
    mean: float
    """Mean of all cells."""
    bounded: bool
    """Whether values are rates: their variance is proportional to p (1 - p)."""
    kept: Floats | None = None
    """Part of the variance over deals that comes from people within cells, for each contrast; all if None."""
    added: Floats | None = None
    """Part of that variance that a gap of 1 in the cells of its pattern adds; none if None."""
    errors: Floats | None = None
    """Standard errors in each deal, as large on average as those found: deals x contrasts."""


@dataclass(frozen=True, slots=True)
class _Reach:
    """Critical value of one contrast, and its standard deviation over deals."""

    beyond: float
    error: float


def power_of(chance: Chance, at: int, weights: Floats, pattern: Floats, gap: float, *, level: float) -> float:
    """Return the power of the two-sided test of a contrast (column ``at``) at ``level``.

    Args:
        weights: Weights of the cells in the contrast.
        pattern: Effect of a gap of 1 on each cell; rates are clipped to 0 and 1.

    A gap also increases the variance over deals, since its people are dealt to all cells. The part from gaps in the data is
    removed (``kept``), and that of ``gap`` is added (``added``).
    """
    return _power(chance, at, _reach(chance, at, level), weights, pattern, gap)


def smallest_gap(chance: Chance, at: int, weights: Floats, pattern: Floats, *, level: float, power: float = 0.8) -> float | None:
    """Return the least gap with that power; None if the greatest gap has less."""
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
    # Few families have few deals: if the greatest contrast is more frequent than ``level``, no contrast is significant.
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
        # Deals without variance (one person in a cell, or equal people) give no test.
        return 0.0
    return float(ndtr((moved - beyond) / error) + ndtr((-moved - beyond) / error))
