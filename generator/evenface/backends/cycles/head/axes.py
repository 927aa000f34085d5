"""Which shape targets of the mesh stand behind our own names. The library's axis names stay inside this file.

A trait or an asymmetry is a list of moves; ``amount`` is the weight of the target at one standard deviation.
"""

from __future__ import annotations

from dataclasses import dataclass

from evenface.rng import digest

__all__ = [
    "ANCESTRIES",
    "ASYMMETRY_MOVES",
    "FIT_AXES",
    "FULLNESS_MOVES",
    "TRAIT_MOVES",
    "UNITS",
    "Move",
    "corner_targets",
    "tables_digest",
]

FORMAT = 8
"""Raised whenever the distilled arrays change without a change of the tables below."""

ANCESTRIES = ("african", "asian", "caucasian")
"""The mesh library's words; the three are always mixed in equal parts, in every head, and never lead to a tone."""


@dataclass(frozen=True, slots=True)
class Move:
    """One pair of opposite targets.

    Attributes:
        stem: ``folder/name``; ``*`` stands for both sides of the face.
        plus: Ending of the target for a positive score (empty: none).
        minus: Ending of the target for a negative score (empty: none).
        amount: Weight at a score of one.
    """

    stem: str
    plus: str
    minus: str
    amount: float


def _size(stem: str, amount: float) -> Move:
    return Move(stem, "-incr", "-decr", amount)


def _up(stem: str, amount: float) -> Move:
    return Move(stem, "-up", "-down", amount)


def _out(stem: str, amount: float) -> Move:
    return Move(stem, "-out", "-in", amount)


def _forward(stem: str, amount: float) -> Move:
    return Move(stem, "-forward", "-backward", amount)


