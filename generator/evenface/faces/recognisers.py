"""How two embeddings of each recogniser are compared, and its public threshold."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from evenface.faces.reader import DLIB_THRESHOLD, SFACE_THRESHOLD
from evenface.statistics.scores import Distribution

__all__ = ["RECOGNISERS", "Recogniser"]

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Recogniser:
    """One recogniser. A greater score always means more alike, so distances are negative scores."""

    name: str
    unit: str
    """``cosine`` or ``distance``: what its makers compare, and what a report states."""
    public_threshold: float
    """In its unit."""
    plotted: tuple[float, float]
    """The range, in its unit, in which scores are counted for a histogram."""

    @property
    def threshold(self) -> float:
        """The public threshold as a score."""
        return self.as_score(self.public_threshold)

    def compare(self, one: Floats, other: Floats) -> Floats:
        """Return the scores of all pairs of embeddings: n x 128 and m x 128 give n x m."""
        products = one @ other.T
        if self.unit == "cosine":
            return np.asarray(products)
        squares = (one**2).sum(axis=1)[:, None] + (other**2).sum(axis=1)[None] - 2 * products
        return np.asarray(-np.sqrt(np.maximum(squares, 0)))

    def as_score(self, value: float) -> float:
        """Return a value in the unit of the recogniser as a score."""
        return value if self.unit == "cosine" else -value

    def in_unit(self, score: float) -> float:
        """Return a score in the unit of the recogniser."""
        return score if self.unit == "cosine" else -score

    def shape_in_unit(self, found: Distribution) -> Distribution:
        """Return the shape of scores as the shape of values in the unit of the recogniser."""
        if self.unit == "cosine":
            return found
        return Distribution(
            count=found.count,
            mean=-found.mean,
            deviation=found.deviation,
            minimum=-found.maximum,
            p01=-found.p99,
            p05=-found.p95,
            median=-found.median,
            p95=-found.p05,
            p99=-found.p01,
            maximum=-found.minimum,
        )


RECOGNISERS = (
    Recogniser("sface", "cosine", SFACE_THRESHOLD, (-0.5, 1.0)),
    Recogniser("dlib", "distance", DLIB_THRESHOLD, (0.0, 1.5)),
)
