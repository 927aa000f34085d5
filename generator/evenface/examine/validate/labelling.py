"""Labels of all pictures of a set as codes, in compact columns that the checks of the whole set use."""

from __future__ import annotations

from array import array
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["Codes", "Ints", "Labelled", "Labelling", "Names", "Skin"]

Ints = NDArray[np.signedinteger[Any]]
"""Integers of any width: codes of a few words take two bytes."""
Floats = NDArray[np.float64]


class Names:
    """Many names in little memory: one text, and the end of each name. (``pyarrow.array`` of words loads pandas, 40 MB.)"""

    def __init__(self) -> None:
        self._text, self._ends = bytearray(), array("q", [0])

    def append(self, name: str) -> None:
        """Add a name."""
        self._text += name.encode(errors="surrogatepass")
        self._ends.append(len(self._text))

    def __len__(self) -> int:
        return len(self._ends) - 1

    def __getitem__(self, at: int) -> str:
        return self._text[self._ends[at] : self._ends[at + 1]].decode(errors="surrogatepass")

    def __iter__(self) -> Iterator[str]:
        return map(self.__getitem__, range(len(self)))

    def hashes(self) -> NDArray[np.int64]:
        """Return a hash of each name."""
        return np.fromiter(map(hash, self), dtype=np.int64, count=len(self))

    def repeated(self) -> Iterator[int]:
        """Yield the places of names that occurred before."""
        hashes = self.hashes()
        order = np.argsort(hashes, kind="stable")
        suspects = order[1:][hashes[order][1:] == hashes[order][:-1]]
        for at in np.sort(suspects):
            name = self[at]
            if any(self[other] == name for other in np.flatnonzero(hashes == hashes[at]) if other < at):
                yield int(at)


@dataclass(slots=True)
class Codes:
    """Codes of words, from 0 on, in the order of their first occurrence; -1 for None."""

    known: dict[str, int] = field(default_factory=dict)

    def of(self, word: str | None) -> int:
        """Return the code of a word."""
        return -1 if word is None else self.known.setdefault(word, len(self.known))

    @property
    def words(self) -> tuple[str, ...]:
        """All words, by code."""
        return tuple(self.known)


@dataclass(frozen=True, slots=True, eq=False)
class Skin:
    """Measured skin of each picture, compared with its label."""

    tone: Ints
    """Code of the measured tone; -1 where none was measured."""
    offset: NDArray[np.floating[Any]]
    """Measured minus labelled, in ``unit``; NaN where either is missing."""
    unit: str
    """``L*`` (less is darker) or ``steps`` (more is darker)."""
    tolerance: float
    """Largest tolerated mean offset of a cell."""
    lab: NDArray[np.float32] | None = None
    """n x 3, where it was measured."""


@dataclass(frozen=True, slots=True, eq=False)
class Labelled:
    """Tone, gender and cell of some pictures."""

    tones: tuple[str, ...]
    genders: tuple[str, ...]
    cells: tuple[str, ...]
    tone: Ints
    gender: Ints
    cell: Ints


@dataclass(frozen=True, slots=True, eq=False)
class Labelling:
    """Labels of n pictures; -1 where a label is missing or undeclared."""

    names: Names
    people: tuple[str, ...]
    tones: tuple[str, ...]
    """Of the scale, lightest first; or those that occur."""
    genders: tuple[str, ...]
    cells: tuple[str, ...]
    """Declared cells."""
    targets: tuple[float, ...]
    """Declared share of each cell; the sum is 1."""
    person: Ints
    family: Ints
    tone: Ints
    gender: Ints
    cell: Ints
    measured_cell: Ints | None
    """The cell with the measured tone in place of the labelled one; None for a set without measurements."""
    judged: NDArray[np.bool_]
    """The pictures by which labels are assessed: reference shots, where the set has them."""
    skin: Skin | None
    block: Ints | None
    """Pictures designed to differ in the cell alone share a number; None for a set without such a design."""

    def __len__(self) -> int:
        return len(self.person)

    def count(self, codes: Ints) -> Counter[str]:
        """Count codes of cells; declared cells without pictures have 0."""
        counts = np.bincount(codes[codes >= 0], minlength=len(self.cells))
        return Counter(dict(zip(self.cells, map(int, counts), strict=True)))

    def people_by_cell(self) -> Counter[str]:
        """Count people, each in the cell of their first picture."""
        known = np.flatnonzero((self.person >= 0) & (self.cell >= 0))
        _, first = np.unique(self.person[known], return_index=True)
        return self.count(self.cell[known][first])

    def first_of_person(self) -> Ints:
        """Return the place of the first picture of each person; all places in a set without identities."""
        if not self.people:
            return np.arange(len(self))
        known = np.flatnonzero(self.person >= 0)
        return np.asarray(known[np.unique(self.person[known], return_index=True)[1]])

    def is_of_people(self, codes: Ints) -> bool:
        """Return whether a column has one value for all pictures of each person."""
        known = self.person >= 0
        first = np.full(len(self.people), -1, dtype=np.int64)
        first[self.person[known][::-1]] = codes[known][::-1]
        return bool(known.any() and (first[self.person[known]] == codes[known]).all())

    def among(self, rows: Ints) -> Labelled:
        """Return tone, gender and cell of some pictures."""
        return Labelled(self.tones, self.genders, self.cells, self.tone[rows], self.gender[rows], self.cell[rows])
