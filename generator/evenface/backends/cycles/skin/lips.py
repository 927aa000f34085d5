"""The lips: how red, how sharply bounded, how dry; pure numpy."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from evenface.backends.cycles.skin.canvas import Canvas, window
from evenface.backends.cycles.skin.facemap import FaceMap
from evenface.records import Complexion
from evenface.rng import rng_for

__all__ = ["lip_blood", "lip_mask", "lip_melanin", "wrinkle_lips"]

Floats = NDArray[np.float32]


def lip_mask(face: FaceMap, border: float) -> Floats:
    """Return how much each fine vertex is lip; ``border`` 0 fades over the whole brim, 1 sooner."""
    red = face.areas["lips"]
    soft = 1.0 - 0.35 * border
    sharp = np.clip((red - 0.5) / soft + 0.5, 0, 1)
    return np.asarray(sharp * sharp * (3 - 2 * sharp), np.float32)


def _lower(face: FaceMap) -> Floats:
    """1 on the lower lip, 0 on the upper."""
    line = face.marks_mm[[60, 64, 62, 66], 2].mean()
    return np.asarray(1 / (1 + np.exp(np.clip((face.mean_mm[:, 2] - line) / 0.8, -30, 30))), np.float32)


def _depth(complexion: Complexion) -> float:
    """How deep the red is: everybody's lips differ from the skin round them, and nobody's look painted."""
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
