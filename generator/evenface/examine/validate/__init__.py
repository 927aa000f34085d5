"""Validation: examines a dataset of evenface, or another labelled set, without changing it, and reports findings and tables.

A dataset is compared with what its manifest (``evenface.json``) declares and with its own pixels; no plan is needed. Another set
is compared with a target and checked for consistency.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from evenface.dataset import MANIFEST, Dataset
from evenface.dataset.foreign import Columns, LabelledSet, open_hub, open_labelled
from evenface.dataset.foreign.files import metadata_of
from evenface.dataset.foreign.hub import HUB_ID
from evenface.errors import UsageFault
from evenface.examine.validate.dataset import examine_dataset
from evenface.examine.validate.findings import CODES, FAMILY, Collector, Finding, Report
from evenface.examine.validate.foreign import examine_foreign
from evenface.examine.validate.labels import UNIFORM
from evenface.examine.validate.near_duplicates import ALIKE
from evenface.examine.validate.parity import MARGIN
from evenface.examine.validate.recognised import examine_recognised
from evenface.examine.validate.set_checks import Examined, all_balanced, examine_whole, summarise_shares
from evenface.report import Table
from evenface.statistics.intervals import RESAMPLES

__all__ = ["CODES", "Finding", "Options", "Report", "Table", "open_set", "validate"]


@dataclass(frozen=True, slots=True)
class Options:
    """Options of an examination."""

    columns: Columns = Columns()  # noqa: RUF009 (frozen)
    scale: str | None = None
    """``mst``, ``ita`` or ``fitzpatrick``: the scale whose steps labels of tone must be; any label when None."""
    target: str = UNIFORM
    """``uniform``, or a file with the wanted share of each cell."""
    margin: float = 0.02
    """Largest tolerated difference between the share of a cell and its target."""
    config: str | None = None
    split: str | None = None
    """The split of a dataset of the Hub; all splits when None."""
    recognisers: bool = False
    """Whether face recognisers look for people under two ids, which takes about a second for a few pictures."""
    seed: int = 0
    """Seed of the resampling."""
    workers: int = 1

    @property
    def for_others(self) -> bool:
        """Whether an option was given that a manifest states itself; a dataset is then read as a foreign set."""
        return self.columns != Columns() or self.scale is not None or self.target != UNIFORM


def open_set(place: str | Path, options: Options = Options()) -> Dataset | LabelledSet:
    """Open a dataset, a foreign set, or one of the Hub (``owner/name``); anything else is wrong use."""
    path = Path(place)
    if (path / MANIFEST).exists() and not options.for_others:
        return Dataset.open(path)
    if not path.exists() and HUB_ID.fullmatch(str(place)):
        return open_hub(str(place), options.columns, config=options.config, split=options.split, whole=True)
    try:
        return open_labelled(path, options.columns, whole=True)
    except UsageFault:
        if options.for_others or _holds_tables(path):
            raise
        return Dataset.open(path)


def _holds_tables(path: Path) -> bool:
    """Return whether a path is a foreign set; a dataset of evenface that has lost its manifest is not."""
    if path.is_file():
        return path.suffix.lower() in (".csv", ".jsonl", ".parquet")
    return bool(metadata_of(path)) or (any(path.rglob("*.parquet")) and not (path / "pictures").is_dir())


def validate(
    place: str | Path | Dataset | LabelledSet,
    options: Options = Options(),
    *,
    on_progress: Callable[[int], None] = lambda _pictures: None,
) -> Report:
    """Examine a set and return the report; a place without one is wrong use.

    Args:
        place: Its path, its name on the Hub, or what ``open_set`` returned.
        on_progress: Called with the number of pictures examined since the last call.
    """
    if not 0 < options.margin < 1:
        raise UsageFault(
            f"the margin is {options.margin}, but must lie between 0 and 1", "e.g. --margin 0.02 for 2 percentage points"
        )
    found = Collector()
    opened = open_set(place, options) if isinstance(place, str | Path) else place
    if isinstance(opened, Dataset):
        examined, source = examine_dataset(opened, found, options.workers, on_progress), {}
    else:
        examined = _examine_others(opened, options, found, on_progress)
        source = {"columns": asdict(opened.columns), "scale": options.scale, "target": options.target}
    people = (_examine_people(opened, options, found),) if options.recognisers else ()
    tables, shares = examine_whole(examined, options.margin, options.seed, found)
    return Report(
        kind=opened.kind if isinstance(opened, LabelledSet) else "evenface",
        source=_counts(examined) | source,
        plan_hash=opened.manifest.plan_hash if isinstance(opened, Dataset) else None,
        findings=found.all(),
        tables=(*tables, *people),
        summary=summarise_shares(shares),
        balanced=all_balanced(shares),
        method=_method(options) | _measurement_note(opened),
    )


def _examine_others(opened: LabelledSet, options: Options, found: Collector, on_progress: Callable[[int], None]) -> Examined:
    return examine_foreign(
        opened,
        lambda: _reopen(opened, options),
        scale=options.scale,
        target=options.target,
        found=found,
        workers=options.workers,
        on_progress=on_progress,
    )


def _examine_people(opened: Dataset | LabelledSet, options: Options, found: Collector) -> Table:
    from evenface.faces.reader import RECOGNISERS, open_face_models

    with open_face_models(want=RECOGNISERS, workers=options.workers) as models:
        pictures = open_labelled(opened.root) if isinstance(opened, Dataset) else _reopen(opened, options)
        return examine_recognised(pictures, models, found)


def _reopen(opened: LabelledSet, options: Options) -> LabelledSet:
    same = open_set(opened.root, options)
    return same if isinstance(same, LabelledSet) else opened


def _counts(examined: Examined) -> dict[str, Any]:
    labelling = examined.labelling
    return {"pictures": len(labelling), "people": len(labelling.people), "cells": len(labelling.cells)}


def _method(options: Options) -> dict[str, Any]:
    return {
        "seed": options.seed,
        "margin": options.margin,
        "resamples": RESAMPLES,
        "resampled": "people, with all their pictures",
        "family_wise_level": FAMILY,
        "light_margin_sd": MARGIN,
        "near_duplicate_correlation": ALIKE,
    }


def _measurement_note(opened: Dataset | LabelledSet) -> dict[str, Any]:
    """Return a note on what a measured tone is; empty for a set without measured tones."""
    nearest = "measured_tone names the nearest skin colour by CIEDE2000, measured_swatch the nearest swatch"
    moved = "exposure and white balance move both"
    if isinstance(opened, Dataset):
        return {"measured_tone": f"{nearest}; measured_tone is compared here; {moved}"}
    column = opened.columns.measured_tone
    note = f"read from the column {column}, not measured here; where evenface measured, {nearest}; {moved}"
    return {} if column is None else {"measured_tone": note}
