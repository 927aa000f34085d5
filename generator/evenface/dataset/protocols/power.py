"""The power statement: what the rows of ``verification`` can show in each cell.

Pairs that share a person are not independent, and their dependence is unknown until a system is run. So the width of an interval
is stated three times: as if pairs were independent, as if only pairs of people were, and without any assumption about people. The
last uses a bound: two pairs with one person in common share at most half of a pair's variance (Hoeffding 1948, "A class of
statistics with asymptotically normal distribution", Ann. Math. Statist. 19, 293-325, section 5). So a mean over N pairs, of which
person i is in w_i, varies at most as much as one over 2 N^2 / sum(w_i^2) independent pairs, which is n / 2 where all n people are
in equally many.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from evenface.dataset import Dataset, Row
from evenface.dataset.protocols.folds import FOLDS
from evenface.dataset.protocols.verification import ACROSS, MATED, WITHIN
from evenface.report import Entry, Table
from evenface.statistics.intervals import expected_width

__all__ = ["Power", "power_of", "power_of_dataset"]

_COLUMNS = ("fold", "list", *(f"{name}_{side}" for name in ("identity_id", "family_id", "cell") for side in "ab"))
RATE = 0.001
"""The false match rate for which widths are stated."""
ERRORS, NO_ERRORS = 30, 3
ALL = "all cells"

NOTES = (
    f"Rule of 30: with {ERRORS} errors or more, the true rate is within 30 % of the observed one with 90 % confidence, where "
    "comparisons are independent (Doddington, Przybocki, Martin and Reynolds 2000, Speech Communication 31, 225-254).",
    f"Rule of three: where none of N independent comparisons is an error, the rate is below {NO_ERRORS}/N with 95 % confidence "
    "(Hanley and Lippman-Hand 1983, JAMA 249, 1743-1745).",
    "Width: what to expect of Wilson's 95 % interval if the rate is as stated and as many comparisons are independent as there "
    "are pairs of pictures (pairs), of people (people pairs), or half as many as there are people (people); fewer where "
    "some are compared more often than others. Pairs that share a person are not independent: the first is too narrow, the last "
    "allows for any way in which people differ (Hoeffding 1948), the true one lies between. Resample people to know it for a "
    "system. People who share a head (crossed design) count once.",
    "The figures are for scores taken as they are; a picture that a system cannot enrol takes its pairs away.",
)


@dataclass(frozen=True, slots=True)
class Power:
    """The power statement of the pairs of a dataset, or of a plan."""

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
    """Counts of one cell, or of all."""

    mated: int = 0
    within: int = 0
    across: int = 0
    people: set[str] = field(default_factory=set)
    mated_heads: Counter[str] = field(default_factory=Counter)
    """Pairs of each family, since people who share a head repeat each other."""
    within_heads: Counter[str] = field(default_factory=Counter)
    couples: Counter[int] = field(default_factory=Counter)
    """Pairs of each two families within a cell, by hash, which takes less memory than names."""

    def add(self, row: Row) -> None:
        heads = row["family_id_a"], row["family_id_b"]
        if row["list"] == ACROSS:
            self.across += 1
            return
        self.people.update((row["identity_id_a"], row["identity_id_b"]))
        if row["list"] == MATED:
            self.mated += 1
            self.mated_heads[heads[0]] += 1
        elif row["list"] == WITHIN:
            self.within += 1
            self.within_heads.update(heads)
            self.couples[hash(heads)] += 1

    @property
    def by_people(self) -> int:
        """The number of independent pairs within the cell under Hoeffding's bound."""
        # Each pair was counted for both of its people: (2 N)^2 / sum(w^2), and half of that.
        return _effective(self.within_heads) // 2


def power_of(rows: Iterable[Row], cells: Sequence[str]) -> Power:
    """Return the power statement of the rows of ``verification``.

    Args:
        cells: Keys of the declared cells, in order; a cell without pairs has zeros.
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
    """Return the lowest rates that the comparisons of each cell can show."""
    columns = (
        "cell",
        *(f"FMR within with {ERRORS} errors", "FMR within below, no error", "FMR within below, no error, people"),
        *(f"FMR across with {ERRORS} errors", f"FNMR with {ERRORS} errors", f"FNMR with {ERRORS} errors, people"),
    )
    lines = tuple(
        (
            cell,
            *(_share(ERRORS, each.within), _share(NO_ERRORS, each.within), _share(NO_ERRORS, each.by_people)),
            *(_share(ERRORS, each.across), _share(ERRORS, each.mated), _share(ERRORS, _effective(each.mated_heads))),
        )
        for cell, each in counts.items()
    )
    return Table("Lowest rates that can be measured", columns, lines)


def _widths_table(counts: dict[str, _Count]) -> Table:
    columns = ("cell", *(f"FMR interval, {what}" for what in ("pairs", "people pairs", "people")))
    lines = tuple(
        (cell, *(_width(count) for count in (each.within, _effective(each.couples), each.by_people)))
        for cell, each in counts.items()
    )
    return Table(f"Expected width of the 95 % interval at an FMR of {RATE}, within a cell", columns, lines)


def _effective(pairs: Counter[Any]) -> int:
    """Return the effective number of weights (Kish 1965, "Survey Sampling"), which is their number where all are equal."""
    weights = pairs.values()
    return int(sum(weights) ** 2 / sum(weight**2 for weight in weights)) if weights else 0


def _share(errors: int, total: int) -> Entry:
    """Return errors / total; None where total is less than errors."""
    return errors / total if total >= errors else None


def _width(total: int) -> Entry:
    return expected_width(rate=RATE, total=total) if total else None
