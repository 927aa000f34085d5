"""What stands behind the person of a shot: a wall, a studio's backdrop, or surroundings out of focus."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np

from evenface.records import Rgb
from evenface.shots.light import ENVIRONMENTS
from evenface.shots.schedule import between, pick

__all__ = ["BACKGROUNDS", "BACKGROUND_PALETTE", "MID_GREY", "REFERENCE_BACKGROUND", "Background", "sample_background"]

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


class Background(NamedTuple):
    """The fields of a ``Shot`` that this file draws."""

    background: str
    background_rgb: Rgb
    background_scene: str
    background_yaw_degrees: float
    background_ev: float
    background_blur: float


REFERENCE_BACKGROUND = Background("grey", MID_GREY, "none", 0.0, 0.0, 0.0)


def sample_background(rng: np.random.Generator, point: Mapping[str, float], light: str, light_yaw_degrees: float) -> Background:
    """Draw what lies behind the person; surroundings that light the face are the ones that are seen."""
    background = pick(_PROBE_BACKGROUNDS, point["background"])
    rgb, scene, yaw, blur, ev = pick(BACKGROUND_PALETTE, rng.random()), pick(ENVIRONMENTS, rng.random()), *rng.random(3)
    if light in ENVIRONMENTS:
        scene, yaw = light, light_yaw_degrees / 360.0
    seen = background == "environment"
    # A wall stands a little behind the light that is on the face; surroundings have lights of their own.
    stops = between((-0.9, 0.2) if background in ("wall", "backdrop") else (-1.3, 0.8), ev)
    return Background(background, rgb, scene if seen else "none", 360.0 * yaw if seen else 0.0, stops, between((0.25, 1.0), blur))
