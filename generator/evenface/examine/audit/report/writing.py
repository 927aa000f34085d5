"""The files of a report: a page, a summary, JSON, and tables of every figure as parquet and CSV."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, fields
from io import BytesIO
from math import isfinite
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from evenface.examine.audit.metrics.groups import Estimate
from evenface.examine.audit.metrics.tone_effects import Flips
from evenface.examine.audit.metrics.verification import Point
from evenface.examine.audit.report.figures import report_of
from evenface.examine.audit.report.page import page_of, summary_of
from evenface.examine.audit.report.records import AuditReport, is_gap
from evenface.examine.audit.report.worst import may_show, thumbnails, worst_errors
from evenface.examine.audit.run import Audited
from evenface.files.codec import canonical_json
from evenface.files.storage import explain_os_errors, write_file
from evenface.report import csv_table

__all__ = ["COLUMNS", "PAGE", "SUMMARY", "Written", "write_report"]

PAGE, SUMMARY = "report.html", "summary.md"


@dataclass(frozen=True, slots=True)
class Written:
    """A report, and the files that it was written to."""

    report: AuditReport
    files: tuple[Path, ...]


def write_report(audited: Audited, *, pictures: bool = False) -> Written:
    """Make the report of an audit and write it where its answers are.

    Args:
        pictures: Copy faces into the page even if the set is not one of evenface; invented faces are always copied.
    """
    report, worst, out = report_of(audited), worst_errors(audited), audited.asked.out
    small = thumbnails(audited, worst) if may_show(audited, pictures) else {}
    files = table_files(report) | {
        "report.json": canonical_json(report.to_json()),
        SUMMARY: summary_of(report).encode(),
        PAGE: page_of(report, worst, small, audited.subjects.image_ids).encode(),
    }
    for name, data in files.items():
        with explain_os_errors(out / name):
            write_file(out / name, data)
    return Written(report, tuple(out / name for name in files))


COLUMNS = tuple(field.name for field in fields(Estimate))
_TYPES = {"n": pa.int64(), "people": pa.int64(), "value": pa.float64(), "low": pa.float64(), "high": pa.float64()}
_TESTED = ("p_value", "adjusted")
_SCHEMA = pa.schema([(name, _TYPES.get(name, pa.string())) for name in COLUMNS])


def table_files(report: AuditReport) -> dict[str, bytes]:
    """Return the files: every figure, every comparison, the curves, and in a crossed set the effects of the skin alone."""
    rows = [_row(asdict(each)) for each in report.all_estimates()]
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


def _comparisons(report: AuditReport) -> Iterable[dict[str, Any]]:
    for each in report.comparisons:
        tested = {name: getattr(each, name) for name in (*_TESTED, "tests", "smallest_gap", "shown")}
        yield _row(asdict(each.estimate) | tested | {"called": is_gap(each)})


def _row(data: Mapping[str, Any]) -> dict[str, Any]:
    """Return a row in which a number that is not finite is None."""
    return {name: None if isinstance(value, float) and not isfinite(value) else value for name, value in data.items()}


def _parquet(rows: list[dict[str, Any]]) -> bytes:
    made = BytesIO()
    pq.write_table(pa.Table.from_pylist(rows, schema=_SCHEMA), made, compression="zstd")
    return made.getvalue()
