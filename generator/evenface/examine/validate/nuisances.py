"""Nuisances: whether every cell has the same poses, expressions, lights, cameras, backgrounds and clothes, equally often.

Attributes of people, which are drawn at random and not scheduled, are tested for association with the tone. A few columns are in
memory at a time.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from itertools import islice

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from evenface.dataset import Dataset
from evenface.examine.validate.association import Association, Column, associate, report_associations
from evenface.examine.validate.findings import Collector
from evenface.examine.validate.labelling import Codes, Labelling
from evenface.examine.validate.shards import Sound
from evenface.records import Shot
from evenface.report import Entry, Table
from evenface.statistics.association import contingency

__all__ = ["ATTRIBUTES", "NUISANCES", "examine_nuisances"]

NUISANCES = tuple(field.name for field in fields(Shot) if field.name not in ("caption", "prompt"))
"""All fields of a shot but caption and prompt, which can name the tone."""
ATTRIBUTES = ("age_years", "hair_style", "hair_texture", "facial_hair", "glasses", "earrings", "head_covering")
"""Attributes of a person that are columns of their pictures."""

_COLUMNS_AT_ONCE = 4
_ROWS_AT_ONCE = 5_000


@dataclass(frozen=True, slots=True)
class _Result:
    association: Association
    odd: tuple[tuple[int, str], ...]
    """Cells that differ from most others, and how."""


def examine_nuisances(
    dataset: Dataset, sound: Sound, labelling: Labelling, pictures: Mapping[str, int], found: Collector
) -> Table:
    """Compare every nuisance over the cells with the declared number of pictures; other cells differ by their count already.

    Args:
        pictures: Number of pictures by cell.
    """
    targets = {target.cell: target.pictures for target in dataset.manifest.cells}
    whole = [labelling.cells.index(cell) for cell in sorted(labelling.cells) if pictures.get(cell, 0) == targets.get(cell, 0)]
    results = [_result(name, column, labelling, whole) for name, column in _columns(dataset, sound)]
    rows: list[tuple[Entry, ...]] = []
    for result in results:
        nuisance = result.association.column in NUISANCES
        for cell, what in result.odd if nuisance else ():
            found.add("nuisance-unequal", labelling.cells[cell], what)
        alike = (len(whole) - len(result.odd), len(result.odd)) if nuisance else (None, None)
        rows.append((result.association.column, *alike, *result.association.entries))
    report_associations([each.association for each in results if each.association.column in ATTRIBUTES], found)
    return Table("Nuisances", ("nuisance", "cells alike", "cells unlike", *Association.COLUMNS), tuple(rows))


def _columns(dataset: Dataset, sound: Sound) -> Iterator[tuple[str, Column]]:
    """Yield the columns, a few of which are in memory together."""
    names = iter((*NUISANCES, *ATTRIBUTES))
    while some := tuple(islice(names, _COLUMNS_AT_ONCE)):
        readers = {name: _Reader() for name in some}
        for shard in sound.pictures:
            for batch in dataset.shard_batches(shard, some, rows=_ROWS_AT_ONCE):
                for name, reader in readers.items():
                    reader.take(batch.column(name))
        yield from ((name, readers.pop(name).column()) for name in some)


def _result(name: str, column: Column, labelling: Labelling, whole: Sequence[int]) -> _Result:
    table = contingency(labelling.cell, column.codes, (len(labelling.cells), max(len(column.words), 1)))
    usual = Counter(table[cell].tobytes() for cell in whole).most_common(1)
    odd = [cell for cell in whole if table[cell].tobytes() != usual[0][0]]
    pattern = next((table[cell] for cell in whole if cell not in odd), None)
    described = [(cell, _difference(name, column, table[cell] - pattern)) for cell in odd if pattern is not None]
    return _Result(associate(name, column, labelling), tuple(described))


def _difference(name: str, column: Column, counts: NDArray[np.int64]) -> str:
    extra: Counter[str] = Counter()
    for at in np.flatnonzero(counts):
        extra[_spell(column.words[at])] += int(counts[at])
    lacking = Counter({value: -count for value, count in extra.items() if count < 0})
    return f"{name} differs from the other cells: {_list_some(+extra)} instead of {_list_some(lacking)}"


def _spell(value: object) -> str:
    return f"{value:.4g}" if isinstance(value, float) else str(value)


def _list_some(values: Counter[str]) -> str:
    described = [value if count == 1 else f"{count} x {value}" for value, count in sorted(values.items())[:3]]
    return ", ".join(described) + (" ..." if len(values) > 3 else "") or "other digits"


class _Reader:
    """Reads a column in pieces and keeps codes of its values."""

    def __init__(self) -> None:
        self._numbers: list[NDArray[np.float64]] = []
        self._codes: list[NDArray[np.int32]] = []
        self._words = Codes()
        self._kind: pa.DataType | None = None

    def take(self, values: pa.Array) -> None:
        self._kind = kind = values.type
        if pa.types.is_integer(kind) or pa.types.is_floating(kind):
            # A null becomes NaN, which integers lack.
            self._numbers.append(values.cast(pa.float64(), safe=False).to_numpy(zero_copy_only=False))
        else:
            words = values.dictionary_encode() if pa.types.is_string(kind) else None
            spelled = words.dictionary.to_pylist() if words else list(map(repr, values.to_pylist()))
            own = np.array([self._words.of(word) for word in spelled], dtype=np.int32)
            places = words.indices.fill_null(-1).to_numpy(zero_copy_only=False) if words else np.arange(len(own))
            self._codes.append(
                np.where(places < 0, np.int32(-1), own[places]) if len(own) else np.full(len(places), -1, dtype=np.int32)
            )

    def column(self) -> Column:
        if self._numbers:
            return Column.of_numbers(np.concatenate(self._numbers), whole=bool(pa.types.is_integer(self._kind)))
        codes = np.concatenate(self._codes) if self._codes else np.empty(0, dtype=np.int32)
        return Column(codes, self._words.words, None)
