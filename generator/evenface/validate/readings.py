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
from evenface.measure.tone import Skin, TooFewPixels, delta_e_2000
from evenface.validate.findings import Collector
from evenface.validate.labelling import Names
from evenface.vocabulary import Scale

__all__ = ["NOT_READ", "NUMBERS", "Reading", "Readings", "examine_readings", "reading_of"]

TOLERANCE = 0.01
"""Difference of a measured value that another processor may make; far below what an eye sees."""

_DISTANCES = ("nearest_delta_e_2000", "runner_up_delta_e_2000")
NUMBERS = ("l_star", "a_star", "b_star", "ita_degrees", "hue_degrees", "spread_delta_e", "pixels", *_DISTANCES)
"""What is measured besides the tone, in the order in which a difference is told."""
_TONE, _NOTHING = len(NUMBERS), -1
_AT_ONCE = 2_000

Floats = NDArray[np.float64]


class Reading(NamedTuple):
    """One picture, read again."""

    lab: tuple[float, float, float]
    """NaN where it was not read, or showed too little skin."""
    stated: tuple[float, float, float]
    """Code of the tone, distance to the nearest and to the next tone, as the row says; NaN where it says nothing."""
    unlike: int
    """Number of the first value that differs from the row's already, of ``NUMBERS`` or the tone; -1 where none does."""


NOT_READ = Reading((np.nan,) * 3, (np.nan,) * 3, _NOTHING)


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
    steps = {tone.name: at for at, tone in enumerate(scale.tones)}
    tone = steps.get(row["measured_tone"], np.nan)
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
    stated = [row[f"measured_{name}"] for name in NUMBERS]
    unlike = next(
        (at for at, value in enumerate(read) if stated[at] is None or not abs(stated[at] - value) <= TOLERANCE), _NOTHING
    )
    distances = [np.nan if value is None else value for value in stated[len(read) :]]
    return Reading(skin.lab, (tone, distances[0], distances[1]), unlike)


def examine_readings(parts: Sequence[Readings], scale: Scale, names: Names, found: Collector) -> None:
    """Name the tones of what was read, and tell every picture that measures otherwise than its row says."""
    swatches = np.array([tone.lab for tone in scale.tones])
    start = 0
    for part in parts:
        read = np.flatnonzero(~np.isnan(part.lab[:, 0]))
        unlike = part.unlike.astype(np.int64)
        for at in range(0, len(read), _AT_ONCE):
            some = read[at : at + _AT_ONCE]
            unlike[some] = _compared(part.lab[some], part.stated[some], unlike[some], swatches)
        for at in np.flatnonzero(unlike != _NOTHING):
            what = "tone" if unlike[at] == _TONE else NUMBERS[unlike[at]]
            found.add("measurement-differs", names[start + int(at)], f"pixels and mask give another measured_{what}")
        start += len(unlike)


def _compared(lab: Floats, stated: Floats, unlike: NDArray[np.int64], swatches: Floats) -> NDArray[np.int64]:
    pairs = np.tile(swatches, (len(lab), 1)), np.repeat(lab, len(swatches), axis=0)
    distances = delta_e_2000(*pairs).reshape(len(lab), len(swatches))
    nearest = np.argsort(distances, axis=1, kind="stable")[:, :2]
    wrong = unlike.copy()
    for which, number in ((0, len(NUMBERS) - 2), (1, len(NUMBERS) - 1)):
        apart = np.abs(np.take_along_axis(distances, nearest[:, which, None], axis=1)[:, 0] - stated[:, 1 + which])
        wrong[(wrong == _NOTHING) & ~(apart <= TOLERANCE)] = number
    wrong[nearest[:, 0] != stated[:, 0]] = _TONE
    return wrong
