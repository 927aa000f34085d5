"""Eyeballs as meshes with painted iris, limbus and pupil under a bulging wet cornea; pure numpy."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from evenface.processor import product
from evenface.records import Eyes
from evenface.rng import rng_for

__all__ = ["Eyeball", "build_eyeball", "shade_eye", "turn_eye"]

Floats = NDArray[np.float32]
Wide = NDArray[np.float64]

# Linear sRGB of the middle of the iris.
IRIS_COLOURS: dict[str, tuple[float, float, float]] = {
    "dark_brown": (0.020, 0.009, 0.005),
    "brown": (0.060, 0.026, 0.011),
    "amber": (0.200, 0.095, 0.022),
    "hazel": (0.105, 0.070, 0.026),
    "green": (0.062, 0.070, 0.034),
    "blue": (0.062, 0.096, 0.140),
    "grey": (0.084, 0.098, 0.108),
}
IRIS_RADIUS_M = 0.00585
"""Half of the mean horizontal visible iris diameter, 11.7 mm (Ruefer et al. 2005, Cornea 24, 259)."""
_SEGMENTS = 64
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


def _paint(eyes: Eyes, ratio: Wide, turn: Wide) -> Wide:
    """Colour by place: ``ratio`` is 0 in the middle of the pupil and 1 at the limbus, ``turn`` the angle round it."""
    blend = np.clip((ratio - 0.93) / 0.16, 0, 1)[..., None]
    return np.asarray(_iris(eyes, ratio, turn) * (1 - blend) + _white(eyes, ratio, turn) * blend)


def _iris(eyes: Eyes, ratio: Wide, turn: Wide) -> Wide:
    rng = rng_for(eyes.seed, "iris")
    streaks = sum(rng.normal() * np.cos(n * turn + rng.uniform(0, 6.3) + 2.5 * ratio) for n in range(3, 24)) / 4.6
    pupil, zone = rng.uniform(0.30, 0.42), rng.uniform(0.50, 0.66)
    iris = 0.5 * np.array(IRIS_COLOURS[eyes.iris]) * 2.0 ** (0.9 * eyes.iris_shade)
    around = iris * 2.0 ** (np.array([0.45, 0.1, -0.3]) * eyes.collarette)
    collar = np.clip((zone + 0.03 * streaks - ratio) / 0.10 + 0.5, 0, 1)[..., None]
    field = iris * (1 - collar) + around * collar
    if eyes.sector > 0:
        other = np.array(IRIS_COLOURS["brown" if eyes.iris in ("blue", "grey", "green") else "amber"])
        away = np.abs((turn - rng.uniform(0, 2 * np.pi) + np.pi) % (2 * np.pi) - np.pi)
        field = np.where((away < np.pi * eyes.sector)[..., None], other, field)
    field = field * np.clip(1.35 - 0.5 * ratio, 0.7, 1.4)[..., None] * np.clip(1 + 0.26 * streaks, 0.4, 1.8)[..., None]
    # The frill between the two zones, a little raised and so a little lighter.
    field = field * (1 + 0.35 * np.exp(-(((ratio - zone) / 0.05) ** 2)))[..., None]
    field = field * (1 - np.exp(-(((ratio - 0.97) / (0.07 + 0.06 * eyes.limbus)) ** 2))[..., None] * (0.30 + 0.6 * eyes.limbus))
    return np.asarray(np.where((ratio < pupil)[..., None], 0.002, field))


def _white(eyes: Eyes, ratio: Wide, turn: Wide) -> Wide:
    rng = rng_for(eyes.seed, "white")
    white = np.array([0.275, 0.253, 0.238]) - eyes.sclera_warmth * np.array([0.02, 0.05, 0.09])
    branch = sum(np.cos(n * turn + rng.uniform(0, 6.3) + 4 * np.sin(2.5 * ratio + rng.uniform(0, 6))) for n in (5, 9, 13, 17)) / 2
    lines = np.clip(branch - 1.0, 0, 1) * np.clip((ratio - 1.2) / 0.8, 0, 1)
    # Redder towards the corners, where vessels enter.
    corners = np.clip((ratio - 1.25) / 1.0, 0, 1) * np.cos(turn) ** 2
    red = (0.10 + 0.25 * eyes.veins) * corners + 0.5 * eyes.veins * lines
    return np.asarray(white * np.exp(-red[..., None] * np.array([0.12, 1.0, 0.9])))


def shade_eye(points: Floats, colour: Floats, radius_m: float) -> Floats:
    """Return colours ``(V, 3)`` under the shade of lids and lashes, which stays where it is when the eye turns.

    Lids of the mesh touch the eyeball along a line, and so shade it less than real ones with their fold of wet skin do.
    """
    high = np.clip((points[:, 2] / radius_m - 0.02) / 0.36, 0, 1)
    low = np.clip((-points[:, 2] / radius_m - 0.20) / 0.35, 0, 1)
    aside = np.clip((np.abs(points[:, 0]) / radius_m - 0.38) / 0.45, 0, 1)
    return np.asarray(colour * ((1 - 0.75 * high) * (1 - 0.42 * aside) * (1 - 0.18 * low))[:, None], np.float32)


def turn_eye(points: Floats, yaw_degrees: float, pitch_degrees: float) -> Floats:
    """Turn eyeball vertices: positive yaw looks to the person's left, positive pitch up."""
    yaw, pitch = np.radians([yaw_degrees, -pitch_degrees])
    about_x = np.array([[1, 0, 0], [0, np.cos(pitch), -np.sin(pitch)], [0, np.sin(pitch), np.cos(pitch)]])
    about_z = np.array([[np.cos(yaw), -np.sin(yaw), 0], [np.sin(yaw), np.cos(yaw), 0], [0, 0, 1]])
    return np.asarray(product(points, product(about_z, about_x).T), dtype=np.float32)
