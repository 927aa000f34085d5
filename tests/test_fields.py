"""Smooth fields make faces of people: alike on both sides, as wide as stated, and nothing that must meet comes apart."""

from __future__ import annotations

import numpy as np
import pytest

from evenface.backends.cycles.head import PARTS, build_head, eye_centres
from evenface.backends.cycles.head.fields import LIKELIHOOD, SCALES, WAVES, amplitudes, displace
from evenface.people.anthropometry import sample_head
from evenface.rng import rng_for

SEEDS = range(60)


@pytest.fixture(scope="module")
def moved(model):
    """Displacements of sixty people, millimetres."""
    even, odd = model.floats("field_even"), model.floats("field_odd")
    return 1000 * np.stack([displace(even, odd, seed) for seed in SEEDS])


@pytest.fixture(scope="module")
def mean(model):
    points = model.floats("corners")[:, 0, 1].mean(0)
    return 1000 * (points - eye_centres(model, points).mean(0))


def test_there_is_a_mode_for_every_wave_of_every_scale(model):
    count = len(model.floats("corners")[0, 0, 0])
    assert model.floats("field_even").shape == model.floats("field_odd").shape == (len(SCALES) * WAVES, count)


def test_a_seed_is_a_face_and_another_one_is_another(moved):
    again = amplitudes(7)
    np.testing.assert_array_equal(amplitudes(7)[0], again[0])
    flat = moved.reshape(len(moved), -1)
    likeness = np.corrcoef(flat)[np.triu_indices(len(flat), 1)]
    assert abs(likeness.mean()) < 0.03
    assert np.abs(likeness).max() < 0.92


def test_faces_differ_by_millimetres_as_stated(moved, mean):
    middle = (np.abs(mean[:, 0]) > 25) & (np.abs(mean[:, 0]) < 40) & (mean[:, 2] > -60) & (mean[:, 2] < -40) & (mean[:, 1] < 20)
    expected = np.sqrt(sum(deviation**2 for area, _, deviation in SCALES if area == "face"))
    found = moved[:, middle].std(0).mean()
    assert 0.7 * expected < found < 1.2 * expected
    assert np.abs(moved.mean(0)).max() < 4 * 4 / np.sqrt(len(moved)), "the mean face stays what it is"


def test_ears_skull_neck_and_shoulders_stay(model, moved, mean):
    still = (mean[:, 1] > 80) | (mean[:, 2] < -135) | (mean[:, 2] > 105)
    assert np.abs(moved[:, still]).max() < 1e-6
    assert np.abs(moved[:, model.regions["ears"] > 0.9]).max() < 1.0


def test_the_two_sides_are_nearly_alike(model, moved):
    left, right = (moved[:, model.landmarks_68[numbers]].mean(2) for numbers in ([36, 48, 17, 31, 4], [45, 54, 26, 35, 12]))
    apart = np.sqrt(((left * [-1, 1, 1] - right) ** 2).sum(-1))
    size = np.sqrt((left**2).sum(-1))
    assert np.median(apart) < 0.5 * np.median(size)
    assert np.median(apart) > 0.05 * np.median(size), "no face is quite even"


def test_eyes_with_their_lids_and_the_mouth_with_its_teeth_move_as_wholes(model, moved):
    for side, lids in (("left", range(42, 48)), ("right", range(36, 42))):
        ball = moved[:, model.parts[f"eye_{side}"]]
        assert np.ptp(ball, axis=1).max() < 1e-4
        rim = moved[:, model.landmarks_68[list(lids)].ravel()]
        # The corners of a wide eye reach beyond what is held, and give it a shape of its own.
        assert np.median(np.abs(rim - ball[:, :1])) < 1.2
    teeth = moved[:, np.concatenate([model.parts[part] for part in ("teeth_upper", "teeth_lower", "tongue")])]
    assert np.ptp(teeth, axis=1).max() < 1e-4
    lips = moved[:, model.landmarks_68[[51, 57, 62, 66]].ravel()]
    assert np.abs(lips - teeth[:, :1]).max() < 0.4


def test_an_unlikely_draw_is_brought_back():
    sizes = [np.sqrt((part**2).mean()) for seed in range(200) for part in amplitudes(seed)[0].reshape(len(SCALES), WAVES, 3)]
    assert max(sizes) <= LIKELIHOOD + 1e-9
    assert np.mean(np.array(sizes) > LIKELIHOOD - 1e-9) < 0.1


def test_a_built_head_has_its_field(model):
    head = sample_head(rng_for(3, "field"), gender="woman", age_years=40)
    from dataclasses import replace

    one, other = (build_head(model, replace(head, field_seed=seed), 40) for seed in (1, 2))
    skin = model.parts[PARTS[0]]
    assert 1.0 < 1000 * np.abs(one[skin] - other[skin]).max() < 25.0
    np.testing.assert_array_equal(one, build_head(model, replace(head, field_seed=1), 40))
