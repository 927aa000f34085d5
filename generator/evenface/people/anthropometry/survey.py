"""Draws what a tape measures, from published means, spreads and correlations.

Source: C. C. Gordon et al., 2012 Anthropometric Survey of U.S. Army Personnel: Methods and Summary Statistics,
NATICK/TR-15/007 (2014); figures computed from the 4,082 men and 1,986 women of the public tables.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from evenface.processor import product

__all__ = ["ANSUR", "CORRELATIONS", "MEASURES", "Survey", "measures_mm", "root_of", "sample_scores"]

Floats = NDArray[np.float64]

MEASURES = (
    "head_breadth",
    "head_length",
    "head_circumference",
    "bizygomatic_breadth",
    "bitragion_chin_arc",
    "bitragion_submandibular_arc",
    "menton_sellion_length",
    "tragion_to_top_of_head",
    "interpupillary_breadth",
    "ear_length",
    "ear_breadth",
    "ear_protrusion",
    "neck_circumference",
)
"""The measures in the order of every table here; millimetres."""

_MEASURE_LIMIT = 2.8
"""Measures lie within this many standard deviations of the mean."""
_LEAST_EIGENVALUE = 1e-3
"""Smaller and negative eigenvalues come from correlations that contradict each other."""


@dataclass(frozen=True, slots=True)
class Survey:
    """Means and standard deviations of ``MEASURES`` in one group of a survey, millimetres."""

    people: int
    mean_mm: tuple[float, ...]
    sd_mm: tuple[float, ...]


ANSUR = {
    "man": Survey(
        4082,
        (154.3, 199.5, 574.4, 142.6, 331.7, 315.7, 122.6, 131.1, 64.0, 64.2, 36.1, 23.2, 397.6),
        (5.5, 7.0, 16.0, 6.2, 14.0, 16.6, 6.7, 6.2, 3.4, 4.5, 3.0, 3.0, 25.8),
    ),
    "woman": Survey(
        1986,
        (147.8, 189.8, 561.1, 133.8, 311.0, 288.0, 113.1, 126.5, 61.7, 59.4, 33.2, 20.4, 329.8),
        (5.2, 7.4, 19.4, 5.6, 14.2, 15.3, 6.1, 6.5, 3.6, 3.9, 2.8, 2.7, 19.2),
    ),
}
"""ANSUR II by the sex recorded there, under the annotation that it sets the mean head of."""

_UPPER = (
    (0.18, 0.55, 0.65, 0.34, 0.31, 0.16, 0.31, 0.31, 0.09, 0.05, 0.11, 0.38),
    (0.82, 0.19, 0.39, 0.31, 0.32, 0.29, 0.27, 0.18, 0.12, -0.07, 0.32),
    (0.46, 0.49, 0.42, 0.33, 0.39, 0.36, 0.18, 0.08, -0.01, 0.45),
    (0.59, 0.56, 0.19, 0.18, 0.44, 0.22, 0.10, 0.06, 0.55),
    (0.78, 0.36, 0.08, 0.39, 0.31, 0.18, -0.01, 0.61),
    (0.30, 0.07, 0.28, 0.34, 0.17, -0.01, 0.68),
    (0.18, 0.16, 0.16, 0.13, -0.01, 0.23),
    (0.15, 0.08, -0.04, 0.08, 0.14),
    (0.13, 0.08, -0.01, 0.28),
    (0.34, 0.23, 0.28),
    (0.08, 0.15),
    (-0.01,),
)


def _correlations() -> Floats:
    matrix = np.eye(len(MEASURES))
    for row, values in enumerate(_UPPER):
        matrix[row, row + 1 :] = values
        matrix[row + 1 :, row] = values
    return matrix


CORRELATIONS = _correlations()
"""Correlations of ``MEASURES`` among the men of ANSUR II; the women's differ by less than 0.15 nearly everywhere."""


def sample_scores(rng: np.random.Generator) -> Floats:
    """Draw correlated standard scores of ``MEASURES``."""
    return np.asarray(product(_root(), rng.standard_normal(len(MEASURES))))


def measures_mm(scores: Floats, share: float) -> Floats:
    """Return millimetres for scores, ``share`` of the way from the men's means and deviations to the women's."""
    men, women = ANSUR["man"], ANSUR["woman"]
    mean = (1 - share) * np.array(men.mean_mm) + share * np.array(women.mean_mm)
    deviation = (1 - share) * np.array(men.sd_mm) + share * np.array(women.sd_mm)
    return np.asarray(mean + deviation * np.clip(scores, -_MEASURE_LIMIT, _MEASURE_LIMIT))


@cache
def _root() -> Floats:
    return root_of(CORRELATIONS)


def root_of(matrix: Floats) -> Floats:
    """Return the symmetric root of a correlation matrix, made positive where its entries contradict each other.

    Of all roots the symmetric one alone is safe to draw people with. Eigenvectors of equal eigenvalues are arbitrary: every BLAS
    kernel picks others, and a root ``V sqrt(D)`` would make other people of the same seed on another processor. In
    ``V sqrt(D) V'`` the choice cancels, and the root is a continuous function of the matrix.

    Args:
        matrix: Symmetric, ``(N, N)``, ones on the diagonal.

    Returns:
        ``(N, N)``, rows of length one; multiplied by its transpose it gives ``matrix`` where that is positive definite.
    """
    values, vectors = np.linalg.eigh(matrix)
    root = product(vectors * np.sqrt(np.maximum(values, _LEAST_EIGENVALUE)), vectors.T)
    return np.asarray(root / np.linalg.norm(root, axis=1, keepdims=True))
