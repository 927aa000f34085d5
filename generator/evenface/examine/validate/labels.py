"""Labels and target shares as tables state them: a value becomes a label of the scale, or a ``Wrong`` that says why not."""

from __future__ import annotations

import csv
import json
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, field
from math import isfinite
from pathlib import Path

from evenface.errors import UsageFault
from evenface.examine.validate.findings import Collector
from evenface.vocabulary import SCALES

__all__ = [
    "TONE_SCALES",
    "UNIFORM",
    "UNSAFE",
    "LabelReader",
    "Wrong",
    "cell_key",
    "check_name",
    "find_disguise",
    "read_target",
    "tones_of",
]

TONE_SCALES: dict[str, tuple[str, ...]] = {
    "mst": tuple(tone.name for tone in SCALES["monk"].tones),
    "ita": tuple(tone.name for tone in SCALES["ita"].tones),
    "fitzpatrick": tuple(f"fitzpatrick_{step}" for step in range(1, 7)),
}
"""The steps of each scale, lightest first."""
_ITA_BORDERS = (55.0, 41.0, 28.0, 10.0, -30.0)
"""Lower limits of the first five classes, in degrees (Chardon et al. 1991)."""
UNSAFE = set("<>\"'&`|\\")
"""Characters with a meaning in HTML or a shell."""
_ROMAN = ("i", "ii", "iii", "iv", "v", "vi")
_MISSING = {"", "nan", "none", "null", "na", "n/a", "<na>", "nat"}
_MIXABLE = {"CJK", "HIRAGANA", "KATAKANA", "HANGUL", "KATAKANA-HIRAGANA", "BOPOMOFO"}
_WORD = re.compile(r"^(?:(?:mst|monk|fitzpatrick|skin|type|tone|step)[\s_-]*)*", re.ASCII)


@dataclass(frozen=True, slots=True)
class Wrong:
    """Why a value is not a label."""

    code: str
    what: str


@dataclass(slots=True)
class LabelReader:
    """Reads the values of one column, and remembers the spellings of each label."""

    column: str
    scale: str | None = None
    """For tones; None to accept any label."""
    spellings: dict[str, dict[str, None]] = field(default_factory=dict)

    def read(self, value: str | None) -> str | Wrong:
        """Return the label, or why the value is not one."""
        text = "" if value is None else value.strip()
        if text.casefold() in _MISSING:
            return Wrong("label-missing", f"no value in {self.column}" + (f": it is {text}" if text else ""))
        hidden = find_disguise(text)
        if hidden:
            return Wrong("label-unreadable", f"{self.column} is {text}, which {hidden}")
        if self.scale is None:
            label = re.sub(r"^(\d+)\.0+$", r"\1", text)
            self.spellings.setdefault(_fold(label), {})[label] = None
            return label
        step = _step(text.casefold(), self.scale)
        names = TONE_SCALES[self.scale]
        if step is None or not 1 <= step <= len(names):
            return Wrong("label-unknown", f"{self.column} is {text}, which is not one of the {len(names)} steps of {self.scale}")
        return names[step - 1]

    def rivals(self) -> list[tuple[str, ...]]:
        """Return groups of labels that differ in case, width or blanks alone."""
        return [tuple(each) for each in self.spellings.values() if len(each) > 1]


def tones_of(scale: str | None) -> tuple[str, ...]:
    """Return the steps of a scale; empty for None."""
    if scale is not None and scale not in TONE_SCALES:
        raise UsageFault(f"the scale {scale} does not exist", f"choose one of: {', '.join(TONE_SCALES)}")
    return TONE_SCALES[scale] if scale else ()


def find_disguise(text: str) -> str | None:
    """Describe what in ``text`` people read differently than programs: an invisible character, or two scripts in one word."""
    if text.isascii() and text.isprintable():
        return None
    for sign in text:
        if unicodedata.category(sign)[0] == "C":
            return f"holds the invisible character {_name_sign(sign)}"
    for word in re.findall(r"\w+", text):
        scripts: dict[str, str] = {}
        for sign in filter(str.isalpha, word):
            scripts.setdefault(unicodedata.name(sign, "UNNAMED").split()[0], sign)
        if len(scripts.keys() - _MIXABLE) > 1 or scripts.keys() & {"FULLWIDTH", "MATHEMATICAL"}:
            return f"mixes {' and '.join(_name_sign(sign) for sign in scripts.values())}"
    return None


