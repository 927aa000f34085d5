"""The threshold: at a stated rate of false matches among the people of the gallery, or the public one of the recogniser."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from evenface.errors import UsageFault
from evenface.examine.leakage.nearest import Greatest
from evenface.examine.leakage.rates import weights_of
from evenface.faces.recognisers import Recogniser
from evenface.statistics.intervals import RESAMPLES, Interval, percentile_interval, wilson_interval
from evenface.statistics.scores import false_matches_allowed, threshold_reached_by

__all__ = ["Threshold", "allowed", "calibrate", "comparisons", "public_threshold"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Threshold:
    """The score from which on two faces are taken for one person, and what is known of it."""

    system: str
    against: str
    """``picture`` or ``centre``."""
    unit: str
    value: float
    """In the unit: a cosine at or above it, or a distance at or below it, exceeds."""
    calibrated: bool
    """Whether on the gallery; otherwise it is the public one, whose rate there is unknown."""
    comparisons: int | None = None
    """Of two different people of the gallery."""
    people: int | None = None
    false_match_rate: float | None = None
    low: float | None = None
    high: float | None = None
    """Of a bootstrap over the people of the gallery (both of a comparison)."""
    false_matches_expected: float | None = None
    """For each picture by chance alone: the rate times the number of references."""

    def as_score(self, recogniser: Recogniser) -> float:
        """Return it as a score of ``recogniser``."""
        return recogniser.as_score(self.value)


def comparisons(query_owners: Ints, reference_owners: Ints) -> int:
    """Return how many comparisons of different owners there are."""
    size = int(max(query_owners.max(initial=-1), reference_owners.max(initial=-1))) + 1
    own = np.bincount(reference_owners, minlength=size)
    return len(query_owners) * len(reference_owners) - int(own[query_owners].sum())


def public_threshold(recogniser: Recogniser, against: str) -> Threshold:
    """Return the threshold of the makers, for a gallery without identity labels."""
    return Threshold(recogniser.name, against, recogniser.unit, recogniser.public_threshold, calibrated=False)


def allowed(rate: float, possible: int) -> int:
    """Return how many false matches there may be; a rate too low for so few comparisons is wrong use."""
    count = false_matches_allowed(rate=rate, comparisons=possible)
    if count < 1:
        what = f"a false match rate of {rate:g} cannot be set on {possible:,} comparisons of two different people of the gallery"
        raise UsageFault(what, "ask for a higher rate with --fmr, or give a larger gallery")
    return count


def calibrate(
    recogniser: Recogniser,
    against: str,
    greatest: Greatest,
    owners: tuple[Ints, Ints],
    rng: np.random.Generator,
) -> Threshold:
    """Return the lowest threshold at which no more comparisons of different people match than are allowed.

    Args:
        greatest: One score more than may match, of all comparisons of different owners.
        owners: Of the pictures that were compared, and of the references.
    """
    scores, rows, columns = greatest.all()
    line = threshold_reached_by(greatest=scores, count=len(scores) - 1)
    hits = int((scores >= line).sum())
    first, second = owners[0][rows[:hits]], owners[1][columns[:hits]]
    people = len(np.unique(owners[0]))
    interval = _interval(first, second, owners, rng) if hits else wilson_interval(0, max(people // 2, 1))
    rate = hits / greatest.compared
    return Threshold(
        system=recogniser.name,
        against=against,
        unit=recogniser.unit,
        value=recogniser.in_unit(line),
        calibrated=True,
        comparisons=greatest.compared,
        people=people,
        false_match_rate=rate,
        low=None if interval is None else interval.low,
        high=None if interval is None else interval.high,
        false_matches_expected=rate * len(owners[1]),
    )


def _interval(first: Ints, second: Ints, owners: tuple[Ints, Ints], rng: np.random.Generator) -> Interval | None:
    """Resample people: a match of two who are drawn twice and three times counts six times, and no one is their own impostor."""
    from scipy.sparse import coo_array  # heavy

    size = int(max(each.max() for each in owners)) + 1
    queries, references = (np.bincount(each, minlength=size).astype(np.float64) for each in owners)
    matches = coo_array((np.ones(len(first)), (first, second)), shape=(size, size)).tocsr()
    rates: list[float] = []
    for weights in weights_of(rng, size, RESAMPLES):
        found = ((matches @ weights.T).T * weights).sum(axis=1)
        possible = (weights @ queries) * (weights @ references) - weights**2 @ (queries * references)
        rates += np.where(possible > 0, found / np.where(possible > 0, possible, 1), np.nan).tolist()
    return percentile_interval(values=rates)
