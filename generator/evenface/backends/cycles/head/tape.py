"""The thirteen measures of ``anthropometry.MEASURES``, taken from the mesh as the survey took them from people.

They are read in millimetres off a fixed set of probes (points on mesh edges). A tape round the head or neck, or from ear to
ear, is a chain of probes laid on the mean head: the taut line (convex hull) in the tape's plane.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from evenface.backends.cycles.head.model import Floats, HeadModel, Indices
from evenface.processor import product

__all__ = ["lay_probes", "measure", "measure_head", "take_probes"]

# Vertices of the whole body mesh (the person's left, or the middle).
LANDMARKS = {
    "sellion": 132,
    "menton": 5296,
    "chin": 5211,
    "throat": 787,  # where the jaw meets the neck
    "larynx": 803,
    "glabella": 227,
    "vertex": 881,
    "tragion": 12076,
    "ear_top": 12012,
    "ear_bottom": 12340,
    "ear_front": 12054,
    "ear_back": 12018,
    "mastoid": 7636,
}
_PROBE_GROUPS = (
    "points",
    "points_right",
    "eyes_left",
    "eyes_right",
    "skull_sides",
    "skull_back",
    "skull_top",
    "cheekbones",
    "ear_rim",
    "ear_rim_right",
    "girth_head",
    "girth_neck",
    "arc_chin",
    "arc_throat",
)
NECK_TILT_DEGREES = 22.0
"""The plane of the neck tape rises towards the nape by this angle."""

HAIR_UNDER_TAPE_M = 0.002
"""The survey's tape round the head lies on hair: its girth is more than head breadth and length allow of a bare head."""

Points = NDArray[np.floating[Any]]


@dataclass(frozen=True)
class _Probes:
    """Points ``(1 - t) * one + t * other`` on mesh edges."""

    one: Indices
    other: Indices
    t: Floats

    @staticmethod
    def at(vertices: Indices | list[int]) -> _Probes:
        index = np.array(vertices, np.int32)
        return _Probes(index, index, np.zeros(len(index), np.float32))

    def points(self, vertices: Points) -> Points:
        t = self.t[:, None]
        return np.asarray((1 - t) * vertices[self.one] + t * vertices[self.other])

    def picked(self, order: NDArray[np.generic]) -> _Probes:
        return _Probes(self.one[order], self.other[order], self.t[order])


def lay_probes(
    mean: Floats, edges: Indices, eyes: tuple[Indices, Indices], ears: NDArray[np.bool_], renumber: Indices, mirror: Indices
) -> dict[str, NDArray[np.generic]]:
    """Place every probe on the mean head.

    Args:
        mean: Vertices of the mean bust, metres, origin between the eyes.
        edges: Edges of its skin.
        eyes: Vertices of the left and the right eye.
        ears: True at the vertices of the skin's ears.
        renumber: Vertex of the whole body -> vertex of the bust.
        mirror: Vertex of the whole body -> its twin.
    """
    left = renumber[list(LANDMARKS.values())]
    right = renumber[mirror[list(LANDMARKS.values())]]
    spot = {name: mean[vertex] for name, vertex in zip(LANDMARKS, left, strict=True)}
    skin = np.unique(edges)
    x, y, z = mean[skin].T * 1000.0
    face = ~ears[skin]
    tilt = np.radians(NECK_TILT_DEGREES)
    across = np.array([1.0, 0, 0])
    back = mean[skin[np.argmax(np.where(z > 10, y, -1e9))]]
    front = spot["glabella"] + np.array([0, 0, 0.006])  # the tape lies just above the brow ridges
    scalp_edges = edges[~ears[edges].any(axis=1)]
    groups = {
        "points": _Probes.at(left),
        "points_right": _Probes.at(right),
        "eyes_left": _Probes.at(eyes[0]),
        "eyes_right": _Probes.at(eyes[1]),
        "skull_sides": _Probes.at(skin[face & (z > 8) & (y > 40) & (np.abs(x) > 60)]),
        "skull_back": _Probes.at(skin[(np.abs(x) < 6) & (y > 130) & (z > -20)]),
        "skull_top": _Probes.at(skin[(np.abs(x) < 14) & (z > 90)]),
        "cheekbones": _Probes.at(skin[face & (z > -32) & (z < 2) & (y > 8) & (y < 46) & (np.abs(x) > 54)]),
        "ear_rim": _Probes.at(skin[~face & (x > 74)]),
        "ear_rim_right": _Probes.at(skin[~face & (x < -74)]),
        "girth_head": _loop(mean, scalp_edges, front, np.cross(across, back - front)),
        "girth_neck": _loop(mean, edges, spot["larynx"], np.array([0, -np.sin(tilt), np.cos(tilt)]), reach=0.1),
        "arc_chin": _arc(mean, edges, spot["tragion"], spot["chin"]),
        "arc_throat": _arc(mean, edges, spot["tragion"], spot["throat"]),
    }
    joined = [groups[name] for name in _PROBE_GROUPS]
    return {
        "probe_one": np.concatenate([probes.one for probes in joined]),
        "probe_other": np.concatenate([probes.other for probes in joined]),
        "probe_t": np.concatenate([probes.t for probes in joined]),
        "probe_starts": np.cumsum([0, *(len(probes.one) for probes in joined)]).astype(np.int32),
    }


