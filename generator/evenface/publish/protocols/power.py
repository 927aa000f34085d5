"""The power statement: the rows of ``verification`` come in, what can be measured with them in each cell goes out. Pure.

Pairs that share a person are not independent, and no formula knows by how much before a system was run. So the width of an
interval is told three times: as if pairs were independent, as if only pairs of people were, and without any assumption on how
people matter: the variance of a mean over the pairs of n people is at most that of a mean over n / 2 independent pairs (Hoeffding
1948, "A class of statistics with asymptotically normal distribution", Ann. Math. Statist. 19, 293-325, section 5).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from evenface.dataset import Dataset, Entry, Row, Table
from evenface.publish.protocols.folds import FOLDS
from evenface.publish.protocols.pairs import ACROSS, MATED, WITHIN
from evenface.statistics import expected_width

__all__ = ["Power", "power_of", "power_of_dataset"]

_COLUMNS = ("fold", "list", *(f"{name}_{side}" for name in ("identity_id", "family_id", "cell") for side in "ab"))
RATE = 0.001
"""The false match rate at which widths are told."""
ERRORS, NO_ERRORS = 30, 3
ALL = "all cells"

NOTES = (
    f"Rule of 30: with {ERRORS} errors or more, the true rate is within 30 % of the observed one with 90 % confidence, where "
    "comparisons are independent (Doddington, Przybocki, Martin and Reynolds 2000, Speech Communication 31, 225-254).",
    f"Rule of three: where none of N independent comparisons is an error, the rate is below {NO_ERRORS}/N with 95 % confidence "
    "(Hanley and Lippman-Hand 1983, JAMA 249, 1743-1745).",
    "Width: what to expect of Wilson's 95 % interval if the rate is as stated and as many comparisons are independent as there "
    "are pairs of pictures (pairs), of people (people pairs), or half as many as there are people (people). Pairs that share a "
    "person are not independent: the first is too narrow, the last holds however people differ (Hoeffding 1948), the true one "
    "lies between. Resample people to know it for a system. People who share a head (crossed design) count once.",
    "The figures are for scores taken as they are; a picture that a system cannot enrol takes its pairs away.",
)


@dataclass(frozen=True, slots=True)
class Power:
    """What the pairs of a dataset, or of a plan, can show."""

    folds: int
    tables: tuple[Table, ...]
    notes: tuple[str, ...]

    def to_json(self) -> dict[str, Any]:
        """Return the statement as JSON data; rates and widths are fractions."""
        tables = [
            {"title": each.title, "columns": list(each.columns), "rows": list(map(list, each.rows))} for each in self.tables
        ]
        return {"folds": self.folds, "tables": tables, "notes": list(self.notes)}


@dataclass(slots=True)
class _Count:
    """What the lists have of one cell, or of all."""

    mated: int = 0
    within: int = 0
    across: int = 0
    people: set[str] = field(default_factory=set)
    mated_heads: set[str] = field(default_factory=set)
    """Families: of people who share a head, each pair says the same once more."""
    within_heads: set[str] = field(default_factory=set)
    couples: set[int] = field(default_factory=set)
    """Hashes of two families that are compared within a cell: a set of names would take much memory."""

    def add(self, row: Row) -> None:
        heads = row["family_id_a"], row["family_id_b"]
        if row["list"] == ACROSS:
            self.across += 1
            return
        self.people.update((row["identity_id_a"], row["identity_id_b"]))
        if row["list"] == MATED:
            self.mated += 1
            self.mated_heads.add(heads[0])
        elif row["list"] == WITHIN:
            self.within += 1
            self.within_heads.update(heads)
            self.couples.add(hash(heads))


def power_of(rows: Iterable[Row], cells: Sequence[str]) -> Power:
    """Return the power statement of the rows of ``verification``.

    Args:
        cells: Keys of the declared cells, in order; one without pairs is told as such.
    """
    counts = {cell: _Count() for cell in (*cells, ALL)}
    folds = set()
    for row in rows:
        folds.add(row["fold"])
        for cell in {row["cell_a"], row["cell_b"]} & counts.keys() | {ALL}:
            counts[cell].add(row)
    tables = _pairs_table(counts), _rates_table(counts), _widths_table(counts)
    return Power(len(folds), tables, (_folds_note(len(folds)), *NOTES))


def power_of_dataset(dataset: Dataset) -> Power:
    """Return the power statement of the pairs that a dataset holds."""
    return power_of(dataset.rows("verification", _COLUMNS), [target.cell for target in dataset.manifest.cells])


def _folds_note(folds: int) -> str:
    if folds == FOLDS:
        return f"{FOLDS} folds: every person and every family is in one of them, and both people of a pair are of the same one."
    ten = f"ten need {2 * FOLDS} people in each cell"
    if folds < 2:
        return f"One fold in place of {FOLDS}, {ten}: a threshold cannot be chosen on other people than those it is tried on."
    return f"{folds} folds in place of {FOLDS}, {ten}; each person is in one. More people will be dealt anew up to that number."


def _pairs_table(counts: dict[str, _Count]) -> Table:
    columns = ("cell", "people", "mated pairs", "non-mated pairs within", "people pairs within", "non-mated pairs across")
    lines = tuple(
        (cell, len(each.people), each.mated, each.within, len(each.couples), each.across) for cell, each in counts.items()
    )
    return Table("Verification pairs", columns, lines)


def _rates_table(counts: dict[str, _Count]) -> Table:
    """Rates that N comparisons can show, by pairs and by people."""
    columns = (
        "cell",
        *(f"FMR within with {ERRORS} errors", "FMR within below, no error", "FMR within below, no error, people"),
        *(f"FMR across with {ERRORS} errors", f"FNMR with {ERRORS} errors", f"FNMR with {ERRORS} errors, people"),
    )
    lines = tuple(
        (
            cell,
            *(_share(ERRORS, each.within), _share(NO_ERRORS, each.within), _share(NO_ERRORS, len(each.within_heads) // 2)),
            *(_share(ERRORS, each.across), _share(ERRORS, each.mated), _share(ERRORS, len(each.mated_heads))),
        )
        for cell, each in counts.items()
    )
    return Table("Lowest rates that can be measured", columns, lines)


def _widths_table(counts: dict[str, _Count]) -> Table:
    columns = ("cell", *(f"FMR interval, {what}" for what in ("pairs", "people pairs", "people")))
    lines = tuple(
        (cell, *(_width(count) for count in (each.within, len(each.couples), len(each.within_heads) // 2)))
        for cell, each in counts.items()
    )
    return Table(f"Expected width of the 95 % interval at an FMR of {RATE}, within a cell", columns, lines)


def _share(errors: int, total: int) -> Entry:
    """Return the rate of so many errors; None where there are not as many comparisons."""
    return errors / total if total >= errors else None


def _width(total: int) -> Entry:
    return expected_width(rate=RATE, total=total) if total else None
