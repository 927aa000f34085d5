"""Counts, targets and evenness over cells."""

from __future__ import annotations

from math import inf, isclose

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evenface.statistics.balance import counts, effective_number, evenness, imbalance_ratio, shares, targets


def test_counts_keep_the_order_of_the_cells_and_their_zeros():
    assert list(counts("cab" * 2 + "x", "abcd").items()) == [("a", 2), ("b", 2), ("c", 2), ("d", 0), ("x", 1)]


def test_targets_follow_the_weights_and_give_the_odd_ones_to_the_largest_remainders():
    assert targets(10, "abc") == {"a": 4, "b": 3, "c": 3}
    assert targets(10, "abc", [1, 2, 1]) == {"a": 3, "b": 5, "c": 2}
    assert targets(0, "ab") == {"a": 0, "b": 0}


@given(total=st.integers(0, 10**6), weights=st.lists(st.integers(1, 50), min_size=1, max_size=30))
def test_targets_sum_to_the_total_and_lie_within_one_of_their_share(total, weights):
    cells = list(range(len(weights)))
    found = targets(total, cells, weights)
    assert sum(found.values()) == total
    assert all(abs(found[cell] - total * weights[cell] / sum(weights)) < 1 for cell in cells)


@pytest.mark.parametrize(("total", "cells", "weights"), [(-1, "ab", None), (1, "", None), (1, "ab", [1]), (1, "ab", [0, 0])])
def test_targets_refuse_what_cannot_be_divided(total, cells, weights):
    with pytest.raises(ValueError, match="cannot divide"):
        targets(total, cells, weights)


def test_evenness_runs_from_one_cell_that_holds_everything_to_all_alike():
    assert evenness({"a": 5, "b": 5, "c": 5}) == pytest.approx(1)
    assert evenness({"a": 5, "b": 0}) == 0
    assert evenness({"a": 0, "b": 0}) == 0
    assert 0 < evenness({"a": 1, "b": 9}) < evenness({"a": 4, "b": 6}) < 1


def test_shares_are_parts_of_the_whole():
    assert shares({"a": 1, "b": 3}) == {"a": 0.25, "b": 0.75}
    assert shares({"a": 0}) == {"a": 0.0}
    assert isclose(sum(shares({"a": 1, "b": 1, "c": 1}).values()), 1)


@given(st.dictionaries(st.integers(0, 20), st.integers(1, 1000), min_size=1))
def test_the_effective_number_lies_between_one_and_the_number_of_cells(found):
    assert 1 - 1e-9 <= effective_number(found) <= len(found) + 1e-9
    assert effective_number(dict.fromkeys(found, 7)) == pytest.approx(len(found))
    assert effective_number(found | {-1: 0}) == pytest.approx(effective_number(found))


def test_imbalance_by_hand():
    assert imbalance_ratio({"a": 30, "b": 10}) == 3
    assert imbalance_ratio({"a": 30, "b": 0}) == inf
    assert effective_number({"a": 1, "b": 1, "c": 2}) == pytest.approx(2 * 2**0.5)
    assert effective_number({"a": 0}) == 0
