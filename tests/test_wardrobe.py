"""Clothing covers the shoulders and stays off the skin; scarves cover the hair and leave the face free."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy.spatial import cKDTree
from solid import inside, sampled, sees

from evenface.backends.cycles.hair import build_hair
from evenface.backends.cycles.hair.scalp import measure_skull
from evenface.backends.cycles.wardrobe import CUTS, HIDING, OVER_HAIR, Mesh, build_clothing, build_covering, build_torso
from evenface.backends.cycles.wardrobe.meshes import border, cut, strip
from evenface.people.identity import COVERINGS
from evenface.records import Covering, Hair
from evenface.shots import CLOTHING

HAIR = Hair("short_crop", "wavy", 1.0, 0.95, 0.0, 0.3, 0.8, 0.1, 0.0, (0.2, 0.1, 0.1), 1)
SCARF = Covering("hijab", "plain", (0.2, 0.1, 0.1), 1)


def clothed(model, head, name):
    return build_clothing(build_torso(model, head), name).mesh


def sound(mesh):
    assert isinstance(mesh, Mesh)
    assert mesh.vertices.dtype == np.float32
    assert mesh.faces.shape[1] == 4
    assert np.isfinite(mesh.vertices).all()
    assert mesh.faces.min() >= 0
    assert mesh.faces.max() < len(mesh.vertices)
    assert len(mesh.faces) < 30_000


def test_the_table_holds_every_garment_of_the_shots():
    assert set(CUTS) == set(CLOTHING)


@pytest.mark.parametrize("name", sorted(CUTS))
def test_clothing_is_sound_and_stays_off_the_skin(model, heads, name):
    for head in heads:
        mesh = clothed(model, head, name)
        sound(mesh)
        points = sampled(mesh)
        near = points[(np.abs(points[:, 0]) < 0.18) & (points[:, 2] > -0.3)]
        assert inside(model, head, near).max() == 0, name
        assert near[:, 2].max() < model.landmark_points(head)[8, 2] + 0.06, name
        np.testing.assert_array_equal(mesh.vertices, clothed(model, head, name).vertices)


@pytest.mark.parametrize("name", sorted(CUTS))
def test_clothing_covers_the_shoulders(model, heads, name):
    for head in heads:
        mesh = clothed(model, head, name)
        skin = head[model.parts["skin"]]
        shoulders = skin[(np.abs(np.abs(skin[:, 0]) - 0.14) < 0.03) & (skin[:, 2] > -0.26) & (skin[:, 2] < -0.1)]
        assert len(shoulders) > 20
        assert sees(shoulders, mesh, (2, 1), 0.012).mean() > 0.95, name


def test_necklines_differ(model, heads):
    def bare(name):
        """How far down the middle of the chest is bare, metres below the chin."""
        points = sampled(clothed(model, heads[0], name))
        front = points[(np.abs(points[:, 0]) < 0.004) & (points[:, 1] < 0.09)]
        return model.landmark_points(heads[0])[8, 2] - front[:, 2].max()

    depth = {name: bare(name) for name in CUTS}
    assert depth["turtleneck"] < depth["crew_neck"] < depth["v_neck"]
    assert depth["turtleneck"] < 0.035
    assert depth["v_neck"] - depth["crew_neck"] > 0.02


def test_the_tables_hold_every_covering_of_identity():
    assert {"none", *HIDING, *OVER_HAIR} == set(COVERINGS)


def test_who_wears_nothing_keeps_the_hair(model, heads):
    hair = build_hair(model, heads[0], HAIR)
    covered = build_covering(model, heads[0], replace(SCARF, kind="none"), hair)
    assert covered.cloth is None
    assert covered.hair is hair


def scarves(model, heads, wanted):
    meshes = [build_covering(model, head, replace(SCARF, kind=wanted, seed=k), None).cloth.mesh for k, head in enumerate(heads)]
    assert len(meshes) == 5
    return zip(heads, meshes, strict=True)


@pytest.mark.parametrize("way", sorted(HIDING))
def test_scarves_cover_the_scalp_and_no_skin_pokes_through(model, heads, way):
    for head, mesh in scarves(model, heads, way):
        sound(mesh)
        skin = model.subdivide(head)
        scalp = skin[(model.regions_fine["scalp"] > 0.9) & (skin[:, 2] > 0.055)]
        assert sees(scalp, mesh, (2, 1)).mean() > 0.97, way
        assert inside(model, head, sampled(mesh)).max() < 0.003, way


@pytest.mark.parametrize("way", sorted(HIDING))
def test_scarves_leave_the_face_free(model, heads, way):
    for head, mesh in scarves(model, heads, way):
        marks = model.landmark_points(head)
        face = np.concatenate([marks[17:60], marks[8:9] + np.array([0, 0, 0.006])])
        assert not sees(face, mesh, (1, -1)).any(), way


def test_the_wrap_covers_ears_and_neck(model, heads):
    for head, mesh in scarves(model, heads, "hijab"):
        skin = head[model.parts["skin"]]
        ears = head[model.regions["ears"] > 0.9]
        left = ears[ears[:, 0] > 0]
        assert sees(left, mesh, (0, 1)).mean() > 0.97
        chin = model.landmark_points(head)[8, 2]
        throat = skin[(np.abs(skin[:, 0]) < 0.03) & (skin[:, 2] < chin - 0.02) & (skin[:, 2] > chin - 0.07) & (skin[:, 1] < 0.08)]
        assert sees(throat, mesh, (1, -1)).mean() > 0.97


def test_cutting_draws_the_edge_to_the_line():
    x, y = np.meshgrid(np.arange(9.0), np.arange(9.0))
    sheet = strip(np.stack([x, y, 0 * x], -1), closed=False)
    rest = cut(sheet, sheet.vertices[:, 0] - 3.4)
    assert rest.vertices[:, 0].min() == pytest.approx(3.4)
    (loop,) = border(rest.faces)
    assert len(loop) == len(set(loop.tolist()))


def outside(model, head, strands, cloth):
    """Share of the points of hair under or over the cloth that lie over it, seen from inside the skull."""
    centre = measure_skull(model, head).centre
    hair = strands.points[::3].reshape(-1, 3) - centre
    cloth = cloth - centre
    reach, far = (np.linalg.norm(each, axis=1) for each in (hair, cloth))
    apart, near = cKDTree(cloth / far[:, None]).query(hair / reach[:, None])
    there = apart < 0.012
    return np.mean(reach[there] > far[near[there]] + 0.001)


@pytest.mark.parametrize("kind", sorted(OVER_HAIR))
def test_a_cap_lies_on_the_hair_and_presses_it_down(model, heads, kind):
    for k, head in enumerate(heads[:2]):
        hair = build_hair(model, head, replace(HAIR, style="coils_long", texture="coily"))
        covered = build_covering(model, head, replace(SCARF, kind=kind, seed=k), hair)
        sound(covered.cloth.mesh)
        points = sampled(covered.cloth.mesh)
        assert inside(model, head, points[::4]).max() < 0.003
        marks = model.landmark_points(head)
        assert not sees(marks[17:60], covered.cloth.mesh, (1, -1)).any()
        before, after = (outside(model, head, strands, points) for strands in (hair, covered.hair))
        assert before > 0.3, kind
        assert after < 0.12, kind
        assert covered.hair.points.shape == hair.points.shape
        np.testing.assert_allclose(covered.hair.points[:, 0], hair.points[:, 0], atol=0.003)


def test_threads_lie_level_and_the_border_is_a_layer_of_its_own(model, heads):
    cloth = build_covering(model, heads[0], SCARF, None).cloth
    assert cloth.weave.shape == cloth.mesh.vertices.shape
    assert set(np.unique(cloth.weave[:, 2]).round(3)) >= {0.0, 1.0}
    assert 0.02 < cloth.weave[:, 2].mean() < 0.6
    jacket = build_clothing(build_torso(model, heads[0]), "jacket")
    assert set(np.unique(jacket.weave[:, 2])) == {0.0, 1.0}
