"""The examination: a dataset comes in, ours or anybody's, findings and tables go out. Nothing is changed.

Ours are held against what they declare (``evenface.json``) and against what their pixels say; no plan is needed beside them.
Others are held against a target, and against themselves.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from evenface.dataset import MANIFEST, Dataset, Table
from evenface.dataset.foreign import Columns, LabelledSet, open_hub, open_labelled
from evenface.dataset.foreign.files import metadata_of
from evenface.dataset.foreign.hub import HUB_ID
from evenface.errors import UsageFault
from evenface.examine.validate.balance import all_balanced, shown
from evenface.examine.validate.findings import CODES, FAMILY, Collector, Finding, Report
from evenface.examine.validate.light import MARGIN
from evenface.examine.validate.others import examine_others
from evenface.examine.validate.ours import examine_ours
from evenface.examine.validate.recognised import examine_recognised
from evenface.examine.validate.target import UNIFORM
from evenface.examine.validate.twins import ALIKE
from evenface.examine.validate.whole import Examined, examine_whole
from evenface.statistics import RESAMPLES

__all__ = ["CODES", "Finding", "Options", "Report", "Table", "open_set", "validate"]


@dataclass(frozen=True, slots=True)
class Options:
    """How to look."""

    columns: Columns = Columns()  # noqa: RUF009 (frozen)
    scale: str | None = None
    """``mst``, ``ita`` or ``fitzpatrick``: which steps labels of tone may have; those that are met when None."""
    target: str = UNIFORM
    """Or a file with the wanted share of each cell."""
    margin: float = 0.02
    """Greatest difference of the share of a cell from its target that counts as none."""
    config: str | None = None
    split: str | None = None
    """Of a dataset of the Hub; all splits when None."""
    recognisers: bool = False
    """Whether face recognisers are asked who is there under two ids; they take a second for some pictures."""
    seed: int = 0
    """Of the resampling."""
    workers: int = 1

    @property
    def for_others(self) -> bool:
        """Whether something was said that a dataset of ours says itself: then it, too, is read as anybody's."""
        return self.columns != Columns() or self.scale is not None or self.target != UNIFORM


def open_set(place: str | Path, options: Options = Options()) -> Dataset | LabelledSet:
    """Open a dataset of ours, somebody's, or one of the Hub (``owner/name``); what is none of them is wrong use."""
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
    """Say whether a path is meant as somebody's set; a dataset of ours that has lost its manifest is not."""
    if path.is_file():
        return path.suffix.lower() in (".csv", ".jsonl", ".parquet")
    return bool(metadata_of(path)) or (any(path.rglob("*.parquet")) and not (path / "pictures").is_dir())


def validate(
    place: str | Path | Dataset | LabelledSet,
    options: Options = Options(),
    *,
    on_progress: Callable[[int], None] = lambda _pictures: None,
) -> Report:
    """Examine a dataset; a place that holds none is wrong use.

    Args:
        place: Where it lies, or what ``open_set`` returned.
        on_progress: Told how many more pictures were looked at.
    """
    if not 0 < options.margin < 1:
        raise UsageFault(f"the margin is {options.margin}, which is no difference of shares", "--margin 0.02 is 2 points")
    found = Collector()
    opened = open_set(place, options) if isinstance(place, str | Path) else place
    if isinstance(opened, Dataset):
        examined, source = examine_ours(opened, found, options.workers, on_progress), {}
    else:
        examined = _examine_others(opened, options, found, on_progress)
        source = {"columns": asdict(opened.columns), "scale": options.scale, "target": options.target}
    people = (_recognised(opened, options, found),) if options.recognisers else ()
    tables, shares = examine_whole(examined, options.margin, options.seed, found)
    return Report(
        kind=opened.kind if isinstance(opened, LabelledSet) else "evenface",
        source=_counts(examined) | source,
        plan_hash=opened.manifest.plan_hash if isinstance(opened, Dataset) else None,
        findings=found.all(),
        tables=(*tables, *people),
        summary=shown(shares),
        balanced=all_balanced(shares),
        method=_method(options) | _measured_by(opened),
    )


def _examine_others(opened: LabelledSet, options: Options, found: Collector, on_progress: Callable[[int], None]) -> Examined:
    return examine_others(
        opened,
        lambda: _again(opened, options),
        scale=options.scale,
        target=options.target,
        found=found,
        workers=options.workers,
        on_progress=on_progress,
    )


def _recognised(opened: Dataset | LabelledSet, options: Options, found: Collector) -> Table:
    from evenface.faces.reader import RECOGNISERS, open_face_models

    with open_face_models(want=RECOGNISERS, workers=options.workers) as models:
        pictures = open_labelled(opened.root) if isinstance(opened, Dataset) else _again(opened, options)
        return examine_recognised(pictures, models, found)


def _again(opened: LabelledSet, options: Options) -> LabelledSet:
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


def _measured_by(opened: Dataset | LabelledSet) -> dict[str, Any]:
    """Say what a measured tone is; of a set without any, nothing."""
    ours = "measured_tone names the nearest skin colour by CIEDE2000, measured_swatch the nearest swatch"
    moved = "exposure and white balance move both"
    if isinstance(opened, Dataset):
        return {"measured_tone": f"{ours}; measured_tone is compared here; {moved}"}
    column = opened.columns.measured_tone
    told = f"as it stands in the column {column}, nothing is measured here; where evenface measured, {ours}; {moved}"
    return {} if column is None else {"measured_tone": told}
