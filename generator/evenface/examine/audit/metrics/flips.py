"""Whose answer changes with the skin: the same head in the same shot, in the lightest tone and in another one.

McNemar's exact test (1947; exact: binomial over the changes alone) takes pictures as independent, which those of one head are
not: it is too sure where they change together. So the families that change more one way than the other are counted too, by the
sign test, and a claim rests on that one.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from evenface.examine.audit.metrics.causal import CROSSED
from evenface.examine.audit.metrics.estimate import TONE
from evenface.examine.audit.metrics.groups import Grouping
from evenface.examine.audit.metrics.observations import RATE, Observations, without_unlabelled
from evenface.statistics.multiple import holm

__all__ = ["Flips", "exact_p", "flips"]

Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Flips:
    """Changes between two tones of the same heads in the same shots."""

    system: str
    task: str
    metric: str
    threshold: str | None
    tone: str
    reference: str
    pairs: int
    worse: int
    """Pictures that are an error in this tone and none in the reference."""
    better: int
    mcnemar_p: float
    """Exact, pictures taken as independent."""
    families_worse: int
    families_better: int
    family_p: float
    """Exact sign test over families."""
    family_adjusted: float
    """Holm's, over the tones."""


def flips(observed: Observations, grouping: Grouping, shot: Ints) -> list[Flips]:
    """Compare every tone with the lightest one; nothing where the design is not crossed or the metric is no error of pictures.

    Args:
        shot: Code of the shot of each picture, the same for the same shot in another tone; -1 for none.
    """
    if grouping.design != CROSSED or observed.kind != RATE or observed.of_pairs or np.isnan(grouping.step).any():
        return []
    observed = without_unlabelled(observed, grouping)
    step, names = grouping.step[grouping.cell[observed.first]], {}
    for group in grouping.margin(TONE):
        names[float(grouping.step[group.cells][0])] = group.name
    if not len(step):
        return []
    key = grouping.family[observed.first] * (int(shot.max(initial=0)) + 1) + shot[observed.first]
    there = shot[observed.first] >= 0
    lightest = float(step.min())
    found = []
    for other in sorted(names):
        if other != lightest:
            one, two = there & (step == lightest), there & (step == other)
            _, before, after = np.intersect1d(key[one], key[two], return_indices=True)
            apart = observed.values[two][after] - observed.values[one][before]
            family = grouping.family[observed.first[two][after]]
            found.append(_of_tone(observed, names[other], names[lightest], apart, family))
    adjusted = holm(np.array([each.family_p for each in found]))
    return [replace(each, family_adjusted=float(p)) for each, p in zip(found, adjusted, strict=True)]


def exact_p(one: int, other: int) -> float:
    """Return the two-sided p value of so uneven a split of what may as well go either way; 1 where there is nothing to split."""
    from scipy.stats import binomtest  # heavy

    return float(binomtest(one, one + other).pvalue) if one + other else 1.0


def _of_tone(observed: Observations, tone: str, reference: str, apart: NDArray[np.float64], family: Ints) -> Flips:
    worse, better = int((apart > 0).sum()), int((apart < 0).sum())
    net = np.bincount(np.unique(family, return_inverse=True)[1].ravel(), weights=apart) if len(apart) else apart
    up, down = int((net > 0).sum()), int((net < 0).sum())
    task = observed.system, observed.task, observed.metric, observed.threshold
    return Flips(*task, tone, reference, len(apart), worse, better, exact_p(worse, better), up, down, exact_p(up, down), 1.0)
