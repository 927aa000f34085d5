"""Verification: false matches and false non-matches at a threshold, how the threshold is set, and the curves to draw.

Non-mated pairs are those of two people of one cell, with whom a person is most easily confused; pairs across cells, which have
lower scores, are stated separately. An FMR over all pairs would understate what each group meets (NISTIR 8280, 2019).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from evenface.examine.audit.metrics.groups import OVERALL, Estimate, Grouping
from evenface.examine.audit.metrics.observations import MEAN, RATE, Observations
from evenface.rng import rng_for
from evenface.statistics.intervals import RESAMPLES
from evenface.statistics.people import Pairs, PeopleBootstrap, sample_weights
from evenface.statistics.scores import false_match_rate, false_matches_allowed, rates_at, threshold_reached_by

__all__ = [
    "ACROSS",
    "POINTS",
    "TARGETS",
    "Comparisons",
    "Point",
    "Threshold",
    "across_cells",
    "curves",
    "error_rates",
    "pooled_threshold",
    "scores",
    "similarities",
    "threshold_at",
    "vendor_threshold",
]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]

TARGETS = (0.01, 0.001)
ACROSS = "across cells"
_TASK = "verification"
_FAMILIES = 2_000
"""Largest number of families for the bootstrap, which keeps a table of all pairs of families in memory."""


@dataclass(frozen=True, slots=True, eq=False)
class Comparisons:
    """Scores of pairs of pictures; a larger one is more alike, NaN is a pair that could not be compared."""

    first: Ints
    """Position of a picture."""
    second: Ints
    mated: Bools
    score: Floats


@dataclass(frozen=True, slots=True)
class Threshold:
    """The smallest score of a match, and how it was set."""

    value: float | None
    """None where there are too few pairs to set it."""
    how: str
    note: str | None = None


def similarities(values: ArrayLike, kind: str) -> Floats:
    """Return scores of which a larger one is more alike: distances are negated, and values that are not finite become NaN."""
    found = np.asarray(values, dtype=np.float64) * (-1 if kind == "distance" else 1)
    return np.where(np.isfinite(found), found, np.nan)


def vendor_threshold(value: float | None, kind: str) -> Threshold | None:
    """Return the threshold that a system states, converted as in ``similarities``; None without one."""
    return None if value is None else Threshold(float(similarities(value, kind)), f"the vendor's: {kind} {value:g}")


def pooled_threshold(pairs: Comparisons, grouping: Grouping, target: float) -> Threshold:
    """Return the threshold at which the FMR over the non-mated pairs within cells is at most ``target``."""
    compared = _within(pairs, grouping) & ~pairs.mated & ~np.isnan(pairs.score)
    return threshold_at(pairs.score[compared], target, "pooled")


def threshold_at(non_mated: Floats, target: float, where: str) -> Threshold:
    """Return the smallest threshold with an FMR of at most ``target``.

    Fewer than 3 / target pairs cannot distinguish this rate from 0 (rule of three), and fewer than 30 / target estimate it badly
    (rule of 30: Doddington et al. 2000, Speech Commun. 31, 225-254). Pairs that share people are worth fewer independent ones.
    """
    number, how = len(non_mated), f"{where} FMR {target:g}, within cells"
    if number * target < 3:
        return Threshold(None, how, f"cannot be set: {number} non-mated pairs, at least {round(3 / target)} are needed")
    allowed, greatest = false_matches_allowed(rate=target, comparisons=number), np.sort(non_mated)[::-1]
    value = threshold_reached_by(greatest=greatest, count=allowed) if allowed < number else greatest[-1]
    few = f"set badly: {allowed} false matches of {number} pairs, 30 are wanted" if number * target < 30 else None
    return Threshold(float(value), how, few)


def error_rates(system: str, pairs: Comparisons, threshold: Threshold) -> list[Observations]:
    """Return FMR, FNMR, and FNMR with failures to enrol counted as non-matches (generalised), at a given threshold."""
    if threshold.value is None:
        return []
    compared = ~np.isnan(pairs.score)
    accepted = np.where(compared, pairs.score, -np.inf) >= threshold.value
    rows = [
        ("FMR", accepted, ~pairs.mated & compared, None),
        ("FNMR", ~accepted, pairs.mated & compared, "pairs that could not be compared left out"),
        ("generalised FNMR", ~accepted, pairs.mated, "pairs that could not be compared count as non-matches"),
    ]
    return [
        _of(system, name, RATE, values, pairs, where, threshold.how, "; ".join(filter(None, (note, threshold.note))) or None)
        for name, values, where, note in rows
    ]


def scores(system: str, pairs: Comparisons) -> list[Observations]:
    """Return mated and non-mated scores, whose differences between groups are the score shift."""
    compared = ~np.isnan(pairs.score)
    return [
        _of(system, "mated score", MEAN, pairs.score, pairs, pairs.mated & compared),
        _of(system, "non-mated score", MEAN, pairs.score, pairs, ~pairs.mated & compared),
    ]


def across_cells(system: str, pairs: Comparisons, grouping: Grouping, threshold: Threshold, *, seed: int) -> Estimate | None:
    """Return the FMR over non-mated pairs of people of two cells; None without such pairs."""
    apart = (grouping.cell[pairs.first] != grouping.cell[pairs.second]) & ~pairs.mated & ~np.isnan(pairs.score)
    if threshold.value is None or not apart.any():
        return None
    pictures = np.stack([pairs.first[apart], pairs.second[apart]])
    families, numbers = np.unique(grouping.family[pictures], return_inverse=True)
    first, second = numbers.reshape(2, -1)
    found = Pairs(pairs.score[apart], first, second)
    weights = sample_weights(rng_for(seed, "resamples of families"), families=len(families), resamples=RESAMPLES)
    empty = Pairs(np.empty(0), first[:0], first[:0])
    few = len(families) <= _FAMILIES
    bootstrap = PeopleBootstrap(mated=empty, non_mated=found, weights=weights) if few else None
    interval = bootstrap.false_match_rate(threshold=threshold.value) if bootstrap else None
    return Estimate(
        system=system,
        task=_TASK,
        metric="FMR",
        label=grouping.label,
        margin=OVERALL,
        group=ACROSS,
        other=None,
        threshold=threshold.how,
        n=int(apart.sum()),
        people=len(np.unique(grouping.person[pictures])),
        value=false_match_rate(non_mated=found.scores, threshold=threshold.value),
        low=interval.low if interval else None,
        high=interval.high if interval else None,
        method="percentiles of a bootstrap over families",
        note=threshold.note if few else f"no interval: more than {_FAMILIES:,} families",
    )


def _within(pairs: Comparisons, grouping: Grouping) -> Bools:
    cell = grouping.cell[pairs.first]
    return np.asarray((cell >= 0) & (cell == grouping.cell[pairs.second]))


def _of(
    system: str,
    metric: str,
    kind: str,
    values: NDArray[np.float64] | Bools,
    pairs: Comparisons,
    where: Bools,
    threshold: str | None = None,
    note: str | None = None,
) -> Observations:
    found = np.asarray(values[where], dtype=np.float64)
    return Observations(system, _TASK, metric, kind, found, pairs.first[where], pairs.second[where], threshold, note)


POINTS = 100
"""Largest number of points of a curve, half of them spaced evenly over the FMR, half over its logarithm."""


@dataclass(frozen=True, slots=True)
class Point:
    """One threshold. A ROC draws 1 - FNMR over FMR, a DET both on normal deviates."""

    system: str
    margin: str
    group: str
    threshold: float
    fmr: float
    fnmr: float
    mated: int
    non_mated: int


def curves(system: str, pairs: Comparisons, grouping: Grouping) -> list[Point]:
    """Return the points of every group that has mated and non-mated pairs within its cells."""
    cell = grouping.cell[pairs.first]
    usable = (cell >= 0) & (cell == grouping.cell[pairs.second]) & ~np.isnan(pairs.score)
    found = []
    for group in grouping.groups:
        inside = usable & group.cells[cell]
        mated, other = np.sort(pairs.score[inside & pairs.mated]), np.sort(pairs.score[inside & ~pairs.mated])
        if mated.size and other.size:
            thresholds = _thresholds(mated, other)
            rates = rates_at(mated=mated, non_mated=other, thresholds=thresholds)
            for threshold, fmr, fnmr in zip(thresholds, *rates, strict=True):
                at = float(threshold), float(fmr), float(fnmr)
                found.append(Point(system, group.margin, group.name, *at, mated.size, other.size))
    return found


def _thresholds(mated: Floats, non_mated: Floats) -> Floats:
    """Return scores that occur, in ascending order, and one above all."""
    shares = np.concatenate([np.linspace(0, 1, POINTS // 2 - 1), np.geomspace(1 / non_mated.size, 1, POINTS // 2 - 1)])
    met = np.quantile(non_mated, 1 - shares, method="higher")
    ends = [mated[0], np.nextafter(max(mated[-1], non_mated[-1]), np.inf)]
    return np.asarray(np.unique(np.concatenate([met, ends])), dtype=np.float64)
