"""The pose of a shot: how the head is turned, what the face does, and where the eyes look."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from evenface.records import Pose
from evenface.shots.schedule import bend, pick

__all__ = ["EXPRESSIONS", "reference_pose", "sample_pose"]

Units = tuple[tuple[str, float], ...]
"""Names and weights of ARKit's face shapes."""


def _units(*both: tuple[str, float], middle: Units = ()) -> Units:
    """Spell shapes that stand on both sides of the face, then those of its middle."""
    sides = tuple((name + side, weight) for name, weight in both for side in ("Left", "Right"))
    return sides + middle


EXPRESSIONS: dict[str, Units] = {
    "neutral": (),
    "slight_smile": _units(("mouthSmile", 0.28), ("cheekSquint", 0.10), ("eyeSquint", 0.06)),
    "smile": _units(
        ("mouthSmile", 0.54),
        ("cheekSquint", 0.28),
        ("eyeSquint", 0.14),
        ("mouthDimple", 0.10),
        ("mouthUpperUp", 0.34),
        ("mouthLowerDown", 0.14),
        middle=(("jawOpen", 0.07),),
    ),
    "broad_smile": _units(
        ("mouthSmile", 0.68),
        ("cheekSquint", 0.38),
        ("eyeSquint", 0.20),
        ("mouthUpperUp", 0.36),
        ("mouthLowerDown", 0.18),
        middle=(("jawOpen", 0.12),),
    ),
    "talking": _units(("mouthLowerDown", 0.14), ("mouthUpperUp", 0.30), middle=(("jawOpen", 0.12), ("mouthFunnel", 0.05))),
    "surprised": _units(
        ("browOuterUp", 0.50),
        ("eyeWide", 0.42),
        ("mouthUpperUp", 0.24),
        middle=(("browInnerUp", 0.55), ("jawOpen", 0.18), ("mouthFunnel", 0.05)),
    ),
    "frown": _units(("browDown", 0.48), ("mouthFrown", 0.34), ("eyeSquint", 0.10), middle=(("mouthShrugLower", 0.18),)),
    "squint": _units(("eyeSquint", 0.55), ("cheekSquint", 0.30), ("browDown", 0.20), ("noseSneer", 0.08)),
    "pursed": _units(("mouthPress", 0.24), middle=(("mouthPucker", 0.34),)),
    "raised_brows": _units(("browOuterUp", 0.34), ("mouthPress", 0.12), middle=(("browInnerUp", 0.40),)),
}
"""Mild, everyday faces: weights of ARKit's named shapes before the strength of the single shot."""

_SPREAD = (
    *("neutral", "slight_smile", "smile", "broad_smile", "talking", "smile", "slight_smile", "raised_brows"),
    *("neutral", "smile", "slight_smile", "surprised", "broad_smile", "frown", "squint", "pursed"),
)
"""The faces of probes in their shares, alike in every cell: half of everyday pictures smile."""
_EYES_IN_HEAD_DEGREES = 25.0
_REFERENCE_TURN = {"yaw": 4.0, "pitch": 3.5, "roll": 3.0}
"""The most by which a head is turned in a reference shot, degrees."""


def reference_pose(place: Mapping[str, float]) -> Pose:
    """Return the neutral pose of a reference shot, which looks into the camera; ``yaw``, ``pitch``, ``roll`` are from 0 to 1."""
    yaw, pitch, roll = (limit * bend(place[turn], 1.2) for turn, limit in _REFERENCE_TURN.items())
    return Pose(yaw, pitch, roll, "neutral", EXPRESSIONS["neutral"], -yaw, -pitch)


def sample_pose(rng: np.random.Generator, point: Mapping[str, float]) -> Pose:
    """Draw the pose of a probe; the schedule spreads turns and expressions evenly."""
    yaw, pitch, roll = _turn(point)
    expression = pick(_SPREAD, point["expression"])
    units = _animate(rng, EXPRESSIONS[expression])
    return Pose(yaw, pitch, roll, expression, units, *_gaze(rng, yaw, pitch))


def _turn(point: Mapping[str, float]) -> tuple[float, float, float]:
    """Return yaw, pitch and roll; a face that is turned to the side is not tipped as far as well."""
    # Powers above 1 gather the poses round the frontal one without leaving out the sides.
    side = bend(point["yaw"], 1.3)
    pitch = 10.0 * bend(point["pitch"], 1.4) * (1.0 - 0.5 * abs(side))
    return 25.0 * side, pitch, 8.0 * bend(point["roll"], 1.3)


def _animate(rng: np.random.Generator, units: Units) -> Units:
    """Give the expression its strength, and each side of the face a little of its own."""
    strength = rng.uniform(0.75, 1.15)
    return tuple((name, float(np.clip(weight * strength * rng.uniform(0.9, 1.1), 0.0, 1.0))) for name, weight in units)


def _gaze(rng: np.random.Generator, yaw: float, pitch: float) -> tuple[float, float]:
    """Turn the eyes to the camera as far as eyes go; three times in twenty they rest beside it."""
    spread = 9.0 if rng.random() < 0.15 else 0.8
    limit = _EYES_IN_HEAD_DEGREES
    return (
        float(np.clip(-yaw + spread * rng.normal(), -limit, limit)),
        float(np.clip(-pitch + 0.5 * spread * rng.normal(), -limit, limit)),
    )
