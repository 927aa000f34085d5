"""What the LFW layout needs to know beforehand: which number a picture has among those of its person, and ``pairs.txt``.

A dataset with verification pairs holds them in LFW's own spelling too (``protocols/pairs_*.txt``); these lines name pictures by
the same numbers, and are taken over after each was found to name pictures that there are.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

from evenface.dataset import Dataset
from evenface.dataset.protocols.numbering import picture_numbers
from evenface.errors import EvenfaceError
from evenface.files.storage import write_file
from evenface.publish.export.folder import safe

__all__ = ["PAIRS", "lfw_numbers", "write_pairs"]

PAIRS = "pairs.txt"
"""What tools look for; the pairs within a cell, where there are any."""

_SOURCES = ("pairs_within_cell.txt", "pairs_across_cells.txt")
_TEXT_BYTES = 500_000_000


def lfw_numbers(dataset: Dataset) -> dict[str, int]:
    """Return the number of each picture by image id."""
    people: dict[str, dict[str, str]] = defaultdict(dict)
    for row in dataset.rows("default", ("identity_id", "image_id", "shot_id")):
        people[safe(row["identity_id"], "identity id")][str(row["shot_id"])] = safe(row["image_id"], "image id")
    numbers: dict[str, int] = {}
    for shots in people.values():
        numbers |= {shots[shot_id]: number for shot_id, number in picture_numbers(shots).items()}
    return numbers


def write_pairs(dataset: Dataset, folder: Path) -> None:
    """Write the pairs that the dataset holds in LFW's spelling into ``folder``, and the first of them as ``pairs.txt``."""
    found = {name: dataset.root / "protocols" / name for name in _SOURCES}
    found = {name: path for name, path in found.items() if path.is_file()}
    if not found:
        return
    people: dict[str, int] = defaultdict(int)
    for row in dataset.rows("default", ("identity_id",)):
        people[row["identity_id"]] += 1
    for name, path in found.items():
        text = "".join(_checked(path, people))
        write_file(folder / name, text.encode())
        if not (folder / PAIRS).exists():
            write_file(folder / PAIRS, text.encode())


def _checked(path: Path, people: dict[str, int]) -> Iterator[str]:
    """Yield the lines of a list of pairs; one that names a picture that is not there is an error."""
    if path.stat().st_size > _TEXT_BYTES:
        raise EvenfaceError(f"{path} has {path.stat().st_size:,} bytes, more than {_TEXT_BYTES:,}", "package the run again")
    with path.open(encoding="utf-8", errors="replace") as file:
        for at, line in enumerate(file, 1):
            entries = line.rstrip("\n").split("\t")
            if at > 1 and not all(
                number.isdecimal() and 1 <= int(number) <= people.get(name, 0) for name, number in _named(entries)
            ):
                what = f"line {at} of {path} names a picture that is not there: {' '.join(entries)[:80]!r}"
                raise EvenfaceError(what, "package the run again: evenface package RUN --out DATASET")
            yield line


def _named(entries: list[str]) -> Iterator[tuple[str, str]]:
    """Yield the pictures of a line: a person and two numbers, or two people with a number each."""
    if len(entries) == 3:
        entries = [entries[0], entries[1], entries[0], entries[2]]
    if len(entries) != 4:
        entries = ["", "", "", ""]
    yield entries[0], entries[1]
    yield entries[2], entries[3]
