"""The table of an export, written row by row as CSV, JSON lines or parquet.

Class labels are written as their names. The columns by which metrics are grouped (``tone``, ``gender``, ``cell``, designed and
measured) follow the file name. In a CSV, lists are JSON, and no text can be taken for a formula.
"""

from __future__ import annotations

import csv
import json
from pathlib import Path
from types import TracebackType
from typing import Any, Literal, Self

import pyarrow as pa
import pyarrow.parquet as pq

from evenface.dataset import Row, schema_of
from evenface.dataset.schema import class_names
from evenface.files.storage import sync_folder
from evenface.report.table import csv_entry
from evenface.vocabulary import SCALES, Cell

__all__ = ["GROUPS", "Kind", "TableWriter", "table_row", "table_schema"]

Kind = Literal["parquet", "csv", "jsonl"]

GROUPS = ("cell", "tone", "tone_step", "gender", "age_band", "measured_cell", "measured_tone", "measured_tone_step")
"""Columns for grouping; the measured cell has the measured tone with the designed gender and age band."""

_GROUP_ROWS = 1_000
_ADDED = {"file_name": pa.string(), "tone_step": pa.int64(), "measured_tone_step": pa.int64(), "measured_cell": pa.string()}


def table_schema(scale: str) -> pa.Schema:
    """Return the columns of the table of pictures of a dataset in ``scale``."""
    stored = schema_of("pictures/probe", scale)
    labels = class_names(stored)
    types = {field.name: pa.string() if field.name in labels else field.type for field in stored if field.name != "image"}
    order = dict.fromkeys(("file_name", "image_id", "identity_id", *GROUPS, *types))
    return pa.schema([(name, (types | _ADDED)[name]) for name in order])


def table_row(row: Row, file_name: str, scale: str) -> Row:
    """Return the row of a picture."""
    tone, measured = row["tone"], row["measured_tone"]
    cell = Cell(measured, row["gender"], row["age_band"]).key if measured and row["gender"] and row["age_band"] else None
    groups = {"tone_step": _step(tone, scale), "measured_tone_step": _step(measured, scale), "measured_cell": cell}
    return {"file_name": file_name, **groups, **{name: value for name, value in row.items() if name != "image"}}


def _step(tone: str | None, scale: str) -> int | None:
    return None if tone is None else SCALES[scale].tone(tone).step


class TableWriter:
    """Writes a table row by row; a context manager."""

    def __init__(self, path: Path, kind: Kind, schema: pa.Schema) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._path, self._kind, self._schema, self._rows = path, kind, schema, list[Row]()
        if kind == "parquet":
            self._writer: Any = pq.ParquetWriter(path, schema, compression="zstd")
        else:
            self._writer = path.open("x", encoding="utf-8", newline="")
        if kind == "csv":
            csv.writer(self._writer, lineterminator="\n").writerow(schema.names)

    def add(self, row: Row) -> None:
        """Add one row."""
        if self._kind == "csv":
            csv.writer(self._writer, lineterminator="\n").writerow([_spell(row.get(name)) for name in self._schema.names])
        elif self._kind == "jsonl":
            ordered = {name: row.get(name) for name in self._schema.names}
            self._writer.write(json.dumps(ordered, ensure_ascii=False, allow_nan=False) + "\n")
        else:
            self._rows.append(row)
            if len(self._rows) == _GROUP_ROWS:
                self._write_group()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        try:
            if self._rows and kind is None:
                self._write_group()
        finally:
            self._writer.close()
        sync_folder(self._path)

    def _write_group(self) -> None:
        self._writer.write_table(pa.Table.from_pylist(self._rows, schema=self._schema))
        self._rows = []


def _spell(value: object) -> object:
    return json.dumps(value, ensure_ascii=False, allow_nan=False) if isinstance(value, (list, dict)) else csv_entry(value)
