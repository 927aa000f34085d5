"""Intervals against their formulas, figures of scores and the bootstrap over people against loops that spell them out."""

from __future__ import annotations

from math import sqrt

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evenface.statistics import Interval, percentile_interval, wilson_interval
from evenface.statistics.people import Pairs, PeopleBootstrap, sample_weights
from evenface.statistics.scores import d_prime, describe, equal_error_rate, false_match_rate, false_non_match_rate
from evenface.statistics.shares import Share, clustered_share

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
    """The definition in words of one thing after another."""
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
        nobody = Pairs(np.empty(0), np.empty(0, dtype=int), np.empty(0, dtype=int))
        weights = sample_weights(rng, families=40, resamples=300)
        low, high = PeopleBootstrap(mated=nobody, non_mated=pairs, weights=weights).false_match_rate(threshold=threshold)
        covered += low <= truth <= high
    assert covered >= 50


# ------------------------------------------------------------------------------------------------------------- shares of clusters


def share_of(clusters, seed=0):
    return clustered_share(np.random.default_rng(seed), clusters)


def test_a_share_of_single_pictures_has_wilsons_interval():
    assert share_of([(1, 1)] * 19 + [(0, 1)]) == Share(19, 20, 20, *wilson_interval(19, 20))


def test_where_all_agree_there_are_no_more_witnesses_than_clusters():
    assert share_of([(3, 3)] * 20) == Share(60, 60, 20, *wilson_interval(20, 20))
    assert share_of([(0, 3)] * 20) == Share(0, 60, 20, *wilson_interval(0, 20))
    assert share_of([]) == Share(0, 0, 0, 0.0, 1.0)
    assert share_of([]).value is None


def test_the_interval_of_clusters_is_that_of_a_bootstrap_that_draws_them_one_by_one():
    clusters = [(int(hits), 4) for hits in np.random.default_rng(1).integers(0, 5, 60)] + [(2, 2), (0, 6)]
    rng, pairs = np.random.default_rng(2), np.array(clusters)
    drawn = [pairs[rng.integers(0, len(pairs), len(pairs))].sum(axis=0) for _ in range(4000)]
    low, high = np.quantile([hits / total for hits, total in drawn], [0.025, 0.975])
    found = share_of(clusters)
    assert (found.low, found.high) == pytest.approx((low, high), abs=0.02)
    # Pictures that go together say less than as many that do not.
    wilson = wilson_interval(found.hits, found.total)
    assert found.high - found.low > 1.2 * (wilson.high - wilson.low)


def test_the_order_of_clusters_does_not_move_the_interval():
    clusters = [(1, 3), (2, 3), (3, 3), (0, 3)] * 5
    assert share_of(clusters) == share_of(clusters[::-1])
