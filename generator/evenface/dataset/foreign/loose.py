"""Pictures that lie loose in a folder: nothing says who is seen, so each stands for itself."""

from __future__ import annotations

from pathlib import Path

from evenface.dataset.foreign import Columns, LabelledSet, Labels
from evenface.dataset.foreign.files import ENDINGS, read_picture

__all__ = ["LOOSE", "open_loose"]

LOOSE = "pictures"
"""``LabelledSet.kind`` of such a folder."""
_TABLES = (".csv", ".jsonl", ".parquet", ".json")


def open_loose(path: str | Path) -> LabelledSet | None:
    """Open a folder that holds picture files alone; None for anything else, e.g. where there are folders or a table."""
    root = Path(path)
    entries = sorted(root.iterdir()) if root.is_dir() else []
    files = [entry for entry in entries if entry.suffix.lower() in ENDINGS and entry.is_file()]
    if not files or any(entry.is_dir() or entry.suffix in _TABLES for entry in entries):
        return None
    labels = {file: Labels(file.name, file.name, None, None) for file in files}
    pictures = (read_picture(file.name, root, file.name, labels[file]) for file in files)
    return LabelledSet(root, LOOSE, Columns(), len(files), pictures)
