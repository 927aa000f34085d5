"""The four layouts of an export: each writes the pictures one by one.

Every file name is made of ids that were checked; no label, and no path that a row names, becomes part of one. A dataset with
verification pairs holds them in LFW's spelling too (``protocols/pairs_*.txt``). Its lines name pictures by the numbers that the
LFW layout uses; they are copied after a check that each names pictures of the dataset.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator
from pathlib import Path

from evenface.dataset import Dataset, Row
from evenface.dataset.protocols.folds import lfw_file, picture_numbers
from evenface.errors import EvenfaceError
from evenface.files.pictures import PNG_SIGNATURE
from evenface.files.storage import write_file
from evenface.publish.export.files import jpeg_of, safe_name, write_new
from evenface.publish.export.tables import Kind, TableWriter, table_row, table_schema

__all__ = ["DB", "LAYOUTS", "LFW", "PAIRS", "PICTURES", "SPLIT", "TABLE", "lfw_numbers", "write_pairs"]

PAIRS = "pairs.txt"
"""The file that tools look for: the pairs within a cell, where there are any."""

_SOURCES = ("pairs_within_cell.txt", "pairs_across_cells.txt")
_TEXT_BYTES = 500_000_000


def lfw_numbers(dataset: Dataset) -> dict[str, int]:
    """Return the number of each picture by image id."""
    people: dict[str, dict[str, str]] = defaultdict(dict)
    for row in dataset.rows("default", ("identity_id", "image_id", "shot_id")):
        people[safe_name(row["identity_id"], "identity id")][str(row["shot_id"])] = safe_name(row["image_id"], "image id")
    numbers: dict[str, int] = {}
    for shots in people.values():
        numbers |= {shots[shot_id]: number for shot_id, number in picture_numbers(shots).items()}
    return numbers


def write_pairs(dataset: Dataset, folder: Path) -> None:
    """Copy the dataset's lists of pairs in LFW's spelling into ``folder``, and the first list as ``pairs.txt`` too."""
    found = {name: dataset.root / "protocols" / name for name in _SOURCES}
    found = {name: path for name, path in found.items() if path.is_file()}
    if not found:
        return
    people: dict[str, int] = defaultdict(int)
    for row in dataset.rows("default", ("identity_id",)):
        people[row["identity_id"]] += 1
    for name, path in found.items():
        text = "".join(_check_lines(path, people))
        write_file(folder / name, text.encode())
        if not (folder / PAIRS).exists():
            write_file(folder / PAIRS, text.encode())


def _check_lines(path: Path, people: dict[str, int]) -> Iterator[str]:
    """Yield the lines of a list of pairs; a line that names a missing picture is an error."""
    if path.stat().st_size > _TEXT_BYTES:
        raise EvenfaceError(
            f"{path} has {path.stat().st_size:,} bytes, more than {_TEXT_BYTES:,}",
            "package the run again: evenface package RUN --out DATASET",
        )
    with path.open(encoding="utf-8", errors="replace") as file:
        for at, line in enumerate(file, 1):
            entries = line.rstrip("\n").split("\t")
            if at > 1 and not all(
                number.isdecimal() and 1 <= int(number) <= people.get(name, 0) for name, number in _pictures_of_line(entries)
            ):
                what = f"line {at} of {path} names a missing picture: {' '.join(entries)[:80]!r}"
                raise EvenfaceError(what, "package the run again: evenface package RUN --out DATASET")
            yield line


def _pictures_of_line(entries: list[str]) -> Iterator[tuple[str, str]]:
    """Yield the pictures of a line: a person and two numbers, or two people with a number each."""
    if len(entries) == 3:
        entries = [entries[0], entries[1], entries[0], entries[2]]
    if len(entries) != 4:
        entries = ["", "", "", ""]
    yield entries[0], entries[1]
    yield entries[2], entries[3]


SPLIT = "test"
"""The folder of an ``imagefolder``, which is also the name of the split for ``datasets``."""
LFW, DB, PICTURES, TABLE = "lfw", "db", "pictures", "pictures.csv"


def lfw(dataset: Dataset, folder: Path, _kind: Kind) -> Iterator[str]:
    """Yield image ids as ``lfw/<identity_id>/<identity_id>_0001.jpg`` are written, and write ``pairs.txt`` beside them."""
    numbers = lfw_numbers(dataset)
    write_pairs(dataset, folder)

    def place(row: Row) -> str:
        name = lfw_file(safe_name(row["identity_id"], "identity id"), numbers.get(_image_id(row), 0))
        write_new(folder / LFW / name, jpeg_of(_stored_png(row), row["image_id"]))
        return f"{LFW}/{name}"

    return _write_all(dataset, folder / TABLE, "csv", place)


def imagefolder(dataset: Dataset, folder: Path, kind: Kind) -> Iterator[str]:
    """Yield image ids as ``test/<identity_id>/<image_id>.png`` are written, with their table beside those folders."""
    return _write_all(dataset, folder / SPLIT / f"metadata.{kind}", kind, lambda row: _copy(row, folder / SPLIT))


def deepface(dataset: Dataset, folder: Path, _kind: Kind) -> Iterator[str]:
    """Yield image ids as ``db/<identity_id>/<image_id>.png`` are written; the table is beside ``db``."""
    return _write_all(dataset, folder / TABLE, "csv", lambda row: f"{DB}/{_copy(row, folder / DB)}")


def flat(dataset: Dataset, folder: Path, _kind: Kind) -> Iterator[str]:
    """Yield image ids as ``pictures/<identity_id>/<image_id>.png`` are written, with one table of all columns."""
    return _write_all(dataset, folder / TABLE, "csv", lambda row: f"{PICTURES}/{_copy(row, folder / PICTURES)}")


LAYOUTS: dict[str, Callable[[Dataset, Path, Kind], Iterator[str]]] = {
    "lfw": lfw,
    "imagefolder": imagefolder,
    "deepface": deepface,
    "csv": flat,
}
"""Writers by name of the format; their last argument, the kind of table, is used by ``imagefolder`` alone."""


def _write_all(dataset: Dataset, path: Path, kind: Kind, place: Callable[[Row], str]) -> Iterator[str]:
    """Write each picture with ``place``, which returns its path, and their table at ``path``."""
    scale = dataset.manifest.spec.scale
    with TableWriter(path, kind, table_schema(scale)) as table:
        for row in dataset.rows("default"):
            table.add(table_row(row, place(row), scale))
            yield row["image_id"]


def _copy(row: Row, folder: Path) -> str:
    """Write the stored bytes unchanged, and return their path relative to ``folder``."""
    name = f"{safe_name(row['identity_id'], 'identity id')}/{_image_id(row)}.png"
    write_new(folder / name, _stored_png(row))
    return name


def _image_id(row: Row) -> str:
    return safe_name(row["image_id"], "image id")


def _stored_png(row: Row) -> bytes:
    data = row["image"]["bytes"] if row["image"] else None
    if not isinstance(data, bytes) or not data.startswith(PNG_SIGNATURE):
        what = f"the picture {row['image_id']} is not a PNG file"
        raise EvenfaceError(what, "see what else is wrong: evenface validate DATASET")
    return data
