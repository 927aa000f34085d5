"""Does the audit measure what it claims? Simulated systems with planted errors, evaluated by the audit's own metrics.

Counts how often the 95 % intervals cover what was planted, how often a planted gap is found against the power that was promised,
and how often a gap is called where there is none. Prints the tables of docs/figures.md.

python benchmarks/audit_proof.py [--seeds 200] [--people 4 20]
"""

from __future__ import annotations

import argparse
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray
from scipy.stats import beta, binomtest, norm

from evenface.examine.audit.metrics.comparisons import compare, power_at, system_difference
from evenface.examine.audit.metrics.contrasts import Contrast, contrast_intervals, contrasts_of
from evenface.examine.audit.metrics.gaps import gaps
from evenface.examine.audit.metrics.groups import CELL, Estimate, Grouping, grouping_of
from evenface.examine.audit.metrics.observations import MEAN, RATE, Observations, cluster_values, estimates
from evenface.examine.audit.metrics.scores import d_primes, own_thresholds
from evenface.examine.audit.metrics.tone_effects import Effect, tone_effects
from evenface.examine.audit.metrics.verification import Comparisons, Threshold, error_rates, scores
from evenface.statistics.clusters import share_of
from evenface.statistics.intervals import Interval, percentile_interval
from evenface.vocabulary import SCALES

Floats = NDArray[np.float64]

TONES = tuple(tone.name for tone in SCALES["monk"].tones)
GENDERS = ("woman", "man")
STEP, GENDER = np.repeat(np.arange(1, 11), 2), np.tile([0, 1], 10)
DARK = STEP >= 8
SHOTS = 4
LIKENESS = 0.3
"""Correlation of the errors of two pictures of one person."""

WORLDS: dict[str, Floats] = {
    "equal everywhere": np.full(20, 0.1),
    "20 points more for tones 8 to 10": np.where(DARK, 0.3, 0.1),
    "dark-skinned women alone": np.where((STEP >= 6) & (GENDER == 0), 0.35, 0.05),
    "noise that grows with darkness": norm.sf(2.0 / (1 + 0.08 * (STEP - 1))),
}
"""Rates of the twenty cells; in the last, noise of a score pushes it over a threshold."""
SHIFTS: dict[str, Floats] = {"equal everywhere": np.zeros(20), "threshold shift": np.where(DARK, 0.5, 0.0)}
"""By how much non-mated and mated scores lie higher in a cell, in standard deviations."""
MATED = 3.5
THRESHOLDS = {"FMR 10 %": float(norm.isf(0.1)), "FMR 1 %": float(norm.isf(0.01))}


def world(people: int, *, crossed: bool = False) -> Grouping:
    """Return the labels of ten tones x two genders x ``people`` x four pictures."""
    gender, person = np.repeat(GENDER, people * SHOTS), np.repeat(np.arange(20 * people), SHOTS)
    return grouping_of(
        tone=np.repeat(STEP - 1, people * SHOTS),
        gender=gender,
        person=person,
        family=gender * people + person % people if crossed else person,
        tones=TONES,
        genders=GENDERS,
        scale="monk",
        design="crossed" if crossed else "independent",
    )


def effects(rng: np.random.Generator, grouping: Grouping) -> Floats:
    """Draw what each person brings, standard normal; in a crossed world half of its variance is the family's."""
    first = np.unique(grouping.person, return_index=True)[1]
    share = 0.5 if grouping.design == "crossed" else 0.0
    shared = rng.standard_normal(int(grouping.family.max()) + 1)[grouping.family[first]]
    return np.sqrt(share) * shared + np.sqrt(1 - share) * rng.standard_normal(len(first))


def errors(rng: np.random.Generator, grouping: Grouping, rates: Floats, *, likeness: float = LIKENESS) -> Observations:
    """Draw errors of planted rates, pictures of one person correlated (beta-binomial)."""
    planted = rates[grouping.cell[np.unique(grouping.person, return_index=True)[1]]]
    scale = (1 - likeness) / likeness
    own = beta.ppf(norm.cdf(effects(rng, grouping)), planted * scale, (1 - planted) * scale)
    values = (rng.random(len(grouping.person)) < own[grouping.person]).astype(np.float64)
    return Observations("simulated", "gender", "misclassification rate", RATE, values, np.arange(len(values)))


