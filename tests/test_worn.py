"""Glasses sit before the eyes and off the face, earrings hang on the lobes, and all are drawn alike but for the listed cues."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
from solid import inside, sampled, sees

from evenface.backends.cycles.head import build_head, express, eye_centres, eye_radius
from evenface.backends.cycles.wardrobe import SHAPES, build_earrings, build_glasses, build_nose_stud
from evenface.people.anthropometry import sample_head
from evenface.people.identity import (
    COVERINGS,
    EARRINGS,
    FRAMES,
    PATTERNS,
    sample_covering,
    sample_glasses,
    sample_hair,
    sample_jewellery,
)
from evenface.records import Glasses, Jewellery
from evenface.rng import rng_for
from evenface.vocabulary import GENDERS

BLACK, GOLD, WHITE = (0.01, 0.01, 0.01), (0.8, 0.6, 0.3), (0.9, 0.9, 0.9)
SMILE = tuple((name + side, 0.6) for name in ("mouthSmile", "cheekSquint") for side in ("Left", "Right"))


def glasses(frame="round", rim_mm=3.0, width=0.985):
    return Glasses(frame, width, rim_mm, BLACK, 1.0 if rim_mm < 2 else 0.0, 0.0, WHITE)


def jewels(earrings="none", size=0.5, nose_stud="none"):
    return Jewellery(earrings, size, GOLD, WHITE, nose_stud)


@pytest.fixture(scope="module")
def heads(model):
    people = [(GENDERS[i % 3], i) for i in range(9)]
    found = [build_head(model, sample_head(rng_for(5, g, i), gender=g, age_years=22 + 6 * i), 22 + 6 * i) for g, i in people]
    assert len(found) == 9
    return found


def test_the_table_holds_every_frame_of_identity():
    assert {"none", *SHAPES} == set(FRAMES)


@pytest.mark.parametrize("frame", sorted(SHAPES))
def test_glasses_sit_before_the_eyes_and_off_the_skin(model, heads, frame):
    for k, head in enumerate(heads):
        worn = build_glasses(model, head, glasses(frame, (1.0, 2.2, 4.8)[k % 3], (0.94, 0.985, 1.04)[k // 3]))
        front, eyes = head[model.parts["eye_left"]][:, 1].min(), eye_centres(model, head)
        lenses = worn.lenses.vertices
        assert sees(eyes - [0, eye_radius(model, head), 0], worn.lenses, (1, -1)).all(), "an eye looks past its lens"
        assert lenses[:, 1].max() < 0.02
        for eye in eyes:
            before = lenses[np.linalg.norm(lenses[:, [0, 2]] - eye[[0, 2]], axis=1) < 0.010]
            assert 0.0105 < front - before[:, 1].max() < 0.030, "the lashes need their room"
        before_ears = sampled(worn.frame.mesh)
        before_ears = before_ears[before_ears[:, 1] < 0.05][::3]
        assert inside(model, head, before_ears).max() < 0.003, frame
        assert inside(model, express(model, head, SMILE), sampled(worn.lenses)[::3]).max() == 0, frame


@pytest.mark.parametrize("frame", sorted(SHAPES))
def test_glasses_reach_the_ears_and_are_as_broad_as_the_face(model, heads, frame):
    for head in heads:
        worn = build_glasses(model, head, glasses(frame))
        skin = head[model.parts["skin"]]
        ears = head[model.regions["ears"] > 0.5]
        for side in (1, -1):
            arm, ear = (points[points[:, 0] * side > 0] for points in (worn.frame.mesh.vertices, ears))
            nearest = np.linalg.norm(arm[:, None] - ear[ear[:, 2].argmax()], axis=2).min()
            assert nearest < 0.016, frame
        face = np.abs(skin[(np.abs(skin[:, 2]) < 0.01) & (skin[:, 1] < 0.03)][:, 0]).max()
        rims = worn.frame.mesh.vertices[worn.frame.mesh.vertices[:, 1] < 0.0]
        assert 0.82 * face < np.abs(rims[:, 0]).max() < 1.2 * face


def test_a_person_without_glasses_has_none_to_build(model, heads):
    assert build_glasses(model, heads[0], glasses("none")) is None
    assert build_earrings(model, heads[0], jewels()) is None
    assert build_nose_stud(model, heads[0], jewels()) is None


def test_shapes_and_rims_differ(model, heads):
    places = {frame: build_glasses(model, heads[0], glasses(frame)).frame.mesh.vertices for frame in SHAPES}
    heights = {frame: np.ptp(points[points[:, 1] < -0.01][:, 2]) for frame, points in places.items()}
    assert heights["rectangular"] < heights["wayfarer"] < heights["oversized"]
    thin, thick = (build_glasses(model, heads[0], glasses("round", rim)).frame.mesh.vertices for rim in (2.0, 4.8))
    assert np.ptp(thick[thick[:, 1] < 0][:, 2]) > np.ptp(thin[thin[:, 1] < 0][:, 2]) + 0.002


@pytest.mark.parametrize("kind", EARRINGS[1:])
def test_earrings_hang_on_the_lobes_and_clear_the_neck(model, heads, kind):
    for k, head in enumerate(heads):
        piece = build_earrings(model, head, jewels(kind, (0.0, 0.5, 1.0)[k % 3]))
        ears = head[model.regions["ears"] > 0.5]
        for side in (1, -1):
            points, ear = (each[each[:, 0] * side > 0] for each in (piece.mesh.vertices, ears))
            lobe = ear[ear[:, 2].argmin()]
            assert np.linalg.norm(points - lobe, axis=1).min() < 0.011
            assert points[:, 2].max() < lobe[2] + 0.012
            below = points[points[:, 2] < lobe[2] - 0.001]
            assert len(below) or kind == "stud"
            if len(below):
                assert inside(model, head, below).max() == 0, kind
        assert piece.colour.shape == piece.finish.shape == piece.mesh.vertices.shape


@pytest.mark.parametrize("side", ["left", "right"])
def test_the_nose_stud_sits_on_the_wing_of_its_side(model, heads, side):
    for head in heads:
        stud = build_nose_stud(model, head, jewels(nose_stud=side))
        middle, wing = stud.piece.mesh.vertices.mean(0), model.landmark_points(head)[35 if side == "left" else 31]
        assert middle[0] * (1 if side == "left" else -1) > 0.006
        assert np.linalg.norm(middle - wing) < 0.02
        assert np.linalg.norm(middle - head[stud.vertex]) < 0.003


def test_glasses_grow_commoner_with_the_years_and_every_frame_occurs():
    drawn = {age: [sample_glasses(rng_for(1, age, at), age_years=age) for at in range(2000)] for age in (20, 45, 75)}
    owns = [np.mean([each.frame != "none" for each in group]) for group in drawn.values()]
    assert 0.15 < owns[0] < owns[1] < owns[2] < 0.6
    assert {each.frame for group in drawn.values() for each in group} == set(FRAMES)
    for each in drawn[45]:
        assert 0.94 <= each.width <= 1.04
        assert 0.8 <= each.rim_mm <= 5
        assert all(0 <= part <= 1 for part in (*each.colour, *each.lens, each.metal, each.mottled))


def test_every_covering_and_earring_occurs_in_every_presentation():
    kinds = {gender: Counter() for gender in GENDERS}
    rings = {gender: Counter() for gender in GENDERS}
    for gender in GENDERS:
        for at in range(12_000):
            hair = sample_hair(rng_for(2, gender, at), gender=gender, age_years=40)
            covering = sample_covering(rng_for(3, gender, at), gender=gender, hair=hair)
            jewellery = sample_jewellery(rng_for(4, gender, at), gender=gender, covering=covering)
            kinds[gender][covering.kind] += 1
            rings[gender][jewellery.earrings] += 1
            assert covering.pattern in PATTERNS
            assert 0 <= jewellery.size <= 1
            if covering.kind in ("hijab", "hijab_loose", "turban"):
                assert jewellery.earrings == "none"
    for gender in GENDERS:
        assert set(kinds[gender]) == set(COVERINGS)
        assert set(rings[gender]) == set(EARRINGS)
    assert rings["woman"]["none"] < rings["androgynous"]["none"] < rings["man"]["none"]
    assert kinds["woman"]["hijab"] > kinds["man"]["hijab"]
    assert kinds["man"]["turban"] > kinds["woman"]["turban"]
