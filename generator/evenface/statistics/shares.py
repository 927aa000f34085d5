"""Shares of pictures that come in clusters: those of one person, or of the people that share a head, are not independent."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from evenface.statistics.intervals import RESAMPLES, percentile_interval, wilson_interval

__all__ = ["Share", "clustered_share"]


@dataclass(frozen=True, slots=True)
class Share:
    """A share with its 95 % interval, from 0 to 1."""

    hits: int
    total: int
    clusters: int
    low: float
    high: float

    @property
    def value(self) -> float | None:
        """None where nothing was counted."""
        return self.hits / self.total if self.total else None


def clustered_share(rng: np.random.Generator, clusters: Iterable[tuple[int, int]]) -> Share:
    """Return the share of hits in ``clusters``, each given as hits and total.

    The interval is Wilson's where every cluster has one member, or where all or none are hits (over as many clusters: no resample
    would differ); one mixed cluster says nothing, from 0 to 1; else it is percentiles of a bootstrap that draws clusters anew.
    Clusters of equal counts are drawn together, which is the same draw in the memory of the different counts alone.
    """
    counts = Counter(clusters)
    number = counts.total()
    hits, total = (sum(pair[at] * times for pair, times in counts.items()) for at in (0, 1))
    if all(size == 1 for _, size in counts):
        low, high = wilson_interval(hits, total)
    elif hits in (0, total):
        low, high = wilson_interval(number if hits else 0, number)
    elif number < 2:
        low, high = 0.0, 1.0
    else:
        pairs = np.array(sorted(counts))
        drawn = rng.multinomial(number, [counts[one, size] / number for one, size in pairs], size=RESAMPLES)
        with np.errstate(invalid="ignore"):
            values = (drawn @ pairs[:, 0]) / (drawn @ pairs[:, 1])
        low, high = percentile_interval(values=values.tolist()) or (0.0, 1.0)
    return Share(hits, total, number, float(low), float(high))
