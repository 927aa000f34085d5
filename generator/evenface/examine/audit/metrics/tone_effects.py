"""Effects of skin tone alone: in a crossed design a family is one head in every tone, and only its skin is changed.

Each family is compared with itself, so that the sampling of people drops out of the difference; their spread is stated beside it.
This shows what the change of skin colour *in these pictures* does to a system. It does not show that photographs of people would
do the same: whatever else the renderer changes with tone (noise, shadows, the contrast of hair and brows, the response of its
camera) is part of the change, and people of different tones differ in more than tone.

``flips`` compares the answers to the same head in the same shot, in the lightest tone and in another one. McNemar's exact test
(1947; exact: binomial over the changes alone) takes pictures as independent. Those of one head are not, so the test is too sure
where they change together. The families that change more in one direction than in the other are therefore counted too, and a
claim rests on the sign test over them.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from evenface.examine.audit.metrics.contrasts import SLOPE
from evenface.examine.audit.metrics.groups import ALL, OVERALL, TONE, Estimate, Grouping
from evenface.examine.audit.metrics.observations import RATE, Observations, drop_unlabelled
from evenface.rng import rng_for
from evenface.statistics.clusters import Sample, cell_means, quantile_of_t, spread_of, t_intervals
from evenface.statistics.contrasts import holm, p_values, sample_within

__all__ = ["CROSSED", "LIMITS", "OTHER_TONES", "Effect", "Flips", "exact_p", "flips", "tone_effects"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

CROSSED = "crossed"
OTHER_TONES = "the same families in the other tones"
LIMITS = (
    "Shows what changing the skin of these rendered heads does to this system. What the renderer lets go with tone (noise, "
    "shadow, contrast of hair and brows, camera response) is part of the change; photographs of people need not do the same."
)
_NOISE = 1e-12
"""Values below this fraction of the largest are rounding errors."""
_METHOD = "t interval over families of the difference within a family"


@dataclass(frozen=True, slots=True)
class Effect:
    """A paired effect of tone."""

    estimate: Estimate
    p_value: float | None
    adjusted: float | None
    """Holm's p value, over the effects of one metric of one system: the slope and each tone."""


@dataclass(frozen=True, slots=True, eq=False)
class _Units:
    """Means of each family, or of each pair of families, in each tone (NaN where missing)."""

    table: Floats
    step: Floats
    stratum: Ints
    """Gender of each unit; units of one gender can be exchanged."""
    family: Ints
    other: Ints | None


def tone_effects(observed: Observations, grouping: Grouping, *, seed: int) -> list[Effect]:
    """Return the slope over tone within families, each tone against the same families in the others, and the spread of families.

    The list is empty if the design is not crossed, or the tones have no order. Effects on pictures are tested by dealing the
    values of each family to its tones anew, which keeps its level for any number of families; effects on pairs of people by their
    t intervals.
    """
    observed = drop_unlabelled(observed, grouping)
    if grouping.design != CROSSED or np.isnan(grouping.step).any() or not len(observed.values):
        return []
    units = _units(observed, grouping)
    names = {float(grouping.step[group.cells][0]): group.name for group in grouping.margin(TONE)}
    effects_found = [_effect(observed, grouping, units, _slopes(units), OVERALL, SLOPE, None)]
    effects_found += [
        _effect(observed, grouping, units, _apart(units, step), TONE, names[step], OTHER_TONES) for step in units.step
    ]
    tested = np.array([np.nan if effect.p_value is None else effect.p_value for effect in effects_found])
    if units.other is None and len(units.step) > 1 and np.unique(units.stratum, return_counts=True)[1].min() > 1:
        tested = _p_by_deals(units, seed)
    effects = [
        replace(effect, p_value=_or_none(float(p)), adjusted=_or_none(float(corrected)))
        for effect, p, corrected in zip(effects_found, tested, holm(tested), strict=True)
    ]
    return [*effects, Effect(_between(observed, grouping, units), None, None)]


def _p_by_deals(units: _Units, seed: int) -> Floats:
    """Return the p values of the slope and of each tone; a tone that a family lacks counts as the mean of the family."""
    apart = np.nan_to_num(units.table - np.nanmean(units.table, axis=1, keepdims=True))
    step, tones = units.step - units.step.mean(), len(units.step)
    weights = np.vstack([step / (step**2).sum(), (np.eye(tones) * tones - 1) / (tones - 1)])
    dealt = sample_within(rng_for(seed, "deals of a family to its tones"), apart, weights)
    return p_values(apart.mean(axis=0) @ weights.T, dealt)


def _units(observed: Observations, grouping: Grouping) -> _Units:
    steps, column = np.unique(grouping.step[grouping.cell[observed.first]], return_inverse=True)
    one = grouping.family[observed.first]
    other = one if observed.second is None else grouping.family[observed.second]
    pairs, row = np.unique(np.stack([np.minimum(one, other), np.maximum(one, other)]), axis=1, return_inverse=True)
    place = row.ravel() * len(steps) + column.ravel()
    size = pairs.shape[1] * len(steps)
    with np.errstate(invalid="ignore"):
        table = np.bincount(place, observed.values, size) / np.bincount(place, minlength=size)
    words = np.unique(np.array(grouping.gender), return_inverse=True)[1].ravel()
    stratum = np.zeros(pairs.shape[1], dtype=np.int64)
    stratum[row.ravel()] = words[grouping.cell[observed.first]]
    return _Units(table.reshape(-1, len(steps)), steps, stratum, pairs[0], None if (pairs[0] == pairs[1]).all() else pairs[1])


