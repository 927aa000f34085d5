"""Mistakes in a spec: where, what is wrong, what to write instead."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from difflib import get_close_matches
from typing import NamedTuple

from evenface.errors import UsageFault
from evenface.spec.tables import HOME, SECTIONS

__all__ = ["Mistake", "as_toml", "fault", "known_keys", "nearest", "show", "unknown"]


class Mistake(NamedTuple):
    """One mistake in a spec."""

    place: tuple[str | int, ...]
    what: str
    hint: str

    def where(self) -> str:
        """Return the place as text, e.g. ``[cells] tones[2]``."""
        table = f"[{self.place[0]}]" if self.place[0] in SECTIONS and len(self.place) > 1 else ""
        keys = self.place[1:] if table else self.place
        return (f"{table} " if table else "") + "".join(f"[{key}]" if isinstance(key, int) else str(key) for key in keys)


def unknown(place: tuple[str | int, ...], found: object, known: Sequence[str], noun: str) -> Mistake:
    """Return the mistake of a word that is not in ``known``."""
    return Mistake(place, f"there is no {noun} {show(found)}", nearest(str(found), known, f"{noun}s"))


def nearest(word: str, known: Iterable[str], noun: str) -> str:
    """Return a hint with the closest known word and all known words."""
    names = tuple(known)
    close = get_close_matches(word, names, n=1)
    return (f"did you mean '{close[0]}'? " if close else "") + f"{noun}: {', '.join(names)}"


def known_keys(key: str, section: str) -> str:
    """Return a hint for a key that is unknown in ``section``."""
    if key in HOME:
        home = f"under [{HOME[key]}]" if HOME[key] else "at the top of the file, above every table"
        return f"'{key}' belongs {home}"
    known = SECTIONS[section] + (() if section else tuple(f"[{name}]" for name in SECTIONS if name))
    return nearest(key, known, "keys here")


def fault(where: str, mistakes: Sequence[Mistake]) -> UsageFault:
    """Return one error for all mistakes."""
    if len(mistakes) == 1:
        only = mistakes[0]
        return UsageFault(f"{where}: {only.where()}: {only.what}", only.hint)
    lines = [f"\n  {mistake.where()}: {mistake.what} ({mistake.hint})" for mistake in mistakes]
    return UsageFault(f"{where}: {len(mistakes)} mistakes:{''.join(lines)}", "correct these places and run the command again")


def show(value: object) -> str:
    """Return a value of a file as text for an error."""
    return "a table" if isinstance(value, Mapping) else as_toml(value)


def as_toml(value: object) -> str:
    """Return a value as TOML."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, (list, tuple)):
        return f"[{', '.join(map(as_toml, value))}]"
    return f'"{value}"' if isinstance(value, str) else str(value)
