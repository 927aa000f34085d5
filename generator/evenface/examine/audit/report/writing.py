"""The files of a report: an audit comes in, a page, tables, JSON and a summary go into its folder."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from evenface.examine.audit.report.build import report_of
from evenface.examine.audit.report.page import page_of
from evenface.examine.audit.report.records import Report
from evenface.examine.audit.report.summary import summary_of
from evenface.examine.audit.report.tidy import tables_of
from evenface.examine.audit.report.worst import may_show, thumbnails, worst_errors
from evenface.examine.audit.run import Audited
from evenface.files.codec import canonical
from evenface.files.storage import in_words, write_file

__all__ = ["PAGE", "SUMMARY", "Written", "write_report"]

PAGE, SUMMARY = "report.html", "summary.md"


@dataclass(frozen=True, slots=True)
class Written:
    """A report, and the files that it was written to."""

    report: Report
    files: tuple[Path, ...]


def write_report(audited: Audited, *, pictures: bool = False) -> Written:
    """Make the report of an audit and write it where its answers are.

    Args:
        pictures: Copy faces of somebody's set into the page; those of our own sets, which nobody has, always are.
    """
    report, worst, out = report_of(audited), worst_errors(audited), audited.asked.out
    small = thumbnails(audited, worst) if may_show(audited, pictures) else {}
    files = tables_of(report) | {
        "report.json": canonical(report.to_json()),
        SUMMARY: summary_of(report).encode(),
        PAGE: page_of(report, worst, small, audited.subjects.image_ids).encode(),
    }
    for name, data in files.items():
        with in_words(out / name):
            write_file(out / name, data)
    return Written(report, tuple(out / name for name in files))
