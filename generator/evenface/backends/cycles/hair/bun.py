"""Hair drawn over the head to one place: wound into a bun or a knot, or hanging from a tie."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from evenface.backends.cycles.hair.field import Field
from evenface.backends.cycles.hair.growth import fill
from evenface.backends.cycles.hair.long import TEXTURES, bend, grow_loose, spread
from evenface.backends.cycles.hair.scalp import Scalp
from evenface.backends.cycles.hair.strands import Floats, Strands, curl, frizz, join, taper, unit
from evenface.processor import product

__all__ = ["bun", "gather", "half_up", "mostly_front", "over_skull", "ponytail", "top_knot", "walk_in"]

# Wave radius and frizz by texture, metres.
_BEND = {"straight": (0.0, 0.0008), "wavy": (0.0009, 0.0014), "curly": (0.0018, 0.0026), "coily": (0.0022, 0.0034)}
_OVER, _ROUND = 12, 19


_STRANDS = 6800


def mostly_front(points: Floats) -> Floats:
    """Return the share of hairs worth showing where all are drawn tight: the hairline is seen from near, the back hardly."""
    return np.asarray(np.interp(points[:, 1], (0.02, 0.10), (1.0, 0.5)))


def bun(scalp: Scalp) -> Strands:
    """Run every hair over the skull to one place behind, where it winds round."""
    return _knot(scalp, scalp.rng("bun"), degrees=(-5, 48), size=1.0)


def top_knot(scalp: Scalp) -> Strands:
    """Grow a knot on top of the head."""
    return _knot(scalp, scalp.rng("top_knot"), degrees=(66, 96), size=0.88)


def _knot(scalp: Scalp, rng: np.random.Generator, degrees: tuple[float, float], size: float) -> Strands:
    hair = scalp.hair
    fuzz = _BEND[hair.texture][1]
    roots, start, _ = scalp.roots(rng, _STRANDS, mostly_front)
    facing, base = _tie(scalp, np.radians(rng.uniform(*degrees)))
    size *= (0.034 if hair.texture in ("straight", "wavy") else 0.042) * hair.length * hair.volume**0.5
    over = gather(scalp, rng, start, base)
    wound = _wind(rng, over[:, -1], base + facing * 0.55 * size, facing, size)
    points = np.concatenate([over, frizz(wound, np.full(len(wound), 2.0 * fuzz), rng, rough=9)], 1)
    points[:, _OVER:] = scalp.field().clear(points[:, _OVER - 1 :], 0.002)[:, 1:]
    breadth = 0.00042 * scalp.fineness(start)
    return Strands(points.astype(np.float32), taper(_OVER + _ROUND, len(points), breadth, tip=0.6), "hair", roots)


def ponytail(scalp: Scalp) -> Strands:
    """Draw the hair back to a tie, low or high by the seed, from which it falls."""
    rng, hair = scalp.rng("ponytail"), scalp.hair
    texture = TEXTURES[hair.texture]
    roots, start, _ = scalp.roots(rng, _STRANDS, mostly_front)
    height = rng.uniform(-12, 68)
    facing, base = _tie(scalp, np.radians(height))
    over = gather(scalp, rng, start, base)
    # The tail leaves the tie, turns down and spreads; one from a low tie may lie over a shoulder, one from a high tie would
    # meet the head on its way there and stand off from it.
    number, count = len(start), 19
    aside = rng.choice((-1.0, 0.0, 0.0, 1.0)) * rng.uniform(0.3, 0.7) * np.clip((30 - height) / 20, 0, 1)
    fall = np.linspace(0, 1, count)[None, :, None]
    spreadth = rng.normal(0, 0.10 * hair.volume, (number, 1, 3))
    heading = unit(
        facing * (1 - fall) ** 3 * 1.4 + np.array([aside, -0.35 * abs(aside), -1.0]) * np.minimum(1, 1.6 * fall) + spreadth
    )
    length = (0.24 if hair.texture in ("straight", "wavy") else 0.17) * hair.length * rng.uniform(0.7, 1.05, number)
    tail = np.cumsum(heading * (length / count)[:, None, None], 1)
    tail = bend(tail, np.ones(number), replace(texture, frizz=0.6 * texture.frizz), 0.8 * texture.coil, rng)
    end = base + facing * 0.010 + rng.normal(0, 0.004, (number, 3))
    points = np.concatenate([over[:, :-1], end[:, None], end[:, None] + tail], 1)
    points[:, _OVER:] = scalp.field().slide(points[:, _OVER - 1 :], 0.003)[:, 1:]
    breadth = 0.00040 * scalp.fineness(start)
    return Strands(points.astype(np.float32), taper(points.shape[1], number, breadth, tip=0.4), "hair", roots)


def half_up(scalp: Scalp) -> Strands:
    """Draw the upper hair to a small knot or tie behind, and leave the rest loose."""
    rng = scalp.rng("half_up")
    skull, hair = scalp.skull, scalp.hair
    level = skull.top * rng.uniform(0.42, 0.55)

    def above(points: Floats) -> Floats:
        return np.asarray(np.clip((points[:, 2] - level) / 0.004 + 0.5, 0, 1))

    rest = grow_loose(scalp, TEXTURES[hair.texture], length=0.34 * hair.length, where=lambda p: 1 - above(p))
    roots, start, _ = scalp.roots(rng, 4200, above)
    facing, base = _tie(scalp, np.radians(rng.uniform(35, 72)))
    over = gather(scalp, rng, start, base)
    size = 0.024 * hair.length * hair.volume**0.5
    wound = _wind(rng, over[:, -1], base + facing * 0.5 * size, facing, size)
    points = np.concatenate([over, frizz(wound, np.full(len(wound), 0.002), rng, rough=9)], 1)
    points[:, _OVER:] = scalp.field().clear(points[:, _OVER - 1 :], 0.002)[:, 1:]
    breadth = 0.00040 * scalp.fineness(start)
    upper = Strands(points.astype(np.float32), taper(_OVER + _ROUND, len(points), breadth, tip=0.6), "hair", roots)
    return join([rest, upper])


def _tie(scalp: Scalp, height: float) -> tuple[Floats, Floats]:
    """Return the direction in which a tie faces, ``height`` radians over the back of the head, and its place."""
    facing = np.array([0.0, np.cos(height), np.sin(height)])
    return facing, walk_in(scalp.field(), scalp.skull.centre, facing[None], 0.0)[0]


def gather(scalp: Scalp, rng: np.random.Generator, start: Floats, base: Floats) -> Floats:
    """Return paths (S, 12, 3) over the skull from the roots to ``base``, (3,) or one for each root."""
    field, (coil, fuzz) = scalp.field(), _BEND[scalp.hair.texture]
    along = np.linspace(0, 1, _OVER)
    pick = spread(rng, len(start), 600)
    layer = 0.002 + 0.007 * scalp.hair.volume * rng.random(len(pick)) + coil
    ends = np.broadcast_to(base, start.shape)
    guides = over_skull(field, scalp.skull.centre, start[pick], ends[pick], layer[:, None] * np.minimum(1, along / 0.12)[None])
    sides = np.round(ends[:, 0] / 0.05) + np.where(start[:, 0] > 0, 0.25, -0.25)
    over, _ = fill(guides, sides[pick], start, sides)
    if coil:
        over = curl(over, np.full(len(over), coil), np.full(len(over), 0.03), rng.uniform(0, 6.28, len(over)), rise=0.5)
    over = field.clear(over, np.minimum(0.0015, 0.006 * along)[None])
    over[:, 1:] += rng.normal(0, 0.25 * fuzz, (len(over), _OVER - 1, 3))
    return over


def over_skull(field: Field, centre: Floats, start: Floats, end: Floats, depth: Floats) -> Floats:
    """Return great-circle paths (S, K, 3) from ``start`` (S, 3) to ``end`` ((S,) 3), ``depth`` (S, K) metres off the skin."""
    first, last = unit(start - centre), np.broadcast_to(unit(end - centre), start.shape)
    angle = np.arccos(np.clip(np.einsum("sx,sx->s", first, last), -0.98, 0.9999))[:, None]
    along = np.linspace(0, 1, depth.shape[1])[None]
    rays = unit(
        (np.sin((1 - along) * angle) / np.sin(angle))[..., None] * first[:, None]
        + (np.sin(along * angle) / np.sin(angle))[..., None] * last[:, None]
    )
    points = walk_in(field, centre, rays, depth)
    points[:, 0] = start
    return points


def walk_in(field: Field, centre: Floats, rays: Floats, depth: Floats | float) -> Floats:
    """Return the places ``depth`` metres above the skin on rays from ``centre``."""
    points = centre + 0.15 * rays
    for _ in range(10):
        points = points - rays * (field.distance(points) - depth)[..., None]
    return np.asarray(points)


def _wind(rng: np.random.Generator, end: Floats, middle: Floats, facing: Floats, size: float) -> Floats:
    """Continue strands into a twisted ring round ``facing``: (S, _ROUND, 3)."""
    across = unit(np.cross(facing, [1.0, 0.0, 0.0]))
    beside = np.cross(facing, across)
    here = end - middle
    turn = np.arctan2(product(here, beside), product(here, across))[:, None] + np.linspace(0, 1, _ROUND)[None] * rng.uniform(
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
