"""Intervals against their formulas, figures of scores and the bootstrap over people against loops that spell them out."""

from __future__ import annotations

from math import sqrt

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import chi2_contingency, t

from evenface.statistics.association import contingency, cramers_v, local_z, quantile_bins
from evenface.statistics.balance import BALANCED, NOT_SHOWN, UNBALANCED, compare_shares, resampled_sums
from evenface.statistics.clusters import (
    Sample,
    Share,
    effective_wilson,
    quantile_of_t,
    rate_interval,
    share_of,
    spread_of,
)
from evenface.statistics.intervals import Interval, join_limits, percentile_interval, wilson_interval
from evenface.statistics.parity import (
    cell_differences,
    cell_offsets,
    kolmogorov_smirnov,
    ks_by_chance,
    people_means,
)
from evenface.statistics.people import Pairs, PeopleBootstrap, sample_weights
from evenface.statistics.scores import (
    d_prime,
    describe,
    equal_error_rate,
    false_match_rate,
    false_matches_allowed,
    false_non_match_rate,
    rates_at,
    threshold_reached_by,
)

Z_95 = 1.959963984540054


@settings(deadline=None)  # the first call imports scipy
@given(total=st.integers(1, 5000), part=st.floats(0, 1))
def test_the_interval_is_wilsons(total, part):
    hits = round(part * total)
    rate = hits / total
    middle = (rate + Z_95**2 / (2 * total)) / (1 + Z_95**2 / total)
    half = Z_95 / (1 + Z_95**2 / total) * sqrt(rate * (1 - rate) / total + Z_95**2 / (4 * total**2))
    assert wilson_interval(hits, total) == pytest.approx((middle - half, middle + half), abs=1e-9)


def test_nothing_counted_says_nothing():
    assert wilson_interval(0, 0) == Interval(0.0, 1.0)


def test_more_confidence_is_a_wider_interval():
    narrow, wide = wilson_interval(8, 10, confidence=0.8), wilson_interval(8, 10, confidence=0.99)
    assert wide.low < narrow.low < 0.8 < narrow.high < wide.high


@pytest.mark.parametrize(("hits", "total", "confidence"), [(3, 2, 0.95), (-1, 2, 0.95), (1, 2, 1.0), (1, 2, 0.0)])
def test_impossible_counts_are_refused(hits, total, confidence):
    with pytest.raises(ValueError, match="no interval for"):
        wilson_interval(hits, total, confidence=confidence)


# Scores: hand-made loops say what is meant


scores = st.lists(st.integers(-20, 20).map(lambda n: n / 10), min_size=1, max_size=30)


@given(mated=scores, non_mated=scores, threshold=st.integers(-25, 25).map(lambda n: n / 10))
def test_rates_count_what_is_accepted_and_what_is_not(mated, non_mated, threshold):
    accepted = refused = 0
    for score in non_mated:
        accepted += score >= threshold
    for score in mated:
        refused += not score >= threshold
    assert false_match_rate(non_mated=non_mated, threshold=threshold) == pytest.approx(accepted / len(non_mated))
    assert false_non_match_rate(mated=mated, threshold=threshold) == pytest.approx(refused / len(mated))


def slow_equal_error_rate(mated, non_mated):
    """The definition, one value after the other."""
    thresholds = [*sorted({*mated, *non_mated}), float("inf")]
    before = None
    for threshold in thresholds:
        matches = sum(score >= threshold for score in non_mated) / len(non_mated)
        misses = sum(score < threshold for score in mated) / len(mated)
        if misses >= matches:
            if before is None or misses == matches:
                return (matches + misses) / 2
            earlier_matches, earlier_misses = before
            # How far along the two lines they meet.
            part = (earlier_matches - earlier_misses) / (misses - earlier_misses + earlier_matches - matches)
            return earlier_matches + part * (matches - earlier_matches)
        before = matches, misses
    raise AssertionError("above all scores nothing matches and everything misses")


