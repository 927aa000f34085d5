"""What tests of hair and of worn things ask of geometry: which points lie in a body, before a part of a face, on the lips."""

from __future__ import annotations

import numpy as np
from scipy.spatial import cKDTree

from evenface.backends.cycles.hair.field import vertex_normals


def inside(model, head, points):
    """Depth below the skin of the points that lie in the body: zero outside, by the solid angle of all that surrounds them."""
    fine, quads = model.subdivide(head), model.part_faces_fine["skin"]
    normals = vertex_normals(fine, quads)
    used = np.unique(quads)
    apart, near = cKDTree(fine[used]).query(points)
    below = np.einsum("nx,nx->n", points - fine[used][near], normals[used][near]) < 0
    depth = np.zeros(len(points))
    rows = np.flatnonzero(below & (apart > 0.0015))
    corner = head[model.part_faces["skin"]].astype(float)
    triangles = np.concatenate([corner[:, [0, 1, 2]], corner[:, [0, 2, 3]]])
    for row in rows:
        a, b, c = np.moveaxis(triangles - points[row], 1, 0)
        la, lb, lc = (np.linalg.norm(e, axis=1) for e in (a, b, c))
        ab, bc, ca = (np.einsum("tx,tx->t", *pair) for pair in ((a, b), (b, c), (c, a)))
        angle = np.arctan2(np.einsum("tx,tx->t", a, np.cross(b, c)), la * lb * lc + ab * lc + bc * la + ca * lb)
        if angle.sum() > np.pi:
            depth[row] = apart[row]
    return depth


def sampled(mesh):
    """Points all over a mesh: corners, middles of edges, middles of faces."""
    corner = mesh.vertices[mesh.faces]
    return np.concatenate([corner.reshape(-1, 3), ((corner + np.roll(corner, 1, 1)) / 2).reshape(-1, 3), corner.mean(1)])


def sees(points, mesh, direction, spare=0.006):
    """For each point, whether a ray along ``direction`` (an axis and a sign) meets the mesh within ``spare`` of its line."""
    axis, sign = direction
    across = [k for k in range(3) if k != axis]
    dense = sampled(mesh)
    apart, near = cKDTree(dense[:, across]).query(points[:, across], k=80)
    beyond = (dense[near][..., axis] - points[:, None, axis]) * sign > 0
    return ((apart < spare) & beyond).any(1)


def turned(points, yaw_degrees):
    yaw = np.radians(yaw_degrees)
    turn = np.array([[np.cos(yaw), np.sin(yaw), 0], [-np.sin(yaw), np.cos(yaw), 0], [0, 0, 1]])
    return points @ turn.T


def hides(points, marks, spare=0.003):
    """Whether any of ``points`` lies before the box round ``marks``, seen along y."""
    low, high = marks.min(0) - spare, marks.max(0) + spare
    inside = (points[:, 0] > low[0]) & (points[:, 0] < high[0]) & (points[:, 2] > low[2]) & (points[:, 2] < high[2])
    return bool((inside & (points[:, 1] < marks[:, 1].mean())).any())


def hidden(points, marks, yaw_degrees):
    """The parts of a face, of 68 ``marks``, that lie behind ``points`` when the head is turned."""
    points, marks = turned(points, yaw_degrees), turned(marks, yaw_degrees)
    parts = {"right eye": marks[36:42], "left eye": marks[42:48], "mouth": marks[48:60], "nose": marks[27:36]}
    return [part for part, place in parts.items() if hides(points, place)]


def over_lips(points, marks):
    """Share of ``points`` that lie more than a little within the outline of the lips, seen from the front."""
    upper, lower = marks[48:55], marks[[54, 55, 56, 57, 58, 59, 48]]
    x, z = points[:, 0], points[:, 2]
    across = np.abs(x - upper[[0, -1], 0].mean()) < 0.35 * (upper[-1, 0] - upper[0, 0])
    edges = [np.interp(x, *line[np.argsort(line[:, 0])][:, [0, 2]].T) for line in (upper, lower)]
    return (across & (z < edges[0] - 0.003) & (z > edges[1] + 0.002)).mean()
