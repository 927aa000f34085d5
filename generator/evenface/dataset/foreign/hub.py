"""A dataset of the Hugging Face Hub, or of anywhere that ``datasets`` reads: streamed, and without code of its own."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from evenface.dataset.foreign.columns import NO_BYTES, Columns, Labelled, labelled, resolve
from evenface.dataset.foreign.files import read_picture
from evenface.errors import EvenfaceError

__all__ = ["HUB_ID", "hub_pictures"]

_HINT = "look at its spelling, and at --config and --split"

HUB_ID = re.compile(r"[A-Za-z0-9][\w.-]*/[A-Za-z0-9][\w.-]*")
"""How an owner and a name are spelled; a path that there is is never taken for one."""


def hub_pictures(
    source: str, wanted: Columns, *, config: str | None = None, split: str | None = None, whole: bool = False
) -> tuple[Columns, int, Iterator[Labelled]]:
    """Return the columns that are read, the number of rows where it is known (else 0), and the pictures of all splits, or of one.

    Args:
        whole: Give the other columns too, and pictures of nobody.
    """
    splits = _streams(source, config, split)
    first = next(iter(splits.values()))
    columns = resolve(wanted, list(first.features), source, without=("identity",) if whole else ())
    count = sum(
        (stream.info.splits or {})[name].num_examples for name, stream in splits.items() if name in (stream.info.splits or {})
    )
    return columns, count, (one for name, stream in splits.items() for one in _rows(name, stream, columns, whole))


def _streams(source: str, config: str | None, split: str | None) -> dict[str, Any]:
    import datasets  # heavy
    from datasets.exceptions import DatasetsError

    # Releases before 4 run a script of the dataset if they are allowed to, or ask; later ones cannot.
    allowed = {"trust_remote_code": False} if int(datasets.__version__.partition(".")[0]) < 4 else {}
    try:
        found = datasets.load_dataset(source, config, split=split, streaming=True, **allowed)
        splits = {split: found} if split else dict(found)
        return {str(name): stream if stream.features else stream._resolve_features() for name, stream in splits.items()}
    except (DatasetsError, OSError, ValueError, RuntimeError) as problem:
        first = str(problem).partition("\n")[0]
        raise EvenfaceError(f"{source} is no path here, and cannot be read from the Hub: {first}", _HINT) from problem


def _rows(split: str, stream: Any, columns: Columns, whole: bool) -> Iterator[Labelled]:  # noqa: ANN401 (ships no types)
    from datasets import ClassLabel, Image

    image = str(columns.image)
    names = {name: feature.names for name, feature in stream.features.items() if isinstance(feature, ClassLabel)}
    plain = stream.cast_column(image, Image(decode=False)) if isinstance(stream.features[image], Image) else stream
    for at, row in enumerate(plain):
        for name, known in names.items():
            number = row.get(name)
            row[name] = known[number] if isinstance(number, int) and 0 <= number < len(known) else None
        yield _labelled(row, columns, f"{split} row {at}", whole)


def _labelled(row: dict[str, Any], columns: Columns, name: str, whole: bool) -> Labelled:
    found, entry = labelled(row, columns, name, whole=whole), row.get(str(columns.image))
    path = entry.get("path") if isinstance(entry, dict) else None
    if found.problem != NO_BYTES or found.labels is None or not (isinstance(path, str) and Path(path).is_absolute()):
        return found
    # Only what was found by ``datasets`` itself, in the folder that it was given, is a path here.
    return replace(read_picture(name, Path(path).parent, Path(path).name, found.labels), others=found.others)
