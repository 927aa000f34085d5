"""Which shape targets of the mesh stand behind the traits and asymmetries. The library's names stay in here and in ``axes.py``.

A trait or an asymmetry is a list of moves; ``amount`` is the weight of the target at one standard deviation. What the library
lacks is written as a formula in ``features.py`` and added to the trait of the same name.
"""

from __future__ import annotations

from dataclasses import dataclass

__all__ = [
    "ANCESTRIES",
    "ASYMMETRY_MOVES",
    "BASE_MOVES",
    "FORMS",
    "FORM_AMOUNTS",
    "TRAIT_MOVES",
    "Move",
    "ahead",
    "out",
    "size",
    "up",
]

ANCESTRIES = ("african", "asian", "caucasian")
"""The mesh library's words. The corners of the model mix the three in equal parts, and ``FORMS`` below are drawn for everybody
from one distribution: they never lead to a tone, nor a tone to them."""


@dataclass(frozen=True, slots=True)
class Move:
    """One pair of opposite targets.

    Attributes:
        stem: ``folder/name``; ``*`` stands for both sides of the face.
        plus: Ending of the target for a positive score (empty: none).
        minus: Ending of the target for a negative score (empty: none).
        amount: Weight at a score of one.
        minus_amount: Weight at a score of minus one, where the two targets are of different strength.
    """

    stem: str
    plus: str
    minus: str
    amount: float
    minus_amount: float | None = None


def size(stem: str, amount: float, minus: float | None = None) -> Move:
    """Return a move that makes more or less of something."""
    return Move(stem, "-incr", "-decr", amount, minus)


def up(stem: str, amount: float, minus: float | None = None) -> Move:
    """Return a move up or down."""
    return Move(stem, "-up", "-down", amount, minus)


def out(stem: str, amount: float, minus: float | None = None) -> Move:
    """Return a move away from the middle or towards it."""
    return Move(stem, "-out", "-in", amount, minus)


def ahead(stem: str, amount: float, minus: float | None = None) -> Move:
    """Return a move forward or backward."""
    return Move(stem, "-forward", "-backward", amount, minus)


def side(stem: str, amount: float) -> Move:
    """Return a target that is uneven by itself."""
    return Move(f"asym/asym-{stem}", "-l", "-r", amount)


BASE_MOVES: tuple[tuple[Move, float], ...] = (
    (out("eyes/*-eye-push1", 1.0), 0.50),
    (out("eyes/*-eye-push2", 1.0), 0.15),
    (size("eyes/*-eye-scale", 1.0), 0.15),
    (size("mouth/mouth-scale-horiz", 1.0), 0.22),
    (size("nose/nose-scale-horiz", 1.0), 0.20),
    (size("nose/nose-scale-depth", 1.0), 0.12),
    (size("mouth/mouth-lowerlip-height", 1.0), -0.20),
    (size("mouth/mouth-upperlip-height", 1.0), -0.10),
    (size("chin/chin-prominent", 1.0), 0.10),
    (up("nose/nose-point", 1.0), 0.15),
    (up("eyebrows/eyebrows-trans", 1.0), 0.22),
)
"""Corrections of the library's mean face, towards the eyes, noses and lips that people have on average."""

FORMS: dict[str, tuple[float, float, float]] = {"one": (1.0, -0.5, -0.5), "two": (0.0, 0.866, -0.866)}
"""Two directions of the whole face, without a name: how much of each of ``ANCESTRIES``; they span the triangle evenly."""

FORM_AMOUNTS = {
    "eye": (0.85, 1.0),
    "nose": (0.44, 0.45),
    "mouth": (0.46, 0.25),
    "forehead": (0.75, 0.7),
    "cheek": (0.68, 0.8),
    "jaw": (0.75, 0.7),
}
"""By area: part of the way from the mean to the end of a direction at one standard deviation, and how much of the area's shift
as a whole is kept."""

