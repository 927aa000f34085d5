"""Short hair: crops, a side parting, clipper cuts, and what is left where hair has gone."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.spatial import cKDTree

from evenface.backends.cycles.hair.growth import Flow, fill, flow_from_parting, flow_from_whorl, grow, sides_of
from evenface.backends.cycles.hair.long import spread
from evenface.backends.cycles.hair.scalp import Scalp
from evenface.backends.cycles.hair.strands import Floats, Strands, clump, curl, frizz, resample, taper, unit

__all__ = [
    "bald",
    "buzz",
    "crew_cut",
    "fade",
    "fade_height",
    "fade_share",
    "horseshoe",
    "pixie",
    "quiff",
    "receding",
    "short_crop",
    "side_part",
    "slick_back",
]

# Wave radius, pitch, clumping and frizz (metres) of short hair by texture.
_BEND: dict[str, tuple[float, float, float, float]] = {
    "straight": (0.0, 1.0, 0.35, 0.0025),
    "wavy": (0.0025, 0.040, 0.5, 0.003),
    "curly": (0.0042, 0.022, 0.6, 0.003),
    "coily": (0.0032, 0.011, 0.45, 0.003),
}
_POINTS = {"straight": 5, "wavy": 7, "curly": 11, "coily": 12}
_STRANDS = {"straight": 19000, "wavy": 15000, "curly": 9500, "coily": 9500}


@dataclass(frozen=True, slots=True)
class _Cut:
    """One short cut: lengths on top and at the sides, how steeply hair leaves the skin, how high it stands (metres)."""

    top: float
    sides: float
    lift: float
    layer: float
    gravity: float = 0.15
    front: float = 0.0
    """How much higher it stands over the forehead than behind, as a share."""
    fade: float = 0.0
    """Height over the eyes up to which the sides are clipped to stubble, metres."""


def short_crop(scalp: Scalp) -> Strands:
    """Grow two to four centimetres on top, shorter at the sides, turned from the whorl."""
    rng = scalp.rng("crop")
    lean, forward = rng.uniform(-1, 1), rng.uniform(0.5, 1.6)
    whorl = flow_from_whorl(scalp.skull, forward=forward)

    def flow(points: Floats) -> Floats:
        return np.asarray(whorl(points) + np.array([0.4 * lean, 0.0, 0.0]))

    return _short(scalp, rng, flow, _Cut(top=rng.uniform(0.026, 0.044), sides=rng.uniform(0.010, 0.024), lift=1.3, layer=0.014))


def side_part(scalp: Scalp) -> Strands:
    """Comb hair over from a parting at one side: five to eight centimetres on top, close at the sides."""
    rng = scalp.rng("side_part")
    parting = np.copysign(rng.uniform(0.75, 1.15), scalp.hair.parting or 1.0)
    cut = _Cut(top=rng.uniform(0.050, 0.075), sides=rng.uniform(0.010, 0.024), lift=0.9, layer=0.014, gravity=0.25)
    return _short(scalp, rng, None, cut, parting=float(parting), back=float(rng.uniform(0.15, 0.8)))


def pixie(scalp: Scalp) -> Strands:
    """Grow five to seven centimetres on top, close but soft at the sides and the nape."""
    rng = scalp.rng("pixie")
    lean = np.copysign(rng.uniform(0.2, 1.0), scalp.hair.parting or 1.0)
    whorl = flow_from_whorl(scalp.skull, forward=1.3)

    def flow(points: Floats) -> Floats:
        return np.asarray(whorl(points) + np.array([-0.7 * lean, 0.0, 0.0]))

    return _short(scalp, rng, flow, _Cut(top=rng.uniform(0.048, 0.070), sides=0.030, lift=0.9, layer=0.016, gravity=0.2))


def crew_cut(scalp: Scalp) -> Strands:
    """Grow a centimetre or two that stands on top, with clipped sides."""
    rng = scalp.rng("crew_cut")
    whorl = flow_from_whorl(scalp.skull, forward=1.0)
    cut = _Cut(rng.uniform(0.010, 0.021), rng.uniform(0.003, 0.008), lift=2.2, layer=0.020, front=0.4)
    return _short(scalp, rng, whorl, cut)


def fade(scalp: Scalp) -> Strands:
    """Clip the sides to the skin, fading into a textured top."""
    rng = scalp.rng("fade")
    lean = rng.uniform(-1, 1)
    whorl = flow_from_whorl(scalp.skull, forward=rng.uniform(0.4, 1.6))

    def flow(points: Floats) -> Floats:
        return np.asarray(whorl(points) + np.array([0.5 * lean, 0.0, 0.0]))

    cut = _Cut(rng.uniform(0.020, 0.050), 0.010, lift=1.4, layer=0.018, front=rng.uniform(0, 0.5), fade=fade_height(scalp))
    return _short(scalp, rng, flow, cut)


def quiff(scalp: Scalp) -> Strands:
    """Brush the hair up and back from the forehead, with short sides."""
    rng = scalp.rng("quiff")
    aside = 0.5 * rng.uniform(-1, 1)
    cut = _Cut(
        rng.uniform(0.050, 0.068),
        0.011,
        lift=rng.uniform(1.8, 3.0),
        layer=0.026,
        gravity=0.05,
        front=0.9,
        fade=0.3 * fade_height(scalp),
    )
    return _short(scalp, rng, _flow_combed(scalp, np.array([aside, 1.0, 0.0])), cut)


def slick_back(scalp: Scalp) -> Strands:
    """Comb the hair back close to the head."""
    rng = scalp.rng("slick_back")
    cut = _Cut(rng.uniform(0.07, 0.10), rng.uniform(0.012, 0.035), lift=0.5, layer=0.007, gravity=0.1, front=0.3)
    return _short(scalp, rng, _flow_combed(scalp, np.array([0.3 * rng.uniform(-1, 1), 1.0, 0.0])), cut)


def receding(scalp: Scalp) -> Strands:
    """Grow a short crop with bare corners of the forehead and a thin crown."""
    rng = scalp.rng("receding")
    cut = _Cut(rng.uniform(0.014, 0.034), rng.uniform(0.006, 0.018), lift=1.0, layer=0.009)
    return _short(scalp, rng, flow_from_whorl(scalp.skull, forward=rng.uniform(0.3, 1.2)), cut)


def horseshoe(scalp: Scalp) -> Strands:
    """Leave the top bare, with one or two centimetres at the sides and the back."""
    rng = scalp.rng("horseshoe")
    return _short(
        scalp, rng, flow_from_whorl(scalp.skull), _Cut(0.020, rng.uniform(0.008, 0.020), lift=0.8, layer=0.008), dense=2.4
    )


def buzz(scalp: Scalp) -> Strands:
    """Grow three to six millimetres all over."""
    rng = scalp.rng("buzz")
    return stubble(scalp, rng, 20000, 0.0045 * scalp.hair.length, flow_from_whorl(scalp.skull), radius=0.00016)


def fade_height(scalp: Scalp) -> float:
    """Return how far up the sides are clipped, metres over the eyes: low, middle or high by the seed."""
    return float(scalp.skull.top * scalp.rng("fade_height").uniform(0.18, 0.62))


def fade_share(points: Floats, height: float) -> Floats:
    """Return the share of full hair where the sides fade out below ``height``, 0.2 to 1."""
    return np.asarray(np.interp(points[..., 2] - height, (-0.06, -0.025, 0.012), (0.16, 0.45, 1.0)))


def _flow_combed(scalp: Scalp, direction: Floats) -> Flow:
    def flow(points: Floats) -> Floats:
        firm = np.clip((points[:, 2] - 0.05 * scalp.skull.top) / (0.4 * scalp.skull.top), 0.25, 1)[:, None]
        return np.asarray(firm * direction)

    return flow


def bald(scalp: Scalp) -> Strands | None:
    """Shave the head clean, or leave stubble at the sides and the back."""
    rng = scalp.rng("bald")
    if rng.random() < 0.4:
        return None
    return stubble(scalp, rng, 5000, rng.uniform(0.001, 0.004), flow_from_whorl(scalp.skull), radius=0.00012)


def stubble(scalp: Scalp, rng: np.random.Generator, number: int, length: float, flow: Flow, radius: float) -> Strands:
    """Grow straight hairs of ``length`` that lean with the flow."""
    roots, start, normals = scalp.roots(rng, number)
    breadth = radius * scalp.fineness(start)
    lean = unit(normals + 0.55 * flow(start) + 0.25 * rng.standard_normal(start.shape))
    reach = length * rng.uniform(0.7, 1.15, len(start)) * scalp.youth(start)
    along = np.linspace(0, 1, 3)[None, :, None] * reach[:, None, None]
    points = start[:, None] + along * lean[:, None]
    return Strands(points.astype(np.float32), taper(3, len(points), breadth), "hair", roots)


def _short(
    scalp: Scalp,
    rng: np.random.Generator,
    flow: Flow | None,
    cut: _Cut,
    *,
    parting: float = 0.0,
    back: float = 0.4,
    dense: float = 1.0,
) -> Strands:
    hair, skull = scalp.hair, scalp.skull
    count = _POINTS[hair.texture]
    roots, start, normals = scalp.roots(rng, int(dense * _STRANDS[hair.texture]))
    half = sides_of(skull, start, parting) if flow is None else np.ones(len(start))
    # From the sides up to the top the hair gets longer.
    height = np.clip((start[:, 2] - 0.15 * skull.top) / (0.75 * skull.top), 0, 1)
    low = np.clip(scalp.rise(start) / 0.03, 0.35, 1)
    length = hair.length * (cut.sides * low + (cut.top - cut.sides) * height * height * (3 - 2 * height))
    if cut.fade:
        length = np.maximum(0.0012, length * fade_share(start, cut.fade) ** 1.5)
    length = length * rng.uniform(0.75, 1.1, len(start)) * scalp.youth(start)
    ahead = np.clip((skull.crown[1] - start[:, 1]) / (skull.crown[1] - skull.front), 0, 1)
    stand = cut.layer * hair.volume * height * (1 - 0.5 * cut.front + cut.front * ahead)
    pick = spread(rng, len(start), 900)
    guides = grow(
        scalp.field(shielded=True),
        start[pick],
        normals[pick],
        flow or flow_from_parting(skull, half[pick], back=back),
        length[pick],
        0.003 + (stand * rng.uniform(0.6, 1.2, len(start)))[pick],
        steps=8,
        gravity=cut.gravity,
        lift=cut.lift,
        ramp=0.020,
    )
    points, _ = fill(resample(guides, count), half[pick], start, half)
    points = _bend(points, hair.texture, length, rng)
    points = scalp.field(shielded=True).clear(points, np.linspace(0, 0.0022, count)[None])
    breadth = (0.00019 if count < 8 else 0.00026) * scalp.fineness(start)
    return Strands(points.astype(np.float32), taper(count, len(points), breadth), "hair", roots)


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
