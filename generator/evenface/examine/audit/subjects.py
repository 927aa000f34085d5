"""The audited set: its labels as columns of codes, the hash of each picture, and its picture files.

Codes count from 0 in the order of the words beside them; -1 is a label that is missing.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from math import isfinite
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from evenface.dataset import MANIFEST, Dataset
from evenface.dataset.foreign import Columns, Labelled, LabelledSet, open_labelled
from evenface.errors import EvenfaceError
from evenface.examine.readings import Problem
from evenface.examine.validate.labels import LabelReader, Wrong
from evenface.vocabulary import GENDERS, REFERENCE, SCALES, gender_word

__all__ = ["Problem", "Source", "Subjects", "Words", "read_subjects"]

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]

_TEXTS = ("person", "family", "tone", "gender", "cell", "measured_tone", "shot")


class Source:
    """The set, which is read once for its labels and once for each system that is shown pictures."""

    def __init__(self, place: Path, columns: Columns) -> None:
        self._place, self._columns = place, columns
        is_dataset = (place / MANIFEST).is_file()
        self.dataset = Dataset.open(place) if is_dataset else None
        self.kind = "evenface" if is_dataset else ""

    def open(self) -> LabelledSet:
        """Open the set again, with all columns."""
        opened = open_labelled(self._place, self._columns, whole=True)
        self.kind = opened.kind
        return opened

    def files(self, wanted: set[str]) -> Iterator[tuple[str, bytes]]:
        """Yield the pictures with the wanted hashes, each once."""
        left = set(wanted)
        for data in self._bytes():
            if not left:
                return
            name = sha256(data).hexdigest()
            if name in left:
                left.remove(name)
                yield name, data

    def _bytes(self) -> Iterator[bytes]:
        if self.dataset is None:
            yield from (one.data for one in self.open().pictures if one.problem is None and one.labels is not None)
            return
        for shard in self.dataset.shards("default"):
            for batch in self.dataset.shard_batches(shard, ("image",)):
                yield from filter(None, batch.column(0).field("bytes").to_pylist())


@dataclass(frozen=True, slots=True)
class Words:
    """Words of the codes."""

    people: tuple[str, ...]
    families: tuple[str, ...]
    tones: tuple[str, ...]
    """Of the designed and the measured tone; in the order of a known scale."""
    genders: tuple[str, ...]
    cells: tuple[str, ...]
    shots: tuple[str, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Subjects:
    """Labels of n pictures."""

    image_ids: tuple[str, ...]
    """For reports and tables; systems get opaque numbers."""
    sha256: tuple[str, ...]
    """Of the picture's file."""
    person: Ints
    family: Ints
    tone: Ints
    gender: Ints
    cell: Ints
    """Tone and gender, as ``vocabulary.Cell`` spells them, ages together; -1 without either."""
    measured_tone: Ints
    shot: Ints
    age_years: Floats
    """NaN where unknown."""
    box: Floats
    """The true face, n x 4: x, y, width, height in pixels; NaN where unknown."""
    reference: NDArray[np.bool_]
    """Whether it is the reference shot of a person."""
    words: Words
    scale: str | None
    """``monk``, ``ita``, ``fitzpatrick``, or None for other tones."""
    design: str | None
    """``independent`` or ``crossed``; None where unknown."""

    def __len__(self) -> int:
        return len(self.image_ids)


@dataclass(slots=True)
class _Columns:
    reader: LabelReader | None
    """Reads tones where their scale was given."""
    unread: Counter[str] = field(default_factory=Counter)
    ids: list[str] = field(default_factory=list)
    hashes: list[str] = field(default_factory=list)
    texts: dict[str, list[str | None]] = field(default_factory=lambda: {name: [] for name in _TEXTS})
    ages: list[float] = field(default_factory=list)

    def add(self, one: Labelled) -> None:
        """Add the labels of a picture; its bytes are hashed and not kept."""
        if one.labels is None:
            return
        own = one.others.get("image_id")
        self.ids.append(own if isinstance(own, str) and own else one.name)
        self.hashes.append(sha256(one.data).hexdigest())
        labels = one.labels
        tone, measured = (self._tone(value) for value in (labels.tone, labels.measured_tone))
        gender = gender_word(labels.gender)
        cell = "/".join(filter(None, (tone, gender)))
        for name, value in zip(
            _TEXTS, (labels.identity, labels.family, tone, gender, cell, measured, one.others.get("shot_id")), strict=True
        ):
            self.texts[name].append(str(value) if value not in (None, "") else None)
        self.ages.append(_number(one.others.get("age_years", one.others.get("age"))))

    def _tone(self, value: str | None) -> str | None:
        """Return the step of the scale in any spelling; another value is counted and becomes None."""
        if self.reader is None or value is None:
            return value
        read = self.reader.read(value)
        if isinstance(read, Wrong):
            self.unread[value] += 1
            return None
        return read


