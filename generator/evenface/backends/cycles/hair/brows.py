"""Eyebrows: a band between the nose and the temple whose shape follows the record, filled with hairs that turn along it.

Brows carry identity more than any other cheap feature, so every field of the record moves the band itself. Beyond the record,
smooth random curves along the brow, keyed by its seed, make its line wander, its body swell and thin, and its hairs turn.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from scipy.interpolate import PchipInterpolator

from evenface.backends.cycles.hair.scalp import draw_roots, thin_out
from evenface.backends.cycles.hair.strands import Floats, Strands, frizz, join, taper, unit
from evenface.backends.cycles.head import HeadModel
from evenface.records import Brows
from evenface.rng import rng_for

__all__ = ["brow_shade", "build_brows"]

_POINTS = 6
_HAIRS = 900
"""Of one full brow of mean size."""
_HALF = 0.0043
"""Half the height of a brow of mean thickness, metres."""
_OVER_LID, _DRAWN = 0.0135, 0.5
"""Mean height of the bones' line over the lid, metres, and how far brows are drawn to it: the mesh's brows differ too much."""
_RIGHT, _LEFT = [21, 20, 19, 18, 17], [22, 23, 24, 25, 26]


def build_brows(model: HeadModel, vertices: Floats, brows: Brows) -> Strands:
    """Grow both brows; the two sides differ a little."""
    marks = model.landmark_points(vertices)
    parts = []
    for numbers, side in ((_LEFT, 1.0), (_RIGHT, -1.0)):
        parts.append(_brow(model, vertices, brows, marks[numbers], side, _lid(marks, side)))
    return join(parts)


def _lid(marks: Floats, side: float) -> float:
    """Return the height of the upper lid at its highest."""
    return float(marks[42:48, 2].max() if side > 0 else marks[36:42, 2].max())


def brow_shade(model: HeadModel, vertices: Floats, brows: Brows, at: Floats) -> Floats:
    """Return how far roots darken the skin under the brows, 0 to 1, at the places ``at`` (N, 3)."""
    marks = model.landmark_points(vertices)
    shade = np.zeros(len(at))
    for numbers, side in ((_LEFT, 1.0), (_RIGHT, -1.0)):
        line = marks[numbers]
        # The lining behind the lids lies as high as a low brow.
        before = at[:, 1] < np.interp(at[:, 0] * side, line[:, 0] * side, line[:, 1]) + 0.010
        near = np.flatnonzero((at[:, 0] * side > 0) & before & (np.abs(at - line.mean(0)).max(1) < 0.045))
        along, across = _place(brows, line, at[near], side, _lid(marks, side))
        shade[near] = _fill(brows, along, across, side)
    return np.asarray(shade * np.clip(0.14 + 0.32 * brows.density, 0, 1), np.float32)


def _brow(model: HeadModel, vertices: Floats, brows: Brows, marks: Floats, side: float, lid: float) -> Strands:
    rng = rng_for(brows.seed, "brows", side)
    quads = _near(model, vertices, marks, side)
    size = brows.thickness * brows.length
    wanted = int(_HAIRS * (0.45 + 0.55 * size) * brows.density)
    # The patch is several times the brow, and most of what is drawn falls outside of it.
    roots, start, normals = draw_roots(rng, vertices, quads, int(22000 * max(1.0, 1.3 * brows.density)))
    along, across = _place(brows, marks, start, side, lid)
    keep = rng.random(len(start)) < _fill(brows, along, across, side)
    keep &= start[:, 2] > lid - 0.0008  # Neither a falling tail nor a low head grows beside the eye.
    if not brows.bridge:
        keep &= start[:, 0] * side > 0.0052
    keep = thin_out(rng, keep, wanted)
    if brows.bridge:
        keep |= rng.random(len(start)) < 0.10 * brows.bridge * _between(brows, marks, start, along, side, lid)
    along, across, start, normals = along[keep], across[keep], start[keep], normals[keep]
    points = _hairs(rng, brows, along, across, start, normals, side)
    radius = 0.000072 * (0.85 + 0.2 * brows.density) * rng.uniform(0.7, 1.3, len(points))
    return Strands(points.astype(np.float32), taper(_POINTS, len(points), radius, tip=0.25), "brows", roots.select(keep))


def _near(model: HeadModel, vertices: Floats, marks: Floats, side: float) -> np.ndarray[tuple[int, int], np.dtype[np.int32]]:
    """Return quads of the skin round the brow, up to the middle of the face."""
    quads = model.part_faces["skin"]
    middle = vertices[quads].mean(1)
    low = marks.min(0) - np.array([0.014, 0.03, 0.015])
    high = marks.max(0) + np.array([0.014, 0.02, 0.019])
    return np.asarray(quads[((middle > low) & (middle < high)).all(1) & (middle[:, 0] * side > -0.003)])


def _place(brows: Brows, marks: Floats, points: Floats, side: float, lid: float) -> tuple[Floats, Floats]:
    """Return where points lie in the brow: ``along`` 0 at the nose to 1 at the tail, ``across`` -1 lower edge to 1 upper edge."""
    line = marks * [side, 1, 1]
    inner = line[0, 0] - 0.0010 + 0.0019 * brows.gap
    outer = inner + (line[4, 0] - line[0, 0]) * 1.02 * brows.length
    along = (points[:, 0] * side - inner) / (outer - inner)
    middle, half = _band(brows, line, along, side)
    return along, (points[:, 2] - middle - _lift(brows, line, side, lid)) / half


def _lift(brows: Brows, line: Floats, side: float, lid: float) -> float:
    """Return the rise of the brow from the bones' line, metres: half the way to a mean height over the lid, and off the eye."""
    level, breadth = _band(brows, line, np.linspace(0.0, 0.98, 40), side)
    pull = _DRAWN * (lid + _OVER_LID - float(line[:, 2].mean()))
    return pull + max(0.0, lid + 0.0004 - float((level + pull - (1.10 + 0.25 * brows.unruliness) * breadth).min()))


