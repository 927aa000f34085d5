"""Gaps, indices, tests and effects within families against cases that are calculated by hand."""

from __future__ import annotations

from itertools import permutations, product
from types import SimpleNamespace

import numpy as np
import pytest
from scipy.stats import binomtest, false_discovery_control

from evenface.examine.audit.metrics.comparisons import compare, power_at, system_difference
from evenface.examine.audit.metrics.contrasts import REST, SLOPE, contrasts_of
from evenface.examine.audit.metrics.gaps import difference_limits, gaps, ratio_limits
from evenface.examine.audit.metrics.groups import grouping_of
from evenface.examine.audit.metrics.indices import (
    fairness_discrepancy_rate,
    garbe,
    gini,
    inequity_rate,
    largest_ratio,
    range_of_spread,
    worst_over_geometric_mean,
)
from evenface.examine.audit.metrics.observations import MEAN, RATE, Observations
from evenface.examine.audit.metrics.tone_effects import LIMITS, exact_p, flips, tone_effects
from evenface.examine.audit.report.records import is_gap
from evenface.statistics.clusters import Sample, spread_of
from evenface.statistics.contrasts import (
    contrast_errors,
    contrast_values,
    holm,
    p_values,
    parts_of_variance,
    sample_deals,
    table_of,
)
from evenface.statistics.power import Chance, power_of, smallest_gap


def labels(tones=10, people=4, shots=4, *, crossed=False):
    """Return groups of so many Monk tones x woman, man; families of a crossed design have one person in every tone."""
    cell = np.repeat(np.arange(tones * 2), people * shots)
    person = np.repeat(np.arange(tones * 2 * people), shots)
    return grouping_of(
        tone=cell // 2,
        gender=cell % 2,
        person=person,
        family=(cell % 2) * people + person % people if crossed else person,
        tones=[f"monk_{at:02d}" for at in range(1, tones + 1)],
        genders=("woman", "man"),
        scale="monk",
        design="crossed" if crossed else "independent",
    )


def observed(values, kind=RATE, system="toy"):
    return Observations(system, "gender", "rate", kind, np.asarray(values, dtype=np.float64), np.arange(len(values)))


# Gaps


def test_limits_of_differences_and_ratios_are_newcombes_and_donners():
    value, low, high = np.array([0.4, 0.1]), np.array([0.3, 0.05]), np.array([0.55, 0.2])
    apart, below, above = difference_limits(value, low, high)
    assert apart[0, 1] == pytest.approx(0.3)
    assert below[0, 1] == pytest.approx(0.3 - np.hypot(0.1, 0.1))
    assert above[0, 1] == pytest.approx(0.3 + np.hypot(0.15, 0.05))
    ratio, least, most = ratio_limits(value, low, high)
    assert ratio[0, 1] == pytest.approx(4)
    # The ratio r is a limit where the limit of p - r q is 0: MOVER for the difference of p and r q.
    for limit, ends in ((least[0, 1], (0.1, 0.1)), (most[0, 1], (0.15, 0.05))):
        assert abs(0.4 - limit * 0.1) == pytest.approx(np.hypot(ends[0], limit * ends[1]))


def test_the_ratio_to_a_rate_of_0_is_undefined_and_open():
    ratio, least, most = ratio_limits(np.array([0.4, 0.0]), np.array([0.3, 0.0]), np.array([0.5, 0.1]))
    assert np.isnan(ratio[0, 1])
    assert 1 < least[0, 1] < np.inf
    assert most[0, 1] == np.inf


def test_the_largest_gap_names_its_groups_and_knows_that_it_was_looked_for():
    rng = np.random.default_rng(0)
    grouping = labels(people=20)
    values = (rng.random(len(grouping.cell)) < np.where(grouping.cell == 18, 0.6, 0.1)).astype(float)
    found = {(each.margin, each.metric): each for each in gaps(observed(values), grouping)}
    cells = found["cell", "rate, largest difference"]
    assert (cells.group, cells.low > 0) == ("monk_10/woman", True)
    even = found["gender", "rate, largest difference"]
    alike = {each.margin: each for each in gaps(observed(rng.random(len(values)) < 0.1), grouping) if "ratio" in each.metric}
    assert all(each.low == 1 for each in alike.values())
    assert even.value < cells.value


