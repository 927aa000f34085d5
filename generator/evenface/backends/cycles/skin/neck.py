"""The neck lies off the face map, and shows its rings by vertex; pure numpy."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from evenface.backends.cycles.skin.facemap import FaceMap
from evenface.people.identity import FOLDS
from evenface.records import Complexion
from evenface.rng import rng_for

__all__ = ["neck_rings"]

Floats = NDArray[np.float32]


def neck_rings(face: FaceMap, complexion: Complexion) -> Floats:
    """Return shade in the rings of the neck per fine vertex, in units of what a dark place adds on the skin."""
    rng = rng_for(complexion.seed, "folds", "neck")
    depth = complexion.folds[FOLDS.index("neck")]
    x, y, z = face.mean_mm.T
    total = np.zeros(len(x), np.float32)
    for ring in range(2 + int(rng.integers(2))):
        height = -122 - 19 * ring + rng.uniform(-4, 4)
        # A ring sinks towards the front of the neck.
        away = z - height - rng.uniform(0.15, 0.30) * (y + 10) - rng.uniform(-0.04, 0.04) * x
        total += rng.uniform(0.5, 1.0) * np.exp(-((away / 3.5) ** 2))
    return np.asarray(0.35 * depth * total * face.areas["neck"], np.float32)
