"""Labelled pictures in parquet files, of evenface or of any other origin."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from evenface.dataset.foreign.columns import NO_BYTES, Columns, Labelled, picture_of_row, resolve
from evenface.dataset.foreign.files import read_picture
from evenface.dataset.read import name_labels
from evenface.dataset.rows import Row
from evenface.errors import EvenfaceError, UsageFault

__all__ = ["count_rows", "parquet_pictures"]

_BATCH_ROWS = 64


def count_rows(paths: list[Path]) -> int:
    """Return the number of rows of the files; only their footers are read."""
    return sum(int(_open(path).metadata.num_rows) for path in paths)


def parquet_pictures(paths: list[Path], wanted: Columns, *, whole: bool = False) -> tuple[Columns, Iterator[Labelled]]:
    """Return the columns that are read and the pictures of all rows, in the order of the files; one file is open at a time.

    Args:
        whole: Include the other columns, and pictures without an identity.
    """
    without = ("identity",) if whole else ()
    schemas = {path: _open(path).schema_arrow for path in paths}
    columns = {path: resolve(wanted, schema.names, path, without=without) for path, schema in schemas.items()}
    for path, each in columns.items():
        kind = schemas[path].field(str(each.image)).type
        if not (_is_bytes(kind) or pa.types.is_struct(kind) or pa.types.is_string(kind)):
            raise UsageFault(
                f"the column {each.image} of {path} holds {kind}, not pictures", "name another column with --image-column"
            )
    return next(iter(columns.values())), (one for path, each in columns.items() for one in _rows(path, each, whole))


def _rows(path: Path, columns: Columns, whole: bool) -> Iterator[Labelled]:
    at = 0
    try:
        with _open(path) as file:
            names = _class_names(file.schema_arrow)
            flat = [
                each.name
                for each in file.schema_arrow
                if whole and not pa.types.is_nested(each.type) and not _is_bytes(each.type)
            ]
            read = list(dict.fromkeys([*filter(None, (getattr(columns, name) for name in Columns.__slots__)), *flat]))
            for batch in file.iter_batches(batch_size=_BATCH_ROWS, columns=read):
                for row in name_labels(batch, names):
                    yield _picture_of(row, columns, path, at, whole)
                    at += 1
    except (pa.ArrowException, OSError) as problem:
        raise EvenfaceError(
            f"{path} cannot be read: {str(problem).partition(chr(10))[0]}", "download or copy the file again"
        ) from problem


def _picture_of(row: Row, columns: Columns, path: Path, at: int, whole: bool) -> Labelled:
    entry = row[str(columns.image)]
    inner = entry.get("path") if isinstance(entry, dict) else entry if isinstance(entry, str) else None
    name = f"{path.name} row {at}" + (f" ({inner})" if inner else "")
    found = picture_of_row(row, columns, name, whole=whole)
    if found.problem != NO_BYTES or found.labels is None or not inner:
        return found
    return replace(read_picture(name, path.parent, inner, found.labels), others=found.others)


def _is_bytes(kind: pa.DataType) -> bool:
    return bool(pa.types.is_binary(kind) or pa.types.is_large_binary(kind))


def _open(path: Path) -> pq.ParquetFile:
    try:
        return pq.ParquetFile(path)
    except (pa.ArrowException, OSError) as problem:
        first = str(problem).partition("\n")[0]
        raise EvenfaceError(f"{path} cannot be read: {first}", "download or copy the file again") from problem


def _class_names(schema: pa.Schema) -> dict[str, list[str]]:
    """Return the names behind the numbers of class labels, as Hugging Face ``datasets`` writes them into a schema."""
    try:
        info: Any = json.loads((schema.metadata or {})[b"huggingface"])["info"]["features"]
        labels = {name: feature.get("names") for name, feature in info.items() if isinstance(feature, dict)}
    except (KeyError, TypeError, ValueError, AttributeError):
        return {}
    return {name: known for name, known in labels.items() if isinstance(known, list)}
