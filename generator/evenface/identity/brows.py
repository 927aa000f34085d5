"""The brows: a cue of gender that overlaps widely between presentations."""

from __future__ import annotations

import numpy as np

from evenface.identity.draw import LEAN, clip
from evenface.records import Brows

__all__ = ["sample_brows"]


def sample_brows(rng: np.random.Generator, *, gender: str) -> Brows:
    """Draw the brows; their weight, arch and tilt overlap widely between presentations."""
    lean = LEAN[gender]
    return Brows(
        thickness=clip(1.0 - 0.17 * lean + 0.19 * rng.normal(), 0.5, 1.6),
        density=clip(0.72 - 0.08 * lean + 0.14 * rng.normal(), 0.3, 1.0),
        length=clip(1.0 + 0.07 * rng.normal(), 0.8, 1.2),
        arch=clip(0.25 * lean + 0.35 * rng.normal(), -1.0, 1.0),
        tilt=clip(0.12 * lean + 0.35 * rng.normal(), -1.0, 1.0),
        gap=clip(rng.normal(), -2.0, 2.0),
        shade=clip(0.15 + 0.35 * rng.normal(), -1.0, 1.0),
        seed=int(rng.integers(2**31)),
    )
