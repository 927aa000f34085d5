"""Labelled faces of any origin: opens a set and yields its pictures with their labels in a stream.

A dataset of evenface, a folder of parquet files, one such file, a table (CSV, JSON lines) beside its pictures, a folder with a
folder for each person or with a table, and a dataset of the Hub are read alike. Labels are believed as they stand; pictures are
neither decoded nor kept.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from evenface.dataset.foreign.columns import Columns, Labelled, Labels
from evenface.dataset.foreign.files import ENDINGS, folder_pictures, read_picture, read_pictures, table_pictures
from evenface.dataset.foreign.hub import hub_pictures
from evenface.dataset.foreign.parquet import count_rows, parquet_pictures
from evenface.dataset.manifest import MANIFEST
from evenface.dataset.read import Dataset
from evenface.errors import UsageFault

__all__ = ["LOOSE", "Columns", "Labelled", "LabelledSet", "Labels", "open_hub", "open_labelled", "open_loose"]


@dataclass(frozen=True, slots=True)
class LabelledSet:
    """An opened set of labelled faces."""

    root: Path
    kind: str
    """``evenface``, ``parquet``, ``csv``, ``folders`` or ``hub``."""
    columns: Columns
    """Columns that are read; None where a label is missing, or is the name of a folder."""
    count: int
    """Rows, or files; some may hold no picture."""
    pictures: Iterator[Labelled]
    """Can be read once."""


def open_labelled(path: str | Path, wanted: Columns = Columns(), *, whole: bool = False) -> LabelledSet:  # noqa: B008 (frozen)
    """Open the set of labelled faces at ``path``; anything else is wrong use.

    Args:
        whole: Include every column of a row, and pictures without an identity, whose ``identity`` is then empty.
    """
    root = Path(path)
    if not root.exists():
        raise UsageFault(
            f"{root} does not exist",
            "give a dataset, a folder of parquet files, a CSV, or a folder with a folder for each person",
        )
    if root.is_file():
        return _open_file(root, wanted, whole)
    if (root / MANIFEST).is_file():
        return _open_dataset(root, wanted, whole)
    tables = sorted(root.rglob("*.parquet"))
    if tables:
        return _open_parquet(root, tables, wanted, whole)
    columns, listed = folder_pictures(root, wanted, whole=whole)
    if not listed:
        found = ", ".join(sorted(entry.name for entry in root.iterdir())[:3])
        what = f"{root} holds no labelled faces: no parquet files, no metadata.csv and no folders of people with pictures"
        raise UsageFault(f"{what}; found {found or 'nothing'}", "give the folder that holds a folder for each person, or a CSV")
    return LabelledSet(root, "folders", columns, len(listed), read_pictures(listed))


def _open_file(path: Path, wanted: Columns, whole: bool) -> LabelledSet:
    if path.suffix == ".parquet":
        return _open_parquet(path, [path], wanted, whole)
    if path.suffix.lower() not in (".csv", ".jsonl"):
        raise UsageFault(f"{path} is neither a .csv nor a .parquet file", "give a CSV that names the pictures")
    columns, listed = table_pictures(path, wanted, whole=whole)
    return LabelledSet(path, "csv", columns, len(listed), read_pictures(listed))


def _open_parquet(root: Path, tables: list[Path], wanted: Columns, whole: bool) -> LabelledSet:
    columns, pictures = parquet_pictures(tables, wanted, whole=whole)
    return LabelledSet(root, "parquet", columns, count_rows(tables), pictures)


def _open_dataset(root: Path, wanted: Columns, whole: bool) -> LabelledSet:
    dataset = Dataset.open(root)
    tables = [root / shard for shard in dataset.shards("default")]
    if not tables:
        raise UsageFault(f"{root} holds no pictures", f"see what is wrong: evenface validate {root}")
    opened = _open_parquet(root, tables, wanted, whole)
    return LabelledSet(root, "evenface", opened.columns, opened.count, opened.pictures)


def open_hub(
    source: str, wanted: Columns, *, config: str | None = None, split: str | None = None, whole: bool = False
) -> LabelledSet:
    """Open a dataset of the Hub, ``owner/name``, as a stream."""
    columns, count, pictures = hub_pictures(source, wanted, config=config, split=split, whole=whole)
    return LabelledSet(Path(source), "hub", columns, count, pictures)


LOOSE = "pictures"
"""``LabelledSet.kind`` of such a folder."""
_TABLES = (".csv", ".jsonl", ".parquet", ".json")


def open_loose(path: str | Path) -> LabelledSet | None:
    """Open a folder that holds picture files alone, each as a person of its own.

    Return None for anything else, e.g. a folder with subfolders or a table.
    """
    root = Path(path)
    entries = sorted(root.iterdir()) if root.is_dir() else []
    files = [entry for entry in entries if entry.suffix.lower() in ENDINGS and entry.is_file()]
    if not files or any(entry.is_dir() or entry.suffix in _TABLES for entry in entries):
        return None
    labels = {file: Labels(file.name, file.name, None, None) for file in files}
    pictures = (read_picture(file.name, root, file.name, labels[file]) for file in files)
    return LabelledSet(root, LOOSE, Columns(), len(files), pictures)
