"""Skin by five points: places on a drawn face, turned heads, and how near the estimate comes to the true masks of renders."""

from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image

from evenface.dataset import Dataset
from evenface.faces.detection import DetectorAndRecogniser
from evenface.faces.placing import skin_of_points
from evenface.faces.tone import read_skin

FRONT = ((40.0, 40.0), (80.0, 40.0), (60.0, 64.0), (45.0, 80.0), (75.0, 80.0))
SHAPE = (128, 120)
FLAT = np.full((*SHAPE, 3), 120, np.uint8)


def turned(points, degrees, about=(60.0, 60.0)):
    c, s = np.cos(np.radians(degrees)), np.sin(np.radians(degrees))
    return (np.array(points) - about) @ np.array([[c, s], [-s, c]]) + about


def test_cheeks_and_forehead_lie_beside_the_nose_and_over_the_eyes():
    mask = skin_of_points(FRONT, FLAT)
    assert mask.shape == SHAPE
    assert mask.dtype == np.uint8
    assert set(np.unique(mask)) == {0, 128, 255}
    assert mask[60, 36] == mask[60, 84] == mask[13, 60] == 255
    assert mask[60, 60] == 128, "the bridge of the nose"
    for x, y in (*FRONT[:2], *FRONT[3:], (60, 80), (60, 30), (2, 2), (60, 110)):
        assert mask[int(y), int(x)] == 0
    np.testing.assert_array_equal(mask, mask[:, ::-1])


def test_it_follows_the_head():
    still = skin_of_points(FRONT, FLAT)
    moved = skin_of_points(np.add(FRONT, (10, 5)), FLAT)
    np.testing.assert_array_equal(moved[5:, 10:], still[:-5, :-10])
    np.testing.assert_array_equal(skin_of_points(turned(FRONT, 180, (60, 64)), FLAT), still[::-1, ::-1])
    smaller = skin_of_points(np.array(FRONT) / 2, FLAT[:64, :60])
    assert np.count_nonzero(smaller == 255) == pytest.approx(np.count_nonzero(still == 255) / 4, rel=0.1)


def test_a_turned_head_narrows_its_far_cheek_and_a_profile_has_none():
    def cheeks(nose_x):
        mask = skin_of_points((*FRONT[:2], (nose_x, 64.0), *FRONT[3:]), FLAT)[45:] == 255
        return np.count_nonzero(mask[:, :60]), np.count_nonzero(mask[:, 60:])

    left, right = cheeks(60.0)
    assert left == right > 50
    left, right = cheeks(50.0)
    assert 0 < left < 0.75 * right
    assert cheeks(40.0)[0] == 0


def test_a_fringe_is_left_out_of_the_forehead_on_light_skin_and_on_dark():
    whole = skin_of_points(FRONT, FLAT) == 255
    for skin, hair in ((200, 60), (60, 200), (40, 12)):
        picture = np.full_like(FLAT, skin)
        picture[:30, :60] = hair
        patch = skin_of_points(FRONT, picture) == 255
        assert not patch[:30, :60].any()
        np.testing.assert_array_equal(patch[:, 60:], whole[:, 60:])


@pytest.mark.parametrize("points", [((5.0, 5.0),) * 5, tuple((float(i), float(i)) for i in range(5)), ((-500.0, 9.0),) * 5])
def test_points_that_are_no_face_place_nothing(points):
    assert not skin_of_points(points, FLAT).any()


def test_most_of_it_is_skin_and_measures_as_the_true_mask(real_faces):
    rows = list(Dataset.open(real_faces).rows("default"))
    pictures = [np.asarray(Image.open(io.BytesIO(row["image"]["bytes"]))) for row in rows]
    stored = Dataset.open(real_faces).masks()
    truth = [np.asarray(Image.open(io.BytesIO(stored.get(row["image_id"])))) for row in rows]
    with DetectorAndRecogniser() as models:
        found = [seen.faces[0].points for seen in models.look(pictures)]
    masks = [skin_of_points(points, picture) for points, picture in zip(found, pictures, strict=True)]
    shares = [(true[mask == 255] > 0).mean() for mask, true in zip(masks, truth, strict=True)]
    assert np.mean(shares) > 0.85
    read, right = (np.array([skin.lab[0] for skin in read_skin(pictures, which)]) for which in (masks, truth))
    assert np.median(np.abs(read - right)) < 3.0