# Indices


FMR, FNMR = np.array([0.01, 0.02, 0.04]), np.array([0.1, 0.1, 0.3])


def test_indices_by_hand():
    assert fairness_discrepancy_rate(FMR, FNMR, 0.5) == pytest.approx(1 - 0.5 * 0.03 - 0.5 * 0.2)
    assert fairness_discrepancy_rate(FMR, FNMR, 1.0) == pytest.approx(0.97)
    assert inequity_rate(FMR, FNMR, 0.5) == pytest.approx(np.sqrt(4 * 3))
    assert inequity_rate(FMR, FNMR, 0.0) == pytest.approx(3)
    # sum |xi - xj| over ordered pairs: 2 (1 + 3 + 2) = 12 hundredths; mean 7/3; 3/2 * 12 / (2 * 9 * 7/3)
    assert gini(FMR) == pytest.approx(1.5 * 12 / (18 * 7 / 3))
    assert garbe(FMR, FNMR, 0.25) == pytest.approx(0.25 * gini(FMR) + 0.75 * gini(FNMR))
    assert worst_over_geometric_mean(FMR) == pytest.approx(0.04 / (0.01 * 0.02 * 0.04) ** (1 / 3))
    assert gini(np.array([0.0, 0.0, 0.2])) == pytest.approx(1)


def test_alike_groups_have_the_best_value_of_every_index():
    alike = np.full(4, 0.2)
    assert (fairness_discrepancy_rate(alike, alike), inequity_rate(alike, alike), garbe(alike, alike)) == (1, 1, 0)
    assert worst_over_geometric_mean(alike) == pytest.approx(1)


def test_a_rate_of_0_leaves_ratios_undefined():
    none = np.array([0.0, 0.1])
    assert np.isnan(largest_ratio(none))
    assert np.isnan(inequity_rate(none, FNMR))
    assert np.isnan(worst_over_geometric_mean(none))
    assert np.isnan(gini(np.zeros(3)))


@pytest.mark.parametrize("index", [gini, largest_ratio, worst_over_geometric_mean, np.ptp])
def test_the_range_of_an_index_is_that_of_all_rates_within_the_limits(index):
    rng = np.random.default_rng(4)
    for _ in range(10):
        low = rng.uniform(0.01, 0.3, 4)
        high = low + rng.uniform(0.01, 0.2, 4)
        least, most = range_of_spread(index, low, high)
        grid = [index(np.array(point)) for point in product(*(np.linspace(a, b, 6) for a, b in zip(low, high, strict=True)))]
        assert least <= min(grid) + 1e-9
        assert most == pytest.approx(max(grid))


def test_a_limit_of_0_leaves_the_range_of_a_ratio_open():
    assert range_of_spread(largest_ratio, np.array([0.0, 0.1]), np.array([0.2, 0.3])) == (1.0, np.inf)


# Contrasts, deals, Holm


def test_contrasts_weigh_cells_alike_and_sum_to_nothing():
    grouping = labels()
    found = contrasts_of(grouping, np.ones(20, dtype=bool))
    assert len(found) == 23
    assert [each.group for each in found[20:]] == ["darker/woman", "woman", SLOPE]
    assert all(each.weights.sum() == pytest.approx(0) for each in found)
    first = found[0]
    assert (first.other, first.weights[0], first.weights[1]) == (REST, 1.0, pytest.approx(-1 / 19))
    assert found[-1].weights @ (0.1 + 0.03 * grouping.step) == pytest.approx(0.03)


def test_woman_and_man_are_compared_in_tones_that_have_both():
    there = np.ones(20, dtype=bool)
    there[1] = False
    found = next(each for each in contrasts_of(labels(), there) if each.group == "woman")
    assert found.weights[0] == 0
    assert found.weights[2] == pytest.approx(1 / 9)


