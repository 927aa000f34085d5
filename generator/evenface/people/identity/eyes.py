"""Iris, white, lashes and the shade of the teeth, drawn alike for everybody."""

from __future__ import annotations

import numpy as np

from evenface.people.identity.draw import choose, clip
from evenface.records import Eyes

__all__ = ["IRISES", "sample_eyes"]

IRISES = ("brown", "dark_brown", "hazel", "green", "blue", "grey", "amber")
_IRIS_SHARES = (0.38, 0.40, 0.08, 0.03, 0.07, 0.02, 0.02)


def sample_eyes(rng: np.random.Generator) -> Eyes:
    """Draw iris, white, lashes and teeth, alike for everybody."""
    return Eyes(
        iris=choose(rng, IRISES, _IRIS_SHARES),
        iris_shade=clip(0.55 * rng.normal(), -1.0, 1.0),
        iris_size=clip(1.0 + 0.035 * rng.normal(), 0.9, 1.1),
        limbus=float(rng.beta(2.0, 2.0)),
        sclera_warmth=float(rng.beta(2.0, 3.5)),
        veins=float(rng.beta(1.5, 3.5)),
        collarette=clip(0.25 + 0.5 * rng.normal(), -1.0, 1.0),
        sector=_sector(rng),
        tooth_shade=float(rng.beta(2.0, 2.5)),
        lash_length=clip(1.0 + 0.15 * rng.normal(), 0.6, 1.5),
        lash_density=float(0.35 + 0.65 * rng.beta(2.5, 2.5)),
        seed=int(rng.integers(2**31)),
    )


def _sector(rng: np.random.Generator) -> float:
    """Draw the part of an iris that has another colour: about one person in a hundred has one."""
    has, share = rng.random() < 0.01, float(rng.uniform(0.06, 0.35))
    return share if has else 0.0
