"""Facial hair: shadow, stubble, moustaches and beards.

Strands grow in the soft areas ``beard`` and ``moustache`` of the model, narrowed to the outline of the style, which is drawn from
the landmarks of the face. They leave the lips free and move with the jaw. ``beard_shade`` is the shade of their roots.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from scipy.spatial import cKDTree

from evenface.backends.cycles.hair.dye import root_darkness
from evenface.backends.cycles.hair.field import build_field
from evenface.backends.cycles.hair.scalp import draw_roots
from evenface.backends.cycles.hair.strands import Floats, Strands, curl, frizz, taper, unit
from evenface.backends.cycles.head import HeadModel
from evenface.processor import product
from evenface.records import FacialHair, Hair
from evenface.rng import rng_for

__all__ = ["STYLES", "beard_shade", "build_facial_hair", "growth"]


@dataclass(frozen=True, slots=True)
class BeardCut:
    """One kind of facial hair: where it grows, how many strands of how many points, and how long they are (metres)."""

    area: str
    strands: int
    points: int
    radius: float
    beard: float
    moustache: float
    shade: float
    """How dark the skin between the hairs is, 0 to 1."""
    swept: float = 0.0
    """How far the hairs of the lip are combed to its corners, and up there: 0 to 1."""


STYLES: dict[str, BeardCut] = {
    "shadow": BeardCut("full", 11000, 3, 0.00006, 0.0007, 0.0008, 0.45),
    "stubble": BeardCut("full", 14000, 3, 0.00008, 0.0018, 0.0020, 0.60),
    "moustache": BeardCut("lip", 2400, 7, 0.00012, 0.0, 0.010, 0.75),
    "pencil_moustache": BeardCut("pencil", 1600, 5, 0.00009, 0.0, 0.0038, 0.75),
    "handlebar": BeardCut("lip", 2600, 12, 0.00013, 0.0, 0.021, 0.70, swept=1.0),
    "horseshoe_moustache": BeardCut("horseshoe", 4200, 7, 0.00012, 0.008, 0.010, 0.75),
    "walrus": BeardCut("walrus", 3000, 9, 0.00014, 0.014, 0.017, 0.75),
    "soul_patch": BeardCut("soul", 1800, 6, 0.00010, 0.007, 0.0, 0.75),
    "goatee": BeardCut("chin", 3400, 7, 0.00013, 0.011, 0.008, 0.75),
    "circle_beard": BeardCut("circle", 4600, 6, 0.00012, 0.008, 0.008, 0.80),
    "anchor": BeardCut("anchor", 5000, 6, 0.00012, 0.007, 0.006, 0.75),
    "chin_strap": BeardCut("strap", 7000, 5, 0.00011, 0.005, 0.004, 0.75),
    "short_beard": BeardCut("full", 9500, 6, 0.00012, 0.0085, 0.0080, 0.85),
    "full_beard": BeardCut("full", 9000, 11, 0.00016, 0.030, 0.014, 0.90),
    "long_beard": BeardCut("full", 7500, 15, 0.00020, 0.075, 0.020, 0.90),
}


def build_facial_hair(model: HeadModel, vertices: Floats, facial_hair: FacialHair) -> Strands | None:
    """Grow the facial hair of the record; None where there is none."""
    cut = STYLES.get(facial_hair.style)
    if cut is None:
        return None
    rng = rng_for(facial_hair.seed, "facial_hair")
    marks = model.landmark_points(vertices)
    quads = _quads(model, vertices, cut, marks, facial_hair)
    lip = model.regions["moustache"][quads].mean(1)
    roots, start, normals = draw_roots(rng, vertices, quads, cut.strands, 1 + 1.6 * lip)
    lower, upper = (
        np.einsum("sc,sc->s", roots.weights, model.regions[name].astype(float)[roots.quads]) for name in ("beard", "moustache")
    )
    # No hair keeps exactly to an outline.
    about = start + rng.normal(0, 0.0012, start.shape)
    lower, upper = growth(cut.area, marks, about, lower, upper, facial_hair)
    share = np.maximum(lower, upper)
    patchy = facial_hair.density * np.clip(1 + 1.1 * facial_hair.patchiness * _blotches(rng, start), 0.05, 1.2)
    keep = rng.random(len(start)) < np.clip((share - 0.08) / 0.7, 0, 1) * np.clip(patchy, 0, 1)
    roots, start, normals, above = roots.select(keep), start[keep], normals[keep], upper[keep] > lower[keep]
    length = facial_hair.length * np.where(above, cut.moustache, cut.beard) * rng.uniform(0.6, 1.1, len(start))
    # Towards its borders a beard is shorter, and so it is beside the chin.
    length *= 0.35 + 0.65 * np.clip(share[keep], 0, 1)
    if cut.beard > 0.02:
        length *= np.where(above, 1.0, np.interp(np.abs(start[:, 0]), (0.015, 0.060), (1.0, 0.42)))
    points = _fall(rng, cut, start, normals, length, marks, above.astype(float))
    if cut.points > 8:
        points = build_field(vertices, model.part_faces["skin"]).clear(points, np.linspace(0, 0.002, cut.points)[None])
    points = _off_lips(points, marks)
    radius = cut.radius * (0.6 + 0.4 * np.clip(share[keep], 0, 1)) * rng.uniform(0.8, 1.2, len(start))
    return Strands(points.astype(np.float32), taper(cut.points, len(points), radius), "facial_hair", roots)


def _quads(
    model: HeadModel, vertices: Floats, cut: BeardCut, marks: Floats, facial_hair: FacialHair
) -> np.ndarray[tuple[int, int], np.dtype[np.int32]]:
    """Return quads of the skin that the outline of the style touches."""
    quads = model.part_faces["skin"]
    natural = np.maximum(model.regions["beard"], model.regions["moustache"])
    quads = quads[natural[quads].max(1) > 0.02]
    corners = vertices[quads].astype(float)
    places = np.concatenate([corners, (corners + np.roll(corners, 1, 1)) / 2, corners.mean(1, keepdims=True)], 1)
    lower, upper = (np.repeat(model.regions[name][quads].max(1), places.shape[1]) for name in ("beard", "moustache"))
    shares = growth(cut.area, marks, places.reshape(-1, 3), lower, upper, facial_hair)
    return np.asarray(quads[np.maximum(*shares).reshape(places.shape[:2]).max(1) > 0.02])


def beard_shade(model: HeadModel, vertices: Floats, facial_hair: FacialHair, hair: Hair, at: Floats) -> Floats:
    """Return how far roots darken the skin of the lower face, 0 to 1, at the fine vertices ``at`` of the neutral head."""
    cut = STYLES.get(facial_hair.style)
    shade = np.zeros(len(at), np.float32)
    if cut is None:
        return shade
    region = model.regions_fine
    rows = np.flatnonzero(np.maximum(region["beard"], region["moustache"]) > 0.02)
    lower, upper = (region[name][rows].astype(float) for name in ("beard", "moustache"))
    marks = model.landmark_points(vertices)
    share = np.maximum(*growth(cut.area, marks, at[rows].astype(float), lower, upper, facial_hair))
    rng = rng_for(facial_hair.seed, "beard shade")
    patchy = np.clip(1 + 0.5 * facial_hair.patchiness * _blotches(rng, at[rows].astype(float)), 0.3, 1.2)
    dark = root_darkness(max(hair.melanin, 0.25), min(1.0, hair.grey * facial_hair.greying))
    shade[rows] = np.clip(cut.shade * dark * facial_hair.density * share * patchy, 0, 1)
    return shade


def _blotches(rng: np.random.Generator, points: Floats) -> Floats:
    """Return smooth noise over the face, about -1 to 1, some centimetres wide."""
    waves = rng.normal(0, 160, (6, 3))
    return np.asarray(np.sin(product(points, waves.T) + rng.uniform(0, 2 * np.pi, 6)).sum(1) / 2.4)


def _fall(
    rng: np.random.Generator, cut: BeardCut, start: Floats, normals: Floats, length: Floats, marks: Floats, above: Floats
) -> Floats:
    """Grow hair that leaves the skin aslant and turns down; from the middle of the lip it parts to both sides."""
    count = cut.points
    aside = np.clip(start[:, :1] / 0.02, -1.0, 1.0)
    lip = np.clip((start[:, 2] - marks[[48, 54], 2].mean()) / 0.006, 0, 1)[:, None] * above[:, None]
    out = np.sign(start[:, :1]) * cut.swept * lip
    down = np.array([0.0, 0.0, -1.0]) + (aside * (0.25 + 0.9 * lip) + 3.0 * out) * np.array([1.0, 0.0, 0.0])
    along = down - np.einsum("sx,sx->s", down, normals)[:, None] * normals
    scatter = rng.normal(0, 0.22, start.shape)
    along = unit(along)
    first = unit(along + 0.55 * normals + scatter)
    last = unit(along + np.array([0.0, 0.0, -0.5]) - 0.1 * normals + scatter)
    last = unit(last + cut.swept * lip * np.array([0.0, 0.3, 1.6]))
    turn = np.linspace(0, 1, count)[None, :, None]
    heading = unit(first[:, None] + (last - first)[:, None] * turn)
    steps = heading[:, :-1] * (length / (count - 1))[:, None, None]
    points = start[:, None] + np.concatenate([np.zeros((len(start), 1, 3)), np.cumsum(steps, 1)], 1)
    if count > 5:
        size = np.minimum(0.0012, 0.1 * length) * (1 - 0.8 * cut.swept)
        points = curl(points, size, np.full(len(start), 0.012), rng.uniform(0, 6.28, len(start)), rise=0.4)
        points = frizz(points, np.minimum(0.0015, 0.12 * length) * (1 - 0.6 * cut.swept), rng, rough=4)
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


@dataclass(frozen=True, slots=True)
class _Face:
    """Places seen from the frame of one mouth and jaw; metres."""

    side: Floats
    z: Floats
    mouth: float
    """Half the breadth of the mouth."""
    corner: float
    """Height of its corners."""
    upper_lip: Floats
    """Height over the edge of the upper lip."""
    lower_lip: float
    chin: float
    jaw: Floats
    """Distance to the line of the jaw."""
    edge: float
    """Breadth over which hair thins out at a border."""

    def within(self, value: Floats, low: float, high: float) -> Floats:
        """Return 1 between the bounds, 0 beyond them, soft at the border."""
        rise, fall = (value - low) / self.edge + 0.5, (high - value) / self.edge + 0.5
        return np.asarray(np.clip(rise, 0, 1) * np.clip(fall, 0, 1))


def growth(area: str, marks: Floats, points: Floats, lower: Floats, upper: Floats, record: FacialHair) -> tuple[Floats, Floats]:
    """Narrow what grows below the lip (``lower``) and above it (``upper``) at ``points`` (N, 3) to the outline of ``area``."""
    face = _face(marks, points, record)
    natural = lower * _cheek(face, marks, record) * _throat(face, marks, record)
    narrow = face.mouth * (0.45 + 0.25 * (record.cheek_line + 1) / 2)
    chin = face.within(face.side + 0.4 * np.maximum(face.lower_lip - 0.012 - face.z, 0), -1, narrow) * face.within(
        face.z, -1, face.lower_lip - 0.001
    )
    soul = face.within(face.side, -1, 0.0065) * face.within(face.z, face.lower_lip - 0.016, face.lower_lip)
    beside = face.within(face.side, face.mouth - 0.003, face.mouth + 0.0075)
    bars = beside * face.within(face.z, face.chin + 0.004, face.corner + 0.008)
    if area == "full":
        return natural, upper
    if area == "lip":
        return 0 * lower, upper
    if area == "pencil":
        return 0 * lower, upper * face.within(face.upper_lip, -0.001, 0.0042)
    if area == "walrus":
        return lower * beside * face.within(face.z, face.corner - 0.010, 0.1), upper
    if area == "horseshoe":
        return lower * bars, upper
    if area == "soul":
        return lower * soul, 0 * upper
    if area == "chin":
        return lower * chin, upper * (record.seed % 2)
    if area == "circle":
        ring = face.within(face.side, -1, face.mouth + 0.006) * face.within(face.z, -1, face.corner + 0.008)
        return lower * ring, upper
    strip = face.within(face.jaw, -1, 0.0065 + 0.003 * record.cheek_line)
    if area == "anchor":
        along = strip * face.within(face.side, -1, 0.043)
        return lower * np.maximum.reduce([along, 0.9 * soul, face.within(face.side, -1, 0.010) * chin]), upper
    burns = face.within(face.side, 0.062, 1) * face.within(face.z, face.corner - 0.01, 1)
    return lower * np.maximum(strip, burns), upper * (record.seed % 2)


def _face(marks: Floats, points: Floats, record: FacialHair) -> _Face:
    order = np.argsort(marks[48:55, 0])
    lip = marks[48:55][order]
    line = np.concatenate([np.linspace(a, b, 12) for a, b in pairwise(marks[:17])])
    return _Face(
        side=np.abs(points[:, 0]),
        z=points[:, 2],
        mouth=float(np.abs(marks[54, 0] - marks[48, 0]) / 2),
        corner=float(marks[[48, 54], 2].mean()),
        upper_lip=points[:, 2] - np.interp(points[:, 0], lip[:, 0], lip[:, 2]),
        lower_lip=float(marks[57, 2]),
        chin=float(marks[8, 2]),
        jaw=cKDTree(line).query(points)[0],
        edge=0.0020 + 0.0065 * (1 - record.crispness),
    )


def _cheek(face: _Face, marks: Floats, record: FacialHair) -> Floats:
    """Return 1 below a line that sags from the ear to the corner of the mouth, 0 above."""
    ear = np.abs(marks[[1, 15], 0]).mean()
    start = face.mouth + 0.004
    t = np.clip((face.side - start) / max(ear - start, 0.01), 0, 1)
    high = face.corner + 0.004 + (marks[[0, 16], 2].mean() + 0.004 - face.corner) * t**1.5
    line = high - (0.004 + 0.009 * (1 - record.cheek_line)) * np.sin(np.pi * np.clip(t, 0, 1))
    return np.asarray(np.clip((line - face.z) / (1.6 * face.edge) + 0.5, 0, 1))


def _throat(face: _Face, marks: Floats, record: FacialHair) -> Floats:
    """Return 1 down to a line under the jaw, 0 below."""
    order = np.argsort(np.abs(marks[:17, 0]))
    jaw = np.interp(face.side, np.abs(marks[:17, 0])[order], marks[:17, 2][order])
    deep = 0.006 + 0.014 * (1 - record.neck_line)
    return np.asarray(np.clip((deep - (jaw - face.z)) / (1.6 * face.edge) + 0.5, 0, 1))
