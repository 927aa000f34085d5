"""The reader: a dataset folder comes in, rows go out in a stream, a row group at a time."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from evenface.dataset.manifest import Manifest, read_manifest
from evenface.dataset.rows import Row
from evenface.dataset.schema import CONFIGS, FOLDERS, class_names, schema_of
from evenface.errors import EvenfaceError

__all__ = ["Dataset", "Masks", "named"]

_BATCH_ROWS = 100


@dataclass(frozen=True)
class Dataset:
    """An opened dataset. Class labels are read as their names."""

    root: Path
    manifest: Manifest

    @classmethod
    def open(cls, folder: str | Path) -> Dataset:
        """Open the dataset in ``folder``; only its manifest is read."""
        return cls(Path(folder), read_manifest(Path(folder)))

    def shards(self, config: str) -> tuple[str, ...]:
        """Return the paths of the shards of ``config`` that are there, as ``load_dataset`` would find them."""
        found = (path for folder in CONFIGS[config] for path in sorted((self.root / folder).glob("*.parquet")))
        return tuple(path.relative_to(self.root).as_posix() for path in found)

    def rows(self, config: str, columns: Sequence[str] | None = None) -> Iterator[Row]:
        """Yield the rows of ``config`` with the wanted columns, or all."""
        shards = self.shards(config)
        return (row for shard in shards for row in self.shard_rows(shard, columns))

    def shard_rows(self, shard: str, columns: Sequence[str] | None = None) -> Iterator[Row]:
        """Yield the rows of one shard; one that cannot be read is an error where its reading fails."""
        wanted = self._schema(shard)
        try:
            with pq.ParquetFile(self.root / shard) as file:
                if not file.schema_arrow.equals(wanted):
                    raise EvenfaceError(f"{shard} has other columns than this version writes", "package the run again")
                for batch in file.iter_batches(batch_size=_BATCH_ROWS, columns=None if columns is None else list(columns)):
                    yield from named(batch, class_names(wanted))
        except (pa.ArrowException, OSError) as problem:
            raise EvenfaceError(f"{shard} cannot be read: {_first_line(problem)}", "package the run again") from problem

    def masks(self, shards: Sequence[str] | None = None) -> Masks:
        """Return the skin masks by image id, of ``shards`` or of all."""
        return Masks(self, self.shards("masks") if shards is None else tuple(shards))

    def _schema(self, shard: str) -> pa.Schema:
        folder = shard.rpartition("/")[0]
        return schema_of(folder if folder in FOLDERS else FOLDERS[0], self.manifest.spec.scale)


@dataclass(frozen=True)
class Masks:
    """Skin masks by image id. In memory are the ids, where each lies, and the row groups that were read last."""

    dataset: Dataset
    shards: tuple[str, ...]

    def get(self, image_id: str) -> bytes | None:
        """Return the PNG of a mask, or None where there is none."""
        if image_id not in self._places:
            return None
        shard, group, row = self._places[image_id]
        found: bytes | None = self._group(shard, group)[row]
        return found

    @cached_property
    def ids(self) -> tuple[str, ...]:
        """The ids of all masks, in order, repeated ones included."""
        return tuple(image_id for image_id, *_ in self._listed())

    @cached_property
    def _places(self) -> dict[str, tuple[str, int, int]]:
        return {image_id: (shard, group, row) for image_id, shard, group, row in self._listed()}

    def _listed(self) -> Iterator[tuple[str, str, int, int]]:
        for shard in self.shards:
            with pq.ParquetFile(self.dataset.root / shard) as file:
                for group in range(file.num_row_groups):
                    names = file.read_row_group(group, columns=["image_id"]).column(0).to_pylist()
                    yield from ((name, shard, group, row) for row, name in enumerate(names))

    @cached_property
    def _kept(self) -> OrderedDict[tuple[str, int], list[bytes | None]]:
        return OrderedDict()

    def _group(self, shard: str, group: int) -> list[bytes | None]:
        if (shard, group) not in self._kept:
            with pq.ParquetFile(self.dataset.root / shard) as file:
                entries = file.read_row_group(group, columns=["mask"]).column(0).to_pylist()
            self._kept[shard, group] = [entry["bytes"] if entry else None for entry in entries]
            while len(self._kept) > 2:
                self._kept.popitem(last=False)
        return self._kept[shard, group]


def named(batch: pa.RecordBatch, labels: dict[str, list[str]]) -> Iterator[Row]:
    """Yield the rows of a batch with the names of their class labels; a number that has none becomes None."""
    for row in batch.to_pylist():
        for column in labels.keys() & row.keys():
            number = row[column]
            if isinstance(number, int):
                row[column] = labels[column][number] if 0 <= number < len(labels[column]) else None
        yield row


def _first_line(problem: BaseException) -> str:
    return str(problem).partition("\n")[0]
