"""Figures of comparison scores: each cell at a threshold of its own, the score shift, and d'.

With an own threshold set to the same FMR in all cells, what is left is a gap in FNMR. The threshold is as uncertain as the rate
at it. So families are drawn anew within the cell, the threshold is set again in each resample, and the spread of the FNMR states
of how many independent values the rate is worth; the interval is Wilson's. One family less is drawn than there are (McCarthy and
Snowden 1985), so that the spread is not too small by (k - 1) / k.

The score shift is how far the scores of a group lie above or below those of all pairs; d' is how far mated and non-mated ones lie
apart.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from evenface.examine.audit.metrics.contrasts import T_FAMILIES, Contrast, contrast_intervals
from evenface.examine.audit.metrics.groups import ALL, CELL, OVERALL, Estimate, Group, Grouping
from evenface.examine.audit.metrics.observations import (
    MEAN,
    Observations,
    cluster_values,
    drop_unlabelled,
    estimates,
    group_weights,
)
from evenface.examine.audit.metrics.verification import threshold_at
from evenface.rng import rng_for
from evenface.statistics.clusters import cell_means, effective_wilson, quantile_of_t
from evenface.statistics.intervals import RESAMPLES
from evenface.statistics.people import Pairs, d_prime_without_each, jackknife_variance
from evenface.statistics.scores import d_prime, false_non_match_rate

__all__ = ["d_primes", "own_thresholds", "score_shift"]

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
    """Return the FNMR of each cell at its own threshold of FMR ``target``; None with a note where it cannot be set.

    Args:
        mated: Mated scores of ``verification.scores``.
        non_mated: Non-mated scores of ``verification.scores``.
    """
    mated, non_mated = drop_unlabelled(mated, grouping), drop_unlabelled(non_mated, grouping)
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
            row if threshold.value is None or not scores.mated.size else _add_rate(row, scores, threshold.value, target, seed)
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


def _add_rate(row: Estimate, scores: _Cell, threshold: float, target: float, seed: int) -> Estimate:
    rate = false_non_match_rate(mated=scores.mated, threshold=threshold)
    if scores.families < _LEAST_FAMILIES:
        return replace(row, value=rate, note=f"no interval: fewer than {_LEAST_FAMILIES} families; {row.note or 'threshold set'}")
    k = scores.families
    drawn = rng_for(seed, "families of a cell").multinomial(k - 1, np.full(k, 1 / k), size=RESAMPLES).astype(np.float64)
    spread = float(np.nanvar(_resample(scores, drawn, target)))
    plain = rate * (1 - rate)
    worth = float(np.clip(plain / spread, 1, len(scores.mated))) if plain > 0 and spread > 0 else float(k)
    low, high = effective_wilson(rate, worth, quantile_of_t(0.95, k - 1))
    return replace(row, value=rate, low=low, high=high)


def _resample(scores: _Cell, weights: Floats, target: float) -> Floats:
    """Return the FNMR of each resample at its threshold of FMR ``target``; NaN where no pair is left."""
    table = np.bincount(scores.one * scores.families + scores.other, minlength=scores.families**2)
    total = ((weights @ table.reshape(scores.families, scores.families)) * weights).sum(axis=1)
    # Pairs far below any threshold are counted in the total alone.
    top = np.argsort(scores.non_mated)[::-1][: int(10 * target * len(scores.non_mated)) + 50]
    reached = np.cumsum(weights[:, scores.one[top]] * weights[:, scores.other[top]], axis=1)
    at = np.minimum((reached <= target * total[:, None] + 1e-9).sum(axis=1), len(top) - 1)
    order = np.argsort(scores.mated)
    below = np.concatenate([np.zeros((len(weights), 1)), np.cumsum(weights[:, scores.of[order]], axis=1)], axis=1)
    place = np.searchsorted(scores.mated[order], scores.non_mated[top][at], side="right")
    with np.errstate(invalid="ignore", divide="ignore"):
        rates = below[np.arange(len(weights)), place] / below[:, -1]
    return np.where(total > 0, rates, np.nan)


_NO_INTERVAL = "no interval: too few families, or without one of them all scores are the same"
_JACKKNIFE = "jackknife over families within cells, t, corrected for its estimate of the bias"


def score_shift(observed: Observations, grouping: Grouping) -> list[Estimate]:
    """Return how much the mean score of each group lies above that of all pairs (ISO/IEC 19795-10: score shift).

    Args:
        observed: Mated or non-mated scores, of ``verification.scores``.
    """
    observed = drop_unlabelled(observed, grouping)
    sample = cluster_values(observed, grouping)
    counts, means = cell_means(sample)
    groups = [each for each in grouping.groups if each.margin != OVERALL and counts[each.cells].sum()]
    if not groups:
        return []
    weights = group_weights(counts, np.stack([group.cells for group in groups])) - counts / max(counts.sum(), 1)
    contrasts = [Contrast(group.margin, group.name, ALL, row, row) for group, row in zip(groups, weights, strict=True)]
    intervals, _ = contrast_intervals(sample, contrasts, MEAN)
    rows = {(row.margin, row.group): row for row in estimates(observed, grouping)}
    found = []
    for group, row, interval in zip(groups, weights, intervals, strict=True):
        value = float(row @ np.nan_to_num(means))
        low, high = interval or (None, None)
        own = rows[group.margin, group.name]
        found.append(
            replace(
                own, metric=f"{observed.metric} shift", other=ALL, value=value, low=low, high=high, method=T_FAMILIES, note=None
            )
        )
    return found


def d_primes(mated: Observations, non_mated: Observations, grouping: Grouping) -> list[Estimate]:
    """Return d' of every group: mated and non-mated means apart, over the root mean square of their deviations (Daugman 2000)."""
    mated, non_mated = drop_unlabelled(mated, grouping), drop_unlabelled(non_mated, grouping)
    rows = {(row.margin, row.group): row for row in estimates(mated, grouping)}
    found = []
    for group in grouping.groups:
        same, other, families = _of_group(mated, non_mated, grouping, group)
        value = d_prime(mated=same.scores, non_mated=other.scores)
        row = replace(rows[group.margin, group.name], metric="d'", method=_JACKKNIFE, value=None, low=None, high=None)
        if np.isnan(value):
            needed = "undefined: all scores of a kind are the same"
            if not len(same.scores) or not len(other.scores):
                needed = "mated and non-mated pairs are needed"
            found.append(replace(row, note=needed))
            continue
        without = d_prime_without_each(same, other, len(families))
        variance, freedom = jackknife_variance(without, _strata(families, grouping, group))
        half = float(quantile_of_t(0.95, freedom) * np.sqrt(variance))
        # Few families bias d' upwards; the jackknife estimates by how much.
        centre = value - (len(families) - 1) * float(without.mean() - value)
        row = replace(row, value=value, n=len(same.scores) + len(other.scores), note=None)
        known = np.isfinite(half)
        found.append(replace(row, low=centre - half, high=centre + half) if known else replace(row, note=_NO_INTERVAL))
    return found


