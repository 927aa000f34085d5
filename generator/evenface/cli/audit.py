"""What ``audit`` does: systems are asked about every picture of a set, and it is told what they answered."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from evenface.cli.options import all_of, column_options, path
from evenface.terminal import counting, say, show_table

if TYPE_CHECKING:
    from evenface.audit.run import Audited

__all__ = ["audit_options", "audited", "show"]

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
    click.option("--json", "as_json", is_flag=True, help="Write what was answered as JSON."),
    click.option("--quiet", is_flag=True, help="Show no progress."),
)


def audited(dataset: Path, quiet: bool, systems: tuple[str, ...], **asked: Any) -> Audited:  # noqa: ANN401 (options of click)
    """Ask the systems, with the progress on the screen."""
    from evenface.audit.run import Asked, audit
    from evenface.dataset.foreign import Columns, open_labelled

    columns = Columns(**{name: asked.pop(name) for name in _COLUMNS})
    total = open_labelled(dataset, columns, whole=True).count * (1 + len(systems))
    if not quiet:
        say("reading the set, then asking " + ", ".join(systems))
    with counting(total, quiet) as advance:
        return audit(dataset, Asked(systems=systems, columns=columns, **asked), on_progress=advance)


def show(found: Audited, as_json: bool) -> None:
    """Write what was answered, system by system, and what could not be shown; end with 1 where there is such."""
    lines = [_line(found, name) for name in found.abouts]
    problems = [{"name": problem.name, "why": problem.why} for problem in found.problems]
    if as_json:
        data = {"source": found.source, "pictures": len(found.subjects), "systems": lines}
        click.echo(json.dumps(data | {"problems": problems}, indent=1))
    else:
        _show_lines(found, lines)
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
