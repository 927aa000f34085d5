"""Facial hair: stubble, moustache, goatee, short and full beard.

In: the soft areas ``beard`` and ``moustache`` of the model. Out: strands that leave the lips free and move with the jaw.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from evenface.backends.cycles.hair.field import build_field
from evenface.backends.cycles.hair.skull import draw_roots
from evenface.backends.cycles.hair.strands import Floats, Strands, curl, frizz, taper, unit
from evenface.backends.cycles.head import HeadModel
from evenface.records import FacialHair
from evenface.rng import rng_for

__all__ = ["STYLES", "build_facial_hair"]


@dataclass(frozen=True, slots=True)
class Cut:
    """One kind of facial hair: where it grows, and how long it is (metres)."""

    strands: int
    points: int
    radius: float
    beard: float
    moustache: float
    """Lengths; 0 where it is shaven."""
    chin_only: bool = False


STYLES: dict[str, Cut] = {
    "stubble": Cut(15000, 3, 0.00008, 0.0016, 0.0018),
    "moustache": Cut(2600, 7, 0.00013, 0.0, 0.012),
    "goatee": Cut(3600, 7, 0.00014, 0.010, 0.010, chin_only=True),
    "short_beard": Cut(10000, 6, 0.00013, 0.0085, 0.0085),
    "full_beard": Cut(9500, 12, 0.00017, 0.032, 0.016),
}


def build_facial_hair(model: HeadModel, vertices: Floats, facial_hair: FacialHair) -> Strands | None:
    """Grow the facial hair of the record; None where there is none."""
    cut = STYLES.get(facial_hair.style)
    if cut is None:
        return None
    rng = rng_for(facial_hair.seed, "facial_hair")
    marks = model.landmark_points(vertices)
    upper, lower = _growth(model, vertices, cut, marks, with_lip=rng.random() < 0.75)
    weight = np.maximum(upper, lower)
    quads = model.part_faces["skin"]
    quads = quads[weight[quads].max(1) > 0.02]
    roots, start, normals = draw_roots(rng, vertices, quads, cut.strands, 1 + 1.6 * upper[quads].mean(1))
    at_lip = np.einsum("sc,sc->s", roots.weights, upper[roots.quads])
    share = np.maximum(at_lip, np.einsum("sc,sc->s", roots.weights, lower[roots.quads]))
    patchy = facial_hair.density * np.clip(1 + 0.35 * _blotches(rng, start), 0.2, 1.2)
    keep = rng.random(len(start)) < np.clip((share - 0.15) / 0.6, 0, 1) * np.clip(patchy, 0, 1)
    roots, start, normals, lip = roots.select(keep), start[keep], normals[keep], at_lip[keep] > 0.5
    length = facial_hair.length * np.where(lip, cut.moustache, cut.beard) * rng.uniform(0.6, 1.1, len(start))
    # Towards its borders a beard is shorter.
    length *= 0.4 + 0.6 * np.clip(share[keep], 0, 1)
    points = _fall(rng, cut, start, normals, length, marks)
    if cut.points > 8:
        points = build_field(vertices, model.part_faces["skin"]).clear(points, np.linspace(0, 0.002, cut.points)[None])
    points = _off_lips(points, marks)
    return Strands(points.astype(np.float32), taper(cut.points, len(points), cut.radius), "facial_hair", roots)


def _growth(model: HeadModel, vertices: Floats, cut: Cut, marks: Floats, *, with_lip: bool) -> tuple[Floats, Floats]:
    """Weights of every vertex above the lip and below it."""
    upper, lower = model.regions["moustache"].astype(float), model.regions["beard"].astype(float)
    if not cut.beard:
        lower = lower * 0
    if cut.chin_only:
        width = 0.75 * np.abs(marks[54, 0] - marks[48, 0]) / 2
        corner = marks[[48, 54], 2].mean()
        reach = width * np.clip(1.25 - 6 * np.abs(vertices[:, 2] - corner), 0.9, 1.25)
        lower = lower * np.clip((reach - np.abs(vertices[:, 0])) / 0.006 + 0.5, 0, 1)
        if not with_lip:
            upper = upper * 0
    return upper, lower


def _blotches(rng: np.random.Generator, points: Floats) -> Floats:
    """Smooth noise over the face, about -1 to 1, some centimetres wide."""
    waves = rng.normal(0, 160, (6, 3))
    return np.asarray(np.sin(points @ waves.T + rng.uniform(0, 2 * np.pi, 6)).sum(1) / 2.4)


def _fall(rng: np.random.Generator, cut: Cut, start: Floats, normals: Floats, length: Floats, marks: Floats) -> Floats:
    """Hair that leaves the skin aslant and turns down; from the middle of the lip it parts to both sides."""
    count = cut.points
    aside = np.clip(start[:, :1] / 0.02, -1.0, 1.0)
    above = np.clip((start[:, 2] - marks[[48, 54], 2].mean()) / 0.006, 0, 1)[:, None]
    down = np.array([0.0, 0.0, -1.0]) + aside * np.array([1.0, 0.0, 0.0]) * (0.25 + 0.9 * above)
    along = down - np.einsum("sx,sx->s", down, normals)[:, None] * normals
    scatter = rng.normal(0, 0.22, start.shape)
    along = unit(along)
    first = unit(along + 0.55 * normals + scatter)
    last = unit(along + np.array([0.0, 0.0, -0.5]) - 0.1 * normals + scatter)
    turn = np.linspace(0, 1, count)[None, :, None]
    heading = unit(first[:, None] + (last - first)[:, None] * turn)
    steps = heading[:, :-1] * (length / (count - 1))[:, None, None]
    points = start[:, None] + np.concatenate([np.zeros((len(start), 1, 3)), np.cumsum(steps, 1)], 1)
    if count > 5:
        size = np.minimum(0.0012, 0.1 * length)
        points = curl(points, size, np.full(len(start), 0.012), rng.uniform(0, 6.28, len(start)), rise=0.4)
        points = frizz(points, np.minimum(0.0015, 0.12 * length), rng, rough=4)
    return np.asarray(points)


def _off_lips(points: Floats, marks: Floats) -> Floats:
    """End the hairs above the mouth at the edge of the upper lip, and keep all others from rising over the lower one."""
    order = np.argsort(marks[48:55, 0])
    line = marks[48:55][order]
    edge = np.interp(points[..., 0], line[:, 0], line[:, 2], left=-1.0, right=-1.0) + 0.0005
    root = points[:, :1, 2]
    over = np.where((points[:, :1, 2] > edge[:, :1]), np.clip((root - edge) / np.maximum(root - points[..., 2], 1e-6), 0, 1), 1)
    shrink = over.min(1)[:, None, None]
    return np.asarray(points[:, :1] + (points - points[:, :1]) * shrink)
