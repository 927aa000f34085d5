"""The Cycles backend: real renders at tiny size."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from hashlib import sha256
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

pytest.importorskip("bpy")

from evenface.backends.cycles.camera import build_view
from evenface.backends.cycles.engine import Cycles
from evenface.backends.cycles.light import build_light, developed
from evenface.backends.cycles.pigment import SPECTRA, calibrated, reflectance
from evenface.backends.cycles.scatter import scattered
from evenface.identity import person
from evenface.measure.tone import TooFewPixels, measure_tone
from evenface.plan import make_plan
from evenface.records import Frame, Identity, Shot, Slot
from evenface.shots import ENVIRONMENTS, shots_for
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


@pytest.fixture(scope="module")
def jobs() -> list[tuple[Identity, Slot, Shot]]:
    spec = spec_of()
    slots = [slot for slot in make_plan(spec).slots() if slot.cell.tone in ("monk_03", "monk_08")]
    return [(person(spec.seed, spec.design, slot), slot, shot) for slot in slots for shot in shots_for(spec, slot)]


def drawn(backend: Cycles, job: tuple[Identity, Slot, Shot]) -> Frame:
    identity, slot, shot = job
    return backend.render(identity, MONK.tone(slot.cell.tone), shot)


def test_a_picture_does_not_depend_on_what_was_rendered_before(backend: Cycles, jobs: list[tuple[Identity, Slot, Shot]]) -> None:
    first = [drawn(backend, job) for job in jobs]
    again = [drawn(backend, job) for job in reversed(jobs)][::-1]
    assert first == again
    assert len({frame.image_png for frame in first}) == len(jobs)


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


def test_the_reference_shot_measures_as_the_swatch(backend: Cycles) -> None:
    spec = override(spec_of(), size_px=96, identities_per_cell=1)
    missed = []
    for slot in make_plan(spec).slots():
        frame = backend.render(person(spec.seed, spec.design, slot), MONK.tone(slot.cell.tone), shots_for(spec, slot)[0])
        read = measure_tone(pixels(frame.image_png), pixels(frame.mask_png), MONK)
        assert not isinstance(read, TooFewPixels)
        missed.append((slot.cell.key, MONK.tone(read.nearest).step - MONK.tone(slot.cell.tone).step, read.l_star))
    assert all(abs(steps) <= 1 for _, steps, _ in missed), missed


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


@pytest.mark.parametrize("light", ENVIRONMENTS)
def test_a_card_that_faces_the_camera_is_exposed_alike_in_every_environment(
    light: str, jobs: list[tuple[Identity, Slot, Shot]]
) -> None:
    shot = replace(jobs[1][2], light=light)
    view = build_view(shot, np.zeros(3))
    radiance = build_light(shot, view)
    rows, columns = radiance.shape[:2]
    polar = ((np.arange(rows) + 0.5) / rows - 0.5) * np.pi
    turn = -((np.arange(columns) + 0.5) / columns - 0.5) * 2 * np.pi
    flat = np.cos(polar)[:, None]
    world = np.stack([flat * np.cos(turn), flat * np.sin(turn), np.sin(polar)[:, None] + 0 * turn], axis=-1)
    facing = np.clip(-(world @ view.rotation.T)[..., 1], 0, None) * flat * np.pi / rows * 2 * np.pi / columns
    card = (radiance * facing[..., None]).sum(axis=(0, 1)) / np.pi
    assert float(card @ (0.2126, 0.7152, 0.0722)) == pytest.approx(1.0, abs=0.05)


def test_development_is_srgb_below_the_shoulder_and_never_decreases() -> None:
    card = np.full((1, 1, 3), 0.18)
    assert developed(card, 0.0).ravel().tolist() == [118, 118, 118]
    ramp = developed(np.linspace(0, 4, 500)[:, None, None].repeat(3, axis=2), 0.0)[:, 0, 0].astype(int)
    assert (np.diff(ramp) >= 0).all()
    assert ramp[-1] == 255


def test_scattering_keeps_even_skin_and_reddens_an_edge_of_light() -> None:
    albedo = np.full((40, 40, 3), 0.4)
    even = np.full((40, 40, 3), 0.2)
    assert scattered(even, albedo, np.ones((40, 40)), 0.001) == pytest.approx(even)
    split = even.copy()
    split[:, 20:] = 0.0
    shade = scattered(split, albedo, np.ones((40, 40)), 0.001)[20, 21]
    assert shade[0] > shade[1] > shade[2] > 0


def test_pigments_of_every_tone_are_those_of_skin() -> None:
    table = calibrated()
    assert set(table) == {tone.name for scale in SCALES.values() for tone in scale.tones}
    for pigments in table.values():
        assert pigments.amounts[2] >= 0.03, "skin without blood"
    luminance = [float(reflectance(np.array(table[tone.name].amounts)) @ (0.2126, 0.7152, 0.0722)) for tone in MONK.tones[3:]]
    assert luminance == sorted(luminance, reverse=True)
    assert SPECTRA.shape == (3, 3)
