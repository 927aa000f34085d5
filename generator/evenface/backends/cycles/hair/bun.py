"""Hair drawn back over the head and wound into a bun."""

from __future__ import annotations

import numpy as np

from evenface.backends.cycles.hair.field import Field
from evenface.backends.cycles.hair.ground import Ground
from evenface.backends.cycles.hair.growth import fill
from evenface.backends.cycles.hair.long import spread
from evenface.backends.cycles.hair.strands import Floats, Strands, curl, frizz, taper, unit

__all__ = ["bun"]

# Wave radius and frizz by texture, metres.
_BEND = {"straight": (0.0, 0.0008), "wavy": (0.0009, 0.0014), "curly": (0.0018, 0.0026), "coily": (0.0022, 0.0034)}
_OVER, _ROUND = 14, 22


def bun(ground: Ground) -> Strands:
    """Every hair runs over the skull to one place behind, high or low by the person's seed, and winds round there."""
    rng, skull, hair = ground.rng("bun"), ground.skull, ground.hair
    field = ground.field()
    coil, fuzz = _BEND[hair.texture]
    roots, start, _ = ground.roots(rng, 4800)
    height = np.radians(rng.uniform(0, 68))
    facing = np.array([0.0, np.cos(height), np.sin(height)])
    base = _walk_in(field, skull.centre, facing[None], 0.0)[0]
    size = (0.036 if hair.texture in ("straight", "wavy") else 0.044) * hair.length
    pick = spread(rng, len(start), 600)
    layer = 0.0025 + 0.006 * rng.random(len(pick)) + coil
    guides = _over(field, skull.centre, start[pick], base, layer)
    sides = np.where(start[:, 0] > 0, 1.0, -1.0)
    over, _ = fill(guides, sides[pick], start, sides)
    if coil:
        over = curl(over, np.full(len(over), coil), np.full(len(over), 0.03), rng.uniform(0, 6.28, len(over)), rise=0.5)
    over = field.clear(over, np.minimum(0.0015, np.linspace(0, 0.006, _OVER))[None])
    wound = _wind(rng, over[:, -1], base + facing * 0.55 * size, facing, size)
    points = np.concatenate([over, frizz(wound, np.full(len(wound), 2.0 * fuzz), rng, rough=9)], 1)
    points[:, _OVER:] = field.clear(points[:, _OVER - 1 :], 0.002)[:, 1:]
    points[:, 1:_OVER] += rng.normal(0, 0.25 * fuzz, (len(points), _OVER - 1, 3))
    return Strands(points.astype(np.float32), taper(_OVER + _ROUND, len(points), 0.00042, tip=0.6), "hair", roots)


def _over(field: Field, centre: Floats, start: Floats, base: Floats, layer: Floats) -> Floats:
    """Great-circle paths from each root to the bun, ``layer`` metres off the skin."""
    first, last = unit(start - centre), unit(base - centre)
    angle = np.arccos(np.clip(first @ last, -0.98, 1))[:, None]
    along = np.linspace(0, 1, _OVER)[None]
    rays = unit(
        (np.sin((1 - along) * angle) / np.sin(angle))[..., None] * first[:, None]
        + (np.sin(along * angle) / np.sin(angle))[..., None] * last
    )
    depth = layer[:, None] * np.minimum(1, along / 0.12)
    points = _walk_in(field, centre, rays, depth)
    points[:, 0] = start
    return points


def _walk_in(field: Field, centre: Floats, rays: Floats, depth: Floats | float) -> Floats:
    """The places ``depth`` metres above the skin on rays from ``centre``."""
    points = centre + 0.15 * rays
    for _ in range(10):
        points = points - rays * (field.distance(points) - depth)[..., None]
    return np.asarray(points)


def _wind(rng: np.random.Generator, end: Floats, middle: Floats, facing: Floats, size: float) -> Floats:
    """Continue strands into a twisted ring round ``facing``: (S, _ROUND, 3)."""
    across = unit(np.cross(facing, [1.0, 0.0, 0.0]))
    beside = np.cross(facing, across)
    here = end - middle
    turn = np.arctan2(here @ beside, here @ across)[:, None] + np.linspace(0, 1, _ROUND)[None] * rng.uniform(
        3.5, 7.0, (len(end), 1)
    )
    tube = rng.uniform(0, 2 * np.pi, (len(end), 1)) + 1.5 * turn
    thick = 0.5 * size * np.sqrt(rng.uniform(0.45, 1.0, (len(end), 1)))
    ring = 0.52 * size + thick * np.cos(tube)
    wound = (
        middle
        + (ring * np.cos(turn))[..., None] * across
        + (ring * np.sin(turn))[..., None] * beside
        + (1.15 * thick * np.sin(tube))[..., None] * facing
    )
    ease = np.clip(np.linspace(0, 3, _ROUND), 0, 1)[None, :, None]
    return np.asarray(wound * ease + end[:, None] * (1 - ease))