TRAIT_MOVES: dict[str, tuple[Move, ...]] = {
    "nose_width": (size("nose/nose-scale-horiz", 0.24, 0.19), size("nose/nose-width3", 0.17, 0.14)),
    "nose_length": (size("nose/nose-scale-vert", 0.22, 0.19),),
    "nose_projection": (size("nose/nose-scale-depth", 0.20, 0.14), ahead("nose/nose-trans", 0.10)),
    "nose_bridge_width": (size("nose/nose-width1", 0.34), size("nose/nose-width2", 0.28)),
    "nose_bridge_height": (size("nose/nose-greek", 0.34),),
    "nose_bridge_curve": (Move("nose/nose-curve", "-convex", "-concave", 0.20, 0.22),),
    "nose_hump": (size("nose/nose-hump", 0.22, 0.26),),
    "nose_tip_width": (size("nose/nose-point-width", 0.42, 0.30),),
    "nose_tip_height": (up("nose/nose-point", 0.28, 0.12),),
    "nose_base_height": (up("nose/nose-base", 0.20),),
    "nose_fullness": (size("nose/nose-volume", 0.22, 0.05),),
    "nose_dorsum": (),
    "nose_lobule": (),
    "nose_wing": (),
    "septum_angle": (size("nose/nose-septumangle", 0.24),),
    "nostril_width": (size("nose/nose-nostrils-width", 0.16, 0.26),),
    "nostril_angle": (up("nose/nose-nostrils-angle", 0.20),),
    "nostril_flare": (size("nose/nose-flaring", 0.24, 0.22),),
    "mouth_width": (size("mouth/mouth-scale-horiz", 0.30, 0.24),),
    "mouth_height": (up("mouth/mouth-trans", 0.20, 0.15),),
    "mouth_projection": (size("mouth/mouth-scale-depth", 0.24), ahead("mouth/mouth-trans", 0.11)),
    "mouth_corners": (up("mouth/mouth-angles", 0.20, 0.26),),
    "lip_fullness_upper": (size("mouth/mouth-upperlip-volume", 0.28, 0.32), size("mouth/mouth-upperlip-height", 0.30, 0.34)),
    "lip_fullness_lower": (size("mouth/mouth-lowerlip-volume", 0.28, 0.32), size("mouth/mouth-lowerlip-height", 0.22, 0.32)),
    "lip_width_upper": (size("mouth/mouth-upperlip-width", 0.24, 0.34),),
    "lip_width_lower": (size("mouth/mouth-lowerlip-width", 0.36, 0.30),),
    "lip_outline_upper": (up("mouth/mouth-upperlip-middle", 0.28), Move("mouth/mouth-upperlip-ext", "-down", "-up", 0.24)),
    "lip_outline_lower": (up("mouth/mouth-lowerlip-middle", 0.26), Move("mouth/mouth-lowerlip-ext", "-down", "-up", 0.28)),
    "cupids_bow": (size("mouth/mouth-cupidsbow", 0.45, 0.70),),
    "cupids_bow_width": (size("mouth/mouth-cupidsbow-width", 0.42),),
    "philtrum_depth": (Move("mouth/mouth-philtrum-volume", "-decr", "-incr", 0.42),),
    "smile_folds": (Move("mouth/mouth-laugh-lines", "-in", "-out", 0.20),),
    "eye_size": (size("eyes/*-eye-scale", 0.30, 0.22),),
    "eye_opening": (),
    "lower_lid": (),
    "eye_opening_inner": (size("eyes/*-eye-height1", 0.40, 0.50),),
    "eye_opening_outer": (size("eyes/*-eye-height3", 0.38, 0.50),),
    "eye_corner_inner": (side("eye-8", 0.2),),
    "eye_corner_outer": (side("eye-4", 0.26),),
    "eye_width_inner": (out("eyes/*-eye-push2", 0.22, 0.24),),
    "eye_width_outer": (out("eyes/*-eye-push1", 0.20, 0.18),),
    "eye_height": (side("eye-2", 0.14),),
    "eye_depth": (),
    "lid_crease": (),
    "lid_hood": (),
    "lid_fullness": (),
    "eyelid_fold_height": (up("eyes/*-eye-eyefold", 0.60, 0.42),),
    "eyelid_fold_angle": (up("eyes/*-eye-eyefold-angle", 0.55),),
    "eyelid_fold_fullness": (Move("eyes/*-eye-eyefold", "-convex", "-concave", 0.70, 0.22),),
    "epicanthus": (Move("eyes/*-eye-epicanthus", "-in", "-out", 0.62, 0.20),),
    "eye_bags": (size("eyes/*-eye-bag", 0.32), out("eyes/*-eye-bag", 0.16)),
    "eye_bag_height": (size("eyes/*-eye-bag-height", 0.26),),
    "tear_trough": (),
    "brow_ridge": (ahead("eyebrows/eyebrows-trans", 0.11, 0.30),),
    "brow_bone": (),
    "brow_height": (up("eyebrows/eyebrows-trans", 0.24, 0.18),),
    "brow_slope": (up("eyebrows/eyebrows-angle", 0.22, 0.14),),
    "cheekbone": (size("cheek/*-cheek-bones", 0.32, 0.60),),
    "cheek_height": (side("cheek-2", 0.10),),
    "cheek_volume": (size("cheek/*-cheek-volume", 0.36, 0.42),),
    "cheek_hollow": (Move("cheek/*-cheek-inner", "-decr", "-incr", 0.55, 0.22),),
    "midface": (),
    "face_depth": (),
    "jaw_width": (size("chin/chin-bones", 0.24, 0.30),),
    "jaw_drop": (size("chin/chin-jaw-drop", 0.30),),
    "jaw_angle": (),
    "jaw_line": (),
    "jowls": (),
    "chin_width": (size("chin/chin-width", 0.22, 0.24),),
    "chin_height": (size("chin/chin-height", 0.10, 0.16),),
    "chin_prominence": (size("chin/chin-prominent", 0.26, 0.30),),
    "chin_cleft": (size("chin/chin-cleft", 0.42, 0.30),),
    "chin_point": (Move("chin/chin", "-triangle", "", 0.14),),
    "labiomental": (),
    "profile": (size("chin/chin-prognathism", 0.24),),
    "face_angle": (out("head/head-angle", 0.09, 0.12),),
    "forehead_height": (size("forehead/forehead-scale-vert", 0.07, 0.13),),
    "forehead_slope": (ahead("forehead/forehead-trans", 0.26),),
    "forehead_bulge": (size("forehead/forehead-nubian", 0.09, 0.11),),
    "temple_width": (size("forehead/forehead-temple", 0.34),),
    "temple_hollow": (),
    "outline_round": (Move("head/head", "-round", "-rectangular", 0.20),),
    "outline_square": (Move("head/head", "-square", "-oval", 0.20),),
    "outline_taper": (Move("head/head", "-invertedtriangular", "-triangular", 0.20),),
    "outline_diamond": (Move("head/head", "-diamond", "", 0.14),),
    "head_back": (size("head/head-back-scale-depth", 0.14),),
    "ear_lobe": (size("ears/*-ear-lobe", 0.40),),
    "ear_flap": (size("ears/*-ear-flap", 0.32),),
    "ear_rotation": (ahead("ears/*-ear-rot", 0.42),),
    "ear_height": (side("ear-1", 0.22),),
    "ear_point": (Move("ears/*-ear-shape", "-pointed", "-triangle", 0.20),),
    "ear_squareness": (Move("ears/*-ear-shape", "-square", "-round", 0.34),),
    "neck_length": (size("neck/neck-scale-vert", 0.20),),
    "neck_lean": (ahead("neck/neck-trans", 0.22),),
    "larynx": (),
    "trapezius": (),
    "shoulder_width": (size("torso/measure-shoulder-dist", 0.30, 0.55), size("torso/torso-scale-horiz", 0.14)),
    "eye_form_one": (),
    "eye_form_two": (),
    "nose_form_one": (),
    "nose_form_two": (),
    "mouth_form_one": (),
    "mouth_form_two": (),
    "forehead_form_one": (),
    "forehead_form_two": (),
    "cheek_form_one": (),
    "cheek_form_two": (),
    "jaw_form_one": (),
    "jaw_form_two": (),
}

