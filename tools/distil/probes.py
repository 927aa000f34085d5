"""The tape is laid on the mean head: probes on mesh edges whose places on any head ``tape.measure`` reads.

In: the mean bust, its edges and landmarks. Out: the probes as arrays of the model.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from evenface.backends.cycles.head.model import Floats, Indices
from evenface.backends.cycles.head.tape import LANDMARKS, PROBE_GROUPS
from evenface.processor import product

__all__ = ["lay_probes"]

# Vertices of the whole body mesh (the person's left, or the middle).
VERTICES = {
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
NECK_TILT_DEGREES = 22.0
"""The plane of the neck tape rises towards the nape by this angle."""

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
    own = [VERTICES[name] for name in LANDMARKS]
    left = renumber[own]
    right = renumber[mirror[own]]
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
    joined = [groups[name] for name in PROBE_GROUPS]
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


def _unit(vector: Points) -> Points:
    return np.asarray(vector / np.sqrt((vector**2).sum()))
