"""One Catmull-Clark step of a fixed mesh of quads, worked out once as the rows of a sparse matrix and the fine quads."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from evenface.backends.cycles.head.model import Floats, Indices

__all__ = ["catmull_clark", "edges_of", "split_uv"]


def edges_of(faces: Indices) -> tuple[Indices, Indices]:
    """Return the unique edges ``(E, 2)`` and, for each face, the index of the edge that follows each corner ``(F, 4)``."""
    pairs = np.stack([faces, np.roll(faces, -1, axis=1)], axis=2)
    pairs = np.sort(pairs.reshape(-1, 2), axis=1)
    edges, inverse = np.unique(pairs, axis=0, return_inverse=True)
    return edges.astype(np.int32), inverse.reshape(faces.shape).astype(np.int32)


def split_uv(uv: Floats) -> Floats:
    """Split texture coordinates of quad corners the way ``catmull_clark`` splits the quads (linearly)."""
    centre = uv.mean(axis=1, keepdims=True)
    after = (uv + np.roll(uv, -1, axis=1)) / 2
    before = np.roll(after, 1, axis=1)
    quads = np.stack([uv, after, np.broadcast_to(centre, uv.shape), before], axis=2)
    return np.asarray(quads.reshape(-1, 4, 2), np.float32)


def catmull_clark(faces: Indices, count: int) -> dict[str, NDArray[np.generic]]:
    """Return fine quads and the matrix in rows (columns, weights, row starts) for ``count`` vertices.

    Borders become smooth curves of their own; the rule for a border vertex is 1/8, 3/4, 1/8 along the border.
    """
    edges, face_edges = edges_of(faces)
    uses = np.bincount(face_edges.ravel(), minlength=len(edges))
    inner = uses == 2
    quarter = np.full((len(faces), 4), 0.25)
    face_rows = _Rows(np.repeat(np.arange(len(faces)), 4), faces.ravel(), quarter.ravel())
    edge_rows = _edge_points(faces, edges, face_edges, inner)
    vertex_rows = _vertex_points(faces, edges, inner, count)
    offsets = (0, count, count + len(edges))
    joined = [rows.shifted(offset) for rows, offset in zip((vertex_rows, edge_rows, face_rows), offsets, strict=True)]
    total = count + len(edges) + len(faces)
    corner, after = faces, face_edges + count
    before = np.roll(after, 1, axis=1)
    centre = np.broadcast_to(np.arange(len(faces))[:, None] + count + len(edges), faces.shape)
    fine = np.stack([corner, after, centre, before], axis=2).reshape(-1, 4)
    return {"faces_fine": fine.astype(np.int32), **_pack(joined, count, total)}


class _Rows:
    """Entries of a sparse matrix: row, column, value."""

    def __init__(self, row: NDArray[np.generic], column: NDArray[np.generic], value: NDArray[np.float64]) -> None:
        self.row = np.asarray(row, np.int64)
        self.column = np.asarray(column, np.int64)
        self.value = value

    def shifted(self, offset: int) -> _Rows:
        return _Rows(self.row + offset, self.column, self.value)

    def __add__(self, other: _Rows) -> _Rows:
        return _Rows(
            np.concatenate([self.row, other.row]),
            np.concatenate([self.column, other.column]),
            np.concatenate([self.value, other.value]),
        )


def _edge_points(faces: Indices, edges: Indices, face_edges: Indices, inner: NDArray[np.bool_]) -> _Rows:
    """Inner edge: a quarter of both ends and of both faces' centres. Border: the middle."""
    ends = np.where(inner, 0.25, 0.5)
    rows = _Rows(np.repeat(np.arange(len(edges)), 2), edges.ravel(), np.repeat(ends, 2))
    edge = np.repeat(face_edges.ravel(), 4)
    corners = np.repeat(faces, 4, axis=0).ravel()
    keep = inner[edge]
    return rows + _Rows(edge[keep], corners[keep], np.full(int(keep.sum()), 0.0625))


def _vertex_points(faces: Indices, edges: Indices, inner: NDArray[np.bool_], count: int) -> _Rows:
    border_ends = edges[~inner]
    border = np.zeros(count, bool)
    border[border_ends] = True
    on_border = np.bincount(border_ends.ravel(), minlength=count)
    valence = np.bincount(faces.ravel(), minlength=count)
    vertices = np.arange(count)
    # A vertex where two borders meet (or without a face) stays where it is.
    fixed = (border & (on_border != 2)) | (valence == 0)
    smooth = ~border & ~fixed
    n = np.maximum(valence, 1)
    own = np.where(fixed, 1.0, np.where(border, 0.75, (n - 3) / n))
    rows = _Rows(vertices, vertices, own)
    a, b = border_ends[:, 0], border_ends[:, 1]
    both = np.concatenate([a, b]), np.concatenate([b, a])
    keep = ~fixed[both[0]]
    rows = rows + _Rows(both[0][keep], both[1][keep], np.full(int(keep.sum()), 0.125))
    # (face centres + 2 edge middles) / n^2, for smooth vertices
    row, column = np.repeat(faces, 4, axis=1).ravel(), np.tile(faces, (1, 4)).ravel()
    keep = smooth[row]
    rows = rows + _Rows(row[keep], column[keep], 0.25 / n[row[keep]] ** 2)
    ends = np.concatenate([edges, edges[:, ::-1]])
    for column in (ends[:, 0], ends[:, 1]):
        keep = smooth[ends[:, 0]]
        rows = rows + _Rows(ends[keep, 0], column[keep], 1.0 / n[ends[keep, 0]] ** 2)
    return rows


def _pack(parts: list[_Rows], columns: int, total: int) -> dict[str, NDArray[np.generic]]:
    rows = parts[0] + parts[1] + parts[2]
    keys, inverse = np.unique(rows.row * columns + rows.column, return_inverse=True)
    values = np.bincount(inverse, weights=rows.value)
    row = keys // columns
    return {
        "fine_columns": (keys % columns).astype(np.int32),
        "fine_weights": values.astype(np.float32),
        "fine_starts": np.searchsorted(row, np.arange(total)).astype(np.int32),
    }
