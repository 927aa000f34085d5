"""What the person of a shot wears: clothes, glasses for those who own some, long hair tied or open."""

from __future__ import annotations

import numpy as np

from evenface.records import Rgb, Worn
from evenface.rng import rng_for
from evenface.shots.scene import MID_GREY
from evenface.shots.schedule import pick

__all__ = ["CLOTHING", "CLOTHING_PALETTE", "GLASSES_WORN", "PATTERNS", "REFERENCE_WORN", "is_hair_tied", "worn_for"]

CLOTHING = ("crew_neck", "v_neck", "scoop_neck", "collar", "turtleneck", "hoodie", "jacket")
PATTERNS = ("plain", "striped", "checked", "printed")
_PATTERN_EDGES = (0.6, 0.78, 0.89)

CLOTHING_PALETTE: tuple[Rgb, ...] = (
    (0.03, 0.03, 0.03),
    (0.10, 0.10, 0.10),
    MID_GREY,
    (0.36, 0.36, 0.36),
    (0.62, 0.61, 0.58),
    (0.02, 0.04, 0.10),
    (0.06, 0.12, 0.20),
    (0.05, 0.13, 0.09),
    (0.16, 0.05, 0.05),
    (0.20, 0.15, 0.09),
    (0.34, 0.30, 0.22),
    (0.14, 0.10, 0.17),
    (0.30, 0.04, 0.04),
    (0.05, 0.20, 0.38),
    (0.44, 0.26, 0.07),
    (0.10, 0.24, 0.13),
    (0.44, 0.24, 0.26),
    (0.70, 0.68, 0.62),
)
"""Fabrics, worn alike by everybody; linear light."""

GLASSES_WORN = 0.8
"""Share of the probe shots in which those who own glasses have them on."""
_HAIR_TIED = 0.2
"""Share of the probe shots in which long hair is tied."""

REFERENCE_WORN = Worn("crew_neck", MID_GREY, "plain", MID_GREY, glasses_worn=False)
"""The reference shows the whole face: nothing lies over the places where the tone is read."""


def worn_for(seed: int, index: int, shot_id: str, clothing: float) -> Worn:
    """Draw the clothes of the ``index``-th person of every cell, and whether their glasses are on.

    Args:
        clothing: Place of the garment in the schedule, 0 to 1.
    """
    fabric, glasses = (rng_for(seed, part, index, shot_id).random for part in ("fabric", "glasses"))
    garment = pick(CLOTHING, clothing)
    return Worn(
        clothing=garment,
        clothing_pattern=_pattern(fabric(), garment),
        clothing_rgb=pick(CLOTHING_PALETTE, fabric()),
        clothing_second_rgb=pick(CLOTHING_PALETTE, fabric()),
        glasses_worn=bool(glasses() < GLASSES_WORN),
    )


def is_hair_tied(seed: int, index: int, shot_id: str) -> bool:
    """Draw whether the ``index``-th person of every cell has long hair tied."""
    return bool(rng_for(seed, "hair_tied", index, shot_id).random() < _HAIR_TIED)


def _pattern(unit: float, garment: str) -> str:
    """Return the pattern; sweatshirts and jackets have one colour."""
    return "plain" if garment in ("hoodie", "jacket") else PATTERNS[int(np.searchsorted(_PATTERN_EDGES, unit))]
