"""Skin, eyes and make-up as arrays: where things lie, what they leave alone, and that the tone is held under all of it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from evenface.backends.cycles.eyes import IRIS_COLOURS, build_eyeball, shade_eye
from evenface.backends.cycles.head import load_head_model
from evenface.backends.cycles.pigment import melanin_spectrum, read_calibration, shade_spectrum
from evenface.backends.cycles.skin import FaceMap, SkinTexture, build_face_map, build_skin
from evenface.backends.cycles.skin.canvas import blank, stamp, window
from evenface.backends.cycles.skin.facemap import SIZE
from evenface.people.identity import FOLDS, IRISES, PATCHES, REDDENING, person
from evenface.people.plan import make_plan
from evenface.records import Complexion, Identity, Makeup
from evenface.spec import Spec

BARE = Makeup(0.0, (0.3, 0.1, 0.1), 0.0, 0.0, 0.0, (0.1, 0.1, 0.1), 0.0, 0.0, 0.0)
LUMINANCE = np.array([0.2126, 0.7152, 0.0722])
TONES = ("monk_02", "monk_05", "monk_07", "monk_10")


@pytest.fixture(scope="module")
def face() -> FaceMap:
    return build_face_map(load_head_model())


@pytest.fixture(scope="module")
def crowd() -> list[Identity]:
    spec = Spec(tones=("monk_05",), genders=("woman", "man"), identities_per_cell=8, seed=11)
    found = [person(spec.seed, spec.design, slot) for slot in make_plan(spec).slots()]
    assert len(found) == 16
    return found


@pytest.fixture(scope="module")
def plain(crowd: list[Identity]) -> Identity:
    """Somebody without a mark, a line or paint."""
    smooth = Complexion(
        lightness_shift=0.0,
        redness_shift=0.0,
        mottling=0.0,
        patches=(0.0,) * len(PATCHES),
        flush=0.0,
        reddening=(0.0,) * len(REDDENING),
        under_eye=0.0,
        freckles=0.0,
        freckle_spread=0.0,
        moles=0,
        blemishes=0.0,
        acne_scars=0.0,
        age_spots=0.0,
        melasma=0.0,
        scars=0,
        birthmark=0.0,
        beard_shadow=0.0,
        pores=0.0,
        oiliness=0.3,
        wrinkles=0.0,
        folds=(0.0,) * len(FOLDS),
        lip_depth=0.4,
        lip_hue=0.0,
        lip_border=0.5,
        lip_contrast=0.0,
        lip_dryness=0.0,
        seed=5,
    )
    return replace(crowd[0], complexion=smooth, makeup=BARE)


def skin_of(face: FaceMap, identity: Identity, tone: str = "monk_05") -> SkinTexture:
    nothing = np.zeros(len(face.mean_mm), np.float32)
    return build_skin(face, identity, read_calibration()[tone], scalp=nothing, beard=nothing)


def seen(face: FaceMap, skin: SkinTexture) -> NDArray[np.float64]:
    """Colour of vertices with the detail under them."""
    detail = np.stack([face.at_vertices(skin.detail[..., channel]) for channel in range(3)], axis=1)
    return (skin.colour * detail).astype(np.float64)


def darker(face: FaceMap, plain: Identity, tone: str = "monk_05", **changes: object) -> NDArray[np.float64]:
    """How much darker a change of the complexion makes each vertex, in natural logarithms of luminance."""
    changed = replace(plain, complexion=replace(plain.complexion, **changes))
    light = [np.log(seen(face, skin_of(face, identity, tone)) @ LUMINANCE) for identity in (plain, changed)]
    return light[0] - light[1]


def test_the_map_mirrors_left_and_right_and_knows_where_the_mouth_is(face: FaceMap) -> None:
    for name in ("lips", "cheekbones", "orbit", "measuring"):
        field = face.texels[name]
        assert np.abs(field - field[:, ::-1]).mean() < 0.02, name
    lips = face.texels["lips"] > 0.5
    assert np.abs(face.x_mm[lips]).max() < 35
    assert -90 < face.z_mm[lips].min() < face.z_mm[lips].max() < -45
    assert face.place.min() > 0
    assert face.place.max() < 1
    front = face.areas["cheeks"] > 0.9
    assert np.abs(face.at_vertices(face.z_mm)[front] - face.mean_mm[front, 2]).max() < 1.0


def test_the_same_person_has_the_same_skin_and_no_two_are_alike(face: FaceMap, crowd: list[Identity]) -> None:
    first, again, other = (skin_of(face, identity) for identity in (crowd[0], crowd[0], crowd[1]))
    assert first.colour.tobytes() == again.colour.tobytes()
    assert first.detail.tobytes() == again.detail.tobytes()
    assert np.abs(np.log(seen(face, first) / seen(face, other))).mean() > 0.03


@pytest.mark.parametrize("tone", TONES)
def test_cheeks_and_forehead_keep_the_tone_whatever_lies_on_them(face: FaceMap, crowd: list[Identity], tone: str) -> None:
    where = face.areas["read"] > 0.85
    reads = []
    for identity in crowd:
        level = replace(identity.complexion, lightness_shift=0.0, redness_shift=0.0)
        colours = seen(face, skin_of(face, replace(identity, complexion=level), tone))[where]
        light = colours @ LUMINANCE
        lit = np.percentile(light, 80)
        reads.append(colours[np.abs(light - lit) <= 0.2 * lit].mean(axis=0))
    away = np.abs(np.log(np.array(reads) / np.median(reads, axis=0)))
    assert away[:, :2].max() < 0.05
    assert away.max() < 0.12


@pytest.mark.parametrize("tone", ["monk_02", "monk_09"])
def test_patches_darken_their_own_area(face: FaceMap, plain: Identity, tone: str) -> None:
    for name, area in (("orbit", "orbit"), ("mouth", "mouth"), ("jaw", "jaw"), ("neck", "neck"), ("temples", "temples")):
        scores = tuple(2.0 * (name == patch) for patch in PATCHES)
        change = darker(face, plain, tone, patches=scores)
        assert change[face.areas[area] > 0.8].mean() > 0.05, name
        assert abs(change[face.areas["measuring"] > 0.6].mean()) < 0.03, name


def test_every_fold_is_drawn_where_it_belongs(face: FaceMap, plain: Identity) -> None:
    places = {
        "forehead": (0, 44, 54, 26),
        "frown": (0, 16, 12, 16),
        "crows_feet": (58, 0, 18, 24),
        "under_eye": (30, -14, 20, 12),
        "nasolabial": (28, -54, 20, 28),
        "marionette": (30, -82, 16, 26),
        "lips": (0, -66, 30, 24),
        "chin": (0, -86, 24, 16),
        "cheeks": (52, -50, 26, 40),
    }
    assert {*places, "neck"} == set(FOLDS)
    smooth = skin_of(face, plain).detail[..., 3]
    for name, (x, z, wide, high) in places.items():
        folds = tuple(float(name == fold) for fold in FOLDS)
        lined = skin_of(face, replace(plain, complexion=replace(plain.complexion, folds=folds))).detail[..., 3]
        pressed = lined - smooth < -0.03
        inside = (np.abs(np.abs(face.x_mm) - x) < wide) & (np.abs(face.z_mm - z) < high)
        assert pressed.sum() > 100, name
        assert inside[pressed].mean() > 0.9, name


def test_rings_of_the_neck_are_the_only_fold_off_the_map(face: FaceMap, plain: Identity) -> None:
    change = darker(face, plain, folds=tuple(float(name == "neck") for name in FOLDS))
    assert change[face.areas["neck"] > 0.9].max() > 0.06
    assert np.abs(change[face.mean_mm[:, 2] > -70]).max() < 0.02


@pytest.mark.parametrize(
    ("changes", "least"),
    [
        ({"freckles": 0.9, "freckle_spread": 0.4}, 0.006),
        ({"moles": 12}, 0.0003),
        ({"age_spots": 1.0}, 0.0006),
        ({"blemishes": 1.0}, 0.0003),
        ({"melasma": 1.0}, 0.014),
        ({"beard_shadow": 1.0}, 0.012),
        ({"birthmark": 1.0}, 0.005),
        ({"under_eye": 1.0}, 0.005),
    ],
)
def test_marks_are_seen_on_pale_and_on_dark_skin(
    face: FaceMap, plain: Identity, changes: dict[str, object], least: float
) -> None:
    shown = face.mean_mm[:, 1] < 10
    for tone in ("monk_02", "monk_09"):
        assert np.abs(darker(face, plain, tone, **changes))[shown].mean() > least


def test_more_freckles_lie_on_the_nose_than_on_the_jaw(face: FaceMap, plain: Identity) -> None:
    change = darker(face, plain, freckles=0.9, freckle_spread=0.0)
    assert change[face.areas["nose"] > 0.8].mean() > 5 * max(change[face.areas["jaw"] > 0.6].mean(), 0.003)


def test_make_up_stays_where_it_is_put_on(face: FaceMap, plain: Identity) -> None:
    before = skin_of(face, plain)
    lipstick = replace(BARE, lipstick=0.9, lipstick_colour=(0.2, 0.02, 0.02))
    after = skin_of(face, replace(plain, makeup=lipstick))
    change = np.abs(np.log(after.colour / before.colour)).max(axis=1)
    assert change[face.areas["lips"] > 0.95].mean() > 0.3
    assert change[face.areas["lips"] < 0.05].max() < 1e-3
    assert after.marks.tobytes() == before.marks.tobytes()
    full = Makeup(0.9, (0.2, 0.02, 0.02), 1.0, 1.0, 1.0, (0.05, 0.03, 0.1), 1.0, 1.0, 1.0)
    painted = skin_of(face, replace(plain, makeup=full))
    measured = face.areas["measuring"] > 0.6
    assert np.abs(np.log(seen(face, painted) / seen(face, before)))[measured].mean() < 0.02
    lids = (face.areas["lid_upper"] > 0.6) & (face.mean_mm[:, 1] < 0)
    assert np.log(seen(face, before) / seen(face, painted))[lids].mean() > 0.2
    # What is painted over is no bare skin.
    assert (painted.marks[:, 0] <= before.marks[:, 0] + 1e-6).all()
    assert (painted.marks[:, 0] < before.marks[:, 0] - 0.3).any()


@pytest.mark.parametrize("tone", TONES)
def test_lipstick_deepens_lips_and_bleaches_none(face: FaceMap, plain: Identity, tone: str) -> None:
    rose = replace(BARE, lipstick=1.0, lipstick_colour=(0.31, 0.15, 0.11))
    before, after = (skin_of(face, replace(plain, makeup=makeup), tone).colour for makeup in (BARE, rose))
    lips = face.areas["lips"] > 0.9
    # On the darkest lips a film may shine a little; it never turns them light.
    assert (after[lips] @ LUMINANCE).mean() < max((before[lips] @ LUMINANCE).mean(), 0.035)


def test_hair_roots_and_lips_are_no_bare_skin(face: FaceMap, plain: Identity) -> None:
    nothing = np.zeros(len(face.mean_mm), np.float32)
    skin = build_skin(face, plain, read_calibration()["monk_05"], scalp=nothing, beard=0.9 * face.areas["beard"])
    assert skin.marks[face.areas["lips"] > 0.9, 0].max() < 0.2
    assert skin.marks[face.areas["beard"] > 0.9, 0].max() < 0.2
    assert skin.marks[face.areas["measuring"] > 0.99, 1].min() > 0.7


def test_values_are_those_of_a_surface(face: FaceMap, crowd: list[Identity]) -> None:
    for tone in TONES:
        for identity in crowd[:4]:
            skin = skin_of(face, identity, tone)
            assert 0 < skin.colour.min() <= skin.colour.max() < 1
            assert 0.1 < skin.roughness.min() <= skin.roughness.max() < 0.8
            assert 0 < skin.shine.min() <= skin.shine.max() <= 1
            assert np.isfinite(skin.detail).all()
            assert np.abs(skin.detail[..., 3]).max() < 4
            rim = np.concatenate([skin.detail[0], skin.detail[-1], skin.detail[:, 0], skin.detail[:, -1]])
            assert np.abs(rim - [1, 1, 1, 0]).max() == 0, "what lies off the map would show its edge"


def test_a_stamp_adds_its_area_and_keeps_off_the_rim(face: FaceMap) -> None:
    canvas = blank()
    at = np.array([[SIZE // 2, SIZE // 2], [0, SIZE - 1]])
    one = np.ones(2, np.float32)
    stamp(canvas.melanin, face, at, 2 * one, one, 0 * one, power=8.0)
    middle = canvas.melanin[SIZE // 2 - 30 : SIZE // 2 + 30, SIZE // 2 - 30 : SIZE // 2 + 30]
    covered = float((middle > 0.5).sum()) * float(face.texel_mm[SIZE // 2, SIZE // 2]) * 215 / SIZE
    assert covered == pytest.approx(np.pi * 4, rel=0.25)
    rows, columns = window(face, (-10, 10), (-5, 5))
    assert np.abs(face.x_mm[rows, columns]).min() < 1
    assert window(face, (10, -10), (-5, 5)) == (rows, columns)


def test_melanin_is_brown_where_it_is_thin_and_nearly_grey_where_it_is_dense() -> None:
    thin, dense = melanin_spectrum(0.1), melanin_spectrum(4.0)
    assert (np.diff(thin) > 0.2).all()
    assert (np.diff(dense) > 0).all()
    assert np.ptp(dense) < 0.25


def test_irises_differ_and_lids_shade_the_eye(crowd: list[Identity]) -> None:
    eyes = replace(crowd[0].eyes, sector=0.0, collarette=0.0, iris="blue", limbus=0.0)
    ball = build_eyeball(eyes, 0.0125)
    iris = slice(64 * 15, 64 * 22)
    for change in ({"sector": 0.3}, {"collarette": 1.0}, {"iris": "brown"}, {"limbus": 1.0}, {"seed": 3}):
        assert np.abs(build_eyeball(replace(eyes, **change), 0.0125).colour - ball.colour).max() > 0.01, change
    assert ball.colour[iris].mean() < ball.colour[-64 * 8 :].mean()
    shade = shade_eye(ball.vertices, np.ones_like(ball.colour), 0.0125)[:, 0]
    assert shade[ball.vertices[:, 2] > 0.008].mean() < 0.7 < shade[np.abs(ball.vertices[:, [0, 2]]).max(axis=1) < 0.001].min()
    assert set(IRIS_COLOURS) == set(IRISES)


@pytest.mark.parametrize("tone", ["monk_02", "monk_09"])
def test_mottling_is_soft_and_faint(face: FaceMap, plain: Identity, tone: str) -> None:
    blotchy = replace(plain, complexion=replace(plain.complexion, mottling=1.0, flush=1.0))
    detail = np.log(skin_of(face, blotchy, tone).detail[..., :3] @ LUMINANCE)
    cheeks = (face.texels["cheeks"] > 0.9) & (face.texels["beard"] < 0.1)
    assert 0 < detail[cheeks].std() < 0.06, "grain as deep as this looks like plaster"


def test_shade_of_pale_skin_is_rosy_and_that_of_dark_skin_melanin() -> None:
    red, green, blue = shade_spectrum(0.1)
    assert red < 0.7 * green
    assert blue < 1.05 * green, "more would be khaki"
    assert shade_spectrum(4.0) == pytest.approx(melanin_spectrum(4.0))


def test_the_corners_of_an_eye_lie_in_shade() -> None:
    across = np.array([[x, -0.008, 0.0] for x in (0.0, 0.0095, -0.0095)], np.float32)
    middle, left, right = shade_eye(across, np.ones((3, 3), np.float32), 0.0125)[:, 0]
    assert left == right < 0.7 * middle
