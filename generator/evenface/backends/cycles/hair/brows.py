"""Eyebrows: a band between the nose and the temple whose shape follows the record, filled with hairs that turn along it.

Brows carry identity more than any other cheap feature, so every field of the record moves the band itself.
"""

from __future__ import annotations

import numpy as np
from scipy.interpolate import PchipInterpolator

from evenface.backends.cycles.hair.skull import draw_roots, thin_out
from evenface.backends.cycles.hair.strands import Floats, Strands, frizz, join, taper, unit
from evenface.backends.cycles.head import HeadModel
from evenface.records import Brows
from evenface.rng import rng_for

__all__ = ["build_brows"]

_POINTS = 6
_HAIRS = 620
"""Of one full brow of mean size."""
_HALF = 0.0037
"""Half the height of a brow of mean thickness, metres."""


def build_brows(model: HeadModel, vertices: Floats, brows: Brows) -> Strands:
    """Grow both brows; the two sides differ a little."""
    marks = model.landmark_points(vertices)
    right = _brow(model, vertices, brows, marks[[21, 20, 19, 18, 17]], -1.0)
    left = _brow(model, vertices, brows, marks[22:27], 1.0)
    return join([left, right])


def _brow(model: HeadModel, vertices: Floats, brows: Brows, marks: Floats, side: float) -> Strands:
    rng = rng_for(brows.seed, "brows", side)
    quads = _near(model, vertices, marks)
    size = brows.thickness * brows.length
    # The patch is several times the brow, and most of what is drawn falls outside of it.
    roots, start, normals = draw_roots(rng, vertices, quads, int(9000 * max(1.0, 1.3 * brows.density)))
    along, across = _place(brows, marks, start, side, rng)
    keep = rng.random(len(start)) < _fill(along, across)
    keep = thin_out(rng, keep, int(_HAIRS * size * brows.density))
    along, across, start, normals = along[keep], across[keep], start[keep], normals[keep]
    points = _hairs(rng, brows, along, across, start, normals, side)
    radius = 0.00010 * (0.8 + 0.3 * brows.density) * rng.uniform(0.85, 1.15, len(points))
    return Strands(points.astype(np.float32), taper(_POINTS, len(points), radius, tip=0.25), "brows", roots.select(keep))


def _near(model: HeadModel, vertices: Floats, marks: Floats) -> np.ndarray[tuple[int, int], np.dtype[np.int32]]:
    """Quads of the skin round the brow."""
    quads = model.part_faces["skin"]
    middle = vertices[quads].mean(1)
    low = marks.min(0) - np.array([0.012, 0.03, 0.014])
    high = marks.max(0) + np.array([0.012, 0.02, 0.016])
    return np.asarray(quads[((middle > low) & (middle < high)).all(1)])


def _place(brows: Brows, marks: Floats, points: Floats, side: float, rng: np.random.Generator) -> tuple[Floats, Floats]:
    """Where points lie in the brow: ``along`` 0 at the nose to 1 at the tail, ``across`` -1 lower edge to 1 upper edge."""
    line = marks * [side, 1, 1]
    inner = line[0, 0] - 0.0012 + 0.0016 * brows.gap
    outer = inner + (line[4, 0] - line[0, 0]) * 1.02 * brows.length
    along = (points[:, 0] * side - inner) / (outer - inner)
    knots = (line[:, 0] - line[0, 0]) / (line[4, 0] - line[0, 0])
    drawn = PchipInterpolator(knots, line[:, 2])(np.clip(along, 0, 1))
    # The bones give the line; the record bends and turns it.
    bent = 0.0034 * brows.arch * np.interp(along, (0.05, 0.62, 1.0), (-0.35, 1.0, -0.15))
    turned = 0.0075 * brows.tilt * (along - 0.5)
    uneven = rng.normal(0, 0.0005) + rng.normal(0, 0.0010) * (along - 0.5)
    half = _HALF * brows.thickness * np.interp(along, (0, 0.12, 0.40, 0.68, 0.88, 1.0), (0.72, 1.0, 1.0, 0.74, 0.42, 0.16))
    return along, (points[:, 2] - drawn - bent - turned - uneven) / half


def _fill(along: Floats, across: Floats) -> Floats:
    """Share of hairs kept: soft at the inner end and the upper edge, cleaner below."""
    ends = np.interp(along, (-0.05, 0.02, 0.12, 0.96, 1.05), (0.0, 0.35, 1.0, 1.0, 0.0))
    edges = np.interp(across, (-1.15, -0.75, 0.55, 1.25), (0.0, 1.0, 1.0, 0.0))
    return np.asarray(ends * edges)


def _hairs(
    rng: np.random.Generator, brows: Brows, along: Floats, across: Floats, start: Floats, normals: Floats, side: float
) -> Floats:
    number = len(start)
    # Upright at the nose, then outwards; the upper hairs lean down and the lower ones up, and they meet in a ridge.
    angle = np.interp(along, (0.0, 0.1, 0.3, 0.6, 1.0), (82, 66, 34, 14, -14)) - 16 * np.clip(across, -1, 1) * (along > 0.1)
    angle = np.radians(angle + rng.normal(0, 9, number) + 8 * brows.tilt)
    bend = np.radians(rng.uniform(8, 26, number))[:, None] * np.linspace(0, 1, _POINTS)[None]
    length = 0.0078 * np.interp(along, (0, 0.5, 1), (0.85, 1.0, 0.72)) * rng.uniform(0.75, 1.15, number)
    length *= 0.65 + 0.35 * brows.thickness
    turn = angle[:, None] - bend
    flat = np.stack([side * np.cos(turn), np.zeros_like(turn), np.sin(turn)], -1)
    over = np.einsum("skx,sx->sk", flat, normals)[..., None] * normals[:, None]
    lift = np.interp(np.linspace(0, 1, _POINTS), (0, 0.4, 1), (0.45, 0.16, -0.02))[None, :, None]
    heading = unit(flat - over) + lift * normals[:, None]
    steps = heading * (length / (_POINTS - 1))[:, None, None]
    points = np.concatenate([np.zeros((number, 1, 3)), np.cumsum(steps[:, :-1], 1)], 1) + start[:, None]
    return frizz(points, np.full(number, 0.0003), rng, rough=3)
