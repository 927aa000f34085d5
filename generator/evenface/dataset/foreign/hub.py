"""Datasets of the Hugging Face Hub, or of any place that ``datasets`` reads: streamed, without running code of theirs."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from evenface.dataset.foreign.columns import NO_BYTES, Columns, Labelled, picture_of_row, resolve
from evenface.dataset.foreign.files import read_picture
from evenface.errors import EvenfaceError

__all__ = ["HUB_ID", "hub_pictures"]

_HINT = "check its spelling, --config and --split"

_ERRORS = 40  # level of logging

HUB_ID = re.compile(r"[A-Za-z0-9][\w.-]*/[A-Za-z0-9][\w.-]*")
"""``owner/name``; an existing path is never taken for one."""


def hub_pictures(
    source: str, wanted: Columns, *, config: str | None = None, split: str | None = None, whole: bool = False
) -> tuple[Columns, int, Iterator[Labelled]]:
    """Return the columns that are read, the number of rows (0 where unknown), and the pictures of all splits, or of one.

    Args:
        whole: Include the other columns, and pictures without an identity.
    """
    splits = _streams(source, config, split)
    first = next(iter(splits.values()))
    columns = resolve(wanted, list(first.features), source, without=("identity",) if whole else ())
    count = sum(
        (stream.info.splits or {})[name].num_examples for name, stream in splits.items() if name in (stream.info.splits or {})
    )
    return columns, count, (one for name, stream in splits.items() for one in _rows(source, name, stream, columns, whole))


def _streams(source: str, config: str | None, split: str | None) -> dict[str, Any]:
    import datasets  # heavy

    # Releases before 4 run a script of the dataset if they are allowed to, or ask; later ones cannot.
    allowed = {"trust_remote_code": False} if int(datasets.__version__.partition(".")[0]) < 4 else {}
    with _describe_errors(f"{source} is not a local path, and cannot be read from the Hub", _HINT):
        found = datasets.load_dataset(source, config, split=split, streaming=True, **allowed)
        splits = {split: found} if split else dict(found)
        return {str(name): stream if stream.features else stream._resolve_features() for name, stream in splits.items()}


@contextmanager
def _describe_errors(what: str, hint: str) -> Iterator[None]:
    """Raise one error for a failure of the library, and silence what it logs of each attempt."""
    from datasets.exceptions import DatasetsError
    from huggingface_hub.utils import logging

    before = logging.get_verbosity()
    logging.set_verbosity(_ERRORS)
    try:
        yield
    except (DatasetsError, OSError, ValueError, RuntimeError) as problem:
        raise EvenfaceError(f"{what}: {str(problem).partition(chr(10))[0]}", hint) from problem
    finally:
        logging.set_verbosity(before)


def _rows(source: str, split: str, stream: Any, columns: Columns, whole: bool) -> Iterator[Labelled]:  # noqa: ANN401 (no types)
    from datasets import ClassLabel

    names = {name: feature.names for name, feature in stream.features.items() if isinstance(feature, ClassLabel)}
    rows: Iterator[tuple[int, dict[str, Any]]] = enumerate(_stored_stream(stream, columns))
    while True:
        with _describe_errors(f"reading {source} stopped in the split {split}", "run the same command again"):
            at, row = next(rows, (-1, {}))
        if at < 0:
            return
        for name, known in names.items():
            number = row.get(name)
            row[name] = known[number] if isinstance(number, int) and 0 <= number < len(known) else None
        yield _picture_of(row, columns, f"{split} row {at}", Path(source), whole)


def _stored_stream(stream: Any, columns: Columns) -> Any:  # noqa: ANN401 (ships no types)
    """Return the stream with words and numbers, and with pictures as stored: decoding one would open its path."""
    from datasets import ClassLabel, Value

    read = {getattr(columns, name) for name in Columns.__slots__}
    kept: dict[str, Any] = {
        name: feature for name, feature in stream.features.items() if name in read or isinstance(feature, (Value, ClassLabel))
    }
    plain = stream.select_columns(list(kept))
    for name, feature in kept.items():
        if hasattr(feature, "decode"):
            plain = plain.cast_column(name, replace(feature, decode=False))
    return plain


def _picture_of(row: dict[str, Any], columns: Columns, name: str, root: Path, whole: bool) -> Labelled:
    """Return the picture of a row; its path may be a file that ``datasets`` found in the folder of the set, or anything else."""
    found, entry = picture_of_row(row, columns, name, whole=whole), row.get(str(columns.image))
    path = entry.get("path") if isinstance(entry, dict) else None
    if found.problem != NO_BYTES or found.labels is None or not isinstance(path, str):
        return found
    if not (Path(path).is_absolute() or ".." in Path(path).parts):
        return found
    return replace(read_picture(name, root, path, found.labels), others=found.others)
