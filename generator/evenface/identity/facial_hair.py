"""Stubble, moustaches and beards."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from evenface.identity.draw import choose, clip
from evenface.records import FacialHair

__all__ = ["FACIAL_HAIR_STYLES", "sample_facial_hair"]

FACIAL_HAIR_STYLES = ("none", "stubble", "moustache", "goatee", "short_beard", "full_beard")
_FACIAL_HAIR_SHARES: dict[str, tuple[float, ...]] = {
    "woman": (1.0, 0.0, 0.0, 0.0, 0.0, 0.0),
    "androgynous": (0.80, 0.12, 0.03, 0.02, 0.02, 0.01),
    "man": (0.28, 0.27, 0.08, 0.08, 0.19, 0.10),
}


def sample_facial_hair(rng: np.random.Generator, *, gender: str, age_years: int) -> FacialHair:
    """Draw the facial hair: most people have none, and beards grow fuller after the first adult years."""
    shares: Mapping[str, float] = dict(zip(FACIAL_HAIR_STYLES, _FACIAL_HAIR_SHARES[gender], strict=True))
    fuller = float(np.interp(age_years, (18, 30), (0.4, 1.0)))
    weights = [share * (fuller if style.endswith("beard") else 1.0) for style, share in shares.items()]
    style = choose(rng, FACIAL_HAIR_STYLES, weights)
    length, density = clip(1.0 + 0.15 * rng.normal(), 0.6, 1.4), float(0.45 + 0.55 * rng.beta(3.0, 2.0))
    bare = style == "none"
    return FacialHair(style, 0.0 if bare else length, 0.0 if bare else density, int(rng.integers(2**31)))
