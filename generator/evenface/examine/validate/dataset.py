"""Checks of a dataset of evenface against what its manifest (``evenface.json``) declares and against its own pixels."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

from evenface.dataset import AGREEMENT_COLUMNS, Dataset, Manifest, agreement_table
from evenface.examine.validate.census import Census, examine_counts, examine_families, examine_people, take_census
from evenface.examine.validate.findings import Collector
from evenface.examine.validate.labelling import Labelling
from evenface.examine.validate.nuisances import examine_nuisances
from evenface.examine.validate.photographs import examine_photographs
from evenface.examine.validate.pictures import examine_pictures
from evenface.examine.validate.set_checks import Examined
from evenface.examine.validate.shards import Sound, examine_shards
from evenface.report import Table
from evenface.vocabulary import SCALES

__all__ = ["examine_dataset"]


def examine_dataset(dataset: Dataset, found: Collector, workers: int, on_progress: Callable[[int], None]) -> Examined:
    """Compare a dataset with its manifest, and return what the checks of the whole set need."""
    sound = examine_shards(dataset, found)
    labelling, pictures, balance = _labels(dataset, sound, found)
    look = examine_pictures(dataset, sound, labelling.names, found, workers, on_progress)
    # The tests load a large library, so they run after the worker processes have ended.
    nuisances = examine_nuisances(dataset, sound, labelling, pictures, found)
    making = examine_photographs(dataset, sound, labelling, found)
    _examine_datasheet(dataset.manifest, found)
    tables = (balance, _agreement(dataset, sound), *making, nuisances)
    return Examined(labelling, look, tables, lambda rows: dataset.images(sound.pictures, rows))


def _labels(dataset: Dataset, sound: Sound, found: Collector) -> tuple[Labelling, Counter[str], Table]:
    """Examine the labels and return them, the number of pictures of each cell, and the balance table; the census is freed."""
    census = take_census(dataset, sound, found)
    examine_counts(census, dataset.manifest, found)
    examine_people(census, dataset.manifest, found)
    examine_families(dataset, sound, found)
    return census.labelling(), census.pictures, _balance_table(census, dataset.manifest)


def _examine_datasheet(manifest: Manifest, found: Collector) -> None:
    from evenface.dataset.questions import unanswered

    questions = unanswered(manifest)
    if questions:
        numbers = ", ".join(str(question.number) for question in questions)
        found.add("datasheet-unanswered", "datasheet", f"{len(questions)} questions for the maker are unanswered: {numbers}")


def _balance_table(census: Census, manifest: Manifest) -> Table:
    lines = tuple(
        (target.cell, census.identities[target.cell], target.people, census.pictures[target.cell], target.pictures)
        for target in manifest.cells
    )
    return Table("Balance", ("cell", "people", "people declared", "pictures", "pictures declared"), lines)


def _agreement(dataset: Dataset, sound: Sound) -> Table:
    rows = (
        row
        for shard in sound.pictures
        if shard.startswith("pictures/reference/")
        for row in dataset.shard_rows(shard, AGREEMENT_COLUMNS)
    )
    spec = dataset.manifest.spec
    return agreement_table(rows, SCALES[spec.scale], spec.tones)
