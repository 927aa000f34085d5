"""Axes of the mesh that are not traits: the fit to the tape measures, body fullness, expressions, the model's corners."""

from __future__ import annotations

from evenface.backends.cycles.head.fields import SCALES
from evenface.backends.cycles.head.moves import (
    ANCESTRIES,
    ASYMMETRY_MOVES,
    BASE_MOVES,
    FORM_AMOUNTS,
    FORMS,
    TRAIT_MOVES,
    Move,
    out,
    size,
)
from evenface.rng import digest

__all__ = [
    "FIT_AXES",
    "FULLNESS_MOVES",
    "UNITS",
    "corner_targets",
    "form_targets",
    "tables_digest",
]

FORMAT = 13
"""Raised whenever the distilled arrays change without a change of the tables."""

FIT_AXES: dict[str, tuple[Move, float]] = {
    "skull_breadth": (size("head/head-scale-horiz", 1.0), 0.45),
    "skull_depth": (size("head/head-scale-depth", 1.0), 0.50),
    "skull_height": (size("head/head-scale-vert", 1.0), 0.40),
    "skull_back": (size("head/head-back-scale-depth", 1.0), 0.35),
    "face_fullness": (size("head/head-fat", 1.0), 0.35),
    "chin_height": (size("chin/chin-height", 1.0), 0.35),
    "chin_prominence": (size("chin/chin-prominent", 1.0), 0.45),
    "profile": (size("chin/chin-prognathism", 1.0), 0.35),
    "chin_width": (size("chin/chin-width", 1.0), 0.20),
    "jaw_width": (size("chin/chin-bones", 1.0), 0.30),
    "under_chin": (size("neck/neck-double", 1.0), 0.30),
    "neck_breadth": (size("neck/neck-scale-horiz", 1.0), 0.50),
    "neck_depth": (size("neck/neck-scale-depth", 1.0), 0.50),
    "neck_girth": (size("neck/measure-neck-circ", 1.0), 0.50),
    "eye_distance": (out("eyes/*-eye-trans", 1.0), 0.50),
    "ear_size": (size("ears/*-ear-scale", 1.0), 0.50),
    "ear_height": (size("ears/*-ear-scale-vert", 1.0), 0.50),
    "ear_depth": (size("ears/*-ear-scale-depth", 1.0), 0.80),
    "ear_wing": (size("ears/*-ear-wing", 1.0), 0.60),
    "forehead_height": (size("forehead/forehead-scale-vert", 1.0), 0.20),
}
"""Axes that the fit to the tape measures may use, besides an even scaling, with the spread that it expects of each."""

FULLNESS_MOVES = (size("head/head-fat", 0.30), size("cheek/*-cheek-volume", 0.25), size("neck/neck-double", 0.25))
"""Flesh of the face at the full end, on top of the body's weight; the lean end takes the opposites."""


UNITS = (
    "browDownLeft",
    "browDownRight",
    "browInnerUp",
    "browOuterUpLeft",
    "browOuterUpRight",
    "cheekPuff",
    "cheekSquintLeft",
    "cheekSquintRight",
    "eyeBlinkLeft",
    "eyeBlinkRight",
    "eyeLookDownLeft",
    "eyeLookDownRight",
    "eyeLookInLeft",
    "eyeLookInRight",
    "eyeLookOutLeft",
    "eyeLookOutRight",
    "eyeLookUpLeft",
    "eyeLookUpRight",
    "eyeSquintLeft",
    "eyeSquintRight",
    "eyeWideLeft",
    "eyeWideRight",
    "jawForward",
    "jawLeft",
    "jawOpen",
    "jawRight",
    "mouthClose",
    "mouthDimpleLeft",
    "mouthDimpleRight",
    "mouthFrownLeft",
    "mouthFrownRight",
    "mouthFunnel",
    "mouthLeft",
    "mouthLowerDownLeft",
    "mouthLowerDownRight",
    "mouthPressLeft",
    "mouthPressRight",
    "mouthPucker",
    "mouthRight",
    "mouthRollLower",
    "mouthRollUpper",
    "mouthShrugLower",
    "mouthShrugUpper",
    "mouthSmileLeft",
    "mouthSmileRight",
    "mouthStretchLeft",
    "mouthStretchRight",
    "mouthUpperUpLeft",
    "mouthUpperUpRight",
    "noseSneerLeft",
    "noseSneerRight",
    "tongueOut",
)
"""ARKit's face shapes, in the order of the model's array."""


def corner_targets(sex: str, age: str, weight: str) -> tuple[tuple[str, float], ...]:
    """Return the targets, with weights, that make one corner of the model: sex x age x body weight."""
    body = (f"macrodetails/universal-{sex}-{age}-averagemuscle-{weight}", 1.0)
    third = 1.0 / len(ANCESTRIES)
    return (body, *((f"macrodetails/{ancestry}-{sex}-{age}", third) for ancestry in ANCESTRIES))


def form_targets(form: str) -> tuple[tuple[str, float], ...]:
    """Return the targets, with weights that sum to 0, of one of ``FORMS``: alike for both sexes of the model."""
    shares = tuple(zip(ANCESTRIES, FORMS[form], strict=True))
    return tuple((f"macrodetails/{word}-{sex}-young", share / 2) for sex in ("female", "male") for word, share in shares)


def tables_digest() -> str:
    """Return a name for these tables; a distilled model made from others must not be used."""
    return digest(FORMAT, SCALES, TRAIT_MOVES, ASYMMETRY_MOVES, BASE_MOVES, FORMS, FORM_AMOUNTS, FIT_AXES, FULLNESS_MOVES, UNITS)