@given(mated=scores, non_mated=scores)
def test_the_equal_error_rate_is_where_the_lines_cross(mated, non_mated):
    found = equal_error_rate(mated=mated, non_mated=non_mated)
    assert found.rate == pytest.approx(slow_equal_error_rate(mated, non_mated), abs=1e-12)
    assert min(*mated, *non_mated) <= found.threshold <= max(*mated, *non_mated) + 1e-9


def test_rates_at_many_thresholds_are_those_at_each():
    rng = np.random.default_rng(3)
    mated, non_mated = rng.normal(1, 1, 40).round(1), rng.normal(0, 1, 70).round(1)
    thresholds = np.linspace(-2, 3, 51).round(1)
    matches, misses = rates_at(mated=mated, non_mated=non_mated, thresholds=thresholds)
    assert matches == pytest.approx([false_match_rate(non_mated=non_mated, threshold=each) for each in thresholds])
    assert misses == pytest.approx([false_non_match_rate(mated=mated, threshold=each) for each in thresholds])


@pytest.mark.parametrize("allowed", range(5))
def test_the_threshold_lets_as_many_match_as_a_rate_allows(allowed):
    scores = np.random.default_rng(4).normal(size=1000)
    assert false_matches_allowed(rate=allowed / 1000, comparisons=1000) == allowed
    threshold = threshold_reached_by(greatest=np.sort(scores)[::-1], count=allowed)
    assert (scores >= threshold).sum() == allowed
    assert (scores >= np.nextafter(threshold, -np.inf)).sum() == allowed + 1


def test_limits_of_a_difference_by_hand():
    one, other = Interval(0.2, 0.5), Interval(0.05, 0.3)
    found = join_limits(0.3, one, 0.1, other)
    assert found == pytest.approx((0.2 - sqrt(0.1**2 + 0.2**2), 0.2 + sqrt(0.2**2 + 0.05**2)))
    together = join_limits(0.3, one, 0.1, other, 0.9)
    assert together.high - together.low < found.high - found.low, "what both have in common does not count"
    assert join_limits(0.3, Interval(0.3, 0.3), 0.1, other) == pytest.approx((0.0, 0.25))


@pytest.mark.parametrize(
    ("mated", "non_mated", "rate"),
    [
        ([0.8, 0.9], [0.1, 0.2], 0.0),  # apart
        ([0.1, 0.2], [0.8, 0.9], 1.0),  # the wrong way round
        ([0.5, 0.9], [0.1, 0.6], 0.5),
        ([1, 2, 3, 4], [1, 2, 3, 4], 0.5),  # the same
        ([4, 5, 6, 7], [1, 2, 3, 4.5], 0.25),
    ],
)
def test_known_equal_error_rates(mated, non_mated, rate):
    assert equal_error_rate(mated=mated, non_mated=non_mated).rate == pytest.approx(rate)


def test_two_normal_heaps_have_the_error_and_the_distance_of_the_textbook():
    rng = np.random.default_rng(0)
    mated, non_mated = rng.normal(2.0, 1.0, 200_000), rng.normal(0.0, 1.0, 200_000)
    found = equal_error_rate(mated=mated, non_mated=non_mated)
    assert found.rate == pytest.approx(0.158655, abs=0.002)  # the normal distribution below -1
    assert found.threshold == pytest.approx(1.0, abs=0.01)
    assert d_prime(mated=mated, non_mated=non_mated) == pytest.approx(2.0, abs=0.02)


def test_d_prime_by_hand():
    assert d_prime(mated=[3, 5], non_mated=[0, 0]) == pytest.approx(4 / sqrt(0.5))
    assert np.isnan(d_prime(mated=[1, 1], non_mated=[0, 0]))
    assert np.isnan(d_prime(mated=[], non_mated=[0, 1]))


def test_no_scores_say_nothing():
    assert np.isnan(false_match_rate(non_mated=[], threshold=0))
    assert np.isnan(false_non_match_rate(mated=[], threshold=0))
    assert np.isnan(equal_error_rate(mated=[], non_mated=[1]).rate)
    assert describe(scores=[]) is None


