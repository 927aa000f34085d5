"""Columns of a foreign table: the requested names, or the first of the usual names that the table has."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from pathlib import Path

from evenface.errors import UsageFault

__all__ = ["NO_BYTES", "Columns", "Entry", "Labelled", "Labels", "labels_of", "other_values", "picture_of_row", "resolve"]

Entry = str | int | float | bool | None
NO_BYTES = "the row holds no picture"
"""The problem of such a row; it may name a file."""


@dataclass(frozen=True, slots=True)
class Columns:
    """Names of columns; None to try the usual names."""

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
    """Labels of one picture."""

    identity: str
    family: str
    """People of one family share a head and are never a non-mated pair; the identity where no column states it."""
    tone: str | None
    gender: str | None
    measured_tone: str | None = None

    @property
    def cell(self) -> str | None:
        """The tone and gender, as ``vocabulary.Cell`` spells them; None without either."""
        return "/".join(filter(None, (self.tone, self.gender))) or None


@dataclass(frozen=True, slots=True)
class Labelled:
    """One picture file and its labels; ``problem`` is why it is missing or cannot be used."""

    name: str
    """For messages: a file, or a row of a table."""
    labels: Labels | None
    data: bytes = b""
    problem: str | None = None
    others: Mapping[str, Entry] = field(default_factory=dict)
    """Values of the other columns, where requested: words, numbers, booleans."""


def resolve(wanted: Columns, there: Sequence[str], where: Path | str, *, without: Sequence[str] = ()) -> Columns:
    """Return the columns to read of a table with the columns ``there``; a requested column that is missing is wrong use.

    Args:
        without: Labels that need no column.
    """
    found = {}
    for each in fields(wanted):
        asked, option = getattr(wanted, each.name), f"--{each.name.replace('_', '-')}-column NAME"
        if asked is not None and asked not in there:
            raise UsageFault(f"{where} has no column {asked}; it has {', '.join(there)}", option)
        found[each.name] = asked or next((name for name in _USUAL[each.name] if name in there), None)
        if found[each.name] is None and each.name in _NEEDED and each.name not in without:
            what = f"{where} has no column for the {each.name}; it has {', '.join(there)}"
            raise UsageFault(what, f"name it with {option}")
    return Columns(**found)


def labels_of(row: Mapping[str, object], columns: Columns, *, person: str | None = None) -> Labels | None:
    """Return the labels of a row; None where it states no identity.

    Args:
        person: The identity of a row that states none.
    """
    identity = _text(row, columns.identity) or person
    if identity is None:
        return None
    labels = (_text(row, column) for column in (columns.tone, columns.gender, columns.measured_tone))
    return Labels(identity, _text(row, columns.family) or identity, *labels)


def other_values(row: Mapping[str, object], columns: Columns) -> dict[str, Entry]:
    """Return the values in the other columns that are words, numbers or booleans."""
    read = {getattr(columns, each.name) for each in fields(columns)}
    return {
        name: value
        for name, value in row.items()
        if name not in read and isinstance(name, str) and isinstance(value, str | int | float | bool | None)
    }


def picture_of_row(row: Mapping[str, object], columns: Columns, name: str, *, whole: bool) -> Labelled:
    """Return the picture in a row; a row without one has the problem ``NO_BYTES``.

    Args:
        whole: Include the other columns, and pictures without an identity.
    """
    labels = labels_of(row, columns, person="" if whole else None)
    if labels is None:
        return Labelled(name, None, problem="the row has no identity")
    others = other_values(row, columns) if whole else {}
    entry = row.get(str(columns.image))
    data = entry.get("bytes") if isinstance(entry, dict) else entry
    if isinstance(data, bytes):
        return Labelled(name, labels, data, others=others)
    return Labelled(name, labels, problem=NO_BYTES, others=others)


def _text(row: Mapping[str, object], column: str | None) -> str | None:
    value = row.get(column) if column else None
    return str(value).strip() or None if value is not None else None
