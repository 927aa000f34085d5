"""Means and rates over pictures or pairs of pictures, with their variance, for few people in each cell.

Pictures of one person are not independent, and neither are two pairs that share a person. The sampled units are families (in
most sets a person; in a crossed design the people who share a head). Cells are fixed, so the mean of its cell is subtracted from
each value, and the sum over each family is squared: the linearised variance of a stratified cluster sample (Binder 1983, Int.
Stat. Rev. 51, 279-292), each cell's with k / (k - 1) for its k families. Pairs of families: ``evenface.statistics.dyads``.

With four people in a cell such a variance is imprecise. So the *design effect*, the variance over that of independent values, is
pooled over the groups of a margin. A rate gets Wilson's interval with the effective number of independent values (Rao and Scott
1992, Biometrics 48, 577-585), with the quantile of t for z (Korn and Graubard 1998, Survey Methodology 24, 193-201). A mean gets
a t interval with its own variance.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from evenface.statistics.dyads import dyadic_variance
from evenface.statistics.intervals import Interval

__all__ = [
    "SHARE_METHOD",
    "Sample",
    "Share",
    "Spread",
    "cell_means",
    "effective_wilson",
    "pooled_effect",
    "quantile_of_t",
    "rate_interval",
    "share_of",
    "spread_of",
    "t_intervals",
]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

SHARE_METHOD = "Wilson's interval with the effective number of independent pictures, clustered by family"
"""Name of the interval of ``share_of`` in reports."""
_NOISE = 1e-12
"""Rounding error between equal values, relative to the greatest value."""


@dataclass(frozen=True, slots=True, eq=False)
class Sample:
    """Values, one per picture or pair, with the codes of their cells and families, from 0."""

    values: Floats
    cell: Ints
    family: Ints
    other: Ints | None = None
    """Second family of a pair of people; None for values of one family."""
    cells: int = 0
    """Number of cells."""


@dataclass(frozen=True, slots=True, eq=False)
class Spread:
    """Weighted sums of cell means, one per row of the weights, and their variance."""

    value: Floats
    variance: Floats
    """NaN if it cannot be estimated."""
    least: Floats
    """Lower bound of a sum of variances; 0 except for pairs of people."""
    independent: Floats
    """The variance if all values of a cell were independent; that of a rate is p (1 - p)."""
    freedom: Floats
    """Degrees of freedom (Satterthwaite)."""
    pooled_freedom: float
    clusters: Ints
    """Families with values in cells that have weight; for pairs of people half as many: disjoint pairs."""


@dataclass(frozen=True, slots=True)
class Share:
    """A share with its 95 % interval, from 0 to 1."""

    hits: int
    total: int
    clusters: int
    """Clusters that have pictures."""
    low: float
    high: float

    @property
    def value(self) -> float | None:
        """None if the total is 0."""
        return self.hits / self.total if self.total else None


def cell_means(sample: Sample) -> tuple[Ints, Floats]:
    """Return number of values and mean of each cell; NaN for an empty cell."""
    counts = np.bincount(sample.cell, minlength=sample.cells)
    with np.errstate(invalid="ignore"):
        return counts, np.bincount(sample.cell, weights=sample.values, minlength=sample.cells) / counts


def spread_of(sample: Sample, weights: Floats) -> Spread:
    """Return value and variance of ``weights`` (rows x cells) times the cell means; cells without values need weight 0."""
    counts, means = cell_means(sample)
    filled = np.nan_to_num(means)
    per_value = weights / np.maximum(counts, 1)
    apart = sample.values - filled[sample.cell]
    apart[np.abs(apart) <= _NOISE * np.abs(sample.values).max(initial=0.0)] = 0.0
    within = np.bincount(sample.cell, weights=apart**2, minlength=sample.cells) / np.maximum(counts, 1)
    independent = (weights**2 / np.maximum(counts, 1)) @ within
    presence = _presence(sample)
    group = _strata(presence)
    clusters = np.array([int(presence[row != 0].any(axis=0).sum()) for row in weights], dtype=np.int64)
    if sample.other is None:
        variance, freedom, brought = _family_variance(sample, per_value, apart, presence, group)
        least = np.zeros(len(weights))
    else:
        families, clusters = presence.sum(axis=1), clusters // 2
        variance, least, brought = dyadic_variance(per_value, sample.cell, sample.family, sample.other, apart)
        freedom = np.array([float(np.maximum(families[row != 0] - 1, 0).sum()) for row in weights])
    return Spread(
        weights @ filled,
        variance,
        least,
        independent,
        freedom,
        _pooled_freedom(brought, group, int(clusters.sum())),
        clusters,
    )


def rate_interval(spread: Spread, counts: Ints, *, confidence: float = 0.95) -> tuple[list[Interval | None], Floats]:
    """Return the interval of each rate, and its effective number of independent values.

    Args:
        counts: Values behind each rate.

    The design effect is pooled over all rows. If no value or every value is a hit, it cannot be estimated, and each
    family counts as one value. There is no interval if each cell has one family: their differences are unknown.
    """
    effect = pooled_effect(spread)
    inside = (spread.value > 0) & (spread.value < 1) & (spread.independent > 0)
    with np.errstate(divide="ignore", invalid="ignore"):
        worth = np.where(inside, spread.value * (1 - spread.value) / spread.independent, counts) / effect
    worth = np.maximum(worth, np.minimum(spread.clusters, counts))
    reach = quantile_of_t(confidence, spread.pooled_freedom)
    if not np.isfinite(reach):
        return [None] * len(worth), worth
    return [effective_wilson(float(p), float(n), reach) for p, n in zip(spread.value, worth, strict=True)], worth


def share_of(clusters: Iterable[tuple[int, int]]) -> Share:
    """Return the share of hits in ``clusters``, each given as hits and total, with the interval of ``rate_interval``.

    A cluster holds the pictures of one person, or of the people who share a head. All clusters count as one cell. Fewer than two
    clusters with pictures have the interval from 0 to 1.
    """
    # In a fixed order, so that the last bits of the sums do not depend on the order of the clusters.
    counted = np.array(sorted(pair for pair in clusters if pair[1]), dtype=np.int64).reshape(-1, 2)
    (hits, total), number = counted.sum(axis=0).tolist(), len(counted)
    if number < 2:
        return Share(hits, total, number, 0.0, 1.0)
    values = np.repeat(np.tile([1.0, 0.0], number), np.stack([counted[:, 0], counted[:, 1] - counted[:, 0]], axis=1).ravel())
    family = np.repeat(np.arange(number), counted[:, 1])
    spread = spread_of(Sample(values, np.zeros(total, dtype=np.int64), family, cells=1), np.ones((1, 1)))
    interval = rate_interval(spread, np.array([total]))[0][0] or Interval(0.0, 1.0)
    return Share(hits, total, number, *interval)


def pooled_effect(spread: Spread) -> float:
    """Return the design effect over all rows, at least 1; infinite if it cannot be estimated."""
    known = ~np.isnan(spread.variance)
    plain = spread.independent[known].sum()
    if plain <= 0:
        return float("inf")
    return max(1.0, float(max(spread.variance[known].sum(), spread.least[known].sum()) / plain))


def t_intervals(spread: Spread, *, pooled: bool, confidence: float = 0.95) -> list[Interval | None]:
    """Return t intervals of values of any kind; None if the variance cannot be estimated or all values are equal.

    Args:
        pooled: Give all rows one design effect: for pairs of people, since few people give an imprecise variance.
    """
    errors, freedom = np.sqrt(np.where(spread.variance > 0, spread.variance, np.nan)), spread.freedom
    if pooled:
        effect = pooled_effect(spread)
        errors = np.sqrt(spread.independent * effect) if np.isfinite(effect) else np.full(len(errors), np.nan)
        freedom = np.full(len(errors), spread.pooled_freedom)
    found: list[Interval | None] = []
    for value, error, free in zip(spread.value, errors, freedom, strict=True):
        half = quantile_of_t(confidence, float(free)) * error if error > 0 else np.inf
        found.append(Interval(float(value - half), float(value + half)) if np.isfinite(half) else None)
    return found


def effective_wilson(rate: float, number: float, quantile: float) -> Interval:
    """Return Wilson's interval for a rate of ``number`` independent values, which need not be a whole number."""
    if number <= 0 or np.isnan(rate) or np.isinf(quantile):
        return Interval(0.0, 1.0)
    square = quantile**2
    middle = (rate + square / (2 * number)) / (1 + square / number)
    half = quantile / (1 + square / number) * np.sqrt(max(rate * (1 - rate), 0.0) / number + square / (4 * number**2))
    # Rounding must not move a limit off a rate of 0 or 1.
    return Interval(float(middle - half) if rate > 0 else 0.0, float(middle + half) if rate < 1 else 1.0)