def test_a_heap_is_described_by_its_points():
    found = describe(scores=range(101))
    assert (found.count, found.mean, found.minimum, found.maximum) == (101, 50, 0, 100)
    assert (found.p01, found.p05, found.median, found.p95, found.p99) == pytest.approx((1, 5, 50, 95, 99))
    assert found.deviation == pytest.approx(sqrt((101**2 - 1) / 12))


# Resampling


def test_a_percentile_interval_leaves_out_what_is_undefined():
    values = [float(value) for value in range(1001)]
    assert percentile_interval(values=values) == pytest.approx((25, 975))
    assert percentile_interval(values=[*values, *[float("nan")] * 900]) == pytest.approx((25, 975))
    assert percentile_interval(values=[1.0, float("nan"), float("nan")]) is None
    assert percentile_interval(values=[]) is None
    with pytest.raises(ValueError, match="no interval"):
        percentile_interval(values=values, confidence=1.0)


@pytest.fixture
def heaps():
    """Scores of 12 families with 2 to 4 pictures each, which differ between families more than within."""
    rng = np.random.default_rng(5)
    sizes = rng.integers(2, 5, 12)
    family = np.repeat(np.arange(12), sizes)
    place = rng.normal(0, 1, 12)[family] + rng.normal(0, 0.3, len(family))
    mated, non_mated = ([], [], []), ([], [], [])
    for i in range(len(family)):
        for j in range(i + 1, len(family)):
            heap = mated if family[i] == family[j] else non_mated
            for column, value in zip(heap, (-abs(place[i] - place[j]), family[i], family[j]), strict=True):
                column.append(value)
    return tuple(Pairs(np.array(scores), np.array(one), np.array(other)) for scores, one, other in (mated, non_mated))


def slow_resample(pairs, drawn):
    """Every score as often as a resample holds its pair: once for each copy, or pair of copies, of its families."""
    found = []
    for score, one, other in zip(pairs.scores, pairs.first, pairs.second, strict=True):
        times = drawn.count(one) if one == other else drawn.count(one) * drawn.count(other)
        found += [score] * times
    return found


def test_the_bootstrap_draws_people_with_all_their_pairs(heaps):
    mated, non_mated = heaps
    rng = np.random.default_rng(0)
    draws = [list(rng.integers(0, 12, 12)) for _ in range(60)]
    weights = np.array([[drawn.count(family) for family in range(12)] for drawn in draws], dtype=float)
    bootstrap = PeopleBootstrap(mated=mated, non_mated=non_mated, weights=weights)
    resampled = [(slow_resample(mated, drawn), slow_resample(non_mated, drawn)) for drawn in draws]

    def slow(figure):
        return percentile_interval(values=[figure(*each) for each in resampled])

    threshold = -0.4
    assert bootstrap.false_match_rate(threshold=threshold) == pytest.approx(
        slow(lambda same, other: false_match_rate(non_mated=other, threshold=threshold))
    )
    assert bootstrap.false_non_match_rate(threshold=threshold) == pytest.approx(
        slow(lambda same, other: false_non_match_rate(mated=same, threshold=threshold))
    )
    assert bootstrap.d_prime() == pytest.approx(slow(lambda same, other: d_prime(mated=same, non_mated=other)))
    rate = equal_error_rate(mated=mated.scores, non_mated=non_mated.scores).rate
    # Between its fifty thresholds, the crossing is found on straight lines.
    assert bootstrap.equal_error_rate(rate=rate) == pytest.approx(
        slow(lambda same, other: equal_error_rate(mated=same, non_mated=other).rate), abs=0.02
    )


def test_weights_are_a_draw_with_replacement():
    weights = sample_weights(np.random.default_rng(0), families=7, resamples=500)
    assert weights.shape == (500, 7)
    assert (weights.sum(axis=1) == 7).all()
    assert weights.var() == pytest.approx(6 / 7, rel=0.1)


