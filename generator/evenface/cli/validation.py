"""What the command ``validate`` calls: options in, a report out, on the screen, as JSON and as a page."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from evenface.cli.options import all_of, path
from evenface.cli.terminal import counting, say, show_table

if TYPE_CHECKING:
    from evenface.examine.validate import Report
    from evenface.report import Table

__all__ = ["show", "validate_options", "validated", "verdict", "write_page"]

validate_options = all_of(
    click.option("--image-column", "image", metavar="NAME", help="Column with the picture, or with the name of its file."),
    click.option("--identity-column", "identity", metavar="NAME", help="Column that says who is seen; may be missing."),
    click.option("--tone-column", "tone", metavar="NAME", help="Column with the skin tone; makes cells, with the gender."),
    click.option("--gender-column", "gender", metavar="NAME", help="Column with the gender annotation."),
    click.option("--measured-tone-column", "measured_tone", metavar="NAME", help="Column with a tone that was measured."),
    click.option("--scale", type=click.Choice(("mst", "ita", "fitzpatrick")), help="Scale of the tones: others are findings."),
    click.option("--target", metavar="uniform|FILE", default="uniform", show_default=True, help="Wanted shares of the cells."),
    click.option("--margin", type=float, default=0.02, show_default=True, help="Difference of a share that counts as none."),
    click.option("--config", metavar="NAME", help="Config of a dataset of the Hub."),
    click.option("--split", metavar="NAME", help="Split of a dataset of the Hub; all when left out."),
    click.option("--recognisers", is_flag=True, help="Ask face recognisers who is seen twice under two ids (make judges)."),
    click.option("--html", type=path, metavar="FILE", help="Write the report as a page too."),
    click.option("--json", "as_json", is_flag=True, help="Write the report as JSON."),
    click.option("--full", is_flag=True, help="Show every table, as the page and the JSON have them."),
    click.option("--workers", type=click.IntRange(min=1), default=1, show_default=True, help="Processes that look side by side."),
    click.option("--quiet", is_flag=True, help="Show no progress."),
)
_STRONGEST = 5
_COLUMNS = ("image", "identity", "tone", "gender", "measured_tone")


def validated(place: str, quiet: bool, html: Path | None = None, **asked: object) -> Report:
    """Examine a dataset, and write the page where one is asked for."""
    from evenface.dataset import Dataset
    from evenface.dataset.foreign import Columns
    from evenface.examine.validate import Options, open_set, validate

    if html is not None:
        from evenface.examine.validate.page import check_page

        check_page()
    columns = Columns(**{name: asked.pop(name, None) for name in _COLUMNS})  # type: ignore[arg-type]
    options = Options(columns=columns, **asked)  # type: ignore[arg-type]
    opened = open_set(place, options)
    total = sum(cell.pictures for cell in opened.manifest.cells) if isinstance(opened, Dataset) else opened.count
    if not quiet:
        say("validating")
    with counting(total, quiet) as advance:
        report = validate(opened, options, on_progress=advance)
    if html is not None:
        write_page(report, place, html)
    return report


def write_page(report: Report, place: str, html: Path) -> None:
    """Write the page of a report."""
    from evenface.examine.validate.page import page_of
    from evenface.files.storage import in_words, write_file

    with in_words(html):
        write_file(html, page_of(report, Path(place).name or place, verdict(report)).encode())
    say(f"Report: {html}")


def show(report: Report, as_json: bool, full: bool) -> None:
    """Write what an examination found: findings first, then all tables, or those that a reader needs."""
    if as_json:
        click.echo(json.dumps(report.to_json(), indent=1, allow_nan=False))
        return
    if report.findings:
        rows = [(found.severity, found.code, found.where, found.what, found.hint) for found in report.findings]
        show_table("Findings", ("severity", "code", "where", "what", "try"), rows)
    shown = report.tables if full else tuple(_needed(report))
    for table in shown:
        show_table(table.title, table.columns, table.rows)
    if not full:
        click.echo("Shown in part; every table: --full, --html FILE or --json.")
    if report.summary:
        click.echo(report.summary)
    click.echo(verdict(report))


def _needed(report: Report) -> Iterator[Table]:
    """Yield balance by cell, measured against designed tone, and of the associations the strongest."""
    from evenface.examine.validate.association import strongest_rows

    for title in ("Balance", "Designed"):
        yield from [table for table in report.tables if table.title.startswith(title)][:1]
    for table in report.tables:
        if table.title in ("Nuisances", "Columns"):
            rows = strongest_rows(table)[:_STRONGEST]
            title = f"{table.title}, {len(rows)} of {len(table.rows)}: those that go most with tone or gender"
            yield replace(table, title=title, rows=rows)


def verdict(report: Report) -> str:
    """Return the last line of an examination."""
    counted = ", ".join(_counted(report.count(word), word) for word in ("error", "warning", "note") if report.count(word))
    return _outcome(report) + (f": {counted}." if counted else ".")


def _outcome(report: Report) -> str:
    if report.plan_hash is not None:
        return "Balanced and whole" if report.ok else "Not as declared"
    if not report.ok:
        return "Not sound"
    return "Whole, and every cell within the margin of its target" if report.balanced else "Whole; balance is not shown"


def _counted(count: int, word: str) -> str:
    return f"{count} {word}{'' if count == 1 else 's'}"
