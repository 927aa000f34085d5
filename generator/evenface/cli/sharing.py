"""What ``export`` and ``push`` do: each function here calls one room, with its progress on the screen."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from evenface.cli.validation import validated, verdict
from evenface.errors import EvenfaceError
from evenface.terminal import counting, say, show_table, size

if TYPE_CHECKING:
    from evenface.publish.export.tables import Kind
    from evenface.publish.push import Push

__all__ = ["exported", "pushed"]

_FINDINGS = 10


def exported(dataset: Path, out: Path, form: str, metadata: Kind, quiet: bool) -> None:
    """Write a dataset in another layout."""
    from evenface.dataset import Dataset
    from evenface.publish.export import NOTE, export

    total = sum(cell.pictures for cell in Dataset.open(dataset).manifest.cells)
    with counting(total, quiet) as advance:
        export(dataset, out, form, metadata=metadata, on_progress=advance)
    say(f"{out}: {form}; {out / NOTE} says what was changed and how to open it")


def pushed(dataset: Path, repo_id: str, revision: str, private: bool, yes: bool, force: bool, quiet: bool) -> None:
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
