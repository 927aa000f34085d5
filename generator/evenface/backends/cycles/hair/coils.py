"""Tightly coiled hair that stands off the head: a short cut, a rounded afro and a high top."""

from __future__ import annotations

import numpy as np
from scipy.spatial import cKDTree

from evenface.backends.cycles.hair.ground import Ground
from evenface.backends.cycles.hair.long import spread
from evenface.backends.cycles.hair.strands import Floats, Strands, clump, curl, frizz, taper, unit

__all__ = ["coil_radius", "coils_long", "coils_short", "high_top"]


def coils_short(ground: Ground) -> Strands:
    """One to three centimetres, close to the shape of the head, tapered at the sides."""
    rng = ground.rng("coils_short")
    skull = ground.skull
    roots, start, normals = ground.roots(rng, 9000)
    height = np.clip((start[:, 2] + 0.02) / (0.8 * skull.top), 0, 1)
    edge = np.clip(ground.rise(start) / 0.02, 0.4, 1)
    reach = ground.hair.length * ground.hair.volume * edge * (0.008 + 0.016 * height)
    points = _standing(ground, rng, start, normals, reach, count=13, locks=700, coil=coil_radius(ground, 0.0024), pitch=0.0075)
    return Strands(points, taper(13, len(points), 0.00032 * ground.fineness(start), tip=0.7), "hair", roots)


def coils_long(ground: Ground) -> Strands:
    """A rounded afro, three to ten centimetres deep: fullest above and beside, cleared from the face."""
    rng = ground.rng("coils_long")
    skull = ground.skull
    roots, start, normals = ground.roots(rng, 9000)
    depth = 0.055 * ground.hair.length * ground.hair.volume
    # The outline is a ball round the skull; hair reaches it from wherever it grows.
    centre = skull.centre + np.array([0.0, 0.012, 0.012])
    away = unit(start - centre)
    rim = np.linalg.norm((start - centre) * [1.0, 0.92, 1.0], axis=1)
    ball = skull.side + depth + 0.012
    reach = np.clip(ball - rim + 0.008, 0.45 * depth, 1.3 * depth)
    # Along the hairline of the forehead the hair is thinner and shorter, so that it rounds off.
    edge = np.clip(ground.rise(start) / 0.030, 0, 1)
    reach *= 0.45 + 0.55 * np.sqrt(edge)
    points = _standing(
        ground, rng, start, unit(away + 0.4 * normals), reach, count=20, locks=900, coil=coil_radius(ground, 0.0042), pitch=0.013
    )
    return Strands(points, taper(20, len(points), 0.00038 * ground.fineness(start), tip=0.7), "hair", roots)


def high_top(ground: Ground) -> Strands:
    """Standing up to a level, flat or slanting top, clipped sides."""
    rng = ground.rng("high_top")
    skull = ground.skull
    roots, start, normals = ground.roots(rng, 8500)
    tall = rng.uniform(0.022, 0.055) * ground.hair.length
    slant = rng.uniform(-0.25, 0.15)
    level = skull.top + tall + slant * (start[:, 1] - skull.centre[1])
    top = np.clip((start[:, 2] - 0.45 * skull.top) / (0.25 * skull.top), 0, 1)
    sides = 0.0035 * ground.hair.length * np.clip(ground.rise(start) / 0.02, 0.4, 1)
    reach = np.clip(level - start[:, 2], 0.01, 0.09) * top**1.5 + sides * (1 - top)
    upright = unit(normals * [0.35, 0.35, 1.0] + np.array([0.0, 0.05, 0.8]))
    direction = unit(normals + (upright - normals) * top[:, None])
    points = _standing(ground, rng, start, direction, reach, count=20, locks=900, coil=coil_radius(ground, 0.0030), pitch=0.010)
    return Strands(points, taper(20, len(points), 0.00036 * ground.fineness(start), tip=0.7), "hair", roots)


def coil_radius(ground: Ground, radius: float) -> float:
    """Radius of a coil whose usual one is ``radius``: curls are wider than coils."""
    return radius * (1.35 if ground.hair.texture == "curly" else 1.0)


def _standing(
    ground: Ground,
    rng: np.random.Generator,
    start: Floats,
    direction: Floats,
    reach: Floats,
    *,
    count: int,
    locks: int,
    coil: float,
    pitch: float,
) -> Floats:
    number = len(start)
    # Off the forehead the hair stands up and back rather than out over the face.
    direction = unit(direction + np.array([0.0, 0.25, 0.25]) * np.clip(-direction[:, 1:2], 0, 1))
    centres = spread(rng, number, locks)
    lock = cKDTree(start[centres]).query(start)[1]
    sway = rng.normal(0, 0.18, (len(centres), 3))[lock]
    heading = unit(direction + sway + rng.normal(0, 0.08, (number, 3)))
    uneven = rng.uniform(0.88, 1.06, len(centres))[lock] * rng.uniform(0.8, 1.05, number)
    along = np.linspace(0, 1, count)[None, :, None] * (reach * uneven)[:, None, None]
    points = start[:, None] + along * heading[:, None]
    points = clump(points, centres[lock], rng.uniform(0.15, 0.7, number), shape=0.8)
    phase = rng.uniform(0, 2 * np.pi, len(centres))[lock] + rng.normal(0, 0.9, number)
    turns = pitch * rng.uniform(0.8, 1.3, number)
    # A hair no longer than a coil cannot wind.
    wound = np.minimum(coil * rng.uniform(0.6, 1.2, number), 0.25 * reach)
    points = curl(points, wound, turns, phase, rise=0.15)
    points = frizz(points, np.minimum(0.0022, 0.15 * reach), rng, rough=7)
    field = ground.field(shielded=True)
    return field.clear(points, np.linspace(0, 0.0015, count)[None]).astype(np.float32)
