"""Reads a dataset folder: its rows in a stream, pictures by number, masks by image id."""

from __future__ import annotations

from bisect import bisect_left
from collections import OrderedDict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from evenface.dataset.manifest import Manifest, read_manifest
from evenface.dataset.rows import Row
from evenface.dataset.schema import CONFIGS, FOLDERS, class_names, schema_of
from evenface.errors import EvenfaceError

__all__ = ["Dataset", "Masks", "name_labels"]

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
        """Return the paths of the existing shards of ``config``, as ``load_dataset`` would find them."""
        found = (path for folder in CONFIGS[config] for path in sorted((self.root / folder).glob("*.parquet")))
        return tuple(path.relative_to(self.root).as_posix() for path in found)

    def rows(self, config: str, columns: Sequence[str] | None = None) -> Iterator[Row]:
        """Yield the rows of ``config`` with ``columns``, or with all."""
        shards = self.shards(config)
        return (row for shard in shards for row in self.shard_rows(shard, columns))

    def shard_rows(self, shard: str, columns: Sequence[str] | None = None) -> Iterator[Row]:
        """Yield the rows of one shard; raise at the row where reading fails."""
        labels = self.class_names(shard)
        for batch in self.shard_batches(shard, columns):
            yield from name_labels(batch, labels)

    def shard_batches(
        self, shard: str, columns: Sequence[str] | None = None, *, rows: int = _BATCH_ROWS
    ) -> Iterator[pa.RecordBatch]:
        """Yield the rows of one shard as Arrow batches of ``rows``, with class labels as numbers."""
        try:
            # With pre_buffer, Arrow keeps everything that it has read until the last row.
            with pq.ParquetFile(self.root / shard, pre_buffer=False) as file:
                if not file.schema_arrow.equals(self._schema(shard)):
                    raise EvenfaceError(
                        f"{shard} has other columns than this version writes",
                        "package the run again: evenface package RUN --out DATASET",
                    )
                wanted = None if columns is None else list(columns)
                # A hundred rows are too little work for threads, each of which would keep memory of its own.
                yield from file.iter_batches(batch_size=rows, columns=wanted, use_threads=False)
        except (pa.ArrowException, OSError) as problem:
            raise EvenfaceError(
                f"{shard} cannot be read: {_first_line(problem)}", "package the run again: evenface package RUN --out DATASET"
            ) from problem
        finally:
            # The footer of a shard takes megabytes, which Arrow would keep.
            pa.default_memory_pool().release_unused()

    def class_names(self, shard: str) -> dict[str, list[str]]:
        """Return the names behind the numbers of a shard's class labels, by column."""
        return class_names(self._schema(shard))

    def images(self, shards: Sequence[str], rows: Sequence[int]) -> Iterator[tuple[int, bytes | None]]:
        """Yield the pictures with the numbers ``rows`` (ascending), counted over all of ``shards``."""
        start = 0
        for shard in shards:
            with pq.ParquetFile(self.root / shard) as file:
                for group in range(file.num_row_groups):
                    end = start + file.metadata.row_group(group).num_rows
                    wanted = list(rows[bisect_left(rows, start) : bisect_left(rows, end)])
                    if wanted:
                        entries = file.read_row_group(group, columns=["image"]).column(0).to_pylist()
                        yield from ((at, (entries[at - start] or {}).get("bytes")) for at in wanted)
                    start = end

    def masks(self, shards: Sequence[str] | None = None) -> Masks:
        """Return the skin masks by image id, of ``shards`` or of all."""
        return Masks(self, self.shards("masks") if shards is None else tuple(shards))

    def _schema(self, shard: str) -> pa.Schema:
        folder = shard.rpartition("/")[0]
        return schema_of(folder if folder in FOLDERS else FOLDERS[0], self.manifest.spec.scale)


@dataclass(frozen=True)
class Masks:
    """Skin masks by image id. In memory are a hash and a row for each id, and the row groups that were read last."""

    dataset: Dataset
    shards: tuple[str, ...]

    def get(self, image_id: str) -> bytes | None:
        """Return the PNG of a mask, or None; of several masks with one id, the last."""
        keys, rows = self._index
        place = int(np.searchsorted(keys, hash(image_id), side="right"))
        while place and keys[place - 1] == hash(image_id):
            place -= 1
            group = int(np.searchsorted(self._starts, rows[place], side="right")) - 1
            names, masks = self._group(group)
            if names[rows[place] - self._starts[group]] == image_id:
                found: bytes | None = masks[rows[place] - self._starts[group]]
                return found
        return None

    def ids(self) -> Iterator[str]:
        """Yield the ids of all masks, in order, repeated ones included."""
        for shard in self.shards:
            for row in self.dataset.shard_rows(shard, ("image_id",)):
                yield row["image_id"]

    @cached_property
    def _index(self) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """A hash of each id, ascending, and the row of each; names would take twenty times the memory."""
        keys = np.fromiter(map(hash, self.ids()), dtype=np.int64)
        rows = np.argsort(keys, kind="stable")
        return keys[rows], rows

    @cached_property
    def _groups(self) -> list[tuple[str, int, int]]:
        """Shard, number and rows of each row group."""
        found = []
        for shard in self.shards:
            with pq.ParquetFile(self.dataset.root / shard) as file:
                found += [(shard, at, file.metadata.row_group(at).num_rows) for at in range(file.num_row_groups)]
        return found

    @cached_property
    def _starts(self) -> NDArray[np.int64]:
        counts = np.array([count for *_, count in self._groups], dtype=np.int64)
        return np.asarray(np.cumsum(counts) - counts)

    @cached_property
    def _open(self) -> dict[str, pq.ParquetFile]:
        return {}

    def _open_shard(self, shard: str) -> pq.ParquetFile:
        if shard not in self._open:
            self._open.clear()
            self._open[shard] = pq.ParquetFile(self.dataset.root / shard)
        return self._open[shard]

    @cached_property
    def _recent(self) -> OrderedDict[int, tuple[list[str], list[bytes | None]]]:
        return OrderedDict()

    def _group(self, number: int) -> tuple[list[str], list[bytes | None]]:
        if number not in self._recent:
            shard, group, _ = self._groups[number]
            table = self._open_shard(shard).read_row_group(group, columns=["image_id", "mask"])
            masks = [entry["bytes"] if entry else None for entry in table.column("mask").to_pylist()]
            self._recent[number] = table.column("image_id").to_pylist(), masks
            while len(self._recent) > 2:
                self._recent.popitem(last=False)
        return self._recent[number]


def name_labels(batch: pa.RecordBatch, labels: dict[str, list[str]]) -> Iterator[Row]:
    """Yield the rows of a batch with class labels as names; a number without a name becomes None."""
    for row in batch.to_pylist():
        for column in labels.keys() & row.keys():
            number = row[column]
            if isinstance(number, int):
                row[column] = labels[column][number] if 0 <= number < len(labels[column]) else None
        yield row


def _first_line(problem: BaseException) -> str:
    return str(problem).partition("\n")[0]
