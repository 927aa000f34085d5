"""What lights a shot: one of Blender's environments, or a lamp such as photographers and rooms have."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np

from evenface.shots.schedule import between, pick

__all__ = ["ENVIRONMENTS", "LAMPS", "LIGHTS", "SOFTBOXES", "Lamp", "Light", "reference_light", "sample_light"]

Limits = tuple[float, float]

SOFTBOXES = "softboxes"
"""The soft light of the reference shot."""
_BRIGHTEST = {
    "city": 55.0,
    "courtyard": 115.0,
    "forest": 40.0,
    "interior": 60.0,
    "night": 215.0,
    "studio": 15.0,
    "sunrise": 50.0,
}
"""The rotation of each of Blender's environments in degrees at which most of its light falls on the face.

The eighth, ``sunset``, shows passers-by at a distance: no picture of a real person has a part in these pictures, so it has none.
"""
_ASIDE_DEGREES = 100.0
"""How far to either side the brightest part may stand: nobody is taken with the sun behind."""
ENVIRONMENTS = tuple(_BRIGHTEST)


class Lamp(NamedTuple):
    """Where a kind of lamp stands, seen from the face: 0 degrees is the camera's direction, a yaw may be to either side."""

    yaw_degrees: Limits
    pitch_degrees: Limits
    radius_degrees: Limits
    """Half of the angle that it fills: small is hard."""


LAMPS: dict[str, Lamp] = {
    "window": Lamp((42.0, 70.0), (0.0, 22.0), (22.0, 34.0)),
    "overhead": Lamp((0.0, 25.0), (45.0, 60.0), (20.0, 34.0)),
    "short_key": Lamp((32.0, 48.0), (32.0, 44.0), (8.0, 16.0)),
    "portrait": Lamp((15.0, 32.0), (15.0, 32.0), (12.0, 22.0)),
    "rim": Lamp((10.0, 35.0), (10.0, 30.0), (14.0, 24.0)),
    "flash": Lamp((0.0, 6.0), (2.0, 10.0), (3.0, 6.0)),
}
LIGHTS = (*ENVIRONMENTS, *LAMPS)
"""The lights of the probe shots, all drawn alike."""

_FILL: Limits = (0.08, 0.32)
_WARMTH_MIRED: Limits = (-35.0, 35.0)


class Light(NamedTuple):
    """The fields of a ``Shot`` that this file draws."""

    light: str
    light_yaw_degrees: float
    light_pitch_degrees: float
    light_radius_degrees: float
    light_warmth_mired: float
    light_fill: float


def reference_light(side: float, height: float, width: float) -> Light:
    """Return the soft light of a reference shot from places between 0 and 1: either side, 10 to 38 degrees from the camera."""
    yaw = between((10.0, 38.0), abs(2 * side - 1)) * (1 if side >= 0.5 else -1)
    return Light(SOFTBOXES, yaw, between((14.0, 40.0), height), between((18.0, 30.0), width), 0.0, 1.0)


def sample_light(rng: np.random.Generator, point: Mapping[str, float]) -> Light:
    """Draw the light of a probe; its kind, its side and its fill are spread evenly by the schedule."""
    light, side, fill = pick(LIGHTS, point["light"]), point["light_yaw"], between(_FILL, point["fill"])
    pitch, radius, warmth = rng.random(3)
    if light in ENVIRONMENTS:
        return Light(light, (_BRIGHTEST[light] + _ASIDE_DEGREES * (2 * side - 1)) % 360.0, 0.0, 0.0, 0.0, fill)
    lamp = LAMPS[light]
    return Light(
        light,
        # Either half of the schedule's place is a side of the face.
        between(lamp.yaw_degrees, abs(2 * side - 1)) * (1 if side >= 0.5 else -1),
        between(lamp.pitch_degrees, pitch),
        between(lamp.radius_degrees, radius),
        between(_WARMTH_MIRED, warmth),
        fill,
    )
