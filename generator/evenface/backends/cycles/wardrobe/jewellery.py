"""Earrings on the lobes and a stud beside the nose.

Both are pieces with their finish; a nose stud has the vertex with which it moves.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from evenface.backends.cycles.hair.field import vertex_normals
from evenface.backends.cycles.hair.strands import Floats, unit
from evenface.backends.cycles.head import HeadModel
from evenface.backends.cycles.wardrobe.meshes import BodySurface, Mesh, Piece, finish_piece, join_pieces, pellet, tube
from evenface.records import Jewellery

__all__ = ["NoseStud", "build_earrings", "build_nose_stud"]

_HOLE_M = 0.0055
"""From the lower edge of the lobe up to where it is pierced."""
_CLEAR = 0.0012
# Smallest and largest of each kind: radius of a stud, radius of a hoop, length of a drop; metres.
_SIZES = {"stud": (0.0016, 0.0038), "small_hoop": (0.0065, 0.0095), "large_hoop": (0.013, 0.024), "drop": (0.012, 0.030)}
_AZIMUTHS = np.radians([35.0, 50.0, 65.0, 80.0, 92.0])


@dataclass(frozen=True, slots=True)
class NoseStud:
    """A stud, and the vertex of the skin with which it moves."""

    piece: Piece
    vertex: int


def build_earrings(model: HeadModel, vertices: Floats, jewellery: Jewellery) -> Piece | None:
    """Hang a pair of earrings; None without earrings."""
    if jewellery.earrings == "none":
        return None
    skin = BodySurface(vertices, model.part_faces["skin"])
    small, large = _SIZES[jewellery.earrings]
    size = small + (large - small) * jewellery.size
    pieces = []
    normals = vertex_normals(vertices, model.part_faces["skin"])
    for side in (1, -1):
        hole, out = _lobe(model, vertices, normals, side)
        if jewellery.earrings == "stud":
            pieces.append(_stud(hole, out, size, jewellery))
        elif jewellery.earrings == "drop":
            pieces += _drop(hole, out, size, skin, jewellery)
        else:
            pieces.append(_metal(_hoop(hole, side, size, skin), jewellery))
    return join_pieces(pieces)


def build_nose_stud(model: HeadModel, vertices: Floats, jewellery: Jewellery) -> NoseStud | None:
    """Set a stud on the wing of the nose; None without a stud."""
    if jewellery.nose_stud == "none":
        return None
    points = model.landmark_points(vertices)
    wing, tip = points[35 if jewellery.nose_stud == "left" else 31], points[30]
    side = 1 if jewellery.nose_stud == "left" else -1
    # Over the groove of the wing, half way forward to the tip.
    wanted = wing + 0.35 * (tip - wing) + np.array([side * 0.008, 0.002, 0.003])
    nose = np.flatnonzero((model.regions["nose"] > 0.3) & (model.regions["nostrils"] < 0.1) & (side * vertices[:, 0] > 0.006))
    vertex = int(nose[np.linalg.norm(vertices[nose] - wanted, axis=1).argmin()])
    out = vertex_normals(vertices, model.part_faces["skin"])[vertex]
    return NoseStud(_stud(vertices[vertex], out, 0.0011 + 0.0005 * jewellery.size, jewellery), vertex)


def _lobe(model: HeadModel, vertices: Floats, normals: Floats, side: int) -> tuple[Floats, Floats]:
    """Return where a lobe is pierced, on its outer face, and the direction out there."""
    ear = np.flatnonzero((model.regions["ears"] > 0.5) & (side * vertices[:, 0] > 0.02))
    low = float(vertices[ear, 2].min()) + _HOLE_M
    outer = ear[(side * normals[ear, 0] > 0.25) & (np.abs(vertices[ear, 2] - low) < 0.005)]
    middle = vertices[outer].mean(0)
    near = outer[np.argsort(np.linalg.norm(vertices[outer] - middle, axis=1))[:4]]
    return vertices[near].mean(0), unit(normals[near].mean(0))


def _metal(mesh: Mesh, jewellery: Jewellery) -> Piece:
    return finish_piece(mesh, jewellery.metal, metal=1.0, rough=0.2)


def _stud(hole: Floats, out: Floats, radius: float, jewellery: Jewellery) -> Piece:
    """Build a ball or a set stone that lies on the skin."""
    return finish_piece(pellet(hole + 0.45 * radius * out, np.full(3, radius)), jewellery.stone, metal=0.0, rough=0.06)


def _hoop(hole: Floats, side: int, radius: float, skin: BodySurface) -> Mesh:
    """Build a ring through the lobe, turned towards the front as far as jaw and neck let it."""
    thick = 0.0007 + 0.025 * radius
    turn = np.linspace(0, 2 * np.pi, 48, endpoint=False)
    best, least = np.zeros((48, 3)), -np.inf
    for azimuth in _AZIMUTHS:
        away = np.array([side * np.cos(azimuth), -np.sin(azimuth), 0.0])
        middle = hole + np.array([side * 0.001, 0.0, -radius * 0.93])
        ring = middle + radius * (np.sin(turn)[:, None] * away + np.cos(turn)[:, None] * [0, 0, 1.0])
        free = float(skin.height(ring[10:39]).min())
        if free > least:
            best, least = ring, free
        if free > _CLEAR + thick:
            break
    lift = max(_CLEAR + thick - least, 0.0)
    # What is still too near swings outwards, the more the lower.
    return tube(best + np.array([side, 0, 0]) * lift * (0.5 - 0.5 * np.cos(turn))[:, None], thick, thick, closed=True)


def _drop(hole: Floats, out: Floats, length: float, skin: BodySurface, jewellery: Jewellery) -> list[Piece]:
    """Build a small ball on the lobe, a wire, and a pendant of stone."""
    start = hole + 0.0014 * out
    part = np.linspace(0, 1, 6)[:, None]
    wire = start + part * np.array([0, 0, -length])
    wide = 0.0022 + 0.05 * length
    free = float(skin.height(wire[1:]).min())
    wire = wire + np.maximum(wide + _CLEAR - free, 0.0) * part * np.array([np.sign(hole[0]), -0.3, 0.0])
    bead = pellet(wire[-1] - np.array([0, 0, 0.9 * wide]), np.array([wide, wide, 1.5 * wide]))
    return [
        _metal(pellet(start, np.full(3, 0.0014)), jewellery),
        _metal(tube(wire, 0.0005, 0.0005), jewellery),
        finish_piece(bead, jewellery.stone, metal=0.0, rough=0.08),
    ]
