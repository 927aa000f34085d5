"""What every attribute is drawn with: a bounded number, a choice by shares, and which way an annotation leans."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

import numpy as np

__all__ = ["LEAN", "between", "choose", "clip"]

T = TypeVar("T")

LEAN: dict[str, float] = {"woman": 1.0, "androgynous": 0.0, "man": -1.0}
"""Where the mean of a gender cue lies between the masculine and the feminine end."""


def clip(value: float, low: float, high: float) -> float:
    """Return ``value`` held between the bounds."""
    return float(min(max(value, low), high))


def between(shares: tuple[float, float], gender: str) -> float:
    """Return the share of an annotation from those of (woman, man): the androgynous one is their geometric mean."""
    woman, man = shares
    lean = (1.0 + LEAN[gender]) / 2.0
    return float(woman**lean * man ** (1.0 - lean))


def choose(rng: np.random.Generator, items: Sequence[T], shares: Sequence[float]) -> T:
    """Draw one of ``items``."""
    # One uniform number whatever the shares are, so that what is drawn next does not depend on this choice.
    edges = np.cumsum(shares)
    return items[int(np.searchsorted(edges, rng.random() * edges[-1], side="right"))]
