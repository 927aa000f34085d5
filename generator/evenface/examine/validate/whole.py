"""Questions about any whole set: balance, skin, light, twins. Codes and numbers come in, tables and findings go out."""

from __future__ import annotations

from dataclasses import dataclass, field

from evenface.examine.validate.balance import examine_shares, representation_table
from evenface.examine.validate.findings import Collector
from evenface.examine.validate.labelling import Labelling
from evenface.examine.validate.light import Measure, examine_parity, measures_of
from evenface.examine.validate.look import Look
from evenface.examine.validate.skin import confusion_table, constancy_table, examine_skin
from evenface.examine.validate.twins import Again, examine_twins
from evenface.report import Table

__all__ = ["Examined", "examine_whole"]


@dataclass(frozen=True, slots=True, eq=False)
class Examined:
    """What became of the labels and the pictures one by one."""

    labelling: Labelling
    look: Look
    tables: tuple[Table, ...]
    again: Again
    """Gives pictures once more, by their numbers."""
    measures: tuple[Measure, ...] = field(default=())
    """Columns of numbers that are compared between cells, besides light and sharpness."""


def examine_whole(examined: Examined, margin: float, seed: int, found: Collector) -> tuple[tuple[Table, ...], Table]:
    """Return the tables of all questions, and the one of the shares, which tells what is shown of the balance."""
    labelling, look = examined.labelling, examined.look
    *first, last = examined.tables
    shares = examine_shares(labelling, margin, seed, found)
    tables = [first[0], representation_table(labelling), *first[1:], shares]
    if labelling.skin is not None:
        tables += [confusion_table(labelling, labelling.skin), examine_skin(labelling, labelling.skin, found)]
    tables.append(constancy_table(labelling))
    tables.append(examine_parity(labelling, [*measures_of(look), *examined.measures], seed, found))
    tables.append(last)
    examine_twins(labelling, look, examined.again, found)
    return tuple(table for table in tables if table.rows), shares
