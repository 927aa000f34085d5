"""The command line: parse, call one room, print. Every error of ours becomes ``Error:`` and ``Try:`` in one place, ``edge``."""

from __future__ import annotations

import json
from pathlib import Path

import click

from evenface import __version__
from evenface.cli import calls, validation
from evenface.cli.edge import Edge
from evenface.cli.options import column_options, path, render_options, spec_options, workers_option
from evenface.terminal import say, show_table

__all__ = ["main"]


@click.group(cls=Edge, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, package_name="evenface", message="%(prog)s %(version)s")
def main() -> None:
    """Make balanced sets of synthetic faces for the audit of face systems.

    \b
    Example:
      evenface generate --preset demo --out faces-demo
    """


@main.command()
@spec_options
@click.option(
    "--out", type=path, required=True, metavar="DIR", help="The dataset to write; its run is kept beside it, in DIR.run."
)
@render_options
def generate(spec: Path | None, preset: str | None, out: Path, workers: int, yes: bool, quiet: bool, **changes: object) -> None:
    """Make a dataset from a spec: the whole line.

    Plan, select, render, measure, package, draw the contact sheet, validate.

    The same command resumes what was interrupted.

    \b
    Example:
      evenface generate --preset demo --out faces-demo
      evenface generate spec.toml --out faces --workers 4
    """
    plan = calls.planned(spec, preset, changes)
    run = out.absolute().with_name(f"{out.absolute().name}.run")
    plan = calls.settled(plan, out, run, workers, yes, quiet)
    calls.rendered(plan, run, workers, yes, quiet)
    calls.packaged(run, out, quiet)
    sheet = calls.sheet_of(out, out / "contact_sheet.png")
    report = validation.validated(str(out), quiet, workers=workers)
    say(f"{validation.verdict(report)} The tables: evenface validate {out}")
    say(f"Dataset:       {out}\nContact sheet: {sheet}\nRun:           {run} (not needed any more, unless to package again)")
    calls.exit_with(report)


@main.command()
@spec_options
@click.option("--out", type=path, required=True, metavar="FILE", help="The plan to write.")
def plan(spec: Path | None, preset: str | None, out: Path, **changes: object) -> None:
    """Turn a spec into a balanced plan with a hash.

    \b
    Example:
      evenface plan spec.toml --out plan.json
    """
    from evenface.plan import write_plan

    made = calls.planned(spec, preset, changes)
    write_plan(made, out)
    say(f"{out}: {len(made.cells)} cells, {made.people_count:,} people, {calls.expected(made)}; plan {made.plan_hash}")


@main.command()
@click.argument("plan", metavar="PLAN.json", type=path)
@click.option("--out", type=path, required=True, metavar="PLAN.json", help="The same plan with its people chosen.")
@workers_option
@click.option("--quiet", is_flag=True, help="Show no progress.")
def select(plan: Path, out: Path, workers: int, quiet: bool) -> None:
    """Choose people who lie far apart.

    For each place of a plan whose spec says so, candidates are previewed, face recognisers embed them, and
    the one is kept whom they would mistake least for those before. What they read is kept in PLAN.json.previews.

    \b
    Example:
      evenface select plan.json --out plan.json --workers 2
    """
    from evenface.plan import read_plan, write_plan

    made = calls.chosen(read_plan(plan), out.with_name(f"{out.name}.previews"), workers, quiet)
    write_plan(made, out)
    say(f"{out}: {made.people_count:,} people chosen by {made.spec.select}; plan {made.plan_hash}")


@main.command()
@click.argument("plan", metavar="PLAN.json", type=path)
@click.option("--out", type=path, required=True, metavar="RUN", help="The folder for the pictures, new or of the same plan.")
@render_options
def render(plan: Path, out: Path, workers: int, yes: bool, quiet: bool) -> None:
    """Make the pictures of a plan.

    Pictures that are there already are kept.

    \b
    Example:
      evenface render plan.json --out run
    """
    from evenface.plan import read_plan

    report = calls.rendered(read_plan(plan), out, workers, yes, quiet)
    say(f"{out}: {report.done:,} pictures made, {report.skipped:,} were there")


@main.command()
@click.argument("run", metavar="RUN", type=path)
@click.option("--out", type=path, required=True, metavar="DATASET", help="The folder of the dataset, new or of the same plan.")
@click.option("--quiet", is_flag=True, help="Show no progress.")
def package(run: Path, out: Path, quiet: bool) -> None:
    """Measure the pictures of a run and pack them.

    \b
    Example:
      evenface package run --out faces
    """
    calls.packaged(run, out, quiet)
    say(f"Dataset: {out}")


@main.command()
@click.argument("dataset", metavar="DATASET")
@validation.validate_options
def validate(dataset: str, as_json: bool, quiet: bool, html: Path | None, **asked: object) -> None:
    """Check a dataset: ours against what it declares, anybody's against a target and itself.

    DATASET is a dataset of evenface; or a folder of parquet files, a CSV or JSON lines beside pictures, a
    folder with metadata.csv, or OWNER/NAME on the Hub, with columns for tone or gender.

    Exit code 0: no errors; 1: there are some; 2: wrong use.

    \b
    Example:
      evenface validate faces --html report.html
      evenface validate photos.csv --tone-column MST --gender-column sex --scale mst
    """
    report = validation.validated(dataset, quiet, html, **asked)
    validation.show(report, as_json)
    calls.exit_with(report)


@main.command()
@click.argument("dataset", metavar="DATASET", type=path)
@click.option("--out", type=path, metavar="DIR", help="Write report.json and plots into this folder too.")
@click.option("--json", "as_json", is_flag=True, help="Write the report as JSON.")
@column_options
@click.option("--workers", type=click.IntRange(min=1), default=1, show_default=True, help="Processes that look side by side.")
@click.option("--quiet", is_flag=True, help="Show no progress.")
def measure(dataset: Path, out: Path | None, as_json: bool, workers: int, quiet: bool, **columns: str | None) -> None:
    """Say how far people are apart, as public face models see them.

    Two recognisers, three detectors and an estimator of gender look at any labelled faces: a dataset of
    evenface, parquet files, a CSV, or a folder with a folder for each person. Cells need columns for tone
    or gender.

    Exit code 1 when a picture could not be looked at. The models: make judges.

    \b
    Example:
      evenface measure faces --out figures
      evenface measure photos.csv --identity-column subject --gender-column sex
    """
    found = calls.measured(dataset, columns, out, workers, quiet)
    if as_json:
        click.echo(json.dumps(found.report.to_json(), indent=1))
    else:
        calls.show_tables(found.report.tables())
    click.get_current_context().exit(0 if found.report.ok else 1)


@main.command()
@click.argument("dataset", metavar="DATASET", type=path)
@click.option("--out", type=path, required=True, metavar="FILE", help="The PNG to write.")
def sheet(dataset: Path, out: Path) -> None:
    """Draw a contact sheet of a dataset.

    Rows are tones, columns are genders and people.

    \b
    Example:
      evenface sheet faces --out sheet.png
    """
    say(f"Contact sheet: {calls.sheet_of(dataset, out)}")


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
