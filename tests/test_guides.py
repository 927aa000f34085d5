"""What lies behind a render, and what ControlNets are shown of it: real renders of both backends, at tiny size."""

from __future__ import annotations

import io
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

from evenface.backends.diffusion.conditioning import depth_picture, landmarks_picture, normal_picture
from evenface.backends.guide import Guide
from evenface.backends.swatch import Swatch
from evenface.people.identity import person
from evenface.people.plan import make_plan
from evenface.shots import reference_shot, shots_for
from evenface.spec import Spec
from evenface.vocabulary import SCALES

SIZE = 96
SPEC = Spec(
    tones=("monk_07",), genders=("woman", "man"), identities_per_cell=3, images_per_identity=1, size_px=SIZE, samples=2, seed=3
)
SLOTS = list(make_plan(SPEC).slots())
TONE = SCALES["monk"].tone("monk_07")
NOSE, JAW_LEFT, JAW_RIGHT, CHIN = 30, 2, 14, 8


def cycles():
    pytest.importorskip("bpy")
    from evenface.backends.cycles.engine import Cycles

    return Cycles()


@pytest.fixture(scope="module", params=[Swatch, cycles], ids=["swatch", "cycles"])
def backend(request):
    return request.param()


def bald(slot):
    """The person of ``slot`` with nothing that hangs before or beside the face."""
    who = person(SPEC.seed, SPEC.design, slot)
    return replace(
        who,
        hair=replace(who.hair, style="head_covering"),
        facial_hair=replace(who.facial_hair, style="none", length=0.0, density=0.0),
        covering=replace(who.covering, kind="none"),
        glasses=replace(who.glasses, frame="none"),
    )


@pytest.fixture(scope="module")
def guides(backend):
    return [backend.guide(bald(slot), TONE, reference_shot(SPEC, slot)) for slot in (SLOTS[0], SLOTS[3])]


def at(values, point):
    return values[int(point[1]), int(point[0])]


def cheek(guide, side):
    """A place between an eye and a corner of the mouth, well out from the nose."""
    eye, mouth = (np.array(guide.frame.landmarks_5[part + side]) for part in (0, 3))
    outwards = np.array(guide.frame.landmarks_68[(JAW_LEFT, JAW_RIGHT)[side]])
    return 0.6 * (eye + mouth) / 2 + 0.4 * outwards


def test_the_picture_is_that_of_render(backend):
    for slot in (SLOTS[0], SLOTS[4]):
        who, shots = person(SPEC.seed, SPEC.design, slot), shots_for(SPEC, slot)
        assert len(shots) == 2
        for shot in shots:
            first = backend.render(who, TONE, shot)
            assert backend.guide(who, TONE, shot).frame == first == backend.render(who, TONE, shot)


def test_a_guide_depends_on_its_arguments_alone(backend, guides):
    again = backend.guide(bald(SLOTS[0]), TONE, reference_shot(SPEC, SLOTS[0]))
    for name in ("depth_m", "normals"):
        np.testing.assert_array_equal(getattr(again, name), getattr(guides[0], name))


def test_surfaces_are_where_the_picture_shows_somebody(guides):
    for guide in guides:
        assert guide.depth_m.shape == (SIZE, SIZE)
        assert guide.normals.shape == (SIZE, SIZE, 3)
        assert guide.depth_m.dtype == guide.normals.dtype == np.float32
        there = np.isfinite(guide.depth_m)
        skin = np.asarray(Image.open(io.BytesIO(guide.frame.mask_png))) > 0
        assert there[skin].all()
        assert not there[:3, :3].any()
        length = np.linalg.norm(guide.normals, axis=-1)
        np.testing.assert_allclose(length[there], 1, atol=1e-5)
        assert (length[~there] == 0).all()
        assert (guide.normals[there][:, 2] >= -1e-6).all(), "what is seen faces the camera"


