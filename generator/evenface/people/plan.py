"""Makes a balanced, hashed plan from a spec, estimates its cost, and reads and writes plan files. Slots stream in flat memory."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any, NamedTuple

from evenface import __version__
from evenface.errors import EvenfaceError, UsageFault
from evenface.files.codec import canonical_json, from_json
from evenface.files.storage import explain_os_errors, make_folder, write_file
from evenface.records import Slot
from evenface.rng import digest
from evenface.spec import ABOUT_PICTURES, Spec, as_document, from_document, public_spec
from evenface.statistics.balance import shares, targets
from evenface.vocabulary import Cell

__all__ = [
    "PLAN_FORMAT",
    "Plan",
    "PlanCost",
    "Selection",
    "estimate",
    "make_plan",
    "plan_of_version",
    "read_plan",
    "with_selection",
    "write_plan",
]

PLAN_FORMAT = 4
"""Raise it when the same spec gives other people or shots, or the plan file changes its form. The ``RenderRecipe`` of a run
holds what else pixels depend on."""


class PlanCost(NamedTuple):
    """Time and disk space that a plan takes on two cores, without the one-off preparations."""

    seconds: float
    bytes: int


@dataclass(frozen=True, slots=True)
class Selection:
    """The candidates that recognisers selected for the places of a plan."""

    recognisers: tuple[str, ...]
    """Each with its package, version and digest of its weights: who selects favours itself in a later audit."""
    attempts: tuple[int, ...]
    """Number of the selected candidate for each of ``Plan.heads``."""


@dataclass(frozen=True, slots=True)
class Plan:
    """A balanced set of cells and the people that fill them."""

    spec: Spec
    plan_hash: str
    generator_version: str
    selection: Selection | None = None
    """None before recognisers have selected, and where the spec asks for no selection."""

    @property
    def cells(self) -> tuple[Cell, ...]:
        """Every cell of the design, lightest tone first."""
        spec = self.spec
        return tuple(Cell(tone, gender, band) for tone in spec.tones for gender in spec.genders for band in spec.age_bands)

    @property
    def people_count(self) -> int:
        """The number of synthetic persons: of rows in ``identities``."""
        return len(self.cells) * self.spec.identities_per_cell

    @property
    def pictures_count(self) -> int:
        """The number of pictures: the probes and one reference for each person."""
        return self.people_count * (self.spec.images_per_identity + 1)

    @property
    def is_complete(self) -> bool:
        """Whether every place has its person: nothing is left to select."""
        return self.spec.select == "none" or self.selection is not None

    def slots(self, indices: Iterable[int] | None = None) -> Iterator[Slot]:
        """Yield a slot for every person: the first person of each cell, then the second of each, and so on.

        Args:
            indices: Numbers of the people in their cells; all when left out.
        """
        cells = self.cells
        shared = _cells_of_heads(self.spec, cells)
        numbers = {_head_of(self.spec, cell): number for number, cell in enumerate(shared)}
        for index in range(self.spec.identities_per_cell) if indices is None else indices:
            for cell in cells:
                number = index * len(shared) + numbers[_head_of(self.spec, cell)]
                attempt = self.selection.attempts[number] if self.selection else 0
                yield _slot(self.spec, cell, index, attempt)

    def heads(self) -> Iterator[Slot]:
        """Yield one slot for each head, in the order of ``slots``; a head that several tones share has the middle one."""
        cells = _cells_of_heads(self.spec, self.cells)
        return (_slot(self.spec, cell, index) for index in range(self.spec.identities_per_cell) for cell in cells)


def _cells_of_heads(spec: Spec, cells: Sequence[Cell]) -> list[Cell]:
    middle = spec.tones[len(spec.tones) // 2]
    return [cell for cell in cells if spec.design != "crossed" or cell.tone == middle]


def _head_of(spec: Spec, cell: Cell) -> tuple[str, ...]:
    """Return what the cells that share their heads have in common."""
    return (cell.gender, cell.age_band) if spec.design == "crossed" else (cell.key,)


def _slot(spec: Spec, cell: Cell, index: int, attempt: int = 0) -> Slot:
    # 64 bits: with 48 a million people would share a name once in six hundred plans.
    identity = digest(spec.seed, "identity", spec.scale, cell.key, index, spec.design, size=8)
    if spec.design == "crossed":
        family = digest(spec.seed, "family", cell.gender, cell.age_band, index, size=8)
    else:
        family = digest(spec.seed, "family", spec.scale, cell.key, index, spec.design, size=8)
    return Slot(f"id_{identity}", f"fam_{family}", cell, index, attempt)


def make_plan(spec: Spec) -> Plan:
    """Return the plan of ``spec`` for this version of the generator; its people are open where recognisers select."""
    return plan_of_version(spec, __version__, None)


def plan_of_version(spec: Spec, version: str, selection: Selection | None) -> Plan:
    """Return the plan that a version of the generator made of ``spec``, with the people of a selection, where there is one."""
    return Plan(spec, _plan_hash(spec, version, selection), version, selection)


def with_selection(plan: Plan, selection: Selection) -> Plan:
    """Return the plan with the selected people; it has a hash of its own."""
    heads = sum(1 for _ in plan.heads())
    if len(selection.attempts) != heads or not all(0 <= at < plan.spec.candidates for at in selection.attempts):
        what = f"the selection names {len(selection.attempts)} candidates for {heads} heads"
        raise EvenfaceError(what, "choose again: evenface select PLAN.json --out PLAN.json")
    return plan_of_version(plan.spec, plan.generator_version, selection)


def _plan_hash(spec: Spec, generator_version: str, selection: Selection | None) -> str:
    pictured = {key: value for key, value in as_document(public_spec(spec)).items() if key in ABOUT_PICTURES}
    content = {"format": PLAN_FORMAT, "generator_version": generator_version, "spec": pictured}
    chosen = {"selection": _selection_json(selection)} if selection else {}
    return sha256(canonical_json(content | chosen)).hexdigest()


def _document(plan: Plan) -> dict[str, Any]:
    cells = plan.cells
    people = targets(plan.people_count, cells)
    pictures = targets(plan.pictures_count, cells)
    part = shares(people)
    return {
        "format": PLAN_FORMAT,
        "generator_version": plan.generator_version,
        "plan_hash": plan.plan_hash,
        "spec": as_document(plan.spec),
        "selection": _selection_json(plan.selection) if plan.selection else None,
        "cells": [
            {
                "cell": cell.key,
                "tone": cell.tone,
                "gender": cell.gender,
                "age_band": cell.age_band,
                "people": people[cell],
                "pictures": pictures[cell],
                "share": part[cell],
            }
            for cell in cells
        ],
        "totals": {"cells": len(cells), "people": plan.people_count, "pictures": plan.pictures_count},
    }


def _selection_json(selection: Selection) -> dict[str, Any]:
    # With lists for tuples, so that it equals what is read from a plan file.
    return {"recognisers": list(selection.recognisers), "attempts": list(selection.attempts)}


def write_plan(plan: Plan, path: str | Path) -> None:
    """Write the plan as canonical JSON: its spec, cells, targets and totals. The file is written in full or not at all."""
    path = Path(path)
    with explain_os_errors(path):
        make_folder(path.parent)
        write_file(path, canonical_json(_document(plan)))


def read_plan(path: str | Path) -> Plan:
    """Return the plan of a file that ``write_plan`` wrote. Raise ``UsageFault`` for a file that was changed since."""
    path = Path(path)
    found = _load(path)
    spec = from_document(found["spec"], str(path))
    hint = "make it again: evenface plan SPEC.toml --out " + str(path)
    selection = _selection_of(found, path, hint)
    version = found["generator_version"]
    plan = plan_of_version(spec, version, selection)
    if plan.plan_hash != found["plan_hash"]:
        what = f"the plan {path} was changed: it states the hash {found['plan_hash']}, but its content has {plan.plan_hash}"
        raise UsageFault(what, hint)
    if found != _document(plan):
        stated, expected = (sha256(canonical_json(content)).hexdigest() for content in (found, _document(plan)))
        what = f"the plan {path} was changed: its spec gives cells and totals with the hash {expected}, but it holds {stated}"
        raise UsageFault(what, hint)
    return plan


def _selection_of(found: dict[str, Any], path: Path, hint: str) -> Selection | None:
    if found.get("selection") is None:
        return None
    try:
        return from_json(Selection, found["selection"])
    except EvenfaceError as problem:
        raise UsageFault(f"the plan {path} was changed: {problem.what}", hint) from problem


def _load(path: Path) -> dict[str, Any]:
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise UsageFault(f"the plan {path} does not exist", "make it: evenface plan SPEC.toml --out " + str(path)) from None
    except OSError as problem:
        raise UsageFault(f"the plan {path} cannot be read: {problem.strerror}", "give the path of a plan file") from None
    except ValueError as problem:
        raise UsageFault(f"the plan {path} is not JSON: {problem}", "give a file that 'evenface plan' wrote") from None
    wanted = {"format": int, "generator_version": str, "plan_hash": str, "spec": dict}
    if not isinstance(found, dict) or any(not isinstance(found.get(key), kind) for key, kind in wanted.items()):
        raise UsageFault(f"{path} is not a plan", "give a file that 'evenface plan' wrote")
    if found["format"] != PLAN_FORMAT:
        what = f"the plan {path} has the format {found['format']}, and this version reads {PLAN_FORMAT}"
        raise UsageFault(what, "make the plan again from its spec")
    return found


# Expected on two cores with 12 samples; keep in step with benchmarks/speed.py. Seconds for a picture = first + second x pixels.
_SECONDS: dict[str, tuple[float, float]] = {"cycles": (0.11, 1.36e-5), "swatch": (0.003, 2.0e-7)}
# The same for the preview of a candidate, which has a fixed size, and its embeddings.
_PREVIEW_SECONDS: dict[str, float] = {"cycles": 0.31, "swatch": 0.05}
# Bytes for a picture = first + second x pixels: the picture, its mask and its record, in the run and in the dataset.
_BYTES: dict[str, tuple[float, float]] = {"cycles": (9_000, 3.6), "swatch": (9_000, 0.4)}


def estimate(plan: Plan) -> PlanCost:
    """Return the time and the disk space that the plan takes, with its selection of people if that is still to be made.

    A backend that is not evenface's counts as ``cycles``. Photographs count the time of the renders behind them, anchors
    included, and not that of the model, which is unknown here.
    """
    spec = plan.spec
    renders = plan.pictures_count
    if spec.diffusion:
        renders = 0 if spec.diffusion.profile == "text" else renders + plan.people_count
    pixels = spec.size_px**2
    fixed, each = _SECONDS.get(spec.renderer, _SECONDS["cycles"])
    samples = 1.0 if spec.renderer == "swatch" else 0.3 + 0.7 * spec.samples / 12
    fixed_bytes, each_byte = _BYTES.get(spec.backend, _BYTES["cycles"])
    previews = 0 if plan.is_complete else sum(1 for _ in plan.heads()) * spec.candidates
    preview = _PREVIEW_SECONDS.get(spec.renderer, _PREVIEW_SECONDS["cycles"])
    seconds = renders * (fixed + each * pixels * samples) + previews * preview
    return PlanCost(seconds, int(plan.pictures_count * (fixed_bytes + each_byte * pixels)))