def test_where_nothing_went_wrong_the_interval_does_not_claim_certainty(heaps):
    mated, non_mated = heaps
    weights = sample_weights(np.random.default_rng(0), families=12, resamples=50)
    bootstrap = PeopleBootstrap(mated=mated, non_mated=non_mated, weights=weights)
    assert bootstrap.false_match_rate(threshold=9.0) == wilson_interval(0, 6)
    assert bootstrap.false_match_rate(threshold=-99.0) == wilson_interval(6, 6)
    assert bootstrap.false_non_match_rate(threshold=-99.0) == wilson_interval(0, 12)
    assert bootstrap.equal_error_rate(rate=0.0) == wilson_interval(0, 12)


def test_the_interval_holds_the_truth_as_often_as_it_says():
    """People differ, so pairs are not independent: the interval over people covers, one over pairs would not."""
    threshold, covered, rng = 0.0, 0, np.random.default_rng(3)
    truth = 0.5
    for _ in range(60):
        place = rng.normal(0, 1, 40)
        one, other = np.triu_indices(40, 1)
        pairs = Pairs(place[one] + place[other], one, other)
        empty = Pairs(np.empty(0), np.empty(0, dtype=int), np.empty(0, dtype=int))
        weights = sample_weights(rng, families=40, resamples=300)
        low, high = PeopleBootstrap(mated=empty, non_mated=pairs, weights=weights).false_match_rate(threshold=threshold)
        covered += low <= truth <= high
    assert covered >= 50


# ------------------------------------------------------------------------------------------------------------- shares of clusters


def test_a_share_of_single_pictures_has_nearly_wilsons_interval():
    found = share_of([(1, 1)] * 190 + [(0, 1)] * 10)
    assert (found.hits, found.total, found.clusters, found.value) == (190, 200, 200, 0.95)
    assert (found.low, found.high) == pytest.approx(wilson_interval(190, 200), abs=0.005)


def test_where_all_agree_there_are_no_more_witnesses_than_clusters():
    reach = quantile_of_t(0.95, 19)
    assert share_of([(3, 3)] * 20) == Share(60, 60, 20, *effective_wilson(1.0, 20, reach))
    assert share_of([(0, 3)] * 20) == Share(0, 60, 20, *effective_wilson(0.0, 20, reach))


@pytest.mark.parametrize("clusters", [[], [(0, 0)], [(2, 4)], [(4, 4), (0, 0)]])
def test_fewer_than_two_clusters_say_nothing(clusters):
    found = share_of(clusters)
    assert (found.low, found.high) == (0.0, 1.0)
    assert (found.value is None) == (found.total == 0)


def test_pictures_that_go_together_say_less_than_as_many_that_do_not():
    clusters = [(int(hits), 4) for hits in np.random.default_rng(1).integers(0, 5, 60)] + [(2, 2), (0, 6)]
    found, rng, pairs = share_of(clusters), np.random.default_rng(2), np.array(clusters)
    drawn = [pairs[rng.integers(0, len(pairs), len(pairs))].sum(axis=0) for _ in range(4000)]
    assert (found.low, found.high) == pytest.approx(
        np.quantile([hits / total for hits, total in drawn], [0.025, 0.975]), abs=0.02
    )
    wilson = wilson_interval(found.hits, found.total)
    assert found.high - found.low > 1.2 * (wilson.high - wilson.low)


def test_a_share_is_the_audits_estimate_of_one_cell():
    clusters = [(1, 3), (2, 3), (3, 3), (0, 3), (2, 5)]
    values = np.concatenate([np.arange(total) < hits for hits, total in sorted(clusters)]).astype(float)
    family = np.repeat(np.arange(5), [total for _, total in sorted(clusters)])
    spread = spread_of(Sample(values, np.zeros(17, dtype=np.int64), family, cells=1), np.ones((1, 1)))
    found = share_of(clusters)
    assert [(found.low, found.high)] == rate_interval(spread, np.array([17]))[0]


