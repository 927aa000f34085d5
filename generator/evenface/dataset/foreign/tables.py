"""Parquet files with pictures inside, ours or anybody's: a row becomes a labelled picture."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from evenface.dataset.foreign.columns import Columns, Labelled, Labels, resolve
from evenface.dataset.foreign.files import read_picture
from evenface.dataset.read import named
from evenface.dataset.rows import Row
from evenface.errors import EvenfaceError, UsageFault

__all__ = ["count_rows", "labels_of", "parquet_pictures"]

_BATCH_ROWS = 64


def count_rows(paths: list[Path]) -> int:
    """Return how many rows the files hold; only their footers are read."""
    return sum(int(_opened(path).metadata.num_rows) for path in paths)


def parquet_pictures(paths: list[Path], wanted: Columns) -> tuple[Columns, Iterator[Labelled]]:
    """Return the columns that are read and the pictures of all rows, in the order of the files; a file at a time is open."""
    schemas = {path: _opened(path).schema_arrow for path in paths}
    columns = {path: resolve(wanted, schema.names, path) for path, schema in schemas.items()}
    for path, each in columns.items():
        kind = schemas[path].field(str(each.image)).type
        if not (_is_bytes(kind) or pa.types.is_struct(kind) or pa.types.is_string(kind)):
            raise UsageFault(f"the column {each.image} of {path} holds {kind}, no pictures", "name another with --image-column")
    return next(iter(columns.values())), (one for path, each in columns.items() for one in _rows(path, each))


def labels_of(row: Row, columns: Columns) -> Labels | None:
    """Return the labels of a row; None where it does not say who is seen."""
    identity = _text(row, columns.identity)
    if identity is None:
        return None
    return Labels(identity, _text(row, columns.family) or identity, _text(row, columns.tone), _text(row, columns.gender))


def _text(row: Row, column: str | None) -> str | None:
    value = row.get(column) if column else None
    return str(value) if value is not None and str(value).strip() else None


def _rows(path: Path, columns: Columns) -> Iterator[Labelled]:
    read = list(dict.fromkeys(filter(None, (columns.image, columns.identity, columns.family, columns.tone, columns.gender))))
    at = 0
    try:
        with _opened(path) as file:
            names = _class_names(file.schema_arrow)
            for batch in file.iter_batches(batch_size=_BATCH_ROWS, columns=read):
                for row in named(batch, names):
                    yield _labelled(row, columns, path, at)
                    at += 1
    except (pa.ArrowException, OSError) as problem:
        raise EvenfaceError(f"{path} cannot be read: {str(problem).partition(chr(10))[0]}", "get the file again") from problem


def _labelled(row: Row, columns: Columns, path: Path, at: int) -> Labelled:
    entry = row[str(columns.image)]
    inner = entry.get("path") if isinstance(entry, dict) else entry if isinstance(entry, str) else None
    name = f"{path.name} row {at}" + (f" ({inner})" if inner else "")
    labels = labels_of(row, columns)
    if labels is None:
        return Labelled(name, None, problem="it does not say who is seen")
    data = entry.get("bytes") if isinstance(entry, dict) else entry
    if isinstance(data, bytes):
        return Labelled(name, labels, data)
    if inner:
        return read_picture(name, path.parent / inner, labels)
    return Labelled(name, labels, problem="there are no bytes")


def _is_bytes(kind: pa.DataType) -> bool:
    return bool(pa.types.is_binary(kind) or pa.types.is_large_binary(kind))


def _opened(path: Path) -> pq.ParquetFile:
    try:
        return pq.ParquetFile(path)
    except (pa.ArrowException, OSError) as problem:
        first = str(problem).partition("\n")[0]
        raise EvenfaceError(f"{path} cannot be read: {first}", "get the file again") from problem


def _class_names(schema: pa.Schema) -> dict[str, list[str]]:
    """Return the names behind the numbers of class labels, as Hugging Face ``datasets`` writes them into a schema."""
    try:
        info: Any = json.loads((schema.metadata or {})[b"huggingface"])["info"]["features"]
        labels = {name: feature.get("names") for name, feature in info.items() if isinstance(feature, dict)}
    except (KeyError, TypeError, ValueError, AttributeError):
        return {}
    return {name: known for name, known in labels.items() if isinstance(known, list)}