def _band(brows: Brows, line: Floats, along: Floats, side: float) -> tuple[Floats, Floats]:
    """Return the height of the middle of the brow and half its breadth at the places ``along``."""
    rng = rng_for(brows.seed, "brow line", side)
    knots = (line[:, 0] - line[0, 0]) / (line[4, 0] - line[0, 0])
    drawn = PchipInterpolator(knots, line[:, 2])(np.clip(along, 0, 1))
    # The bones give the line; the record raises, bends and turns it.
    top = 0.62 + 0.16 * brows.summit
    bent = (0.0004 + 0.0034 * brows.arch) * np.interp(along, (0.05, top, 1.0), (-0.35, 1.0, -0.35))
    turned = 0.0100 * brows.tilt * (along - 0.5)
    # No brow comes nearer to the eye than a low bone leaves it.
    raised = -0.0028 + (0.0034 if brows.height > 0 else 0.0014) * brows.height + 0.0013 * brows.asymmetry * side
    modes = _draw_modes(brows.seed, side)
    uneven = rng.normal(0, 0.0004) + rng.normal(0, 0.0010) * (along - 0.5) + modes.raised(along)
    thin = 1 - brows.taper
    shape = ((0.66 + 0.2 * thin), 1.0, 1.0, 0.72 + 0.22 * thin, 0.40 + 0.45 * thin, 0.12 + 0.55 * thin)
    half = _HALF * brows.thickness * modes.swell(along) * np.interp(along, (0, 0.12, 0.40, 0.68, 0.88, 1.0), shape)
    return np.asarray(drawn + bent + turned + raised + uneven), half


def _fill(brows: Brows, along: Floats, across: Floats, side: float) -> Floats:
    """Return the share of hairs: a dense body along the lower edge, feathery above, sparse at the nose, thinning outwards."""
    modes = _draw_modes(brows.seed, side)
    share = _ends(modes, along) * _edges(modes, across, brows.unruliness) * modes.grown(along) / 1.7
    share = share * np.interp(along, (0.55, 0.85), (1.0, brows.tail))
    if brows.slit and np.sign(brows.slit) == side:
        lean = along - 0.05 * across - abs(brows.slit)
        share = share * np.clip((np.abs(lean) - 0.018) / 0.01, 0, 1)
    return np.asarray(share)


def _ends(modes: _Modes, along: Floats) -> Floats:
    """Return the share of hairs kept for the place along the brow."""
    reach, sparse = 0.10 + 0.14 * modes.head, 0.50 - 0.36 * modes.head
    return np.interp(along, (-0.07, 0.0, reach, 0.80, 1.06), (0.0, sparse, 1.0, 1.0, 0.0))


def _edges(modes: _Modes, across: Floats, unruliness: float) -> Floats:
    """Return the share of hairs kept for the place across the brow."""
    above = 0.55 - 0.30 * modes.soft
    low = (-1.25 - 0.3 * unruliness, -0.80, -0.10, 0.55, 1.15 + 0.35 * modes.soft)
    return np.interp(across, low, (0.0, 0.85, 1.0, above, 0.0))