def test_the_order_of_clusters_does_not_move_the_interval():
    clusters = [(1, 3), (2, 3), (3, 3), (0, 3)] * 5
    assert share_of(clusters) == share_of(clusters[::-1])


# Evenness, association, equivalence, parity


tables = st.lists(st.lists(st.integers(0, 40), min_size=3, max_size=3), min_size=2, max_size=5).map(np.array)


@settings(deadline=None)
@given(table=tables)
def test_v_is_that_of_bergsmas_paper(table):
    filled = table[table.sum(axis=1) > 0][:, table.sum(axis=0) > 0]
    found = cramers_v(table)
    if min(filled.shape) < 2 or filled.sum() < 2:
        assert found is None
        return
    n, (r, k) = filled.sum(), filled.shape
    phi2 = chi2_contingency(filled, correction=False).statistic / n
    rows, columns = r - (r - 1) ** 2 / (n - 1), k - (k - 1) ** 2 / (n - 1)
    if min(rows, columns) <= 1:
        assert found is None
        return
    expected = sqrt(min(1.0, max(0.0, phi2 - (r - 1) * (k - 1) / (n - 1)) / (min(rows, columns) - 1)))
    assert found == pytest.approx(expected, abs=1e-9)


@settings(deadline=None)
@given(table=tables, order=st.permutations(range(3)))
def test_v_and_z_do_not_depend_on_the_order(table, order):
    assert cramers_v(table[:, order]) == pytest.approx(cramers_v(table))
    assert cramers_v(table.T) == pytest.approx(cramers_v(table))
    np.testing.assert_allclose(local_z(table[:, order]), local_z(table)[:, order])


def test_narrow_codes_are_counted_as_wide_ones():
    one, other = np.array([300, 299, -1, 300], dtype=np.int16), np.array([299, 0, 4, 299], dtype=np.int16)
    table = contingency(one, other, (301, 300))
    assert (table[300, 299], table[299, 0], table.sum()) == (2, 1, 3)


def test_what_goes_together_wholly_and_not_at_all():
    assert cramers_v(np.eye(3, dtype=int) * 100) == pytest.approx(1.0)
    assert cramers_v(np.full((4, 5), 10)) == 0
    assert cramers_v(np.array([[3, 4]])) is None
    # By chance alone the plain V of a 10 x 10 table of 500 is about 0.13; the corrected one is about 0.
    rng = np.random.default_rng(0)
    drawn = [contingency(*rng.integers(0, 10, (2, 500)), (10, 10)) for _ in range(40)]
    assert np.mean([cramers_v(table) for table in drawn]) < 0.05


def test_local_z_by_hand():
    z = local_z(np.array([[30, 10], [10, 50]]))
    # p = 0.3, margins 0.4 and 0.4: d = 0.14, at most 0.4 - 0.16.
    assert z[0, 0] == pytest.approx(0.14 / 0.24)
    # p = 0.1, margins 0.4 and 0.6: d = -0.14, at least -(0.24 - 0).
    assert z[0, 1] == pytest.approx(-0.14 / 0.24)
    never, always = local_z(np.array([[0, 10], [10, 0]]))[0]
    assert (never, always) == (-1, 1)
    assert np.isnan(local_z(np.array([[5, 5]]))).all()
    assert (local_z(np.full((3, 3), 7)) == 0).all()


@given(table=tables)
def test_local_z_lies_between_never_and_always(table):
    z = local_z(table)
    assert (np.isnan(z) | ((z >= -1 - 1e-9) & (z <= 1 + 1e-9))).all()


def test_quarters_hold_a_quarter_each():
    assert np.bincount(quantile_bins(np.arange(100.0))).tolist() == [25, 25, 25, 25]
    assert quantile_bins(np.array([1.0, np.nan, 1.0])).tolist() == [0, -1, 0]
    assert quantile_bins(np.array([np.nan])).tolist() == [-1]


def test_a_table_counts_pairs_that_are_known():
    assert contingency(np.array([0, 1, -1, 1]), np.array([1, 0, 0, 0]), (2, 2)).tolist() == [[0, 1], [2, 0]]


