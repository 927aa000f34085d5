"""A smooth step, of which areas of the head are made. In: places. Out: shares."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["rise"]

Values = NDArray[np.floating[Any]]


def rise(value: Values, low: Values | float, high: Values | float) -> Values:
    """0 up to ``low``, 1 from ``high``, smooth between."""
    t = np.clip((value - low) / (high - low), 0.0, 1.0)
    return np.asarray(t * t * (3 - 2 * t))
