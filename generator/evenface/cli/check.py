"""Commands that check: a set (``validate``), its pairs (``power``), the installation (``doctor``)."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from evenface.cli.options import (
    json_option,
    label_options,
    path,
    quiet_option,
    readers_option,
    scale_option,
)
from evenface.cli.terminal import counting, finish, say, show_table, show_tables

if TYPE_CHECKING:
    from evenface.dataset.protocols.power import Power
    from evenface.examine.validate import Report
    from evenface.report import Table

__all__ = ["doctor", "power", "validate", "validate_set", "verdict"]

_STRONGEST = 5
_COLUMNS = ("image", "identity", "tone", "gender", "measured_tone")


@click.command()
@click.argument("dataset", metavar="DATASET")
@label_options
@scale_option
@click.option("--target", metavar="uniform|FILE", default="uniform", show_default=True, help="Wanted shares of the cells.")
@click.option("--margin", type=float, default=0.02, show_default=True, help="Largest difference of a share that is accepted.")
@click.option("--config", metavar="NAME", help="Config of a dataset on the Hub.")
@click.option("--split", metavar="NAME", help="Split of a dataset on the Hub; default: all.")
@click.option(
    "--recognisers", is_flag=True, help="Also search for one face under two identities with face recognisers (make judges)."
)
@click.option("--html", type=path, metavar="FILE", help="Write the report as a page too.")
@json_option
@click.option("--full", is_flag=True, help="Show every table, as in the page and the JSON.")
@readers_option
@quiet_option
def validate(dataset: str, as_json: bool, full: bool, quiet: bool, html: Path | None, **asked: object) -> None:
    """Check a dataset against its declaration, or another set against a target.

    DATASET is a dataset of evenface; or a folder of parquet files, a CSV or JSON lines beside pictures, a
    folder with metadata.csv, or OWNER/NAME on the Hub, with columns for tone or gender.

    Exit code 0: no errors; 1: errors; 2: wrong use.

    \b
    Example:
      evenface validate faces --html report.html
      evenface validate photos.csv --tone-column MST --gender-column sex --scale mst
    """
    report = validate_set(dataset, quiet, html, **asked)
    _show(report, as_json, full)
    finish(report.ok)


@click.command()
@click.argument("source", metavar="DATASET|PLAN.json", type=path)
@json_option
def power(source: Path, as_json: bool) -> None:
    """State which error rates the pairs of a dataset, or of a plan, can measure.

    For each cell: the mated and non-mated pairs and their people, the error rates that they can measure,
    and the expected width of an interval. Run it on a plan before its pictures are made.

    \b
    Example:
      evenface power plan.json
      evenface power faces --json > power.json
    """
    found = _power_of(source)
    if as_json:
        click.echo(json.dumps(found.to_json(), indent=1))
    else:
        show_tables(found.tables)
        click.echo("\n".join(found.notes))


@click.command()
def doctor() -> None:
    """List what is installed and what is missing.

    Versions, the device, what each backend and extra needs, and the cache.

    Exit code 1 if something required is missing.

    \b
    Example:
      evenface doctor
    """
    from evenface.cli.doctor import examine

    sections = examine()
    for section in sections:
        rows = [(each.name, "ok" if each.good else "no", each.found, each.hint) for each in section.checks]
        show_table(section.title, ("what", "state", "found", "try"), rows)
    finish(all(section.good for section in sections))


def validate_set(place: str, quiet: bool, html: Path | None = None, **asked: object) -> Report:
    """Validate a dataset, and write the page if ``html`` is given."""
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
        _write_page(report, place, html)
    return report


def _write_page(report: Report, place: str, html: Path) -> None:
    """Write the page of a report."""
    from evenface.examine.validate.page import page_of
    from evenface.files.storage import explain_os_errors, write_file

    with explain_os_errors(html):
        write_file(html, page_of(report, Path(place).name or place, verdict(report)).encode())
    say(f"Report: {html}")


def _show(report: Report, as_json: bool, full: bool) -> None:
    """Write a report: findings first, then all tables if ``full``, else the most important ones."""
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
        click.echo("Some tables are left out. For all of them use --full, --html FILE or --json.")
    if report.summary:
        click.echo(report.summary)
    click.echo(verdict(report))


def _needed(report: Report) -> Iterator[Table]:
    """Yield balance by cell, measured against designed tone, and the strongest associations."""
    from evenface.examine.validate.association import strongest_rows

    for title in ("Balance", "Designed"):
        yield from [table for table in report.tables if table.title.startswith(title)][:1]
    for table in report.tables:
        if table.title in ("Nuisances", "Columns"):
            rows = strongest_rows(table)[:_STRONGEST]
            title = f"{table.title}, {len(rows)} of {len(table.rows)}: the strongest associations with tone or gender"
            yield replace(table, title=title, rows=rows)


def verdict(report: Report) -> str:
    """Return the last line of a validation."""
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


def _power_of(source: Path) -> Power:
    """Return the power statement of a plan file, or of the dataset in a folder."""
    from evenface.dataset import Dataset
    from evenface.dataset.protocols.power import power_of, power_of_dataset
    from evenface.dataset.protocols.verification import verification_rows
    from evenface.people.plan import read_plan

    if source.is_file() or (source.suffix == ".json" and not source.exists()):
        plan = read_plan(source)
        return power_of(verification_rows(plan), [cell.key for cell in plan.cells])
    return power_of_dataset(Dataset.open(source))
