"""Where things are on a face: the mean head unrolled round a vertical axis; pure numpy.

A vertex keeps its place on this map whatever shape the person's head has, so a fold that is drawn beside the mean mouth lies
beside every mouth. Places are millimetres and soft areas, per fine vertex and per texel of the front of the face. The areas are
those of the head model and others, which are functions of places on the mean head.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from evenface.backends.cycles.head import HeadModel
from evenface.backends.cycles.head.rise import rise

__all__ = ["SIZE", "TEXEL_HIGH_MM", "Area", "FaceMap", "build_face_map", "enlarge"]

Floats = NDArray[np.float32]

SIZE = 640
"""Texels along a side: 0.4 mm on the face, finer than a pixel of a picture of 512."""
COARSE = 160
"""Texels of the fields that are worked out once and enlarged."""
AXIS_M = 0.075
"""How far behind the middle of the eyes the axis stands."""
SWEEP_DEGREES = 74.0
LOW_M, HIGH_M = -0.135, 0.080
TEXEL_HIGH_MM = (HIGH_M - LOW_M) * 1000 / SIZE


@dataclass(frozen=True, slots=True)
class FaceMap:
    """One head model's map.

    Attributes:
        place: Texture coordinates of every fine vertex ``(V, 3)``; what lies outside the map is held at its edge.
        areas: Soft areas by name at every fine vertex.
        mean_mm: Fine vertices of the mean head ``(V, 3)``, millimetres.
        x_mm, z_mm: Across and up, of every texel ``(SIZE, SIZE)``, first row lowest.
        texel_mm: Breadth of a texel ``(SIZE, SIZE)``; its height is ``TEXEL_HIGH_MM``.
        texels: The areas at every texel.
        marks_mm: The 68 landmarks of the mean head ``(68, 3)``.
        inside: 0 at the rim of the map, where every painting ends, 1 inside it.
    """

    place: Floats
    areas: dict[Area, Floats]
    mean_mm: Floats
    x_mm: Floats
    z_mm: Floats
    texel_mm: Floats
    texels: dict[Area, Floats]
    marks_mm: Floats
    inside: Floats

    def at_vertices(self, field: Floats) -> Floats:
        """Return the texels ``(SIZE, SIZE)`` under the fine vertices, the nearest of each."""
        rows, columns = np.minimum((self.place[:, 1::-1] * SIZE).astype(int), SIZE - 1).T
        return np.asarray(field[rows, columns], np.float32)


def build_face_map(model: HeadModel) -> FaceMap:
    """Return the map of a head model; half a second of work, so made once a process."""
    base = model.floats("corners")[:, 0, 1].mean(axis=0)
    middle = (base[model.parts["eye_left"]].mean(axis=0) + base[model.parts["eye_right"]].mean(axis=0)) / 2
    mean = model.subdivide(base - middle)
    turn = np.degrees(np.arctan2(mean[:, 0], AXIS_M - mean[:, 1]))
    place = np.stack([0.5 + turn / (2 * SWEEP_DEGREES), (mean[:, 2] - LOW_M) / (HIGH_M - LOW_M), 0 * turn], axis=1)
    place = np.clip(place, 0.5 / SIZE, 1 - 0.5 / SIZE).astype(np.float32)
    areas = _areas_at(mean * 1000, model.regions_fine)
    outer = _outer(model, mean)
    fields = np.stack([mean[:, 0], np.hypot(mean[:, 0], AXIS_M - mean[:, 1]), *areas.values()], axis=1)
    across, radius, *weights = _unroll(turn[outer], mean[outer, 2], fields[outer])
    rim = np.clip(np.minimum(np.arange(SIZE), np.arange(SIZE)[::-1]) / 24.0, 0, 1)
    up = (LOW_M + (HIGH_M - LOW_M) * (np.arange(SIZE) + 0.5) / SIZE) * 1000
    return FaceMap(
        place,
        areas,
        (mean * 1000).astype(np.float32),
        enlarge(across * 1000),
        np.repeat(up[:, None], SIZE, axis=1).astype(np.float32),
        enlarge(radius * 1000 * np.radians(2 * SWEEP_DEGREES) / SIZE),
        {name: np.clip(enlarge(weight), 0, 1) for name, weight in zip(areas, weights, strict=True)},
        model.landmark_points(np.asarray(base - middle, np.float32)) * np.float32(1000),
        (rim[:, None] * rim[None]).astype(np.float32),
    )


def _outer(model: HeadModel, mean: Floats) -> NDArray[np.int64]:
    """Return fine vertices of the outer skin in front: no mouth, no nostril, no back of a lid."""
    quads = model.part_faces_fine["skin"]
    normal = np.zeros_like(mean)
    face_normal = np.cross(mean[quads[:, 2]] - mean[quads[:, 0]], mean[quads[:, 3]] - mean[quads[:, 1]])
    for corner in range(4):
        np.add.at(normal, quads[:, corner], face_normal)
    away = mean - np.array([0, AXIS_M, 0]) * [1, 1, 0]
    away[:, 2] = 0
    faces_out = np.einsum("vx,vx->v", normal, away) > 0.15 * np.linalg.norm(normal, axis=1) * np.linalg.norm(away, axis=1)
    region = model.regions_fine
    open_skin = (region["lips_inner"] < 0.3) & (region["ears"] < 0.5)
    used = np.zeros(len(mean), bool)
    used[quads.ravel()] = True
    return _nearest(mean, np.flatnonzero(used & faces_out & open_skin & (mean[:, 1] < 0.10)))


def _nearest(mean: Floats, rows: NDArray[np.int64]) -> NDArray[np.int64]:
    """Drop what lies deep behind other skin: walls of the mouth and of the nose."""
    turn = np.arctan2(mean[rows, 0], AXIS_M - mean[rows, 1])
    cell = np.round(turn / 0.10).astype(int) * 1000 + np.round(mean[rows, 2] / 0.010).astype(int)
    _, cell = np.unique(cell, return_inverse=True)
    radius = np.hypot(mean[rows, 0], AXIS_M - mean[rows, 1])
    furthest = np.zeros(cell.max() + 1)
    np.maximum.at(furthest, cell, radius)
    return np.asarray(rows[radius > furthest[cell] - 0.011])


def _unroll(turn: Floats, up: Floats, fields: Floats) -> list[NDArray[np.float32]]:
    """Interpolate ``fields`` of scattered places over the coarse map; a list of ``(COARSE, COARSE)``."""
    from scipy.interpolate import LinearNDInterpolator, NearestNDInterpolator

    middles = (np.arange(COARSE) + 0.5) / COARSE
    across, high = np.meshgrid((middles * 2 - 1) * SWEEP_DEGREES, (LOW_M + (HIGH_M - LOW_M) * middles) * 1000)
    places = np.stack([turn, up * 1000], axis=1)
    linear = LinearNDInterpolator(places, fields)(across, high)
    nearest = NearestNDInterpolator(places, fields)(across, high)
    return [np.asarray(field, np.float32) for field in np.moveaxis(np.where(np.isnan(linear), nearest, linear), -1, 0)]


def enlarge(field: NDArray[np.floating[Any]]) -> Floats:
    """Return a field of any size at ``(SIZE, SIZE)``, bilinear."""
    image = Image.fromarray(np.asarray(field, np.float32))
    return np.asarray(image.resize((SIZE, SIZE), Image.Resampling.BILINEAR), np.float32)


Area = str

_MODEL: tuple[Area, ...] = (
    *("lips", "lips_inner", "eyelids", "ears", "nose", "nostrils", "cheeks", "forehead", "chin", "neck", "scalp", "beard"),
    *("moustache", "temples", "under_eye", "measuring", "brow_left", "brow_right"),
)


def _areas_at(mean_mm: Floats, regions: dict[str, Floats]) -> dict[Area, Floats]:
    """Return weights 0 to 1 by name.

    Args:
        mean_mm: Fine vertices of the mean head ``(V, 3)``; the origin lies between the eyes, -y is forwards.
        regions: The head model's own areas at the same vertices.
    """
    x, y, z = mean_mm.T.astype(np.float64)
    side = np.abs(x)
    front = _fall(y, 20, 45)
    open_skin = (1 - regions["ears"]) * (1 - regions["lips"]) * front
    found: dict[Area, NDArray[np.float64]] = {
        # An ellipse round each eye: the whole orbit, lids and all, deepest towards the nose.
        "orbit": np.exp(-(((side - 29) / 24) ** 2) - ((z + 2) / 15) ** 2) * open_skin,
        "inner_corner": np.exp(-(((side - 14) / 8) ** 2) - ((z + 3) / 9) ** 2) * open_skin,
        "lid_upper": regions["eyelids"] * rise(z, -3, 3),
        "lid_lower": regions["eyelids"] * _fall(z, -3, 3),
        "mouth": np.exp(-((x / 31) ** 2) - ((z + 66) / 19) ** 2) * open_skin,
        "corner": np.exp(-(((side - 27) / 7) ** 2) - ((z + 66) / 8) ** 2) * open_skin,
        "upper_lip": np.exp(-((x / 20) ** 2) - ((z + 54) / 7) ** 2) * open_skin,
        "cheekbones": np.exp(-(((side - 45) / 20) ** 2) - ((z + 22 - 0.25 * (side - 45)) / 12) ** 2) * open_skin,
        "apple": np.exp(-(((side - 40) / 17) ** 2) - ((z + 34) / 15) ** 2) * open_skin,
        "philtrum": np.exp(-((x / 3) ** 2) - ((z + 52) / 5) ** 2) * open_skin,
        "under_lip": np.exp(-((x / 14) ** 2) - ((z + 82) / 3.5) ** 2) * open_skin,
        "nose_tip": np.exp(-((x / 13) ** 2) - ((z + 36) / 12) ** 2) * regions["nose"],
        "nose_bridge": np.exp(-((x / 8) ** 2)) * _fall(z, -30, 8) * rise(z, -40, -2) * front,
        "wings": np.exp(-(((side - 16) / 5) ** 2) - ((z + 38) / 9) ** 2) * front,
        "glabella": np.exp(-((x / 12) ** 2) - ((z - 17) / 10) ** 2) * open_skin,
        "midface": _fall(side, 40, 58) * _fall(y, 5, 25),
        "cheeks_low": np.exp(-(((side - 53) / 13) ** 4) - ((z + 55) / 34) ** 4) * _fall(y, 22, 36) * open_skin,
        "jaw": _fall(z, -92, -55) * rise(side, 22, 48) * _fall(y, 30, 70) * (1 - regions["neck"]),
        "forehead_all": rise(z, 18, 34) * front * (1 - regions["scalp"]),
        "centre": np.exp(-((x / 30) ** 2)) * front,
    }
    # Where a tone is read: most of the cheeks below the rings of the eyes and above a beard, and most of the forehead. A fringe
    # or a turned head leaves enough of so much, and no single spot or fold decides.
    smooth = np.maximum(regions["cheeks"] * (1 - regions["under_eye"]), regions["forehead"])
    found["read"] = np.maximum(smooth * (1 - regions["beard"]) * (1 - regions["moustache"]), regions["measuring"])
    areas = {name: np.asarray(regions[name], np.float32) for name in _MODEL}
    return areas | {name: np.asarray(weight, np.float32) for name, weight in found.items()}


def _fall(value: NDArray[np.float64], low: float, high: float) -> NDArray[np.float64]:
    return 1.0 - rise(value, low, high)
