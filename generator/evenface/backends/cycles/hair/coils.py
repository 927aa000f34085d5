"""Tightly coiled hair: a short cut, a rounded afro, a high top, puffs and bantu knots."""

from __future__ import annotations

import numpy as np
from scipy.spatial import cKDTree

from evenface.backends.cycles.hair.bun import gather, mostly_front, walk_in
from evenface.backends.cycles.hair.long import spread
from evenface.backends.cycles.hair.scalp import Scalp
from evenface.backends.cycles.hair.strands import Floats, Ints, Strands, clump, curl, frizz, taper, unit

__all__ = ["bantu_knots", "coils_long", "coils_short", "high_puff", "high_top", "puffs"]


def coils_short(scalp: Scalp) -> Strands:
    """Grow coils of one to three centimetres, close to the shape of the head, tapered at the sides."""
    rng = scalp.rng("coils_short")
    skull = scalp.skull
    roots, start, normals = scalp.roots(rng, 9000)
    height = np.clip((start[:, 2] + 0.02) / (0.8 * skull.top), 0, 1)
    edge = np.clip(scalp.rise(start) / 0.02, 0.4, 1)
    reach = scalp.hair.length * scalp.hair.volume * edge * (0.008 + 0.016 * height)
    points = _standing(scalp, rng, start, normals, reach, count=13, locks=700, coil=_coil_radius(scalp, 0.0024), pitch=0.0075)
    return Strands(points, taper(13, len(points), 0.00032 * scalp.fineness(start), tip=0.7), "hair", roots)


def coils_long(scalp: Scalp) -> Strands:
    """Grow a rounded afro, three to ten centimetres deep: fullest above and beside, cleared from the face."""
    rng = scalp.rng("coils_long")
    skull = scalp.skull
    roots, start, normals = scalp.roots(rng, 9000)
    depth = 0.055 * scalp.hair.length * scalp.hair.volume
    # The outline is a ball round the skull; hair reaches it from wherever it grows.
    centre = skull.centre + np.array([0.0, 0.012, 0.012])
    away = unit(start - centre)
    rim = np.linalg.norm((start - centre) * [1.0, 0.92, 1.0], axis=1)
    ball = skull.side + depth + 0.012
    reach = np.clip(ball - rim + 0.008, 0.45 * depth, 1.3 * depth)
    # Along the hairline of the forehead the hair is thinner and shorter, so that it rounds off.
    edge = np.clip(scalp.rise(start) / 0.030, 0, 1)
    reach *= 0.45 + 0.55 * np.sqrt(edge)
    points = _standing(
        scalp, rng, start, unit(away + 0.4 * normals), reach, count=20, locks=900, coil=_coil_radius(scalp, 0.0042), pitch=0.013
    )
    return Strands(points, taper(20, len(points), 0.00038 * scalp.fineness(start), tip=0.7), "hair", roots)


def high_top(scalp: Scalp) -> Strands:
    """Grow hair that stands up to a level, flat or slanting top, with clipped sides."""
    rng = scalp.rng("high_top")
    skull = scalp.skull
    roots, start, normals = scalp.roots(rng, 8500)
    tall = rng.uniform(0.022, 0.055) * scalp.hair.length
    slant = rng.uniform(-0.25, 0.15)
    level = skull.top + tall + slant * (start[:, 1] - skull.centre[1])
    top = np.clip((start[:, 2] - 0.45 * skull.top) / (0.25 * skull.top), 0, 1)
    sides = 0.0035 * scalp.hair.length * np.clip(scalp.rise(start) / 0.02, 0.4, 1)
    reach = np.clip(level - start[:, 2], 0.01, 0.09) * top**1.5 + sides * (1 - top)
    upright = unit(normals * [0.35, 0.35, 1.0] + np.array([0.0, 0.05, 0.8]))
    direction = unit(normals + (upright - normals) * top[:, None])
    points = _standing(scalp, rng, start, direction, reach, count=20, locks=900, coil=_coil_radius(scalp, 0.0030), pitch=0.010)
    return Strands(points, taper(20, len(points), 0.00036 * scalp.fineness(start), tip=0.7), "hair", roots)


def _coil_radius(scalp: Scalp, radius: float) -> float:
    """Return the radius of this hair's coils, where that of tight coils is ``radius``: curls are wider."""
    return radius * (1.35 if scalp.hair.texture == "curly" else 1.0)


