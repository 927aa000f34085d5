"""The command line: parse, call one room, print. Every error of ours becomes ``Error:`` and ``Try:`` in one place, ``_Edge``."""

from __future__ import annotations

import errno
import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from evenface import __version__
from evenface.errors import EvenfaceError, UsageFault
from evenface.terminal import counting, measure_of, say, say_error, show_table
from evenface.vocabulary import DESIGNS

if TYPE_CHECKING:
    from evenface.plan import Plan
    from evenface.render import RenderReport
    from evenface.validate import Report

__all__ = ["main"]

F = TypeVar("F", bound=Callable[..., Any])

INTERRUPTED = 130
"""128 + SIGINT, as shells have it."""
MANY_PICTURES = 20_000
MANY_SECONDS = 6 * 3600
"""A plan over either is rendered only with --yes."""
_RESUMED = ("generate", "render")


class _Edge(click.Group):
    """The one place where an error becomes a message and an exit code."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 (click's signature)
        # In the order of the line, not of the alphabet.
        return list(self.commands)

    def invoke(self, ctx: click.Context) -> object:
        try:
            return super().invoke(ctx)
        except EvenfaceError as error:
            say_error(error.what, error.hint)
            ctx.exit(error.exit_code)
        except KeyboardInterrupt:
            kept = " Finished pictures are kept; the same command goes on." if ctx.invoked_subcommand in _RESUMED else ""
            say(f"\nInterrupted.{kept}")
            ctx.exit(INTERRUPTED)
        except OSError as error:
            if error.errno == errno.EPIPE:  # click is quiet about a reader that has gone
                raise
            say_error(": ".join(filter(None, (error.filename, error.strerror or str(error)))), "")
            ctx.exit(1)


def _all_of(*decorators: Callable[[F], F]) -> Callable[[F], F]:
    """Return one decorator for several, in the order in which ``--help`` is to show them."""

    def apply(command: F) -> F:
        for decorator in reversed(decorators):
            command = decorator(command)
        return command

    return apply


_path = click.Path(path_type=Path)
_spec_options = _all_of(
    click.argument("spec", metavar="[SPEC.toml]", type=_path, required=False),
    click.option("--preset", type=click.Choice(("demo", "audit")), help="A spec that comes with evenface, in place of a file."),
    click.option("--identities-per-cell", type=int, metavar="N", help="People in each cell of tone x gender."),
    click.option("--images-per-identity", type=int, metavar="M", help="Pictures of each person besides the reference shot."),
    click.option("--size", "size_px", type=int, metavar="PX", help="Width and height of a picture in pixels."),
    click.option("--seed", type=int, metavar="S", help="Another seed gives other people."),
    click.option("--design", type=click.Choice(DESIGNS), help="crossed: every head in every tone."),
    click.option("--backend", metavar="NAME", help="cycles (rendered heads), swatch (flat ovals), or your own module:Class."),
)
_render_options = _all_of(
    click.option(
        "--workers", type=click.IntRange(min=1), default=1, show_default=True, help="Processes that render side by side."
    ),
    click.option("--yes", is_flag=True, help="Begin even when it will take long."),
    click.option("--quiet", is_flag=True, help="Show no progress."),
)


@click.group(cls=_Edge, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, package_name="evenface", message="%(prog)s %(version)s")
def main() -> None:
    """Make balanced sets of synthetic faces for the audit of face systems.

    \b
    Example:
      evenface generate --preset demo --out faces-demo
    """


@main.command()
@_spec_options
@click.option(
    "--out", type=_path, required=True, metavar="DIR", help="The dataset to write; its run is kept beside it, in DIR.run."
)
@_render_options
def generate(spec: Path | None, preset: str | None, out: Path, workers: int, yes: bool, quiet: bool, **changes: object) -> None:
    """Make a dataset from a spec: the whole line.

    Plan, render, measure, package, draw the contact sheet, validate.

    The same command resumes what was interrupted.

    \b
    Example:
      evenface generate --preset demo --out faces-demo
      evenface generate spec.toml --out faces --workers 4
    """
    plan = _planned(spec, preset, changes)
    _check_free(out, plan)
    run = out.absolute().with_name(f"{out.absolute().name}.run")
    _rendered(plan, run, workers, yes, quiet)
    _packaged(run, out, quiet)
    sheet = _sheet_of(out, out / "contact_sheet.png")
    report = _validated(out, quiet)
    say(f"{_verdict(report)} The tables: evenface validate {out}")
    say(f"Dataset:       {out}\nContact sheet: {sheet}\nRun:           {run} (not needed any more, unless to package again)")
    _exit_with(report)


@main.command()
@_spec_options
@click.option("--out", type=_path, required=True, metavar="FILE", help="The plan to write.")
def plan(spec: Path | None, preset: str | None, out: Path, **changes: object) -> None:
    """Turn a spec into a balanced plan with a hash.

    \b
    Example:
      evenface plan spec.toml --out plan.json
    """
    from evenface.plan import write_plan

    made = _planned(spec, preset, changes)
    write_plan(made, out)
    say(f"{out}: {len(made.cells)} cells, {made.people_count:,} people, {_expected(made)}; plan {made.plan_hash}")


@main.command()
@click.argument("plan", metavar="PLAN.json", type=_path)
@click.option("--out", type=_path, required=True, metavar="RUN", help="The folder for the pictures, new or of the same plan.")
@_render_options
def render(plan: Path, out: Path, workers: int, yes: bool, quiet: bool) -> None:
    """Make the pictures of a plan.

    Pictures that are there already are kept.

    \b
    Example:
      evenface render plan.json --out run
    """
    from evenface.plan import read_plan

    report = _rendered(read_plan(plan), out, workers, yes, quiet)
    say(f"{out}: {report.done:,} pictures made, {report.skipped:,} were there")


@main.command()
@click.argument("run", metavar="RUN", type=_path)
@click.option("--out", type=_path, required=True, metavar="DATASET", help="The folder of the dataset, new or of the same plan.")
@click.option("--quiet", is_flag=True, help="Show no progress.")
def package(run: Path, out: Path, quiet: bool) -> None:
    """Measure the pictures of a run and pack them.

    \b
    Example:
      evenface package run --out faces
    """
    _packaged(run, out, quiet)
    say(f"Dataset: {out}")


@main.command()
@click.argument("dataset", metavar="DATASET", type=_path)
@click.option("--json", "as_json", is_flag=True, help="Write the report as JSON.")
@click.option("--quiet", is_flag=True, help="Show no progress.")
def validate(dataset: Path, as_json: bool, quiet: bool) -> None:
    """Check a dataset against what it declares.

    Exit code 0: balanced and whole; 1: there are findings; 2: wrong use.

    \b
    Example:
      evenface validate faces
      evenface validate faces --json > report.json
    """
    report = _validated(dataset, quiet)
    if as_json:
        click.echo(json.dumps(report.to_json(), indent=1))
    else:
        _show(report)
    _exit_with(report)


@main.command()
@click.argument("dataset", metavar="DATASET", type=_path)
@click.option("--out", type=_path, required=True, metavar="FILE", help="The PNG to write.")
def sheet(dataset: Path, out: Path) -> None:
    """Draw a contact sheet of a dataset.

    Rows are tones, columns are genders and people.

    \b
    Example:
      evenface sheet faces --out sheet.png
    """
    say(f"Contact sheet: {_sheet_of(dataset, out)}")


@main.command()
def doctor() -> None:
    """Say what is installed and what is missing.

    Versions, the device, what each backend and extra needs, and the cache.

    Exit code 1 when something that is needed is missing.

    \b
    Example:
      evenface doctor
    """
    from evenface.doctor import examine

    sections = examine()
    for section in sections:
        rows = [(check.name, "ok" if check.good else "no", check.found, check.hint) for check in section.checks]
        show_table(section.title, ("what", "state", "found", "try"), rows)
    click.get_current_context().exit(0 if all(section.good for section in sections) else 1)


def _planned(spec: Path | None, preset: str | None, changes: dict[str, object]) -> Plan:
    from evenface.plan import make_plan
    from evenface.spec import override, read_spec
    from evenface.spec import preset as preset_spec

    if (spec is None) == (preset is None):
        what = (
            "neither a spec nor a preset is given" if spec is None else f"both the spec {spec} and the preset {preset} are given"
        )
        raise UsageFault(what, "give one of them: a SPEC.toml, or --preset demo")
    return make_plan(override(read_spec(spec) if spec is not None else preset_spec(str(preset)), **changes))


def _expected(plan: Plan) -> str:
    from evenface.plan import estimate

    seconds, count = estimate(plan)
    return measure_of(plan.pictures_count, seconds * 2 / (os.cpu_count() or 2), count)


def _check_free(out: Path, plan: Plan) -> None:
    """Refuse a folder that the dataset could not be written to, before hours go into its pictures."""
    from evenface.dataset import DatasetWriter

    with DatasetWriter(out, plan):
        pass


def _agree(plan: Plan, yes: bool) -> None:
    from evenface.plan import estimate

    if not yes and (plan.pictures_count > MANY_PICTURES or estimate(plan).seconds > MANY_SECONDS):
        raise UsageFault(f"this is much: {_expected(plan)} on this machine", "add --yes to begin, or ask for fewer people")


def _rendered(plan: Plan, run: Path, workers: int, yes: bool, quiet: bool) -> RenderReport:
    from evenface.render import render_run

    _agree(plan, yes)
    _prepare(plan.spec.backend)
    with counting(plan.pictures_count, quiet) as advance:
        report = render_run(plan, run, backend=plan.spec.backend, workers=workers, on_progress=advance)
    (run / "failures.txt").unlink(missing_ok=True)
    if report.failed:
        for failed in report.failed[:10]:
            say(f"  {failed.task.identity.identity_id}: {failed.what}" + (f" ({failed.hint})" if failed.hint else ""))
        (run / "failures.txt").write_text("\n".join(failed.traceback or failed.what for failed in report.failed))
        what = f"{len(report.failed)} people of {plan.people_count:,} could not be rendered; {run / 'failures.txt'} tells more"
        raise EvenfaceError(what, "the same command tries them again and keeps the rest")
    return report


def _prepare(backend: str) -> None:
    """Make what the workers of a backend share, once and with a line about it, before there are workers."""
    if backend == "cycles":
        from evenface.backends.cycles.head import load_head_model

        load_head_model(progress=say)


def _packaged(run: Path, out: Path, quiet: bool) -> None:
    from evenface.plan import read_plan
    from evenface.publish.package import package

    # A folder that is no run is refused by ``package``, in its words.
    total = read_plan(run / "plan.json").pictures_count if (run / "plan.json").is_file() else 0
    if not quiet:
        say("measuring and packing")
    with counting(total, quiet) as advance:
        package(run, out, on_progress=advance)


def _sheet_of(dataset: Path, out: Path) -> Path:
    from evenface.publish.sheet import contact_sheet

    contact_sheet(dataset, out)
    return out


def _validated(dataset: Path, quiet: bool) -> Report:
    from evenface.dataset import Dataset
    from evenface.validate import validate

    total = sum(cell.pictures for cell in Dataset.open(dataset).manifest.cells)
    if not quiet:
        say("validating")
    with counting(total, quiet) as advance:
        return validate(dataset, on_progress=advance)


def _show(report: Report) -> None:
    for table in report.tables:
        show_table(table.title, table.columns, table.rows)
    if report.findings:
        rows = [(found.severity, found.code, found.where, found.what, found.hint) for found in report.findings]
        show_table("Findings", ("severity", "code", "where", "what", "try"), rows)
    click.echo(_verdict(report))


def _verdict(report: Report) -> str:
    errors = sum(found.severity == "error" for found in report.findings)
    warnings = len(report.findings) - errors
    counted = ", ".join(_counted(count, word) for count, word in ((errors, "error"), (warnings, "warning")) if count)
    return ("Balanced and whole" if report.ok else "Not as declared") + (f": {counted}." if counted else ".")


def _counted(count: int, word: str) -> str:
    return f"{count} {word}{'' if count == 1 else 's'}"


def _exit_with(report: Report) -> None:
    click.get_current_context().exit(0 if report.ok else 1)
