"""Loose hair that falls: long straight, waves, layers, bobs, and hair swept back to the collar."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy.spatial import cKDTree

from evenface.backends.cycles.hair.growth import fill, flow_from_parting, grow, sides_of, trim
from evenface.backends.cycles.hair.scalp import Scalp
from evenface.backends.cycles.hair.strands import Floats, Strands, clump, curl, frizz, resample, taper
from evenface.processor import product

__all__ = [
    "TEXTURES",
    "Texture",
    "bend",
    "bob",
    "grow_loose",
    "layered_long",
    "long_bob",
    "spread",
    "straight_long",
    "swept_mid",
    "waves_long",
]


@dataclass(frozen=True, slots=True)
class Texture:
    """How hair of one kind bends, and how many strands of how many points show it within the budget."""

    strands: int
    points: int
    radius: float
    """Of a strand, metres."""
    coil: float
    """Radius of the wave, metres."""
    pitch: float
    clumping: float
    frizz: float
    volume: float
    """Thickness of the hair over the skull, metres."""
    blur: float
    """How far the parting is from a clean line, metres."""
    lift: float
    """How steeply hair leaves the skin."""


TEXTURES: dict[str, Texture] = {
    "straight": Texture(11000, 14, 0.00028, 0.0, 1.0, 0.25, 0.0022, 0.012, 0.0006, 0.8),
    "wavy": Texture(8600, 20, 0.00032, 0.010, 0.085, 0.70, 0.003, 0.020, 0.0015, 1.0),
    "curly": Texture(4700, 38, 0.00042, 0.0085, 0.044, 0.72, 0.005, 0.030, 0.008, 1.8),
    "coily": Texture(4200, 44, 0.00045, 0.0070, 0.030, 0.60, 0.007, 0.036, 0.012, 2.5),
}


def straight_long(scalp: Scalp) -> Strands:
    """Grow hair down past the shoulders; the straighter of the two long styles in every texture."""
    texture = TEXTURES["straight" if scalp.hair.texture == "straight" else "wavy"]
    coil = 0.0 if scalp.hair.texture == "straight" else 0.0022
    return grow_loose(scalp, texture, length=0.40 * scalp.hair.length, coil=coil)


def waves_long(scalp: Scalp) -> Strands:
    """Grow hair down past the shoulders in waves, or in curls."""
    texture = TEXTURES["wavy" if scalp.hair.texture == "straight" else scalp.hair.texture]
    return grow_loose(scalp, texture, length=0.36 * scalp.hair.length)


def bob(scalp: Scalp) -> Strands:
    """Cut in one line between the mouth and a little under the chin."""
    floor = scalp.skull.chin + 0.020 - 0.10 * (scalp.hair.length - 1)
    return grow_loose(scalp, TEXTURES[scalp.hair.texture], length=0.30, floor=floor)


def long_bob(scalp: Scalp) -> Strands:
    """Cut between the chin and the shoulders, a little longer in front by the seed."""
    floor = scalp.skull.chin - 0.048 - 0.11 * (scalp.hair.length - 1)
    return grow_loose(scalp, TEXTURES[scalp.hair.texture], length=0.34, floor=floor, slant=scalp.rng("slant").uniform(0, 0.35))


def layered_long(scalp: Scalp) -> Strands:
    """Grow full hair in layers: those from the top and round the face are shortest."""
    floor = scalp.skull.chin + 0.005
    return grow_loose(scalp, TEXTURES[scalp.hair.texture], length=0.36 * scalp.hair.length, floor=floor, layers=0.20, body=1.45)


def swept_mid(scalp: Scalp) -> Strands:
    """Grow hair down to the collar, combed back off the forehead."""
    floor = scalp.skull.chin - 0.02 - 0.08 * (scalp.hair.length - 1)
    return grow_loose(scalp, TEXTURES[scalp.hair.texture], length=0.26, floor=floor, layers=0.03, swept=True)


def grow_loose(
    scalp: Scalp,
    texture: Texture,
    *,
    length: float,
    coil: float | None = None,
    floor: float | None = None,
    slant: float = 0.0,
    layers: float = 0.0,
    body: float = 1.0,
    swept: bool = False,
    where: Callable[[Floats], Floats] | None = None,
) -> Strands:
    """Grow hair that falls from a parting.

    Args:
        length: Metres.
        coil: Radius of the wave, metres; that of the texture if None.
        floor: Height over the eyes at which it is cut, metres.
        slant: How much the line of the cut rises towards the back, per metre.
        layers: How far below ``floor`` the lowest layers end, metres.
        body: Ratio to the usual thickness.
        swept: Combed back rather than to the sides.
        where: The share of hairs wanted at places of the skin.
    """
    hair, skull, rng = scalp.hair, scalp.skull, scalp.rng("loose")
    roots, start, normals = scalp.roots(rng, texture.strands, where)
    sides = sides_of(skull, start + rng.normal(0, texture.blur, start.shape), hair.parting)
    field = scalp.field(shielded=True)
    pick = spread(rng, len(start), 700)
    # Above four centimetres hair no longer hangs together: its outermost strands would stand alone beside the head.
    thick = min(0.040, texture.volume * body * hair.volume * (0.85 + 0.3 * scalp.rng("body").random()))
    guides = _guides(scalp, rng, start[pick], normals[pick], sides[pick], length, thick, texture.lift, swept)
    if floor is not None:
        height = np.clip(scalp.rise(start[pick]) / 0.13, 0, 1)
        ends = floor - layers * (1 - height) * rng.uniform(0.4, 1.1, len(pick)) + rng.normal(0, 0.003 + 0.05 * layers, len(pick))
        guides = trim(guides, ends + slant * (start[pick, 1] - skull.ear_y))
    points, _ = fill(resample(guides, texture.points), sides[pick], start, sides)
    points = bend(points, sides, texture, texture.coil if coil is None else coil, rng)
    points = field.clear(points, np.minimum(0.0015, np.linspace(0, 0.004, texture.points))[None])
    breadth = texture.radius * scalp.fineness(start)
    return Strands(points.astype(np.float32), taper(texture.points, len(points), breadth), "hair", roots)


def _guides(
    scalp: Scalp,
    rng: np.random.Generator,
    start: Floats,
    normals: Floats,
    sides: Floats,
    length: float,
    thick: float,
    lift: float,
    swept: bool,
) -> Floats:
    """Grow the hairs that the others follow."""
    # Hair from near the parting lies outermost.
    height = np.clip(scalp.rise(start) / 0.13, 0, 1)
    flat = 1 - 0.5 * np.clip(2 * normals[:, 2] - 1, 0, 1)
    layer = 0.002 + thick * flat * (0.25 + 0.75 * height) * rng.uniform(0.75, 1.1, len(start))
    back = 1.1 if swept else 0.35 + 0.3 * scalp.rng("back").random()
    flow = flow_from_parting(scalp.skull, 0.35 * sides if swept else sides, back=back)
    long = length * rng.uniform(0.86, 1.0, len(start))
    return grow(scalp.field(shielded=True), start, normals, flow, long, layer, steps=26, gravity=0.45, lift=lift)


def bend(points: Floats, sides: Floats, texture: Texture, coil: float, rng: np.random.Generator) -> Floats:
    """Form locks: strands drawn to their centres, waves in step within a lock, and a few hairs astray."""
    number = len(points)
    centres = spread(rng, number, 260)
    keys = np.column_stack([points[:, 0], points[:, -1] * 0.5, sides])
    lock = cKDTree(keys[centres]).query(keys)[1]
    amount = texture.clumping * rng.uniform(0.5, 1.1, number)
    points = clump(points, centres[lock], np.clip(amount, 0, 0.95))
    if coil:
        # Neighbouring locks wave in step, the more so the looser the wave.
        wide = texture.pitch > 0.06
        sweep = 3.0 * np.sin(product(points[centres, 0], rng.normal(0, 22, (3, 2)))).sum(1)
        phase = (sweep if wide else rng.uniform(0, 2 * np.pi, len(centres)))[lock] + rng.normal(0, 0.25, number)
        pitch = texture.pitch * rng.uniform(*((0.95, 1.05) if wide else (0.8, 1.25)), len(centres))[lock]
        points = curl(points, coil * rng.uniform(0.6, 1.2, number), pitch, phase)
    astray = np.where(rng.random(number) < 0.05, 1.6, 1.0)
    return frizz(points, texture.frizz * astray, rng)


def spread(rng: np.random.Generator, number: int, wanted: int) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    """Return indices of ``wanted`` of ``number`` roots: these are in the order of the quads, so an even stride is even there."""
    wanted = min(wanted, number)
    return np.asarray((np.arange(wanted) + rng.random(wanted)) / wanted * number, dtype=np.int64)
