"""The commands ``export`` and ``push``: datasets for other tools and for the Hub."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from evenface.cli.options import path
from evenface.cli.terminal import counting, say, show_table, size
from evenface.cli.validation import validated, verdict
from evenface.errors import EvenfaceError

if TYPE_CHECKING:
    from evenface.publish.export.tables import Kind
    from evenface.publish.push import Push

__all__ = ["export", "push"]

_FINDINGS = 10


@click.command()
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
    _exported(dataset, out, form, metadata, quiet)


@click.command()
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
    _pushed(dataset, repo_id, revision, private, yes, force, quiet)


def _exported(dataset: Path, out: Path, form: str, metadata: Kind, quiet: bool) -> None:
    """Write a dataset in another layout."""
    from evenface.dataset import Dataset
    from evenface.publish.export import NOTE, export

    total = sum(cell.pictures for cell in Dataset.open(dataset).manifest.cells)
    with counting(total, quiet) as advance:
        export(dataset, out, form, metadata=metadata, on_progress=advance)
    say(f"{out}: {form}; {out / NOTE} says what was changed and how to open it")


def _pushed(dataset: Path, repo_id: str, revision: str, private: bool, yes: bool, force: bool, quiet: bool) -> None:
    """Show what would be sent to the Hub, and send it where ``yes`` is said."""
    from evenface.publish.push import plan_push, send

    push = plan_push(dataset, repo_id, revision=revision, private=private)
    _sound(dataset, force, quiet)
    _show(push)
    if not yes:
        say("Nothing was sent. To send it, add --yes to the same command.")
        return
    say(f"Sent: {send(push)}")


def _sound(dataset: Path, force: bool, quiet: bool) -> None:
    report = validated(str(dataset), quiet)
    say(verdict(report))
    if report.ok or force:
        return
    for finding in report.findings[:_FINDINGS]:
        say(f"  {finding}")
    what = f"{dataset} is not as it declares, and was not sent"
    raise EvenfaceError(what, f"see all findings with: evenface validate {dataset}; or send it all the same with --force")


def _show(push: Push) -> None:
    show_table("Files", ("file", "bytes"), push.files)
    visible = "a private repository" if push.private else "a public repository, unless it is there and private"
    say(f"To:      {push.endpoint}/datasets/{push.repo_id}, revision {push.revision}; {visible}")
    say(f"Licence: {push.licence or 'the card states none'}")
    say(f"Sent:    {len(push.files)} files, {size(push.bytes)}; parquet files there that are not among these are removed")
