"""The spec room: a TOML file, a preset or changes to either come in, a checked ``Spec`` goes out.

Every mistake is collected with its place and what to write instead, and all of them are raised as one ``UsageFault``.
The file has two keys of its own and five tables::

    seed = 0
    design = "independent"                      # or "crossed"
    [cells]
    scale = "monk"                              # or "ita"
    tones = [1, 6, "monk_10"]                   # all of the scale when left out
    genders = ["woman", "man"]                  # and "androgynous"
    age_bands = ["18-29", "30-44"]              # "18-80" when left out
    identities_per_cell = 1
    [people]
    select = "none"                             # or "sface", "dlib", "sface+dlib"
    candidates = 6                              # for each person, where recognisers choose
    [shots]
    images_per_identity = 3                     # besides the reference shot
    size_px = 128
    samples = 12
    backend = "cycles"
    [protocols]
    pairs_per_cell = 30000                      # at most, in each list of verification pairs
    [maker]                                     # what the documents say of who made it: see ``maker.Maker``
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated, Any, NamedTuple

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from evenface.errors import UsageFault
from evenface.maker import Maker, maker_mistakes, stated
from evenface.vocabulary import ADULT, AGE_BANDS, DESIGNS, GENDERS, SCALES, SELECTIONS

__all__ = ["ABOUT_PICTURES", "PRESETS", "Spec", "as_document", "from_document", "override", "preset", "read_spec"]

PRESETS = ("demo", "audit")
_PRESET_FOLDER = Path(__file__).parent / "presets"

_SECTIONS: dict[str, tuple[str, ...]] = {
    "": ("seed", "design"),
    "cells": ("scale", "tones", "genders", "age_bands", "identities_per_cell"),
    "people": ("select", "candidates"),
    "shots": ("images_per_identity", "size_px", "samples", "backend"),
    "protocols": ("pairs_per_cell",),
    "maker": tuple(each.name for each in fields(Maker)),
}
ABOUT_PICTURES = ("seed", "design", "cells", "people", "shots")
"""Keys and tables that people and pictures depend on; what is not here may change without a new plan."""
_HOME = {key: section for section, keys in _SECTIONS.items() for key in keys}


@dataclass(frozen=True, slots=True)
class Spec:
    """What a plan is made from. ``images_per_identity`` counts the probe shots; the reference shot comes on top."""

    scale: str = "monk"
    tones: tuple[str, ...] = ()
    """Names in the order of the scale; all of the scale when left out."""
    genders: tuple[str, ...] = ("woman", "man")
    age_bands: tuple[str, ...] = (ADULT,)
    design: str = "independent"
    identities_per_cell: int = 1
    select: str = "none"
    """One of ``vocabulary.SELECTIONS``."""
    candidates: int = 6
    """How many people are drawn for each place, where recognisers choose."""
    images_per_identity: int = 3
    size_px: int = 128
    samples: int = 12
    seed: int = 0
    backend: str = "cycles"
    pairs_per_cell: int = 30_000
    """At most, in each list of verification pairs: what the rule of 30 wants at a false match rate of 0.001."""
    maker: Maker = field(default_factory=Maker)

    def __post_init__(self) -> None:
        if not self.tones:
            object.__setattr__(self, "tones", tuple(tone.name for tone in SCALES[self.scale].tones))


class _Cells(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)
    scale: str = "monk"
    tones: list[Any] | None = None
    genders: list[Any] = ["woman", "man"]
    age_bands: list[Any] = [ADULT]
    identities_per_cell: Annotated[int, Field(ge=1, le=10**9)] = 1


class _People(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)
    select: str = "none"
    candidates: Annotated[int, Field(ge=2, le=64)] = 6


class _Shots(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)
    images_per_identity: Annotated[int, Field(ge=1, le=10_000)] = 3
    size_px: Annotated[int, Field(ge=32, le=2048)] = 128
    samples: Annotated[int, Field(ge=1, le=4096)] = 12
    backend: Annotated[str, Field(min_length=1)] = "cycles"


class _Protocols(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)
    pairs_per_cell: Annotated[int, Field(ge=1, le=10**7)] = 30_000


class _Document(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)
    # Above 2**53 - 1 not every reader of JSON gets the number back.
    seed: Annotated[int, Field(ge=0, le=2**53 - 1)] = 0
    design: str = "independent"
    cells: _Cells = _Cells()
    people: _People = _People()
    shots: _Shots = _Shots()
    protocols: _Protocols = _Protocols()
    maker: dict[str, Any] = {}


class _Mistake(NamedTuple):
    place: tuple[str | int, ...]
    what: str
    hint: str

    def where(self) -> str:
        table = f"[{self.place[0]}] " if self.place[0] in _SECTIONS and len(self.place) > 1 else ""
        keys = self.place[1:] if table else self.place
        return table + "".join(f"[{key}]" if isinstance(key, int) else str(key) for key in keys)


def read_spec(path: str | Path) -> Spec:
    """Return the checked spec of a TOML file."""
    path = Path(path)
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise UsageFault(f"the spec {path} does not exist", "give the path of a TOML file, or --preset demo") from None
    except IsADirectoryError:
        raise UsageFault(f"the spec {path} is a folder", "give the path of a TOML file in it") from None
    except UnicodeDecodeError as problem:
        raise UsageFault(f"the spec {path} is not text in UTF-8: {problem.reason}", "save it again as UTF-8") from None
    except OSError as problem:
        raise UsageFault(f"the spec {path} cannot be read: {problem.strerror}", "check its permissions") from None
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as problem:
        raise _broken(path, text, str(problem)) from None
    return from_document(document, str(path))


def preset(name: str) -> Spec:
    """Return one of the specs that come with the package."""
    if name not in PRESETS:
        raise UsageFault(f"there is no preset '{name}'", _nearest(name, PRESETS, "presets"))
    return read_spec(_PRESET_FOLDER / f"{name}.toml")


def override(spec: Spec, **changes: object) -> Spec:
    """Return ``spec`` with some fields changed, checked like a file. A change to None is no change."""
    document = as_document(spec)
    wanted = {key: value for key, value in changes.items() if value is not None}
    if "scale" in wanted and "tones" not in wanted:
        del document["cells"]["tones"]
    for key, value in wanted.items():
        section = _HOME.get(key, "")
        table = document.setdefault(section, {}) if section else document
        table[key] = list(value) if isinstance(value, tuple) else value
    return from_document(document, "the options")


def as_document(spec: Spec) -> dict[str, Any]:
    """Return ``spec`` as its file would hold it; ``from_document`` gives the spec back.

    A table without influence on people and pictures is left out where it has nothing but defaults.
    """
    document: dict[str, Any] = {section: {} for section in _SECTIONS if section}
    document["maker"] = stated(spec.maker)
    for each in (each for each in fields(spec) if each.name != "maker"):
        value = getattr(spec, each.name)
        section = _HOME[each.name]
        if section and section not in ABOUT_PICTURES and value == each.default:
            continue
        (document[section] if section else document)[each.name] = list(value) if isinstance(value, tuple) else value
    return {key: value for key, value in document.items() if value != {}}


def from_document(document: Mapping[str, Any], where: str) -> Spec:
    """Check a document and return its spec.

    Args:
        where: What the document is called in an error, usually its path.
    """
    mistakes = _structure(document)
    amiss = {mistake.place[:2] for mistake in mistakes}
    flat: dict[str, Any] = {}
    for key, section in _HOME.items():
        table = document.get(section, {}) if section else document
        if isinstance(table, Mapping) and key in table and ((section, key) if section else (key,)) not in amiss:
            flat[key] = table[key]
    mistakes += _meaning(flat)
    mistakes += _maker_mistakes(document.get("maker"))
    if mistakes:
        raise _fault(where, mistakes)
    return _ordered(flat)


def _structure(document: Mapping[str, Any]) -> list[_Mistake]:
    """Find unknown keys, wrong types and numbers out of range."""
    try:
        _Document.model_validate(dict(document))
    except ValidationError as problem:
        return [_described(error["type"], error["loc"], error["input"], error.get("ctx", {})) for error in problem.errors()]
    return []


_TYPES = {
    "int_type": "a whole number",
    "int_from_float": "a whole number",
    "string_type": "a text in quotes",
    "list_type": "a list in square brackets",
    "dict_type": "a table",
    "model_type": "a table",
    "model_attributes_type": "a table",
}


def _described(kind: str, place: tuple[str | int, ...], found: object, limits: Mapping[str, Any]) -> _Mistake:
    key = str(place[-1])
    if kind == "extra_forbidden":
        return _Mistake(place, "unknown key", _known_keys(key, str(place[0]) if len(place) > 1 else ""))
    if kind in _TYPES:
        return _Mistake(place, f"must be {_TYPES[kind]}, found {_show(found)}", f"write {_example(place)}")
    if kind == "greater_than_equal":
        return _Mistake(place, f"must be {limits['ge']} or more, found {found}", f"write {key} = {limits['ge']} or more")
    if kind == "less_than_equal":
        return _Mistake(place, f"must be {limits['le']} or less, found {found}", f"write {key} = {limits['le']} or less")
    return _Mistake(place, f"must not be empty, found {_show(found)}", f"write {_example(place)}")


def _known_keys(key: str, section: str) -> str:
    if key in _HOME:
        home = f"under [{_HOME[key]}]" if _HOME[key] else "at the top of the file, above every table"
        return f"'{key}' belongs {home}"
    known = _SECTIONS[section] + (() if section else tuple(f"[{name}]" for name in _SECTIONS if name))
    return _nearest(key, known, "keys here")


def _example(place: tuple[str | int, ...]) -> str:
    key = str(place[-1])
    if key in _SECTIONS:
        return f"[{key}] on a line of its own, and its keys below"
    value = getattr(Spec(tones=("monk_01", "monk_06", "monk_10")), key)
    return f"{key} = {_toml(value)}"


def _meaning(flat: Mapping[str, Any]) -> list[_Mistake]:
    """Find words that are not in the vocabulary, and lists that are empty or say a thing twice."""
    mistakes: list[_Mistake] = []
    if "design" in flat and flat["design"] not in DESIGNS:
        mistakes.append(_unknown(("design",), flat["design"], DESIGNS, "design"))
    if "select" in flat and flat["select"] not in SELECTIONS:
        mistakes.append(_unknown(("people", "select"), flat["select"], SELECTIONS, "selection"))
    scale = flat.get("scale", "monk")
    if scale not in SCALES:
        mistakes.append(_unknown(("cells", "scale"), scale, tuple(SCALES), "scale"))
    elif flat.get("tones") is not None:
        mistakes += _list_mistakes("tones", [_tone_name(scale, tone) for tone in flat["tones"]], flat["tones"])
        mistakes += _tone_mistakes(scale, flat["tones"])
    if "genders" in flat:
        mistakes += _list_mistakes("genders", flat["genders"], flat["genders"])
        mistakes += [
            _unknown(("cells", "genders", at), word, GENDERS, "gender annotation")
            for at, word in enumerate(flat["genders"])
            if word not in GENDERS
        ]
    if "age_bands" in flat:
        mistakes += _list_mistakes("age_bands", flat["age_bands"], flat["age_bands"])
        mistakes += _band_mistakes(flat["age_bands"])
    return mistakes


def _maker_mistakes(table: object) -> list[_Mistake]:
    if not isinstance(table, Mapping):
        return []
    unknown = [key for key in table if key not in _SECTIONS["maker"]]
    return [
        *(_Mistake(("maker", key), "unknown key", _known_keys(str(key), "maker")) for key in unknown),
        *(_Mistake(("maker", found.key), found.what, found.hint) for found in maker_mistakes(table)),
    ]


def _list_mistakes(key: str, values: Sequence[Any], written: Sequence[Any]) -> list[_Mistake]:
    if not values:
        hint = f"name at least one, or leave the key out: {key} = {_toml(as_document(Spec())['cells'][key])}"
        return [_Mistake(("cells", key), "the list is empty", hint)]
    return [
        _Mistake(("cells", key, at), f"{_show(written[at])} is there twice", "name it once")
        for at, value in enumerate(values)
        if value in values[:at]
    ]


def _tone_name(scale: str, tone: object) -> object:
    """Return the name of a tone that is written as a step; anything else as it is."""
    tones = SCALES[scale].tones
    if isinstance(tone, int) and not isinstance(tone, bool) and 1 <= tone <= len(tones):
        return tones[tone - 1].name
    return tone


def _tone_mistakes(scale: str, written: Sequence[Any]) -> list[_Mistake]:
    names = [tone.name for tone in SCALES[scale].tones]
    hint = f'write a number from 1 to {len(names)}, or a name from "{names[0]}" to "{names[-1]}"'
    return [
        _Mistake(("cells", "tones", at), f"the scale {scale} has no tone {_show(tone)}", hint)
        for at, tone in enumerate(written)
        if _tone_name(scale, tone) not in names
    ]


def _band_mistakes(written: Sequence[Any]) -> list[_Mistake]:
    mistakes = []
    known = ", ".join(f'"{band}"' for band in AGE_BANDS)
    for at, band in enumerate(written):
        if band not in tuple(AGE_BANDS):
            what = f"there is no age band {_show(band)}; every person is an adult of 18 to 80 years"
            mistakes.append(_Mistake(("cells", "age_bands", at), what, f"adults only: write one of {known}"))
    if ADULT in written and len(set(map(str, written))) > 1:
        at = list(written).index(ADULT)
        what = f'"{ADULT}" holds the other bands, so that cells would overlap'
        mistakes.append(_Mistake(("cells", "age_bands", at), what, f'write ["{ADULT}"] alone, or leave it out'))
    return mistakes


def _unknown(place: tuple[str | int, ...], found: object, known: Sequence[str], noun: str) -> _Mistake:
    return _Mistake(place, f"there is no {noun} {_show(found)}", _nearest(str(found), known, f"{noun}s"))


def _nearest(word: str, known: Iterable[str], noun: str) -> str:
    names = tuple(known)
    close = get_close_matches(word, names, n=1)
    return (f"did you mean '{close[0]}'? " if close else "") + f"{noun}: {', '.join(names)}"


def _ordered(flat: Mapping[str, Any]) -> Spec:
    """Return the spec with its lists in the order of the vocabulary, so that the order in a file changes nothing."""
    values = {key: value for key, value in flat.items() if value is not None}
    scale = values.get("scale", "monk")
    orders = {"tones": [tone.name for tone in SCALES[scale].tones], "genders": GENDERS, "age_bands": tuple(AGE_BANDS)}
    for key, order in orders.items():
        if key in values:
            names = {_tone_name(scale, value) for value in values[key]}
            values[key] = tuple(name for name in order if name in names)
    maker = Maker(**{key: values.pop(key) for key in _SECTIONS["maker"] if key in values})
    return Spec(**values, maker=maker)


def _broken(path: Path, text: str, problem: str) -> UsageFault:
    found = re.fullmatch(r"(.*) \(at (?:line (\d+), column (\d+)|end of document)\)", problem, re.DOTALL)
    if not found:
        return UsageFault(f"the spec {path} is not TOML: {problem}", "correct the file")
    lines = text.splitlines() or [""]
    line, column = (found[2], found[3]) if found[2] else (str(len(lines)), str(len(lines[-1]) + 1))
    return UsageFault(f"the spec {path} is not TOML: line {line}, column {column}: {found[1]}", f"correct line {line}")


def _fault(where: str, mistakes: list[_Mistake]) -> UsageFault:
    if len(mistakes) == 1:
        only = mistakes[0]
        return UsageFault(f"{where}: {only.where()}: {only.what}", only.hint)
    lines = [f"\n  {mistake.where()}: {mistake.what} ({mistake.hint})" for mistake in mistakes]
    return UsageFault(f"{where}: {len(mistakes)} mistakes:{''.join(lines)}", "correct these places and run the command again")


def _show(value: object) -> str:
    return "a table" if isinstance(value, Mapping) else _toml(value)


def _toml(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, (list, tuple)):
        return f"[{', '.join(map(_toml, value))}]"
    return f'"{value}"' if isinstance(value, str) else str(value)
