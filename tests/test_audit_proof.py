"""A quick version of the proof: `python benchmarks/audit_proof.py` prints the full one, which docs/figures.md keeps.

The bounds are those within which 93 to 97 % comes out of so few seeds in all but one case of a thousand.
"""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path

import numpy as np
import pytest

from evenface.examine.audit.metrics.comparisons import compare


@pytest.fixture(scope="module")
def proof():
    spec = importlib.util.spec_from_file_location("audit_proof", Path(__file__).parents[1] / "benchmarks" / "audit_proof.py")
    module = importlib.util.module_from_spec(spec)
    sys.modules["audit_proof"] = module
    spec.loader.exec_module(module)
    yield module
    del sys.modules["audit_proof"]


MARGINS = {"cell", "tone", "gender", "shade", "overall"}


def shares(tally):
    return {key: value for key, value, *_ in tally.items()}


def test_intervals_of_rates_cover_what_is_planted_at_four_people_a_cell(proof):
    tally, grouping = proof.Tally(), proof.world(4)
    for seed in range(60):
        rng = np.random.default_rng([1, seed])
        for name, rates in proof.WORLDS.items():
            rows = proof.estimates(proof.errors(rng, grouping, rates), grouping)
            proof.add_margins(tally, rows, grouping, rates, name)
    found = shares(tally)
    assert {margin for _, margin in found} == MARGINS
    assert all(0.92 <= value <= 0.985 for (_, margin), value in found.items() if margin == "cell"), found
    assert all(0.91 <= value <= 0.99 for (_, margin), value in found.items() if margin == "tone"), found
    assert all(value >= 0.85 for value in found.values()), found


def test_intervals_of_false_matches_cover_what_is_planted_at_four_people_a_cell(proof):
    tally, grouping = proof.Tally(), proof.world(4)
    shift = proof.SHIFTS["threshold shift"]
    threshold = proof.THRESHOLDS["FMR 10 %"]
    for seed in range(60):
        pairs = proof.sample_comparisons(np.random.default_rng([3, seed]), grouping, shift)
        fmr, fnmr = proof.error_rates("simulated", pairs, proof.Threshold(threshold, "given"))[:2]
        proof.add_margins(tally, proof.estimates(fmr, grouping), grouping, proof.norm.sf(threshold - shift), "FMR")
        proof.add_margins(
            tally, proof.estimates(fnmr, grouping), grouping, proof.norm.cdf(threshold - shift - proof.MATED), "FNMR"
        )
    found = shares(tally)
    assert {margin for _, margin in found} == MARGINS
    assert all(0.92 <= value <= 0.985 for (_, margin), value in found.items() if margin == "cell"), found
    assert all(value >= 0.85 for value in found.values()), found


def test_intervals_of_shares_cover_what_is_planted_for_every_user(proof):
    tally, grouping = proof.Tally(), proof.world(4)
    proof.coverage_of_shares(tally, "small", grouping, 100)
    found = {(name, margin): value for (_, name, margin), value in shares(tally).items()}
    assert {name for name, _ in found} == set(proof.SHARE_USERS)
    assert all(0.92 <= value <= 0.995 for value in found.values()), found


def test_where_nothing_is_planted_few_seeds_call_a_gap(proof):
    grouping = proof.world(4)
    alarms = 0
    for seed in range(60):
        values = proof.errors(np.random.default_rng([5, seed]), grouping, np.full(20, 0.1))
        alarms += any(row.shown for row in compare(values, grouping, seed=seed))
    assert alarms <= 9  # of 60 at 5 %: more comes once in a thousand


def test_pairs_of_heads_that_share_all_tones_are_not_taken_for_independent(proof):
    """A crossed set at four heads a gender: the same few pairs of heads in every tone, which differ by gender by chance."""
    grouping, threshold = proof.world(4, crossed=True), proof.Threshold(proof.THRESHOLDS["FMR 10 %"], "given")
    alarms = 0
    for seed in range(50):
        pairs = proof.sample_comparisons(np.random.default_rng([8, seed]), grouping, np.zeros(20))
        alarms += any(row.shown for row in compare(proof.error_rates("toy", pairs, threshold)[0], grouping, seed=seed))
    assert alarms <= 4


def test_a_gap_is_found_as_often_as_was_promised(proof):
    grouping = proof.world(4)
    contrasts = proof.list_contrasts(grouping)
    base = np.full(20, 0.1)
    slope = len(contrasts) - 1
    pilots = [compare(proof.errors(np.random.default_rng([6, seed]), grouping, base), grouping, seed=seed) for seed in range(15)]
    gap = np.median([rows[slope].smallest_gap for rows in pilots])
    rates = np.clip(base + gap * contrasts[slope].pattern, 0, 1)
    found = sum(
        compare(proof.errors(np.random.default_rng([7, seed]), grouping, rates), grouping, seed=seed)[slope].shown
        for seed in range(60)
    )
    assert 36 <= found <= 57  # of 60 at 80 %


def test_a_planted_gap_of_20_points_is_found_with_twenty_people_a_cell(proof):
    grouping, rates = proof.world(20), proof.WORLDS["20 points more for tones 8 to 10"]
    for seed in range(3):
        found = compare(proof.errors(np.random.default_rng(seed), grouping, rates), grouping, seed=seed)
        assert found[-1].shown
        assert not found[21].shown  # woman against man: nothing is planted
