"""The variance of a mean over pairs of people: two pairs that share a person are not independent.

Model: a pair's value is the mean of its cell, plus what its families bring, plus what is its own (U statistics, Hoeffding 1948;
dyadic data, Aronow, Samii and Assenova 2015, Political Analysis 23, 564-577). The sandwich of that paper counts
squares of residuals, which in cells of four families are a sixth of what they should be; so here both parts are estimated by
moments, with the exact expectation of the squares for k families that all met each other.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

__all__ = ["dyadic_variance"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


def dyadic_variance(
    per_value: Floats, families: Ints, cell: Ints, one: Ints, other: Ints, apart: Floats
) -> tuple[Floats, Floats, Floats]:
    """Return the variance of each row of weights, what it is at least (were pairs that share a family independent), and what each
    family brings: the squares of its residuals.


    Args:
        per_value: Weight of a value, rows x cells.
        families: How many families met in each cell.
        cell: Of each value.
        one: Family of each value, and ``other`` the other one.
        apart: Values less the mean of their cell.

    With D = k (k - 1) / 2 pairs of variance s and covariance c of two that share a family, r the residual of a pair and R_f the
    sum of those of a family: E sum r^2 = (D - 1) s - 2 (k - 2) c, and E sum R_f^2 = (k - 1) (k - 2) (s + (k - 4) c). Both are
    solved for s and c, and the variance of the sum is D (s + 2 (k - 2) c), which chance can make less than the least, even
    negative: sums over several rows are to be bounded, not the rows. Fewer than four families do not tell s from c: NaN.
    """
    low, high = np.minimum(one, other), np.maximum(one, other)
    number = int(high.max(initial=0)) + 1
    pairs, pair = np.unique(low * number + high, return_inverse=True)
    table = np.bincount(cell * len(pairs) + pair.ravel(), weights=apart, minlength=per_value.shape[1] * len(pairs))
    residuals = per_value @ table.reshape(per_value.shape[1], len(pairs))
    squares = (residuals**2).sum(axis=1)
    touching = np.stack(
        [np.bincount(pairs // number, row, number) + np.bincount(pairs % number, row, number) for row in residuals]
    )
    of_families = (touching**2).sum(axis=1)
    met = np.array([_typical(families[row != 0]) for row in per_value])
    solved = [_solved(*found) for found in zip(met, squares, of_families, strict=True)]
    return np.array([each[0] for each in solved]), np.array([each[1] for each in solved]), (touching**2).sum(axis=0)


def _typical(families: Ints) -> float:
    """Return the number of families a cell has, as the pairs count them; cells are alike in a balanced set."""
    return float(families.mean()) if families.size else 0.0


def _solved(k: float, squares: float, of_families: float) -> tuple[float, float]:
    if k < 4:
        return float("nan"), float("nan")
    pairs = k * (k - 1) / 2
    moments = np.array([[pairs - 1, -2 * (k - 2)], [(k - 1) * (k - 2), (k - 1) * (k - 2) * (k - 4)]])
    own, shared = np.linalg.solve(moments, [squares, of_families])
    return float(pairs * (own + 2 * (k - 2) * shared)), float(pairs * squares / (pairs - 1))
