"""The tables of a report as files: figures come in, parquet and CSV go out, a row each."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, fields
from io import BytesIO
from math import isfinite
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from evenface.examine.audit.metrics.groups import Estimate
from evenface.examine.audit.metrics.tone_effects import Flips
from evenface.examine.audit.metrics.verification import Point
from evenface.examine.audit.report.records import Report, called
from evenface.files.storage import csv_table

__all__ = ["COLUMNS", "tables_of"]

COLUMNS = tuple(field.name for field in fields(Estimate))
_TYPES = {"n": pa.int64(), "people": pa.int64(), "value": pa.float64(), "low": pa.float64(), "high": pa.float64()}
_TESTED = ("p_value", "adjusted")
_SCHEMA = pa.schema([(name, _TYPES.get(name, pa.string())) for name in COLUMNS])


def tables_of(report: Report) -> dict[str, bytes]:
    """Return the files: every figure, every comparison, the curves, and what the skin alone did where that can be told."""
    rows = [_row(asdict(each)) for each in report.tidy()]
    found = {
        "estimates.parquet": _parquet(rows),
        "estimates.csv": csv_table(COLUMNS, rows),
        "comparisons.csv": csv_table((*COLUMNS, *_TESTED, "tests", "smallest_gap", "shown", "called"), _comparisons(report)),
    }
    if report.curves:
        found["curves.csv"] = csv_table([field.name for field in fields(Point)], (_row(asdict(each)) for each in report.curves))
    if report.effects:
        effects = (_row(asdict(each.estimate) | {name: getattr(each, name) for name in _TESTED}) for each in report.effects)
        found["effects.csv"] = csv_table((*COLUMNS, *_TESTED), effects)
    if report.flips:
        found["flips.csv"] = csv_table([field.name for field in fields(Flips)], (_row(asdict(each)) for each in report.flips))
    return found


def _comparisons(report: Report) -> Iterable[dict[str, Any]]:
    for each in report.comparisons:
        told = {name: getattr(each, name) for name in (*_TESTED, "tests", "smallest_gap", "shown")}
        yield _row(asdict(each.estimate) | told | {"called": called(each)})


def _row(data: Mapping[str, Any]) -> dict[str, Any]:
    """Return a row in which what is no number is missing."""
    return {name: None if isinstance(value, float) and not isfinite(value) else value for name, value in data.items()}


def _parquet(rows: list[dict[str, Any]]) -> bytes:
    made = BytesIO()
    pq.write_table(pa.Table.from_pylist(rows, schema=_SCHEMA), made, compression="zstd")
    return made.getvalue()
