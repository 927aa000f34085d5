"""The k-th person of every cell gets the same shots, spread evenly, and nothing but the caption knows the cell."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import fields, replace
from hashlib import sha256
from itertools import islice

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evenface.people.plan import make_plan
from evenface.records import Shot, Slot
from evenface.shots import (
    BACKGROUND_PALETTE,
    BACKGROUNDS,
    CAPTIONS,
    CLOTHING,
    CLOTHING_PALETTE,
    ENVIRONMENTS,
    EXPRESSIONS,
    LAMPS,
    LIGHTS,
    SOFTBOXES,
    halton_point,
    reference_shot,
    schedule,
    shots_for,
)
from evenface.shots.words import read_family
from evenface.spec import Spec, override
from evenface.vocabulary import GENDERS, REFERENCE, SCALES, Cell

# Of ARKit's 52 face shapes those that an expression here could use: not the tongue and not the eyeballs.
MIDDLE = {"browInnerUp", "cheekPuff", "jawForward", "jawOpen", "mouthClose", "mouthFunnel", "mouthPucker"} | {
    "mouthRollLower",
    "mouthRollUpper",
    "mouthShrugLower",
    "mouthShrugUpper",
}
SIDES = {"browDown", "browOuterUp", "cheekSquint", "eyeBlink", "eyeSquint", "eyeWide", "mouthDimple", "noseSneer"} | {
    f"mouth{move}" for move in ("Frown", "LowerDown", "Press", "Smile", "Stretch", "UpperUp")
}
ARKIT = MIDDLE | {name + side for name in SIDES for side in ("Left", "Right")}


def slot(tone="monk_05", gender="woman", index=0):
    return Slot("id_x", "fam_x", Cell(tone, gender), index)


def silent(shots):
    """Leave the captions out, the only field that may name the cell."""
    return tuple(replace(shot, caption="") for shot in shots)


def probes(people=64, **changes):
    spec = Spec(**changes)
    return [shot for index in range(people) for shot in shots_for(spec, slot(index=index))[1:]]


@pytest.mark.parametrize("design", ["independent", "crossed"])
def test_every_cell_has_the_same_schedule(design):
    spec = Spec(genders=GENDERS, design=design, identities_per_cell=2)
    found = {}
    for place in make_plan(spec).slots():
        found.setdefault(place.index, set()).add(silent(shots_for(spec, place)))
    assert [len(schedules) for schedules in found.values()] == [1, 1]
    assert found[0] != found[1]


@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 2**53 - 1), index=st.integers(0, 10**9), few=st.integers(1, 5), more=st.integers(1, 30))
def test_adding_shots_leaves_the_others_as_they_are(seed, index, few, more):
    short, long = (shots_for(Spec(seed=seed, images_per_identity=n), slot(index=index)) for n in (few, few + more))
    assert long[: few + 1] == short
    assert len({shot.shot_id for shot in long}) == len(long) == few + more + 1


def test_adding_people_tones_or_genders_leaves_the_shots_as_they_are():
    small = Spec(tones=("monk_05",), genders=("woman",), identities_per_cell=1)
    large = override(small, tones=[1, 5, 10], genders=list(GENDERS), identities_per_cell=1000)
    assert shots_for(small, slot()) == shots_for(large, slot())


def test_another_seed_gives_other_shots():
    assert silent(shots_for(Spec(seed=0), slot()))[1:] != silent(shots_for(Spec(seed=1), slot()))[1:]


def test_the_reference_is_frontal_neutral_and_softly_lit():
    reference = shots_for(Spec(size_px=96, samples=5), slot())[0]
    assert (reference.shot_id, reference.light, reference.background, reference.clothing) == (
        REFERENCE,
        SOFTBOXES,
        "grey",
        "crew_neck",
    )
    assert (reference.gaze_yaw_degrees, reference.gaze_pitch_degrees) == (-reference.yaw_degrees, -reference.pitch_degrees)
    assert reference.exposure_ev == 0
    assert (reference.white_balance_mired, reference.vignetting, reference.softness) == (0, 0, 0)
    assert reference.iso <= 50
    assert reference.jpeg_quality == 97
    assert (reference.expression, reference.action_units, reference.light_fill) == ("neutral", (), 1)
    assert reference.camera_distance_m * 36 / reference.focal_length_mm == pytest.approx(0.312)
    assert (reference.size_px, reference.samples) == (96, 5)
    assert reference.background_rgb == reference.clothing_rgb == (0.18, 0.18, 0.18)


def test_reference_shots_differ_by_a_few_degrees_alike_in_every_cell():
    spec = Spec(identities_per_cell=60, images_per_identity=1)
    shots = [reference_shot(spec, slot(index=index)) for index in range(60)]
    turned = np.array([(shot.yaw_degrees, shot.pitch_degrees, shot.roll_degrees) for shot in shots])
    assert (np.abs(turned).max(axis=0) <= (4.0, 3.5, 3.0)).all()
    assert (turned.std(axis=0) > (1.5, 1.3, 1.1)).all()
    yaw, pitch = (np.array([getattr(shot, f"light_{way}_degrees") for shot in shots]) for way in ("yaw", "pitch"))
    assert np.abs(yaw).min() >= 10
    assert np.abs(yaw).max() <= 38
    assert 0.35 < (yaw > 0).mean() < 0.65, "the lamp stands on either side"
    assert 14 <= pitch.min() < 20
    assert 34 < pitch.max() <= 40
    other = slot("monk_09", "man", index=7)
    assert silent([reference_shot(spec, other)]) == silent([shots[7]])


# What docs/people.md states of the probes: field by field, lowest and highest.
LIMITS = {
    "yaw_degrees": (-25, 25),
    "pitch_degrees": (-10, 10),
    "roll_degrees": (-8, 8),
    "gaze_yaw_degrees": (-25, 25),
    "gaze_pitch_degrees": (-25, 25),
    "focal_length_mm": (50, 105),
    "offset_x": (-0.05, 0.05),
    "offset_y": (0.02, 0.07),
    "aperture_f": (2.8, 11.2),
    "exposure_ev": (-0.2, 0.3),
    "white_balance_mired": (-10, 10),
    "vignetting": (0, 0.35),
    "softness": (0, 0.003),
    "iso": (50, 500),
    "local_contrast": (0.12, 0.34),
    "sharpening": (0, 0.35),
    "jpeg_quality": (84, 97),
    "light_yaw_degrees": (-70, 360),
    "light_pitch_degrees": (0, 60),
    "light_radius_degrees": (0, 34),
    "light_warmth_mired": (-35, 35),
    "light_fill": (0.08, 0.32),
    "background_yaw_degrees": (0, 360),
    "background_ev": (-1.3, 0.8),
    "background_blur": (0.25, 1),
}


def test_every_probe_lies_within_the_limits():
    shots = probes(people=150, images_per_identity=4)
    for name, (low, high) in LIMITS.items():
        found = [getattr(shot, name) for shot in shots]
        assert low <= min(found) <= max(found) <= high, name
        assert max(found) - min(found) > 0.5 * (high - low), f"{name} hardly varies"
    for shot in shots:
        assert 0.28 <= shot.camera_distance_m * 36 / shot.focal_length_mm <= 0.345
        assert all(0 <= weight <= 1 for _, weight in shot.action_units)
        # Who looks to the side does not also look far up or down.
        assert abs(shot.pitch_degrees) <= 10 * (1 - 0.5 * abs(shot.yaw_degrees) / 25) + 1e-9


def test_a_lamp_stands_where_its_kind_stands_on_either_side():
    shots = probes(people=400, images_per_identity=3)
    for name, lamp in LAMPS.items():
        lit = [shot for shot in shots if shot.light == name]
        assert {shot.light_yaw_degrees > 0 for shot in lit} == {True, False}
        for shot in lit:
            assert lamp.yaw_degrees[0] <= abs(shot.light_yaw_degrees) <= lamp.yaw_degrees[1]
            assert lamp.pitch_degrees[0] <= shot.light_pitch_degrees <= lamp.pitch_degrees[1]
            assert lamp.radius_degrees[0] <= shot.light_radius_degrees <= lamp.radius_degrees[1]


def test_surroundings_that_light_the_face_are_those_that_are_seen():
    shots = [shot for shot in probes(people=200) if shot.background == "environment"]
    assert all(shot.background_scene in ENVIRONMENTS for shot in shots)
    for shot in shots:
        if shot.light in ENVIRONMENTS:
            assert (shot.background_scene, shot.background_yaw_degrees) == (shot.light, pytest.approx(shot.light_yaw_degrees))
    assert {shot.background_scene for shot in probes() if shot.background != "environment"} == {"none"}


def test_hair_is_tied_in_some_probes_and_never_in_the_reference():
    assert not shots_for(Spec(), slot())[0].hair_tied
    assert 0.12 < sum(shot.hair_tied for shot in probes(people=200, images_per_identity=4)) / 800 < 0.28


def test_every_word_occurs_and_all_about_alike():
    shots = probes(people=400, images_per_identity=3)
    for name, words in (("light", LIGHTS), ("clothing", CLOTHING)):
        found = Counter(getattr(shot, name) for shot in shots)
        assert set(found) == set(words)
        assert max(found.values()) < 1.5 * min(found.values())
    expressions = Counter(shot.expression for shot in shots)
    assert set(expressions) == set(EXPRESSIONS)
    assert min(expressions.values()) > 0.04 * len(shots)
    assert {shot.background for shot in shots} == set(BACKGROUNDS) - {"grey"}
    assert {shot.clothing_rgb for shot in shots} == set(CLOTHING_PALETTE)
    assert {shot.background_rgb for shot in shots} == set(BACKGROUND_PALETTE)


def test_half_of_the_probes_smile_in_every_cell_alike():
    smiles = [shot.expression in ("slight_smile", "smile", "broad_smile") for shot in probes(people=400, images_per_identity=3)]
    assert 0.45 < np.mean(smiles) < 0.55


def test_poses_turn_to_both_sides_and_some_are_frontal():
    yaw = np.array([shot.yaw_degrees for shot in probes(people=300)])
    assert abs(yaw.mean()) < 2
    assert 0.15 < np.mean(np.abs(yaw) < 4) < 0.40
    assert 0.15 < np.mean(yaw > 14) < 0.35
    assert 0.15 < np.mean(yaw < -14) < 0.35


def unevenness(places):
    """Return the largest distance between the places' distribution and the even one (Kolmogorov's), in one dimension."""
    ordered = np.sort(places)
    return max(np.abs(ordered - (np.arange(len(ordered)) + edge) / len(ordered)).max() for edge in (0, 1))


def test_the_schedule_is_more_even_than_chance():
    chance = np.random.default_rng(0)
    across = [unevenness([schedule(seed, index, 1)[0]["yaw"] for index in range(40)]) for seed in range(12)]
    within = [unevenness([point["yaw"] for point in schedule(seed, 5, 40)]) for seed in range(12)]
    random = np.mean([unevenness(chance.random(40)) for _ in range(200)])
    assert np.mean(across) < 0.7 * random
    assert np.mean(within) < 0.7 * random


def test_a_power_of_the_base_many_places_fall_into_an_interval_each():
    places = np.array([halton_point(4, "people", number) for number in range(32)])
    assert sorted(np.floor(places[:, 0] * 32)) == list(range(32))
    assert sorted(np.floor(places[:27, 1] * 27)) == list(range(27))
    assert sorted(np.floor(places[:25, 2] * 25)) == list(range(25))


def test_a_place_far_along_costs_no_more_than_the_first():
    assert 0 <= halton_point(4, "people", 10**15).min() <= halton_point(4, "people", 10**15).max() < 1


def test_the_step_from_shot_to_shot_is_not_the_same_for_everybody():
    steps = [(later["yaw"] - first["yaw"]) % 1 for first, later in (schedule(0, index, 2) for index in range(100))]
    assert np.std(steps) > 0.05


def test_no_two_nuisances_go_together():
    points = [point for index in range(300) for point in schedule(3, index, 3)]
    places = np.array([list(point.values()) for point in points])
    related = np.corrcoef(places.T) - np.eye(places.shape[1])
    assert np.abs(related).max() < 0.12


def test_most_people_look_into_the_camera():
    shots = [shot for shot in probes(people=200) if abs(shot.yaw_degrees) < 20]
    beside = [abs(shot.gaze_yaw_degrees + shot.yaw_degrees) for shot in shots]
    assert 0.75 < np.mean(np.array(beside) < 3) < 0.97


def test_expressions_are_mild_and_made_of_known_shapes():
    assert len(EXPRESSIONS) >= 8
    for name, units in EXPRESSIONS.items():
        assert {unit for unit, _ in units} <= ARKIT, name
        assert all(0 < weight <= 0.7 for _, weight in units), name
    assert dict(EXPRESSIONS["broad_smile"])["jawOpen"] > 0


def test_the_two_sides_of_an_expression_differ_a_little():
    shot = next(shot for shot in probes() if shot.expression == "smile")
    units = dict(shot.action_units)
    assert units["mouthSmileLeft"] != units["mouthSmileRight"]
    assert units["mouthSmileLeft"] == pytest.approx(units["mouthSmileRight"], rel=0.25)


def test_the_noise_seed_is_a_nuisance_too():
    spec = Spec()
    by_cell = {tuple(shot.seed for shot in shots_for(spec, place)) for place in islice(make_plan(spec).slots(), 20)}
    assert len(by_cell) == 1
    assert len(set(by_cell.pop())) == 4


def test_captions_have_words_for_everything_and_several_phrasings():
    family = read_family(CAPTIONS)
    assert set(family["expression"]) == set(EXPRESSIONS)
    assert set(family["light"]) == {SOFTBOXES, *LIGHTS}
    assert set(family["background"]) == set(BACKGROUNDS)
    assert set(family["clothing"]) == set(CLOTHING)
    assert set(family["gender"]) == set(GENDERS)
    assert set(family["tone"]) == set(SCALES)
    words = ("background", "clothing", "expression", "gender", "light", "pose", "tone")
    for phrasings in (family["phrasings"], family["phrasings_of_photographs"]):
        assert len(phrasings) >= 3
        for phrasing in phrasings:
            assert sorted(re.findall(r"\{(\w+)\}", phrasing)) == list(words)


def test_a_caption_of_a_photograph_does_not_call_it_a_render():
    rendered, made = (shots_for(Spec(backend=backend), slot())[0].caption for backend in ("cycles", "diffusion"))
    assert re.search("rendered|computer-generated|portrait, ", rendered)
    assert "ynthetic" in made
    assert not re.search("rendered|computer", made)


def test_captions_of_rendered_sets_are_what_they_were():
    spec = Spec(scale="ita", genders=GENDERS, age_bands=("18-29", "60-80"), design="crossed", backend="swatch", seed=5)
    said = "".join(shot.caption for place in make_plan(spec).slots() for shot in shots_for(spec, place))
    assert sha256(said.encode()).hexdigest() == "1d7954e898f922e7e283d77a01edb27d2527e99a8f8d8e1e3be5700762c8b670"


def test_a_caption_names_the_annotations_and_nothing_else_does():
    for number, tone in enumerate(SCALES["monk"].tones, 1):
        shot = shots_for(Spec(), slot(tone=tone.name, gender="man"))[1]
        assert f"Monk skin tone {number}" in shot.caption
        assert "a man" in shot.caption.lower()
        rest = " ".join(str(getattr(shot, field.name)) for field in fields(Shot) if field.name != "caption")
        assert tone.name not in rest
        assert "man" not in rest
    shot = shots_for(Spec(scale="ita"), slot(tone="ita_very_light", gender="androgynous"))[0]
    assert "the ITA class very light" in shot.caption
    assert "a person of androgynous appearance" in shot.caption.lower()


def test_the_phrasing_is_the_same_in_every_cell():
    spec = Spec(tones=("monk_01", "monk_10"))
    pale, dark = (shots_for(spec, slot(tone=tone, index=3)) for tone in spec.tones)
    assert [shot.caption.replace("tone 10", "tone 1") for shot in dark] == [shot.caption for shot in pale]
    phrasings = {shot.caption.split()[0] for index in range(30) for shot in shots_for(spec, slot(index=index))}
    assert len(phrasings) >= 3
