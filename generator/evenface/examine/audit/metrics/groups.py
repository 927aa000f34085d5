"""Groups of pictures that are compared, and ``Estimate``, the row that states one figure of a group.

The shades are those of Gender Shades (Buolamwini and Gebru 2018): lighter and darker by woman and man. Their border lies between
Fitzpatrick III and IV; here also between Monk 5 and 6, and at an ITA of 28 degrees. Monk's scale names none: that border is ours.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from evenface.vocabulary import SCALES

__all__ = [
    "ALL",
    "CELL",
    "DESIGNED",
    "GENDER",
    "MARGINS",
    "MEASURED",
    "OVERALL",
    "SHADE",
    "TONE",
    "Estimate",
    "Group",
    "Grouping",
    "grouping_of",
]

DESIGNED, MEASURED = "designed", "measured"
"""The labels of tone that groups can have."""
OVERALL, TONE, GENDER, CELL, SHADE = "overall", "tone", "gender", "cell", "shade"
MARGINS = (OVERALL, TONE, GENDER, CELL, SHADE)


@dataclass(frozen=True, slots=True)
class Estimate:
    """A figure of a system in a group, or between two groups, with its 95 % interval."""

    system: str
    task: str
    """``detection``, ``gender``, ``age``, ``enrolment`` or ``verification``."""
    metric: str
    label: str
    margin: str
    group: str
    other: str | None
    """The group, or the system, that this one is compared with."""
    threshold: str | None
    """How the threshold was set, and its value; None without a threshold."""
    n: int
    """Pictures, or pairs of pictures."""
    people: int
    value: float | None
    """None where it is undefined, or there are too few data; the note states why."""
    low: float | None
    high: float | None
    method: str
    note: str | None = None


Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

ALL = "all"
_LIGHTER = {"monk": 5, "mst": 5, "ita": 3, "fitzpatrick": 3}
"""The last step that counts as lighter."""


@dataclass(frozen=True, slots=True, eq=False)
class Group:
    """A group of cells."""

    margin: str
    name: str
    cells: NDArray[np.bool_]


@dataclass(frozen=True, slots=True, eq=False)
class Grouping:
    """Pictures by cell (tone x gender), person and family, and the groups that cells form."""

    label: str
    design: str | None
    cell: Ints
    """Of each picture, from 0; -1 where tone or gender is unknown."""
    person: Ints
    family: Ints
    cells: tuple[str, ...]
    step: Floats
    """Step of the tone of each cell, 1 the lightest; NaN for a scale without a known order."""
    gender: tuple[str, ...]
    """Of each cell."""
    groups: tuple[Group, ...]

    @property
    def unlabelled(self) -> int:
        """Number of pictures that are in no group."""
        return int((self.cell < 0).sum())

    def margin(self, name: str) -> tuple[Group, ...]:
        """Return the groups of one margin."""
        return tuple(group for group in self.groups if group.margin == name)


def grouping_of(
    *,
    tone: Ints,
    gender: Ints,
    person: Ints,
    family: Ints,
    tones: Sequence[str],
    genders: Sequence[str],
    scale: str | None,
    design: str | None = None,
    label: str = DESIGNED,
) -> Grouping:
    """Return the groups of pictures whose tones and genders are codes of ``tones`` and ``genders``, -1 for unknown.

    A set without one of the two labels has cells of the other alone. Cells without pictures are left out.
    """
    names = [[*words] or [""] for words in (tones, genders)]
    codes = [column if len(words) else np.zeros(len(person), np.int64) for column, words in ((tone, tones), (gender, genders))]
    number = np.where((codes[0] >= 0) & (codes[1] >= 0), codes[0] * len(names[1]) + codes[1], -1)
    there = np.unique(number[number >= 0])
    cell = np.where(number >= 0, np.searchsorted(there, number), -1)
    of_tone = [names[0][each // len(names[1])] for each in there]
    of_gender = [names[1][each % len(names[1])] for each in there]
    steps = np.array([_step(scale, word) for word in of_tone], dtype=np.float64)
    groups = tuple(_groups(of_tone, of_gender, steps, _LIGHTER.get(scale or "")))
    cells = tuple("/".join(filter(None, pair)) for pair in zip(of_tone, of_gender, strict=True))
    return Grouping(label, design, cell, person, family, cells, steps, tuple(of_gender), groups)


def _groups(tones: Sequence[str], genders: Sequence[str], steps: Floats, lighter: int | None) -> list[Group]:
    tone, gender = np.array(tones, dtype=object), np.array(genders, dtype=object)
    found = [Group(OVERALL, ALL, np.ones(len(tone), dtype=bool))]
    found += [Group(TONE, word, tone == word) for word in dict.fromkeys(tones) if word]
    found += [Group(GENDER, word, gender == word) for word in dict.fromkeys(genders) if word]
    if any(tones) and any(genders):
        found += [Group(CELL, f"{tone[at]}/{gender[at]}", np.arange(len(tone)) == at) for at in range(len(tone))]
    if lighter is not None and not np.isnan(steps).any():
        shades = {"lighter": steps <= lighter, "darker": steps > lighter}
        parts = [(f"{shade}/{word}", of & (gender == word)) for shade, of in shades.items() for word in ("woman", "man")]
        found += [Group(SHADE, name, cells) for name, cells in parts if cells.any()]
    return found


def _step(scale: str | None, word: str) -> float:
    """Return the position of a tone in its scale."""
    known = SCALES.get("monk" if scale == "mst" else scale or "")
    if known is not None:
        return next((float(tone.step) for tone in known.tones if tone.name == word), float("nan"))
    digits = word.rpartition("_")[2]
    return float(digits) if scale == "fitzpatrick" and digits.isascii() and digits.isdigit() else float("nan")
