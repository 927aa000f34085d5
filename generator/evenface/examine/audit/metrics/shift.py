"""The score shift: whose comparison scores lie above or below everybody's, and how far mated and non-mated ones lie apart."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from evenface.examine.audit.metrics.contrasts import Contrast
from evenface.examine.audit.metrics.differences import T, contrast_intervals
from evenface.examine.audit.metrics.estimate import OVERALL, Estimate
from evenface.examine.audit.metrics.groups import ALL, Group, Grouping
from evenface.examine.audit.metrics.observations import MEAN, Observations, clustered, group_weights, without_unlabelled
from evenface.examine.audit.metrics.rates import estimates
from evenface.statistics.clusters import cell_means, quantile_of_t
from evenface.statistics.jackknife import d_prime_without_each, jackknife_variance
from evenface.statistics.people import Pairs
from evenface.statistics.scores import d_prime

__all__ = ["d_primes", "score_shift"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

_NO_INTERVAL = "no interval: too few families, or without one of them all scores are the same"
_JACKKNIFE = "jackknife over families within cells, t, less the bias that it tells"


def score_shift(observed: Observations, grouping: Grouping) -> list[Estimate]:
    """Return how much the mean score of each group lies above that of all pairs (ISO/IEC 19795-10: score shift).

    Args:
        observed: Mated or non-mated scores, of ``verification.scores``.
    """
    observed = without_unlabelled(observed, grouping)
    sample = clustered(observed, grouping)
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
            replace(own, metric=f"{observed.metric} shift", other=ALL, value=value, low=low, high=high, method=T, note=None)
        )
    return found


def d_primes(mated: Observations, non_mated: Observations, grouping: Grouping) -> list[Estimate]:
    """Return d' of every group: mated and non-mated means apart, over the root mean square of their deviations (Daugman 2000)."""
    mated, non_mated = without_unlabelled(mated, grouping), without_unlabelled(non_mated, grouping)
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
        # Few families make d' too large, and the jackknife says by how much.
        centre = value - (len(families) - 1) * float(without.mean() - value)
        row = replace(row, value=value, n=len(same.scores) + len(other.scores), note=None)
        told = np.isfinite(half)
        found.append(replace(row, low=centre - half, high=centre + half) if told else replace(row, note=_NO_INTERVAL))
    return found


def _of_group(mated: Observations, non_mated: Observations, grouping: Grouping, group: Group) -> tuple[Pairs, Pairs, Ints]:
    """Return the pairs of a group, their families numbered, and which these are."""
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
    """Return the first cell of each family among those of the group: families are sampled within it."""
    pictures = np.flatnonzero((grouping.cell >= 0) & group.cells[grouping.cell])
    pictures = pictures[np.argsort(grouping.cell[pictures], kind="stable")]
    known, first = np.unique(grouping.family[pictures], return_index=True)
    return np.asarray(grouping.cell[pictures[first]][np.searchsorted(known, families)])