def ages(rng: np.random.Generator, grouping: Grouping) -> tuple[Observations, Floats]:
    """Draw age errors of skewed noise that grows with darkness, and return them with the means of the cells."""
    step, means = grouping.step[grouping.cell], 0.5 * STEP
    noise = (rng.gamma(4, 1, len(step)) - 4) / 2 + effects(rng, grouping)[grouping.person]
    values = means[grouping.cell] + noise * (2 + 0.5 * step)
    return Observations("simulated", "age", "mean error, years", MEAN, values, np.arange(len(values))), means


def sample_comparisons(rng: np.random.Generator, grouping: Grouping, shift: Floats, *, likeness: float = 0.2) -> Comparisons:
    """Draw scores of the pairs within cells: standard normal plus the cell's shift, mated ones ``MATED`` higher.

    Pairs that share a person have half of ``likeness`` of their variance in common, those of the same two people as much again
    twice.
    """
    pictures = len(grouping.cell)
    people, number = int((grouping.cell == 0).sum()) // SHOTS, int(grouping.family.max()) + 1
    one, other = np.triu_indices(people * SHOTS, 1)
    start = np.arange(20)[:, None] * people * SHOTS
    first, second = (start + one).ravel(), (start + other).ravel()
    mated = grouping.person[first] == grouping.person[second]
    brings = effects(rng, grouping)
    met = rng.standard_normal((number, number))
    family = grouping.family
    low, high = np.minimum(family[first], family[second]), np.maximum(family[first], family[second])
    picture = rng.standard_normal(pictures)
    shared = (brings[grouping.person[first]] + brings[grouping.person[second]]) * np.sqrt(likeness / 2)
    shared += met[low, high] * np.sqrt(likeness) + (picture[first] + picture[second]) * np.sqrt(0.05)
    left = 1 - 2 * likeness - 0.1 - np.where(mated, likeness, 0.0)
    score = shared + rng.standard_normal(len(first)) * np.sqrt(left) + shift[grouping.cell[first]] + MATED * mated
    return Comparisons(first, second, mated, score)


COLUMNS = ("cell", "tone", "gender", "shade", "overall", "comparisons", "largest", "slope", "bootstrap")
"""Groups whose intervals are counted; the largest difference of cells; percentiles of people drawn anew, which are not used."""


class Tally:
    """Shares over seeds: each seed lists which of its claims held."""

    def __init__(self) -> None:
        self._seeds: defaultdict[tuple[str, ...], list[float]] = defaultdict(list)

    def add(self, *key: str, held: Iterable[bool]) -> None:
        """Count one seed; one without a claim is left out."""
        values = list(held)
        if values:
            self._seeds[key].append(float(np.mean(values)))

    def items(self) -> Iterator[tuple[tuple[str, ...], float, float, float]]:
        """Yield key, share and its Monte Carlo interval: Clopper-Pearson for claims of one a seed, else from the spread."""
        for key, values in self._seeds.items():
            value, number = float(np.mean(values)), len(values)
            if set(values) <= {0.0, 1.0}:
                found = binomtest(int(sum(values)), number).proportion_ci()
                yield key, value, float(found.low), float(found.high)
            else:
                half = 1.96 * float(np.std(values, ddof=1)) / np.sqrt(number)
                yield key, value, max(value - half, 0.0), min(value + half, 1.0)


def covers(row: Estimate, truth: float) -> bool:
    """Return whether an interval holds what was planted; one that is missing at an end is open there."""
    low, high = row.low, row.high
    return (low is None or low - 1e-9 <= truth) and (high is None or truth <= high + 1e-9)


def held(rows: Iterable[Estimate], grouping: Grouping, cells: Floats, margin: str) -> list[bool]:
    """Return which intervals of a margin cover the mean of the planted values of their cells."""
    members = {(group.margin, group.name): group.cells for group in grouping.groups}
    known = [row for row in rows if row.margin == margin and row.low is not None]
    return [covers(row, float(cells[members[margin, row.group]].mean())) for row in known]


