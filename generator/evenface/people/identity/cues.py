"""Cues of gender: the attributes that may follow the annotation and which way they lean; how shares and limits are drawn."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

import numpy as np

__all__ = ["GENDER_CUES", "LEAN", "between", "choose", "clip"]

T = TypeVar("T")

GENDER_CUES = (
    "head.measures_mm",
    "head.traits",
    "head.presentation",
    "head.fullness",
    "complexion.lip_depth",
    "complexion.pores",
    "complexion.folds",
    "complexion.beard_shadow",
    "makeup.lipstick",
    "makeup.eyeliner",
    "makeup.eye_shadow",
    "makeup.mascara",
    "makeup.blush",
    "makeup.brow_pencil",
    "hair.style",
    "hair.fringe",
    "hair.grey",
    "hair.hairline",
    "hair.corners",
    "hair.sideburns",
    "brows.thickness",
    "brows.density",
    "brows.arch",
    "brows.tilt",
    "brows.gap",
    "brows.height",
    "brows.hair_length",
    "brows.unruliness",
    "facial_hair.style",
    "facial_hair.length",
    "facial_hair.density",
    "facial_hair.patchiness",
    "facial_hair.cheek_line",
    "facial_hair.neck_line",
    "facial_hair.crispness",
    "facial_hair.greying",
    "facial_hair.redness_shift",
    "covering.kind",
    "jewellery.earrings",
    "jewellery.nose_stud",
)
"""The attributes of an ``Identity`` whose distribution may depend on the gender annotation; no other one does."""

LEAN: dict[str, float] = {"woman": 1.0, "androgynous": 0.0, "man": -1.0}
"""Where the mean of a gender cue lies between the masculine and the feminine end."""


def clip(value: float, low: float, high: float) -> float:
    """Return the number between the bounds that is nearest to ``value``."""
    return float(min(max(value, low), high))


def between(shares: tuple[float, float], gender: str) -> float:
    """Return the share of an annotation from those of (woman, man): the androgynous one is their geometric mean."""
    woman, man = shares
    lean = (1.0 + LEAN[gender]) / 2.0
    return float(woman**lean * man ** (1.0 - lean))


def choose(rng: np.random.Generator, items: Sequence[T], shares: Sequence[float]) -> T:
    """Draw one of ``items`` by their relative shares."""
    # One uniform number whatever the shares are, so that what is drawn next does not depend on this choice.
    edges = np.cumsum(shares)
    return items[int(np.searchsorted(edges, rng.random() * edges[-1], side="right"))]
