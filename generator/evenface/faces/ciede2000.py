"""The difference between two colours. In: CIE L*a*b* of both. Out: the CIEDE2000 distance."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

__all__ = ["ciede2000"]

Floats = NDArray[np.float64]

ROUNDING = 1e-9
"""Degrees. Exactly opposite hues count as 180 degrees apart, whatever the last bits of a processor's arc tangent are: beyond
that the mean hue jumps to the other side."""


def ciede2000(one: ArrayLike, other: ArrayLike) -> Floats:
    """Return the CIEDE2000 distance ``(...)`` of colours ``(..., 3)`` in CIE L*a*b*, with all three weights 1.

    Sharma, Wu & Dalal (2005), The CIEDE2000 color-difference formula: implementation notes, supplementary test data, and
    mathematical observations, Color Research & Application 30, 21. Names are those of the paper, ``d`` for Delta.

    Every pair is computed by itself: its distance does not depend on how many there are.
    """
    pairs = np.broadcast_arrays(np.asarray(one, np.float64), np.asarray(other, np.float64))
    (l1, a1, b1), (l2, a2, b2) = (np.ascontiguousarray(np.moveaxis(each, -1, 0)) for each in pairs)
    g = 0.5 * (1 - _seventh((np.hypot(a1, b1) + np.hypot(a2, b2)) / 2))
    (c1, h1), (c2, h2) = (_chroma_and_hue((1 + g) * a, b) for a, b in ((a1, b1), (a2, b2)))
    # A grey has no hue, and takes that of the other colour.
    grey = c1 * c2 == 0
    apart = h2 - h1
    far = np.abs(apart) > 180 + ROUNDING
    dh = np.where(grey, 0.0, apart - np.where(far, 360 * np.sign(apart), 0))
    hue = np.where(grey, h1 + h2, (h1 + h2 + np.where(far, np.where(h1 + h2 < 360, 360, -360), 0)) / 2)
    d_l, d_c, d_h = l2 - l1, c2 - c1, 2 * np.sqrt(c1 * c2) * np.sin(np.radians(dh / 2))
    light, c = ((l1 + l2) / 2 - 50) ** 2, (c1 + c2) / 2
    t = 1 - 0.17 * _cos(hue - 30) + 0.24 * _cos(2 * hue) + 0.32 * _cos(3 * hue + 6) - 0.20 * _cos(4 * hue - 63)
    turn = -np.sin(np.radians(60 * np.exp(-(((hue - 275) / 25) ** 2)))) * 2 * _seventh(c)
    d_l, d_c, d_h = d_l / (1 + 0.015 * light / np.sqrt(20 + light)), d_c / (1 + 0.045 * c), d_h / (1 + 0.015 * c * t)
    return np.asarray(np.sqrt(d_l**2 + d_c**2 + d_h**2 + turn * d_c * d_h))


def _chroma_and_hue(a: Floats, b: Floats) -> tuple[Floats, Floats]:
    """Return C' and h', degrees from 0 to 360; the hue of grey is 0."""
    return np.hypot(a, b), np.where((a == 0) & (b == 0), 0.0, np.degrees(np.arctan2(b, a)) % 360)


def _seventh(c: Floats) -> Floats:
    return np.asarray(np.sqrt(c**7 / (c**7 + 25.0**7)))


def _cos(degrees: ArrayLike) -> Floats:
    return np.asarray(np.cos(np.radians(degrees)))
