"""Wilson's interval against its formula."""

from __future__ import annotations

from math import sqrt

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evenface.statistics import Interval, wilson_interval

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
