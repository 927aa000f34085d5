"""The flat backend: exact colours, features under the landmarks, and nothing that depends on more than its arguments."""

from __future__ import annotations

from dataclasses import replace
from io import BytesIO
from itertools import islice

import numpy as np
import pytest
from PIL import Image

from evenface.backends.swatch import Swatch
from evenface.people.identity import person
from evenface.people.plan import make_plan
from evenface.shots import shots_for
from evenface.spec import Spec
from evenface.vocabulary import SCALES

SPEC = Spec(backend="swatch", images_per_identity=2, identities_per_cell=2)


def people(spec, count):
    found = [(person(spec.seed, spec.design, slot), shots_for(spec, slot)) for slot in islice(make_plan(spec).slots(), count)]
    assert len(found) == count
    return found


def pixels(png):
    return np.asarray(Image.open(BytesIO(png)))


@pytest.fixture(scope="module")
def somebody():
    return people(SPEC, 1)[0]


@pytest.fixture(scope="module")
def tone():
    return SCALES["monk"].tone("monk_06")


@pytest.mark.parametrize("tone", [tone for scale in SCALES.values() for tone in scale.tones], ids=lambda tone: tone.name)
@pytest.mark.parametrize("size", [32, 128])
def test_measured_skin_is_exactly_the_skin_colour(tone, size):
    for identity, shots in people(SPEC, 3):
        assert len(shots) == 3
        for shot in shots:
            frame = Swatch().render(identity, tone, replace(shot, size_px=size))
            picture, mask = pixels(frame.image_png), pixels(frame.mask_png)
            assert picture.shape == (size, size, 3)
            assert mask.shape == (size, size)
            assert set(np.unique(mask)) == {0, 128, 255}
            assert np.count_nonzero(mask == 255) > size * size / 400
            assert {"#" + bytes(rgb).hex() for rgb in picture[mask > 0]} == {tone.srgb_hex}


def test_the_same_arguments_give_the_same_bytes(somebody, tone):
    identity, shots = somebody
    first, again = Swatch(), Swatch()
    assert [first.render(identity, tone, shot) for shot in shots] == [again.render(identity, tone, shot) for shot in shots[::-1]][
        ::-1
    ]


def test_no_two_people_or_shots_give_one_picture(tone):
    frames = [
        Swatch().render(identity, tone, replace(shot, size_px=32)) for identity, shots in people(SPEC, 40) for shot in shots
    ]
    assert len({pixels(frame.image_png).tobytes() for frame in frames}) == len(frames) == 120


def test_in_a_crossed_design_only_the_skin_differs():
    light, dark = people(Spec(design="crossed", tones=("monk_02", "monk_08"), genders=("man",), backend="swatch"), 2)
    assert light[0].family_id == dark[0].family_id
    for shot_light, shot_dark in zip(light[1], dark[1], strict=True):
        one = Swatch().render(light[0], SCALES["monk"].tone("monk_02"), shot_light)
        other = Swatch().render(dark[0], SCALES["monk"].tone("monk_08"), shot_dark)
        assert (one.mask_png, one.landmarks_68) == (other.mask_png, other.landmarks_68)
        differs = (pixels(one.image_png) != pixels(other.image_png)).any(axis=2)
        skin = pixels(one.mask_png) > 0
        assert differs[skin].all()
        # Nose and lips are shades of the skin but no part of the mask.
        assert np.count_nonzero(differs & ~skin) < 0.2 * np.count_nonzero(skin)


def test_landmarks_lie_on_what_they_name(somebody, tone):
    identity, (reference, *_) = somebody
    frame = Swatch().render(identity, tone, reference)
    points = np.array(frame.landmarks_68)
    assert points.shape == (68, 2)
    picture = pixels(frame.image_png)
    skin = np.array([int(tone.srgb_hex[i : i + 2], 16) for i in (1, 3, 5)])
    for part in (slice(36, 42), slice(42, 48), slice(48, 60)):  # eyes and mouth are not painted as skin
        x, y = points[part].mean(axis=0).astype(int)
        assert (picture[y, x] != skin).any()
    left_eye, right_eye, nose, left_mouth, right_mouth = frame.landmarks_5
    assert left_eye[0] < nose[0] < right_eye[0]
    assert left_mouth[0] < nose[0] < right_mouth[0]
    assert left_eye[1] < nose[1] < left_mouth[1]
    x, y, width, height = frame.face_box
    inside = (points >= (x - 0.01, y - 0.01)) & (points <= (x + width + 0.01, y + height + 0.01))
    assert inside[8].all()
    assert inside[27:].all()


def test_pose_moves_the_features_as_the_record_says(somebody, tone):
    identity, (reference, *_) = somebody

    def landmarks(**changes):
        return np.array(Swatch().render(identity, tone, replace(reference, **changes)).landmarks_68)

    still = landmarks()
    assert landmarks(yaw_degrees=30.0)[30, 0] > still[30, 0] + 1  # to the right of the picture
    assert landmarks(pitch_degrees=20.0)[30, 1] < still[30, 1] - 1  # up
    assert landmarks(roll_degrees=20.0)[27, 0] > still[27, 0] + 1  # clockwise: what is above goes right
    assert landmarks(roll_degrees=20.0)[8, 0] < still[8, 0] - 1
    np.testing.assert_allclose(landmarks(offset_x=0.1) - still, [[0.1 * reference.size_px, 0]] * 68, atol=1e-9)
    assert np.ptp(landmarks(camera_distance_m=2 * reference.camera_distance_m)[:, 0]) < 0.6 * np.ptp(still[:, 0])
