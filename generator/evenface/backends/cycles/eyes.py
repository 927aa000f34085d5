"""Eyeballs as meshes with painted iris, limbus and pupil under a bulging wet cornea; pure numpy."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from evenface.records import Eyes
from evenface.rng import rng_for

__all__ = ["Eyeball", "build_eyeball", "turned"]

Floats = NDArray[np.float32]

# Linear sRGB of the middle of the iris.
IRIS_COLOURS: dict[str, tuple[float, float, float]] = {
    "dark_brown": (0.020, 0.009, 0.005),
    "brown": (0.060, 0.026, 0.011),
    "amber": (0.200, 0.095, 0.022),
    "hazel": (0.110, 0.075, 0.026),
    "green": (0.085, 0.115, 0.055),
    "blue": (0.090, 0.165, 0.270),
    "grey": (0.170, 0.200, 0.220),
}
IRIS_RADIUS_M = 0.00585
"""Half of the mean horizontal visible iris diameter, 11.7 mm (Ruefer et al. 2005, Cornea 24, 259)."""
_SEGMENTS = 48
_POLAR = np.radians(np.concatenate([np.linspace(0, 36, 30), np.linspace(40, 150, 14)]))


@dataclass(frozen=True, slots=True)
class Eyeball:
    """Vertices ``(V, 3)`` looking towards -y round the origin, quads ``(F, 4)``, linear colours ``(V, 3)``."""

    vertices: Floats
    faces: NDArray[np.int32]
    colour: Floats


def build_eyeball(eyes: Eyes, radius_m: float) -> Eyeball:
    """Build the left and right eye alike; the pattern of the iris is the person's."""
    around = np.arange(_SEGMENTS) * 2 * np.pi / _SEGMENTS
    polar, turn = np.meshgrid(_POLAR, around, indexing="ij")
    limbus = np.arcsin(np.clip(IRIS_RADIUS_M * eyes.iris_size / radius_m, 0, 0.9))
    bulge = 1 + 0.07 * np.clip(1 - (polar / (1.15 * limbus)) ** 2, 0, None)
    reach = radius_m * bulge
    points = np.stack([np.sin(polar) * np.cos(turn), -np.cos(polar), np.sin(polar) * np.sin(turn)], axis=-1) * reach[..., None]
    rings = len(_POLAR)
    index = np.arange(rings * _SEGMENTS).reshape(rings, _SEGMENTS)
    right = np.roll(index, -1, axis=1)
    faces = np.stack([index[:-1], right[:-1], right[1:], index[1:]], axis=-1).reshape(-1, 4)
    colour = _paint(eyes, polar / limbus, turn)
    return Eyeball(points.reshape(-1, 3).astype(np.float32), faces.astype(np.int32), colour.reshape(-1, 3).astype(np.float32))


def _paint(eyes: Eyes, ratio: NDArray[np.float64], turn: NDArray[np.float64]) -> NDArray[np.float64]:
    rng = rng_for(eyes.seed, "iris")
    streaks = sum(rng.normal() * np.cos(n * turn + rng.uniform(0, 6.3) + 2.5 * ratio) for n in range(3, 24)) / 4.6
    iris = np.array(IRIS_COLOURS[eyes.iris]) * 2.0 ** (0.6 * eyes.iris_shade)
    inner = np.clip(1.25 - 0.5 * ratio, 0.6, 1.3)[..., None]
    field = iris * inner * np.clip(1 + 0.22 * streaks, 0.4, 1.8)[..., None]
    ring = np.exp(-(((ratio - 0.97) / 0.09) ** 2))[..., None] * (0.35 + 0.5 * eyes.limbus)
    field = field * (1 - ring)
    field = np.where((ratio < 0.36)[..., None], 0.003, field)
    white = np.array([0.44, 0.41, 0.39]) - eyes.sclera_warmth * np.array([0.02, 0.07, 0.14])
    blend = np.clip((ratio - 0.98) / 0.09, 0, 1)[..., None]
    veins = 1 - 0.16 * np.clip((ratio - 1.6) / 2, 0, 1)[..., None] * np.array([0.2, 1.0, 1.0])
    return np.asarray(field * (1 - blend) + white * veins * blend)


def turned(points: Floats, yaw_degrees: float, pitch_degrees: float) -> Floats:
    """Turn eyeball vertices: positive yaw looks to the person's left, positive pitch up."""
    yaw, pitch = np.radians([yaw_degrees, -pitch_degrees])
    about_x = np.array([[1, 0, 0], [0, np.cos(pitch), -np.sin(pitch)], [0, np.sin(pitch), np.cos(pitch)]])
    about_z = np.array([[np.cos(yaw), -np.sin(yaw), 0], [np.sin(yaw), np.cos(yaw), 0], [0, 0, 1]])
    return np.asarray(points @ (about_z @ about_x).T, dtype=np.float32)