def test_deals_are_those_of_all_ways_to_deal_people():
    """Two cells of two people each: the p value of the greatest contrast is that of all 24 orders."""
    values, cell = np.array([0.0, 0.1, 0.7, 1.0]), np.array([0, 0, 1, 1])
    table = table_of(values, cell, np.arange(4), np.arange(4))
    weights = np.array([[-1.0, 1.0]])
    seen = contrast_values(table, weights)
    all_ways = [abs(np.array(order)[2:].mean() - np.array(order)[:2].mean()) for order in permutations(values)]
    expected = np.mean([way >= seen[0] - 1e-12 for way in all_ways])
    dealt, _ = sample_deals(np.random.default_rng(0), table, weights, deals=20_000)
    assert seen[0] == pytest.approx(0.8)
    assert p_values(seen, dealt)[0] == pytest.approx(expected, abs=0.01)


def test_deals_keep_people_whole_and_families_together():
    grouping = labels(tones=2, people=3, shots=2, crossed=True)
    rng = np.random.default_rng(0)
    # All of a family are alike: dealing its people to its tones changes nothing.
    values = grouping.family.astype(float)
    table = table_of(values, grouping.cell, grouping.family, grouping.person)
    assert table.values.shape == (6, 2)
    tone = np.array([[-0.5, -0.5, 0.5, 0.5]])
    assert np.abs(sample_deals(rng, table, tone, deals=200)[0]).max() == pytest.approx(0)
    genders = np.array([[-0.5, 0.5, -0.5, 0.5]])
    assert np.abs(sample_deals(rng, table, genders, deals=200)[0]).max() > 0


@pytest.mark.parametrize("crossed", [False, True])
def test_what_a_gap_adds_to_the_spread_of_deals_is_what_dealing_it_gives(crossed):
    grouping = labels(tones=3, people=3, shots=1, crossed=crossed)
    weights = np.stack([each.weights for each in contrasts_of(grouping, np.ones(6, dtype=bool))])
    patterns = np.stack([each.pattern for each in contrasts_of(grouping, np.ones(6, dtype=bool))])
    values = np.random.default_rng(0).normal(size=18)
    table = table_of(values, grouping.cell, grouping.family, grouping.person)
    _, added = parts_of_variance(table, weights, patterns)
    assert len(added) == len(patterns) == 8
    whole = sample_deals(np.random.default_rng(1), table, weights, deals=20_000)[0].var(axis=0)
    for at, pattern in enumerate(patterns):
        gap = table_of(pattern[grouping.cell], grouping.cell, grouping.family, grouping.person)
        alone = sample_deals(np.random.default_rng(2), gap, weights, deals=20_000)[0].var(axis=0)[at]
        assert added[at] == pytest.approx(alone / whole[at], rel=0.08)


def test_the_test_of_tone_within_families_is_that_of_all_orders():
    """One family in three tones: of six orders two have a slope as steep."""
    grouping = grouping_of(
        tone=np.arange(3),
        gender=np.zeros(3, np.int64),
        person=np.arange(3),
        family=np.zeros(3, np.int64),
        tones=("monk_01", "monk_02", "monk_03"),
        genders=("woman",),
        scale="monk",
        design="crossed",
    )
    two = grouping_of(
        tone=np.tile(np.arange(3), 2),
        gender=np.zeros(6, np.int64),
        person=np.arange(6),
        family=np.repeat([0, 1], 3),
        tones=("monk_01", "monk_02", "monk_03"),
        genders=("woman",),
        scale="monk",
        design="crossed",
    )
    assert tone_effects(observed([0.1, 0.2, 0.9], MEAN), grouping, seed=1)[0].p_value is None  # one family: no interval
    found = tone_effects(observed([0.1, 0.2, 0.9, 0.0, 0.3, 0.5], MEAN), two, seed=1)[0]
    assert found.p_value == pytest.approx(2 / 36, abs=0.01)
    alike = tone_effects(observed([0.1, 0.2, 0.9, 1.1, 1.2, 1.9], MEAN), two, seed=1)[0]
    assert alike.estimate.low is None, "the same in every family, but for what rounding leaves"
    assert alike.p_value == pytest.approx(2 / 36, abs=0.01)


def test_errors_of_contrasts_are_those_of_two_samples():
    rng = np.random.default_rng(1)
    values, cell = rng.normal(size=11), np.array([0] * 5 + [1] * 6)
    table = table_of(values, cell, np.arange(11), np.arange(11))
    expected = np.sqrt(values[:5].var(ddof=1) / 5 + values[5:].var(ddof=1) / 6)
    assert contrast_errors(table, np.array([[-1.0, 1.0]]))[0] == pytest.approx(expected)


