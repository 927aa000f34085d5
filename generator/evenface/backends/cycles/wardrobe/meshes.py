"""Meshes of what is worn: cutting and hemming of cloth; bars, rings and beads of hard things, and their finish."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.spatial import cKDTree

from evenface.backends.cycles.hair.field import vertex_normals
from evenface.backends.cycles.hair.strands import Floats, Ints, unit
from evenface.records import Rgb

__all__ = [
    "BodySurface",
    "Cloth",
    "Mesh",
    "Piece",
    "border",
    "compact",
    "cut",
    "finish_piece",
    "hem",
    "join_pieces",
    "merge",
    "pellet",
    "smooth_loop",
    "strip",
    "tube",
]


@dataclass(frozen=True, slots=True)
class Mesh:
    """A surface of quads (N, 3) float32 and (F, 4) int32, open where the cloth ends."""

    vertices: Floats
    faces: Ints


@dataclass(frozen=True, slots=True)
class Cloth:
    """A mesh of fabric, and where its threads lie: ``weave`` (V, 3) is across and along in metres, then the layer.

    The layer is 0 where the fabric has its own colour and 1 where it has the other one.
    """

    mesh: Mesh
    weave: Floats

    @classmethod
    def of(cls, mesh: Mesh, layer: Floats | None = None) -> Cloth:
        """Lay threads that run level and upright round the body."""
        x, y, z = mesh.vertices.T
        round_ = 0.16 * np.arctan2(x, 0.10 - y)
        return cls(mesh, np.stack([round_, z, np.zeros(len(x)) if layer is None else layer], 1).astype(np.float32))


class BodySurface:
    """The skin that cloth must stay off."""

    def __init__(self, vertices: Floats, quads: Ints) -> None:
        corners = vertices[quads]
        normals = vertex_normals(vertices, quads)
        used = np.unique(quads)
        self._places = np.concatenate([vertices[used], corners.mean(1)])
        self._normals = np.concatenate([normals[used], unit(normals[quads].mean(1))])
        self._tree = cKDTree(self._places)

    def height(self, points: Floats) -> Floats:
        """Return metres above the skin, negative below."""
        _, near = self._tree.query(points)
        return np.asarray(np.einsum("nx,nx->n", points - self._places[near], self._normals[near]))

    def clear(self, points: Floats, least: Floats | float, rounds: int = 3) -> Floats:
        """Lift the points that lie nearer than ``least`` out along the normal of the skin."""
        out = points.copy()
        for _ in range(rounds):
            _, near = self._tree.query(out)
            height = np.einsum("nx,nx->n", out - self._places[near], self._normals[near])
            out += np.maximum(least - height, 0)[:, None] * self._normals[near]
        return out


def cut(mesh: Mesh, side: Floats) -> Mesh:
    """Keep the part where ``side`` (N,) is positive; the edge is drawn to where it is zero."""
    inside = side > 0
    faces = mesh.faces[inside[mesh.faces].any(1)]
    edges = np.concatenate([faces[:, [k, (k + 1) % 4]] for k in range(4)])
    edges = np.concatenate([edges, edges[:, ::-1]])
    out, kept = edges[~inside[edges[:, 0]] & inside[edges[:, 1]]].T
    part = (side[out] / (side[out] - side[kept]))[:, None]
    crossing = mesh.vertices[out] + part * (mesh.vertices[kept] - mesh.vertices[out])
    count = np.bincount(out, minlength=len(side))
    moved = mesh.vertices.copy()
    total = np.stack([np.bincount(out, crossing[:, i], len(side)) for i in range(3)], 1)
    moved[count > 0] = total[count > 0] / count[count > 0, None]
    # A corner that has no kept neighbour lies diagonally opposite: such a quad is left out.
    lone = ~inside & (count == 0)
    return compact(moved, faces[~lone[faces].any(1)])


def compact(vertices: Floats, faces: Ints) -> Mesh:
    """Drop the vertices that no face uses."""
    used, flat = np.unique(faces, return_inverse=True)
    return Mesh(vertices[used].astype(np.float32), flat.reshape(faces.shape).astype(np.int32))


def border(faces: Ints) -> list[Ints]:
    """Return closed loops of vertex indices round the holes and edges, each in the direction of its faces."""
    edges = np.concatenate([faces[:, [k, (k + 1) % 4]] for k in range(4)]).astype(np.int64)
    edges = edges[edges[:, 0] != edges[:, 1]]
    count = int(faces.max()) + 1
    lone = ~np.isin(edges[:, 0] * count + edges[:, 1], edges[:, 1] * count + edges[:, 0])
    following = dict(edges[lone].tolist())
    loops = []
    while following:
        start = next(iter(following))
        loop, at = [start], following.pop(start)
        while at != start and at in following:
            loop.append(at)
            at = following.pop(at)
        loops.append(np.array(loop))
    return loops


def smooth_loop(points: Floats, rounds: int = 6) -> Floats:
    """Even out a closed line (L, 3); every second step grows it again, or it would shrink."""
    for _ in range(rounds):
        for step in (0.5, -0.52):
            points = points + step * (0.5 * (np.roll(points, 1, 0) + np.roll(points, -1, 0)) - points)
    return points


def strip(rows: Floats, closed: bool = True) -> Mesh:
    """Return quads between successive rows (R, L, 3), closed round or open."""
    count, length = rows.shape[:2]
    index = np.arange(count * length).reshape(count, length)
    if closed:
        index = np.concatenate([index, index[:, :1]], 1)
    quads = np.stack([index[:-1, :-1], index[:-1, 1:], index[1:, 1:], index[1:, :-1]], -1)
    return Mesh(rows.reshape(-1, 3).astype(np.float32), quads.reshape(-1, 4).astype(np.int32))


def hem(loop: Floats, outwards: Floats, width: Floats | float, thick: float) -> Mesh:
    """Roll a soft edge along a closed line: ``outwards`` (L, 3) are normals of the cloth there; ``width`` may vary (L,)."""
    width = np.reshape(width, (-1, 1))
    along = unit(np.roll(loop, -1, 0) - np.roll(loop, 1, 0))
    inwards = np.cross(outwards, along)
    profile = ((-1.0, 0.05), (-0.85, 0.75), (-0.45, 1.0), (-0.05, 0.8), (0.12, 0.1), (0.0, -0.5), (-0.3, -0.4))
    rows = [loop - width * a * inwards + thick * h * outwards for a, h in profile]
    return strip(np.stack(rows))


def merge(parts: list[Mesh]) -> Mesh:
    """Merge several meshes into one."""
    starts = np.cumsum([0] + [len(part.vertices) for part in parts[:-1]])
    return Mesh(
        np.concatenate([part.vertices for part in parts]).astype(np.float32),
        np.concatenate([part.faces + start for part, start in zip(parts, starts, strict=True)]).astype(np.int32),
    )


@dataclass(frozen=True, slots=True)
class Piece:
    """A mesh with colour (V, 3), linear, and finish (V, 3): metal, roughness, how mottled; each 0 to 1."""

    mesh: Mesh
    colour: Floats
    finish: Floats


def finish_piece(mesh: Mesh, colour: Rgb, *, metal: float, rough: float, mottled: float = 0.0) -> Piece:
    """Give a mesh the same finish all over."""
    count = len(mesh.vertices)
    return Piece(
        mesh,
        np.tile(np.array(colour, np.float32), (count, 1)),
        np.tile(np.array([metal, rough, mottled], np.float32), (count, 1)),
    )


def join_pieces(pieces: list[Piece]) -> Piece:
    """Join several pieces into one."""
    return Piece(
        merge([p.mesh for p in pieces]), np.concatenate([p.colour for p in pieces]), np.concatenate([p.finish for p in pieces])
    )


def tube(path: Floats, tall: Floats | float, thick: float, closed: bool = False, sides: int = 10) -> Mesh:
    """Build a bar along ``path`` (N, 3), ``tall`` and ``thick`` its half height and half thickness, metres."""
    along = unit(np.roll(path, -1, 0) - np.roll(path, 1, 0) if closed else np.gradient(path, axis=0))
    across = unit(np.cross(along, [0.0, 0.0, 1.0]) + 1e-9 * np.array([1.0, 0, 0]))
    if closed:
        # A ring is crossed at right angles to its own plane.
        across = np.broadcast_to(unit(np.cross(path[0] - path.mean(0), path[len(path) // 4] - path.mean(0))), path.shape)
    above = np.cross(across, along)
    turn = np.linspace(0, 2 * np.pi, sides, endpoint=False)
    high = np.broadcast_to(tall, len(path))[:, None, None] * above[:, None] * np.sin(turn)[:, None]
    rings = path[:, None] + high + thick * across[:, None] * np.cos(turn)[:, None]
    if closed:
        return strip(np.concatenate([rings, rings[:1]]))
    ends = np.broadcast_to(path[[0, -1], None], (2, sides, 3))
    return strip(np.concatenate([ends[:1], rings, ends[1:]]))


def pellet(middle: Floats, radii: Floats, sides: int = 12) -> Mesh:
    """Build an ellipsoid."""
    polar = np.linspace(0.02, np.pi - 0.02, 9)[:, None]
    turn = np.linspace(0, 2 * np.pi, sides, endpoint=False)[None]
    rows = np.stack(np.broadcast_arrays(np.sin(polar) * np.cos(turn), np.sin(polar) * np.sin(turn), np.cos(polar)), -1)
    return strip(middle + rows * radii)