def add_margins(tally: Tally, rows: list[Estimate], grouping: Grouping, cells: Floats, *key: str) -> None:
    for margin in ("cell", "tone", "gender", "shade", "overall"):
        tally.add(*key, margin, held=held(rows, grouping, cells, margin))


def list_contrasts(grouping: Grouping) -> list[Contrast]:
    return contrasts_of(grouping, np.ones(20, dtype=bool))


def add_differences(tally: Tally, observed: Observations, grouping: Grouping, cells: Floats, *key: str) -> None:
    """Count the intervals of every comparison."""
    contrasts = list_contrasts(grouping)
    intervals, _ = contrast_intervals(cluster_values(observed, grouping), contrasts, observed.kind)
    pairs = [(interval, float(each.weights @ cells)) for interval, each in zip(intervals, contrasts, strict=True) if interval]
    tally.add(*key, "comparisons", held=[interval.low <= truth <= interval.high for interval, truth in pairs])


def bootstrap(rng: np.random.Generator, observed: Observations, grouping: Grouping) -> Iterator[Interval]:
    """Yield percentiles of people drawn anew for each cell's rate, the interval that is usual elsewhere."""
    for cell in range(20):
        rates = observed.values[grouping.cell == cell].reshape(-1, SHOTS).mean(axis=1)
        drawn = rng.multinomial(len(rates), np.full(len(rates), 1 / len(rates)), size=1_000) @ rates / len(rates)
        share = share_of((round(SHOTS * rate), SHOTS) for rate in rates)
        # Where all or none are hits, no resample differs.
        all_alike = share.hits in (0, share.total)
        yield Interval(share.low, share.high) if all_alike else percentile_interval(values=drawn.tolist()) or Interval(0.0, 1.0)


SHARE_USERS = {
    "share of pictures read right, measure": (4, 12),
    "share above the threshold, leakage": (1, 8),
    "share of tries not taken, photographs": (4, 16),
    "share of measured tones, datasheet": (4, 4),
}
"""The users of ``share_of``: the fewest and the most pictures (or tries) of a family."""