def test_the_variance_of_a_stratified_sample_by_hand():
    rng = np.random.default_rng(2)
    people = rng.normal(size=(2, 5))
    sample = Sample(np.repeat(people.ravel(), 3), np.repeat([0, 1], 15), np.repeat(np.arange(10), 3), None, 2)
    spread = spread_of(sample, np.array([[0.5, 0.5]]))
    expected = 0.25 * (people.var(axis=1, ddof=1) / 5).sum()
    assert spread.variance[0] == pytest.approx(expected)


def test_the_variance_over_pairs_is_that_of_the_model():
    """Values of pairs = what both bring + their own: the mean of many estimates is the variance of the mean."""
    rng = np.random.default_rng(5)
    one, other = np.triu_indices(5, 1)
    means, told_variance = [], []
    for _ in range(3_000):
        brings = rng.normal(size=5)
        values = brings[one] + brings[other] + rng.normal(size=10)
        spread = spread_of(Sample(values, np.zeros(10, np.int64), one, other, 1), np.ones((1, 1)))
        means.append(spread.value[0])
        told_variance.append(spread.variance[0])
    expected = 4 / 5 + 1 / 10  # Var of twice the mean of five, and of the mean of ten
    assert np.var(means) == pytest.approx(expected, rel=0.08)
    assert np.mean(told_variance) == pytest.approx(expected, rel=0.08)


def test_the_variance_over_some_of_the_pairs_is_that_of_the_model_too():
    """Who met whom is uneven: a chain of six families, and one family that met all."""
    rng = np.random.default_rng(6)
    one, other = np.array([0, 1, 2, 3, 4, 6, 6, 6, 6, 6, 6]), np.array([1, 2, 3, 4, 5, 0, 1, 2, 3, 4, 5])
    degree = np.bincount(np.concatenate([one, other]))
    told_variance = []
    for _ in range(3_000):
        brings = rng.normal(size=7)
        values = brings[one] + brings[other] + rng.normal(size=11)
        told_variance.append(spread_of(Sample(values, np.zeros(11, np.int64), one, other, 1), np.ones((1, 1))).variance[0])
    assert np.mean(told_variance) == pytest.approx((degree**2).sum() / 121 + 1 / 11, rel=0.1)


def test_pairs_without_a_common_person_are_independent():
    values = np.array([0.0, 1.0, 4.0])
    spread = spread_of(Sample(values, np.zeros(3, np.int64), np.array([0, 2, 4]), np.array([1, 3, 5]), 1), np.ones((1, 1)))
    assert spread.variance[0] == pytest.approx(values.var(ddof=1) / 3)


def test_three_families_do_not_show_what_they_have_in_common():
    spread = spread_of(
        Sample(np.array([0.0, 1.0, 4.0]), np.zeros(3, np.int64), np.array([0, 0, 1]), np.array([1, 2, 2]), 1), np.ones((1, 1))
    )
    assert np.isnan(spread.variance[0])


def test_a_set_without_genders_compares_tones():
    cell = np.repeat(np.arange(3), 40)
    grouping = grouping_of(
        tone=cell,
        gender=np.full(120, -1),
        person=np.arange(120),
        family=np.arange(120),
        tones=("monk_01", "monk_05", "monk_10"),
        genders=(),
        scale="monk",
    )
    found = compare(observed(np.random.default_rng(0).random(120) < np.array([0.05, 0.05, 0.6])[cell]), grouping, seed=1)
    assert [each.estimate.group for each in found] == ["monk_01", "monk_05", "monk_10", SLOPE]
    assert found[2].shown
    assert found[2].estimate.margin == "tone"


def test_false_matches_of_a_set_without_genders_are_compared():
    grouping = grouping_of(
        tone=np.repeat([0, 1], 20),
        gender=np.full(40, -1),
        person=np.arange(40),
        family=np.arange(40),
        tones=("monk_01", "monk_10"),
        genders=(),
        scale="monk",
    )
    one, other = np.triu_indices(20, 1)
    first, second = np.concatenate([one, one + 20]), np.concatenate([other, other + 20])
    rng = np.random.default_rng(0)
    even, apart = (
        Observations("toy", "verification", "FMR", RATE, (rng.random(380) < rate).astype(float), first, second)
        for rate in (np.full(380, 0.1), np.where(first < 20, 0.05, 0.6))
    )
    assert not any(each.shown for each in compare(even, grouping, seed=1))
    assert all(each.shown for each in compare(apart, grouping, seed=1))


