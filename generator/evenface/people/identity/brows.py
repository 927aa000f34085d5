"""The brows: a cue of gender that overlaps widely between presentations, and of who somebody is."""

from __future__ import annotations

import numpy as np

from evenface.people.identity.draw import LEAN, clip
from evenface.records import Brows

__all__ = ["sample_brows"]


def sample_brows(rng: np.random.Generator, *, gender: str) -> Brows:
    """Draw the brows; their weight, arch, tilt and height overlap widely between presentations."""
    lean = LEAN[gender]
    bridged, cut = rng.random(2)
    return Brows(
        thickness=clip(float(np.exp(0.02 - 0.24 * lean + 0.27 * rng.normal())), 0.45, 2.0),
        density=clip(0.64 - 0.10 * lean + 0.21 * rng.normal(), 0.25, 1.2),
        length=clip(1.0 + 0.10 * rng.normal(), 0.75, 1.25),
        arch=clip(-0.15 + 0.12 * lean + 0.42 * rng.normal(), -1.0, 1.0),
        tilt=clip(0.10 * lean + 0.46 * rng.normal(), -1.0, 1.0),
        gap=clip(0.3 * lean + 1.1 * rng.normal(), -2.0, 2.0),
        shade=clip(-0.15 + 0.50 * rng.normal(), -1.0, 1.0),
        seed=int(rng.integers(2**31)),
        height=clip(-0.12 + 0.35 * lean + 0.45 * rng.normal(), -1.0, 1.0),
        summit=clip(0.45 * rng.normal(), -1.0, 1.0),
        taper=float(rng.beta(2.2, 1.6)),
        tail=clip(1.15 - 0.9 * rng.beta(1.0, 2.2), 0.2, 1.0),
        unruliness=float(rng.beta(1.6, 2.9 + 1.2 * lean)),
        hair_length=clip(1.0 - 0.15 * lean + 0.2 * rng.normal(), 0.6, 1.5),
        bridge=float(rng.uniform(0.15, 0.9)) if bridged < 0.10 else 0.0,
        slit=float(rng.choice((-1.0, 1.0)) * rng.uniform(0.55, 0.8)) if cut < 0.02 else 0.0,
        asymmetry=clip(0.4 * rng.normal(), -1.0, 1.0),
        greying=float(rng.uniform(0.1, 1.0)),
    )