@lru_cache(maxsize=1024)
def quantile_of_t(confidence: float, freedom: float) -> float:
    """Return the two-sided quantile; infinite without degrees of freedom."""
    from scipy.stats import t  # heavy

    return float(t.ppf((1 + confidence) / 2, freedom)) if freedom > 0 else float("inf")


def _presence(sample: Sample) -> NDArray[np.bool_]:
    """Return which families have values in which cells: cells x families."""
    families = int(max(sample.family.max(initial=-1), sample.other.max(initial=-1) if sample.other is not None else -1)) + 1
    found = np.zeros((sample.cells, families), dtype=bool)
    found[sample.cell, sample.family] = True
    if sample.other is not None:
        found[sample.cell, sample.other] = True
    return found


def _strata(presence: NDArray[np.bool_]) -> Ints:
    """Return the stratum of each family; cells that share families are one stratum."""
    from scipy.sparse import bmat, csr_matrix  # heavy
    from scipy.sparse.csgraph import connected_components

    if presence.sum(axis=0).max(initial=0) <= 1:
        return np.asarray(presence.argmax(axis=0), dtype=np.int64)
    edges = csr_matrix(presence)
    _, labels = connected_components(bmat([[None, edges], [edges.T, None]]), directed=False)
    return np.asarray(np.unique(labels[len(presence) :], return_inverse=True)[1].ravel(), dtype=np.int64)