def _of_group(mated: Observations, non_mated: Observations, grouping: Grouping, group: Group) -> tuple[Pairs, Pairs, Ints]:
    """Return the mated and non-mated pairs of a group, with families as numbers, and these families."""
    same, other = _pairs(mated, grouping, group), _pairs(non_mated, grouping, group)
    families = np.unique(np.concatenate([same.first, other.first, other.second]))
    numbered = [
        Pairs(pairs.scores, np.searchsorted(families, pairs.first), np.searchsorted(families, pairs.second))
        for pairs in (same, other)
    ]
    return numbered[0], numbered[1], families


def _pairs(observed: Observations, grouping: Grouping, group: Group) -> Pairs:
    inside = group.cells[grouping.cell[observed.first]]
    second = observed.first if observed.second is None else observed.second
    return Pairs(observed.values[inside], grouping.family[observed.first[inside]], grouping.family[second[inside]])


def _strata(families: Ints, grouping: Grouping, group: Group) -> Ints:
    """Return the first cell of each family among those of the group, within which families are sampled."""
    pictures = np.flatnonzero((grouping.cell >= 0) & group.cells[grouping.cell])
    pictures = pictures[np.argsort(grouping.cell[pictures], kind="stable")]
    known, first = np.unique(grouping.family[pictures], return_index=True)
    return np.asarray(grouping.cell[pictures[first]][np.searchsorted(known, families)])