def _slopes(units: _Units) -> Floats:
    """Return the least-squares slope over the steps of each unit; NaN with fewer than two tones."""
    known = ~np.isnan(units.table)
    counts = known.sum(axis=1)
    with np.errstate(invalid="ignore", divide="ignore"):
        centre = (known * units.step).sum(axis=1) / counts
        apart = known * (units.step - centre[:, None])
        return np.asarray((apart * np.nan_to_num(units.table)).sum(axis=1) / (apart**2).sum(axis=1))


def _apart(units: _Units, step: float) -> Floats:
    """Return the value in one tone less the mean of the unit's other tones; NaN where either is missing."""
    here = units.step == step
    others = units.table[:, ~here]
    known = ~np.isnan(others)
    with np.errstate(invalid="ignore", divide="ignore"):
        rest = np.nansum(others, axis=1) / known.sum(axis=1)
    return np.asarray(units.table[:, here][:, 0] - rest) if here.any() else np.full(len(units.table), np.nan)


def _effect(
    observed: Observations, grouping: Grouping, units: _Units, values: Floats, margin: str, group: str, other: str | None
) -> Effect:
    from scipy.stats import t  # heavy

    known = ~np.isnan(values)
    values = np.where(np.abs(values) <= _NOISE * np.nanmax(np.abs(units.table)), 0.0, values)
    if not known.any():
        return Effect(_row(observed, grouping, margin, group, other, float("nan"), None), None, None)
    sample = _sample(units, values, known)
    counts, _ = cell_means(sample)
    spread = spread_of(sample, (counts / counts.sum())[None])
    value, pooled = float(spread.value[0]), sample.other is not None
    interval = t_intervals(spread, pooled=pooled)[0]
    row = _row(observed, grouping, margin, group, other, value, interval)
    if interval is None:
        return Effect(row, None, None)
    freedom = spread.pooled_freedom if pooled else float(spread.freedom[0])
    error = (interval.high - interval.low) / 2 / quantile_of_t(0.95, freedom)
    return Effect(row, float(2 * t.sf(abs(value) / error, freedom)), None)


def _sample(units: _Units, values: Floats, known: NDArray[np.bool_]) -> Sample:
    stratum = np.unique(units.stratum[known], return_inverse=True)[1].ravel()
    other = None if units.other is None else units.other[known]
    return Sample(values[known], stratum, units.family[known], other, int(stratum.max()) + 1)


def _between(observed: Observations, grouping: Grouping, units: _Units) -> Estimate:
    """Return the standard deviation of the means of families, with its chi-square interval."""
    from scipy.stats import chi2  # heavy

    means = np.nanmean(units.table, axis=1)
    freedom = len(means) - 1
    value = float(means.std(ddof=1)) if freedom > 0 else float("nan")
    span = None
    if freedom > 0 and value > 0 and units.other is None:
        ends = np.sqrt(freedom / chi2.ppf([0.975, 0.025], freedom)) * value
        span = float(ends[0]), float(ends[1])
    row = _row(observed, grouping, OVERALL, ALL, None, value, span)
    metric = f"{observed.metric}, standard deviation between families"
    return replace(row, metric=metric, method="chi-square interval, as if families were normal", note="who was sampled, not tone")


def _row(
    observed: Observations,
    grouping: Grouping,
    margin: str,
    group: str,
    other: str | None,
    value: float,
    span: tuple[float, float] | None,
) -> Estimate:
    pictures = observed.first if observed.second is None else np.concatenate([observed.first, observed.second])
    return Estimate(
        system=observed.system,
        task=observed.task,
        metric=f"{observed.metric}, within families",
        label=grouping.label,
        margin=margin,
        group=group,
        other=other,
        threshold=observed.threshold,
        n=len(observed.values),
        people=len(np.unique(grouping.person[pictures])),
        value=_or_none(value),
        low=span[0] if span else None,
        high=span[1] if span else None,
        method=_METHOD,
        note=LIMITS,
    )


def _or_none(value: float) -> float | None:
    return None if np.isnan(value) else value


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
    """Pictures that are an error in this tone and not in the reference."""
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
    """Compare every tone with the lightest one; empty if the design is not crossed or the metric is not an error rate of
    pictures.

    Args:
        shot: Code of the shot of each picture, the same for the same shot in another tone; -1 for unknown.
    """
    if grouping.design != CROSSED or observed.kind != RATE or observed.of_pairs or np.isnan(grouping.step).any():
        return []
    observed = drop_unlabelled(observed, grouping)
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
    """Return the two-sided binomial p value of a split into ``one`` and ``other`` with equal chances; 1 for an empty one."""
    from scipy.stats import binomtest  # heavy

    return float(binomtest(one, one + other).pvalue) if one + other else 1.0


def _of_tone(observed: Observations, tone: str, reference: str, apart: NDArray[np.float64], family: Ints) -> Flips:
    worse, better = int((apart > 0).sum()), int((apart < 0).sum())
    net = np.bincount(np.unique(family, return_inverse=True)[1].ravel(), weights=apart) if len(apart) else apart
    up, down = int((net > 0).sum()), int((net < 0).sum())
    task = observed.system, observed.task, observed.metric, observed.threshold
    return Flips(*task, tone, reference, len(apart), worse, better, exact_p(worse, better), up, down, exact_p(up, down), 1.0)