@pytest.mark.parametrize(
    ("shown", "low", "high", "gap"),
    [
        (True, 0.01, 0.2, True),
        (True, -0.2, -0.01, True),
        (True, 0.0, 0.2, False),
        (True, -0.2, 0.0, False),
        (True, -0.1, 0.1, False),
        (True, None, None, False),
        (False, 0.01, 0.2, False),
    ],
)
def test_a_gap_is_shown_and_its_interval_leaves_0_out(shown, low, high, gap):
    assert is_gap(SimpleNamespace(shown=shown, estimate=SimpleNamespace(low=low, high=high))) == gap


def test_holm_by_hand():
    found = holm(np.array([0.01, np.nan, 0.04, 0.03]))
    assert found[[0, 2, 3]] == pytest.approx([0.03, 0.06, 0.06])
    assert np.isnan(found[1])
    p_values_ = np.random.default_rng(0).uniform(size=12) ** 3
    assert (holm(p_values_) >= false_discovery_control(p_values_) - 1e-12).all()
    assert holm(np.empty(0)).size == 0


# Comparisons


def test_a_planted_gap_is_shown_and_a_gap_within_chance_is_not():
    rng = np.random.default_rng(0)
    grouping = labels(people=20)
    values = (rng.random(len(grouping.cell)) < np.where(grouping.cell == 18, 0.7, 0.1)).astype(float)
    found = {each.estimate.group: each for each in compare(observed(values), grouping, seed=1)}
    assert found["monk_10/woman"].shown
    assert found["monk_10/woman"].estimate.low > 0.3
    assert not found["monk_03/man"].shown
    assert {each.tests for each in found.values()} == {23}
    assert all(each.adjusted >= each.p_value for each in found.values())


def test_all_systems_are_tested_with_the_same_deals():
    values = np.random.default_rng(0).random(320) < 0.2
    one, two = (compare(observed(values, system=name), labels(), seed=3) for name in ("a", "b"))
    assert [each.p_value for each in one] == [each.p_value for each in two]


def test_no_error_at_all_shows_no_gap_and_states_the_smallest_detectable_one():
    found = compare(observed(np.zeros(320)), labels(), seed=1)
    assert not any(each.shown for each in found)
    assert 0.1 < found[0].smallest_gap < 0.9


def test_more_people_see_smaller_gaps_and_the_power_at_the_smallest_is_80_percent():
    sizes = {}
    for people in (4, 20):
        grouping = labels(people=people)
        values = observed(np.random.default_rng(0).random(len(grouping.cell)) < 0.1)
        found = compare(values, grouping, seed=1)
        sizes[people] = found[20].smallest_gap
        powers = power_at(values, grouping, [each.smallest_gap or 0.0 for each in found], seed=1)
        assert powers[20] == pytest.approx(0.8, abs=0.001)
    assert sizes[20] < sizes[4] / 1.5


def test_where_few_ways_to_deal_are_left_no_gap_could_be_seen():
    grouping = labels(people=2, crossed=True)
    values = observed(np.random.default_rng(0).random(len(grouping.cell)) < 0.3)
    (found,) = [each for each in compare(values, grouping, seed=1) if each.estimate.group == "woman"]
    assert found.smallest_gap is None


def test_the_power_of_a_normal_contrast_is_that_of_the_textbook():
    from scipy.stats import norm

    chance = Chance(np.random.default_rng(0).normal(size=(200_000, 1)), 0.0, bounded=False)
    weights, pattern = np.array([1.0, -1.0]), np.array([1.0, 0.0])
    expected = norm.ppf(0.975) + norm.ppf(0.8)
    assert smallest_gap(chance, 0, weights, pattern, level=0.05) == pytest.approx(expected, abs=0.03)
    assert power_of(chance, 0, weights, pattern, 0.0, level=0.05) == pytest.approx(0.05, abs=0.003)