def read_subjects(
    opened: LabelledSet,
    *,
    dataset: Dataset | None = None,
    scale: str | None = None,
    on_progress: Callable[[int], None] = lambda _pictures: None,
) -> tuple[Subjects, tuple[Problem, ...]]:
    """Read a whole set once; no picture is kept.

    Args: opened: With all its columns (``whole``). dataset: The same set as a dataset, if it is one, for true boxes, the scale
        and the design. scale: ``mst``, ``ita`` or ``fitzpatrick`` for the tones of a foreign set, which are read as in
        ``validate``. When None, tones are kept as written, and the scale follows from their names.
    """
    columns, problems = _Columns(None if dataset or scale is None else LabelReader("tone", scale)), []
    for one in opened.pictures:
        if one.problem is not None or one.labels is None:
            problems.append(Problem(one.name, one.problem or "it has no labels"))
        else:
            columns.add(one)
        on_progress(1)
    if not columns.ids:
        first = f": {problems[0].name}: {problems[0].why}" if problems else ""
        raise EvenfaceError(
            f"no picture of {opened.root} can be used{first}", f"see what is wrong: evenface validate {opened.root}"
        )
    _distinct(columns.ids)
    problems += [
        Problem(f"{count:,} pictures", f"the tone {word} is not a step of {scale}") for word, count in columns.unread.items()
    ]
    known = dataset.manifest.spec.scale if dataset else _scale_of(columns.texts["tone"])
    design = dataset.manifest.spec.design if dataset else None
    return _subjects(columns, known, design, _boxes(dataset, columns.ids)), tuple(problems)


def _number(value: object) -> float:
    """Return a number, or a text that spells one, as float; NaN for anything else."""
    try:
        found = float(value) if isinstance(value, int | float | str) and not isinstance(value, bool) else np.nan
    except ValueError:
        return np.nan
    return found if isfinite(found) else np.nan


def _distinct(ids: list[str]) -> None:
    """Append a number to repeated names."""
    met: dict[str, int] = {}
    for at, name in enumerate(ids):
        met[name] = met.get(name, 0) + 1
        if met[name] > 1:
            ids[at] = f"{name} ({met[name]})"


def _subjects(columns: _Columns, scale: str | None, design: str | None, box: Floats) -> Subjects:
    texts = columns.texts
    tones = _ordered({*texts["tone"], *texts["measured_tone"]}, _steps(scale))
    genders = _ordered(texts["gender"], GENDERS)
    cells = _ordered(texts["cell"], [f"{tone}/{gender}" for tone in tones for gender in genders])
    words = Words(_ordered(texts["person"]), _ordered(texts["family"]), tones, genders, cells, _ordered(texts["shot"]))
    return Subjects(
        image_ids=tuple(columns.ids),
        sha256=tuple(columns.hashes),
        person=_codes(texts["person"], words.people),
        family=_codes(texts["family"], words.families),
        tone=_codes(texts["tone"], tones),
        gender=_codes(texts["gender"], genders),
        cell=_codes(texts["cell"], cells),
        measured_tone=_codes(texts["measured_tone"], tones),
        shot=_codes(texts["shot"], words.shots),
        age_years=np.array(columns.ages, dtype=np.float64),
        box=box,
        reference=np.array([shot == REFERENCE for shot in texts["shot"]], dtype=bool),
        words=words,
        scale=scale,
        design=design,
    )


def _steps(scale: str | None) -> tuple[str, ...]:
    known = SCALES.get(scale or "")
    return tuple(tone.name for tone in known.tones) if known else ()


def _ordered(values: Iterable[str | None], first: Sequence[str] = ()) -> tuple[str, ...]:
    """Return the words that occur: those of ``first`` in its order, then the others by spelling (numbers by value)."""
    there = {value for value in values if value is not None}
    known = [word for word in first if word in there]
    return (*known, *sorted(there - {*known}, key=_natural))


def _natural(word: str) -> list[tuple[int, int, str]]:
    return [(0, int(part), "") if part.isdecimal() else (1, 0, part) for part in re.split(r"(\d+)", word) if part]


def _codes(values: Sequence[str | None], words: Sequence[str]) -> Ints:
    number = {word: at for at, word in enumerate(words)}
    return np.array([-1 if value is None else number[value] for value in values], dtype=np.int64)


def _scale_of(tones: Iterable[str | None]) -> str | None:
    """Return the scale that has all tones as steps, or None."""
    there = {tone for tone in tones if tone is not None}
    scales = {name: {tone.name for tone in scale.tones} for name, scale in SCALES.items()}
    scales["fitzpatrick"] = {f"fitzpatrick_{step}" for step in range(1, 7)}
    return next((name for name, steps in scales.items() if there and there <= steps), None)


def _boxes(dataset: Dataset | None, ids: Sequence[str]) -> Floats:
    box = np.full((len(ids), 4), np.nan)
    if dataset is None:
        return box
    place = {image_id: at for at, image_id in enumerate(ids)}
    for shard in dataset.shards("default"):
        for batch in dataset.shard_batches(shard, ("image_id", "face_box"), rows=10_000):
            for image_id, found in zip(*(column.to_pylist() for column in batch.columns), strict=True):
                if found is not None and image_id in place:
                    box[place[image_id]] = found
    return box
