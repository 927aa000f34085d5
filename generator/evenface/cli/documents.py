"""Calls of the commands that write documents."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from evenface.cli.terminal import say

if TYPE_CHECKING:
    from evenface.examine.validate import Report
    from evenface.publish.datasheet import Datasheet

__all__ = ["described", "recorded", "summary"]


def described(dataset: Path, out: Path | None) -> Datasheet:
    """Write the datasheet of a dataset, into its folder when ``out`` is left out."""
    from evenface.dataset import Dataset
    from evenface.publish.documents import write_datasheet

    return write_datasheet(Dataset.open(dataset), dataset if out is None else out)


def recorded(report: Report, dataset: Path) -> None:
    """Keep what an examination found beside a dataset, and say it in the datasheet."""
    from evenface.examine.results import write_validation

    write_validation(report, dataset)
    say(f"Datasheet:     {dataset / 'datasheet.html'} ({summary(described(dataset, None))})")


def summary(datasheet: Datasheet) -> str:
    """Return how many questions are answered, and what would answer the others."""
    from evenface.publish.datasheet import UNANSWERED

    left = datasheet.of(UNANSWERED)
    keys = dict.fromkeys(key for answer in left for key in answer.maker)
    hint = f"; [maker] in the spec answers the others: {', '.join(keys)}" if left else ""
    return f"{len(datasheet.answers) - len(left)} of {len(datasheet.answers)} questions answered{hint}"