def test_depth_is_in_metres_and_the_nose_is_nearer_than_cheeks_and_ears(guides):
    for guide, slot in zip(guides, (SLOTS[0], SLOTS[3]), strict=True):
        nose = at(guide.depth_m, guide.frame.landmarks_68[NOSE])
        distance = reference_shot(SPEC, slot).camera_distance_m
        assert abs(nose - distance) < 0.12
        for side in (0, 1):
            assert 0.01 < at(guide.depth_m, cheek(guide, side)) - nose < 0.12


def test_normals_point_away_from_the_middle_of_the_face(guides):
    for guide in guides:
        left, right = (at(guide.normals, cheek(guide, side)) for side in (0, 1))
        assert left[0] < -0.1 < 0.1 < right[0]
        assert min(left[2], right[2]) > 0.3
        eyes, mouth = (np.mean(guide.frame.landmarks_5[part], axis=0) for part in (slice(0, 2), slice(3, 5)))
        x, y = (eyes - 0.75 * (mouth - eyes)).astype(int)
        brow = guide.normals[y - 1 : y + 2, x - 1 : x + 2].mean(axis=(0, 1))
        assert brow[1] > 0.1, "the forehead looks up"


def test_normals_are_those_of_the_depth(guides):
    for guide in guides:
        depth = np.where(np.isfinite(guide.depth_m), guide.depth_m, np.nan)
        x, y, width, height = map(int, guide.frame.face_box)
        inner = (slice(y + height // 4, y + 3 * height // 4), slice(x + width // 6, x + 5 * width // 6))
        slope = np.gradient(depth, axis=1)[inner]
        assert np.corrcoef(slope.ravel(), guide.normals[..., 0][inner].ravel())[0, 1] > 0.6


def test_the_head_turns_with_its_geometry(backend):
    slot = SLOTS[3]
    still, rolled = (
        backend.guide(bald(slot), TONE, replace(reference_shot(SPEC, slot), roll_degrees=roll, offset_x=shift))
        for roll, shift in ((0.0, 0.0), (20.0, 0.05))
    )
    middle = [np.mean(guide.frame.landmarks_5, axis=0) for guide in (still, rolled)]
    assert at(rolled.depth_m, middle[1]) == pytest.approx(at(still.depth_m, middle[0]), abs=0.02)
    # A head that tilts clockwise turns its left cheek up.
    assert at(rolled.normals, cheek(rolled, 0))[1] > at(still.normals, cheek(still, 0))[1] + 0.05


def test_hair_has_the_normals_of_its_shape():
    backend, slot = cycles(), SLOTS[0]
    who = person(SPEC.seed, SPEC.design, slot)
    shot = reference_shot(SPEC, slot)
    without = backend.guide(bald(slot), TONE, shot)
    long = replace(bald(slot), hair=replace(who.hair, style="straight_long", texture="straight"))
    guide = backend.guide(long, TONE, shot)
    top = np.isfinite(guide.depth_m) & ~np.isfinite(without.depth_m)
    assert np.count_nonzero(top) > SIZE
    columns = np.broadcast_to(np.arange(SIZE) - guide.frame.landmarks_68[NOSE][0], top.shape)
    right = top & (columns > 0)
    left = top & (columns < 0)
    assert guide.normals[left][:, 2].mean() > 0.2
    assert guide.normals[right][:, 0].mean() - guide.normals[left][:, 0].mean() > 0.15


# What ControlNets are shown


def test_depth_pictures_are_white_at_the_nose_and_black_behind(guides):
    for guide in guides:
        picture = depth_picture(guide)
        assert picture.shape == (SIZE, SIZE, 3)
        assert picture.dtype == np.uint8
        assert (picture[..., :1] == picture).all()
        assert (picture[~np.isfinite(guide.depth_m)] == 0).all()
        assert (picture[np.isfinite(guide.depth_m)] >= 24).all()
        nose = at(picture, guide.frame.landmarks_68[NOSE])[0]
        assert nose > 235
        for side in (0, 1):
            assert 24 < at(picture, cheek(guide, side))[0] < nose


def test_the_range_of_depth_is_that_of_the_face_whatever_hangs_before_it(guides):
    guide = guides[0]
    depth = guide.depth_m.copy()
    depth[SIZE // 2, 20:70] = 0.2  # a strand right before the camera
    strand = depth_picture(replace_depth(guide, depth)).astype(int)
    away = np.delete(np.abs(strand - depth_picture(guide)), [SIZE // 2 - 1, SIZE // 2, SIZE // 2 + 1], axis=0)
    assert away.max() <= 4


def test_depth_pictures_know_no_distance_but_to_the_nearest():
    plane = np.full((64, 64), np.inf, np.float32)
    plane[8:56, 8:32], plane[8:56, 32:56] = 1.0, 1.1
    near, far = depth_picture(guide_of(plane)), depth_picture(guide_of(plane + 1))
    assert near[32, 20, 0] == far[32, 20, 0] == 255
    assert 150 < near[32, 44, 0] < far[32, 44, 0] < 250
    gone = plane.copy()
    gone[8:56, 32:56] = 4.0
    assert depth_picture(guide_of(gone))[32, 44, 0] == 24


def test_nobody_is_black():
    nobody = guide_of(np.full((32, 32), np.inf, np.float32))
    assert not depth_picture(nobody).any()
    assert not landmarks_picture(nobody).any()
    assert (normal_picture(nobody) == (128, 128, 255)).all()


def test_normal_pictures_are_red_on_the_left_green_above_and_blue_in_front(guides):
    for guide in guides:
        picture, other = normal_picture(guide).astype(int), normal_picture(guide, red_is_left=False).astype(int)
        left, right = (at(picture, cheek(guide, side)) for side in (0, 1))
        assert left[0] > 140 > 116 > right[0]
        assert min(left[2], right[2]) > 160
        assert (picture[~np.isfinite(guide.depth_m)] == (128, 128, 255)).all()
        assert np.abs(picture[..., 0] + other[..., 0] - 255).max() <= 1
        np.testing.assert_array_equal(picture[..., 1:], other[..., 1:])
        np.testing.assert_allclose(
            other / 127.5 - 1, np.where(np.isfinite(guide.depth_m)[..., None], guide.normals, (0, 0, 1)), atol=0.005
        )


def test_landmarks_are_white_points_where_the_frame_has_them(guides):
    for guide in guides:
        picture = landmarks_picture(guide)
        assert picture.shape == (SIZE, SIZE, 3)
        points = np.array(guide.frame.landmarks_68)
        assert all(at(picture, point).min() > 100 for point in points)
        rows, columns = np.mgrid[:SIZE, :SIZE] + 0.5
        near = np.hypot(columns[..., None] - points[:, 0], rows[..., None] - points[:, 1]).min(axis=-1)
        assert not picture[near > 1.6].any()
        assert picture.max() == 255


def test_points_grow_with_the_picture():
    def shown(size):
        guide = guide_of(np.full((size, size), np.inf, np.float32))
        one = replace(guide.frame, landmarks_68=((size / 2, size / 2),))
        return np.count_nonzero(landmarks_picture(Guide(one, guide.depth_m, guide.normals))[..., 0] > 127) / size**2

    assert shown(1024) == pytest.approx(np.pi * (3 / 512) ** 2, rel=0.1)
    assert shown(512) == pytest.approx(shown(1024), rel=0.15)


def replace_depth(guide, depth):
    return Guide(guide.frame, depth, guide.normals)


def guide_of(depth):
    shot = replace(reference_shot(SPEC, SLOTS[0]), size_px=len(depth))
    frame = replace(Swatch().render(person(SPEC.seed, SPEC.design, SLOTS[0]), TONE, shot), landmarks_68=())
    return Guide(frame, depth, np.zeros((*depth.shape, 3), np.float32))
