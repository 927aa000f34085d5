"""Each cell at a threshold of its own, set to the same FMR in all: what is left of a gap in FNMR when false matches are even.

The threshold is as uncertain as the rate at it. So families are drawn anew within the cell, the threshold is set again in each
resample, and the spread of the FNMR at it says of how many independent values the rate is worth; the interval is Wilson's. One
family less is drawn than there are (McCarthy and Snowden 1985), whose spread is not too small by k / (k - 1).
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from evenface.examine.audit.metrics.estimate import CELL, Estimate
from evenface.examine.audit.metrics.groups import Group, Grouping
from evenface.examine.audit.metrics.observations import Observations, without_unlabelled
from evenface.examine.audit.metrics.rates import estimates
from evenface.examine.audit.metrics.verification import threshold_at
from evenface.rng import rng_for
from evenface.statistics.clusters import effective_wilson, quantile_of_t
from evenface.statistics.intervals import RESAMPLES
from evenface.statistics.scores import false_non_match_rate

__all__ = ["own_thresholds"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

METHOD = "Wilson's interval with the effective number from a bootstrap over families, threshold set anew"
_LEAST_FAMILIES = 5


@dataclass(frozen=True, slots=True, eq=False)
class _Cell:
    """The scores of one cell, whose families are numbered from 0."""

    mated: Floats
    of: Ints
    non_mated: Floats
    one: Ints
    other: Ints
    families: int


def own_thresholds(
    mated: Observations, non_mated: Observations, grouping: Grouping, target: float, *, seed: int
) -> list[Estimate]:
    """Return the FNMR of each cell at its own threshold of FMR ``target``; None, with the reason, where it cannot be set.

    Args:
        mated: And ``non_mated``: the scores of ``verification.scores``.
    """
    mated, non_mated = without_unlabelled(mated, grouping), without_unlabelled(non_mated, grouping)
    rows = {row.group: row for row in estimates(mated, grouping) if row.margin == CELL}
    found = []
    for group in grouping.margin(CELL):
        scores = _of_cell(mated, non_mated, grouping, group)
        threshold = threshold_at(scores.non_mated, target, "own")
        row = replace(
            rows[group.name],
            metric="FNMR",
            threshold=threshold.how,
            value=None,
            low=None,
            high=None,
            method=METHOD,
            note=threshold.note,
        )
        found.append(
            row if threshold.value is None or not scores.mated.size else _told(row, scores, threshold.value, target, seed)
        )
    return found


def _of_cell(mated: Observations, non_mated: Observations, grouping: Grouping, group: Group) -> _Cell:
    inside = group.cells[grouping.cell[mated.first]]
    met = group.cells[grouping.cell[non_mated.first]]
    second = non_mated.first if non_mated.second is None else non_mated.second
    parts = grouping.family[mated.first[inside]], grouping.family[non_mated.first[met]], grouping.family[second[met]]
    families = np.unique(np.concatenate(parts))
    of, one, other = (np.searchsorted(families, part) for part in parts)
    return _Cell(mated.values[inside], of, non_mated.values[met], one, other, len(families))


def _told(row: Estimate, scores: _Cell, threshold: float, target: float, seed: int) -> Estimate:
    rate = false_non_match_rate(mated=scores.mated, threshold=threshold)
    if scores.families < _LEAST_FAMILIES:
        return replace(row, value=rate, note=f"no interval: fewer than {_LEAST_FAMILIES} families; {row.note or 'threshold set'}")
    k = scores.families
    drawn = rng_for(seed, "families of a cell").multinomial(k - 1, np.full(k, 1 / k), size=RESAMPLES).astype(np.float64)
    spread = float(np.nanvar(_resampled(scores, drawn, target)))
    plain = rate * (1 - rate)
    worth = float(np.clip(plain / spread, 1, len(scores.mated))) if plain > 0 and spread > 0 else float(k)
    low, high = effective_wilson(rate, worth, quantile_of_t(0.95, k - 1))
    return replace(row, value=rate, low=low, high=high)


def _resampled(scores: _Cell, weights: Floats, target: float) -> Floats:
    """Return the FNMR of each resample at the threshold that has the FMR ``target`` in it; NaN where no pair is left."""
    table = np.bincount(scores.one * scores.families + scores.other, minlength=scores.families**2)
    total = ((weights @ table.reshape(scores.families, scores.families)) * weights).sum(axis=1)
    # Pairs that no threshold comes near are counted in the total alone.
    top = np.argsort(scores.non_mated)[::-1][: int(10 * target * len(scores.non_mated)) + 50]
    reached = np.cumsum(weights[:, scores.one[top]] * weights[:, scores.other[top]], axis=1)
    at = np.minimum((reached <= target * total[:, None] + 1e-9).sum(axis=1), len(top) - 1)
    order = np.argsort(scores.mated)
    below = np.concatenate([np.zeros((len(weights), 1)), np.cumsum(weights[:, scores.of[order]], axis=1)], axis=1)
    place = np.searchsorted(scores.mated[order], scores.non_mated[top][at], side="right")
    with np.errstate(invalid="ignore", divide="ignore"):
        rates = below[np.arange(len(weights)), place] / below[:, -1]
    return np.where(total > 0, rates, np.nan)
