"""The Cycles backend: real renders at tiny size."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from hashlib import sha256
from importlib.machinery import PathFinder
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

pytest.importorskip("bpy")

from evenface.backends.cycles.backdrop import backdrop
from evenface.backends.cycles.camera import build_view
from evenface.backends.cycles.engine import Cycles
from evenface.backends.cycles.light import CONTRAST, MAP_SHAPE, build_light, card_reading, light_on, warm_factors
from evenface.backends.cycles.photograph import SHOULDER, TOE, compose, develop, encode_srgb, scatter, tone_curve
from evenface.backends.cycles.pigment import SPECTRA, read_calibration, reflectance
from evenface.faces.tone import TooFewPixels, lab_of, measure_tone
from evenface.people.identity import person
from evenface.people.plan import make_plan
from evenface.records import Frame, Identity, Shot, Slot
from evenface.shots import BACKGROUNDS, LIGHTS, SOFTBOXES, shots_for
from evenface.spec import Spec, override, preset
from evenface.vocabulary import SCALES

MONK = SCALES["monk"]


def spec_of(**changes: object) -> Spec:
    return override(preset("demo"), size_px=64, samples=4, seed=3, images_per_identity=2, **changes)


def pixels(data: bytes) -> NDArray[np.uint8]:
    return np.asarray(Image.open(BytesIO(data)))


@pytest.fixture(scope="module")
def backend() -> Cycles:
    return Cycles()


def test_workers_started_beside_blender_find_its_package(backend: Cycles) -> None:
    # Blender's own folders hold another bpy, and a spawned worker gets its parent's path.
    found = PathFinder.find_spec("bpy", sys.path)
    assert found is not None
    assert found.origin is not None
    assert Path(found.origin).parent.parent.name == "site-packages"


def test_to_import_the_backend_leaves_the_path_in_order() -> None:
    code = "import evenface.backends.cycles.engine, sys; from importlib.machinery import PathFinder as p; "
    code += "print(p.find_spec('bpy', sys.path).origin)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert Path(done.stdout.strip()).parent.parent.name == "site-packages"


@pytest.fixture(scope="module")
def jobs() -> list[tuple[Identity, Slot, Shot]]:
    spec = spec_of()
    slots = [slot for slot in make_plan(spec).slots() if slot.cell.tone in ("monk_03", "monk_08")]
    assert len(slots) == 4
    return [(person(spec.seed, spec.design, slot), slot, shot) for slot in slots for shot in shots_for(spec, slot)]


def drawn(backend: Cycles, job: tuple[Identity, Slot, Shot]) -> Frame:
    identity, slot, shot = job
    return backend.render(identity, MONK.tone(slot.cell.tone), shot)


def test_a_picture_does_not_depend_on_what_was_rendered_before(backend: Cycles, jobs: list[tuple[Identity, Slot, Shot]]) -> None:
    first = [drawn(backend, job) for job in jobs]
    again = [drawn(backend, job) for job in reversed(jobs)][::-1]
    assert first == again
    assert len({frame.image_png for frame in first}) == len(jobs)


def test_nothing_of_earlier_pictures_comes_back_in_a_long_session(backend: Cycles) -> None:
    # New images may come to lie where removed ones were, and the session would show the pixels that it remembers.
    spec = override(preset("demo"), tones=[5], identities_per_cell=4, images_per_identity=3, size_px=32, samples=1, seed=4)
    made = [
        (person(spec.seed, spec.design, slot), slot, shot) for slot in make_plan(spec).slots() for shot in shots_for(spec, slot)
    ]
    first = [drawn(backend, job).image_png for job in made]
    again = [drawn(backend, job).image_png for job in reversed(made)][::-1]
    assert [job[2].shot_id for job, one, other in zip(made, first, again, strict=True) if one != other] == []


def test_a_picture_does_not_depend_on_the_process_or_its_threads(
    backend: Cycles, jobs: list[tuple[Identity, Slot, Shot]]
) -> None:
    code = (
        "import os, sys\n"
        "os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})\n"
        "sys.path.insert(0, 'tests')\n"
        "from test_cycles import *\n"
        "spec = spec_of()\n"
        "slot = [s for s in make_plan(spec).slots() if s.cell.tone == 'monk_08'][0]\n"
        "job = person(spec.seed, spec.design, slot), slot, shots_for(spec, slot)[1]\n"
        "print('digest', sha256(drawn(Cycles(), job).image_png).hexdigest())\n"
    )
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=Path(__file__).parents[1])
    here = next(job for job in jobs if job[1].cell.tone == "monk_08" and job[2].shot_id == "probe_00")
    assert f"digest {sha256(drawn(backend, here).image_png).hexdigest()}" in said.stdout


def test_hair_is_tied_for_one_picture_and_loose_again_in_the_next(
    backend: Cycles, jobs: list[tuple[Identity, Slot, Shot]]
) -> None:
    identity, slot, shot = jobs[0]
    long = replace(identity, hair=replace(identity.hair, style="straight_long", texture="straight"))
    loose, tied, again = (drawn(backend, (long, slot, replace(shot, hair_tied=tied))).image_png for tied in (False, True, False))
    assert loose == again != tied
    short = replace(identity, hair=replace(identity.hair, style="crew_cut"))
    assert len({drawn(backend, (short, slot, replace(shot, hair_tied=tied))).image_png for tied in (False, True)}) == 1


def test_the_reference_shot_measures_as_designed(backend: Cycles) -> None:
    spec = override(spec_of(), size_px=96, identities_per_cell=1)
    missed = []
    for slot in make_plan(spec).slots():
        frame = backend.render(person(spec.seed, spec.design, slot), MONK.tone(slot.cell.tone), shots_for(spec, slot)[0])
        read = measure_tone(pixels(frame.image_png), pixels(frame.mask_png), MONK)
        assert not isinstance(read, TooFewPixels)
        missed.append((slot.cell.key, MONK.tone(read.nearest).step - MONK.tone(slot.cell.tone).step, read.l_star))
    # Steps are 3 to 7 L* wide, and a fringe shades a forehead by as much.
    assert all(abs(steps) <= 2 for _, steps, _ in missed), missed
    assert np.mean([abs(steps) <= 1 for _, steps, _ in missed]) >= 0.8, missed


def test_lids_and_lips_of_the_darkest_skin_do_not_glow(backend: Cycles) -> None:
    spec = Spec(tones=("monk_10",), genders=("man",), identities_per_cell=3, size_px=96, samples=12, seed=76)
    slots = list(make_plan(spec).slots())
    assert len(slots) == 3
    for slot in slots:
        frame = backend.render(person(spec.seed, spec.design, slot), MONK.tone("monk_10"), shots_for(spec, slot)[0])
        lab = lab_of(pixels(frame.image_png))
        marks = np.array(frame.landmarks_68)
        for part, reddest in ((slice(36, 42), 11.0), (slice(42, 48), 11.0), (slice(48, 60), 16.0)):
            low, high = np.floor(marks[part].min(axis=0)).astype(int) - 1, np.ceil(marks[part].max(axis=0)).astype(int) + 1
            assert np.percentile(lab[low[1] : high[1], low[0] : high[0], 1], 95) < reddest


def test_only_the_skin_follows_the_tone(backend: Cycles, jobs: list[tuple[Identity, Slot, Shot]]) -> None:
    identity, _, shot = jobs[0]
    light, dark = (backend.render(identity, MONK.tone(name), shot) for name in ("monk_02", "monk_09"))
    assert (light.mask_png, light.landmarks_68, light.face_box) == (dark.mask_png, dark.landmarks_68, dark.face_box)
    skin = pixels(light.mask_png) > 0
    away = np.abs(pixels(light.image_png).astype(int) - pixels(dark.image_png)).max(axis=-1)
    assert away[skin].mean() > 60
    # Corners hold background and cloth, which light from the face reaches but faintly.
    assert away[:6, :6].max() == 0


def test_landmarks_lie_on_the_face(backend: Cycles, jobs: list[tuple[Identity, Slot, Shot]]) -> None:
    for job in jobs:
        frame = drawn(backend, job)
        places = np.array(frame.landmarks_68)
        assert places.min() > 0
        assert places.max() < 64
        left, right, nose, *_ = np.array(frame.landmarks_5)
        assert left[0] < right[0]
        assert nose[1] > min(left[1], right[1])
        skin = pixels(frame.mask_png) > 0
        x, y = np.array(frame.landmarks_68)[29].astype(int)
        assert skin[y - 2 : y + 3, x - 2 : x + 3].any()


def test_yaw_turns_the_nose_to_the_persons_left(jobs: list[tuple[Identity, Slot, Shot]]) -> None:
    shot = replace(jobs[0][2], yaw_degrees=30.0, pitch_degrees=0.0, roll_degrees=0.0, offset_x=0.0, offset_y=0.0)
    nose = build_view(shot, np.zeros(3)).project(np.array([[0.0, -0.03, 0.0]]))[0]
    assert nose[0] > shot.size_px / 2
    assert nose[1] == pytest.approx(shot.size_px / 2)
    up = replace(shot, yaw_degrees=0.0, pitch_degrees=20.0)
    assert build_view(up, np.zeros(3)).project(np.array([[0.0, -0.03, 0.0]]))[0][1] < shot.size_px / 2
    tilted = replace(shot, yaw_degrees=0.0, roll_degrees=10.0)
    assert build_view(tilted, np.zeros(3)).project(np.array([[0.0, 0.0, 0.1]]))[0][0] > shot.size_px / 2


LUMINANCE = np.array([0.2126, 0.7152, 0.0722])


def lit_alike(people: int = 40) -> list[Shot]:
    """Return shots of every light, as the schedule draws them."""
    spec = override(spec_of(), identities_per_cell=people, images_per_identity=4, tones=("monk_05",), genders=("woman",))
    return [shot for slot in make_plan(spec).slots() for shot in shots_for(spec, slot)]


def test_every_shot_is_exposed_for_a_white_card_on_the_face_and_balanced() -> None:
    shots = lit_alike()
    assert {shot.light for shot in shots} == {SOFTBOXES, *LIGHTS}
    for shot in shots[:80]:
        view = build_view(shot, np.zeros(3))
        light = build_light(shot, view)
        assert light.shape == (*MAP_SHAPE, 3)
        assert light.min() >= 0
        assert card_reading(light, view.rotation) == pytest.approx([1, 1, 1], abs=0.02)


def test_no_cheek_gets_more_than_three_times_the_light_of_the_other() -> None:
    ratios = []
    for shot in lit_alike()[:80]:
        reads = light_on(build_light(shot, build_view(shot, np.zeros(3)))) @ LUMINANCE
        parts = [part.mean() for part in np.split(reads, (6, 12))]
        ratios.append(max(parts) / min(parts))
    assert max(ratios) <= CONTRAST * 1.001
    assert np.quantile(ratios, 0.75) > 1.5, "light without direction shows no relief"


def test_the_face_lights_up_on_the_side_of_the_lamp(jobs: list[tuple[Identity, Slot, Shot]]) -> None:
    still = replace(jobs[0][2], light="window", light_pitch_degrees=5.0, light_radius_degrees=25.0, light_fill=0.1)
    for yaw, brighter in ((50.0, 1), (-50.0, 0)):
        shot = replace(still, light_yaw_degrees=yaw)
        cheeks = (light_on(build_light(shot, build_view(shot, np.zeros(3)))) @ LUMINANCE)[:12].reshape(2, 6).mean(axis=1)
        assert int(cheeks.argmax()) == brighter


def test_the_reference_light_is_made_once_and_comes_a_little_from_one_side(jobs: list[tuple[Identity, Slot, Shot]]) -> None:
    references = [shot for _, _, shot in jobs if shot.light == SOFTBOXES]
    first, *others = (build_light(shot, build_view(shot, np.zeros(3))) for shot in references)
    assert all(light is first for light in others)
    cheeks = (light_on(first)[:12] @ LUMINANCE).reshape(2, 6).mean(axis=1)
    assert 1.03 < cheeks.max() / cheeks.min() < 1.6


def test_a_warmer_light_has_more_red_and_less_blue() -> None:
    assert warm_factors(0.0) == pytest.approx([1, 1, 1])
    red, green, blue = warm_factors(20.0)
    assert red > green == 1 > blue
    assert 0.8 < blue < 0.95


def plain(shot: Shot, **changes: object) -> Shot:
    """A camera that adds nothing of its own, but for what is named."""
    nothing = {"vignetting": 0.0, "softness": 0.0, "sharpening": 0.0, "local_contrast": 0.0, "iso": 1.0, "jpeg_quality": 100}
    return replace(shot, exposure_ev=0.0, white_balance_mired=0.0, **(nothing | changes))  # type: ignore[arg-type]


def test_mid_tones_are_the_line_and_the_curve_never_falls() -> None:
    between = np.linspace(TOE, SHOULDER, 50)
    assert tone_curve(between) == pytest.approx(between)
    ramp = tone_curve(np.linspace(0, 8, 4000))
    assert (np.diff(ramp) >= 0).all()
    assert ramp[-1] <= 1
    assert tone_curve(np.array([1.0, 1.5])) == pytest.approx([0.897, 0.983], abs=1e-3), "white keeps some relief"
    assert encode_srgb(np.array([0.18])) * 255 == pytest.approx(118, abs=0.5)


@pytest.mark.parametrize("changes", [{}, {"iso": 500.0}, {"jpeg_quality": 84}, {"sharpening": 0.5}, {"local_contrast": 0.45}])
@pytest.mark.parametrize("grey", [0.02, 0.18, 0.6])
def test_an_even_field_keeps_its_lightness_whatever_the_camera_adds(
    grey: float, changes: dict[str, object], jobs: list[tuple[Identity, Slot, Shot]]
) -> None:
    shot = plain(jobs[0][2], **changes)
    field = develop(np.full((64, 64, 3), grey), shot).astype(float)
    assert field.mean() == pytest.approx(float(encode_srgb(np.array([grey]))[0]) * 255, abs=1.0)


def test_noise_is_seeded_and_grows_with_the_sensitivity(jobs: list[tuple[Identity, Slot, Shot]]) -> None:
    grey = np.full((64, 64, 3), 0.18)
    calm, coarse = (develop(grey, plain(jobs[0][2], iso=iso)) for iso in (50.0, 500.0))
    assert 0 < calm.std() < 0.6 * coarse.std() < 6
    assert (develop(grey, plain(jobs[0][2], iso=500.0)) == coarse).all()
    assert (develop(grey, plain(jobs[0][2], iso=500.0, seed=jobs[0][2].seed + 1)) != coarse).any()


def test_the_camera_darkens_corners_and_lifts_relief(jobs: list[tuple[Identity, Slot, Shot]]) -> None:
    shaded = develop(np.full((64, 64, 3), 0.3), plain(jobs[0][2], vignetting=0.3)).astype(int)
    assert shaded[0, 0, 1] < shaded[32, 32, 1] - 10
    relief = np.full((64, 64, 3), 0.2) * (1 + 0.2 * np.sin(np.arange(64)))[:, None, None]
    flat, lifted = (develop(relief, plain(jobs[0][2], local_contrast=gain)).astype(float).std() for gain in (0.0, 0.4))
    assert lifted > 1.2 * flat


def test_a_person_covers_the_background_by_the_share_of_each_pixel() -> None:
    person = np.zeros((32, 32, 4))
    person[:, 16:] = (0.1, 0.1, 0.1, 1.0)
    picture = compose(person, np.full((32, 32, 3), 0.8))
    assert picture[:, :12] == pytest.approx(0.8)
    assert picture[:, -12:] == pytest.approx(0.1)
    assert (np.diff(picture[5, :, 0]) <= 1e-9).all(), "no rim along an outline"


@pytest.mark.parametrize("background", BACKGROUNDS)
@pytest.mark.parametrize("size", [64, 128, 200])
def test_no_background_burns_out_or_drowns(background: str, size: int, jobs: list[tuple[Identity, Slot, Shot]]) -> None:
    shots = [shot for shot in lit_alike() if shot.background == background][:12]
    assert shots
    for shot in shots:
        behind = backdrop(replace(shot, size_px=size))
        assert behind.shape == (size, size, 3)
        luminance = behind @ LUMINANCE
        assert luminance.min() >= 0
        assert 0.03 < np.median(luminance) < 0.9
        assert np.mean(luminance > 1.1) < 0.2
    assert (backdrop(shots[0]) == backdrop(shots[0])).all()


def test_scattering_keeps_even_skin_and_reddens_an_edge_of_light() -> None:
    albedo = np.full((40, 40, 3), 0.4)
    even = np.full((40, 40, 3), 0.2)
    assert scatter(even, albedo, np.ones((40, 40)), 0.001) == pytest.approx(even)
    split = even.copy()
    split[:, 20:] = 0.0
    shade = scatter(split, albedo, np.ones((40, 40)), 0.001)[20, 21]
    assert shade[0] > shade[1] > shade[2] > 0


def test_pigments_of_every_tone_are_those_of_skin() -> None:
    table = read_calibration()
    assert set(table) == {tone.name for scale in SCALES.values() for tone in scale.tones}
    for pigments in table.values():
        assert pigments.amounts[2] >= 0.03, "skin without blood"
    luminance = [float(reflectance(np.array(table[tone.name].amounts)) @ (0.2126, 0.7152, 0.0722)) for tone in MONK.tones[3:]]
    assert luminance == sorted(luminance, reverse=True)
    assert SPECTRA.shape == (3, 3)
