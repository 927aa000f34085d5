"""The comparisons that are made of every metric, fixed before anything is looked at: weights of cells."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from evenface.examine.audit.metrics.estimate import CELL, GENDER, OVERALL, SHADE, TONE
from evenface.examine.audit.metrics.groups import Grouping

__all__ = ["DARKER_TO_LIGHTER", "REST", "SLOPE", "Contrast", "contrasts_of"]

Floats = NDArray[np.float64]

REST, SLOPE = "the other cells", "tone slope, per step"
DARKER_TO_LIGHTER = ("darker/woman", "lighter/man")


@dataclass(frozen=True, slots=True, eq=False)
class Contrast:
    """A weighted sum of cell means."""

    margin: str
    group: str
    other: str | None
    weights: Floats
    """Each cell's; they sum to 0."""
    pattern: Floats
    """How much more each cell has where the contrast is 1, in the gap that its power is told for."""


def contrasts_of(grouping: Grouping, there: NDArray[np.bool_]) -> list[Contrast]:
    """Return each cell against the mean of the others, darker women against lighter men, woman against man, and the tone slope.

    Of a set without genders, each tone.

    Args:
        there: Which cells have values; the others take no part.

    Cells weigh alike, however many pictures they have.
    """
    found = []
    for group in grouping.margin(CELL) or grouping.margin(TONE):
        cell, rest = group.cells & there, ~group.cells & there
        if cell.any() and rest.any():
            found.append(_two(group.margin, group.name, REST, cell, rest))
    shades = {group.name: group.cells & there for group in grouping.margin(SHADE)}
    one, other = (shades.get(name, np.zeros_like(there)) for name in DARKER_TO_LIGHTER)
    if one.any() and other.any():
        found.append(_two(SHADE, *DARKER_TO_LIGHTER, one, other))
    gender = np.array(grouping.gender, dtype=object)
    one, other = _in_both(grouping, (gender == "woman") & there, (gender == "man") & there)
    if one.any() and other.any():
        found.append(_two(GENDER, "woman", "man", one, other))
    return [*found, *_slope(grouping, there)]


def _two(margin: str, group: str, other: str, one: NDArray[np.bool_], rest: NDArray[np.bool_]) -> Contrast:
    return Contrast(margin, group, other, one / one.sum() - rest / rest.sum(), one.astype(np.float64))


def _in_both(grouping: Grouping, one: NDArray[np.bool_], other: NDArray[np.bool_]) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Leave out tones that have one gender alone."""
    for group in grouping.margin(TONE):
        if not (one & group.cells).any() or not (other & group.cells).any():
            one, other = one & ~group.cells, other & ~group.cells
    return one, other


def _slope(grouping: Grouping, there: NDArray[np.bool_]) -> list[Contrast]:
    """Return the least-squares slope of the cell means over the step of their tones, each gender about its own mean."""
    if np.isnan(grouping.step[there]).any() or not there.any():
        return []
    apart = np.zeros(len(there))
    for word in set(grouping.gender):
        own = there & (np.array(grouping.gender, dtype=object) == word)
        if own.any():
            apart[own] = grouping.step[own] - grouping.step[own].mean()
    square = float((apart**2).sum())
    return [Contrast(OVERALL, SLOPE, None, apart / square, apart)] if square > 0 else []