def _crossings(mean: Floats, edges: Indices, origin: Points, normal: Points) -> _Probes:
    """Return where edges cross a plane."""
    height = product(mean - origin, _unit(normal))
    a, b = height[edges[:, 0]], height[edges[:, 1]]
    crossing = (a < 0) != (b < 0)
    one, other = edges[crossing].T
    return _Probes(one, other, (a[crossing] / (a[crossing] - b[crossing])).astype(np.float32))


def _loop(mean: Floats, edges: Indices, origin: Points, normal: Points, reach: float = 1.0) -> _Probes:
    """Return a closed taut tape in a plane: the convex hull of the skin's section, in order."""
    found = _crossings(mean, edges, origin, normal)
    found = found.picked(np.abs(found.points(mean)[:, 0]) < reach)
    points = found.points(mean)
    return found.picked(_hull(np.stack([points[:, 0], points[:, 1]], axis=1)))


def _arc(mean: Floats, edges: Indices, ear: Points, middle: Points) -> _Probes:
    """Return a taut tape from ear to ear under the face: the front half of the hull between both tragions."""
    along = middle - ear
    along[0] = 0.0
    found = _crossings(mean, edges, ear, np.cross([1.0, 0, 0], along))
    points = found.points(mean)
    reach = product(points - ear, _unit(along))
    found = found.picked((reach > 0) & (np.abs(points[:, 0]) <= abs(ear[0])))
    points = found.points(mean)
    reach = product(points - ear, _unit(along))
    ends = np.array([[ear[0], 0.0], [-ear[0], 0.0]])
    hull = _hull(np.concatenate([np.stack([points[:, 0], reach], axis=1), ends]))
    inner = hull[hull < len(points)]
    return found.picked(inner[np.argsort(-points[inner, 0])])


def _hull(flat: Points) -> NDArray[np.intp]:
    """Return the convex hull of points in a plane, counter-clockwise (Andrew's monotone chain)."""
    order = np.lexsort((flat[:, 1], flat[:, 0]))

    def half(indices: NDArray[np.intp]) -> list[int]:
        chain: list[int] = []
        for i in indices:
            while len(chain) > 1 and _turn(flat[chain[-2]], flat[chain[-1]], flat[i]) <= 0:
                chain.pop()
            chain.append(int(i))
        return chain[:-1]

    return np.array(half(order) + half(order[::-1]), dtype=np.intp)


def _turn(a: Points, b: Points, c: Points) -> float:
    return float((b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0]))


def take_probes(model: HeadModel, shapes: Points) -> Points:
    """Restrict vertices or displacements ``(..., V, 3)`` to the probes ``(..., P, 3)``."""
    t = model.floats("probe_t")[:, None]
    return np.asarray((1 - t) * shapes[..., model.indices("probe_one"), :] + t * shapes[..., model.indices("probe_other"), :])


def measure_head(model: HeadModel, vertices: Points) -> NDArray[np.float64]:
    """Return the thirteen measures of a head (or of many: ``(..., V, 3)``), millimetres."""
    return measure(model, take_probes(model, vertices))


def measure(model: HeadModel, probes: Points) -> NDArray[np.float64]:
    """Return the thirteen measures ``(..., 13)`` of probes ``(..., P, 3)``, millimetres."""
    starts = model.indices("probe_starts")
    part = {name: probes[..., starts[i] : starts[i + 1], :] for i, name in enumerate(_PROBE_GROUPS)}
    here = {name: part["points"][..., i, :] for i, name in enumerate(LANDMARKS)}
    there = {name: part["points_right"][..., i, :] for i, name in enumerate(LANDMARKS)}

    def between(one: str, other: str) -> Points:
        return np.asarray((_length(here[one] - here[other]) + _length(there[one] - there[other])) / 2)

    ears = [here["tragion"][..., None, :], there["tragion"][..., None, :]]
    tragion_height = (here["tragion"][..., 2] + there["tragion"][..., 2]) / 2
    rims = part["ear_rim"][..., 0].max(axis=-1) - here["mastoid"][..., 0]
    rims_right = there["mastoid"][..., 0] - part["ear_rim_right"][..., 0].min(axis=-1)
    metres = (
        _breadth(part["skull_sides"]),
        _length(part["skull_back"] - here["glabella"][..., None, :]).max(axis=-1),
        _tape(part["girth_head"], closed=True) + 2 * np.pi * HAIR_UNDER_TAPE_M,
        _breadth(part["cheekbones"]),
        _tape(np.concatenate([ears[0], part["arc_chin"], ears[1]], axis=-2)),
        _tape(np.concatenate([ears[0], part["arc_throat"], ears[1]], axis=-2)),
        between("menton", "sellion"),
        part["skull_top"][..., 2].max(axis=-1) - tragion_height,
        _length(part["eyes_left"].mean(axis=-2) - part["eyes_right"].mean(axis=-2)),
        between("ear_top", "ear_bottom"),
        between("ear_front", "ear_back"),
        (rims + rims_right) / 2,
        _tape(part["girth_neck"], closed=True),
    )
    return np.asarray(np.stack(metres, axis=-1) * 1000.0, np.float64)


def _unit(vector: Points) -> Points:
    return np.asarray(vector / _length(vector))


def _length(vectors: Points) -> Points:
    return np.asarray(np.sqrt((vectors**2).sum(axis=-1)))


def _breadth(points: Points) -> Points:
    return np.asarray(np.ptp(points[..., 0], axis=-1))


def _tape(points: Points, closed: bool = False) -> Points:
    following = np.roll(points, -1, axis=-2)
    steps = _length(following - points)
    return np.asarray(steps.sum(axis=-1) if closed else steps[..., :-1].sum(axis=-1))