def test_a_set_of_one_cell_has_nothing_to_compare():
    grouping = labels(tones=1, people=2)
    one = grouping_of(
        tone=np.zeros(4, np.int64),
        gender=np.zeros(4, np.int64),
        person=np.arange(4),
        family=np.arange(4),
        tones=("monk_01",),
        genders=("woman",),
        scale="monk",
    )
    assert compare(observed(np.zeros(4)), one, seed=0) == []
    assert [each.estimate.group for each in compare(observed(np.arange(16) % 2), grouping, seed=0)][-1] == "woman"


def test_systems_are_compared_on_what_both_answered():
    grouping = labels(tones=2)
    rng = np.random.default_rng(0)
    one, two = observed(rng.random(64) < 0.5, system="a"), observed(rng.random(64) < 0.2, system="b")
    fewer = Observations("b", "gender", "rate", RATE, two.values[::-1][:40], np.arange(64)[::-1][:40])
    (found,) = [each for each in system_difference(one, fewer, grouping) if each.margin == "overall"]
    assert found.n == 40
    assert (found.system, found.other) == ("a", "b")
    assert found.value == pytest.approx(one.values[24:].mean() - two.values[24:].mean())
    assert found.low < found.value < found.high
    same = system_difference(one, one, grouping)
    assert all(each.value == 0 and each.low < 0 < each.high for each in same)


# Within families


def test_what_families_have_in_common_drops_out_of_the_effect_of_tone():
    grouping = labels(crossed=True)
    heads = np.random.default_rng(0).normal(0, 10, 8)[grouping.family]
    effects = tone_effects(observed(heads + 0.5 * grouping.step[grouping.cell], MEAN), grouping, seed=1)
    slope, between = effects[0].estimate, effects[-1].estimate
    assert (slope.group, slope.value, slope.note) == (SLOPE, pytest.approx(0.5), LIMITS)
    assert between.value > 3
    darkest = next(each.estimate for each in effects if each.estimate.group == "monk_10")
    assert darkest.value == pytest.approx(0.5 * (10 - 5))


def test_the_slope_of_scores_of_pairs_is_taken_between_the_same_two_heads():
    grouping = labels(people=5, shots=1, crossed=True)
    one, other = np.triu_indices(5, 1)
    start = np.arange(20)[:, None] * 5
    first, second = (start + one).ravel(), (start + other).ravel()
    brings = np.random.default_rng(0).normal(size=10)
    noise = np.random.default_rng(1).normal(0, 0.01, len(first))
    values = brings[grouping.family[first]] + brings[grouping.family[second]] + 0.2 * grouping.step[grouping.cell[first]] + noise
    found = tone_effects(Observations("toy", "verification", "non-mated score", MEAN, values, first, second), grouping, seed=1)[0]
    assert found.estimate.value == pytest.approx(0.2, abs=0.01)
    assert found.estimate.low < 0.2 < found.estimate.high
    assert found.estimate.high - found.estimate.low < 0.02


def test_an_independent_design_has_no_effect_of_tone_alone():
    grouping = labels()
    assert tone_effects(observed(np.zeros(320)), grouping, seed=1) == []
    assert flips(observed(np.zeros(320)), grouping, np.tile(np.arange(4), 80)) == []


def test_flips_by_hand():
    grouping = labels(tones=2, people=2, shots=2, crossed=True)
    shot = np.tile([0, 1], 8)
    values = np.zeros(16)
    values[8:] = [1, 1, 1, 0, 0, 0, 0, 0]  # darker women: both of one head, one of the other
    values[6] = 1  # a lighter man, right in the darker tone
    (found,) = flips(observed(values), grouping, shot)
    assert (found.tone, found.reference, found.pairs) == ("monk_02", "monk_01", 8)
    assert (found.worse, found.better, found.families_worse, found.families_better) == (3, 1, 2, 1)
    assert found.mcnemar_p == pytest.approx(binomtest(3, 4).pvalue)
    assert found.family_p == pytest.approx(1.0)


def test_the_exact_test_of_flips():
    assert exact_p(0, 0) == 1
    assert exact_p(10, 0) == pytest.approx(2 / 1024)
