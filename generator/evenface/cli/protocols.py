"""Calls of the commands around protocols: what pairs can show, before and after there are pictures."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from evenface.dataset.protocols.power import Power

__all__ = ["power"]


def power(source: Path) -> Power:
    """Return the power statement of a plan file, or of the dataset in a folder."""
    from evenface.dataset import Dataset
    from evenface.dataset.protocols.power import power_of, power_of_dataset
    from evenface.dataset.protocols.verification import verification_rows
    from evenface.people.plan import read_plan

    if source.is_file() or (source.suffix == ".json" and not source.exists()):
        plan = read_plan(source)
        return power_of(verification_rows(plan), [cell.key for cell in plan.cells])
    return power_of_dataset(Dataset.open(source))
