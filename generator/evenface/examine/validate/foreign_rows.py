"""Rows of a set that evenface did not package: turns labels into codes, and every other column into numbers or words."""

from __future__ import annotations

from array import array
from dataclasses import dataclass, field
from math import nan

import numpy as np
from numpy.typing import NDArray

from evenface.dataset.foreign import Labelled, LabelledSet
from evenface.dataset.foreign.files import OUTSIDE
from evenface.examine.validate.association import Column
from evenface.examine.validate.findings import Collector
from evenface.examine.validate.labelling import Codes, Labelling, Names, Skin
from evenface.examine.validate.labels import LabelReader, Wrong, cell_key, check_name, read_target, tones_of

__all__ = ["RowReader"]

_STEPS_TOLERANCE = 0.5
"""Largest difference, in steps, of the mean measured skin of a cell from its label."""
_MANY_WORDS = 1_000


class RowReader:
    """Turns rows into codes and columns."""

    def __init__(self, opened: LabelledSet, scale: str | None, found: Collector) -> None:
        self.found, self.scale, self.columns_read = found, scale, opened.columns
        self.names = Names()
        self._tone = LabelReader(opened.columns.tone or "tone", scale)
        self._gender = LabelReader(opened.columns.gender or "gender")
        self._measured = LabelReader(opened.columns.measured_tone or "measured_tone", scale)
        self._by_folder = opened.kind == "folders" and opened.columns.identity is None
        self._words = {name: Codes() for name in ("person", "family", "tone", "gender")}
        for tone in tones_of(scale):
            self._words["tone"].of(tone)
        self._rows = {name: array("i") for name in (*self._words, "measured")}
        self._others: dict[str, _Other] = {}

    def take(self, picture: Labelled) -> None:
        """Add one row."""
        at, labels = len(self.names), picture.labels
        self.names.append(picture.name)
        self._check_picture(picture)
        tone = self._label(self._tone, labels.tone if labels else None, picture.name, self.columns_read.tone)
        gender = self._label(self._gender, labels.gender if labels else None, picture.name, self.columns_read.gender)
        measured = self._measured.read(labels.measured_tone) if labels else None
        person = labels.identity if labels and labels.identity else None
        if person is None and (self.columns_read.identity or self._by_folder):
            self.found.add("label-missing", picture.name, f"no value in {self.columns_read.identity or 'the folder name'}")
        self._check_person(person)
        words = {"person": person, "family": labels.family if labels and person else None, "tone": tone, "gender": gender}
        for name, word in words.items():
            self._rows[name].append(self._words[name].of(word))
        self._rows["measured"].append(self._words["tone"].of(measured) if isinstance(measured, str) else -1)
        for column, value in picture.others.items():
            self._others.setdefault(column, _Other(column)).take(at, value)

    def _label(self, reader: LabelReader, value: str | None, name: str, column: str | None) -> str | None:
        if column is None:
            return None
        label = reader.read(value)
        if isinstance(label, Wrong):
            self.found.add(label.code, name, label.what)
            return None
        return label

    def _check_picture(self, picture: Labelled) -> None:
        if picture.problem is not None:
            code = "picture-outside" if picture.problem == OUTSIDE else "picture-missing"
            self.found.add(code, picture.name, picture.problem)
        check_name(picture.name, picture.name, "the file name", self.found)

    def _check_person(self, person: str | None) -> None:
        if person is None or person in self._words["person"].known:
            return
        check_name(person, person, "the name of a person", self.found)

    def report_spellings(self) -> None:
        """Report labels that differ in spelling alone, and rows that name the same picture."""
        for reader in (self._tone, self._gender):
            for rivals in reader.rivals():
                self.found.add("label-spelling", reader.column, f"the same label is spelled {' and '.join(rivals)}")
        for at in self.names.repeated():
            self.found.add("image-id-duplicate", self.names[at], "several rows name this picture")

    def labelling(self, target: str) -> Labelling:
        """Return the labels of all rows, in the cells of the target."""
        tones, genders = self._words["tone"].words, self._words["gender"].words
        tones = tones if self.scale or not self.columns_read.tone else tuple(sorted(tones, key=_natural))
        shares = read_target(target, tones if self.columns_read.tone else (), tuple(sorted(genders)), self.scale)
        numbers = {cell: at for at, cell in enumerate(shares)}
        rows = {name: np.array(kept, dtype=np.int64) for name, kept in self._rows.items()}
        tone, measured = (_renumber(rows[name], self._words["tone"].words, tones) for name in ("tone", "measured"))
        cell, measured_cell = (self._cells(each, rows["gender"], tones, genders, numbers) for each in (tone, measured))
        skin = self._skin(tone, measured, tones) if (measured >= 0).any() else None
        return Labelling(
            names=self.names,
            people=self._words["person"].words,
            tones=tones,
            genders=genders,
            cells=tuple(shares),
            targets=tuple(shares.values()),
            person=rows["person"],
            family=rows["family"],
            tone=tone,
            gender=rows["gender"],
            cell=cell,
            measured_cell=measured_cell if skin else None,
            judged=np.ones(len(tone), dtype=bool),
            skin=skin,
            block=None,
        )

    def _cells(
        self,
        tone: NDArray[np.int64],
        gender: NDArray[np.int64],
        tones: tuple[str, ...],
        genders: tuple[str, ...],
        numbers: dict[str, int],
    ) -> NDArray[np.int64]:
        found = np.full((len(tones) + 1, len(genders) + 1), -1, dtype=np.int64)
        for at, one in enumerate(tones if self.columns_read.tone else (None,)):
            for to, other in enumerate(genders if self.columns_read.gender else (None,)):
                found[at if one else -1, to if other else -1] = numbers.get(cell_key(one, other), -1)
        return found[tone, gender]

    def _skin(self, tone: NDArray[np.int64], measured: NDArray[np.int64], tones: tuple[str, ...]) -> Skin:
        steps = np.append(np.arange(len(tones), dtype=np.float64), nan) if self.scale else np.full(len(tones) + 1, nan)
        return Skin(measured, steps[measured] - steps[tone], "steps", _STEPS_TOLERANCE)

    def columns(self) -> dict[str, Column]:
        """Return the other columns that hold numbers, or few different words."""
        columns = {name: other.column(len(self.names)) for name, other in self._others.items()}
        return {name: column for name, column in columns.items() if column is not None}


