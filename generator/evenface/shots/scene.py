"""The scene of a shot: its camera, what lights the face, and what stands behind the person."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np

from evenface.records import Background, Camera, Light, Rgb
from evenface.shots.schedule import between, pick

__all__ = [
    "BACKGROUNDS",
    "BACKGROUND_PALETTE",
    "ENVIRONMENTS",
    "LAMPS",
    "LIGHTS",
    "MID_GREY",
    "REFERENCE_BACKGROUND",
    "SOFTBOXES",
    "Lamp",
    "distance_m",
    "reference_camera",
    "reference_light",
    "sample_background",
    "sample_camera",
    "sample_light",
]

Limits = tuple[float, float]


# Camera

_SENSOR_MM = 36.0
_WIDTH_M: Limits = (0.28, 0.345)
"""Width of the picture at the face: the head from crown to chin fills 65 to 80 % of its height."""
_EXPOSURE_EV: Limits = (-0.2, 0.3)
"""Brows, noses and hair shade what the meter takes to be bare: a little over is right on average."""
_WHITE_BALANCE_MIRED = 10.0
_ISO: Limits = (50.0, 500.0)


def distance_m(focal_length_mm: float, width_m: float) -> float:
    """Return the distance at which the picture is ``width_m`` wide at the face."""
    return width_m * focal_length_mm / _SENSOR_MM


def reference_camera(focal_length: float) -> Camera:
    """Return the camera of a reference shot; ``focal_length`` from 0 to 1 is its place between 70 and 105 mm."""
    lens_mm = 70.0 * 1.5**focal_length
    return Camera(
        focal_length_mm=lens_mm,
        camera_distance_m=distance_m(lens_mm, 0.312),
        offset_x=0.0,
        offset_y=0.055,
        aperture_f=8.0,
        exposure_ev=0.0,
        white_balance_mired=0.0,
        vignetting=0.0,
        softness=0.0,
        iso=50.0,
        local_contrast=0.3,
        sharpening=0.15,
        jpeg_quality=97,
    )


def sample_camera(rng: np.random.Generator, point: Mapping[str, float]) -> Camera:
    """Draw the camera of a probe; the schedule spreads lens, framing and exposure evenly."""
    focal_length = 50.0 * 2.1 ** point["focal_length"]
    aperture, vignetting, softness, iso, local_contrast, sharpening, quality = rng.random(7)
    return Camera(
        focal_length_mm=focal_length,
        camera_distance_m=distance_m(focal_length, between(_WIDTH_M, point["width"])),
        offset_x=float(rng.uniform(-0.05, 0.05)),
        offset_y=float(rng.uniform(0.02, 0.07)),
        aperture_f=2.8 * 4.0**aperture,
        exposure_ev=between(_EXPOSURE_EV, point["exposure"]),
        white_balance_mired=float(np.clip(0.5 * rng.normal(), -1, 1)) * _WHITE_BALANCE_MIRED,
        vignetting=0.35 * vignetting,
        softness=0.003 * softness**1.5,
        iso=_ISO[0] * (_ISO[1] / _ISO[0]) ** iso,
        local_contrast=between((0.12, 0.34), local_contrast),
        sharpening=0.35 * sharpening,
        jpeg_quality=round(between((84.0, 97.0), quality)),
    )


# Light

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

The eighth, ``sunset``, is left out: it shows passers-by at a distance, and no real person appears in these pictures.
"""
_ASIDE_DEGREES = 100.0
"""How far to either side the brightest part may stand: the sun never stands behind the person."""
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


def reference_light(side: float, height: float, width: float) -> Light:
    """Return the soft light of a reference shot from places between 0 and 1: either side, 10 to 38 degrees from the camera."""
    yaw = _to_a_side((10.0, 38.0), side)
    return Light(SOFTBOXES, yaw, between((14.0, 40.0), height), between((18.0, 30.0), width), 0.0, 1.0)


def sample_light(rng: np.random.Generator, point: Mapping[str, float]) -> Light:
    """Draw the light of a probe; the schedule spreads its kind, its side and its fill evenly."""
    light, side, fill = pick(LIGHTS, point["light"]), point["light_yaw"], between(_FILL, point["fill"])
    pitch, radius, warmth = rng.random(3)
    if light in ENVIRONMENTS:
        return Light(light, (_BRIGHTEST[light] + _ASIDE_DEGREES * (2 * side - 1)) % 360.0, 0.0, 0.0, 0.0, fill)
    lamp = LAMPS[light]
    return Light(
        light=light,
        light_yaw_degrees=_to_a_side(lamp.yaw_degrees, side),
        light_pitch_degrees=between(lamp.pitch_degrees, pitch),
        light_radius_degrees=between(lamp.radius_degrees, radius),
        light_warmth_mired=between(_WARMTH_MIRED, warmth),
        light_fill=fill,
    )


def _to_a_side(limits: Limits, side: float) -> float:
    """Return an angle within the limits: ``side`` below 0.5 lies to the left of the picture, from 0.5 to the right."""
    return between(limits, abs(2 * side - 1)) * (1 if side >= 0.5 else -1)


# Background

BACKGROUNDS = ("grey", "wall", "backdrop", "room", "greenery", "environment")
"""``grey`` is the reference's alone."""
_PROBE_BACKGROUNDS = ("wall", "wall", "backdrop", "room", "room", "greenery", "environment", "environment", "environment")

MID_GREY: Rgb = (0.18, 0.18, 0.18)
BACKGROUND_PALETTE: tuple[Rgb, ...] = (
    (0.09, 0.09, 0.09),
    MID_GREY,
    (0.40, 0.40, 0.40),
    (0.64, 0.64, 0.63),
    (0.56, 0.52, 0.44),
    (0.15, 0.20, 0.28),
    (0.16, 0.22, 0.16),
    (0.30, 0.25, 0.20),
    (0.36, 0.42, 0.48),
    (0.28, 0.14, 0.11),
    (0.42, 0.34, 0.20),
    (0.20, 0.16, 0.24),
)
"""Paints, cloths and furniture; linear light."""

REFERENCE_BACKGROUND = Background("grey", MID_GREY, "none", 0.0, 0.0, 0.0)


def sample_background(rng: np.random.Generator, point: Mapping[str, float], light: Light) -> Background:
    """Draw what stands behind the person; where an environment lights the face, that one is seen."""
    background = pick(_PROBE_BACKGROUNDS, point["background"])
    rgb, scene, yaw, blur, ev = pick(BACKGROUND_PALETTE, rng.random()), pick(ENVIRONMENTS, rng.random()), *rng.random(3)
    if light.light in ENVIRONMENTS:
        scene, yaw = light.light, light.light_yaw_degrees / 360.0
    seen = background == "environment"
    # A wall stands a little behind the light that is on the face; surroundings have lights of their own.
    stops = between((-0.9, 0.2) if background in ("wall", "backdrop") else (-1.3, 0.8), ev)
    return Background(background, rgb, scene if seen else "none", 360.0 * yaw if seen else 0.0, stops, between((0.25, 1.0), blur))
