"""Photographs made by a trained model: checks of recipe, marking and licence, and whether tries failed more in some cells."""

from __future__ import annotations

from array import array
from collections import Counter
from collections.abc import Container, Iterator, Mapping
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from evenface.dataset import MAKING_COLUMNS, TAKEN, Dataset, Row, count_rejections, making_tables
from evenface.dataset.licences import conflicting_models
from evenface.dataset.marking import digital_source_type
from evenface.examine.validate.findings import FAMILY, Collector, place_of
from evenface.examine.validate.labelling import Labelling
from evenface.examine.validate.shards import Sound
from evenface.records import OUTCOMES, REJECTIONS, Making, Recipe
from evenface.report import Table
from evenface.rng import rng_for
from evenface.statistics.intervals import RESAMPLES
from evenface.statistics.permutation import Excess, excesses

__all__ = ["examine_photographs"]

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]

_COLUMNS = (*MAKING_COLUMNS, "image_id", "recipe", "digital_source_type")


class _Measure(NamedTuple):
    """A count of which a cell should not have more than the rest."""

    code: str
    least: float
    """Largest tolerated difference of the means."""
    text: str
    """Template for the means of the group and of the rest."""


_MEASURES = (
    _Measure("fallbacks-unequal", 0.02, "{:.1%} of their pictures have no accepted try, and {:.1%} of all others"),
    _Measure("rejections-unequal", 0.1, "{:.2f} tries per picture were rejected, and {:.2f} of all others"),
)


def examine_photographs(dataset: Dataset, sound: Sound, labelling: Labelling, found: Collector) -> tuple[Table, ...]:
    """Compare the rows of a model's tries with the manifest, and cells with each other; no tables without a model."""
    manifest = dataset.manifest
    models = conflicting_models(manifest.spec.maker, manifest.recipes)
    if models:
        what = (
            f"{manifest.spec.maker.licence} permits commercial use, but these models are for research only: {', '.join(models)}"
        )
        found.add("licence-too-wide", "licence", what)
    counted = _Tally()
    rows = _compare_rows(dataset, sound, found, counted)
    tables = making_tables(rows, [cell.cell for cell in manifest.cells])
    if not counted.outcomes:
        return ()
    _report_outcomes(counted.outcomes, found)
    for measure, values in zip(_MEASURES, (counted.fallbacks, counted.rejections), strict=True):
        _compare_groups(measure, np.array(values, dtype=np.float64), labelling, manifest.spec.seed, found)
    return tables


class _Tally:
    """Counts of all rows, in the order of the labels."""

    def __init__(self) -> None:
        self.outcomes: Counter[str] = Counter()
        self.fallbacks, self.rejections = array("d"), array("d")
        """NaN for a row without a trained model."""

    def take(self, row: Row) -> None:
        if row["outcome"] is None:
            self.fallbacks.append(np.nan)
            self.rejections.append(np.nan)
            return
        self.outcomes[row["outcome"]] += 1
        self.fallbacks.append(row["outcome"] not in TAKEN)
        self.rejections.append(count_rejections(row))


def _compare_rows(dataset: Dataset, sound: Sound, found: Collector, counted: _Tally) -> Iterator[Row]:
    known, renders = dataset.manifest.recipes_by_digest(), dataset.manifest.renders_by_digest()
    for shard in sound.pictures:
        for row in dataset.shard_rows(shard, _COLUMNS):
            if row["outcome"] is None and not known:
                _check_render(row, renders, found)
            else:
                _check_photograph(row, known, dataset.manifest.spec.backend, found)
            counted.take(row)
            yield row


def _check_render(row: Row, known: Container[str], found: Collector) -> None:
    if row["recipe"] not in known and (known or row["recipe"] is not None):
        _report_recipe(row, found)


def _report_recipe(row: Row, found: Collector) -> None:
    found.add("recipe-unknown", place_of(row), f"its recipe {row['recipe']} is not in the manifest")


