"""All figures of one system in the report, from its observations."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from evenface.examine.audit.metrics.comparisons import Comparison, compare
from evenface.examine.audit.metrics.gaps import gaps
from evenface.examine.audit.metrics.groups import Estimate, Grouping
from evenface.examine.audit.metrics.indices import indices
from evenface.examine.audit.metrics.observations import Observations, estimates
from evenface.examine.audit.metrics.scores import d_primes, own_thresholds, score_shift
from evenface.examine.audit.metrics.tone_effects import Effect, Flips, flips, tone_effects
from evenface.examine.audit.metrics.verification import (
    TARGETS,
    Comparisons,
    Threshold,
    across_cells,
    error_rates,
    pooled_threshold,
    scores,
)

__all__ = ["Figures", "figures_of", "thresholds_of", "verification_observations", "verification_rows"]


@dataclass(frozen=True, slots=True)
class Figures:
    """All rows of some metrics of one system."""

    estimates: tuple[Estimate, ...]
    """Rates and means of every group."""
    gaps: tuple[Estimate, ...]
    comparisons: tuple[Comparison, ...]
    effects: tuple[Effect, ...]
    """Paired effects of tone; empty unless the design is crossed."""
    flips: tuple[Flips, ...]


def figures_of(
    observations: Iterable[Observations], grouping: Grouping, *, seed: int, shot: NDArray[np.int64] | None = None
) -> Figures:
    """Return every row of these metrics; with the same seed all systems are tested with the same deals of people.

    Args:
        shot: Code of the shot of each picture, for the flips, which are left out without it.
    """
    listed = list(observations)
    return Figures(
        tuple(row for each in listed for row in estimates(each, grouping)),
        tuple(row for each in listed for row in gaps(each, grouping)),
        tuple(row for each in listed for row in compare(each, grouping, seed=seed)),
        tuple(row for each in listed for row in tone_effects(each, grouping, seed=seed)),
        () if shot is None else tuple(row for each in listed for row in flips(each, grouping, shot)),
    )


def thresholds_of(pairs: Comparisons, grouping: Grouping, vendor: Threshold | None) -> list[Threshold]:
    """Return the vendor's threshold, if any, and those of a pooled FMR; one that cannot be set has a note."""
    return [*([vendor] if vendor else []), *(pooled_threshold(pairs, grouping, target) for target in TARGETS)]


def verification_observations(
    system: str, pairs: Comparisons, grouping: Grouping, vendor: Threshold | None
) -> list[Observations]:
    """Return error rates at every threshold that can be set, and the scores."""
    rates = [each for threshold in thresholds_of(pairs, grouping, vendor) for each in error_rates(system, pairs, threshold)]
    return [*rates, *scores(system, pairs)]


def verification_rows(
    system: str, pairs: Comparisons, grouping: Grouping, vendor: Threshold | None, *, seed: int
) -> list[Estimate]:
    """Return the other figures of verification: FMR across cells, own thresholds, score shift, d', indices."""
    mated, non_mated = scores(system, pairs)
    found = [*score_shift(mated, grouping), *score_shift(non_mated, grouping), *d_primes(mated, non_mated, grouping)]
    for threshold in thresholds_of(pairs, grouping, vendor):
        rates = error_rates(system, pairs, threshold)
        if rates:
            across = across_cells(system, pairs, grouping, threshold, seed=seed)
            found += [*([across] if across else []), *indices(rates[0], rates[1], grouping)]
    for target in TARGETS:
        found += own_thresholds(mated, non_mated, grouping, target, seed=seed)
    return found
