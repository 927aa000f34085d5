"""Commands that document and share a dataset: ``datasheet``, ``sheet``, ``export`` and ``push``."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

from evenface.cli.check import validate_set, verdict
from evenface.cli.options import dataset_argument, json_option, path, quiet_option
from evenface.cli.terminal import counting, say, show_table, size
from evenface.errors import EvenfaceError

if TYPE_CHECKING:
    from evenface.examine.validate import Report
    from evenface.publish.datasheet import Datasheet
    from evenface.publish.export.tables import Kind
    from evenface.publish.push import Push

__all__ = ["datasheet", "export", "push", "save_report", "sheet"]

_FINDINGS = 10


@click.command()
@dataset_argument
@click.option("--out", type=path, metavar="DIR", help="Write into this folder instead of the dataset's own.")
@json_option
def datasheet(dataset: Path, out: Path | None, as_json: bool) -> None:
    """Answer the 57 questions of a datasheet.

    From the manifest, from counts of the files, and from figures/report.json (evenface measure) and
    validation.json (evenface validate --json) if they are in the dataset. Writes datasheet.md,
    datasheet.html and croissant.json.

    \b
    Example:
      evenface measure faces --out faces/figures
      evenface datasheet faces
    """
    written = _write_datasheet(dataset, out)
    if as_json:
        click.echo(json.dumps(written.to_json(), indent=1))
    say(f"Datasheet: {(out or dataset) / 'datasheet.html'} ({_answered(written)})")


@click.command()
@dataset_argument
@click.option("--out", type=path, required=True, metavar="FILE", help="The PNG to write.")
def sheet(dataset: Path, out: Path) -> None:
    """Draw a contact sheet of a dataset.

    Rows are tones; columns are gender annotations and people.

    \b
    Example:
      evenface sheet faces --out sheet.png
    """
    from evenface.publish.sheet import contact_sheet

    contact_sheet(dataset, out)
    say(f"Contact sheet: {out}")


@click.command()
@dataset_argument
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
@quiet_option
def export(dataset: Path, out: Path, form: str, metadata: Kind, quiet: bool) -> None:
    """Write a dataset in the layout of another tool.

    \b
    lfw          lfw/<person>/<person>_0001.jpg and pairs.txt, e.g. for scikit-learn.
                 JPEG of quality 95: the pixels change
    imagefolder  PNG files and metadata, for load_dataset("imagefolder")
    deepface     db/<person>/*.png, for DeepFace.find
    csv          PNG files and one flat table with the columns that metrics are grouped by

    The bytes of pictures are copied unchanged, except for lfw.

    \b
    Example:
      evenface export faces --out faces-lfw --format lfw
    """
    _export(dataset, out, form, metadata, quiet)


@click.command()
@dataset_argument
@click.argument("repo_id", metavar="REPO_ID")
@click.option("--private", is_flag=True, help="Make the repository private; a public one is refused.")
@click.option("--revision", default="main", show_default=True, metavar="BRANCH", help="Branch; created if it does not exist.")
@click.option("--yes", is_flag=True, help="Send. Without it, what would be sent is listed.")
@click.option("--force", is_flag=True, help="Send in spite of findings.")
@quiet_option
def push(dataset: Path, repo_id: str, private: bool, revision: str, yes: bool, force: bool, quiet: bool) -> None:
    """Send a dataset to the Hugging Face Hub.

    The dataset is validated first. Run the same command again to resume. The token is that of
    `hf auth login`, or HF_TOKEN.

    \b
    Example:
      evenface push faces OWNER/faces
      evenface push faces OWNER/faces --private --yes
    """
    _push(dataset, repo_id, revision, private, yes, force, quiet)


def _export(dataset: Path, out: Path, form: str, metadata: Kind, quiet: bool) -> None:
    """Write a dataset in another layout."""
    from evenface.dataset import Dataset
    from evenface.publish.export import NOTE, export

    total = sum(cell.pictures for cell in Dataset.open(dataset).manifest.cells)
    with counting(total, quiet) as advance:
        export(dataset, out, form, metadata=metadata, on_progress=advance)
    say(f"{out}: {form}; {out / NOTE} lists what was changed and how to open it")


def _push(dataset: Path, repo_id: str, revision: str, private: bool, yes: bool, force: bool, quiet: bool) -> None:
    """List what would be sent to the Hub; send it if ``yes``."""
    from evenface.publish.push import plan_push, send

    push = plan_push(dataset, repo_id, revision=revision, private=private)
    _check(dataset, force, quiet)
    _show(push)
    if not yes:
        say("Nothing was sent. To send it, add --yes to the same command.")
        return
    say(f"Sent: {send(push)}")


def _check(dataset: Path, force: bool, quiet: bool) -> None:
    report = validate_set(str(dataset), quiet)
    say(verdict(report))
    if report.ok or force:
        return
    for finding in report.findings[:_FINDINGS]:
        say(f"  {finding}")
    what = f"{dataset} does not match its declaration, so it was not sent"
    raise EvenfaceError(what, f"list all findings with: evenface validate {dataset}; or send it with --force")


def _show(push: Push) -> None:
    show_table("Files", ("file", "bytes"), push.files)
    visible = "a private repository" if push.private else "a public repository, unless it exists and is private"
    say(f"To:      {push.endpoint}/datasets/{push.repo_id}, revision {push.revision}; {visible}")
    say(f"Licence: {push.licence or 'not stated in the card'}")
    say(f"Sent:    {len(push.files)} files, {size(push.bytes)}; other parquet files in the repository are removed")


def _write_datasheet(dataset: Path, out: Path | None) -> Datasheet:
    """Write the datasheet of a dataset into ``out``; default: its own folder."""
    from evenface.dataset import Dataset
    from evenface.publish.documents import write_datasheet

    return write_datasheet(Dataset.open(dataset), dataset if out is None else out)


def save_report(report: Report, dataset: Path) -> None:
    """Write the report of a validation into the dataset, and its datasheet again."""
    from evenface.examine.results import write_validation

    write_validation(report, dataset)
    say(f"Datasheet:     {dataset / 'datasheet.html'} ({_answered(_write_datasheet(dataset, None))})")


def _answered(datasheet: Datasheet) -> str:
    """Return how many questions are answered, and which keys of [maker] answer the others."""
    from evenface.publish.datasheet import UNANSWERED

    left = datasheet.of(UNANSWERED)
    keys = dict.fromkeys(key for answer in left for key in answer.maker)
    hint = f"; [maker] in the spec answers the others: {', '.join(keys)}" if left else ""
    return f"{len(datasheet.answers) - len(left)} of {len(datasheet.answers)} questions answered{hint}"
