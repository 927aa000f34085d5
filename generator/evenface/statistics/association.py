"""Measure the association of two labels from a table of counts."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["contingency", "cramers_v", "independence_p", "local_z", "quantile_bins"]

Floats = NDArray[np.float64]
Ints = NDArray[np.signedinteger[Any]]


def contingency(one: Ints, other: Ints, shape: tuple[int, int]) -> Ints:
    """Count the pairs of two codes from 0 on, as a table of ``shape``; a pair with a negative code is left out."""
    known = (one >= 0) & (other >= 0)
    # A product of narrow integers would overflow.
    places = one[known].astype(np.int64) * shape[1] + other[known]
    return np.asarray(np.bincount(places, minlength=shape[0] * shape[1]).reshape(shape))


def cramers_v(table: Ints) -> float | None:
    """Return Cramer's V with Bergsma's correction (2013, J. Korean Stat. Soc. 42, 323-328), 0 to 1; None for one row or column.

    Without the correction, V of independent labels grows with the number of rows and columns.
    """
    counts = _drop_empty(table)
    n, (r, k) = counts.sum(), counts.shape
    if min(r, k) < 2 or n < 2:
        return None
    expected = np.outer(counts.sum(axis=1), counts.sum(axis=0)) / n
    phi2 = ((counts - expected) ** 2 / expected).sum() / n
    corrected = max(0.0, phi2 - (r - 1) * (k - 1) / (n - 1))
    least = min(r - (r - 1) ** 2 / (n - 1), k - (k - 1) ** 2 / (n - 1)) - 1
    return float(np.sqrt(min(corrected / least, 1.0))) if least > 0 else None


def local_z(table: Ints) -> Floats:
    """Return Ducher's Z of every pair, -1 (never together) to 1 (as often as possible), 0 if independent; NaN if undefined.

    With d = p_xy - p_x p_y, Z is d over the greatest d that the margins allow, min(p_x, p_y) - p_x p_y, if d is positive, and
    over p_x p_y - max(0, p_x + p_y - 1) if it is negative: Ducher et al. 1994, Med. Biol. Eng. Comput. 32, 649-655, as used
    for data sets by Dominguez-Catena et al. 2023, arXiv 2303.15889.
    """
    counts = np.asarray(table, dtype=np.float64)
    joint = counts / max(counts.sum(), 1.0)
    rows, columns = joint.sum(axis=1)[:, None], joint.sum(axis=0)[None]
    apart = joint - rows * columns
    most = np.minimum(rows, columns) - rows * columns
    least = rows * columns - np.maximum(0.0, rows + columns - 1)
    limit = np.where(apart > 0, most, least)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(np.where(np.abs(apart) < 1e-12, np.where(limit > 1e-12, 0.0, np.nan), apart / limit))


def independence_p(table: Ints) -> float | None:
    """Return the p value of Pearson's chi-square test; the counts must be independent of each other."""
    counts = _drop_empty(table)
    if min(counts.shape) < 2:
        return None
    from scipy.stats import chi2_contingency  # heavy

    return float(chi2_contingency(counts, correction=False).pvalue)


def quantile_bins(values: Floats, bins: int = 4) -> Ints:
    """Return the number of the quantile bin of each value, from 0 on; -1 for NaN."""
    known = ~np.isnan(values)
    if not known.any():
        return np.full(len(values), -1)
    edges = np.unique(np.quantile(values[known], np.arange(1, bins) / bins))
    found: Ints = np.where(known, np.searchsorted(edges, values, side="left"), -1)
    return found


def _drop_empty(table: Ints) -> Floats:
    counts = np.asarray(table, dtype=np.float64)
    return np.asarray(counts[counts.sum(axis=1) > 0][:, counts.sum(axis=0) > 0])
