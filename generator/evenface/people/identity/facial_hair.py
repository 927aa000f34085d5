"""Stubble, moustaches and beards."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from evenface.people.identity.draw import choose, clip
from evenface.records import FacialHair

__all__ = ["FACIAL_HAIR_STYLES", "sample_facial_hair"]

# Shares by style (androgynous, man); women have none.
_SHARES: dict[str, tuple[float, float]] = {
    "none": (0.79, 0.18),
    "shadow": (0.06, 0.14),
    "stubble": (0.05, 0.19),
    "moustache": (0.015, 0.045),
    "pencil_moustache": (0.01, 0.025),
    "handlebar": (0.004, 0.02),
    "horseshoe_moustache": (0.004, 0.02),
    "walrus": (0.004, 0.015),
    "soul_patch": (0.01, 0.02),
    "goatee": (0.01, 0.04),
    "circle_beard": (0.01, 0.06),
    "anchor": (0.008, 0.03),
    "chin_strap": (0.008, 0.03),
    "short_beard": (0.012, 0.12),
    "full_beard": (0.005, 0.085),
    "long_beard": (0.002, 0.02),
}
FACIAL_HAIR_STYLES = tuple(_SHARES)


def sample_facial_hair(rng: np.random.Generator, *, gender: str, age_years: int) -> FacialHair:
    """Draw the facial hair: most people have none, and beards grow fuller after the first adult years."""
    column = {"androgynous": 0, "man": 1}.get(gender)
    shares: Mapping[str, float] = {
        style: float(style == "none") if column is None else both[column] for style, both in _SHARES.items()
    }
    fuller = float(np.interp(age_years, (18, 30), (0.4, 1.0)))
    weights = [share * (fuller if style.endswith("beard") else 1.0) for style, share in shares.items()]
    style = choose(rng, FACIAL_HAIR_STYLES, weights)
    length, density = clip(1.0 + 0.2 * rng.normal(), 0.6, 1.5), float(0.45 + 0.55 * rng.beta(3.0, 2.0))
    rest = {
        "patchiness": float(rng.beta(1.5, 2.5)),
        "cheek_line": clip(0.5 * rng.normal(), -1.0, 1.0),
        "neck_line": clip(0.5 * rng.normal(), -1.0, 1.0),
        "crispness": float(rng.beta(1.8, 1.8)),
        "greying": float(rng.uniform(0.6, 1.5)),
        "redness_shift": float(0.3 * rng.beta(1.0, 4.0)),
    }
    seed = int(rng.integers(2**31))
    if style == "none":
        return FacialHair(style, 0.0, 0.0, seed, **dict.fromkeys(rest, 0.0))
    return FacialHair(style, length, density, seed, **rest)
