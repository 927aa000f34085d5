"""Association: how strongly a column goes with tone, gender annotation and cell, and in which pair of values most."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from evenface.dataset import Entry, Table
from evenface.examine.validate.findings import FAMILY, Collector
from evenface.examine.validate.labelling import Ints, Labelled, Labelling
from evenface.statistics.association import contingency, cramers_v, independence_p, local_z, quantile_bins

__all__ = ["WEAK", "Association", "Column", "associate", "report_associations", "strongest_rows"]

WEAK = 0.1
"""Cramer's V that counts as none."""
_MANY_NUMBERS, _MANY_WORDS = 10, 50
_FOLLOWS_SKIN = "measured_"
_EXPECTED = 5.0
"""Expected count below which a pair is not ranked."""


@dataclass(frozen=True, slots=True, eq=False)
class Column:
    """One column: a code a picture, -1 where it is empty, and what the codes stand for."""

    codes: Ints
    words: tuple[object, ...]
    numbers: NDArray[np.float64] | None
    """Where its values are numbers."""

    @classmethod
    def of_numbers(cls, numbers: NDArray[np.float64], *, whole: bool = False) -> Self:
        """Return the column of numbers, NaN where one is missing."""
        known = ~np.isnan(numbers)
        words, codes = np.unique(numbers[known], return_inverse=True)
        found = np.full(len(numbers), -1, dtype=np.int32)
        found[known] = codes.ravel()
        return cls(found, tuple(words.astype(np.int64).tolist() if whole else words.tolist()), numbers)

    def classes(self) -> tuple[Ints, tuple[str, ...]] | None:
        """Return codes of few classes and their names: quarters of numbers; None for words of too many kinds."""
        if self.numbers is not None and len(self.words) > _MANY_NUMBERS:
            bins = quantile_bins(self.numbers)
            return bins, tuple(f"quarter {at + 1}" for at in range(int(bins.max(initial=0)) + 1))
        return (self.codes, tuple(map(str, self.words))) if 0 < len(self.words) <= _MANY_WORDS else None


@dataclass(frozen=True, slots=True)
class Association:
    """What one column has to do with the labels; None where it is not told: one value, or too many words."""

    COLUMNS: ClassVar[tuple[str, ...]] = ("V tone", "V gender", "V cell", "worst pair", "local Z")

    column: str
    tone: float | None
    gender: float | None
    cell: float | None
    pair: str | None
    z: float | None
    p: float | None
    """That so much goes with the tone by chance, each person counted once."""
    label: bool = False
    """Whether it is the tone, the gender or the cell in other words."""

    @property
    def told(self) -> tuple[Entry, ...]:
        """The entries of a table, as ``COLUMNS``."""
        return (self.tone, self.gender, self.cell, self.pair, self.z)


def associate(name: str, column: Column, labelling: Labelling) -> Association:
    """Return how a column goes with the labels."""
    found = column.classes()
    if found is None:
        return Association(name, None, None, None, None, None, None)
    codes, words = found
    told: Labelled | Labelling = labelling
    first = labelling.first_of_person()
    if labelling.is_of_people(codes):
        # Pictures of one person say the same thing again, and would pass for as many people.
        told, codes, first = labelling.among(first), codes[first], np.arange(len(first))
    labels = ((told.tone, told.tones), (told.gender, told.genders), (told.cell, told.cells))
    tables = [contingency(label, codes, (len(names), len(words))) for label, names in labels]
    pair, z = max((_worst(table, names, words) for table, (_, names) in zip(tables[:2], labels, strict=False)), key=_size)
    once = contingency(told.tone[first], codes[first], (len(told.tones), len(words)))
    tone, gender, cell = map(cramers_v, tables)
    return Association(name, tone, gender, cell, pair, z, independence_p(once), any(map(_one_to_one, tables)))


def report_associations(found: Sequence[Association], collector: Collector) -> None:
    """Tell each attribute that goes with the tone by more than chance and by more than a little."""
    for each in found:
        if each.label or each.column.startswith(_FOLLOWS_SKIN):
            continue
        if each.tone is not None and each.tone > WEAK and each.p is not None and each.p < FAMILY / len(found):
            what = f"{each.column} goes with the tone: Cramer's V {each.tone:.2f}, most in {each.pair}"
            collector.add("attribute-associated", each.column, what)


def strongest_rows(table: Table, least: float = 0.0) -> tuple[tuple[Entry, ...], ...]:
    """Return the rows that go with tone or gender, those first that do so most; those below ``least`` are left out."""
    places = [table.columns.index(name) for name in ("V tone", "V gender")]
    strength = {row: max(float(row[place] or 0) for place in places) for row in table.rows}
    return tuple(sorted((row for row in table.rows if strength[row] >= least), key=lambda row: -strength[row]))


def _one_to_one(table: Ints) -> bool:
    met = table > 0
    return bool(min(met.shape) > 1 and (met.sum(axis=0) <= 1).all() and (met.sum(axis=1) <= 1).all())


def _size(pair: tuple[str | None, float | None]) -> float:
    return abs(pair[1] or 0.0)


def _worst(table: Ints, names: Sequence[str], words: Sequence[str]) -> tuple[str | None, float | None]:
    """Return the pair with the greatest local Z among those of which chance alone would give some."""
    total = max(int(table.sum()), 1)
    expected = np.outer(table.sum(axis=1), table.sum(axis=0)) / total
    z = np.where(expected >= _EXPECTED, local_z(table), np.nan)
    if np.isnan(z).all() or min((table.sum(axis=axis) > 0).sum() for axis in (0, 1)) < 2:
        return None, None
    row, column = divmod(int(np.nanargmax(np.abs(z))), z.shape[1])
    if abs(z[row, column]) < 1e-9:
        return None, 0.0
    return f"{names[row]} with {words[column]}", float(z[row, column])
