"""Strands of hair as arrays: what every generator returns, and the small pure functions that shape them.

Nothing here depends on a head, a style or Blender.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["Floats", "Ints", "Roots", "Strands", "clump", "curl", "frames", "frizz", "join", "resample", "taper", "unit"]

Floats = NDArray[np.floating[Any]]
Ints = NDArray[np.integer[Any]]


@dataclass(frozen=True, slots=True)
class Roots:
    """Places on quads where strands grow."""

    quads: Ints
    """(S, 4) vertex indices of the quad under each root."""
    weights: Floats
    """(S, 4) bilinear weights, adding up to one."""

    def points(self, vertices: Floats) -> Floats:
        """Return the places of the roots on ``vertices``: (S, 3)."""
        return np.asarray(np.einsum("sc,scx->sx", self.weights, vertices[self.quads]))

    def select(self, chosen: NDArray[np.bool_] | Ints) -> Roots:
        """Return the roots picked out by a mask or by indices."""
        return Roots(self.quads[chosen], self.weights[chosen])

    def frames(self, vertices: Floats) -> Floats:
        """Return right-handed axes (S, 3, 3) of the quads: two along the surface and the normal."""
        corner = vertices[self.quads]
        along = unit(corner[:, 1] + corner[:, 2] - corner[:, 0] - corner[:, 3])
        across = corner[:, 2] + corner[:, 3] - corner[:, 0] - corner[:, 1]
        normal = unit(np.cross(along, across))
        return np.stack([along, np.cross(normal, along), normal], 1)


@dataclass(frozen=True, slots=True)
class Strands:
    """Curves of one kind with their roots."""

    points: Floats
    """(S, K, 3) metres, root first."""
    radii: Floats
    """(S, K) or (S, 1) metres."""
    kind: str
    """``hair``, ``brows``, ``lashes`` or ``facial_hair``."""
    roots: Roots

    def __len__(self) -> int:
        return len(self.points)

    def follow(self, old: Floats, new: Floats) -> Strands:
        """Move the strands with their surface: each goes rigidly with the quad under its root."""
        start, end = self.roots.points(old), self.roots.points(new)
        turn = np.einsum("sax,say->sxy", self.roots.frames(new), self.roots.frames(old))
        points = np.einsum("sxy,sky->skx", turn, self.points - start[:, None]) + end[:, None]
        return replace(self, points=points.astype(np.float32))


def join(parts: list[Strands]) -> Strands:
    """Join strands of one kind, of any number of points each; the shorter ones are resampled."""
    count = max(part.points.shape[1] for part in parts)
    return Strands(
        np.concatenate([resample(part.points, count) for part in parts]),
        np.concatenate([_stretch(part.radii, count) for part in parts]),
        parts[0].kind,
        Roots(np.concatenate([p.roots.quads for p in parts]), np.concatenate([p.roots.weights for p in parts])),
    )


def _stretch(radii: Floats, count: int) -> Floats:
    if radii.shape[1] == 1:
        return np.repeat(radii, count, 1)
    return resample(radii[..., None], count)[..., 0]


def unit(vectors: Floats) -> Floats:
    """Scale vectors to length one along the last axis; a zero vector stays zero."""
    length = np.sqrt(np.einsum("...x,...x->...", vectors, vectors))[..., None]
    return np.asarray(vectors / np.maximum(length, 1e-12))


def resample(points: Floats, count: int) -> Floats:
    """Resample (S, K, C) to (S, count, C), linear in the index."""
    if points.shape[1] == count:
        return points
    place = np.linspace(0, points.shape[1] - 1, count)
    low = np.minimum(place.astype(int), points.shape[1] - 2)
    rest = (place - low)[None, :, None].astype(points.dtype)
    return np.asarray(points[:, low] * (1 - rest) + points[:, low + 1] * rest)


def frames(points: Floats) -> tuple[Floats, Floats, Floats]:
    """Return the tangent and two directions across it for every point (S, K, 3); no sudden turns on strands that mostly fall."""
    tangent = unit(np.gradient(points, axis=1))
    chord = unit(points[:, -1] - points[:, 0])
    reference = np.cross(chord, np.where(np.abs(chord[:, 1:2]) > 0.8, [[1.0, 0.0, 0.0]], [[0.0, 1.0, 0.0]]))
    first = unit(np.cross(np.broadcast_to(reference[:, None], tangent.shape), tangent))
    return tangent, first, np.cross(tangent, first)


def curl(points: Floats, radius: Floats, pitch: Floats, phase: Floats, rise: float = 0.2) -> Floats:
    """Wind each strand round itself: a helix of ``radius`` (S,) and ``pitch`` (S,) that opens over the first part ``rise``."""
    step = np.linalg.norm(np.diff(points, axis=1), axis=2)
    length = np.concatenate([np.zeros((len(points), 1)), np.cumsum(step, 1)], 1)
    angle = 2 * np.pi * length / pitch[:, None] + phase[:, None]
    open_ = np.clip(np.linspace(0, 1, points.shape[1]) / rise, 0, 1)[None] * radius[:, None]
    _, first, second = frames(points)
    offset = (np.cos(angle) - np.cos(phase)[:, None]) * open_, (np.sin(angle) - np.sin(phase)[:, None]) * open_
    return np.asarray(points + offset[0][..., None] * first + offset[1][..., None] * second)


def clump(points: Floats, centre: Ints, amount: Floats, shape: float = 1.5) -> Floats:
    """Draw each strand towards the strand number ``centre`` (S,), more at the tip, by ``amount`` (S,) of 0 to 1."""
    pull = amount[:, None] * np.linspace(0, 1, points.shape[1])[None] ** shape
    return np.asarray(points + pull[..., None] * (points[centre] - points))


def frizz(points: Floats, amount: Floats, rng: np.random.Generator, rough: int = 5) -> Floats:
    """Wander off the line by smooth noise of ``amount`` (S,) metres at the tip, drawn at ``rough`` places a strand."""
    noise = rng.standard_normal((len(points), rough, 3)).astype(np.float32)
    noise[:, 0] = 0
    grow = np.linspace(0, 1, points.shape[1])[None, :, None]
    return np.asarray(points + resample(noise, points.shape[1]) * grow * amount[:, None, None])


def taper(count: int, number: int, radius: Floats | float, tip: float = 0.35) -> Floats:
    """Return radii (number, count): full for two thirds of the strand, then down to ``tip`` of it."""
    fall = np.interp(np.linspace(0, 1, count), [0, 0.65, 1], [1, 1, tip])
    return np.asarray(np.broadcast_to(np.reshape(radius, (-1, 1)), (number, 1)) * fall, np.float32)