TRAIT_MOVES: dict[str, tuple[Move, ...]] = {
    "nose_width": (_size("nose/nose-scale-horiz", 0.20), _size("nose/nose-width3", 0.13)),
    "nose_length": (_size("nose/nose-scale-vert", 0.14),),
    "nose_projection": (_size("nose/nose-scale-depth", 0.19),),
    "nose_bridge_width": (_size("nose/nose-width1", 0.23), _size("nose/nose-width2", 0.16)),
    "nose_bridge_height": (_size("nose/nose-greek", 0.23),),
    "nose_bridge_curve": (Move("nose/nose-curve", "-convex", "-concave", 0.20),),
    "nose_hump": (_size("nose/nose-hump", 0.23),),
    "nose_tip_width": (_size("nose/nose-point-width", 0.22),),
    "nose_tip_height": (_up("nose/nose-point", 0.23),),
    "nose_base_height": (_up("nose/nose-base", 0.17),),
    "nose_fullness": (_size("nose/nose-volume", 0.17),),
    "septum_angle": (_size("nose/nose-septumangle", 0.17),),
    "nostril_width": (_size("nose/nose-nostrils-width", 0.22),),
    "nostril_angle": (_up("nose/nose-nostrils-angle", 0.19),),
    "nostril_flare": (_size("nose/nose-flaring", 0.19),),
    "mouth_width": (_size("mouth/mouth-scale-horiz", 0.28),),
    "mouth_height": (_up("mouth/mouth-trans", 0.18),),
    "mouth_projection": (_size("mouth/mouth-scale-depth", 0.20), _forward("mouth/mouth-trans", 0.12)),
    "mouth_corners": (_up("mouth/mouth-angles", 0.16),),
    "lip_fullness_upper": (_size("mouth/mouth-upperlip-volume", 0.28), _size("mouth/mouth-upperlip-height", 0.28)),
    "lip_fullness_lower": (_size("mouth/mouth-lowerlip-volume", 0.28), _size("mouth/mouth-lowerlip-height", 0.28)),
    "lip_width_upper": (_size("mouth/mouth-upperlip-width", 0.24),),
    "lip_width_lower": (_size("mouth/mouth-lowerlip-width", 0.24),),
    "cupids_bow": (_size("mouth/mouth-cupidsbow", 0.32),),
    "cupids_bow_width": (_size("mouth/mouth-cupidsbow-width", 0.28),),
    "philtrum_depth": (Move("mouth/mouth-philtrum-volume", "-decr", "-incr", 0.28),),
    "smile_folds": (Move("mouth/mouth-laugh-lines", "-in", "-out", 0.15),),
    "eye_size": (_size("eyes/*-eye-scale", 0.19),),
    "eye_opening": (_size("eyes/*-eye-height2", 0.24), _size("eyes/*-eye-height1", 0.10), _size("eyes/*-eye-height3", 0.10)),
    "eye_opening_inner": (_size("eyes/*-eye-height1", 0.30),),
    "eye_opening_outer": (_size("eyes/*-eye-height3", 0.30),),
    "eye_corner_inner": (_up("eyes/*-eye-corner1", 0.30),),
    "eye_corner_outer": (_up("eyes/*-eye-corner2", 0.40),),
    "eye_height": (_up("eyes/*-eye-trans", 0.20),),
    "eye_depth": (Move("eyes/*-eye-push1", "-in", "-out", 0.20), Move("eyes/*-eye-push2", "-in", "-out", 0.20)),
    "eyelid_fold_height": (_up("eyes/*-eye-eyefold", 0.35),),
    "eyelid_fold_angle": (_up("eyes/*-eye-eyefold-angle", 0.35),),
    "eyelid_fold_fullness": (Move("eyes/*-eye-eyefold", "-convex", "-concave", 0.40),),
    "epicanthus": (Move("eyes/*-eye-epicanthus", "-in", "-out", 0.35),),
    "eye_bags": (_size("eyes/*-eye-bag", 0.21), _out("eyes/*-eye-bag", 0.12)),
    "eye_bag_height": (_size("eyes/*-eye-bag-height", 0.18),),
    "brow_ridge": (_forward("eyebrows/eyebrows-trans", 0.17),),
    "brow_height": (_up("eyebrows/eyebrows-trans", 0.22),),
    "brow_slope": (_up("eyebrows/eyebrows-angle", 0.22),),
    "cheekbone": (_size("cheek/*-cheek-bones", 0.28),),
    "cheek_height": (_up("cheek/*-cheek-trans", 0.21),),
    "cheek_volume": (_size("cheek/*-cheek-volume", 0.24),),
    "cheek_hollow": (Move("cheek/*-cheek-inner", "-decr", "-incr", 0.24),),
    "jaw_width": (_size("chin/chin-bones", 0.24),),
    "jaw_drop": (_size("chin/chin-jaw-drop", 0.17),),
    "chin_width": (_size("chin/chin-width", 0.24),),
    "chin_height": (_size("chin/chin-height", 0.08),),
    "chin_prominence": (_size("chin/chin-prominent", 0.24),),
    "chin_cleft": (_size("chin/chin-cleft", 0.21),),
    "chin_point": (Move("chin/chin", "-triangle", "", 0.21),),
    "profile": (_size("chin/chin-prognathism", 0.17),),
    "forehead_height": (_size("forehead/forehead-scale-vert", 0.05),),
    "forehead_slope": (_forward("forehead/forehead-trans", 0.23),),
    "forehead_bulge": (_size("forehead/forehead-nubian", 0.09),),
    "temple_width": (_size("forehead/forehead-temple", 0.23),),
    "outline_round": (Move("head/head", "-round", "-rectangular", 0.13),),
    "outline_square": (Move("head/head", "-square", "-oval", 0.13),),
    "outline_taper": (Move("head/head", "-invertedtriangular", "-triangular", 0.13),),
    "outline_diamond": (Move("head/head", "-diamond", "", 0.13),),
    "head_back": (_size("head/head-back-scale-depth", 0.10),),
    "ear_lobe": (_size("ears/*-ear-lobe", 0.30),),
    "ear_flap": (_size("ears/*-ear-flap", 0.22),),
    "ear_rotation": (_forward("ears/*-ear-rot", 0.35),),
    "ear_height": (_up("ears/*-ear-trans", 0.14),),
    "ear_point": (Move("ears/*-ear-shape", "-pointed", "-triangle", 0.14),),
    "ear_squareness": (Move("ears/*-ear-shape", "-square", "-round", 0.22),),
    "neck_length": (_size("neck/neck-scale-vert", 0.17),),
    "neck_lean": (_forward("neck/neck-trans", 0.20),),
}

