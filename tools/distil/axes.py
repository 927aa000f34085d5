"""Which shape targets of the mesh stand behind the axes that are not traits: the fit, body fullness, the model's corners."""

from __future__ import annotations

from distil.moves import ANCESTRIES, FORMS, Move, out, size

__all__ = ["FIT_MOVES", "FULLNESS_MOVES", "corner_targets", "form_targets"]

FIT_MOVES: dict[str, Move] = {
    "skull_breadth": size("head/head-scale-horiz", 1.0),
    "skull_depth": size("head/head-scale-depth", 1.0),
    "skull_height": size("head/head-scale-vert", 1.0),
    "skull_back": size("head/head-back-scale-depth", 1.0),
    "face_fullness": size("head/head-fat", 1.0),
    "chin_height": size("chin/chin-height", 1.0),
    "chin_prominence": size("chin/chin-prominent", 1.0),
    "profile": size("chin/chin-prognathism", 1.0),
    "chin_width": size("chin/chin-width", 1.0),
    "jaw_width": size("chin/chin-bones", 1.0),
    "under_chin": size("neck/neck-double", 1.0),
    "neck_breadth": size("neck/neck-scale-horiz", 1.0),
    "neck_depth": size("neck/neck-scale-depth", 1.0),
    "neck_girth": size("neck/measure-neck-circ", 1.0),
    "eye_distance": out("eyes/*-eye-trans", 1.0),
    "ear_size": size("ears/*-ear-scale", 1.0),
    "ear_height": size("ears/*-ear-scale-vert", 1.0),
    "ear_depth": size("ears/*-ear-scale-depth", 1.0),
    "ear_wing": size("ears/*-ear-wing", 1.0),
    "forehead_height": size("forehead/forehead-scale-vert", 1.0),
}
"""The axes of the fit that are targets of the mesh; ``sculpt.py`` makes the others."""

FULLNESS_MOVES = (size("head/head-fat", 0.30), size("cheek/*-cheek-volume", 0.25), size("neck/neck-double", 0.25))
"""Flesh of the face at the full end, on top of the body's weight; the lean end takes the opposites."""


def corner_targets(sex: str, age: str, weight: str) -> tuple[tuple[str, float], ...]:
    """Return the targets, with weights, that make one corner of the model: sex x age x body weight."""
    body = (f"macrodetails/universal-{sex}-{age}-averagemuscle-{weight}", 1.0)
    third = 1.0 / len(ANCESTRIES)
    return (body, *((f"macrodetails/{ancestry}-{sex}-{age}", third) for ancestry in ANCESTRIES))


def form_targets(form: str) -> tuple[tuple[str, float], ...]:
    """Return the targets, with weights that sum to 0, of one of ``FORMS``: alike for both sexes of the model."""
    shares = tuple(zip(ANCESTRIES, FORMS[form], strict=True))
    return tuple((f"macrodetails/{word}-{sex}-young", share / 2) for sex in ("female", "male") for word, share in shares)
