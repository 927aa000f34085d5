"""Short hair: crops, a side parting, clipper cuts, and what is left where hair has gone."""

from __future__ import annotations

import numpy as np
from scipy.spatial import cKDTree

from evenface.backends.cycles.hair.ground import Ground
from evenface.backends.cycles.hair.growth import Flow, fill, from_whorl, grow, parted, sides_of
from evenface.backends.cycles.hair.long import spread
from evenface.backends.cycles.hair.strands import Floats, Strands, clump, curl, frizz, resample, taper, unit

__all__ = ["bald", "buzz", "receding", "short_crop", "side_part"]

# Wave radius, pitch, clumping and frizz (metres) of short hair by texture.
_BEND: dict[str, tuple[float, float, float, float]] = {
    "straight": (0.0, 1.0, 0.35, 0.0025),
    "wavy": (0.0025, 0.040, 0.5, 0.003),
    "curly": (0.0042, 0.022, 0.6, 0.003),
    "coily": (0.0032, 0.011, 0.45, 0.003),
}
_POINTS = {"straight": 5, "wavy": 7, "curly": 11, "coily": 12}
_STRANDS = {"straight": 19000, "wavy": 15000, "curly": 9500, "coily": 9500}


def short_crop(ground: Ground) -> Strands:
    """Two to four centimetres on top, shorter at the sides, turned from the whorl."""
    rng = ground.rng("crop")
    lean = rng.uniform(-1, 1)
    whorl = from_whorl(ground.skull, forward=1.2)

    def flow(points: Floats) -> Floats:
        return np.asarray(whorl(points) + np.array([0.4 * lean, 0.0, 0.0]))

    return _short(ground, rng, flow, top=0.034, sides=0.018, lift=1.3, layer=0.014)


def side_part(ground: Ground) -> Strands:
    """Combed over from a parting at one side, five to eight centimetres on top, close at the sides."""
    rng = ground.rng("side_part")
    parting = np.copysign(rng.uniform(0.8, 1.15), ground.hair.parting or 1.0)
    back = rng.uniform(0.25, 0.7)
    return _short(
        ground, rng, None, top=0.064, sides=0.020, lift=0.9, layer=0.014, gravity=0.25, parting=float(parting), back=float(back)
    )


def receding(ground: Ground) -> Strands:
    """A short crop with bare corners of the forehead and a thin crown."""
    rng = ground.rng("receding")
    return _short(ground, rng, from_whorl(ground.skull, forward=0.8), top=0.026, sides=0.014, lift=1.0, layer=0.009)


def buzz(ground: Ground) -> Strands:
    """Three to six millimetres all over."""
    rng = ground.rng("buzz")
    return stubble(ground, rng, 20000, 0.0045 * ground.hair.length, from_whorl(ground.skull), radius=0.00016)


def bald(ground: Ground) -> Strands | None:
    """Shaven clean, or a fringe at the sides and the back as stubble."""
    rng = ground.rng("bald")
    if rng.random() < 0.4:
        return None
    return stubble(ground, rng, 5000, rng.uniform(0.001, 0.004), from_whorl(ground.skull), radius=0.00012)


def stubble(ground: Ground, rng: np.random.Generator, number: int, length: float, flow: Flow, radius: float) -> Strands:
    """Straight hairs of ``length`` that lean with the flow."""
    roots, start, normals = ground.roots(rng, number)
    lean = unit(normals + 0.55 * flow(start) + 0.25 * rng.standard_normal(start.shape))
    reach = length * rng.uniform(0.7, 1.15, len(start))
    along = np.linspace(0, 1, 3)[None, :, None] * reach[:, None, None]
    points = start[:, None] + along * lean[:, None]
    return Strands(points.astype(np.float32), taper(3, len(points), radius), "hair", roots)


def _short(
    ground: Ground,
    rng: np.random.Generator,
    flow: Flow | None,
    *,
    top: float,
    sides: float,
    lift: float,
    layer: float,
    gravity: float = 0.15,
    parting: float = 0.0,
    back: float = 0.4,
) -> Strands:
    hair, skull = ground.hair, ground.skull
    count = _POINTS[hair.texture]
    roots, start, normals = ground.roots(rng, _STRANDS[hair.texture])
    half = sides_of(skull, start, parting) if flow is None else np.ones(len(start))
    # From the sides up to the top the hair gets longer.
    height = np.clip((start[:, 2] - 0.15 * skull.top) / (0.75 * skull.top), 0, 1)
    low = np.clip(ground.rise(start) / 0.03, 0.35, 1)
    length = hair.length * (sides * low + (top - sides) * height * height * (3 - 2 * height))
    length = length * rng.uniform(0.75, 1.1, len(start))
    pick = spread(rng, len(start), 900)
    guides = grow(
        ground.field(shielded=True),
        start[pick],
        normals[pick],
        flow or parted(skull, half[pick], back=back),
        length[pick],
        0.003 + layer * height[pick] * rng.uniform(0.6, 1.2, len(pick)),
        steps=8,
        gravity=gravity,
        lift=lift,
        ramp=0.020,
    )
    points, _ = fill(resample(guides, count), half[pick], start, half)
    points = _bend(points, hair.texture, length, rng)
    points = ground.field(shielded=True).clear(points, np.linspace(0, 0.0022, count)[None])
    radius = 0.00019 if count < 8 else 0.00026
    return Strands(points.astype(np.float32), taper(count, len(points), radius), "hair", roots)


def _bend(points: Floats, texture: str, length: Floats, rng: np.random.Generator) -> Floats:
    coil, pitch, clumping, fuzz = _BEND[texture]
    number = len(points)
    centres = spread(rng, number, 900)
    lock = cKDTree(points[centres, 0]).query(points[:, 0])[1]
    points = clump(points, centres[lock], clumping * rng.uniform(0.2, 1.1, number), shape=1.0)
    if coil:
        phase = rng.uniform(0, 2 * np.pi, len(centres))[lock] + rng.normal(0, 0.5, number)
        points = curl(points, np.minimum(coil, 0.2 * length), np.full(number, pitch), phase, rise=0.4)
    return frizz(points, np.minimum(fuzz, 0.12 * length), rng, rough=4)