def people_in_cells(counts):
    return np.repeat(np.eye(len(counts)), counts, axis=0)


def shares(counts, **named):
    targets = [1 / len(counts)] * len(counts)
    return compare_shares(people_in_cells(counts), targets, rng=np.random.default_rng(0), **named)


def test_many_people_show_balance_and_few_do_not():
    assert {share.verdict for share in shares([2_000] * 5, margin=0.02)} == {BALANCED}
    assert {share.verdict for share in shares([20] * 5, margin=0.02)} == {NOT_SHOWN}
    assert [share.verdict for share in shares([3_000, 2_000, 2_000, 2_000, 1_000], margin=0.02)] == [
        *(UNBALANCED, BALANCED, BALANCED, BALANCED, UNBALANCED)
    ]


def test_an_empty_cell_is_no_certainty_among_few():
    few, many = shares([0, 10, 10, 10], margin=0.02)[0], shares([0, 200, 200, 200], margin=0.02)[0]
    assert (few.verdict, many.verdict) == (NOT_SHOWN, UNBALANCED)
    assert few.interval == wilson_interval(0, 30, confidence=0.9)


def test_pictures_of_one_person_are_not_independent():
    """Forty pictures of each of thirty people say about as much as thirty pictures."""
    alone, many = people_in_cells([15, 15]), people_in_cells([15, 15]) * 40
    one, other = (compare_shares(each, [0.5, 0.5], margin=0.05, rng=np.random.default_rng(0))[0] for each in (alone, many))
    assert one.interval == pytest.approx(other.interval)
    assert one.interval.high - one.interval.low > 0.25


def test_the_interval_of_a_share_is_that_of_the_binomial():
    low, high = shares([300, 700], margin=0.02)[0].interval
    half = 1.645 * sqrt(0.3 * 0.7 / 1000)
    assert (low, high) == pytest.approx((0.3 - half, 0.3 + half), abs=0.004)


def test_false_alarms_of_imbalance_are_as_rare_as_promised():
    """The people of a balanced world are drawn at random; at most one set in a hundred may be called unbalanced, at no margin."""
    rng, alarms = np.random.default_rng(1), 0
    for _ in range(200):
        counts = rng.multinomial(300, [1 / 10] * 10)
        found = compare_shares(people_in_cells(counts), [0.1] * 10, margin=1e-9, rng=rng, resamples=200)
        alarms += any(share.verdict == UNBALANCED for share in found)
    assert alarms <= 6


def test_false_claims_of_balance_are_as_rare_as_promised():
    """A cell that lies exactly at the margin may be called balanced in one set of twenty."""
    rng, claims = np.random.default_rng(2), 0
    for _ in range(200):
        counts = rng.multinomial(800, [0.55, 0.45])
        found = compare_shares(people_in_cells(counts), [0.5, 0.5], margin=0.05, rng=rng, resamples=200)
        claims += found[0].verdict == BALANCED
    assert claims <= 20


@pytest.mark.parametrize(("targets", "margin"), [([1.0], 0.02), ([0.5, 0.5], 0.0)])
def test_what_cannot_be_compared_is_refused(targets, margin):
    with pytest.raises(ValueError, match="nothing to compare"):
        compare_shares(people_in_cells([3, 3]), targets, margin=margin, rng=np.random.default_rng(0))


def test_resampled_sums_are_those_of_people_drawn_with_replacement():
    values = np.random.default_rng(0).normal(size=(50, 3))
    sums = resampled_sums(np.random.default_rng(1), values, 4_000)
    np.testing.assert_allclose(sums.mean(axis=0), values.sum(axis=0), atol=0.5)
    np.testing.assert_allclose(sums.var(axis=0), 50 * values.var(axis=0), rtol=0.1)
    assert resampled_sums(np.random.default_rng(1), np.ones((50, 1)), 10, 7).ravel().tolist() == [7] * 10


