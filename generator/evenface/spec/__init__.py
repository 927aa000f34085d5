"""Read and check specs: a TOML file, a preset, or changes to either.

All mistakes are raised as one ``UsageFault`` that has the place of each and what to write instead.
The file has two keys and seven tables::

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
    images_per_identity = 3                     # and the reference shot
    size_px = 128
    samples = 12
    backend = "cycles"
    [diffusion]                                 # for backend = "diffusion": see ``records.diffusion.Diffusion``
    profile = "edit"                            # or "controlnet", "text"
    [protocols]
    pairs_per_cell = 30000                      # at most, in each list of verification pairs
    [maker]                                     # facts for the documents: see ``records.maker.Maker``
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import asdict, fields, replace
from pathlib import Path
from typing import Any

from evenface.errors import UsageFault
from evenface.records.diffusion import without_folders
from evenface.records.maker import Maker, given_facts
from evenface.spec.maker import maker_mistakes
from evenface.spec.meaning import meaning_mistakes, tone_name
from evenface.spec.mistakes import fault, nearest
from evenface.spec.photographs import diffusion_mistakes, diffusion_of
from evenface.spec.structure import structure_mistakes
from evenface.spec.tables import ABOUT_PICTURES, DEFAULT, HOME, RECORDS, SECTIONS, Spec
from evenface.vocabulary import AGE_BANDS, GENDERS, SCALES

__all__ = ["ABOUT_PICTURES", "PRESETS", "Spec", "as_document", "from_document", "override", "preset", "public_spec", "read_spec"]

PRESETS = ("demo", "audit")
_PRESET_FOLDER = Path(__file__).parents[1] / "presets"


def read_spec(path: str | Path, *, model: str | None = None) -> Spec:
    """Return the checked spec of a TOML file.

    Args:
        model: Replaces the model of a ``[diffusion]`` table: its folder depends on the machine.
    """
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
        raise _toml_fault(path, text, str(problem)) from None
    if model is not None and isinstance(table := document.get("diffusion"), dict):
        table["model"] = model
    return from_document(document, str(path))


def preset(name: str) -> Spec:
    """Return one of the specs that come with the package."""
    if name not in PRESETS:
        raise UsageFault(f"there is no preset '{name}'", nearest(name, PRESETS, "presets"))
    return read_spec(_PRESET_FOLDER / f"{name}.toml")


def public_spec(spec: Spec) -> Spec:
    """Return the spec without the folders of this machine: so it is published, and hashed in its plan."""
    return replace(spec, diffusion=without_folders(spec.diffusion)) if spec.diffusion else spec


def override(spec: Spec, **changes: object) -> Spec:
    """Return ``spec`` with some fields changed, checked like a file. A change to None is no change.

    The keys of ``[diffusion]`` except ``licence`` are fields too. Another backend drops that table.
    """
    document = as_document(spec)
    wanted = {key: value for key, value in changes.items() if value is not None}
    if "scale" in wanted and "tones" not in wanted:
        del document["cells"]["tones"]
    if wanted.get("backend", spec.backend) != spec.backend:
        document.pop("diffusion", None)
    if "profile" in wanted and spec.diffusion and wanted["profile"] != spec.diffusion.profile:
        # Defaults of the old profile were not chosen by the user.
        for key, value in asdict(diffusion_of({"profile": spec.diffusion.profile})).items():
            if key in ("model", "checks") and value == getattr(spec.diffusion, key):
                del document["diffusion"][key]
    for key, value in wanted.items():
        section = HOME.get(key, "")
        table = document.setdefault(section, {}) if section else document
        table[key] = _as_list(value)
    return from_document(document, "the options")


def as_document(spec: Spec) -> dict[str, Any]:
    """Return ``spec`` as the document of its file; ``from_document`` returns the spec.

    A table that does not affect people and pictures is left out if it has only defaults.
    """
    document: dict[str, Any] = {section: {} for section in SECTIONS if section}
    document["maker"] = given_facts(spec.maker)
    document["diffusion"] = {key: _as_list(value) for key, value in asdict(spec.diffusion).items()} if spec.diffusion else {}
    for each in (each for each in fields(spec) if each.name not in RECORDS):
        value = getattr(spec, each.name)
        section = HOME[each.name]
        if section and section not in ABOUT_PICTURES and value == each.default:
            continue
        (document[section] if section else document)[each.name] = _as_list(value)
    return {key: value for key, value in document.items() if value != {}}


def _as_list(value: object) -> object:
    return list(value) if isinstance(value, tuple) else value


def from_document(document: Mapping[str, Any], where: str) -> Spec:
    """Check a document and return its spec.

    Args:
        where: Name of the document in errors, usually its path.
    """
    mistakes = structure_mistakes(document)
    amiss = {mistake.place[:2] for mistake in mistakes}
    flat = _valid_keys(document, (section for section in SECTIONS if section not in RECORDS), amiss)
    diffusion, maker = (_valid_keys(document, (section,), amiss) for section in RECORDS)
    mistakes += meaning_mistakes(flat)
    mistakes += diffusion_mistakes(document.get("diffusion"), diffusion, flat)
    mistakes += maker_mistakes(document.get("maker"))
    if mistakes:
        raise fault(where, mistakes)
    photographs = diffusion_of(diffusion) if flat.get("backend") == "diffusion" else None
    return Spec(**_sort_lists(flat), diffusion=photographs, maker=Maker(**maker))


def _valid_keys(document: Mapping[str, Any], sections: Iterable[str], amiss: set[tuple[str | int, ...]]) -> dict[str, Any]:
    """Return the known keys of some tables, without those in ``amiss``."""
    flat: dict[str, Any] = {}
    for section in sections:
        table = document.get(section, {}) if section else document
        for key in SECTIONS[section]:
            if isinstance(table, Mapping) and key in table and ((section, key) if section else (key,)) not in amiss:
                flat[key] = table[key]
    return flat


def _sort_lists(flat: Mapping[str, Any]) -> dict[str, Any]:
    """Return the fields with their lists in the order of the vocabulary; the order in a file does not matter."""
    values = dict(flat)
    scale = values.get("scale", DEFAULT.scale)
    orders = {"tones": [tone.name for tone in SCALES[scale].tones], "genders": GENDERS, "age_bands": tuple(AGE_BANDS)}
    for key, order in orders.items():
        if key in values:
            names = {tone_name(scale, value) for value in values[key]}
            values[key] = tuple(name for name in order if name in names)
    return values


def _toml_fault(path: Path, text: str, problem: str) -> UsageFault:
    found = re.fullmatch(r"(.*) \(at (?:line (\d+), column (\d+)|end of document)\)", problem, re.DOTALL)
    if not found:
        return UsageFault(f"the spec {path} is not TOML: {problem}", "correct the file")
    lines = text.splitlines() or [""]
    line, column = (found[2], found[3]) if found[2] else (str(len(lines)), str(len(lines[-1]) + 1))
    return UsageFault(f"the spec {path} is not TOML: line {line}, column {column}: {found[1]}", f"correct line {line}")
