"""Hair that lies and falls: guide strands grown over the head step by step, and the many strands between them.

They start at roots, follow a flow (the way in which hair is combed at a place) for a length, and keep off skin and face.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from scipy.spatial import cKDTree

from evenface.backends.cycles.hair.field import Field
from evenface.backends.cycles.hair.scalp import Skull
from evenface.backends.cycles.hair.strands import Floats, Ints, unit

__all__ = ["Flow", "cut", "fill", "flow_from_parting", "flow_from_whorl", "grow", "sides_of", "trim"]

Flow = Callable[[Floats], Floats]
"""Points (G, 3) to the direction in which hair is combed there (G, 3); its length is how firmly."""

_DOWN = np.array([0.0, 0.0, -1.0])


def sides_of(skull: Skull, points: Floats, parting: float) -> Floats:
    """Return the side of the parting on which each point lies: 1 the person's left, -1 the right."""
    reach = np.clip((skull.crown[1] - points[:, 1]) / (skull.crown[1] - skull.front), 0, 1)
    return np.where(points[:, 0] > parting * 0.42 * skull.side * np.minimum(1, 1.6 * reach), 1.0, -1.0)


def flow_from_parting(skull: Skull, side: Floats, back: float = 0.5) -> Flow:
    """Return a flow away from the parting and a little back before the whorl, outwards from it behind."""

    def flow(points: Floats) -> Floats:
        from_crown = points - skull.crown
        behind = np.clip(from_crown[:, 1] / 0.03 + 0.5, 0, 1)[:, None]
        firm = _firmness(skull, points)
        # Hair is not combed further out than the head is broad: what slides off the forehead comes to lie on the rest.
        near = np.clip((skull.side + 0.010 - side * points[:, 0]) / 0.040, 0, 1)
        aside = np.stack([side * near, np.full(len(side), back), np.zeros(len(side))], 1)
        return np.asarray(firm * (aside * (1 - behind) + unit(from_crown * [0.5, 1, 0]) * behind))

    return flow


def flow_from_whorl(skull: Skull, forward: float = 1.0) -> Flow:
    """Return a flow outwards from the whorl, as unparted short hair grows: forwards on top, down at the sides and the back."""

    def flow(points: Floats) -> Floats:
        away = unit((points - skull.crown) * [1.0, forward, 0.6])
        return np.asarray(_firmness(skull, points) * away)

    return flow


def _firmness(skull: Skull, points: Floats) -> Floats:
    return np.asarray(np.clip((points[:, 2] - 0.15 * skull.top) / (0.55 * skull.top), 0, 1)[:, None])


def grow(
    field: Field,
    start: Floats,
    normals: Floats,
    flow: Flow,
    length: Floats,
    layer: Floats,
    *,
    steps: int = 24,
    gravity: float = 0.5,
    lift: float = 0.8,
    inertia: float = 1.2,
    ramp: float = 0.015,
    shoulder: tuple[float, float] = (0.07, -0.14),
) -> Floats:
    """Grow (G, steps, 3) points of ``length`` (G,), rising to ``layer`` (G,) metres off the skin and then falling.

    The layer is reached after ``ramp`` metres; ``shoulder`` is y and z of the top of the shoulders, over which hair slides
    forwards or back rather than out to the arms.
    """
    points = np.empty((len(start), steps, 3))
    points[:, 0] = start
    stride = (length / (steps - 1))[:, None]
    heading = unit(flow(start) + lift * normals)
    for step in range(1, steps):
        at = points[:, step - 1]
        combing = flow(at)
        outward, distance = field.outward(at), field.distance(at)
        combing = combing - np.maximum(np.einsum("gx,gx->g", combing, outward), 0)[:, None] * outward
        firm = np.minimum(1.0, np.linalg.norm(combing, axis=1))
        # What is no longer combed hangs.
        heading = unit(inertia * heading + combing + (gravity * (1 + 2 * (1 - firm)))[:, None] * _DOWN)
        heading = _off_shoulders(heading, at, shoulder)
        short = layer * np.minimum(1.0, step * stride[:, 0] / ramp) - distance
        into = np.einsum("gx,gx->g", heading, outward)
        # Near its layer a hair keeps to it: pushed out at once, drawn in only as far as it is combed.
        change = np.clip(short / stride[:, 0], -0.5 * firm, 0.25 + 0.75 * firm)
        held = (short > -0.010).astype(float) * np.where(into < 0, 1.0, firm)
        heading = unit(heading + (held * (change - into))[:, None] * outward)
        points[:, step] = at + stride * heading
    return points


def _off_shoulders(heading: Floats, at: Floats, shoulder: tuple[float, float]) -> Floats:
    low = np.clip((shoulder[1] + 0.03 - at[:, 2]) / 0.03, 0, 1)
    turned = heading.copy()
    turned[:, 0] *= 1 - 0.6 * low
    turned[:, 1] += low * 0.25 * np.sign(at[:, 1] - shoulder[0] + 0.01)
    return unit(turned)


def fill(guides: Floats, guide_sides: Floats, roots: Floats, sides: Floats) -> tuple[Floats, Ints]:
    """Grow strands between the nearest three guides of the same side: points (S, K, 3) and the nearest guide (S,)."""
    tree = cKDTree(np.column_stack([guides[:, 0], guide_sides]))
    apart, near = tree.query(np.column_stack([roots, sides]), k=3)
    weight = 1 / (apart + 0.002)
    weight /= weight.sum(1, keepdims=True)
    shapes = (guides - guides[:, :1]).astype(np.float32)
    points = roots[:, None].astype(np.float32)
    for k in range(3):
        points = points + weight[:, k, None, None].astype(np.float32) * shapes[near[:, k]]
    return points, near[:, 0]


def trim(points: Floats, floor: Floats) -> Floats:
    """Cut each strand where it first comes below ``floor`` (S,): the same number of points on what is left."""
    count = points.shape[1]
    below = points[..., 2] < floor[:, None]
    first = np.where(below.any(1), below.argmax(1), count - 1)
    here = np.take_along_axis(points[..., 2], first[:, None], 1)[:, 0]
    before = np.take_along_axis(points[..., 2], np.maximum(first - 1, 0)[:, None], 1)[:, 0]
    part = np.where(below.any(1), np.clip((before - floor) / np.maximum(before - here, 1e-9), 0, 1), 1.0)
    return cut(points, np.maximum(first - 1 + part, 0.3))


def cut(points: Floats, end: Floats) -> Floats:
    """Cut each strand at the index ``end`` (S,), which may lie between two points: the same number of points on what is left."""
    count = points.shape[1]
    place = np.linspace(0, 1, count)[None] * end[:, None]
    low = np.minimum(place.astype(int), count - 2)
    rest = (place - low)[..., None]
    rows = np.arange(len(points))[:, None]
    return np.asarray(points[rows, low] * (1 - rest) + points[rows, low + 1] * rest)
