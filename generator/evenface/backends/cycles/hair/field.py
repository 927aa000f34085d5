"""Distance to the bust as a grid: lets thousands of hairs lie on a head, and not in it, at the cost of a few array look-ups.

The distance is positive outside; the field also gives the direction out, anywhere near the head.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.ndimage import label, map_coordinates
from scipy.spatial import cKDTree

from evenface.backends.cycles.hair.strands import Floats, Ints, unit

__all__ = ["Field", "add_shield", "build_field", "vertex_normals"]

_STEP = 0.010
_LOW = np.array([-0.20, -0.12, -0.30])
_COUNTS = (41, 39, 53)
_DOUBT = 0.012
"""Distance from the surface, metres, below which its normal alone separates inside from outside."""


@dataclass(frozen=True, slots=True)
class Field:
    """Signed distance sampled on a regular grid."""

    values: Floats
    slopes: Floats
    """(3, nx, ny, nz): the direction out of the head."""

    def distance(self, points: Floats) -> Floats:
        """Return metres outside the surface, negative inside; shape of ``points`` without its last axis."""
        return np.asarray(map_coordinates(self.values, _places(points), order=1, mode="nearest").reshape(points.shape[:-1]))

    def outward(self, points: Floats) -> Floats:
        """Return unit vectors away from the nearest surface."""
        places = _places(points)
        parts = [map_coordinates(slope, places, order=1, mode="nearest") for slope in self.slopes]
        return unit(np.stack(parts, -1).reshape(points.shape))

    def clear(self, points: Floats, margin: Floats | float, rounds: int = 2) -> Floats:
        """Move the points that are nearer than ``margin`` (broadcast) straight out to it; the roots (K = 0) stay."""
        out = points.copy()
        floor = np.broadcast_to(margin, points.shape[:-1])[:, 1:]
        for _ in range(rounds):
            short = floor - self.distance(out[:, 1:])
            low = short > 0
            moved = out[:, 1:][low]
            out[:, 1:][low] = moved + self.outward(moved) * short[low][:, None]
        return out

    def slide(self, points: Floats, margin: float) -> Floats:
        """Lay strands (S, K, 3) over the head: each point goes on from where the one before came to lie; the roots stay.

        A strand whose pattern runs through the head would come out of it anywhere.
        """
        out = points.copy()
        for step in range(1, points.shape[1]):
            out[:, step] = out[:, step - 1] + points[:, step] - points[:, step - 1]
            out[:, step - 1 : step + 1] = self.clear(out[:, step - 1 : step + 1], margin)
        return out


def _places(points: Floats) -> Floats:
    return np.asarray(((points.reshape(-1, 3) - _LOW) / _STEP).T)


def build_field(vertices: Floats, quads: Ints) -> Field:
    """Sample the distance to the surface of ``quads``."""
    used = np.unique(quads)
    normals = vertex_normals(vertices, quads)
    corners = vertices[quads]
    places = np.concatenate([vertices[used], corners.mean(1)])
    turned = unit(np.cross(corners[:, 2] - corners[:, 0], corners[:, 3] - corners[:, 1]))
    directions = np.concatenate([normals[used], turned])
    grid = _grid()
    tree = cKDTree(places)
    # Every second point first; the points between are asked for only where the surface is near.
    coarse = np.abs(_signed_distance(tree, places, directions, grid[::2, ::2, ::2]))
    values = map_coordinates(coarse, np.indices(_COUNTS).reshape(3, -1) / 2.0, order=1).reshape(_COUNTS)
    near = values < 2.2 * _STEP
    values[near] = _signed_distance(tree, places, directions, grid[near])
    return _with_slopes(_mend_signs(values))


def _mend_signs(values: Floats) -> Floats:
    """Give everything far from the surface the sign of the space that it is joined to.

    Before lids, nostrils and ears the nearest piece of skin may face the other way, and its normal is no guide.
    """
    spaces = label(np.abs(values) > _DOUBT)[0]
    outside = spaces == spaces[0, 0, -1]
    middle = tuple(np.round((np.array([0.0, 0.08, 0.03]) - _LOW) / _STEP).astype(int))
    inside = spaces == spaces[middle]
    return np.where(outside & (spaces > 0), np.abs(values), np.where(inside & (spaces > 0), -np.abs(values), values))


def add_shield(field: Field, front: float, behind: float, above: float, below: float) -> Field:
    """Return the field with the shield that keeps hair off the face; see ``_shield``."""
    return _with_slopes(np.minimum(field.values, _shield(_grid(), front, behind, above, below)))


def _with_slopes(values: Floats) -> Field:
    return Field(values.astype(np.float32), np.stack(np.gradient(values, _STEP)).astype(np.float32))


def _grid() -> Floats:
    axes = [low + _STEP * np.arange(count) for low, count in zip(_LOW, _COUNTS, strict=True)]
    return np.stack(np.meshgrid(*axes, indexing="ij"), -1)


def _signed_distance(tree: cKDTree, places: Floats, directions: Floats, points: Floats) -> Floats:
    flat = points.reshape(-1, 3)
    apart, near = tree.query(flat)
    plane = np.einsum("nx,nx->n", flat - places[near], directions[near])
    return np.asarray((np.sign(plane) * np.maximum(np.abs(plane), apart - 0.006)).reshape(points.shape[:-1]))


def _shield(points: Floats, front: float, behind: float, above: float, below: float) -> Floats:
    """Return the distance to the space in front of the face: before the plane y = ``behind``, under a slope that falls backwards.

    The slope begins at height ``above`` where y is ``front``, so that hair that slides off it comes to hang beside the face.
    """
    slope = (points[..., 2] - above + 0.84 * (points[..., 1] - front)) * 0.766
    return np.asarray(np.maximum(points[..., 1] - behind, np.maximum(slope, below - points[..., 2])))


def vertex_normals(vertices: Floats, quads: Ints) -> Floats:
    """Return area-weighted unit normals (V, 3); zero where no quad of ``quads`` touches."""
    corner = vertices[quads]
    turned = np.cross(corner[:, 2] - corner[:, 0], corner[:, 3] - corner[:, 1])
    totals = [np.bincount(quads.ravel(), np.repeat(turned[:, i], 4), len(vertices)) for i in range(3)]
    return unit(np.stack(totals, 1).astype(float))
