"""Noise for skin, keyed by a seed and a word: smooth over places of the head, and grain over the face map; pure numpy."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter

from evenface.backends.cycles.skin.facemap import SIZE, enlarged
from evenface.processor import product
from evenface.rng import rng_for

__all__ = ["grain", "waves"]

Floats = NDArray[np.float32]


def waves(points_mm: Floats, wavelength_mm: float, seed: int, key: str, count: int = 24) -> Floats:
    """Return smooth noise of unit variance at ``points_mm`` (N, 3): a sum of plane waves of keyed direction and phase."""
    rng = rng_for(seed, "waves", key)
    direction = rng.normal(size=(count, 3))
    direction *= (
        rng.uniform(0.6, 1.5, (count, 1)) * (2 * np.pi / wavelength_mm) / np.linalg.norm(direction, axis=1, keepdims=True)
    )
    # Single precision: noise needs no more, and this is most of the cost of a skin.
    turn = product(points_mm, direction.T.astype(np.float32)) + rng.uniform(0, 2 * np.pi, count).astype(np.float32)
    return np.asarray(np.cos(turn).sum(axis=1) * np.float32(np.sqrt(2 / count)), np.float32)


def grain(sigma_texels: float, seed: int, key: str, *, coarser: int = 1) -> Floats:
    """Return noise of unit variance on the face map ``(SIZE, SIZE)``; ``coarser`` works it out on fewer texels."""
    side = SIZE // coarser
    white = rng_for(seed, "grain", key).standard_normal((side, side), dtype=np.float32)
    smooth = gaussian_filter(white, sigma_texels / coarser, mode="nearest", truncate=2.5)
    smooth /= max(float(smooth.std()), 1e-6)
    return enlarged(smooth) if coarser > 1 else smooth
