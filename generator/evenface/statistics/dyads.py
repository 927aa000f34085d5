"""The variance of a mean over pairs of people: two pairs that share a person are not independent.

Model: a pair's value is the mean of its cell, plus what its families bring, plus what is its own (U statistics, Hoeffding 1948;
dyadic data, Aronow, Samii and Assenova 2015, Political Analysis 23, 564-577). The sandwich of that paper counts squares of
residuals, which in cells of four families are a sixth of what they should be; so here both parts are estimated by moments, with
the exact expectation of the squares for those families that met each other.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

__all__ = ["dyadic_variance"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


def dyadic_variance(per_value: Floats, cell: Ints, one: Ints, other: Ints, apart: Floats) -> tuple[Floats, Floats, Floats]:
    """Return the variance of each row of weights, what it is at least, and what each family brings: squares of its residuals.

    Args:
        per_value: Weight of a value, rows x cells.
        cell: Of each value.
        one: Family of each value, and ``other`` the other one.
        apart: Values less the mean of their cell.

    The sum of two families' values in a cell has variance s, and covariance c with that of two of whom they share one. Sums of
    squares of residuals of pairs, and of the residuals of all pairs of a family, are solved for both; the least is the variance
    where c is 0. Chance can make the variance less than that, even negative: sums over several rows are to be bounded, not the
    rows. Fewer than four families do not tell s from c: NaN.
    """
    low, high = np.minimum(one, other), np.maximum(one, other)
    families = int(high.max(initial=0)) + 1
    # Values of the same two families in the same cell go together: one sum each.
    blocks, block = np.unique((cell * families + low) * families + high, return_inverse=True)
    sums, (cell, pair) = np.bincount(block.ravel(), weights=apart, minlength=len(blocks)), np.divmod(blocks, families**2)
    pairs, pair = np.unique(pair, return_inverse=True)
    pair, first, second = pair.ravel(), pairs // families, pairs % families
    cells = np.split(pair, np.searchsorted(cell, np.arange(1, per_value.shape[1])))
    moments = [_moments(first[met], second[met]) for met in cells]
    variance, least, brought = [], [], np.zeros(families)
    for row in per_value:
        residuals = np.bincount(pair, weights=row[cell] * sums, minlength=len(pairs))
        touching = np.bincount(first, residuals, families) + np.bincount(second, residuals, families)
        own = [each for each, weight in zip(moments, row, strict=True) if weight != 0 and each.any()]
        found = _solve(np.mean(own, axis=0) if own else np.zeros(6), float((residuals**2).sum()), float((touching**2).sum()))
        variance.append(found[0])
        least.append(found[1])
        brought += touching**2
    return np.array(variance), np.array(least), brought


def _moments(one: Ints, other: Ints) -> Floats:
    """Return pairs D, shared P, and what s and c are multiplied by in both sums of squares: D, P, a, b, c, d.

    With degrees d_f: the sum of all values has variance D s + P c, P = sum d_f (d_f - 1). Residuals are values less the mean of
    D: E sum r^2 = D s - (D s + P c) / D. Those of a family, R_f = T_f - d_f T / D, have Var T_f = d_f s + d_f (d_f - 1) c and
    Cov(T_f, T) = d_f s + N_f c, N_f the pairs that share a family with one of f's, counted from each.
    """
    number = len(one)
    if not number:
        return np.zeros(6)
    _, ends = np.unique(np.concatenate([one, other]), return_inverse=True)
    degree = np.bincount(ends.ravel()).astype(np.float64)
    first, second = ends.ravel()[:number], ends.ravel()[number:]
    around = degree[first] + degree[second] - 2
    near = np.bincount(first, around, len(degree)) + np.bincount(second, around, len(degree))
    shared, squares = float((degree * (degree - 1)).sum()), float((degree**2).sum())
    of_own = float(degree.sum()) - 2 / number * squares + squares / number
    of_shared = shared - 2 / number * float((degree * near).sum()) + squares / number**2 * shared
    return np.array([number, shared, number - 1, -shared / number, of_own, of_shared])


def _solve(moments: Floats, squares: float, of_families: float) -> tuple[float, float]:
    """Return the variance and the least one from both sums of squares."""
    pairs, shared, *rest = moments
    if pairs < 2:
        return float("nan"), float("nan")
    least = float(pairs * squares / (pairs - 1))
    if shared == 0:  # Nobody is in two pairs.
        return least, least
    matrix = np.array(rest).reshape(2, 2)
    if abs(np.linalg.det(matrix)) < 1e-9 * np.abs(matrix).max() ** 2:
        return float("nan"), float("nan")
    own, common = np.linalg.solve(matrix, [squares, of_families])
    return float(pairs * own + shared * common), least
