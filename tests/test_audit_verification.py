"""Verification metrics of an audit: rates and thresholds against counts by hand."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy.stats import norm

from evenface.examine.audit.metrics.figures import figures_of, verification_observations, verification_rows
from evenface.examine.audit.metrics.groups import grouping_of
from evenface.examine.audit.metrics.observations import estimates
from evenface.examine.audit.metrics.scores import d_primes, own_thresholds, score_shift
from evenface.examine.audit.metrics.verification import (
    Comparisons,
    Threshold,
    across_cells,
    curves,
    error_rates,
    pooled_threshold,
    scores,
    similarities,
    threshold_at,
    vendor_threshold,
)
from evenface.statistics.people import Pairs, d_prime_without_each, jackknife_variance
from evenface.statistics.scores import d_prime

NAN = float("nan")


def people(cells=2, of_each=6, shots=2):
    cell = np.repeat(np.arange(cells), of_each * shots)
    person = np.repeat(np.arange(cells * of_each), shots)
    return grouping_of(
        tone=cell,
        gender=np.zeros(len(cell), np.int64),
        person=person,
        family=person,
        tones=[f"monk_{at + 1:02d}" for at in range(cells)],
        genders=("woman",),
        scale="monk",
    )


def all_pairs(grouping, score):
    first, second = np.triu_indices(len(grouping.cell), 1)
    mated = grouping.person[first] == grouping.person[second]
    return Comparisons(first, second, mated, np.asarray(score(first, second, mated), dtype=np.float64))


def noisy(seed=0, **shape):
    grouping = people(**shape)
    rng = np.random.default_rng(seed)
    return grouping, all_pairs(grouping, lambda one, _, mated: rng.normal(size=len(one)) + 3.0 * mated)


def row(rows, group, metric):
    (found,) = [each for each in rows if each.group == group and each.metric == metric]
    return found


def test_rates_by_hand_with_and_without_failures_to_enrol():
    grouping = people(of_each=2)
    # One mated pair a person; the second person's could not be compared.
    mated = {0: 0.9, 1: NAN, 2: 0.2, 3: 0.8}
    pairs = all_pairs(
        grouping,
        lambda one, two, same: [
            mated[int(grouping.person[a])] if m else (0.6 if (a, b) == (0, 2) else 0.1)
            for a, b, m in zip(one, two, same, strict=True)
        ],
    )
    observations = {each.metric: each for each in error_rates("toy", pairs, Threshold(0.5, "given"))}
    rates = {name: estimates(each, grouping) for name, each in observations.items()}
    assert row(rates["FNMR"], "all", "FNMR").value == pytest.approx(1 / 3)
    assert row(rates["generalised FNMR"], "all", "generalised FNMR").value == pytest.approx(2 / 4)
    assert row(rates["generalised FNMR"], "monk_01", "generalised FNMR").value == pytest.approx(1 / 2)
    # Within cells alone: four pairs of pictures of two people in each of two cells.
    assert (row(rates["FMR"], "all", "FMR").value, row(rates["FMR"], "all", "FMR").n) == (pytest.approx(1 / 8), 8)
    assert row(rates["FMR"], "monk_01", "FMR").threshold == "given"


def test_pairs_across_cells_are_separate():
    grouping = people(of_each=2)
    pairs = all_pairs(grouping, lambda one, two, _: grouping.cell[one] != grouping.cell[two])
    found = across_cells("toy", pairs, grouping, Threshold(0.5, "given"), seed=1)
    assert (found.value, found.n, found.group) == (1.0, 16, "across cells")
    assert found.low > 0
    inside = all_pairs(people(cells=1), lambda one, *_: np.zeros(len(one)))
    assert across_cells("toy", inside, people(cells=1), Threshold(0.5, "given"), seed=1) is None


def test_distances_are_negated_and_invalid_numbers_are_left_out():
    assert similarities([0.4, NAN, float("inf")], "distance").tolist()[:1] == [-0.4]
    assert np.isnan(similarities([NAN, float("inf")], "similarity")).all()
    found = vendor_threshold(0.6, "distance")
    assert (found.value, found.how) == (-0.6, "the vendor's: distance 0.6")
    assert vendor_threshold(None, "similarity") is None


def test_people_of_no_cell_set_no_threshold_and_are_in_no_rate():
    grouping = people(cells=1, of_each=40, shots=1)
    nowhere = replace(grouping, cell=np.full(40, -1))
    pairs = all_pairs(grouping, lambda one, *_: np.linspace(0, 1, len(one)))
    assert pooled_threshold(pairs, grouping, 0.01).value is not None
    assert pooled_threshold(pairs, nowhere, 0.01).value is None
    (fmr, *_) = error_rates("toy", pairs, Threshold(0.5, "given"))
    assert {each.n for each in estimates(fmr, nowhere)} == {0}


def test_a_threshold_lets_through_no_more_than_its_target():
    scores_ = np.random.default_rng(0).permutation(np.arange(10_000) / 10_000)
    found = threshold_at(scores_, 0.01, "pooled")
    assert (scores_ >= found.value).mean() == pytest.approx(0.01)
    assert found.note is None
    tied = threshold_at(np.repeat([0.1, 0.9], [950, 50]), 0.01, "pooled")
    assert (np.repeat([0.1, 0.9], [950, 50]) >= tied.value).mean() == 0


@pytest.mark.parametrize(
    ("number", "note"),
    [
        (299, "cannot be set: 299 non-mated pairs, at least 300 are needed"),
        (300, "set badly: 3 false matches of 300 pairs, 30 are wanted"),
        (3_000, None),
    ],
)
def test_few_pairs_set_a_threshold_badly_or_not_at_all(number, note):
    found = threshold_at(np.arange(number) / number, 0.01, "pooled")
    assert found.note == note
    assert (found.value is None) == (number < 300)


def test_a_pooled_threshold_counts_pairs_within_cells():
    grouping, pairs = noisy(of_each=20)
    found = pooled_threshold(pairs, grouping, 0.01)
    rates = error_rates("toy", pairs, found)
    assert row(estimates(rates[0], grouping), "all", "FMR").value == pytest.approx(0.01, abs=0.001)


def test_own_thresholds_make_false_matches_even_and_say_where_they_cannot():
    grouping = people(of_each=20)
    rng = np.random.default_rng(0)
    pairs = all_pairs(grouping, lambda one, _, mated: rng.normal(size=len(one)) + 3.0 * mated + 2.0 * grouping.cell[one])
    mated, non_mated = scores("toy", pairs)
    found = own_thresholds(mated, non_mated, grouping, 0.05, seed=1)
    expected = norm.cdf(norm.isf(0.05) - 3)
    assert [each.group for each in found] == ["monk_01/woman", "monk_02/woman"]
    assert all(each.low <= expected <= each.high for each in found)
    few = own_thresholds(mated, non_mated, grouping, 0.001, seed=1)
    assert few[0].value is None
    assert few[0].note == "cannot be set: 760 non-mated pairs, at least 3000 are needed"


def test_the_score_shift_is_the_group_less_all():
    grouping = people()
    pairs = all_pairs(grouping, lambda one, two, mated: mated + 0.5 * (grouping.cell[one] == 1) + 0.001 * one * two)
    mated, _ = scores("toy", pairs)
    found = row(score_shift(mated, grouping), "monk_02", "mated score shift")
    values = np.array([mated.values[grouping.cell[mated.first] == at].mean() for at in (0, 1)])
    assert found.value == pytest.approx(values[1] - values.mean())
    assert (found.other, found.low < found.value < found.high) == ("all", True)


def test_d_prime_of_two_normal_heaps():
    grouping, pairs = noisy(of_each=20, shots=4)
    mated, non_mated = scores("toy", pairs)
    found = row(d_primes(mated, non_mated, grouping), "all", "d'")
    assert found.low < 3 < found.high
    assert found.high - found.low < 0.6


def test_d_prime_without_non_mated_pairs_is_undefined():
    grouping = people(of_each=1)
    pairs = all_pairs(grouping, lambda one, *_: np.ones(len(one)))
    mated, non_mated = scores("toy", pairs)
    assert row(d_primes(mated, non_mated, grouping), "monk_01", "d'").note == "mated and non-mated pairs are needed"


def test_d_prime_without_each_family_is_that_of_the_others():
    rng = np.random.default_rng(0)
    family = np.repeat(np.arange(4), 3)
    mated = Pairs(0.9 + rng.normal(size=12) * 1e-6, family, family)
    one, other = np.triu_indices(4, 1)
    non_mated = Pairs(0.9 + rng.normal(size=6) * 1e-6, one, other)
    found = d_prime_without_each(mated, non_mated, 4)
    for left in range(4):
        same, rest = mated.scores[family != left], non_mated.scores[(one != left) & (other != left)]
        assert found[left] == pytest.approx(d_prime(mated=same, non_mated=rest), rel=1e-6)


def test_d_prime_has_no_interval_where_one_family_alone_differs():
    family = np.arange(4)
    one, other = np.triu_indices(4, 1)
    mated = Pairs(np.array([1.0, 1.0, 1.0, 0.5]), family, family)
    found = d_prime_without_each(mated, Pairs(np.full(6, 0.1), one, other), 4)
    assert np.isnan(found).tolist() == [False, False, False, True]
    assert np.isnan(jackknife_variance(found, np.zeros(4, np.int64))[0])


def test_curves_fall_and_rise_from_end_to_end():
    grouping, pairs = noisy()
    points = [each for each in curves("toy", pairs, grouping) if each.group == "all"]
    fmr, fnmr = [each.fmr for each in points], [each.fnmr for each in points]
    assert fmr == sorted(fmr, reverse=True)
    assert fnmr == sorted(fnmr)
    assert (fmr[-1], fnmr[-1], fnmr[0]) == (0.0, 1.0, 0.0)
    compared = pairs.score[~pairs.mated & (grouping.cell[pairs.first] == grouping.cell[pairs.second])]
    assert all(each.fmr == pytest.approx((compared >= each.threshold).mean()) for each in points)
    assert len(points) <= 102


def test_all_figures_of_a_system_come_without_a_warning():
    grouping, pairs = noisy(of_each=4)
    observations = verification_observations("toy", pairs, grouping, vendor_threshold(1.0, "similarity"))
    figures = figures_of(observations, grouping, seed=1, shot=np.tile([0, 1], 8))
    rows = [*figures.estimates, *figures.gaps, *verification_rows("toy", pairs, grouping, None, seed=1)]
    assert {"FMR", "FNMR", "generalised FNMR", "mated score", "d'", "FMR, largest ratio"} <= {each.metric for each in rows}
    assert all(each.low is None or each.value is None or each.low <= each.value <= each.high for each in rows)
    assert all(np.isfinite(number) for each in rows for number in (each.value, each.low, each.high) if number is not None)


def test_people_alone_in_their_cells_have_no_false_matches_to_tell():
    grouping = people(of_each=1)
    pairs = all_pairs(grouping, lambda one, *_: np.ones(len(one)))
    figures = figures_of(verification_observations("toy", pairs, grouping, None), grouping, seed=1)
    assert {each.metric for each in figures.estimates} == {"mated score", "non-mated score"}
