"""Anybody's set of labelled faces: labels are read as they stand, pictures are looked at, and both are asked the same as ours."""

from __future__ import annotations

from array import array
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from math import nan

import numpy as np
from numpy.typing import NDArray

from evenface.dataset import Table, Undecodable, decode_image
from evenface.dataset.foreign import Labelled, LabelledSet
from evenface.dataset.foreign.files import OUTSIDE
from evenface.errors import UsageFault
from evenface.statistics.association import contingency, cramers_v
from evenface.validate.association import Association, Column, associate, associated
from evenface.validate.findings import Collector
from evenface.validate.labelling import Codes, Labelling, Names, Skin
from evenface.validate.labels import LabelReader, Wrong, disguise, tones_of
from evenface.validate.light import Measure
from evenface.validate.look import Look, look_at, nothing_seen, stacked
from evenface.validate.lots import in_order
from evenface.validate.skin import flipped
from evenface.validate.target import cell_key, read_target
from evenface.validate.whole import Examined

__all__ = ["examine_others"]

_PICTURES_AT_ONCE = 64
_BYTES_AT_ONCE = 32_000_000
_STEPS_TOLERANCE = 0.5
_MANY_WORDS = 1_000
_UNSAFE = set("<>\"'&`|\\")
_UNRELATED, _ENOUGH = 0.1, 50
"""Cramer's V below which labels and measured tones have nothing to do with each other, and pictures that it takes to say so."""


def examine_others(
    opened: LabelledSet,
    again: Callable[[], LabelledSet],
    *,
    scale: str | None,
    target: str,
    found: Collector,
    workers: int,
    on_progress: Callable[[int], None],
) -> Examined:
    """Read every row and look at every picture once.

    Args:
        again: Opens the same set once more.
    """
    if opened.columns.tone is None and opened.columns.gender is None:
        what = f"{opened.root} has no column that tells tone or gender, so that there are no cells"
        raise UsageFault(what, "name one with --tone-column NAME or --gender-column NAME; a folder needs a metadata.csv for it")
    taker = _Taker(opened, scale, found)
    look = _look(opened, taker, found, workers, on_progress)
    if not len(taker.names):
        raise UsageFault(f"{opened.root} has no rows", "give a set with pictures")
    labelling = taker.labelling(target)
    taker.tell_spellings()
    _tell_flips(labelling, found)
    _tell_empty_cells(labelling, found)
    _tell_unrelated(labelling, found)
    columns = taker.columns()
    associations = [associate(name, column, labelling) for name, column in columns.items()]
    associated(associations, found)
    rows = tuple((each.column, *each.told) for each in associations)
    tables = (_balance_table(labelling), Table("Columns", ("column", *Association.COLUMNS), rows))
    return Examined(labelling, look, tables, lambda rows: _files(again(), rows), tuple(_measures(columns)))


def _files(opened: LabelledSet, rows: Iterable[int]) -> Iterator[tuple[int, bytes | None]]:
    wanted = set(rows)
    yield from ((at, picture.data) for at, picture in enumerate(opened.pictures) if at in wanted)


def _look(opened: LabelledSet, taker: _Taker, found: Collector, workers: int, on_progress: Callable[[int], None]) -> Look:
    looks: list[Look] = []
    for look, problems in in_order(_look_at_files, _lots(opened.pictures, taker), workers):
        looks.append(look)
        for name, why in problems:
            found.add("picture-undecodable", name, why)
        on_progress(len(look.light))
    return stacked(looks)


def _lots(pictures: Iterator[Labelled], taker: _Taker) -> Iterator[list[tuple[str, bytes | None]]]:
    """Yield names and files in lots; what their rows say is taken on the way."""
    lot: list[tuple[str, bytes | None]] = []
    held = 0
    for picture in pictures:
        taker.take(picture)
        lot.append((picture.name, picture.data if picture.problem is None else None))
        held += len(picture.data)
        if len(lot) == _PICTURES_AT_ONCE or held > _BYTES_AT_ONCE:
            yield lot
            lot, held = [], 0
    if lot:
        yield lot


def _look_at_files(lot: list[tuple[str, bytes | None]]) -> tuple[Look, list[tuple[str, str]]]:
    looks: list[Look] = []
    problems: list[tuple[str, str]] = []
    for name, data in lot:
        pixels = None if data is None else decode_image(data)
        if isinstance(pixels, Undecodable):
            problems.append((name, pixels.why))
        looks.append(nothing_seen() if pixels is None or isinstance(pixels, Undecodable) else look_at(pixels))
    return stacked(looks), problems


