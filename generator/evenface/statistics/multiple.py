"""Correction for many tests at once."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

__all__ = ["holm"]

Floats = NDArray[np.float64]


def holm(p_values: Floats) -> Floats:
    """Return Holm's adjusted p values (1979, Scand. J. Statist. 6, 65-70); NaN stays NaN and does not count as a test.

    Rejecting adjusted values of at most a keeps the chance of any false rejection at a, whatever the dependence of the tests.
    """
    adjusted = np.full(len(p_values), np.nan)
    tested = np.flatnonzero(~np.isnan(p_values))
    order = tested[np.argsort(p_values[tested], kind="stable")]
    steps = p_values[order] * np.arange(len(order), 0, -1)
    adjusted[order] = np.minimum(np.maximum.accumulate(steps), 1.0) if len(order) else steps
    return adjusted