@dataclass(slots=True)
class _Other:
    """A column that is not a label: kept as numbers while all values are numbers, and as words while there are few."""

    name: str
    places: array[int] = field(default_factory=lambda: array("i"))
    numbers: array[float] | None = field(default_factory=lambda: array("d"))
    words: Codes | None = field(default_factory=Codes)
    codes: array[int] = field(default_factory=lambda: array("i"))

    def take(self, at: int, value: str | float | bool | None) -> None:
        if value is None or value == "" or (self.numbers is None and self.words is None):
            return
        self.places.append(at)
        if self.numbers is not None:
            number = _as_number(value)
            self.numbers = None if number is None else self.numbers
            if self.numbers is not None and number is not None:
                self.numbers.append(number)
        if self.words is not None:
            self.codes.append(self.words.of(str(value)))
            if len(self.words.known) > _MANY_WORDS:
                self.words = None

    def column(self, rows: int) -> Column | None:
        places = np.array(self.places, dtype=np.int64)
        if self.numbers is not None:
            values = np.full(rows, nan)
            values[places] = np.array(self.numbers)
            return Column.of_numbers(values)
        if self.words is None:
            return None
        codes = np.full(rows, -1, dtype=np.int64)
        codes[places] = np.array(self.codes)
        return Column(codes, self.words.words, None)


def _as_number(value: str | float | bool) -> float | None:
    if isinstance(value, bool):
        return None
    try:
        return float(value)
    except ValueError:
        return None


def _natural(label: str) -> tuple[float, str]:
    return (float(label), "") if label.replace(".", "", 1).isascii() and label.replace(".", "", 1).isdigit() else (0.0, label)


def _renumber(codes: NDArray[np.int64], words: tuple[str, ...], order: tuple[str, ...]) -> NDArray[np.int64]:
    places = np.array([*(order.index(word) if word in order else -1 for word in words), -1], dtype=np.int64)
    return places[codes]
