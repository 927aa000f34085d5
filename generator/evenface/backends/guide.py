"""What a conditioned model sees of a render: the finished frame with its depth and its normals."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from evenface.records import Frame, Identity, Shot
from evenface.vocabulary import Tone

__all__ = ["Guide", "Guiding"]

Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True, eq=False)
class Guide:
    """One render and the geometry behind it; height and width are those of the frame."""

    frame: Frame
    depth_m: Floats
    """height x width: distance along the view axis in metres; infinite in the background."""
    normals: Floats
    """height x width x 3: unit normals in the camera's axes, x to the right, y up, z towards the camera; 0 in the background."""


class Guiding(Protocol):
    """A backend that can show the geometry behind its pictures."""

    def guide(self, identity: Identity, tone: Tone, shot: Shot) -> Guide:
        """Render one picture, byte for byte that of ``render``, and what lies behind it."""
        ...
