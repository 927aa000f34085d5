"""The examination: the folder of a dataset comes in, findings and tables go out. Nothing is changed.

Everything is held against what the dataset itself declares (``evenface.json``) and against what its pixels say; no plan
is needed beside it.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from evenface.balance import evenness
from evenface.dataset import AGREEMENT_COLUMNS, Dataset, Manifest, Table, agreement_table
from evenface.validate.census import Census, examine_counts, examine_people, take_census
from evenface.validate.families import examine_families
from evenface.validate.findings import CODES, Collector, Finding, Report
from evenface.validate.nuisances import examine_nuisances
from evenface.validate.pictures import examine_pictures
from evenface.validate.shards import Sound, examine_shards
from evenface.vocabulary import SCALES

__all__ = ["CODES", "Finding", "Report", "Table", "validate"]


def validate(dataset_dir: str | Path, *, on_progress: Callable[[int], None] = lambda _pictures: None) -> Report:
    """Examine a dataset; a folder that holds none is wrong use.

    Args:
        on_progress: Told how many more pictures were looked at.
    """
    dataset, found = Dataset.open(dataset_dir), Collector()
    sound = examine_shards(dataset, found)
    census = take_census(dataset, sound, found)
    examine_counts(census, dataset.manifest, found)
    examine_people(census, dataset.manifest, found)
    examine_families(dataset, sound, found)
    nuisances = examine_nuisances(dataset, sound, census.pictures, found)
    examine_pictures(dataset, sound, found, on_progress)
    balance = _balance_table(census, dataset.manifest)
    return Report(dataset.manifest.plan_hash, found.all(), (balance, _summary(census), _agreement(dataset, sound), nuisances))


def _balance_table(census: Census, manifest: Manifest) -> Table:
    lines = tuple(
        (target.cell, census.identities[target.cell], target.people, census.pictures[target.cell], target.pictures)
        for target in manifest.cells
    )
    return Table("Balance", ("cell", "people", "people declared", "pictures", "pictures declared"), lines)


def _summary(census: Census) -> Table:
    rows = (("people", census.identities), ("pictures", census.pictures))
    lines = tuple((name, counts.total(), round(evenness(counts), 6)) for name, counts in rows)
    return Table("Evenness over cells", ("level", "count", "evenness"), lines)


def _agreement(dataset: Dataset, sound: Sound) -> Table:
    rows = (
        row
        for shard in sound.pictures
        if shard.startswith("pictures/reference/")
        for row in dataset.shard_rows(shard, AGREEMENT_COLUMNS)
    )
    spec = dataset.manifest.spec
    return agreement_table(rows, SCALES[spec.scale], spec.tones)
