"""Answers of a system from a file (CSV, JSON lines or parquet), so that a closed system can be audited without access to it.

Answers: ``image_id``, then any of ``box_x, box_y, box_width, box_height, box_score`` (empty: no face found), ``gender``,
``gender_confidence``, ``age_years``, ``failure``; in JSON lines and parquet also ``faces`` and ``embedding``.
Comparisons: ``score`` with ``pair_id``, or with ``image_a`` and ``image_b``; the order of the two
pictures does not matter. ``FILE.about.json`` beside it describes the system, and states its threshold.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from evenface.dataset import pair_id_of
from evenface.errors import EvenfaceError, UsageFault
from evenface.examine.audit.records import About, Answer
from evenface.examine.audit.systems import Compared, Settings
from evenface.examine.audit.systems.json_lines import ANSWER_FIELDS, about_of, answer_of
from evenface.files.storage import sha256_of

__all__ = ["MAXIMUM_BYTES", "Scores"]

MAXIMUM_BYTES = 4_000_000_000
_LINE = 1_000_000
"""Largest number of characters in a line."""
_BOX = ("box_x", "box_y", "box_width", "box_height")
_NUMBERS = ("gender_confidence", "age_years", "score", "box_score", *_BOX)
_ANSWERED = (*ANSWER_FIELDS, *_BOX, "box_score")
_HINT = "give image_id and answers, or score with pair_id, or score with image_a and image_b"

Row = dict[str, Any]


class Scores:
    """The answers, or the comparisons, of one file."""

    def __init__(self, settings: Settings) -> None:
        self.path = Path(settings.argument).expanduser()
        columns, rows = _rows(self.path)
        self._answers: dict[str, Answer] = {}
        self._pairs: dict[str | tuple[str, str], Compared] = {}
        if "score" in columns and ("pair_id" in columns or {"image_a", "image_b"} <= {*columns}):
            _refuse_unknown(self.path, columns, ("pair_id", "image_a", "image_b", "score", "failure"))
            self._read_pairs(rows)
            can = ["compare"]
        elif "image_id" in columns:
            _refuse_unknown(self.path, columns, ("image_id", *_ANSWERED))
            self._read_answers(rows)
            can = _capabilities(columns)
        else:
            raise UsageFault(f"{self.path} has the columns {', '.join(columns) or 'none'}", _HINT)
        self.about = self._about(can)

    def _about(self, capabilities: Sequence[str]) -> About:
        beside, said = self.path.with_name(f"{self.path.name}.about.json"), {}
        if beside.is_file():
            try:
                with beside.open(encoding="utf-8-sig") as text:
                    said = json.loads(text.read(_LINE))
            except ValueError as problem:
                raise EvenfaceError(f"{beside} is not JSON: {problem}", "give a JSON object") from problem
        hashes = {self.path.name: sha256_of(self.path)}
        known = {"name": self.path.stem, "version": "not said", "capabilities": list(capabilities)}
        about = about_of(said, str(beside), known)
        return replace(
            about,
            capabilities=tuple(capabilities),
            weights_sha256={**about.weights_sha256, **hashes},
            notes=(*about.notes, "answers made elsewhere, read from a file"),
        )

    def _read_answers(self, rows: Iterable[Row]) -> None:
        for row in rows:
            name = str(row.pop("image_id") or "").strip()
            if not name or name in self._answers:
                what = f"answers {name} twice" if name else "has a row without image_id"
                raise EvenfaceError(f"{self.path} {what}", "give one row for each picture")
            self._answers[name] = _answer(row, str(self.path))

    def _read_pairs(self, rows: Iterable[Row]) -> None:
        for row in rows:
            sides = [str(row.get(side) or "").strip() for side in ("image_a", "image_b")]
            key: str | tuple[str, str] = str(row.get("pair_id") or "").strip()
            if not key:
                if not all(sides):
                    raise EvenfaceError(f"{self.path} has a row without a pair", _HINT)
                key = (min(sides), max(sides))
            if key in self._pairs:
                pair = key if isinstance(key, str) else " and ".join(key)
                raise EvenfaceError(f"{self.path} compares {pair} twice", "give one row for each pair")
            self._pairs[key] = Compared(row.get("score"), row.get("failure") or None)

    def answer_of(self, image_id: str) -> Answer:
        """Return the answer of the file to a picture."""
        return self._answers.get(image_id) or Answer(failure="not in the file")

    def score_of(self, image_id: str, other: str) -> Compared:
        """Return the score of the file for a pair."""
        keys = ((min(image_id, other), max(image_id, other)), pair_id_of(image_id, other), pair_id_of(other, image_id))
        return next((self._pairs[key] for key in keys if key in self._pairs), Compared(None, "not in the file"))

    def strangers(self, image_ids: Sequence[str]) -> list[str]:
        """Return the ids in the file that are not in the set."""
        named = [*self._answers, *(name for key in self._pairs if isinstance(key, tuple) for name in key)]
        return [name for name in dict.fromkeys(named) if name not in {*image_ids}] if named else []


def _answer(row: Row, where: str) -> Answer:
    """Return the answer of a row; flat columns of a box become its one face."""
    box, score = [row.pop(name, None) for name in _BOX], row.pop("box_score", None)
    said = {name: value for name, value in row.items() if value is not None}
    if any(value is not None for value in box):
        said["faces"] = [{"box": box, "score": score}]
    return answer_of(said, where)


def _capabilities(columns: Sequence[str]) -> list[str]:
    there = {*columns}
    known = (("detect", {"faces", *_BOX}), ("attributes", {"gender", "age_years"}), ("embed", {"embedding"}))
    found = [name for name, needs in known if there & needs]
    if not found:
        raise UsageFault("the file has no answers: its only column is image_id", _HINT)
    return found


def _refuse_unknown(path: Path, columns: Sequence[str], known: Sequence[str]) -> None:
    unknown = [name for name in columns if name not in known]
    if unknown:
        raise UsageFault(f"{path} has the column {unknown[0]}", f"its columns may be {', '.join(known)}")


def _rows(path: Path) -> tuple[list[str], Iterator[Row]]:
    if not path.is_file():
        raise UsageFault(f"the file {path} does not exist", "give a .csv, .jsonl or .parquet file: --system scores:FILE")
    if path.stat().st_size > MAXIMUM_BYTES:
        raise UsageFault(f"{path} has {path.stat().st_size:,} bytes, more than {MAXIMUM_BYTES:,}", "split it")
    readers = {".csv": _csv, ".jsonl": _jsonl, ".parquet": _parquet}
    if path.suffix.lower() not in readers:
        raise UsageFault(f"{path} is not one of {', '.join(readers)}", "save it as one of these")
    try:
        return readers[path.suffix.lower()](path)
    except (csv.Error, ValueError, pa.ArrowException, OSError) as problem:
        first = str(problem).partition("\n")[0]
        raise EvenfaceError(
            f"{path} cannot be read: {first}", "save it as UTF-8, with a row for each picture or pair"
        ) from problem


def _csv(path: Path) -> tuple[list[str], Iterator[Row]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        reader = csv.DictReader(file)
        columns = [name.strip() for name in reader.fieldnames or () if name]
        reader.fieldnames = columns
        rows = [{name: _value(name, row.get(name)) for name in columns} for row in reader]
    boxed = {*_BOX} <= {*columns}
    return columns, iter([{"faces": [], **row} if boxed and row["box_x"] is None else row for row in rows])


def _value(name: str, text: str | None) -> str | float | None:
    if text is None or not text.strip():
        return None
    if name not in _NUMBERS:
        return text.strip()
    try:
        return float(text)
    except ValueError:
        return text.strip()  # becomes a failure of that picture


def _jsonl(path: Path) -> tuple[list[str], Iterator[Row]]:
    rows: list[Row] = []
    with path.open(encoding="utf-8-sig") as file:
        while line := file.readline(_LINE):
            row = json.loads(line) if line.strip() else {}
            if not isinstance(row, dict):
                raise ValueError(f"a line is not a JSON object: {line[:40].strip()}")
            rows += [row] if row else []
    return list(dict.fromkeys(name for row in rows for name in row)), iter(rows)


def _parquet(path: Path) -> tuple[list[str], Iterator[Row]]:
    with pq.ParquetFile(path) as file:
        size = sum(file.metadata.row_group(at).total_byte_size for at in range(file.num_row_groups))
        if size > MAXIMUM_BYTES:
            raise ValueError(f"it would unpack to {size:,} bytes")
        columns = list(file.schema_arrow.names)
        boxed = {*_BOX} <= {*columns}
        rows = [row for batch in file.iter_batches(10_000) for row in batch.to_pylist()]
    return columns, iter([{"faces": [], **row} if boxed and row["box_x"] is None else row for row in rows])
