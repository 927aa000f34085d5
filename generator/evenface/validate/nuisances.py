"""Nuisances: does every cell have the same poses, expressions, lights, cameras, backgrounds and clothes, equally often?"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import fields

from evenface.dataset import Dataset, Row, Table
from evenface.records import Shot
from evenface.validate.findings import Collector
from evenface.validate.shards import Sound
from evenface.vocabulary import Cell

__all__ = ["NUISANCES", "examine_nuisances"]

NUISANCES = tuple(field.name for field in fields(Shot) if field.name != "caption")
"""All that describes a shot; a caption may name the tone."""

_LABELS = ("tone", "gender", "age_band")
_MODULUS = 2**64


def examine_nuisances(dataset: Dataset, sound: Sound, pictures: Mapping[str, int], found: Collector) -> Table:
    """Compare every nuisance over the cells that have as many pictures as declared; others differ by their count already.

    Args:
        pictures: Pictures counted by cell.
    """
    whole = {target.cell for target in dataset.manifest.cells if pictures.get(target.cell, 0) == target.pictures}
    sums: dict[str, dict[str, int]] = {column: dict.fromkeys(sorted(whole), 0) for column in NUISANCES}
    for shard in sound.pictures:
        for row in dataset.shard_rows(shard, (*_LABELS, *NUISANCES)):
            cell = _cell(row)
            if cell in whole:
                for column in NUISANCES:
                    # A sum of hashes is the same for the same values in any order, and takes no memory.
                    sums[column][cell] = (sums[column][cell] + hash(repr(row[column]))) % _MODULUS
    odd = {column: _odd_ones(by_cell) for column, by_cell in sums.items()}
    for column, cells in odd.items():
        if cells:
            _explain(dataset, sound, column, cells, whole, found)
    lines = tuple((column, len(whole) - len(odd[column]), len(odd[column])) for column in NUISANCES)
    return Table("Nuisances", ("nuisance", "cells alike", "cells unlike"), lines)


def _cell(row: Row) -> str | None:
    return None if None in (row[label] for label in _LABELS) else Cell(*(row[label] for label in _LABELS)).key


def _odd_ones(by_cell: Mapping[str, int]) -> list[str]:
    """Return the cells that differ from what most have."""
    usual = Counter(by_cell.values()).most_common(1)
    return [cell for cell, value in by_cell.items() if value != usual[0][0]]


def _explain(dataset: Dataset, sound: Sound, column: str, cells: list[str], whole: set[str], found: Collector) -> None:
    """Name the values that differ; only now, and only for this column, are they kept."""
    values: dict[str, Counter[str]] = defaultdict(Counter)
    usual_cell = next(cell for cell in sorted(whole) if cell not in cells)
    for shard in sound.pictures:
        for row in dataset.shard_rows(shard, (*_LABELS, column)):
            cell = _cell(row)
            if cell == usual_cell or cell in cells:
                values[str(cell)][_spelled(row[column])] += 1
    for cell in cells:
        extra, lacking = values[cell] - values[usual_cell], values[usual_cell] - values[cell]
        what = f"{column} differs from the other cells: has {_some(extra)} in place of {_some(lacking)}"
        found.add("nuisance-unequal", cell, what)


def _spelled(value: object) -> str:
    return f"{value:.4g}" if isinstance(value, float) else str(value)


def _some(values: Counter[str]) -> str:
    told = [value if count == 1 else f"{count} x {value}" for value, count in sorted(values.items())[:3]]
    return ", ".join(told) + (" ..." if len(values) > 3 else "") or "other digits"
