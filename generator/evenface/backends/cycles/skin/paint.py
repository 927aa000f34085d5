"""The lips (how red, how sharply bounded, how dry), make-up, the line of the lashes and the folds of the lids; pure numpy."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from evenface.backends.cycles.skin.canvas import Canvas, Window, window
from evenface.backends.cycles.skin.facemap import FaceMap
from evenface.people.anthropometry import TRAITS
from evenface.records import Complexion, Eyes, HeadShape, Makeup, Rgb
from evenface.rng import rng_for

__all__ = [
    "FULL_ROUGE",
    "blush",
    "crease_lids",
    "eye_shadow",
    "line_eyes",
    "lip_blood",
    "lip_mask",
    "lip_melanin",
    "paint_makeup",
    "wrinkle_lips",
]

Floats = NDArray[np.float32]

CREASE_MM = 4.4
"""Height of the fold over the rim of the upper lid, where the head has it."""
FULL_ROUGE = 0.12
"""Blood that the most rouge stands for."""
FILM_BASE, SCATTER = 0.60, 0.10
"""What lips under a lipstick usually return, over which its colour is named; and the share that never reaches them."""
# Rim of the upper and of the lower lid from the inner to the outer corner, on the person's right and left.
_UPPER = ((39, 38, 37, 36), (42, 43, 44, 45))
_LOWER = ((39, 40, 41, 36), (42, 47, 46, 45))


def line_eyes(canvas: Canvas, face: FaceMap, eyes: Eyes, makeup: Makeup) -> None:
    """Darken the rims of the lids: roots of the lashes on everybody, a drawn line on some."""
    upper = 0.18 + 0.25 * eyes.lash_density + 0.6 * makeup.mascara
    lower = 0.03 + 0.07 * eyes.lash_density + 0.2 * makeup.mascara
    drawn = 2.0 * makeup.eyeliner
    for side, (above, below) in enumerate(zip(_UPPER, _LOWER, strict=True)):
        out = 1 if side else -1
        inner, outer = face.marks_mm[above[0]], face.marks_mm[above[-1]]
        at = window(face, (inner[0] - 3 * out, outer[0] + 9 * out), (inner[2] - 12, inner[2] + 14))
        x, z = face.x_mm[at], face.z_mm[at]
        along = out * (x - inner[0]) / abs(outer[0] - inner[0])
        line_above, line_below = (_rim(face, rim, x) for rim in (above, below))
        ends_soft = np.clip(along / 0.1, 0, 1) * np.clip((1.12 - along) / 0.1, 0, 1)
        thick = 1.0 + 1.2 * makeup.eyeliner * np.clip(along, 0.2, 1.2)
        root = upper * np.exp(-(((z - line_above - 0.3) / 0.9) ** 2)) + lower * np.exp(-(((z - line_below) / 0.7) ** 2))
        liner = np.exp(-((np.clip(z - line_above - 0.6, -1.5, None) / thick) ** 4)) * np.clip((z - line_above) / 1.0 + 1.5, 0, 1)
        kohl = 0.6 * np.exp(-(((z - line_below) / 0.9) ** 2)) * np.clip(along - 0.15, 0, 0.6)
        canvas.melanin[at] += (ends_soft * (root + drawn * (liner + kohl))).astype(np.float32)
        canvas.blood[at] += (0.35 * np.exp(-((np.hypot(x - inner[0], z - inner[2]) / 1.8) ** 2))).astype(np.float32)


def crease_lids(canvas: Canvas, face: FaceMap, head: HeadShape, reach: float) -> None:
    """Press and shade the fold over the upper lid: high or low, deep or hardly there, along all of the lid or a part of it."""
    score = dict(zip(TRAITS, head.traits, strict=True)).get("lid_crease", 0.0)
    rng = rng_for(head.field_seed, "lid fold")
    depth = float(np.clip(0.55 + 0.35 * score + 0.15 * rng.normal(), 0.0, 1.2))
    high = float(np.clip(CREASE_MM + 0.7 * score + 0.8 * rng.normal(), 2.6, 7.0))
    waves, starts, second = rng.normal(0, (0.7, 0.5, 0.35)), rng.uniform(0.0, 0.3), rng.uniform(0, 1) < 0.2
    for side, rim in zip((-1, 1), _UPPER, strict=True):
        inner, outer = face.marks_mm[rim[0]], face.marks_mm[rim[-1]]
        at = window(face, (inner[0], outer[0] + 3 * np.sign(outer[0])), (inner[2] - 6, inner[2] + 20))
        x, z = face.x_mm[at], face.z_mm[at]
        along = np.clip((x - inner[0]) / (outer[0] - inner[0]), 0, 1.15)
        own = waves + 0.12 * side * rng.normal(0, 1, 3)
        bend = sum(amount * np.cos(np.pi * (k + 1) * along) for k, amount in enumerate(own))
        # The fold runs into the lid's edge at the inner corner of some, and beside it at others.
        line = (high + bend) * np.clip(0.35 + 1.6 * (along + 0.25 - starts), 0.3, 1.0)
        away = z - _rim(face, rim, x) - line
        soft = depth * np.clip((along - 0.6 * starts + 0.1) / 0.22, 0, 1) * np.clip((1.12 - along) / 0.2, 0, 1)
        _press(canvas, at, away, soft, reach)
        if second:
            _press(canvas, at, away - 1.9, 0.45 * soft, reach)


def _press(canvas: Canvas, at: Window, away: Floats, depth: Floats, reach: float) -> None:
    """Press a fold along the curve from which texels lie ``away`` millimetres: a narrow line, the skin over it rolls forward."""
    line, roll = np.exp(-((away / 0.75) ** 2)), np.exp(-(((away - 2.2) / 1.5) ** 2))
    # The lid below is tilted away from lamps above, and in the shade of what hangs over it.
    under = np.exp(-((np.clip(-away, 0, None) / 1.8) ** 2)) * (away < 0)
    canvas.melanin[at] += (reach * depth * (1.1 * line + 0.40 * under)).astype(np.float32)
    canvas.blood[at] += (0.05 * depth * line).astype(np.float32)
    canvas.height_mm[at] += (depth * (0.55 * roll - 0.75 * line)).astype(np.float32)


def _rim(face: FaceMap, marks: tuple[int, ...], x: Floats) -> Floats:
    """Return the height of the rim of a lid at places across."""
    places = face.marks_mm[list(marks)]
    order = np.argsort(places[:, 0])
    across, up = places[order, 0], places[order, 2]
    fine = np.linspace(across[0] - 4, across[-1] + 4, 40)
    # A cubic through four marks: lids are arcs, not three straight pieces.
    return np.asarray(np.interp(x, fine, np.polyval(np.polyfit(across, up, 3), fine)), np.float32)


def blush(face: FaceMap, makeup: Makeup) -> Floats:
    """Return rouge as blood per fine vertex: on the cheekbones, beside the place where skin is measured."""
    return np.asarray(FULL_ROUGE * makeup.blush * face.areas["cheekbones"] * (1 - face.areas["measuring"]), np.float32)


def paint_makeup(colour: Floats, face: FaceMap, makeup: Makeup, lip_border: float) -> Floats:
    """Return linear colours ``(V, 3)`` with lipstick and eye shadow over them."""
    lips = lip_mask(face, max(lip_border, 0.5)) * (0.10 + 0.40 * makeup.lipstick) * (makeup.lipstick > 0)
    made = _dye(colour, makeup.lipstick_colour, lips)
    return _cover(made, makeup.eye_shadow_colour, eye_shadow(face, makeup))


def eye_shadow(face: FaceMap, makeup: Makeup) -> Floats:
    """Return how much of each fine vertex eye shadow covers: the upper lid and the hollow above it, to below the brow."""
    x, z = face.mean_mm[:, 0], face.mean_mm[:, 2]
    total = np.zeros(len(x), np.float32)
    if makeup.eye_shadow <= 0:
        return total
    for rim in _UPPER:
        middle, corner = face.marks_mm[list(rim)].mean(axis=0), face.marks_mm[rim[-1]]
        out = np.sign(corner[0]) * (x - middle[0])
        height = z - _rim(face, rim, x)
        total += np.exp(-((out / 17) ** 4) - (np.clip(height - 1.5, 0, None) / 5.5) ** 2) * np.clip(height / 1.2 + 1, 0, 1)
    return np.asarray(0.45 * makeup.eye_shadow * np.clip(total, 0, 1) * (face.mean_mm[:, 1] < 15), np.float32)


def _dye(colour: Floats, paint: Rgb, cover: Floats) -> Floats:
    """Lay lipstick over lips: a film of dye that filters what lies under it, with a little pigment that scatters by itself.

    So it deepens every lip and bleaches none: on dark lips a pale rose turns to a deep one.
    """
    film = np.minimum(np.array(paint, np.float32) / FILM_BASE, 1.0) ** cover[:, None]
    return np.asarray(colour * film + SCATTER * cover[:, None] * np.array(paint, np.float32), np.float32)


def _cover(colour: Floats, paint: Rgb, cover: Floats) -> Floats:
    """Lay paint over skin. It lets light through, so that what lies under it counts as a factor, not as a share."""
    return np.asarray(colour * (np.array(paint, np.float32) / np.maximum(colour, 1e-4)) ** cover[:, None], np.float32)


def lip_mask(face: FaceMap, border: float) -> Floats:
    """Return how much each fine vertex is lip; ``border`` 0 fades over the whole brim, 1 sooner."""
    red = face.areas["lips"]
    soft = 1.0 - 0.35 * border
    sharp = np.clip((red - 0.5) / soft + 0.5, 0, 1)
    return np.asarray(sharp * sharp * (3 - 2 * sharp), np.float32)


def _lower(face: FaceMap) -> Floats:
    """Return 1 on the lower lip, 0 on the upper."""
    line = face.marks_mm[[60, 64, 62, 66], 2].mean()
    return np.asarray(1 / (1 + np.exp(np.clip((face.mean_mm[:, 2] - line) / 0.8, -30, 30))), np.float32)


def _depth(complexion: Complexion) -> float:
    """Return how deep the red is: all lips differ from the skin round them, and none look painted."""
    return 0.28 + 0.40 * complexion.lip_depth


def lip_melanin(face: FaceMap, complexion: Complexion, base: float, reach: float) -> Floats:
    """Return melanin of the lips above the skin's.

    Args:
        base: Melanin of the skin: pink lips hold less of it.
    """
    mask, lower = lip_mask(face, complexion.lip_border), _lower(face)
    browner = np.clip(0.55 - 0.75 * complexion.lip_hue, -0.35, 1.3) * _depth(complexion)
    uneven = 1 + 0.6 * complexion.lip_contrast * (0.5 - lower) * 2
    paler = 0.20 * base * max(0.0, complexion.lip_hue) * (0.4 + 0.6 * lower)
    rim = 4 * mask * (1 - mask) * complexion.lip_border
    return np.asarray(mask * (1.3 * reach * browner * uneven + 0.15 * reach - paler) + 0.10 * reach * rim, np.float32)


def lip_blood(face: FaceMap, complexion: Complexion, base: float) -> Floats:
    """Return blood of the lips and the mouth above the skin's.

    Args:
        base: Melanin of the skin: there is less of it before the blood of a lip than elsewhere.
    """
    mask = lip_mask(face, complexion.lip_border)
    red = _depth(complexion) * (0.55 + 0.30 * complexion.lip_hue) + 0.13 + 0.05 * base
    dry = 1 - 0.35 * complexion.lip_dryness
    return np.asarray(red * dry * mask + 0.5 * face.areas["lips_inner"], np.float32)


def wrinkle_lips(canvas: Canvas, face: FaceMap, complexion: Complexion, reach: float) -> None:
    """Draw the upright lines of the red of the lips, and the line where they meet."""
    rng = rng_for(complexion.seed, "lips")
    at = window(face, (-34, 34), (-88, -50))
    x, z = face.x_mm[at], face.z_mm[at]
    red = np.clip(2 * face.texels["lips"][at], 0, 1)
    fan = x * (1 - 0.012 * np.abs(z - face.marks_mm[66, 2]))
    ridges = sum(np.cos(2 * np.pi * fan / rng.uniform(1.6, 4.5) + rng.uniform(0, 6.3)) for _ in range(4)) / 2.8
    depth = 0.25 + 0.75 * complexion.lip_dryness
    canvas.height_mm[at] += (0.14 * depth * ridges * red).astype(np.float32)
    canvas.melanin[at] += (-0.15 * reach * depth * np.clip(ridges, -1, 1) * red).astype(np.float32)
    # Where the lips touch lies shade, whatever the light.
    marks = face.marks_mm
    line = np.interp(x, marks[[60, 61, 62, 63, 64], 0], marks[[60, 61, 62, 63, 64], 2])
    touch = np.exp(-(((z - line) / 0.9) ** 2)) * np.clip((np.abs(marks[64, 0]) + 2 - np.abs(x)) / 3, 0, 1)
    canvas.melanin[at] += (0.9 * reach * touch).astype(np.float32)