def _between(brows: Brows, marks: Floats, points: Floats, along: Floats, side: float, lid: float) -> Floats:
    """Return the share of a full brow where the two could meet."""
    low = marks[0, 2] - 0.0025 + _lift(brows, marks * [side, 1, 1], side, lid)
    # Over the nose only: further out lies the corner of the eye.
    near = np.clip((0.010 - np.abs(points[:, 0])) / 0.003, 0, 1)
    return np.asarray(near * (along < 0.05) * (points[:, 0] * side > -0.001) * np.exp(-(((points[:, 2] - low) / 0.0038) ** 2)))


def _hairs(
    rng: np.random.Generator, brows: Brows, along: Floats, across: Floats, start: Floats, normals: Floats, side: float
) -> Floats:
    number = len(start)
    # Upright at the nose, then outwards; the upper hairs lean down and the lower ones up, and they meet in a ridge.
    angle = np.interp(along, (-0.3, 0.0, 0.1, 0.3, 0.6, 1.0), (96, 82, 66, 34, 14, -14)) - 16 * np.clip(across, -1, 1) * (
        along > 0.1
    )
    angle = angle + _draw_modes(brows.seed, side).turned(along)
    angle = np.radians(angle + rng.normal(0, 4 + 11 * brows.unruliness, number) + 8 * brows.tilt)
    bend = np.radians(rng.uniform(8, 26, number))[:, None] * np.linspace(0, 1, _POINTS)[None]
    length = 0.0078 * np.interp(along, (-0.12, 0, 0.5, 1), (0.45, 0.85, 1.0, 0.72)) * rng.uniform(0.55, 1.15, number)
    length *= brows.hair_length * (0.55 + 0.45 * min(brows.thickness, 1.5))
    turn = angle[:, None] - bend
    flat = np.stack([side * np.cos(turn), np.zeros_like(turn), np.sin(turn)], -1)
    over = np.einsum("skx,sx->sk", flat, normals)[..., None] * normals[:, None]
    lift = np.interp(np.linspace(0, 1, _POINTS), (0, 0.4, 1), (0.45, 0.16, -0.02))[None, :, None] * (1 + 0.8 * brows.unruliness)
    heading = unit(flat - over) + lift * normals[:, None]
    steps = heading * (length / (_POINTS - 1))[:, None, None]
    points = np.concatenate([np.zeros((number, 1, 3)), np.cumsum(steps[:, :-1], 1)], 1) + start[:, None]
    return frizz(points, np.full(number, 0.00012 + 0.00035 * brows.unruliness), rng, rough=3)


_ORDERS = 5
_BOTH, _OWN = 0.88, 0.47
"""How much of a curve the two sides share, and how much each has to itself (their squares add up to one)."""


@dataclass(frozen=True, slots=True)
class _Modes:
    """Coefficients of cosines along one brow, of order 0 and up."""

    middle: Floats
    breadth: Floats
    growth: Floats
    turn: Floats
    head: float
    """How sparse the end at the nose is, 0 to 1."""
    soft: float
    """How feathery the upper edge is, 0 to 1."""

    def raised(self, along: Floats) -> Floats:
        """Return metres by which the middle line is raised."""
        return 0.0010 * _curve(self.middle, along)

    def swell(self, along: Floats) -> Floats:
        """Return the ratio of the breadth to that of the record."""
        return np.asarray(np.exp(0.15 * _curve(self.breadth, along)))

    def grown(self, along: Floats) -> Floats:
        """Return the ratio of the hairs to those of a brow equally full all along: places where less grows, never bare."""
        return np.asarray(np.clip(np.exp(0.30 * _curve(self.growth, along)), 0.3, 1.7))

    def turned(self, along: Floats) -> Floats:
        """Return degrees by which hairs are turned up."""
        return 9.0 * _curve(self.turn, along)


@lru_cache(maxsize=2)
def _draw_modes(seed: int, side: float) -> _Modes:
    """Draw the curves of one side; most of them is common to both."""
    both, own = rng_for(seed, "brow modes"), rng_for(seed, "brow modes", side)
    fall = 1 / np.arange(1, _ORDERS + 1) ** 0.7
    middle, breadth, growth, turn = (
        fall * (_BOTH * both.standard_normal(_ORDERS) + _OWN * own.standard_normal(_ORDERS)) for _ in range(4)
    )
    # How high a brow lies as a whole is the record's.
    middle[0] = 0.0
    return _Modes(middle, breadth, growth, turn, float(both.beta(1.6, 1.6)), float(both.beta(1.8, 1.8)))


def _curve(coefficients: Floats, along: Floats) -> Floats:
    place = np.pi * np.clip(along, 0, 1)
    total = np.zeros_like(place)
    for order, coefficient in enumerate(coefficients):
        total = total + coefficient * np.cos(order * place)
    return np.asarray(total)
