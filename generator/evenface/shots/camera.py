"""The camera of a shot: its lens, how it frames the face, its sensor and what it does before it stores a file."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np

from evenface.shots.schedule import between

__all__ = ["Camera", "distance_m", "reference_camera", "sample_camera"]

_SENSOR_MM = 36.0
WIDTH_M = (0.28, 0.345)
"""How wide the picture is at the face: the head from crown to chin fills 65 to 80 % of its height."""
EXPOSURE_EV = (-0.2, 0.3)
"""Brows, noses and hair shade what the meter takes to be bare: a little over is right on average."""
WHITE_BALANCE_MIRED = 10.0
ISO = (50.0, 500.0)


class Camera(NamedTuple):
    """The fields of a ``Shot`` that this file draws."""

    focal_length_mm: float
    camera_distance_m: float
    offset_x: float
    offset_y: float
    aperture_f: float
    exposure_ev: float
    white_balance_mired: float
    vignetting: float
    softness: float
    iso: float
    local_contrast: float
    sharpening: float
    jpeg_quality: int


def distance_m(focal_length_mm: float, width_m: float) -> float:
    """Return the distance at which the picture is ``width_m`` wide at the face."""
    return width_m * focal_length_mm / _SENSOR_MM


def reference_camera(focal_length: float) -> Camera:
    """Return the camera of a reference shot; ``focal_length`` from 0 to 1 is its place between 70 and 105 mm."""
    lens_mm = 70.0 * 1.5**focal_length
    return Camera(lens_mm, distance_m(lens_mm, 0.312), 0.0, 0.055, 8.0, 0.0, 0.0, 0.0, 0.0, 50.0, 0.3, 0.15, 97)


def sample_camera(rng: np.random.Generator, point: Mapping[str, float]) -> Camera:
    """Draw the camera of a probe; lens, framing and exposure are spread evenly by the schedule."""
    focal_length = 50.0 * 2.1 ** point["focal_length"]
    aperture, vignetting, softness, iso, local_contrast, sharpening, quality = rng.random(7)
    return Camera(
        focal_length_mm=focal_length,
        camera_distance_m=distance_m(focal_length, between(WIDTH_M, point["width"])),
        offset_x=float(rng.uniform(-0.05, 0.05)),
        offset_y=float(rng.uniform(0.02, 0.07)),
        aperture_f=2.8 * 4.0**aperture,
        exposure_ev=between(EXPOSURE_EV, point["exposure"]),
        white_balance_mired=float(np.clip(0.5 * rng.normal(), -1, 1)) * WHITE_BALANCE_MIRED,
        vignetting=0.35 * vignetting,
        softness=0.003 * softness**1.5,
        iso=ISO[0] * (ISO[1] / ISO[0]) ** iso,
        local_contrast=between((0.12, 0.34), local_contrast),
        sharpening=0.35 * sharpening,
        jpeg_quality=round(between((84.0, 97.0), quality)),
    )
