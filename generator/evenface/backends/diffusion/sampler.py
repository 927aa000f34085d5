"""The interface between the pipelines and the checks: what the loop asks a model for, and what the model returns."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from evenface.backends.guide import Guide
from evenface.records import Recipe

__all__ = ["Ask", "Drawn", "Pixels", "Sampler"]

Pixels = NDArray[np.uint8]
"""height x width x 3, sRGB."""


class Ask(NamedTuple):
    """One picture that is wanted, described completely."""

    prompt: str
    seed: int
    size_px: int
    guide: Guide | None
    """The render of the shot; None where words alone are given."""
    anchor: Pixels | None
    """The photograph of the person; None for the anchor itself, and where words alone are given."""


class Drawn(NamedTuple):
    """One picture as the model drew it."""

    pixels: Pixels
    flagged: bool
    """Whether the model's own safety checker blanked it."""


class Sampler(Protocol):
    """A resident model. What it draws for an ask does not depend on the other asks."""

    recipe: Recipe

    def draw(self, asks: Sequence[Ask]) -> list[Drawn]:
        """Draw the pictures in the order of ``asks``, however many there are."""
        ...
