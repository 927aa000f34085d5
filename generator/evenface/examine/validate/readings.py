"""Skin read again: does a picture, under its mask, measure as its row says?

A process reads the colours; the names of the tones are compared at the end for all pictures together, so that the colour
library, which is large, is loaded once.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple, Self

import numpy as np
from numpy.typing import NDArray

from evenface.dataset import Row
from evenface.dataset.schema import measured_column
from evenface.examine.validate.findings import Collector
from evenface.examine.validate.labelling import Names
from evenface.faces.tone import Skin, TooFewPixels, distances_2000
from evenface.vocabulary import Scale

__all__ = ["COLUMNS", "NOT_READ", "Reading", "Readings", "examine_readings", "reading_of"]

TOLERANCE = 0.01
"""Difference of a measured value that another processor may make; far below what an eye sees."""

_READ = ("l_star", "a_star", "b_star", "ita_degrees", "hue_degrees", "spread_delta_e", "pixels")
_DISTANCES = ("nearest_delta_e_2000", "runner_up_delta_e_2000", "nearest_swatch_delta_e_2000")
_NUMBERS = len(_READ) + len(_DISTANCES)
COLUMNS = tuple(map(measured_column, (*_READ, *_DISTANCES, "nearest_swatch", "nearest")))
"""What is compared, in the order in which a difference is told."""
_SWATCH, _TONE, _NOTHING = _NUMBERS, _NUMBERS + 1, -1
_AT_ONCE = 2_000

Floats = NDArray[np.float64]


class Reading(NamedTuple):
    """One picture, read again."""

    lab: tuple[float, float, float]
    """NaN where it was not read, or showed too little skin."""
    stated: tuple[float, ...]
    """As the row says: codes of the tone and of the nearest swatch, then ``_DISTANCES``; NaN where it says nothing."""
    unlike: int
    """Number of the first value that differs from the row's already, of ``COLUMNS``; -1 where none does."""


NOT_READ = Reading((np.nan,) * 3, (np.nan,) * (2 + len(_DISTANCES)), _NOTHING)


@dataclass(frozen=True, slots=True, eq=False)
class Readings:
    """Many of them."""

    lab: Floats
    stated: Floats
    unlike: NDArray[np.int8]

    @classmethod
    def of(cls, readings: Sequence[Reading]) -> Self:
        """Return readings in little room."""
        lab, stated, unlike = zip(*readings, strict=True)
        return cls(np.array(lab), np.array(stated), np.array(unlike, dtype=np.int8))


def reading_of(row: Row, skin: Skin | TooFewPixels, scale: Scale) -> Reading:
    """Compare what was read with what the row says, as far as no tone need be named for it."""
    steps = {tone.name: float(at) for at, tone in enumerate(scale.tones)}
    if isinstance(skin, TooFewPixels):
        return Reading(NOT_READ.lab, NOT_READ.stated, _NOTHING if row["measured_tone"] is None else _TONE)
    l_star, a_star, b_star = skin.lab
    read = (
        *skin.lab,
        float(np.degrees(np.arctan2(l_star - 50, b_star))),
        float(np.degrees(np.arctan2(b_star, a_star))),
        skin.spread,
        skin.pixels,
    )
    stated = [row[column] for column in COLUMNS[:_NUMBERS]]
    unlike = next(
        (at for at, value in enumerate(read) if stated[at] is None or not abs(stated[at] - value) <= TOLERANCE), _NOTHING
    )
    named = [steps.get(row[column], np.nan) for column in ("measured_tone", "measured_swatch")]
    distances = [np.nan if value is None else float(value) for value in stated[len(read) :]]
    return Reading(skin.lab, (*named, *distances), unlike)


def examine_readings(parts: Sequence[Readings], scale: Scale, names: Names, found: Collector) -> None:
    """Name the tones of what was read, and tell every picture that measures otherwise than its row says."""
    start = 0
    for part in parts:
        read = np.flatnonzero(~np.isnan(part.lab[:, 0]))
        unlike = part.unlike.astype(np.int64)
        for at in range(0, len(read), _AT_ONCE):
            some = read[at : at + _AT_ONCE]
            unlike[some] = _compared(part.lab[some], part.stated[some], unlike[some], scale)
        for at in np.flatnonzero(unlike != _NOTHING):
            found.add("measurement-differs", names[start + int(at)], f"pixels and mask give another {COLUMNS[unlike[at]]}")
        start += len(unlike)


def _compared(lab: Floats, stated: Floats, unlike: NDArray[np.int64], scale: Scale) -> NDArray[np.int64]:
    skins = distances_2000(lab, [tone.lab for tone in scale.tones])
    swatches = distances_2000(lab, [tone.swatch_lab for tone in scale.tones])
    nearest = np.argsort(skins, axis=1, kind="stable")[:, :2]
    swatch = np.argmin(swatches, axis=1)
    found = (*np.take_along_axis(skins, nearest, axis=1).T, np.take_along_axis(swatches, swatch[:, None], axis=1)[:, 0])
    wrong = unlike.copy()
    for which, values in enumerate(found):
        apart = np.abs(values - stated[:, 2 + which])
        wrong[(wrong == _NOTHING) & ~(apart <= TOLERANCE)] = len(_READ) + which
    wrong[swatch != stated[:, 1]] = _SWATCH
    wrong[nearest[:, 0] != stated[:, 0]] = _TONE
    return wrong