def _standing(
    scalp: Scalp,
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
    field = scalp.field(shielded=True)
    return field.clear(points, np.linspace(0, 0.0015, count)[None]).astype(np.float32)


def high_puff(scalp: Scalp) -> Strands:
    """Draw all hair up to one round puff on top or at the crown."""
    rng = scalp.rng("high_puff")
    height = np.radians(rng.uniform(52, 98))
    return _puff(scalp, rng, np.array([[0.0, np.cos(height), np.sin(height)]]), 0.052)


def puffs(scalp: Scalp) -> Strands:
    """Part the hair in the middle and draw it to a puff on either side."""
    rng = scalp.rng("puffs")
    aside, up = rng.uniform(0.65, 0.95), rng.uniform(0.55, 0.95)
    facing = unit(np.array([[aside, 0.30, up], [-aside, 0.30, up]]))
    return _puff(scalp, rng, facing, 0.042)


def _puff(scalp: Scalp, rng: np.random.Generator, facing: Floats, size: float) -> Strands:
    hair, skull, field = scalp.hair, scalp.skull, scalp.field()
    roots, start, _ = scalp.roots(rng, 6800, mostly_front)
    which = np.where(start[:, 0] > 0, 0, len(facing) - 1) if len(facing) > 1 else np.zeros(len(start), int)
    bases = walk_in(field, skull.centre, facing, 0.002)
    if len(facing) > 1:
        # The parting shows.
        bare = np.abs(start[:, 0]) < 0.0014
        roots, start, which = roots.select(~bare), start[~bare], which[~bare]
    over = gather(scalp, rng, start, bases[which])
    size *= hair.length * hair.volume**0.6
    number, count = len(start), 17
    tuft = rng.integers(0, 260, number)
    ray = unit(rng.normal(size=(260, 3)))[tuft] + rng.normal(0, 0.12, (number, 3))
    ray = unit(ray + 0.75 * facing[which])
    middle = bases[which] + facing[which] * 0.72 * size
    origin = over[:, -1]
    tips = middle + ray * (size * rng.uniform(0.8, 1.06, number))[:, None]
    along = np.linspace(0, 1, count)[None, :, None]
    ball = origin[:, None] + (tips - origin)[:, None] * along
    radius = np.full(number, 1.1 * _coil_radius(scalp, 0.0040)) * rng.uniform(0.6, 1.2, number)
    phase = rng.uniform(0, 6.28, 260)[tuft] + rng.normal(0, 0.8, number)
    ball = curl(ball, radius, 0.013 * rng.uniform(0.8, 1.3, number), phase, rise=0.3)
    ball = frizz(ball, np.full(number, 0.0024), rng, rough=7)
    points = np.concatenate([over, ball[:, 1:]], 1)
    points[:, over.shape[1] :] = field.clear(points[:, over.shape[1] - 1 :], 0.002)[:, 1:]
    breadth = 0.00042 * scalp.fineness(start)
    return Strands(points.astype(np.float32), taper(points.shape[1], number, breadth, tip=0.7), "hair", roots)


def bantu_knots(scalp: Scalp) -> Strands:
    """Part the scalp in sections, and wind each up into a small knot."""
    rng, skull, field = scalp.rng("bantu_knots"), scalp.skull, scalp.field()
    roots, start, _ = scalp.roots(rng, 4600)
    centres, which, gap = _sections(rng, start, int(rng.integers(14, 24)))
    keep = gap > 0.0020
    roots, start, which = roots.select(keep), start[keep], which[keep]
    out = unit(centres - skull.centre)
    base = walk_in(field, skull.centre, out, 0.002)
    number, over, wound = len(start), 7, 25
    along = np.linspace(0, 1, over)
    straight = start[:, None] + (base[which] - start)[:, None] * along[None, :, None]
    rays = unit(straight - skull.centre)
    path = walk_in(field, skull.centre, rays, (0.001 + 0.005 * along * rng.uniform(0.3, 1, (number, 1))))
    path[:, 0] = start
    size = rng.uniform(0.011, 0.015) * scalp.hair.length**0.5
    turn = rng.uniform(0, 6.28, (number, 1)) + np.linspace(0, rng.uniform(9, 12), wound)[None]
    climb = np.linspace(0, 1, wound)[None]
    ring = size * (1.05 - 0.75 * climb) + rng.normal(0, 0.10 * size, (number, 1))
    first = unit(np.cross(out, [0.0, 0.3, 1.0]))[which][:, None]
    second = np.cross(out[which][:, None], first)
    knot = base[which][:, None] + ring[..., None] * (np.cos(turn)[..., None] * first + np.sin(turn)[..., None] * second)
    knot = knot + (1.7 * size * climb + rng.normal(0, 0.08 * size, (number, 1)))[..., None] * out[which][:, None]
    knot = frizz(knot, np.full(number, 0.0012), rng, rough=8)
    ease = np.clip(np.linspace(0, 6, wound), 0, 1)[None, :, None]
    points = np.concatenate([path, knot * ease + path[:, -1:] * (1 - ease)], 1)
    points[:, 1:] = field.clear(points, 0.0012)[:, 1:]
    return Strands(points.astype(np.float32), taper(over + wound, number, 0.00046, tip=0.8), "hair", roots)


def _sections(rng: np.random.Generator, start: Floats, wanted: int) -> tuple[Floats, Ints, Floats]:
    """Return middles of the sections (N, 3), the section of every root, and how far each root is from a parting."""
    middles = start[spread(rng, len(start), wanted)]
    for _ in range(6):
        which = cKDTree(middles).query(start)[1]
        size = np.maximum(np.bincount(which, minlength=wanted), 1)
        middles = np.stack([np.bincount(which, start[:, i], wanted) / size for i in range(3)], 1)
    apart, near = cKDTree(middles).query(start, k=2)
    return middles, near[:, 0].astype(np.int64), apart[:, 1] - apart[:, 0]
