"""CIEDE2000 is that of its paper and of an independent library, at every processor's last bits and for any number of pairs."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from evenface.faces.ciede2000 import ciede2000

GOLDEN = json.loads((Path(__file__).parent / "goldens" / "ciede2000.json").read_text())


def pairs(name):
    rows = np.array(GOLDEN[name])
    return rows[:, :3], rows[:, 3:6], rows[:, 6]


def test_it_is_that_of_the_published_pairs():
    one, other, wanted = pairs("published")
    assert len(wanted) == 34
    assert np.round(ciede2000(one, other), 4).tolist() == wanted.tolist()
    assert np.round(ciede2000(other, one), 4).tolist() == wanted.tolist()


def test_it_is_that_of_an_independent_library():
    one, other, wanted = pairs("computed")
    assert ciede2000(one, other) == pytest.approx(wanted, abs=1e-10)


def test_a_pair_is_as_far_apart_alone_as_among_others():
    one, other, _ = pairs("computed")
    whole = ciede2000(one, other)
    for size in (1, 2, 3, 8, 31):
        parts = [ciede2000(one[at : at + size], other[at : at + size]) for at in range(0, len(one), size)]
        assert np.array_equal(np.concatenate(parts), whole)
    assert np.array_equal(ciede2000(one[::3], other[::3]), whole[::3])
    assert np.array_equal(ciede2000(one.reshape(4, -1, 3), other.reshape(4, -1, 3)).ravel(), whole)
    assert ciede2000(one[0], other[0]) == whole[0]


def test_a_colour_is_nowhere_but_where_it_is():
    one, _, _ = pairs("computed")
    assert not ciede2000(one, one).any()
    assert ciede2000(one, [50.0, 0.0, 0.0]).shape == (len(one),)