def cells_of(people, cells, pictures, rng, shift=0.0):
    """Numbers that differ between people and pictures, the first cell's shifted; with their people and cells."""
    person = np.repeat(np.arange(people * cells), pictures)
    cell = person % cells
    values = rng.normal(0, 1, people * cells)[person] + rng.normal(0, 1, len(person)) + shift * (cell == 0)
    return values, person, cell


def test_a_cell_that_lies_apart_is_beyond_the_margin_and_an_equal_one_is_not():
    values, person, cell = cells_of(40, 5, 4, np.random.default_rng(0), shift=2.0)
    found = cell_differences(values, person, cell, 5, least=0.0, family=0.01, tests=5)
    assert found[0].interval.low > 0.25
    assert found[0].value == pytest.approx(2 / sqrt(2), abs=0.35)
    assert all(each.interval.low < 0.25 for each in found[1:])


def test_false_alarms_of_parity_are_as_rare_as_promised():
    """Pictures of one person are alike; all cells have the same people: at margin 0 one set in a hundred may be reported."""
    rng, alarms = np.random.default_rng(3), 0
    for _ in range(300):
        found = cell_differences(*cells_of(4, 6, 5, rng), 6, least=0.0, family=0.01, tests=6)
        alarms += any(max(each.interval.low, -each.interval.high) > 0 for each in found)
    assert alarms <= 9


def test_what_blocks_have_in_common_is_taken_off():
    rng = np.random.default_rng(0)
    block = np.tile(np.arange(30), 4)
    cell = np.repeat(np.arange(4), 30)
    values = rng.normal(0, 10, 30)[block] + 1.0 * (cell == 2)
    arguments = {"least": 0.0, "family": 0.01, "tests": 4}
    plain = cell_differences(values, np.arange(120), cell, 4, **arguments)
    paired = cell_differences(values, np.arange(120), cell, 4, block=block, **arguments)
    assert plain[2].interval.low < 0 < paired[2].interval.low


def test_offsets_are_those_of_the_t_distribution():
    means, cell = np.array([1.0, 2.0, 3.0, 4.0, 6.0]), np.array([0, 0, 0, 1, 1])
    first, second, empty = cell_offsets(means, cell, 3, family=0.05, tests=1)
    deviation = sqrt((2 + 2) / 3)  # squares about the means of the cells, over 5 - 2
    half = t.ppf(0.975, 3) * deviation / sqrt(3)
    assert (first.people, first.median, first.mean) == (3, 2, 2)
    assert first.interval == pytest.approx((2 - half, 2 + half))
    assert (second.median, empty) == (5, None)
    assert cell_offsets(np.array([1.0]), np.array([0]), 1, family=0.05) == [None]


def test_a_person_counts_once_however_many_pictures():
    means, cell, person = people_means(np.array([1.0, 3.0, 5.0, np.nan]), np.array([0, 0, 1, 2]), np.array([0, 0, 1, 1]))
    assert (means.tolist(), cell.tolist(), person.tolist()) == ([2, 5], [0, 1], [0, 1])


@settings(deadline=None)
@given(one=st.lists(st.integers(0, 9), min_size=1, max_size=30), other=st.lists(st.integers(0, 9), min_size=1, max_size=30))
def test_the_distance_is_the_greatest_between_the_parts_that_lie_below(one, other):
    parts = [abs(sum(x <= at for x in one) / len(one) - sum(x <= at for x in other) / len(other)) for at in range(10)]
    assert kolmogorov_smirnov(np.array(one, float), np.array(other, float)) == pytest.approx(max(parts))


def test_what_chance_gives_grows_where_people_are_few():
    rng = np.random.default_rng(0)
    values, person = rng.normal(size=400), np.repeat(np.arange(100), 4)
    few = ks_by_chance(values, person, 5, np.random.default_rng(0), 500)
    many = ks_by_chance(values, person, 50, np.random.default_rng(0), 500)
    assert many < few < 1
    assert kolmogorov_smirnov(np.empty(0), values) is None
