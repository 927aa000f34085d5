"""Where the roots of a beard shade the skin; pure numpy."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from evenface.backends.cycles.skin.facemap import FaceMap
from evenface.records import FacialHair

__all__ = ["beard_shade"]

Floats = NDArray[np.float32]

# How much of each area of the face the roots of a style shade: beard, moustache.
_BEARD_AREAS = {
    "none": (0.0, 0.0),
    "stubble": (0.55, 0.55),
    "moustache": (0.12, 0.8),
    "goatee": (0.3, 0.7),
    "short_beard": (0.8, 0.8),
    "full_beard": (0.9, 0.9),
}


def beard_shade(face: FaceMap, facial_hair: FacialHair) -> Floats:
    """Return how much hair roots darken the skin of the lower face, 0 to 1 per fine vertex."""
    beard, moustache = _BEARD_AREAS[facial_hair.style]
    shade = np.maximum(beard * face.areas["beard"], moustache * face.areas["moustache"])
    return np.asarray(np.clip(facial_hair.density, 0, 1) * shade, dtype=np.float32)
