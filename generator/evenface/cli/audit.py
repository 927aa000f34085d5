"""What ``audit`` does: systems are asked about every picture of a set, and what they answered is reported."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from evenface.cli.options import all_of, column_options, path
from evenface.cli.terminal import counting, say, show_table

if TYPE_CHECKING:
    from evenface.examine.audit.report.writing import Written
    from evenface.examine.audit.run import Audited
    from evenface.report import Table

__all__ = ["audit_options", "reported", "show"]

_COLUMNS = ("image", "identity", "family", "tone", "gender")

audit_options = all_of(
    click.option("--system", "systems", multiple=True, required=True, metavar="NAME", help="System to ask; may be repeated."),
    click.option("--out", type=path, required=True, metavar="DIR", help="Where answers are kept: new, or an earlier audit's."),
    column_options,
    click.option("--scale", type=click.Choice(("mst", "ita", "fitzpatrick")), help="Scale of the tones of somebody's set."),
    click.option(
        "--labels",
        type=click.Choice(("designed", "measured")),
        default="designed",
        show_default=True,
        help="The tones that pictures are grouped by.",
    ),
    click.option("--max-pairs", type=click.IntRange(min=1), metavar="N", help="Pairs to compare, evenly of all cells."),
    click.option(
        "--time-limit",
        type=float,
        default=60.0,
        show_default=True,
        metavar="S",
        help="Seconds that a program may take over a picture.",
    ),
    click.option("--retry-failures", "again", is_flag=True, help="Ask again where there was a failure."),
    click.option("--price", type=float, metavar="USD", help="Price of one call of a service, for the estimate."),
    click.option("--yes", "agreed", is_flag=True, help="Send pictures to a service that costs money."),
    click.option("--workers", type=click.IntRange(min=1), default=1, show_default=True, help="Processes of each system."),
    click.option("--pictures", is_flag=True, help="Copy the worst errors into the report, faces of somebody's set too."),
    click.option("--json", "as_json", is_flag=True, help="Write what was answered and shown as JSON."),
    click.option("--quiet", is_flag=True, help="Show no progress."),
)


def reported(
    dataset: Path,
    quiet: bool,
    systems: tuple[str, ...],
    **asked: Any,  # noqa: ANN401 (options of click)
) -> tuple[Audited, Written]:
    """Ask the systems, with the progress on the screen, and write the report."""
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
        say("reading the set, then asking " + ", ".join(systems))
    with counting(total, quiet) as advance:
        return audit(dataset, Asked(systems=systems, columns=columns, **asked), on_progress=advance)


def show(found: Audited, written: Written, as_json: bool) -> None:
    """Write what was answered and what was shown, and what could not be looked at; end with 1 where there is such."""
    from evenface.examine.audit.report.words import findings, skin_alone

    lines = [_line(found, name) for name in found.abouts]
    problems = [{"name": problem.name, "why": problem.why} for problem in found.problems]
    if as_json:
        data = {"source": found.source, "pictures": len(found.subjects), "systems": lines}
        told = [asdict(each) for each in findings(written.report) if each.heads]
        click.echo(
            json.dumps(
                data
                | {
                    "findings": told,
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
    click.get_current_context().exit(1 if problems else 0)


def _show_lines(found: Audited, lines: list[dict[str, Any]]) -> None:
    columns = ("system", "version", "pictures", "failures", "face found", "templates", "pairs", "not compared")
    show_table("Answers", columns, [[line[column] for column in columns] for line in lines])
    for line in lines:
        for why, count in line["why"].items():
            click.echo(f"{line['system']}: {count:,} times: {why}")
    for problem in found.problems[:10]:
        click.echo(f"{problem.name}: {problem.why}")
    if len(found.problems) > 10:
        click.echo(f"... and {len(found.problems) - 10:,} more")


def _show_report(written: Written) -> None:
    from evenface.examine.audit.report.page import finding_line
    from evenface.examine.audit.report.tables import power_table, shade_tables
    from evenface.examine.audit.report.words import chance_of_any, findings, skin_alone
    from evenface.examine.audit.report.writing import PAGE

    report = written.report
    for table in (power_table(report), *shade_tables(report)):
        _show(table)
    for each in findings(report):
        if each.heads:
            click.echo(finding_line(each))
    for told in skin_alone(report):
        click.echo(f"The skin alone: {told}")
    for what, where in report.merged_flags().items():
        click.echo(f"{where}: {what}.")
    click.echo(chance_of_any(report))
    click.echo(f"Report: {next(path for path in written.files if path.name == PAGE)}")


def _show(table: Table) -> None:
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
