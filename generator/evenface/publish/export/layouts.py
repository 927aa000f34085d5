"""The four layouts: rows of a dataset come in, a picture is written with each step.

Every file name is made of ids that were checked; no label, and no path that a row names, becomes part of one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

from evenface.dataset import Dataset, Row
from evenface.dataset.protocols.numbering import lfw_file
from evenface.errors import EvenfaceError
from evenface.files.pictures import PNG_SIGNATURE
from evenface.publish.export.folder import put, safe
from evenface.publish.export.jpeg import jpeg_of
from evenface.publish.export.pairs import lfw_numbers, write_pairs
from evenface.publish.export.tables import Kind, TableWriter, table_row, table_schema

__all__ = ["DB", "LAYOUTS", "LFW", "PICTURES", "SPLIT", "TABLE"]

SPLIT = "test"
"""The folder of an ``imagefolder``, which ``datasets`` takes for the name of the split."""
LFW, DB, PICTURES, TABLE = "lfw", "db", "pictures", "pictures.csv"


def lfw(dataset: Dataset, folder: Path, _kind: Kind) -> Iterator[str]:
    """Yield image ids as ``lfw/<identity_id>/<identity_id>_0001.jpg`` are written, and put ``pairs.txt`` beside them."""
    numbers = lfw_numbers(dataset)
    write_pairs(dataset, folder)

    def place(row: Row) -> str:
        name = lfw_file(safe(row["identity_id"], "identity id"), numbers.get(_image_id(row), 0))
        put(folder / LFW / name, jpeg_of(_stored(row), row["image_id"]))
        return f"{LFW}/{name}"

    return _each(dataset, folder / TABLE, "csv", place)


def imagefolder(dataset: Dataset, folder: Path, kind: Kind) -> Iterator[str]:
    """Yield image ids as ``test/<identity_id>/<image_id>.png`` are written, with their table beside those folders."""
    return _each(dataset, folder / SPLIT / f"metadata.{kind}", kind, lambda row: _copied(row, folder / SPLIT))


def deepface(dataset: Dataset, folder: Path, _kind: Kind) -> Iterator[str]:
    """Yield image ids as ``db/<identity_id>/<image_id>.png`` are written; labels lie beside ``db``, which holds faces alone."""
    return _each(dataset, folder / TABLE, "csv", lambda row: f"{DB}/{_copied(row, folder / DB)}")


def flat(dataset: Dataset, folder: Path, _kind: Kind) -> Iterator[str]:
    """Yield image ids as ``pictures/<identity_id>/<image_id>.png`` are written, with one table of all that is known."""
    return _each(dataset, folder / TABLE, "csv", lambda row: f"{PICTURES}/{_copied(row, folder / PICTURES)}")


LAYOUTS: dict[str, Callable[[Dataset, Path, Kind], Iterator[str]]] = {
    "lfw": lfw,
    "imagefolder": imagefolder,
    "deepface": deepface,
    "csv": flat,
}
"""By the name of the format; each takes how the table of an ``imagefolder`` is written, which is nothing to the others."""


def _each(dataset: Dataset, path: Path, kind: Kind, place: Callable[[Row], str]) -> Iterator[str]:
    """Let ``place`` write each picture and say where, and write the table of them all at ``path``."""
    scale = dataset.manifest.spec.scale
    with TableWriter(path, kind, table_schema(scale)) as table:
        for row in dataset.rows("default"):
            table.add(table_row(row, place(row), scale))
            yield row["image_id"]


def _copied(row: Row, folder: Path) -> str:
    """Write the stored bytes as they are, and return where, from ``folder``."""
    name = f"{safe(row['identity_id'], 'identity id')}/{_image_id(row)}.png"
    put(folder / name, _stored(row))
    return name


def _image_id(row: Row) -> str:
    return safe(row["image_id"], "image id")


def _stored(row: Row) -> bytes:
    data = row["image"]["bytes"] if row["image"] else None
    if not isinstance(data, bytes) or not data.startswith(PNG_SIGNATURE):
        what = f"the picture {row['image_id']} is no PNG file"
        raise EvenfaceError(what, "see what else is wrong with: evenface validate DATASET")
    return data