ASYMMETRY_MOVES: dict[str, tuple[Move, ...]] = {
    "brow": (side("brown-1", 0.12),),
    "eye_height": (side("eye-2", 0.28),),
    "eye_opening": (),
    "eye_size": (size("eyes/*-eye-scale", 0.09),),
    "eye_corner_inner": (side("eye-8", 0.30),),
    "eye_corner_outer": (side("eye-4", 0.40),),
    "eye_place": (side("eye-1", 0.14),),
    "eyelid_fold": (up("eyes/*-eye-eyefold", 0.22),),
    "cheek": (size("cheek/*-cheek-volume", 0.14),),
    "cheek_height": (side("cheek-2", 0.14),),
    "nose_bend": (out("nose/nose-trans", 0.10), side("nose-1", 0.12)),
    "nose_tip": (side("nose-3", 0.16),),
    "nose_root": (side("nose-4", 0.10),),
    "nostril": (side("nose-2", 0.14),),
    "mouth_place": (side("mouth-2", 0.18),),
    "mouth_corner": (side("mouth-1", 0.20),),
    "mouth_height": (up("mouth/mouth-trans", 0.05),),
    "jaw": (side("jaw-1", 0.18),),
    "jaw_height": (side("jaw-2", 0.18),),
    "jaw_place": (side("jaw-3", 0.11),),
    "temple": (size("forehead/forehead-temple", 0.16),),
    "skull": (side("top-2", 0.14),),
    "ear_height": (side("ear-1", 0.26),),
    "ear_size": (size("ears/*-ear-scale", 0.10),),
    "ear_protrusion": (size("ears/*-ear-wing", 0.22),),
}
