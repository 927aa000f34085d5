"""The examination: a dataset comes in, ours or anybody's, findings and tables go out. Nothing is changed.

Ours are held against what they declare (``evenface.json``) and against what their pixels say; no plan is needed beside them. Others are
held against a target, and against themselves.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from evenface.dataset import MANIFEST, Dataset, Table
from evenface.dataset.foreign import Columns
from evenface.validate.findings import CODES, FAMILY, RESAMPLES, Collector, Finding, Report
from evenface.validate.light import MARGIN
from evenface.validate.ours import examine_ours
from evenface.validate.twins import ALIKE_BITS
from evenface.validate.whole import examine_whole

__all__ = ["CODES", "Finding", "Options", "Report", "Table", "validate"]


@dataclass(frozen=True, slots=True)
class Options:
    """How to look."""

    columns: Columns = Columns()  # noqa: RUF009 (frozen)
    scale: str | None = None
    """``mst``, ``ita`` or ``fitzpatrick``: which steps labels of tone may have; those that are met when None."""
    target: str = "uniform"
    """Or a file with the wanted share of each cell."""
    margin: float = 0.02
    """Greatest difference of the share of a cell from its target that counts as none."""
    seed: int = 0
    """Of the resampling."""
    workers: int = 1


def validate(
    dataset_dir: str | Path,
    options: Options = Options(),  # noqa: B008 (frozen)
    *,
    on_progress: Callable[[int], None] = lambda _pictures: None,
) -> Report:
    """Examine a dataset; a folder that holds none is wrong use.

    Args:
        on_progress: Told how many more pictures were looked at.
    """
    found = Collector()
    dataset = Dataset.open(dataset_dir)
    examined = examine_ours(dataset, found, options.workers, on_progress)
    tables, summary = examine_whole(examined, options.margin, options.seed, found)
    return Report(
        kind="evenface",
        source={"pictures": len(examined.labelling), "people": len(examined.labelling.people)},
        plan_hash=dataset.manifest.plan_hash,
        findings=found.all(),
        tables=tables,
        summary=summary,
        method=_method(options),
    )


def _method(options: Options) -> dict[str, object]:
    return {
        "seed": options.seed,
        "margin": options.margin,
        "resamples": RESAMPLES,
        "resampled": "people, with all their pictures",
        "family_wise_level": FAMILY,
        "light_margin_sd": MARGIN,
        "near_duplicate_bits": ALIKE_BITS,
    }