def _check_photograph(row: Row, known: Mapping[str, Recipe], backend: str, found: Collector) -> None:
    where = place_of(row)
    if row["outcome"] is None:
        found.add("making-contradiction", where, "it has no outcome, although a model took part in this set")
        return
    if row["recipe"] not in known:
        _report_recipe(row, found)
        return
    wrong = _contradiction(row)
    if wrong:
        found.add("making-contradiction", where, wrong)
        return
    term = digital_source_type(backend, _making(row), known[row["recipe"]])
    if row["digital_source_type"] != term:
        what = f"it is marked as {row['digital_source_type']}, but its recipe with outcome {row['outcome']} gives {term}"
        found.add("marking-contradiction", where, what)


def _contradiction(row: Row) -> str | None:
    reasons = [reason for each in row["rejections"] or () for reason in each.split("+")]
    if row["outcome"] not in OUTCOMES:
        return f"outcome is {row['outcome']}, not one of {', '.join(OUTCOMES)}"
    if set(reasons) - set(REJECTIONS):
        return f"rejections name {', '.join(sorted(set(reasons) - set(REJECTIONS)))}, not {', '.join(REJECTIONS)}"
    if not row["tries"] or len(row["rejections"] or ()) != count_rejections(row):
        return f"outcome is {row['outcome']}, with {row['tries']} tries and {len(row['rejections'] or ())} rejections"
    return None


def _making(row: Row) -> Making:
    return Making(row["outcome"], row["recipe"], 0, row["tries"], (), None, None, None, None)


def _report_outcomes(outcomes: Counter[str], found: Collector) -> None:
    total = outcomes.total()
    if outcomes["failed"]:
        what = f"{outcomes['failed']} of {total} pictures failed their checks and are in the set"
        found.add("pictures-failed", "outcome", what)
    if outcomes["unchecked"]:
        found.add("pictures-unchecked", "outcome", f"{outcomes['unchecked']} of {total} pictures were not checked")


def _compare_groups(measure: _Measure, values: Floats, labelling: Labelling, seed: int, found: Collector) -> None:
    """Report tones and genders with more failures than the rest, and cells whose tone and gender are not reported."""
    known = np.flatnonzero(~np.isnan(values) & (labelling.person >= 0) & (labelling.cell >= 0))
    if not known.size:
        return
    people, first, own = np.unique(labelling.person[known], return_index=True, return_inverse=True)
    means = np.bincount(own.ravel(), weights=values[known]) / np.bincount(own.ravel())
    row_of = known[first]
    labels = ((labelling.tones, labelling.tone), (labelling.genders, labelling.gender), (labelling.cells, labelling.cell))
    names = [(name, codes[row_of] == at) for words, codes in labels for at, name in enumerate(words)]
    compared = excesses(
        means,
        _blocks(labelling, known, row_of, own.ravel()),
        np.array([who for _, who in names]),
        rng=rng_for(seed, "tries dealt out anew", measure.code),
        resamples=RESAMPLES,
    )
    reported = np.zeros(len(people), dtype=bool)
    for (name, who), excess in zip(names, compared, strict=True):
        if excess is None or not _beyond(excess, measure) or reported[who].all():
            continue
        reported |= who
        chance = f"chance alone gives as large a difference in at most {100 * excess.p:.1f} of 100 sets"
        found.add(measure.code, name, f"{int(who.sum())} people: {measure.text.format(excess.inside, excess.outside)}; {chance}")


def _beyond(excess: Excess, measure: _Measure) -> bool:
    return excess.inside - excess.outside > measure.least and excess.p < FAMILY / len(_MEASURES)


def _blocks(labelling: Labelling, known: Ints, row_of: Ints, own: Ints) -> Ints:
    """Return groups of people designed to differ in the cell alone: a family that shares a head, or people with the same shots.

    In a crossed design a family has one gender, so these groups compare tones only.
    """
    family = labelling.family[row_of]
    if labelling.block is None or len(np.unique(family)) < len(family):
        return family
    least = np.full(int(own.max()) + 1, np.iinfo(np.int64).max)
    np.minimum.at(least, own, labelling.block[known])
    return least
