"""Association of a column with tone, gender annotation and cell: how strong, and in which pair of values strongest."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from evenface.examine.validate.findings import FAMILY, Collector
from evenface.examine.validate.labelling import Ints, Labelled, Labelling
from evenface.report import Entry, Table
from evenface.statistics.association import contingency, cramers_v, independence_p, local_z, quantile_bins

__all__ = ["WEAK", "Association", "Column", "associate", "report_associations", "strongest_rows"]

WEAK = 0.1
"""Largest Cramer's V that is not reported."""
_MANY_NUMBERS, _MANY_WORDS = 10, 50
_FOLLOWS_SKIN = "measured_"
_EXPECTED = 5.0
"""Smallest expected count of a pair that is ranked."""


@dataclass(frozen=True, slots=True, eq=False)
class Column:
    """One column: a code for each picture, -1 where empty, and the values of the codes."""

    codes: Ints
    words: tuple[object, ...]
    numbers: NDArray[np.float64] | None
    """The values of a column of numbers; else None."""

    @classmethod
    def of_numbers(cls, numbers: NDArray[np.float64], *, whole: bool = False) -> Self:
        """Return a column of numbers, NaN where one is missing."""
        known = ~np.isnan(numbers)
        words, codes = np.unique(numbers[known], return_inverse=True)
        found = np.full(len(numbers), -1, dtype=np.int32)
        found[known] = codes.ravel()
        return cls(found, tuple(words.astype(np.int64).tolist() if whole else words.tolist()), numbers)

    def classes(self) -> tuple[Ints, tuple[str, ...]] | None:
        """Return codes of few classes and their names, such as quarters of numbers; None for too many different words."""
        if self.numbers is not None and len(self.words) > _MANY_NUMBERS:
            bins = quantile_bins(self.numbers)
            return bins, tuple(f"quarter {at + 1}" for at in range(int(bins.max(initial=0)) + 1))
        return (self.codes, tuple(map(str, self.words))) if 0 < len(self.words) <= _MANY_WORDS else None


@dataclass(frozen=True, slots=True)
class Association:
    """Association of one column with the labels; None for a column of one value, or of too many words."""

    COLUMNS: ClassVar[tuple[str, ...]] = ("V tone", "V gender", "V cell", "worst pair", "local Z")

    column: str
    tone: float | None
    gender: float | None
    cell: float | None
    pair: str | None
    z: float | None
    p: float | None
    """p value of the association with tone, each person counted once."""
    label: bool = False
    """Whether the column is the tone, the gender or the cell under another name."""

    @property
    def entries(self) -> tuple[Entry, ...]:
        """The row of a table, as ``COLUMNS``."""
        return (self.tone, self.gender, self.cell, self.pair, self.z)


def associate(name: str, column: Column, labelling: Labelling) -> Association:
    """Return the association of a column with the labels."""
    found = column.classes()
    if found is None:
        return Association(name, None, None, None, None, None, None)
    codes, words = found
    among: Labelled | Labelling = labelling
    first = labelling.first_of_person()
    if labelling.is_of_people(codes):
        # Pictures of one person repeat one value, and would count as many people.
        among, codes, first = labelling.among(first), codes[first], np.arange(len(first))
    labels = ((among.tone, among.tones), (among.gender, among.genders), (among.cell, among.cells))
    tables = [contingency(label, codes, (len(names), len(words))) for label, names in labels]
    pair, z = max((_worst(table, names, words) for table, (_, names) in zip(tables[:2], labels, strict=False)), key=_size)
    once = contingency(among.tone[first], codes[first], (len(among.tones), len(words)))
    tone, gender, cell = map(cramers_v, tables)
    return Association(name, tone, gender, cell, pair, z, independence_p(once), any(map(_one_to_one, tables)))


def report_associations(found: Sequence[Association], collector: Collector) -> None:
    """Report each attribute whose association with the tone is significant and stronger than ``WEAK``."""
    for each in found:
        if each.label or each.column.startswith(_FOLLOWS_SKIN):
            continue
        if each.tone is not None and each.tone > WEAK and each.p is not None and each.p < FAMILY / len(found):
            what = f"{each.column} is associated with the tone: Cramer's V {each.tone:.2f}, strongest in {each.pair}"
            collector.add("attribute-associated", each.column, what)


def strongest_rows(table: Table, least: float = 0.0) -> tuple[tuple[Entry, ...], ...]:
    """Return the rows with an association with tone or gender of at least ``least``, strongest first."""
    places = [table.columns.index(name) for name in ("V tone", "V gender")]
    strength = {row: max(float(row[place] or 0) for place in places) for row in table.rows}
    return tuple(sorted((row for row in table.rows if strength[row] >= least), key=lambda row: -strength[row]))


def _one_to_one(table: Ints) -> bool:
    met = table > 0
    return bool(min(met.shape) > 1 and (met.sum(axis=0) <= 1).all() and (met.sum(axis=1) <= 1).all())


def _size(pair: tuple[str | None, float | None]) -> float:
    return abs(pair[1] or 0.0)


def _worst(table: Ints, names: Sequence[str], words: Sequence[str]) -> tuple[str | None, float | None]:
    """Return the pair with the largest local Z among those with a sufficient expected count."""
    total = max(int(table.sum()), 1)
    expected = np.outer(table.sum(axis=1), table.sum(axis=0)) / total
    z = np.where(expected >= _EXPECTED, local_z(table), np.nan)
    if np.isnan(z).all() or min((table.sum(axis=axis) > 0).sum() for axis in (0, 1)) < 2:
        return None, None
    row, column = divmod(int(np.nanargmax(np.abs(z))), z.shape[1])
    if abs(z[row, column]) < 1e-9:
        return None, 0.0
    return f"{names[row]} with {words[column]}", float(z[row, column])