def _family_variance(
    sample: Sample, per_value: Floats, apart: Floats, presence: NDArray[np.bool_], stratum: Ints
) -> tuple[Floats, Floats, Floats]:
    families = presence.sum(axis=1)
    sums = np.bincount(sample.cell * presence.shape[1] + sample.family, weights=apart, minlength=presence.size)
    with np.errstate(divide="ignore", invalid="ignore"):
        larger = np.where(families > 1, np.sqrt(families / (families - 1)), np.nan)
    table = sums.reshape(presence.shape) * np.nan_to_num(larger)[:, None]
    squares = (per_value @ table) ** 2
    by_stratum = np.stack([np.bincount(stratum, weights=row, minlength=int(stratum.max(initial=0)) + 1) for row in squares])
    free = np.stack([_freedom(presence, row, stratum) for row in per_value])
    variance = by_stratum.sum(axis=1)
    with np.errstate(divide="ignore", invalid="ignore"):
        freedom = variance**2 / np.where(free > 0, by_stratum**2 / np.maximum(free, 1), 0).sum(axis=1)
    # One family in a cell gives no variance.
    unknown = np.array([bool((families[row != 0] < 2).any()) for row in per_value])
    return np.where(unknown, np.nan, variance), np.where(variance > 0, freedom, free.sum(axis=1)), squares.sum(axis=0)


def _pooled_freedom(brought: Floats, stratum: Ints, places: int) -> float:
    """Return the degrees of freedom of a pooled variance, from how unevenly families contribute to it.

    If each contribution q is the square of a normal value, 3 (sum q)^2 / sum q^2 is the number of families. It is greater if
    families contribute sums of many values (a head in ten tones), less if few families contribute all (rare errors). At most
    ``places``, one for each row of each family, half as many for pairs of people; minus one for each stratum.
    """
    families, strata = len(brought), len(np.unique(stratum))
    square = float((brought**2).sum())
    if families <= strata:
        return 0.0
    known = 3 * float(brought.sum()) ** 2 / square if square > 0 else float(families)
    return max(1.0, min(known, places) * (families - strata) / families)


def _freedom(presence: NDArray[np.bool_], weights: Floats, stratum: Ints) -> Floats:
    """Return the number of families in cells with weight, minus one, for each stratum."""
    there = presence[weights != 0].any(axis=0)
    return (np.bincount(stratum[there], minlength=int(stratum.max(initial=0)) + 1) - 1.0).clip(0)
