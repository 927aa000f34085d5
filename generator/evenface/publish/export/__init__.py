"""Export: the folder of a dataset comes in, a folder that other tools open goes out, whole or not at all.

Pictures go through one by one. Stored bytes are copied untouched, but for ``lfw``, whose pictures are JPEG by definition.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from evenface.dataset import Dataset
from evenface.errors import EvenfaceError, UsageFault
from evenface.files.storage import in_words, write_file
from evenface.publish.export.folder import whole_folder
from evenface.publish.export.layouts import LAYOUTS
from evenface.publish.export.note import NOTE, note_text
from evenface.publish.export.tables import Kind

__all__ = ["NOTE", "export"]


def export(
    dataset_dir: str | Path,
    out: str | Path,
    form: str,
    *,
    metadata: Kind = "parquet",
    on_progress: Callable[[int], None] = lambda _pictures: None,
) -> Path:
    """Write the pictures of a dataset in one of ``layouts.LAYOUTS`` into the new folder ``out``, and return it.

    Args:
        metadata: How the table of an ``imagefolder`` is written.
        on_progress: Told how many more pictures are written.
    """
    if form not in LAYOUTS:
        raise UsageFault(f"there is no format {form!r}", f"choose one of: {', '.join(LAYOUTS)}")
    dataset, out = Dataset.open(dataset_dir), Path(out)
    with in_words(out), whole_folder(out) as folder:
        written = 0
        for _ in LAYOUTS[form](dataset, folder, metadata):
            written += 1
            on_progress(1)
        if not written:
            raise EvenfaceError(f"{dataset.root} holds no pictures", f"look what is wrong: evenface validate {dataset.root}")
        write_file(folder / NOTE, note_text(dataset, form, written).encode())
    return out