class _Taker:
    """Takes what rows say, as codes."""

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
        """Take one row."""
        at, labels = len(self.names), picture.labels
        self.names.append(picture.name)
        self._tell_picture(picture)
        tone = self._label(self._tone, labels.tone if labels else None, picture.name, self.columns_read.tone)
        gender = self._label(self._gender, labels.gender if labels else None, picture.name, self.columns_read.gender)
        measured = self._measured.read(labels.measured_tone) if labels else None
        person = labels.identity if labels and labels.identity else None
        if person is None and (self.columns_read.identity or self._by_folder):
            self.found.add("label-missing", picture.name, f"no value in {self.columns_read.identity or 'the name of its folder'}")
        self._tell_person(person)
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

    def _tell_picture(self, picture: Labelled) -> None:
        if picture.problem is not None:
            code = "picture-outside" if picture.problem == OUTSIDE else "picture-missing"
            self.found.add(code, picture.name, picture.problem)
        if _UNSAFE & set(picture.name) or disguise(picture.name):
            self.found.add("name-unsafe", picture.name, "its name holds signs that a page, a shell or a reader takes for others")

    def _tell_person(self, person: str | None) -> None:
        if person is None or person in self._words["person"].known:
            return
        hidden = disguise(person)
        if hidden:
            self.found.add("label-unreadable", person, f"the person {person} {hidden}")
        elif _UNSAFE & set(person):
            self.found.add(
                "name-unsafe", person, "the person's name holds signs that a page, a shell or a reader takes for others"
            )

    def tell_spellings(self) -> None:
        """Tell labels that differ in their spelling alone, and rows that name one picture."""
        for reader in (self._tone, self._gender):
            for rivals in reader.rivals():
                self.found.add("label-spelling", reader.column, f"one label is spelled {' and '.join(rivals)}")
        for at in self.names.repeated():
            self.found.add("image-id-duplicate", self.names[at], "more than one row names this picture")

    def labelling(self, target: str) -> Labelling:
        """Return the labels of all rows, in the cells of the target."""
        tones, genders = self._words["tone"].words, self._words["gender"].words
        tones = tones if self.scale or not self.columns_read.tone else tuple(sorted(tones, key=_natural))
        shares = read_target(target, tones if self.columns_read.tone else (), tuple(sorted(genders)), self.scale)
        numbers = {cell: at for at, cell in enumerate(shares)}
        rows = {name: np.array(kept, dtype=np.int64) for name, kept in self._rows.items()}
        tone, measured = (_renumbered(rows[name], self._words["tone"].words, tones) for name in ("tone", "measured"))
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
        # Monk 1 and 2 can hardly be told apart, and count as one.
        steps = np.maximum(np.arange(len(tones)), 1 if self.scale == "mst" else 0).astype(np.float64)
        steps = np.append(steps, nan) if self.scale else np.full(len(tones) + 1, nan)
        return Skin(measured, steps[measured] - steps[tone], "steps", _STEPS_TOLERANCE)

    def columns(self) -> dict[str, Column]:
        """Return the other columns, as far as they are numbers or have few words."""
        columns = {name: other.column(len(self.names)) for name, other in self._others.items()}
        return {name: column for name, column in columns.items() if column is not None}


@dataclass(slots=True)
class _Other:
    """A column that is no label of ours: kept as numbers as long as all are, and as words as long as these are few."""

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


def _renumbered(codes: NDArray[np.int64], words: tuple[str, ...], order: tuple[str, ...]) -> NDArray[np.int64]:
    places = np.array([*(order.index(word) if word in order else -1 for word in words), -1], dtype=np.int64)
    return places[codes]


def _balance_table(labelling: Labelling) -> Table:
    people, pictures = labelling.people_by_cell(), labelling.count(labelling.cell)
    rows = [(cell, people[cell], pictures[cell], share) for cell, share in zip(labelling.cells, labelling.targets, strict=True)]
    return Table("Balance", ("cell", "people", "pictures", "share declared"), tuple(rows))


def _tell_flips(labelling: Labelling, found: Collector) -> None:
    labels = (("tone", labelling.tone, labelling.tones), ("gender", labelling.gender, labelling.genders))
    for name, codes, words in labels:
        for person in np.flatnonzero(flipped(labelling.person, codes, len(labelling.people))):
            own = codes[(labelling.person == person) & (codes >= 0)]
            counts = [f"{words[code]} in {count}" for code, count in Counter(own.tolist()).most_common(4)]
            found.add(f"{name}-flips", labelling.people[person], f"{name} is {', '.join(counts)} of {len(own)} pictures")


def _tell_empty_cells(labelling: Labelling, found: Collector) -> None:
    counts = labelling.count(labelling.cell)
    for cell, share in zip(labelling.cells, labelling.targets, strict=True):
        if not counts[cell] and share > 0:
            found.add("cell-missing", cell, f"nobody is in it; its target is {100 * share:.1f} %")
    both = labelling.cell < 0
    both &= (labelling.tone >= 0) if len(labelling.tones) else (labelling.gender >= 0)
    both &= (labelling.gender >= 0) if len(labelling.genders) else both
    if both.any():
        found.add("cell-undeclared", "the target", f"{both.sum()} pictures are in cells that it does not name")


def _tell_unrelated(labelling: Labelling, found: Collector) -> None:
    if labelling.skin is None or (labelling.skin.tone >= 0).sum() < _ENOUGH:
        return
    size = len(labelling.tones)
    strength = cramers_v(contingency(labelling.tone, labelling.skin.tone, (size, size)))
    if strength is not None and strength < _UNRELATED:
        found.add("tone-unrelated", "tone", f"Cramer's V of labelled and measured tone is {strength:.2f}")


def _measures(columns: dict[str, Column]) -> Iterator[Measure]:
    """Yield the columns of numbers that are no small scale; those called measured_ follow the skin and are left out."""
    for name, column in columns.items():
        if column.numbers is not None and len(column.words) > 10 and not name.startswith("measured_"):
            span = float(np.nanmax(column.numbers) - np.nanmin(column.numbers))
            yield Measure(name, "cell-nuisance", column.numbers, 1e-6 * max(span, 1e-6), "")
