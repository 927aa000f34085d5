"""Permutation tests of contrasts between cells: how often are they as large if people are dealt to the cells at random?

Means of people are dealt, not pictures, so pictures of one person stay together. A family of a crossed design has one person in
every tone: the people of a family are dealt to its tones, and whole families to each other's places. If cells make no difference,
the level of the test is exact at any number of people (Fisher; Phipson and Smyth 2010, Stat. Appl. Genet. Mol. Biol. 9, 39, for
the 1 that is added).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = [
    "DEALS",
    "Table",
    "contrast_errors",
    "contrast_values",
    "holm",
    "p_values",
    "parts_of_variance",
    "sample_deals",
    "sample_normals",
    "sample_pair_rates",
    "sample_within",
    "table_of",
]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

DEALS = 4_999
"""Number of deals; the least p value is 1 / 5,000."""
_AT_ONCE = 2_000_000


@dataclass(frozen=True, slots=True, eq=False)
class Table:
    """Means of people: families x places, NaN for an empty place; the cell of each place, -1 for an empty one."""

    values: Floats
    cell: Ints


def table_of(values: Floats, cell: Ints, family: Ints, person: Ints) -> Table:
    """Return the mean of each person in each cell, family by family, the places of a family in the order of their cells."""
    blocks, where = np.unique(np.stack([family, cell, person]), axis=1, return_inverse=True)
    counts = np.bincount(where.ravel())
    means = np.bincount(where.ravel(), weights=values) / counts
    _, row, sizes = np.unique(blocks[0], return_inverse=True, return_counts=True)
    place = np.arange(len(means)) - np.repeat(np.cumsum(sizes) - sizes, sizes)
    shape = (len(sizes), int(sizes.max(initial=0)))
    table, cells = np.full(shape, np.nan), np.full(shape, -1, dtype=np.int64)
    table[row.ravel(), place], cells[row.ravel(), place] = means, blocks[1]
    return Table(table, cells)


def contrast_values(table: Table, weights: Floats) -> Floats:
    """Return ``weights`` (rows x cells) times the means over people of the cells; NaN if a cell with weight is empty."""
    return np.asarray(_contrasts(table.values.reshape(1, -1), table.cell.ravel(), weights)[0])


def contrast_errors(table: Table, weights: Floats) -> Floats:
    """Return the standard error of each contrast from the spread of families within their cells; 0 without spread."""
    return np.asarray(_errors(table.values[None], table.cell, weights)[0])


def parts_of_variance(table: Table, weights: Floats, patterns: Floats) -> tuple[Floats, Floats]:
    """Return, as parts of the variance of each contrast over deals, that of people within cells and that added by a gap of 1.

    Args:
        patterns: Effect of a gap of 1 on each cell, contrasts x cells.

    If F families are dealt to places, and people to the T places of a family, sum w y has the variance
    T^2 B(w) B(y) / (F - 1) + W(w) W(y) / (F (T - 1)), B and W the sums of squares between families and within them (Hoeffding
    1951, Ann. Math. Statist. 22, 558-566).
    """
    there = (table.cell >= 0) & ~np.isnan(table.values)
    cell, cells = np.where(there, table.cell, 0), weights.shape[1]
    counts = np.bincount(cell[there], minlength=cells)
    means = np.bincount(cell[there], weights=table.values[there], minlength=cells) / np.maximum(counts, 1)
    freedom = max(int(there.sum()) - int((counts > 0).sum()), 1)
    own = np.where(there, table.values - means[cell], 0.0) * np.sqrt(there.sum() / freedom)
    values = np.where(there, table.values, means[cell])
    kept, added = [], []
    for row, pattern in zip(weights, patterns, strict=True):
        placed = np.where(there, (row / np.maximum(counts, 1))[cell], 0.0)
        whole = _dealt_variance(placed, values)
        kept.append(_dealt_variance(placed, own) / whole if whole > 0 else 1.0)
        added.append(_dealt_variance(placed, np.where(there, pattern[cell], 0.0)) / whole if whole > 0 else 0.0)
    return np.array(kept), np.array(added)


def sample_deals(
    rng: np.random.Generator, table: Table, weights: Floats, *, deals: int = DEALS, with_errors: bool = False
) -> tuple[Floats, Floats]:
    """Return the contrasts of each deal and, with ``with_errors``, their standard errors: deals x rows.

    If cells may differ in spread but not in mean, compare contrasts divided by their errors (Janssen 1997, Stat. Probab. Lett.
    36, 9-21): a deal gives every cell the same spread.
    """
    families, places = table.values.shape
    lot = max(1, _AT_ONCE // max(table.values.size, 1))
    found, errors = [], []
    for start in range(0, deals, lot):
        size = min(lot, deals - start)
        drawn = table.values[rng.random((size, families)).argsort(axis=1)]
        if places > 1:
            drawn = np.take_along_axis(drawn, rng.random(drawn.shape).argsort(axis=2), axis=2)
        found.append(_contrasts(drawn.reshape(size, -1), table.cell.ravel(), weights))
        errors.append(_errors(drawn, table.cell, weights) if with_errors else np.empty((size, 0)))
    return np.concatenate(found), np.concatenate(errors)


def sample_pair_rates(rng: np.random.Generator, rate: float, worth: Floats, weights: Floats, *, deals: int = DEALS) -> Floats:
    """Return contrasts of rates over pairs of people if all cells have the same rate: deals x rows.

    Pairs cannot be dealt to another cell, which has other people. So each cell's rate is drawn from a beta distribution with the
    variance of ``worth`` independent values, which comes from the dyadic variance.
    """
    known = worth > 1
    drawn = np.full((deals, len(worth)), rate)
    if 0 < rate < 1:
        scale = worth[known] - 1
        drawn[:, known] = rng.beta(rate * scale, (1 - rate) * scale, size=(deals, int(known.sum())))
    return np.asarray(drawn @ weights.T)


def sample_within(rng: np.random.Generator, values: Floats, weights: Floats, *, deals: int = DEALS) -> Floats:
    """Return contrasts of column means after the values of each row are dealt to the columns: deals x contrasts.

    Args:
        values: Families x columns; replace a missing value by the mean of its row.
        weights: Contrasts x columns.
    """
    lot = max(1, _AT_ONCE // max(values.size, 1))
    found = []
    for start in range(0, deals, lot):
        order = rng.random((min(lot, deals - start), *values.shape)).argsort(axis=2)
        dealt = np.take_along_axis(np.broadcast_to(values, order.shape), order, axis=2)
        found.append(dealt.mean(axis=1) @ weights.T)
    return np.concatenate(found)


def sample_normals(rng: np.random.Generator, errors: Floats, weights: Floats, *, deals: int = DEALS) -> Floats:
    """Return contrasts of cell means with these standard errors if all means are equal: deals x rows."""
    return np.asarray((rng.standard_normal((deals, len(errors))) * errors) @ weights.T)


def p_values(observed: Floats, dealt: Floats) -> Floats:
    """Return the two-sided p value of each contrast; NaN for an undefined one."""
    extreme = (np.abs(dealt) >= np.abs(observed) - 1e-12) | np.isnan(dealt)
    found = (1 + extreme.sum(axis=0)) / (1 + len(dealt))
    return np.asarray(np.where(np.isnan(observed), np.nan, found))


def holm(p_values: Floats) -> Floats:
    """Return Holm's adjusted p values (1979, Scand. J. Statist. 6, 65-70); NaN stays NaN and does not count as a test.

    Rejecting adjusted values of at most a keeps the chance of any false rejection at a, whatever the dependence of the tests.
    """
    adjusted = np.full(len(p_values), np.nan)
    tested = np.flatnonzero(~np.isnan(p_values))
    order = tested[np.argsort(p_values[tested], kind="stable")]
    steps = p_values[order] * np.arange(len(order), 0, -1)
    adjusted[order] = np.minimum(np.maximum.accumulate(steps), 1.0) if len(order) else steps
    return adjusted


def _dealt_variance(placed: Floats, values: Floats) -> float:
    families, places = placed.shape
    between = [((each.mean(axis=1) - each.mean()) ** 2).sum() for each in (placed, values)]
    within = [((each - each.mean(axis=1, keepdims=True)) ** 2).sum() for each in (placed, values)]
    found = places**2 * between[0] * between[1] / (families - 1) if families > 1 else 0.0
    return float(found + (within[0] * within[1] / (families * (places - 1)) if places > 1 else 0.0))


def _errors(values: Floats, cell: Ints, weights: Floats) -> Floats:
    """Return the standard errors of the contrasts of each deal (deals x families x places)."""
    deals, families, places = values.shape
    stand = cell.ravel() >= 0
    one_hot = (cell.ravel()[stand, None] == np.arange(weights.shape[1])).astype(np.float64)
    standing = values.reshape(deals, -1)[:, stand]
    known = (~np.isnan(standing)).astype(np.float64)
    counts = np.maximum(known @ one_hot, 1)
    filled = np.nan_to_num(standing)
    apart = (filled - ((filled @ one_hot) / counts)[:, cell.ravel()[stand]]) * known
    larger = np.sqrt(counts / np.maximum(counts - 1, 1)) / counts
    apart = apart * larger[:, cell.ravel()[stand]]
    if places == 1:
        return np.asarray(np.sqrt(apart**2 @ (weights[:, cell.ravel()[stand]] ** 2).T))
    family = np.repeat(np.arange(families), places)[stand]
    of_family = (family[:, None] == np.arange(families)).astype(np.float64)
    sums = [((apart * row[cell.ravel()[stand]]) @ of_family) ** 2 for row in weights]
    return np.asarray(np.sqrt(np.stack([each.sum(axis=1) for each in sums], axis=1)))


def _contrasts(values: Floats, cell: Ints, weights: Floats) -> Floats:
    """Return the contrasts of each row of values (rows x places)."""
    stand = cell >= 0
    one_hot = (cell[stand, None] == np.arange(weights.shape[1])).astype(np.float64)
    standing = values[:, stand]
    missing = np.isnan(standing)
    if missing.any():
        counts = (~missing).astype(np.float64) @ one_hot
        sums = np.where(missing, 0.0, standing) @ one_hot
    else:
        counts, sums = one_hot.sum(axis=0)[None], standing @ one_hot
    with np.errstate(invalid="ignore", divide="ignore"):
        means = sums / counts
    found = np.nan_to_num(means) @ weights.T
    unknown = (np.isnan(means).astype(np.float64) @ (weights != 0).T.astype(np.float64)) > 0
    return np.asarray(np.where(unknown, np.nan, found))
