"""What has to be known beside the figures: who chose the people, whom the checks know, which cells failed validation."""

from __future__ import annotations

import json
import re
from collections import defaultdict
from pathlib import Path
from typing import Any

from evenface.dataset import MANIFEST
from evenface.errors import EvenfaceError
from evenface.examine.audit.records import About
from evenface.examine.audit.report.records import Flag
from evenface.examine.audit.run import Audited
from evenface.examine.audit.subjects import Subjects
from evenface.examine.audit.systems import SYSTEMS
from evenface.examine.results import LARGEST_BYTES, VALIDATION

__all__ = ["OURS", "flags_of", "validation_of"]

OURS = "evenface"
"""The kind of a set of our own."""
_PUBLIC = "evenface.examine.audit.systems.public_models:"
_DIGEST = re.compile(r"[0-9a-f]{64}")
_MOST = 3
"""Findings that are told of one cell."""


def flags_of(audited: Audited) -> tuple[Flag, ...]:
    """Return what marks the systems, and pictures of nobody named."""
    found = [flag for name, about in audited.abouts.items() for flag in _of_system(audited, name, about)]
    nobody = int((audited.subjects.person < 0).sum())
    if nobody:
        what = f"{nobody:,} pictures name nobody; each counts as a person of its own, so intervals are too narrow if people recur"
        found.append(Flag("people", "the set", what))
    return tuple(found)


def _of_system(audited: Audited, name: str, about: About) -> list[Flag]:
    digests = {digest for each in audited.choosers for digest in _DIGEST.findall(each)}
    names = {each.partition(":")[0] for each in audited.choosers}
    found = []
    compares = bool({"embed", "compare"} & set(about.capabilities))
    if compares and digests & set(about.weights_sha256.values()):
        what = "its weights chose the people of this set to lie far apart for it: its FMR is lower than among people nobody chose"
        found.append(Flag("chooser", name, what))
    elif compares and any(each and each in about.name.casefold() for each in names):
        what = "it has the name of a recogniser that chose the people of this set; if it is that one, its FMR here is too low"
        found.append(Flag("chooser", name, what))
    if audited.kind == OURS and SYSTEMS.get(about.name, "").startswith(_PUBLIC):
        what = "evenface looks at its own pictures with this model (measure, validate), so that they may suit it more than others"
        found.append(Flag("judge", name, what))
    return found


def validation_of(audited: Audited) -> tuple[dict[str, str], tuple[Flag, ...]]:
    """Return the cells whose pictures failed validation, and what is to be told of the validation of the set.

    From ``validation.json`` in the dataset, which ``evenface validate DATASET --json`` writes.
    """
    if audited.kind != OURS:
        what = "its labels and pictures were believed as they stand; look at them: evenface validate"
        return {}, (Flag("not validated", "the set", what),)
    folder = Path(audited.source)
    try:
        data = _read(folder)
    except EvenfaceError as problem:
        return {}, (Flag("not validated", "the set", problem.what),)
    cells, told = _by_cell(data["findings"], audited.subjects)
    if not cells and not told:
        return {}, (Flag("validated", "the set", f"{VALIDATION} has no error and no warning"),)
    return cells, (*(Flag("validation", cell, why) for cell, why in cells.items()), *told)


def _read(folder: Path) -> dict[str, Any]:
    """Return the examination of this dataset; an error says why there is none that can be used."""
    path = folder / VALIDATION
    try:
        with path.open("rb") as file:
            text = file.read(LARGEST_BYTES + 1)
        data, manifest = json.loads(text[:LARGEST_BYTES]), json.loads((folder / MANIFEST).read_bytes())
        if data["plan_hash"] != manifest["plan_hash"]:
            raise EvenfaceError(f"{VALIDATION} is of a dataset of another plan, and was left out")
        if not all(isinstance(each[key], str) for each in data["findings"] for key in ("code", "severity", "where")):
            raise EvenfaceError(f"{VALIDATION} cannot be read, and was left out")
    except FileNotFoundError:
        raise EvenfaceError(
            f"there is no {VALIDATION} in it: whether a cell's pictures are as labelled was not looked at"
        ) from None
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        raise EvenfaceError(f"{VALIDATION} cannot be read, and was left out") from None
    return data if isinstance(data, dict) else {}


def _by_cell(findings: list[dict[str, str]], subjects: Subjects) -> tuple[dict[str, str], tuple[Flag, ...]]:
    places = _places(subjects)
    cells: dict[str, list[str]] = defaultdict(list)
    whole: list[str] = []
    for each in findings:
        if each["severity"] in ("error", "warning"):
            where = each["where"]
            own = places.get(where) or [cell for cell in subjects.words.cells if where.startswith(f"{cell}/")]
            told = f"{each['code'][:60]} [{where[:80]}]"
            for cell in own:
                cells[cell].append(told)
            if not own:
                whole.append(told)
    found = {cell: _listed(cells[cell]) for cell in subjects.words.cells if cell in cells}
    return found, (Flag("validation", "the set", _listed(whole)),) if whole else ()


def _places(subjects: Subjects) -> dict[str, list[str]]:
    """Return the cells of everything that a finding may name: cells, tones, people, pictures."""
    words, places = subjects.words, {cell: [cell] for cell in subjects.words.cells}
    for tone in words.tones:
        places[tone] = [cell for cell in words.cells if cell.partition("/")[0] == tone]
    for at, (cell, person) in enumerate(zip(subjects.cell, subjects.person, strict=True)):
        if cell >= 0:
            places[subjects.image_ids[at]] = [words.cells[cell]]
            if person >= 0:
                places[words.people[person]] = [words.cells[cell]]
    return places


def _listed(told: list[str]) -> str:
    more = len(told) - _MOST
    return ", ".join(told[:_MOST]) + (f" and {more} more" if more > 0 else "")
