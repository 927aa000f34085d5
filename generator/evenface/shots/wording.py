"""Families of captions and prompts, files of ``prompts/``: how they are read, and how words are put into a phrasing."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from functools import cache
from typing import Any

from evenface.errors import EvenfaceError
from evenface.files.resources import folder

__all__ = ["Wordings", "listed", "prompted", "put", "read_family", "wordings"]

Wordings = tuple[str, ...]


@cache
def read_family(name: str) -> dict[str, Any]:
    """Return a family with the tables of the words that it is made of; to be read, never changed.

    Args:
        name: The file without its ending: a name of ours, never a path of somebody else's.
    """
    path = folder("prompts") / f"{name}.toml"
    try:
        family = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as problem:
        raise EvenfaceError(f"the words in {path} cannot be read: {problem}", "install evenface again") from problem
    return (read_family(family["words"]) if "words" in family else {}) | family


def wordings(entry: str | Iterable[str]) -> Wordings:
    """Return the wordings of a label, the one of captions first."""
    return (entry,) if isinstance(entry, str) else tuple(entry)


def prompted(entry: str | Iterable[str]) -> Wordings:
    """Return the wordings of a label that prompts choose from."""
    first, *others = wordings(entry)
    return tuple(others) or (first,)


def put(phrasing: str, words: Mapping[str, str]) -> str:
    """Put words into the braces of a phrasing, and begin with a capital."""
    text = phrasing.format(**words)
    return text[0].upper() + text[1:]


def listed(words: Iterable[str]) -> str:
    """Spell a list, e.g. ``a turtleneck, round glasses and a headband``."""
    *others, last = words
    return f"{', '.join(others)} and {last}" if others else last
