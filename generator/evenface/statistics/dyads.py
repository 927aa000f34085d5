"""The variance of a mean over pairs of people: two pairs that share a person are not independent.

Model: a pair's value is the mean of its cell, plus an effect of each family, plus its own residual (U statistics, Hoeffding 1948;
dyadic data, Aronow, Samii and Assenova 2015, Political Analysis 23, 564-577). The sandwich estimator of that paper sums
squared residuals, which in cells of four families are a sixth of the true value. So both parts are estimated by moments here,
with the exact expectation of the squares for the families that are paired.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

__all__ = ["dyadic_variance"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


def dyadic_variance(per_value: Floats, cell: Ints, one: Ints, other: Ints, apart: Floats) -> tuple[Floats, Floats, Floats]:
    """Return variance and lower bound of each row of weights, and the contribution of each family: its squared residuals.

    Args:
        per_value: Weight of a value, rows x cells.
        cell: Cell of each value.
        one: First family of each value; ``other``: the second.
        apart: Values minus the mean of their cell.

    The sum of two families' values in a cell has variance s, and covariance c with the sum of two families of which one is the
    same. Both are solved from the squared residuals of pairs and of families; the lower bound is the variance if c is 0. By
    chance the variance can be less than the bound, even negative: bound sums over several rows, not single rows. With fewer than
    four families s and c cannot be separated: NaN.
    """
    low, high = np.minimum(one, other), np.maximum(one, other)
    families = int(high.max(initial=0)) + 1
    # One sum for the values of the same two families in a cell.
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
    """Return the number of pairs D, shared P, and the coefficients of s and c in both sums of squares: D, P, a, b, c, d.

    With degrees d_f: the sum of all values has variance D s + P c, P = sum d_f (d_f - 1). Residuals are values minus the mean
    of D: E sum r^2 = D s - (D s + P c) / D. Those of a family, R_f = T_f - d_f T / D, have Var T_f = d_f s + d_f (d_f - 1) c and
    Cov(T_f, T) = d_f s + N_f c, N_f the number of pairs that share a family with a pair of f, counted for each pair of f.
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
    """Return the variance and its lower bound from both sums of squares."""
    pairs, shared, *rest = moments
    if pairs < 2:
        return float("nan"), float("nan")
    least = float(pairs * squares / (pairs - 1))
    if shared == 0:  # No family is in two pairs.
        return least, least
    matrix = np.array(rest).reshape(2, 2)
    if abs(np.linalg.det(matrix)) < 1e-9 * np.abs(matrix).max() ** 2:
        return float("nan"), float("nan")
    own, common = np.linalg.solve(matrix, [squares, of_families])
    return float(pairs * own + shared * common), least
