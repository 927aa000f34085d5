"""The mouth at rest, and where teeth and tongue sit; pure numpy.

Teeth stand as close behind the lips as in a mouth, so that they are seen as soon as it opens. The mesh library keeps them a
centimetre further in, where no light falls and an open mouth is a black hole.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from evenface.backends.cycles.head import HeadModel

__all__ = ["SOLID", "relax_mouth", "seat_teeth"]

Floats = NDArray[np.float32]

SOLID = ("teeth_upper", "teeth_lower", "tongue")
EDGE_MM, LOW_EDGE_MM = -3.4, -2.4
"""How far over the line where the lips meet the edges of the upper and of the lower incisors stand."""
LIP_MM, OVERJET_MM, TONGUE_MM = 3.9, 2.0, 4.0
"""Thickness of the lips before the upper incisors; how far the lower ones stand behind these, and the tongue behind both."""
NARROWER = 0.86
"""The library's arches reach the cheeks."""
LIFT_MM, MOST_LIFTED = 11.0, 0.22
"""How far a whole smile lifts the corners of the mouth, and the share of one that a mouth at rest may need."""


def relax_mouth(model: HeadModel, neutral: Floats, action_units: Sequence[tuple[str, float]]) -> tuple[tuple[str, float], ...]:
    """Return the action units with what keeps the corners of a mouth from hanging: shapes of lips and cheeks add up to a sulk."""
    marks = model.landmark_points(neutral)
    hangs = 1000 * (marks[[62, 66], 2].mean() - marks[[60, 64], 2].mean())
    lift = min(MOST_LIFTED, 0.75 * max(0.0, float(hangs)) / LIFT_MM)
    return (*action_units, ("mouthSmileLeft", lift), ("mouthSmileRight", lift))


def seat_teeth(model: HeadModel, neutral: Floats, points: Floats) -> Floats:
    """Return expressed vertices with teeth and tongue moved to their places in the neutral mouth, opened as far as the jaw is."""
    out, marks = points.copy(), model.landmark_points(neutral)
    lips, middle = marks[[61, 62, 63, 65, 66, 67]], marks[[62, 66]].mean(axis=0)
    inside = float(lips[[1, 4], 1].max()) + LIP_MM / 1000
    for part, height, back in zip(SOLID[:2], (EDGE_MM, LOW_EDGE_MM), (0.0, OVERJET_MM), strict=True):
        rows, front = model.parts[part], _incisors(neutral[model.parts[part]])
        edge = front[:, 2].min() if part == "teeth_upper" else front[:, 2].max()
        shift = np.array([0.0, inside + back / 1000 - front[:, 1].min(), middle[2] + height / 1000 - edge])
        out[rows] = _narrow(points[rows], float(middle[0])) + shift.astype(np.float32)
        if part == "teeth_lower":
            tongue = model.parts["tongue"]
            shift[1] = inside + (OVERJET_MM + TONGUE_MM) / 1000 - neutral[tongue, 1].min()
            out[tongue] = _narrow(points[tongue], float(middle[0])) + shift.astype(np.float32)
    return out


def _incisors(teeth: Floats) -> Floats:
    """Return the vertices of a row of teeth that stand in the middle."""
    return np.asarray(teeth[np.abs(teeth[:, 0] - teeth[:, 0].mean()) < 0.006])


def _narrow(teeth: Floats, middle: float) -> Floats:
    narrow = teeth.copy()
    narrow[:, 0] = middle + np.float32(NARROWER) * (teeth[:, 0] - teeth[:, 0].mean())
    return narrow
