"""ROC and DET: the error rates of each group at many thresholds, as points to draw. Without intervals, which the tables have."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from evenface.examine.audit.metrics.groups import Grouping
from evenface.examine.audit.metrics.verification import Comparisons
from evenface.statistics.scores import rates_at

__all__ = ["POINTS", "Point", "curves"]

Floats = NDArray[np.float64]

POINTS = 100
"""Of a curve, at most; half of them spread evenly over the FMR, half over its logarithm."""


@dataclass(frozen=True, slots=True)
class Point:
    """One threshold. A ROC draws 1 - FNMR over FMR, a DET both on normal deviates."""

    system: str
    margin: str
    group: str
    threshold: float
    fmr: float
    fnmr: float
    mated: int
    non_mated: int


def curves(system: str, pairs: Comparisons, grouping: Grouping) -> list[Point]:
    """Return the points of every group that has mated and non-mated pairs within its cells."""
    cell = grouping.cell[pairs.first]
    usable = (cell >= 0) & (cell == grouping.cell[pairs.second]) & ~np.isnan(pairs.score)
    found = []
    for group in grouping.groups:
        inside = usable & group.cells[cell]
        mated, other = np.sort(pairs.score[inside & pairs.mated]), np.sort(pairs.score[inside & ~pairs.mated])
        if mated.size and other.size:
            thresholds = _thresholds(mated, other)
            rates = rates_at(mated=mated, non_mated=other, thresholds=thresholds)
            for threshold, fmr, fnmr in zip(thresholds, *rates, strict=True):
                at = float(threshold), float(fmr), float(fnmr)
                found.append(Point(system, group.margin, group.name, *at, mated.size, other.size))
    return found


def _thresholds(mated: Floats, non_mated: Floats) -> Floats:
    """Return scores that occur, ascending, and one above all."""
    shares = np.concatenate([np.linspace(0, 1, POINTS // 2 - 1), np.geomspace(1 / non_mated.size, 1, POINTS // 2 - 1)])
    met = np.quantile(non_mated, 1 - shares, method="higher")
    ends = [mated[0], np.nextafter(max(mated[-1], non_mated[-1]), np.inf)]
    return np.asarray(np.unique(np.concatenate([met, ends])), dtype=np.float64)
