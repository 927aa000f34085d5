"""Tables by cell of the tries of a trained model: what the pictures show, and how often a try was rejected."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from statistics import fmean

from evenface.dataset.rows import Row
from evenface.records import OUTCOMES, REJECTIONS
from evenface.report import Entry, Table
from evenface.statistics.clusters import share_of

__all__ = ["ALL_CELLS", "MAKING_COLUMNS", "TAKEN", "count_rejections", "making_tables"]

MAKING_COLUMNS = (
    *("cell", "identity_id", "family_id", "outcome", "tries", "rejections"),
    *("tone_error_delta_e_2000", "tone_correction_delta_e_2000", "anchor_outcome"),
)
"""Columns that the tables read."""
ALL_CELLS = "all cells"
TAKEN = ("photograph", "unchecked")
"""Outcomes where the last try was accepted."""


@dataclass(slots=True)
class _Cell:
    """Counts of one cell."""

    people: set[str] = field(default_factory=set)
    without_anchor: set[str] = field(default_factory=set)
    """People without an accepted try of the anchor."""
    families: dict[str, list[int]] = field(default_factory=lambda: defaultdict(lambda: [0, 0, 0, 0]))
    """By family, a list: pictures without an accepted try, pictures, rejected tries, tries."""
    outcomes: Counter[str] = field(default_factory=Counter)
    reasons: Counter[str] = field(default_factory=Counter)
    errors: list[float] = field(default_factory=list)
    corrections: list[float] = field(default_factory=list)

    def take(self, row: Row) -> None:
        self.people.add(str(row["identity_id"]))
        if row["anchor_outcome"] == "render":
            self.without_anchor.add(str(row["identity_id"]))
        counts = self.families[str(row["family_id"])]
        values = (row["outcome"] not in TAKEN, 1, count_rejections(row), row["tries"] or 0)
        for at, value in enumerate(values):
            counts[at] += value
        self.outcomes[row["outcome"]] += 1
        for reasons in row["rejections"] or ():
            self.reasons.update(set(reasons.split("+")))
        for kept, name in ((self.errors, "tone_error"), (self.corrections, "tone_correction")):
            if row[f"{name}_delta_e_2000"] is not None:
                kept.append(row[f"{name}_delta_e_2000"])


Counted = list[tuple[str, _Cell]]


def count_rejections(row: Row) -> int:
    """Return the number of rejected tries of a picture."""
    return max((row["tries"] or 0) - (row["outcome"] in TAKEN), 0)


def making_tables(rows: Iterable[Row], cells: Sequence[str]) -> tuple[Table, Table]:
    """Count what pictures of each cell show, and the tries behind them, in one pass over rows with ``MAKING_COLUMNS``.

    The shares of pictures without an accepted try, and of rejected tries, have 95 % intervals over people, or over families whose
    people share a head. Colour distances are those of the accepted tries before correction, and the sizes of the corrections.
    """
    counted = _count_cells(rows, cells)
    columns: tuple[str, ...] = (
        "cell",
        "people",
        "anchor is a render",
        "pictures",
        *OUTCOMES,
        "skin corrected",
        "no try taken",
        "low",
        "high",
    )
    shown = Table("What the pictures show, by cell", columns, tuple(_outcomes(counted)))
    means = ("mean delta E as drawn", "mean delta E corrected")
    columns = ("cell", "tries", "not taken", "low", "high", *REJECTIONS, *means)
    return shown, Table("Tries of the model, by cell", columns, tuple(_tries(counted)))


def _outcomes(counted: Counted) -> Iterator[tuple[Entry, ...]]:
    for name, each in counted:
        share = share_of((one[0], one[1]) for one in each.families.values())
        shown = (each.outcomes[outcome] for outcome in OUTCOMES)
        yield (
            name,
            len(each.people),
            len(each.without_anchor),
            share.total,
            *shown,
            sum(size > 0 for size in each.corrections),
            share.value,
            share.low,
            share.high,
        )


def _tries(counted: Counted) -> Iterator[tuple[Entry, ...]]:
    for name, each in counted:
        share = share_of((one[2], one[3]) for one in each.families.values())
        reasons = (each.reasons[reason] for reason in REJECTIONS)
        means = (fmean(values) if values else None for values in (each.errors, each.corrections))
        yield (name, share.total, share.value, share.low, share.high, *reasons, *means)


def _count_cells(rows: Iterable[Row], cells: Sequence[str]) -> Counted:
    found = {cell: _Cell() for cell in cells}
    everything = _Cell()
    for row in rows:
        if row["outcome"] is not None:
            everything.take(row)
            if row["cell"] in found:
                found[row["cell"]].take(row)
    return [*found.items(), (ALL_CELLS, everything)]