ASYMMETRY_MOVES: dict[str, tuple[Move, ...]] = {
    "brow": (_up("eyebrows/eyebrows-trans", 0.10),),
    "eye_height": (_up("eyes/*-eye-trans", 0.06),),
    "eye_opening": (_size("eyes/*-eye-height2", 0.12),),
    "eye_size": (_size("eyes/*-eye-scale", 0.05),),
    "eyelid_fold": (_up("eyes/*-eye-eyefold", 0.18),),
    "cheek": (_size("cheek/*-cheek-volume", 0.12),),
    "nose_bend": (_out("nose/nose-trans", 0.10),),
    "nostril": (_up("nose/nose-nostrils-angle", 0.15),),
    "mouth_corner": (_up("mouth/mouth-angles", 0.10),),
    "mouth_height": (_up("mouth/mouth-trans", 0.05),),
    "jaw": (_size("chin/chin-bones", 0.15),),
    "temple": (_size("forehead/forehead-temple", 0.12),),
    "ear_height": (_up("ears/*-ear-trans", 0.12),),
    "ear_size": (_size("ears/*-ear-scale", 0.08),),
    "ear_protrusion": (_size("ears/*-ear-wing", 0.15),),
}

FIT_AXES: dict[str, tuple[Move, float]] = {
    "skull_breadth": (_size("head/head-scale-horiz", 1.0), 0.45),
    "skull_depth": (_size("head/head-scale-depth", 1.0), 0.50),
    "skull_height": (_size("head/head-scale-vert", 1.0), 0.40),
    "skull_back": (_size("head/head-back-scale-depth", 1.0), 0.35),
    "face_fullness": (_size("head/head-fat", 1.0), 0.35),
    "chin_height": (_size("chin/chin-height", 1.0), 0.35),
    "chin_prominence": (_size("chin/chin-prominent", 1.0), 0.45),
    "profile": (_size("chin/chin-prognathism", 1.0), 0.35),
    "chin_width": (_size("chin/chin-width", 1.0), 0.20),
    "jaw_width": (_size("chin/chin-bones", 1.0), 0.30),
    "under_chin": (_size("neck/neck-double", 1.0), 0.30),
    "neck_breadth": (_size("neck/neck-scale-horiz", 1.0), 0.50),
    "neck_depth": (_size("neck/neck-scale-depth", 1.0), 0.50),
    "neck_girth": (_size("neck/measure-neck-circ", 1.0), 0.50),
    "eye_distance": (_out("eyes/*-eye-trans", 1.0), 0.50),
    "ear_size": (_size("ears/*-ear-scale", 1.0), 0.50),
    "ear_height": (_size("ears/*-ear-scale-vert", 1.0), 0.50),
    "ear_depth": (_size("ears/*-ear-scale-depth", 1.0), 0.80),
    "ear_wing": (_size("ears/*-ear-wing", 1.0), 0.60),
    "forehead_height": (_size("forehead/forehead-scale-vert", 1.0), 0.20),
}
"""Axes that the fit to the tape measures may use, besides an even scaling, with the spread that it expects of each."""

FULLNESS_MOVES = (_size("head/head-fat", 0.30), _size("cheek/*-cheek-volume", 0.25), _size("neck/neck-double", 0.25))
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


def tables_digest() -> str:
    """Return a name for these tables; a distilled model made from others must not be used."""
    return digest(FORMAT, TRAIT_MOVES, ASYMMETRY_MOVES, FIT_AXES, FULLNESS_MOVES, UNITS)