def check_name(name: str, where: str, what: str, found: Collector) -> None:
    """Report a name that people read differently than programs, or that has a meaning in HTML or a shell."""
    hidden = find_disguise(name)
    if hidden:
        found.add("label-unreadable", where, f"{what} {hidden}")
    elif UNSAFE & set(name):
        found.add("name-unsafe", where, f"{what} holds characters with a meaning in HTML or a shell")


def _name_sign(sign: str) -> str:
    return f"U+{ord(sign):04X} {unicodedata.name(sign, 'without a name')}"


def _fold(label: str) -> str:
    return re.sub(r"[\s_-]+", " ", unicodedata.normalize("NFKC", label).casefold()).strip()


def _step(text: str, scale: str) -> int | None:
    """Return the step that ``text`` names, which may lie outside the scale; None for any other text."""
    names = TONE_SCALES[scale]
    if text in names:
        return names.index(text) + 1
    rest = _WORD.sub("", text)
    if scale == "fitzpatrick" and rest in _ROMAN:
        return _ROMAN.index(rest) + 1
    if scale == "ita":
        words = [name.removeprefix("ita_").replace("_", " ") for name in names]
        folded = re.sub(r"[\s_-]+", " ", text.removeprefix("ita")).strip()
        return words.index(folded) + 1 if folded in words else _class_of_degrees(text)
    number = _number(rest)
    return int(number) if number is not None and number == int(number) else None


def _class_of_degrees(text: str) -> int | None:
    degrees = _number(text)
    if degrees is None or not -180 <= degrees <= 180:
        return None
    return 1 + sum(degrees <= border for border in _ITA_BORDERS)


def _number(text: str) -> float | None:
    # Digits of other scripts are rejected, since most readers of the table cannot read them.
    if not re.fullmatch(r"[+-]?\d+(\.\d*)?", text, re.ASCII):
        return None
    number = float(text)
    return number if isfinite(number) else None


UNIFORM = "uniform"
_HINT = "give a CSV with the columns tone, gender, share, or a JSON object of shares by tone/gender"
_LARGE = 10_000_000


def cell_key(tone: str | None, gender: str | None) -> str:
    """Return the name of a cell, from the labels that are not None."""
    return "/".join(filter(None, (tone, gender)))


def read_target(target: str, tones: Sequence[str], genders: Sequence[str], scale: str | None) -> dict[str, float]:
    """Return the wanted share of each cell; shares of a file are divided by their sum. An invalid file is wrong use."""
    if target == UNIFORM:
        cells = [cell_key(tone, gender) for tone in tones or (None,) for gender in genders or (None,)]
        return dict.fromkeys(cells, 1 / max(len(cells), 1))
    path = Path(target)
    if not path.is_file():
        raise UsageFault(f"the target {target} is neither {UNIFORM} nor a file", _HINT)
    if path.stat().st_size > _LARGE:
        raise UsageFault(f"{target} has {path.stat().st_size:,} bytes, too many for a list of cells", _HINT)
    try:
        found = _json_shares(path) if path.suffix.lower() == ".json" else _csv_shares(path)
        shares = {_cell(cell, scale, path): float(str(share)) for cell, share in found}
    except (csv.Error, KeyError, TypeError, ValueError) as problem:
        raise UsageFault(f"{target} is not a list of shares: {problem}", _HINT) from problem
    if not shares or not all(isfinite(share) and share >= 0 for share in shares.values()) or sum(shares.values()) <= 0:
        raise UsageFault(f"shares must be numbers of at least 0, and not all 0; {target} has {list(shares.values())[:5]}", _HINT)
    return {cell: share / sum(shares.values()) for cell, share in shares.items()}


def _json_shares(path: Path) -> list[tuple[list[str], object]]:
    data = json.loads(path.read_text(encoding="utf-8-sig"))
    if not isinstance(data, dict):
        raise TypeError("it is not a JSON object")
    return [(cell.split("/"), share) for cell, share in data.items()]


def _csv_shares(path: Path) -> list[tuple[list[str], object]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        rows = csv.DictReader(file)
        labels = [name for name in ("tone", "gender") if name in (rows.fieldnames or ())]
        return [([row[name] for name in labels], row["share"]) for row in rows]


def _cell(labels: list[str], scale: str | None, path: Path) -> str:
    if scale is None:
        return "/".join(labels)
    tone = LabelReader("tone", scale).read(labels[0])
    if isinstance(tone, Wrong):
        raise UsageFault(f"{path}: {tone.what}", _HINT)
    return "/".join([tone, *labels[1:]])
