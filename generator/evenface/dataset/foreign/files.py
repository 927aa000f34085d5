"""Labelled picture files: a folder for each person, or a table (CSV, JSON lines) that names the files."""

from __future__ import annotations

import csv
import json
import os
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

from evenface.dataset.foreign.columns import Columns, Labelled, Labels, labels_of, other_values, resolve
from evenface.errors import EvenfaceError, UsageFault
from evenface.files.pictures import MAXIMUM_BYTES

__all__ = [
    "ENDINGS",
    "OUTSIDE",
    "TABLES",
    "Listed",
    "folder_pictures",
    "is_inside",
    "metadata_of",
    "read_picture",
    "read_pictures",
    "table_pictures",
]

TABLES = ("metadata.csv", "metadata.jsonl")
"""Tables that describe a folder of pictures, in it or in the folders of its splits; ``metadata.parquet`` is read as parquet."""
OUTSIDE = "the file name leads out of the folder"
"""The problem of a picture with such a name, which is not read."""
ENDINGS = (".png", ".jpg", ".jpeg", ".webp")
_LINE = 1_000_000
"""Largest number of characters in a line."""


class Listed(NamedTuple):
    """A picture to read: the folder that it must lie in, its name in that folder, its labels and other columns."""

    root: Path
    name: str
    labels: Labels | None
    others: Mapping[str, str | int | float | bool | None]


def read_picture(name: str, root: Path, inner: str, labels: Labels) -> Labelled:
    """Return the picture ``inner`` of the folder ``root``, or its problem: a foreign table can name anything."""
    path = root / inner
    if not is_inside(root, inner):
        return Labelled(name, labels, problem=OUTSIDE)
    try:
        if not path.is_file():
            return Labelled(name, labels, problem=f"the file {path} does not exist")
        if path.stat().st_size > MAXIMUM_BYTES:
            return Labelled(name, labels, problem=f"the file has {path.stat().st_size:,} bytes, more than {MAXIMUM_BYTES:,}")
        return Labelled(name, labels, path.read_bytes())
    except (OSError, ValueError) as problem:  # ValueError: a zero byte in the name
        return Labelled(name, labels, problem=str(problem))


def is_inside(root: Path, inner: str) -> bool:
    """Return whether a name stays in the folder ``root``.

    Only the spelling counts: the owner of the folder made the links in it, but not the names in a table.
    """
    return Path(os.path.normpath((root / inner).absolute())).is_relative_to(os.path.normpath(root.absolute()))


def read_pictures(listed: list[Listed]) -> Iterator[Labelled]:
    """Yield the pictures, one file at a time."""
    for root, name, labels, others in listed:
        if labels is None:
            yield Labelled(name or "a row without a file", None, problem="the row has no identity")
        elif not name:
            yield Labelled("a row without a file", labels, problem="the row names no file", others=others)
        else:
            yield replace(read_picture(name, root, name, labels), others=others)


def table_pictures(
    table: Path, wanted: Columns, *, folder: Path | None = None, whole: bool = False
) -> tuple[Columns, list[Listed]]:
    """Return the pictures that a table names; names are relative to ``folder``, or to the folder of the table.

    Where ``folder`` is given and there is no identity column, the folder of a picture is its identity.

    Args:
        whole: Include the other columns, and pictures without an identity.
    """
    root = folder or table.parent
    there, rows = _json_rows(table) if table.suffix.lower() == ".jsonl" else _csv_rows(table)
    columns = resolve(wanted, there, table, without=("identity",) if folder or whole else ())
    return columns, [_list_row(row, columns, root, folder is not None, whole) for row in rows]


def _csv_rows(table: Path) -> tuple[list[str], list[dict[str, object]]]:
    try:
        with table.open(encoding="utf-8-sig", newline="") as file:
            rows = csv.DictReader(file)
            there = [name for name in rows.fieldnames or () if name]
            return there, [{name: row[name] for name in there} for row in rows]
    except (csv.Error, UnicodeDecodeError) as problem:
        raise EvenfaceError(f"{table} is not a CSV in UTF-8: {problem}", "save it as CSV in UTF-8") from problem


def _json_rows(table: Path) -> tuple[list[str], list[dict[str, object]]]:
    rows: list[dict[str, object]] = []
    try:
        with table.open(encoding="utf-8-sig") as file:
            while line := file.readline(_LINE):
                row = json.loads(line) if line.strip() else None
                if isinstance(row, dict):
                    rows.append(row)
                elif row is not None:
                    raise EvenfaceError(
                        f"{table} has a line that is not a JSON object: {line[:40].strip()}", "write one JSON object per line"
                    )
    except ValueError as problem:
        raise EvenfaceError(f"{table} is not JSON lines: {problem}", "write one JSON object per line, in UTF-8") from problem
    return list(dict.fromkeys(name for row in rows for name in row)), rows


def _list_row(row: Mapping[str, object], columns: Columns, root: Path, by_folder: bool, whole: bool) -> Listed:
    name = str(row.get(str(columns.image)) or "").strip()
    folder = Path(name).parent
    person = folder.as_posix() if by_folder and not columns.identity and folder != Path() else "" if whole else None
    return Listed(root, name, labels_of(row, columns, person=person), other_values(row, columns) if whole else {})


def metadata_of(root: Path) -> list[Path]:
    """Return the tables of a folder of pictures: its own, or one for each split."""
    own = [root / name for name in TABLES if (root / name).is_file()][:1]
    return own or sorted(path for name in TABLES for path in root.glob(f"*/{name}"))


def folder_pictures(root: Path, wanted: Columns, *, whole: bool = False) -> tuple[Columns, list[Listed]]:
    """Return the pictures that the tables of a folder name, or those of ``root/<identity>/*`` without a table."""
    tables = metadata_of(root)
    if tables:
        found = [table_pictures(table, wanted, folder=table.parent, whole=whole) for table in tables]
        return found[0][0], [one for _, listed in found for one in listed]
    asked = {name: getattr(wanted, name) for name in Columns.__slots__ if getattr(wanted, name)}
    if asked:
        name, column = next(iter(asked.items()))
        option = f"--{name.replace('_', '-')}-column"
        raise UsageFault(f"{root} has no table, so there is no column {column}", f"leave out {option}, or add {TABLES[0]}")
    people = [folder for folder in sorted(root.iterdir()) if folder.is_dir()]
    return Columns(), [
        Listed(root, path.relative_to(root).as_posix(), Labels(folder.name, folder.name, None, None), {})
        for folder in people
        for path in sorted(folder.rglob("*"))
        if path.suffix.lower() in ENDINGS
    ]
