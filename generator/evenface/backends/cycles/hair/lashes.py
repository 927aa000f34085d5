"""Eyelashes, upper and lower, grown along the lash sheets of the mesh so that they blink with the lids."""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from evenface.backends.cycles.hair.strands import Floats, Ints, Roots, Strands, join, taper
from evenface.backends.cycles.head import HeadModel, eye_centres
from evenface.records import Eyes
from evenface.rng import rng_for

__all__ = ["build_lashes"]

_UPPER, _LOWER = 110, 55
"""Lashes of a full row."""
LENGTHS = (0.68, 0.62)
"""Of the upper and the lower row, against the sheets of the mesh, which are as long as lashes with mascara."""
RADII_M = (0.000050, 0.000028)
"""Of a lash at its root: a person's are a tenth of a millimetre thick at most."""


def build_lashes(model: HeadModel, vertices: Floats, eyes: Eyes) -> Strands:
    """Grow the lashes of both eyes."""
    centres = eye_centres(model, vertices)
    rows = []
    for part, centre in zip(("lashes_left", "lashes_right"), centres[np.argsort(-centres[:, 0])], strict=True):
        sheets = _sheets(model.part_faces[part].tobytes())
        heights = [vertices[sheet].mean((0, 1))[2] for sheet in sheets]
        for sheet in sheets:
            upper = vertices[sheet].mean((0, 1))[2] == max(heights)
            rows.append(_row(vertices, eyes, _outwards(sheet, vertices, centre), upper, f"{part} {upper}"))
    return join(rows)


def _row(vertices: Floats, eyes: Eyes, sheet: Ints, upper: bool, key: str) -> Strands:
    """Build one row of lashes on a sheet (columns along the lid, rows from the lid to the tips)."""
    rng = rng_for(eyes.seed, "lashes", key)
    full = _UPPER if upper else _LOWER
    number = max(12, int(full * eyes.lash_density))
    along = np.linspace(0.15, len(sheet) - 1.15, number) + rng.normal(0, 0.05, number)
    column = np.clip(along.astype(int), 0, len(sheet) - 2)
    rest = np.clip(along - column, 0, 1)
    weights = np.stack([1 - rest, rest, np.zeros(number), np.zeros(number)], 1)
    corners = [sheet[column, 0], sheet[column + 1, 0], sheet[column + 1, 1], sheet[column, 1]]
    roots = Roots(np.stack(corners, 1).astype(np.int64), weights)
    shape = vertices[sheet[column]] * (1 - rest)[:, None, None] + vertices[sheet[column + 1]] * rest[:, None, None]
    middle = 1 - 0.25 * np.abs(2 * along / (len(sheet) - 1) - 1) ** 2
    ratio = eyes.lash_length * LENGTHS[not upper] * middle * rng.uniform(0.7, 1.1, number)
    points = shape[:, :1] + (shape - shape[:, :1]) * ratio[:, None, None]
    # Lashes cross a little towards their tips.
    lean = rng.normal(0, 0.0005, (number, 1, 3)) * np.linspace(0, 1, sheet.shape[1])[None, :, None]
    points[:, 1:] += lean[:, 1:]
    # At the outer corner a deep-set lid looks backwards; its lashes still turn to the front.
    back = np.maximum(points[:, -1, 1] - points[:, 0, 1] + 0.0006, 0)[:, None]
    points[..., 1] -= back * np.linspace(0, 1, sheet.shape[1])[None] ** 1.5
    radius = RADII_M[not upper] * (0.8 + 0.35 * eyes.lash_density) * rng.uniform(0.8, 1.1, number)
    return Strands(points.astype(np.float32), taper(sheet.shape[1], number, radius, tip=0.25), "lashes", roots)


def _outwards(sheet: Ints, vertices: Floats, centre: Floats) -> Ints:
    """Return the sheet with its rows from the lid outwards."""
    apart = np.linalg.norm(vertices[sheet] - centre, axis=2).mean(0)
    return sheet if apart[0] < apart[-1] else sheet[:, ::-1]


@lru_cache(maxsize=4)
def _sheets(data: bytes) -> tuple[Ints, ...]:
    """Return the rectangular sheets that quads form, each as a grid of vertex indices (columns, rows) with columns the longer."""
    quads = np.frombuffer(data, np.int32).reshape(-1, 4).astype(np.int64)
    names, flat = np.unique(quads, return_inverse=True)
    quads = flat.reshape(quads.shape)
    beside: list[set[int]] = [set() for _ in names]
    for quad in quads.tolist():
        for a, b in zip(quad, quad[1:] + quad[:1], strict=True):
            beside[a].add(b)
            beside[b].add(a)
    left, sheets = set(range(len(names))), []
    while left:
        steps = _steps(beside, min(left))
        members = sorted(steps)
        left -= steps.keys()
        corners = [_steps(beside, v) for v in members if len(beside[v]) == 2]
        sheets.append(names[_grid(members, corners)])
    return tuple(sheets)


def _grid(members: list[int], corners: list[dict[int, int]]) -> Ints:
    """Return columns and rows from the numbers of steps to one corner and to the corner at the other end of its long side."""
    first = corners[0]
    start = next(v for v in members if first[v] == 0)
    spans = sorted(other[start] for other in corners)
    columns = spans[2]
    second = next(other for other in corners if other[start] == columns)
    grid = np.empty((columns + 1, spans[1] + 1), np.int64)
    for v in members:
        grid[(first[v] - second[v] + columns) // 2, (first[v] + second[v] - columns) // 2] = v
    return grid


def _steps(beside: list[set[int]], start: int) -> dict[int, int]:
    """Return the number of edges from ``start`` to every vertex that can be reached."""
    found, edge = {start: 0}, [start]
    while edge:
        edge = [b for a in edge for b in beside[a] if b not in found and found.setdefault(b, found[a] + 1)]
    return found