def coverage_of_shares(tally: Tally, design: str, grouping: Grouping, seeds: int) -> None:
    """Count the intervals of shares over families of unequal sizes: as many families as a cell, and as the set, has."""
    families = {"cell": len(grouping.person) // SHOTS // 20, "overall": len(np.unique(grouping.family))}
    for name, (least, most) in SHARE_USERS.items():
        for seed in range(seeds):
            rng = np.random.default_rng([9, seed])
            for margin, number in families.items():
                tally.add(
                    design, name, margin, held=[covers_share(rng, number, least, most, rate) for rate in (0.05, 0.2, 0.5, 0.9)]
                )


def covers_share(rng: np.random.Generator, families: int, least: int, most: int, rate: float) -> bool:
    """Draw hits of ``families`` at a planted rate (beta-binomial), and return whether the interval of their share holds it."""
    scale = (1 - LIKENESS) / LIKENESS
    sizes = rng.integers(least, most + 1, families)
    hits = rng.binomial(sizes, rng.beta(rate * scale, (1 - rate) * scale, families))
    found = share_of(zip(hits.tolist(), sizes.tolist(), strict=True))
    return found.low <= rate <= found.high


def coverage_of_rates(tally: Tally, design: str, grouping: Grouping, seeds: int) -> None:
    for name, rates in WORLDS.items():
        for seed in range(seeds):
            rng = np.random.default_rng([1, seed])
            observed, other = errors(rng, grouping, rates), errors(rng, grouping, np.full(20, 0.2))
            add_margins(tally, estimates(observed, grouping), grouping, rates, design, f"rate: {name}")
            add_differences(tally, observed, grouping, rates, design, f"rate: {name}")
            if name == "dark-skinned women alone":
                apart = system_difference(other, observed, grouping)
                add_margins(tally, apart, grouping, 0.2 - rates, design, f"difference of two systems: {name}")
            for row in gaps(observed, grouping):
                if row.margin == CELL and "difference" in row.metric:
                    tally.add(design, f"rate: {name}", "largest", held=[covers(row, float(np.ptp(rates)))])
            percentiles = [
                each.low <= rate <= each.high for each, rate in zip(bootstrap(rng, observed, grouping), rates, strict=True)
            ]
            tally.add(design, f"rate: {name}", "bootstrap", held=percentiles)


def coverage_of_means(tally: Tally, design: str, grouping: Grouping, seeds: int) -> None:
    for seed in range(seeds):
        observed, means = ages(np.random.default_rng([2, seed]), grouping)
        add_margins(tally, estimates(observed, grouping), grouping, means, design, "mean: age error, noise grows with darkness")
        add_differences(tally, observed, grouping, means, design, "mean: age error, noise grows with darkness")


def coverage_of_pairs(tally: Tally, design: str, grouping: Grouping, seeds: int) -> None:
    for name, shift in SHIFTS.items():
        for seed in range(seeds):
            pairs = sample_comparisons(np.random.default_rng([3, seed]), grouping, shift)
            for at, value in THRESHOLDS.items():
                threshold = Threshold(value, at)
                rates = {"FMR": norm.sf(value - shift), "FNMR": norm.cdf(value - shift - MATED)}
                for observed in error_rates("simulated", pairs, threshold)[:2]:
                    key = design, f"{observed.metric} at {at}: {name}"
                    add_margins(tally, estimates(observed, grouping), grouping, rates[observed.metric], *key)
                    add_differences(tally, observed, grouping, rates[observed.metric], *key)
            mated, non_mated = scores("simulated", pairs)
            for observed, means in ((mated, shift + MATED), (non_mated, shift)):
                add_margins(tally, estimates(observed, grouping), grouping, means, design, f"{observed.metric}: {name}")
            if name == "equal everywhere":
                add_margins(tally, d_primes(mated, non_mated, grouping), grouping, np.full(20, MATED), design, "d'")
                own = own_thresholds(mated, non_mated, grouping, 0.1, seed=seed)
                fnmr = np.full(20, norm.cdf(norm.isf(0.1) - MATED))
                tally.add(design, "FNMR at own thresholds, FMR 10 %", "cell", held=held(own, grouping, fnmr, CELL))


def coverage_within_families(tally: Tally, alarms: Tally, design: str, grouping: Grouping, seeds: int) -> None:
    """Slopes over tone within families, of a crossed world."""
    for name, rates in WORLDS.items():
        slope = float(list_contrasts(grouping)[-1].weights @ rates)
        for seed in range(seeds):
            effect = tone_effects(errors(np.random.default_rng([4, seed]), grouping, rates), grouping, seed=seed)
            tally.add(design, f"within families: {name}", "slope", held=[covers(effect[0].estimate, slope)])
            alarms.add(design, f"effects within families: {name}", held=[finds_gap(effect)])


def finds_gap(rows: Iterable[Effect]) -> bool:
    return any(row.adjusted is not None and row.adjusted <= 0.05 for row in rows)


def false_alarms(tally: Tally, design: str, grouping: Grouping, seeds: int) -> None:
    """Count the seeds in which any comparison is called a gap, where there is none."""
    for seed in range(seeds):
        rng = np.random.default_rng([5, seed])
        for rate in (0.02, 0.1, 0.3):
            rows = compare(errors(rng, grouping, np.full(20, rate)), grouping, seed=seed)
            tally.add(design, f"comparisons of a rate of {rate:.0%}", held=[any(row.shown for row in rows)])
        flat, means = ages(rng, grouping)
        flat = replace(flat, values=flat.values - means[grouping.cell])
        rows = compare(flat, grouping, seed=seed)
        tally.add(design, "comparisons of a mean, noise grows with darkness", held=[any(row.shown for row in rows)])
        pairs = sample_comparisons(rng, grouping, SHIFTS["equal everywhere"])
        for at, value in THRESHOLDS.items():
            for observed in error_rates("simulated", pairs, Threshold(value, at))[:2]:
                rows = compare(observed, grouping, seed=seed)
                tally.add(design, f"comparisons of {observed.metric} at {at}", held=[any(row.shown for row in rows)])


def promised_and_found(design: str, grouping: Grouping, seeds: int) -> Iterator[tuple[str, ...]]:
    """Yield, for the smallest gap that was promised to be seen, the promise and how often it was found."""
    base, contrasts = np.full(20, 0.1), list_contrasts(grouping)
    first = [compare(errors(np.random.default_rng([6, seed]), grouping, base), grouping, seed=seed) for seed in range(20)]
    for at in (0, *range(20, len(contrasts))):
        sizes = [rows[at].smallest_gap for rows in first]
        known = [size for size in sizes if size is not None]
        name = f"{contrasts[at].group} - {contrasts[at].other}" if contrasts[at].other else contrasts[at].group
        if len(known) < len(sizes) / 2:
            yield design, name, "none", "", "", ""
            continue
        gap = float(np.median(known))
        rates = np.clip(base + gap * contrasts[at].pattern, 0, 1)
        tally, promise = Tally(), []
        for seed in range(seeds):
            observed = errors(np.random.default_rng([7, seed]), grouping, rates)
            promise.append(power_at(observed, grouping, float(contrasts[at].weights @ rates), seed=seed)[at])
            tally.add("found", held=[compare(observed, grouping, seed=seed)[at].shown])
        _, found, low, high = next(tally.items())
        yield (
            design,
            name,
            f"{100 * gap:.1f}",
            "80",
            f"{100 * np.mean(promise):.0f}",
            f"{100 * found:.0f} ({100 * low:.0f} to {100 * high:.0f})",
        )


def table(title: str, header: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> None:
    print(f"\n**{title}**\n\n| {' | '.join(header)} |\n|{'---|' * len(header)}")
    for row in rows:
        print(f"| {' | '.join(row)} |", flush=True)


def shares(tally: Tally) -> Iterator[tuple[str, ...]]:
    for key, value, low, high in tally.items():
        yield *key, f"{100 * value:.1f} ({100 * low:.1f} to {100 * high:.1f})"


def by_margin(tally: Tally) -> Iterator[tuple[str, ...]]:
    """Yield a row for what was planted, a column for each kind of group."""
    rows: defaultdict[tuple[str, ...], dict[str, str]] = defaultdict(dict)
    for (*key, margin), value, low, high in tally.items():
        rows[tuple(key)][margin] = f"{100 * value:.1f} ± {50 * (high - low):.1f}"
    for key, found in rows.items():
        yield *key, *(found.get(margin, "") for margin in COLUMNS)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=200)
    parser.add_argument("--people", type=int, nargs="+", default=[4, 20], help="in each of the twenty cells")
    parser.add_argument("--designs", nargs="+", choices=("independent", "crossed"), default=["independent", "crossed"])
    options = parser.parse_args()
    for people in options.people:
        for name in options.designs:
            prove(world(people, crossed=name == "crossed"), f"20 x {people} x {SHOTS}, {name}", options.seeds)


def prove(grouping: Grouping, design: str, seeds: int) -> None:
    """Print the tables of one set."""
    coverage, alarms = Tally(), Tally()
    coverage_of_rates(coverage, design, grouping, seeds)
    coverage_of_means(coverage, design, grouping, seeds)
    coverage_of_shares(coverage, design, grouping, seeds)
    coverage_of_pairs(coverage, design, grouping, seeds)
    if grouping.design == "crossed":
        coverage_within_families(coverage, alarms, design, grouping, seeds)
    table("Coverage of 95 % intervals, %", ("set", "planted", *COLUMNS), by_margin(coverage))
    false_alarms(alarms, design, grouping, seeds)
    table("Seeds in which something is called a gap, %", ("set", "of", "seeds"), shares(alarms))
    table(
        "Power, %",
        ("set", "comparison", "gap, points", "wanted", "promised", "found"),
        promised_and_found(design, grouping, seeds),
    )


if __name__ == "__main__":
    main()
