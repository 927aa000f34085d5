"""Check the ``[maker]`` table of a spec."""

from __future__ import annotations

import re
import unicodedata
from calendar import monthrange
from collections.abc import Iterator, Mapping

from evenface.records.maker import LICENCES
from evenface.spec.mistakes import Mistake, known_keys
from evenface.spec.tables import SECTIONS

__all__ = ["maker_mistakes"]

_LONGEST = 2_000
"""Greatest number of characters of one answer."""


_DATES = ("made_from", "made_until", "released")
# Characters that change the direction of text: it would display in another order than it is stored.
_TURNING = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


def maker_mistakes(table: object) -> Iterator[Mistake]:
    """Yield the unknown keys and the invalid answers of a ``[maker]`` table."""
    if not isinstance(table, Mapping):
        return
    known = SECTIONS["maker"]
    for key in (str(name) for name in table if name not in known):
        yield Mistake(("maker", key), "unknown key", known_keys(key, "maker"))
    for key in (name for name in known if name in table):
        found = _find_mistake(key, table[key])
        if found:
            yield Mistake(("maker", key), *found)
    first, last = table.get("made_from"), table.get("made_until")
    if isinstance(first, str) and isinstance(last, str) and _is_date(first) and _is_date(last) and last < first:
        yield Mistake(("maker", "made_until"), f"{last} lies before made_from, {first}", "give the later date")


def _find_mistake(key: str, value: object) -> tuple[str, str] | None:
    if not isinstance(value, str):
        return f"must be a text in quotes, found {value}", f'write {key} = "..."'
    if not value.strip():
        return "must not be empty", f"write a text, or leave {key} out"
    if len(value) > _LONGEST:
        return f"has {len(value):,} characters; at most {_LONGEST:,} are allowed", "shorten it, and name a page that says more"
    strange = next(
        (char for char in value if char in _TURNING or (unicodedata.category(char) in _UNSEEN and char not in "\n\t")), ""
    )
    if strange:
        return f"contains the invisible character U+{ord(strange):04X}", "remove it"
    return _find_form_mistake(key, value)


_UNSEEN = ("Cc", "Co", "Cs", "Zl", "Zp")


def _find_form_mistake(key: str, value: str) -> tuple[str, str] | None:
    if key in _DATES and not _is_date(value):
        return f"must be a date, found {value!r}", f'write it as {key} = "2026-05-31"'
    if key == "licence" and value not in LICENCES:
        return f"there is no licence {value!r}", f"write one of: {', '.join(LICENCES)}"
    if key == "url" and not re.fullmatch(r"https?://[^\s<>\"'()\\]+", value):
        return f"must be the address of a page, found {value!r}", 'write url = "https://..."'
    if key == "version" and not re.fullmatch(r"\d{1,6}\.\d{1,6}\.\d{1,6}", value):
        return f"must be three numbers, found {value!r}", 'write version = "1.0.0"'
    return None


def _is_date(text: str) -> bool:
    found = re.fullmatch(r"([12]\d{3})-(0[1-9]|1[0-2])-(\d{2})", text, re.ASCII)
    return found is not None and 1 <= int(found[3]) <= monthrange(int(found[1]), int(found[2]))[1]
