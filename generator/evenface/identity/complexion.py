"""How a person's skin differs from that of others of the same tone: drawn by age, and alike for every tone."""

from __future__ import annotations

import numpy as np

from evenface.identity.draw import LEAN, clip
from evenface.records import Complexion

__all__ = ["sample_complexion"]


def sample_complexion(rng: np.random.Generator, *, gender: str, age_years: int) -> Complexion:
    """Draw how the skin differs from others of its tone."""
    ageing = (age_years - 18) / 62
    return Complexion(
        lightness_shift=clip(rng.normal(), -2.0, 2.0),
        redness_shift=clip(rng.normal(), -2.0, 2.0),
        mottling=float(rng.beta(2.0, 3.5)),
        freckles=float(rng.beta(0.6, 3.0)),
        moles=int(rng.poisson(3.0)),
        under_eye=clip(rng.beta(2.0, 3.5) + 0.2 * ageing, 0.0, 1.0),
        flush=float(rng.beta(2.0, 3.5)),
        pores=float(rng.beta(2.5, 3.0)),
        oiliness=float(rng.beta(2.5, 3.0)),
        wrinkles=clip(1.05 * ageing**1.2 + 0.1 * rng.normal(), 0.0, 1.0),
        lip_depth=clip(0.45 + 0.12 * LEAN[gender] + 0.17 * rng.normal(), 0.0, 1.0),
        lip_hue=clip(0.45 * rng.normal(), -1.0, 1.0),
        seed=int(rng.integers(2**31)),
    )
