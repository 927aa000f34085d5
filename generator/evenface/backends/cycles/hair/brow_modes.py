"""What makes one person's brows theirs beyond the record: smooth random curves along the brow, keyed by its seed.

No two brows are of one make: the line wanders, the body swells and thins, has places where little grows, and its hairs lie
this way and that. Pure numpy.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from evenface.backends.cycles.hair.strands import Floats
from evenface.rng import rng_for

__all__ = ["Modes", "brow_modes"]

_ORDERS = 5
_BOTH, _OWN = 0.88, 0.47
"""How much of a curve the two sides share, and how much each has to itself (their squares add up to one)."""


@dataclass(frozen=True, slots=True)
class Modes:
    """Coefficients of cosines along one brow, of order 0 and up."""

    middle: Floats
    breadth: Floats
    growth: Floats
    turn: Floats
    head: float
    """How sparse the end at the nose is, 0 to 1."""
    soft: float
    """How feathery the upper edge is, 0 to 1."""

    def raised(self, along: Floats) -> Floats:
        """Metres by which the middle line is raised."""
        return 0.0010 * _curve(self.middle, along)

    def swell(self, along: Floats) -> Floats:
        """Ratio of the breadth to that of the record."""
        return np.asarray(np.exp(0.15 * _curve(self.breadth, along)))

    def grown(self, along: Floats) -> Floats:
        """Ratio of the hairs to those of a brow that is equally full all along: places where less grows, never bare."""
        return np.asarray(np.clip(np.exp(0.30 * _curve(self.growth, along)), 0.3, 1.7))

    def turned(self, along: Floats) -> Floats:
        """Degrees by which hairs are turned up."""
        return 9.0 * _curve(self.turn, along)


def brow_modes(seed: int, side: float) -> Modes:
    """Draw the curves of one side; most of them is common to both."""
    both, own = rng_for(seed, "brow modes"), rng_for(seed, "brow modes", side)
    fall = 1 / np.arange(1, _ORDERS + 1) ** 0.7
    middle, breadth, growth, turn = (
        fall * (_BOTH * both.standard_normal(_ORDERS) + _OWN * own.standard_normal(_ORDERS)) for _ in range(4)
    )
    # How high a brow lies as a whole is the record's.
    middle[0] = 0.0
    return Modes(middle, breadth, growth, turn, float(both.beta(1.6, 1.6)), float(both.beta(1.8, 1.8)))


def _curve(coefficients: Floats, along: Floats) -> Floats:
    place = np.pi * np.clip(along, 0, 1)
    total = np.zeros_like(place)
    for order, coefficient in enumerate(coefficients):
        total = total + coefficient * np.cos(order * place)
    return np.asarray(total)
