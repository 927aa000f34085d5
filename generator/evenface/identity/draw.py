"""What every attribute is drawn with: a bounded number, a choice by shares, and which way an annotation leans."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

__all__ = ["LEAN", "choose", "clip"]

LEAN: dict[str, float] = {"woman": 1.0, "androgynous": 0.0, "man": -1.0}
"""Where the mean of a gender cue lies between the masculine and the feminine end."""


def clip(value: float, low: float, high: float) -> float:
    """Return ``value`` held between the bounds."""
    return float(min(max(value, low), high))


def choose(rng: np.random.Generator, names: Sequence[str], shares: Sequence[float]) -> str:
    """Draw one of ``names``."""
    # One uniform number whatever the shares are, so that what is drawn next does not depend on this choice.
    edges = np.cumsum(shares)
    return names[int(np.searchsorted(edges, rng.random() * edges[-1], side="right"))]
