"""What only the maker of a dataset knows: who, why, for whom and for how long. The ``[maker]`` table of a spec, checked."""

from __future__ import annotations

import re
import unicodedata
from calendar import monthrange
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, fields
from typing import NamedTuple

__all__ = ["LICENCES", "LONGEST", "Licence", "Maker", "MakerMistake", "maker_mistakes", "stated"]

LONGEST = 2_000
"""Characters of one answer."""


class Licence(NamedTuple):
    """A licence that a dataset can be given to others under."""

    name: str
    url: str
    commercial: bool = True
    """Whether it lets others make money with the dataset."""


LICENCES = {
    "cc-by-4.0": Licence("CC BY 4.0", "https://creativecommons.org/licenses/by/4.0/"),
    "cc-by-sa-4.0": Licence("CC BY-SA 4.0", "https://creativecommons.org/licenses/by-sa/4.0/"),
    "cc-by-nc-4.0": Licence("CC BY-NC 4.0", "https://creativecommons.org/licenses/by-nc/4.0/", commercial=False),
    "cc0-1.0": Licence("CC0 1.0", "https://creativecommons.org/publicdomain/zero/1.0/"),
    "odc-by": Licence("ODC-By 1.0", "https://opendatacommons.org/licenses/by/1-0/"),
}
"""By the identifiers of the Hugging Face Hub."""


@dataclass(frozen=True, slots=True)
class Maker:
    """The maker's own facts; an empty one was not given."""

    name: str = ""
    """People or a team, as they want to be cited; several are parted by semicolons."""
    organisation: str = ""
    contact: str = ""
    url: str = ""
    """Where the dataset is or will be."""
    version: str = ""
    """MAJOR.MINOR.PATCH of the dataset."""
    purpose: str = ""
    """Why this set was made, besides what every set of evenface is for."""
    funding: str = ""
    involved: str = ""
    """Who took part in making it, and how they were paid."""
    made_from: str = ""
    made_until: str = ""
    """Dates as YYYY-MM-DD, like ``released``."""
    ethical_review: str = ""
    impact: str = ""
    """What was found about the effect of the set and its uses on people."""
    used_for: str = ""
    uses_listed: str = ""
    """Where papers and systems that use it are listed."""
    distribution: str = ""
    """To whom outside the maker's organisation it goes."""
    hosting: str = ""
    """How it is distributed, and its DOI."""
    released: str = ""
    licence: str = ""
    """One of ``LICENCES``."""
    restrictions: str = ""
    """Export controls and other regulation that the maker knows to apply."""
    maintenance: str = ""
    """Who supports, hosts and maintains it."""
    errata: str = ""
    updates: str = ""
    older_versions: str = ""
    contributions: str = ""


class MakerMistake(NamedTuple):
    key: str
    what: str
    hint: str


_DATES = ("made_from", "made_until", "released")
# Characters that turn the direction of what follows: text would read otherwise than it is.
_TURNING = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


def stated(maker: Maker) -> dict[str, str]:
    """Return what the maker did say, by key."""
    return {key: value for key, value in asdict(maker).items() if value}


def maker_mistakes(table: Mapping[str, object]) -> Iterator[MakerMistake]:
    """Yield what is wrong with the known keys of a ``[maker]`` table."""
    known = [field.name for field in fields(Maker)]
    for key in (name for name in known if name in table):
        found = _mistake(key, table[key])
        if found:
            yield MakerMistake(key, *found)
    first, last = table.get("made_from"), table.get("made_until")
    if isinstance(first, str) and isinstance(last, str) and _is_date(first) and _is_date(last) and last < first:
        yield MakerMistake("made_until", f"{last} lies before made_from, {first}", "give the later date")


def _mistake(key: str, value: object) -> tuple[str, str] | None:
    if not isinstance(value, str):
        return f"must be a text in quotes, found {value}", f'write {key} = "..."'
    if not value.strip():
        return "must not be empty", f"write {key} without text by leaving it out"
    if len(value) > LONGEST:
        return f"has {len(value):,} characters; {LONGEST:,} are the most", "say it shorter, and name a page that says more"
    strange = next(
        (char for char in value if char in _TURNING or (unicodedata.category(char) in _UNSEEN and char not in "\n\t")), ""
    )
    if strange:
        return f"holds the character U+{ord(strange):04X}, which is not seen", "remove it"
    return _of_its_kind(key, value)


_UNSEEN = ("Cc", "Co", "Cs", "Zl", "Zp")


def _of_its_kind(key: str, value: str) -> tuple[str, str] | None:
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
