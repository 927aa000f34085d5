"""Which column of somebody's table says what: names that were asked for, or the first of the usual ones that is there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from pathlib import Path

from evenface.errors import UsageFault

__all__ = ["NO_BYTES", "Columns", "Entry", "Labelled", "Labels", "labels_of", "other_values", "picture_of_row", "resolve"]

Entry = str | int | float | bool | None
NO_BYTES = "there are no bytes"
"""The problem of a row that holds no picture; it may name one."""


@dataclass(frozen=True, slots=True)
class Columns:
    """Names of columns; None where the usual names are to be tried."""

    image: str | None = None
    identity: str | None = None
    family: str | None = None
    tone: str | None = None
    gender: str | None = None
    measured_tone: str | None = None


_USUAL: dict[str, tuple[str, ...]] = {
    "image": ("image", "file_name", "filename", "file", "path"),
    "identity": ("identity_id", "identity", "person_id", "person", "subject_id", "subject"),
    "family": ("family_id",),
    "tone": ("tone",),
    "gender": ("gender",),
    "measured_tone": ("measured_tone",),
}
_NEEDED = ("image", "identity")


@dataclass(frozen=True, slots=True)
class Labels:
    """What a table says of one picture."""

    identity: str
    family: str
    """People of one family share a head, and are no test of telling people apart; a person's own where no column says."""
    tone: str | None
    gender: str | None
    measured_tone: str | None = None

    @property
    def cell(self) -> str | None:
        """The labels that are there, as ``vocabulary.Cell`` spells them; None where there are none."""
        return "/".join(filter(None, (self.tone, self.gender))) or None


@dataclass(frozen=True, slots=True)
class Labelled:
    """One picture file and what is said of it; ``problem`` is why there is none, or why it cannot be used."""

    name: str
    """For people: a file, or a row of a table."""
    labels: Labels | None
    data: bytes = b""
    problem: str | None = None
    others: Mapping[str, Entry] = field(default_factory=dict)
    """What the table says besides, by column, where that was asked for: words, numbers, truths."""


def resolve(wanted: Columns, there: Sequence[str], where: Path | str, *, without: Sequence[str] = ()) -> Columns:
    """Return the columns to read of a table with the columns ``there``; one that was asked for and is not there is wrong use.

    Args:
        without: What can be told without a column.
    """
    found = {}
    for each in fields(wanted):
        asked, option = getattr(wanted, each.name), f"--{each.name.replace('_', '-')}-column NAME"
        if asked is not None and asked not in there:
            raise UsageFault(f"{where} has no column {asked}; it has {', '.join(there)}", option)
        found[each.name] = asked or next((name for name in _USUAL[each.name] if name in there), None)
        if found[each.name] is None and each.name in _NEEDED and each.name not in without:
            what = f"{where} has no column that tells the {each.name}; it has {', '.join(there)}"
            raise UsageFault(what, f"name it with {option}")
    return Columns(**found)


def labels_of(row: Mapping[str, object], columns: Columns, *, person: str | None = None) -> Labels | None:
    """Return the labels of a row; None where it does not say who is seen.

    Args:
        person: Who is seen where the row does not say so.
    """
    identity = _text(row, columns.identity) or person
    if identity is None:
        return None
    told = (_text(row, column) for column in (columns.tone, columns.gender, columns.measured_tone))
    return Labels(identity, _text(row, columns.family) or identity, *told)


def other_values(row: Mapping[str, object], columns: Columns) -> dict[str, Entry]:
    """Return what a row says in other columns, as far as it is a word, a number or a truth."""
    read = {getattr(columns, each.name) for each in fields(columns)}
    return {
        name: value
        for name, value in row.items()
        if name not in read and isinstance(name, str) and isinstance(value, str | int | float | bool | None)
    }


def picture_of_row(row: Mapping[str, object], columns: Columns, name: str, *, whole: bool) -> Labelled:
    """Return the picture whose bytes a row holds; one that holds none has the problem ``NO_BYTES``.

    Args:
        whole: Give the other columns too, and pictures of nobody.
    """
    labels = labels_of(row, columns, person="" if whole else None)
    if labels is None:
        return Labelled(name, None, problem="it does not say who is seen")
    others = other_values(row, columns) if whole else {}
    entry = row.get(str(columns.image))
    data = entry.get("bytes") if isinstance(entry, dict) else entry
    if isinstance(data, bytes):
        return Labelled(name, labels, data, others=others)
    return Labelled(name, labels, problem=NO_BYTES, others=others)


def _text(row: Mapping[str, object], column: str | None) -> str | None:
    value = row.get(column) if column else None
    return str(value).strip() or None if value is not None else None
