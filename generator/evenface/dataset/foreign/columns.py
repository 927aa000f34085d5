"""Which column of somebody's table says what: names that were asked for, or the first of the usual ones that is there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from pathlib import Path

from evenface.errors import UsageFault

__all__ = ["Columns", "Labelled", "Labels", "resolve"]


@dataclass(frozen=True, slots=True)
class Columns:
    """Names of columns; None where the usual names are to be tried."""

    image: str | None = None
    identity: str | None = None
    family: str | None = None
    tone: str | None = None
    gender: str | None = None


_USUAL: dict[str, tuple[str, ...]] = {
    "image": ("image", "file_name", "filename", "file", "path"),
    "identity": ("identity_id", "identity", "person_id", "person", "subject_id", "subject"),
    "family": ("family_id",),
    "tone": ("tone",),
    "gender": ("gender",),
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


def resolve(wanted: Columns, there: Sequence[str], where: Path, *, without: Sequence[str] = ()) -> Columns:
    """Return the columns to read of a table with the columns ``there``; one that was asked for and is not there is wrong use.

    Args:
        without: What can be told without a column.
    """
    found = {}
    for field in fields(wanted):
        asked = getattr(wanted, field.name)
        if asked is not None and asked not in there:
            raise UsageFault(f"{where} has no column {asked}; it has {', '.join(there)}", f"--{field.name}-column NAME")
        found[field.name] = asked or next((name for name in _USUAL[field.name] if name in there), None)
        if found[field.name] is None and field.name in _NEEDED and field.name not in without:
            what = f"{where} has no column that tells the {field.name}; it has {', '.join(there)}"
            raise UsageFault(what, f"name it with --{field.name}-column NAME")
    return Columns(**found)
