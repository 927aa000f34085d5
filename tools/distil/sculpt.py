"""Smooth shape changes that the mesh library lacks, written as formulas over the mean head.

They are displacements of the mean bust by name; one unit is about the most that still looks like a person.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from evenface.backends.cycles.head.model import Floats
from evenface.backends.cycles.head.rise import rise

__all__ = ["along", "closed_lips", "sculpted"]

Values = NDArray[np.floating[Any]]


def sculpted(mean: Floats, ears: Values) -> dict[str, Floats]:
    """Return the displacements of the axes of the fit that are no targets of the mesh.

    Args:
        mean: The mean bust, metres, origin between the eyes.
        ears: 1 on the ears, 0 elsewhere, soft at their roots.
    """
    # In double precision: the last bit of a single sine differs between processors.
    x, y, z = mean.T.astype(np.float64) * 1000.0
    side = np.abs(x)
    zero: Values = np.zeros_like(x)
    # Fuller corners of the skull seen from above: outwards at 45 degrees, nothing at the middle of front, back and sides.
    around = np.arctan2(x, 70.0 - y)
    corner = np.sin(2 * around) ** 2 * rise(z, -5, 40) * (1 - rise(z, 60, 112)) * (1 - ears)
    square = np.stack([np.sin(around) * corner, -np.cos(around) * corner, zero], axis=1) * 10
    front = 1 - rise(y, 10, 70)
    forward = rise(-z, 28, 100) * front * (1 - rise(-z, 118, 150))
    throat = rise(-z, 85, 112) * (1 - rise(-z, 125, 175)) * rise(y, -15, 25) * (1 - rise(y, 45, 85))
    throat *= 1 - rise(side, 25, 65)
    back = ears * rise(side, 50, 66)
    sides = rise(z, 0, 35) * (1 - rise(z, 55, 100)) * rise(side, 20, 65) * (1 - ears) * rise(y, 10, 60)
    arch = rise(z, -60, -12) * (1 - rise(z, 0, 32)) * rise(side, 40, 62) * (1 - rise(y, 85, 125)) * rise(y, -12, 20)
    return {
        "skull_squareness": np.asarray(square / 1000, np.float32),
        "skull_side": along(10 * np.sign(x) * sides, zero, zero),
        "cheekbone_breadth": along(8 * np.sign(x) * np.maximum(arch, ears * rise(side, 50, 64)), zero, zero),
        "lower_face_depth": along(zero, -15.0 * forward, zero),
        "throat_depth": along(zero, zero, -15.0 * throat),
        "ear_set_back": along(zero, 12.0 * back, zero),
    }


def closed_lips(mean: Floats, lip_seam: Values) -> Floats:
    """Return the displacement that closes a gap of one millimetre between the lips, half by each.

    Args:
        lip_seam: Height of the line between the lips, metres, for each vertex's place across the mouth.
    """
    x, y, z = mean.T * 1000.0
    away = z - lip_seam * 1000.0
    near = (1 - rise(np.abs(away), 0.5, 10)) * (1 - rise(np.abs(x), 21, 29)) * (1 - rise(y, -16, -6))
    return along(0.0 * x, 0.0 * x, -0.5 * np.sign(away) * near)


def along(x: Values, y: Values, z: Values) -> Floats:
    """Stack displacements in millimetres as metres ``(V, 3)``."""
    return np.asarray(np.stack([x, y, z], axis=1) / 1000.0, np.float32)
