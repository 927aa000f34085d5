"""Means and rates of pictures, or of pairs of pictures, of a few people in each cell, with their variance.

Pictures of one person are not independent, and neither are two pairs that share a person. What varies is who was sampled: the
families (in most sets the people; in a crossed design those who share a head). Cells are fixed, so each value is taken less the
mean of its cell, summed over the family and squared: the linearised variance of a stratified cluster sample (Binder 1983, Int.
Stat. Rev. 51, 279-292), each cell's with k / (k - 1) for its k families. Pairs of families: ``evenface.statistics.dyads``.

At four people a cell such a variance is a poor one. So the *design effect*, what clustering multiplies the variance of
independent values by, is pooled over the groups of a margin, and a rate gets Wilson's interval with as many independent values
as the pooled effect leaves (Rao and Scott 1992, Biometrics 48, 577-585), and the quantile of t for z (Korn and Graubard 1998,
Survey Methodology 24, 193-201). A mean gets a t interval with its own variance.
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
"""How reports name the interval of ``share_of``."""
_NOISE = 1e-12
"""Of the greatest value: what rounding leaves between values that are the same."""


@dataclass(frozen=True, slots=True, eq=False)
class Sample:
    """Values, one a picture or pair; the codes of their cells and families count from 0, none is missing."""

    values: Floats
    cell: Ints
    family: Ints
    other: Ints | None = None
    """The second family of a pair of people; None for what one family has."""
    cells: int = 0
    """How many cells there are."""


@dataclass(frozen=True, slots=True, eq=False)
class Spread:
    """Of weighted sums of cell means, one a row of the weights."""

    value: Floats
    variance: Floats
    """NaN where nothing tells it."""
    least: Floats
    """What the sum of several variances is at least; 0 but for pairs of people."""
    independent: Floats
    """The variance, were all values of a cell independent; that of a rate is p (1 - p)."""
    freedom: Floats
    """Degrees of freedom (Satterthwaite)."""
    pooled_freedom: float
    clusters: Ints
    """Families with values in the cells that have weight; of pairs of people half as many, which share nobody."""


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
        """None where nothing was counted."""
        return self.hits / self.total if self.total else None


def cell_means(sample: Sample) -> tuple[Ints, Floats]:
    """Return number of values and mean of each cell; NaN where there are none."""
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
    """Return the interval of each rate, and of how many independent values each is worth.

    Args:
        counts: Values behind each rate.

    The design effect is pooled over all rows. Where nothing was a hit (or everything), nothing tells it, and each family is
    counted as one value. There is no interval where each cell has one family: nothing tells how families differ.
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
    # In a fixed order: the last bits of the sums do not depend on that of the clusters.
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
    """Return what clustering multiplies the variance of independent values by, at least 1; infinite where nothing tells it."""
    told = ~np.isnan(spread.variance)
    plain = spread.independent[told].sum()
    if plain <= 0:
        return float("inf")
    return max(1.0, float(max(spread.variance[told].sum(), spread.least[told].sum()) / plain))


def t_intervals(spread: Spread, *, pooled: bool, confidence: float = 0.95) -> list[Interval | None]:
    """Return t intervals of values of any kind; None where nothing tells the variance, or all values are the same.

    Args:
        pooled: Give all rows one design effect: for pairs of people, of whose variance few people tell little.
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
    """Return Wilson's interval for a rate of ``number`` independent values, not necessarily a whole number of them."""
    if number <= 0 or np.isnan(rate) or np.isinf(quantile):
        return Interval(0.0, 1.0)
    square = quantile**2
    middle = (rate + square / (2 * number)) / (1 + square / number)
    half = quantile / (1 + square / number) * np.sqrt(max(rate * (1 - rate), 0.0) / number + square / (4 * number**2))
    # Rounding is not to leave a limit a hair beside the rate at the ends.
    return Interval(float(middle - half) if rate > 0 else 0.0, float(middle + half) if rate < 1 else 1.0)


@lru_cache(maxsize=1024)
def quantile_of_t(confidence: float, freedom: float) -> float:
    """Return the two-sided quantile; infinite without a degree of freedom."""
    from scipy.stats import t  # heavy

    return float(t.ppf((1 + confidence) / 2, freedom)) if freedom > 0 else float("inf")


def _presence(sample: Sample) -> NDArray[np.bool_]:
    """Return cells x families: who has values where."""
    families = int(max(sample.family.max(initial=-1), sample.other.max(initial=-1) if sample.other is not None else -1)) + 1
    found = np.zeros((sample.cells, families), dtype=bool)
    found[sample.cell, sample.family] = True
    if sample.other is not None:
        found[sample.cell, sample.other] = True
    return found


def _strata(presence: NDArray[np.bool_]) -> Ints:
    """Return the stratum of each family: cells that share families are one."""
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
    # A cell of one family tells nothing of how families differ.
    silent = np.array([bool((families[row != 0] < 2).any()) for row in per_value])
    return np.where(silent, np.nan, variance), np.where(variance > 0, freedom, free.sum(axis=1)), squares.sum(axis=0)


def _pooled_freedom(brought: Floats, stratum: Ints, places: int) -> float:
    """Return the degrees of freedom of a pooled variance, from how unevenly families bring it about.

    Were each family's square that of one normal value, 3 (sum q)^2 / sum q^2 would be as many as there are families. It is more
    where families bring the sum of many (a head in ten tones), less where few bring it all (rare errors). At most ``places``,
    one for each row that each is in, half as many for pairs of people; less one a stratum.
    """
    families, strata = len(brought), len(np.unique(stratum))
    square = float((brought**2).sum())
    if families <= strata:
        return 0.0
    told = 3 * float(brought.sum()) ** 2 / square if square > 0 else float(families)
    return max(1.0, min(told, places) * (families - strata) / families)


def _freedom(presence: NDArray[np.bool_], weights: Floats, stratum: Ints) -> Floats:
    """Return families less one in each stratum, of those in cells that have weight."""
    there = presence[weights != 0].any(axis=0)
    return (np.bincount(stratum[there], minlength=int(stratum.max(initial=0)) + 1) - 1.0).clip(0)
