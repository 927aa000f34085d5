"""The thirteen measures of ``anthropometry.MEASURES``, taken from the mesh as the survey took them from people.

They are read in millimetres off a fixed set of probes (points on mesh edges). A tape round the head or neck, or from ear to
ear, is a chain of probes laid on the mean head: the taut line (convex hull) in the tape's plane.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from evenface.backends.cycles.head.model import HeadModel

__all__ = ["LANDMARKS", "PROBE_GROUPS", "measure", "measure_head", "take_probes"]

LANDMARKS = (
    "sellion",
    "menton",
    "chin",
    "throat",
    "larynx",
    "glabella",
    "vertex",
    "tragion",
    "ear_top",
    "ear_bottom",
    "ear_front",
    "ear_back",
    "mastoid",
)
"""On the person's left, or in the middle, in the order of the probes."""
PROBE_GROUPS = (
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
HAIR_UNDER_TAPE_M = 0.002
"""The survey's tape round the head lies on hair: its girth is more than head breadth and length allow of a bare head."""

Points = NDArray[np.floating[Any]]


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
    part = {name: probes[..., starts[i] : starts[i + 1], :] for i, name in enumerate(PROBE_GROUPS)}
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


def _length(vectors: Points) -> Points:
    return np.asarray(np.sqrt((vectors**2).sum(axis=-1)))


def _breadth(points: Points) -> Points:
    return np.asarray(np.ptp(points[..., 0], axis=-1))


def _tape(points: Points, closed: bool = False) -> Points:
    following = np.roll(points, -1, axis=-2)
    steps = _length(following - points)
    return np.asarray(steps.sum(axis=-1) if closed else steps[..., :-1].sum(axis=-1))
