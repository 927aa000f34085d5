"""Pictures as files: a folder for each person, or a CSV that names them."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path

from evenface.dataset.foreign.columns import Columns, Labelled, Labels, resolve
from evenface.errors import EvenfaceError, UsageFault
from evenface.pictures import MAXIMUM_BYTES

__all__ = ["METADATA", "Listed", "csv_pictures", "folder_pictures", "read_picture", "read_pictures"]

METADATA = "metadata.csv"
_ENDINGS = (".png", ".jpg", ".jpeg", ".webp")

Listed = list[tuple[str, Path, Labels | None]]
"""A name for people, the file, and what is said of it; the files themselves are read one by one."""


def read_picture(name: str, path: Path, labels: Labels) -> Labelled:
    """Return the picture in a file, or why there is none: what a foreign table names may be anything."""
    try:
        if not path.is_file():
            return Labelled(name, labels, problem=f"there is no file {path}")
        if path.stat().st_size > MAXIMUM_BYTES:
            return Labelled(name, labels, problem=f"{path.stat().st_size:,} bytes are more than {MAXIMUM_BYTES:,}")
        return Labelled(name, labels, path.read_bytes())
    except (OSError, ValueError) as problem:  # ValueError: a zero byte in the name
        return Labelled(name, labels, problem=str(problem))


def read_pictures(listed: Listed) -> Iterator[Labelled]:
    """Yield the pictures, one file at a time."""
    for name, path, labels in listed:
        if labels is None:
            yield Labelled(name, None, problem="it does not say who is seen")
        else:
            yield read_picture(name, path, labels)


def csv_pictures(table: Path, wanted: Columns, folder: Path | None = None) -> tuple[Columns, Listed]:
    """Return the pictures that a CSV names; relative names are those of ``folder``, or of the folder of the CSV.

    Where ``folder`` is given and no column tells the person, the folder of a picture does.
    """
    root = folder or table.parent
    try:
        with table.open(encoding="utf-8-sig", newline="") as file:
            rows = csv.DictReader(file)
            there = [name for name in rows.fieldnames or () if name]
            columns = resolve(wanted, there, table, without=("identity",) if folder else ())
            return columns, [_listed(row, columns, root) for row in rows]
    except (csv.Error, UnicodeDecodeError) as problem:
        raise EvenfaceError(f"{table} is no CSV in UTF-8: {problem}", "save it as CSV, UTF-8") from problem


def _listed(row: dict[str, str], columns: Columns, root: Path) -> tuple[str, Path, Labels | None]:
    values = {name: (row.get(getattr(columns, name) or "") or "").strip() for name in Columns.__slots__}
    folder = Path(values["image"]).parent
    identity = values["identity"] or ("" if columns.identity or folder == Path() else folder.as_posix())
    labels = Labels(identity, values["family"] or identity, values["tone"] or None, values["gender"] or None)
    return values["image"] or "a row without a file", root / values["image"], labels if identity else None


def folder_pictures(root: Path, wanted: Columns) -> tuple[Columns, Listed]:
    """Return the pictures of ``root/<identity>/*``, or those of ``root/metadata.csv`` where there is one."""
    if (root / METADATA).is_file():
        return csv_pictures(root / METADATA, wanted, root)
    asked = {name: getattr(wanted, name) for name in Columns.__slots__ if getattr(wanted, name)}
    if asked:
        name, column = next(iter(asked.items()))
        raise UsageFault(f"{root} has no table, so it has no column {column}", f"leave --{name}-column out, or add {METADATA}")
    people = [folder for folder in sorted(root.iterdir()) if folder.is_dir()]
    found: Listed = [
        (path.relative_to(root).as_posix(), path, Labels(folder.name, folder.name, None, None))
        for folder in people
        for path in sorted(folder.rglob("*"))
        if path.suffix.lower() in _ENDINGS
    ]
    return Columns(), found
