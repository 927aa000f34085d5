"""What a reader has to know beside the figures: which recognisers chose the people, and which cells failed validation."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path

from evenface.dataset import Dataset
from evenface.errors import EvenfaceError
from evenface.examine.audit.records import About
from evenface.examine.audit.report.records import Flag
from evenface.examine.audit.run import Audited
from evenface.examine.audit.subjects import Subjects
from evenface.examine.audit.systems import SYSTEMS
from evenface.examine.results import VALIDATION, read_findings
from evenface.examine.validate.findings import Finding

__all__ = ["OURS", "flags_of", "validation_of"]

OURS = "evenface"
"""The kind of a set that evenface made."""
_PUBLIC = "evenface.examine.audit.systems.public_models:"
_DIGEST = re.compile(r"[0-9a-f]{64}")
_MOST = 3
"""Findings listed of one cell."""


def flags_of(audited: Audited) -> tuple[Flag, ...]:
    """Return the flags of systems, and of pictures without an identity label."""
    found = [flag for name, about in audited.abouts.items() for flag in _of_system(audited, name, about)]
    unnamed = int((audited.subjects.person < 0).sum())
    if unnamed:
        what = f"{unnamed:,} pictures have no identity label; each counts as a person: intervals are too narrow if people recur"
        found.append(Flag("people", "the set", what))
    return tuple(found)


def _of_system(audited: Audited, name: str, about: About) -> list[Flag]:
    digests = {digest for each in audited.choosers for digest in _DIGEST.findall(each)}
    names = {each.partition(":")[0] for each in audited.choosers}
    found = []
    compares = bool({"embed", "compare"} & set(about.capabilities))
    if compares and digests & set(about.weights_sha256.values()):
        what = "the people of this set were chosen to lie far apart for its weights: its FMR is lower than among other people"
        found.append(Flag("chooser", name, what))
    elif compares and any(each and each in about.name.casefold() for each in names):
        what = "the people of this set were chosen with a recogniser of its name; if it is that one, its FMR here is too low"
        found.append(Flag("chooser", name, what))
    if audited.kind == OURS and SYSTEMS.get(about.name, "").startswith(_PUBLIC):
        what = "evenface checks its own pictures with this face model (measure, validate), so they may suit it more than others"
        found.append(Flag("judge", name, what))
    return found


def validation_of(audited: Audited) -> tuple[dict[str, str], tuple[Flag, ...]]:
    """Return the cells whose pictures failed validation, and flags on the validation of the set.

    From ``validation.json`` in the dataset, which ``evenface validate DATASET --json`` writes.
    """
    if audited.kind != OURS:
        what = "its labels and pictures were not checked; check them with: evenface validate"
        return {}, (Flag("not validated", "the set", what),)
    try:
        findings = read_findings(Path(audited.source), Dataset.open(audited.source).manifest.plan_hash)
    except EvenfaceError as problem:
        return {}, (Flag("not validated", "the set", problem.what),)
    if findings is None:
        what = f"there is no {VALIDATION} in it: nothing shows that a cell's pictures are as labelled"
        return {}, (Flag("not validated", "the set", what),)
    cells, whole = _by_cell(findings, audited.subjects)
    if not cells and not whole:
        return {}, (Flag("validated", "the set", f"{VALIDATION} has no error and no warning"),)
    return cells, (*(Flag("validation", cell, why) for cell, why in cells.items()), *whole)


def _by_cell(findings: Iterable[Finding], subjects: Subjects) -> tuple[dict[str, str], tuple[Flag, ...]]:
    places = _places(subjects)
    cells: dict[str, list[str]] = defaultdict(list)
    whole: list[str] = []
    for each in findings:
        if each.severity in ("error", "warning"):
            own = places.get(each.where) or [cell for cell in subjects.words.cells if each.where.startswith(f"{cell}/")]
            line = f"{each.code[:60]} [{each.where[:80]}]"
            for cell in own:
                cells[cell].append(line)
            if not own:
                whole.append(line)
    found = {cell: _first_few(cells[cell]) for cell in subjects.words.cells if cell in cells}
    return found, (Flag("validation", "the set", _first_few(whole)),) if whole else ()


def _places(subjects: Subjects) -> dict[str, list[str]]:
    """Return the cells of all places that a finding may name: cells, tones, people, pictures."""
    words, places = subjects.words, {cell: [cell] for cell in subjects.words.cells}
    for tone in words.tones:
        places[tone] = [cell for cell in words.cells if cell.partition("/")[0] == tone]
    for at, (cell, person) in enumerate(zip(subjects.cell, subjects.person, strict=True)):
        if cell >= 0:
            places[subjects.image_ids[at]] = [words.cells[cell]]
            if person >= 0:
                places[words.people[person]] = [words.cells[cell]]
    return places


def _first_few(lines: list[str]) -> str:
    more = len(lines) - _MOST
    return ", ".join(lines[:_MOST]) + (f" and {more} more" if more > 0 else "")
