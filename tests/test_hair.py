"""Hair: rooted where it grows, off the skin, off the face, the same twice, and moved with the surface that it grows on."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy.spatial import cKDTree
from solid import hidden, inside

from evenface.backends.cycles.hair import (
    STYLES,
    TIED,
    beard_melanin,
    beard_shade,
    brow_melanin,
    brow_shade,
    build_brows,
    build_facial_hair,
    build_hair,
    build_lashes,
    hair_melanin,
    scalp_shade,
    tie_hair,
)
from evenface.backends.cycles.hair.beard import STYLES as BEARDS
from evenface.backends.cycles.hair.strands import Roots, Strands, clump, curl, frizz, join, resample
from evenface.backends.cycles.head import express
from evenface.people.identity import FACIAL_HAIR_STYLES, FRINGE_STYLES, FRINGES, HAIR_STYLES, HAIR_TEXTURES, STYLE_TEXTURES
from evenface.records import Brows, Eyes, FacialHair, Hair

HAIR = Hair("short_crop", "wavy", 1.0, 0.95, 0.0, 0.3, 0.8, 0.1, 0.0, (0.2, 0.1, 0.1), 1)
BROWS = Brows(1.0, 0.7, 1.0, 0.0, 0.0, 0.0, 0.0, 1)
EYES = Eyes("brown", 0.0, 1.0, 0.5, 0.3, 0.3, 0.0, 0.0, 0.3, 1.0, 0.8, 1)
BEARD = FacialHair("full_beard", 1.0, 0.9, 1)
WORN = [(s, t) for s in HAIR_STYLES for t in STYLE_TEXTURES.get(s, HAIR_TEXTURES) if s != "head_covering"]
BUDGET = 250_000
"""Points of one person's hair."""


@pytest.fixture(scope="module")
def faces(model, heads):
    """Expressed faces: brows up, jaw open, eyes shut."""
    units = (("browInnerUp", 0.9), ("jawOpen", 0.7), ("eyeBlinkLeft", 1.0), ("eyeBlinkRight", 1.0), ("mouthSmileLeft", 0.5))
    return [express(model, head, units) for head in heads]


def grown(model, head, style, texture, seed):
    parting = (-0.6, 0.0, 0.6)[seed % 3]
    length = 0.7 + 0.1 * (seed % 7)
    return build_hair(model, head, replace(HAIR, style=style, texture=texture, seed=seed, parting=parting, length=length))


@pytest.fixture(scope="module")
def hairs(model, heads):
    """All styles in all their textures, spread over heads and seeds: (name, head, strands)."""
    made = []
    for k, (fringe, texture) in enumerate((fringe, texture) for fringe in FRINGES[1:] for texture in HAIR_TEXTURES):
        styles = [style for style in FRINGE_STYLES if texture in STYLE_TEXTURES.get(style, HAIR_TEXTURES)]
        style, head = styles[k % len(styles)], heads[k % len(heads)]
        hair = replace(
            HAIR, style=style, texture=texture, fringe=fringe, fringe_length=1.0, seed=k, parting=(-0.7, 0.1, 0.7)[k % 3]
        )
        made.append((f"{style}/{texture}/{fringe}", head, build_hair(model, head, hair)))
    for k, (style, texture) in enumerate(WORN):
        head = heads[k % len(heads)]
        made.append((f"{style}/{texture}/{k}", head, grown(model, head, style, texture, 10 * k)))
    found = [each for each in made if each[2] is not None]
    assert len(found) == 120
    return found


def test_the_table_holds_every_style_of_identity():
    assert tuple(STYLES) == HAIR_STYLES
    assert {"none", *BEARDS} == set(FACIAL_HAIR_STYLES)


def test_every_style_grows_within_the_budget_and_is_finite(hairs):
    grown_styles = set()
    for name, _, strands in hairs:
        grown_styles.add(name.split("/")[0])
        count, points = strands.points.shape[:2]
        assert 500 < count <= 20_000, name
        assert count * points <= BUDGET, name
        assert strands.points.dtype == np.float32
        assert strands.radii.shape in ((count, points), (count, 1)), name
        assert np.isfinite(strands.points).all(), name
        assert (strands.radii > 0).all(), name
        assert (strands.radii < 0.002).all(), name
    assert grown_styles == set(HAIR_STYLES) - {"head_covering"}


def test_a_covering_and_a_shaven_head_have_no_hair(model, heads):
    assert build_hair(model, heads[0], replace(HAIR, style="head_covering")) is None
    bald = [build_hair(model, heads[1], replace(HAIR, style="bald", seed=seed)) for seed in range(12)]
    assert any(strands is None for strands in bald)
    assert any(strands is not None for strands in bald)


def test_hair_is_rooted_on_the_scalp(model, hairs):
    # Low hairlines, the points at the temples and the burns before the ears lie beyond the scalp of the mean head; braids show
    # few roots of the many at their edge.
    scalp = np.maximum.reduce([model.regions[name] for name in ("scalp", "temples", "beard")])
    for name, head, strands in hairs:
        at = np.einsum("sc,sc->s", strands.roots.weights, scalp[strands.roots.quads])
        assert np.mean(at > 0.1) > (0.86 if "braids" in name else 0.92), (name, np.mean(at > 0.1))
        for bare in ("ears", "eyelids", "nose", "lips", "brow_left", "brow_right"):
            assert np.mean(model.regions[bare][strands.roots.quads].min(1) > 0.2) < 0.001, (name, bare)
        np.testing.assert_allclose(strands.points[:, 0], strands.roots.points(head), atol=2e-6)


def test_no_hair_lies_in_the_head(model, hairs):
    for name, head, strands in hairs:
        points = strands.points[::17, 1:].reshape(-1, 3)
        depth = inside(model, head, points[points[:, 2] > -0.15][::3])
        # Braids are laid close, and the grid of distances is 10 mm wide.
        assert (depth > 0.002).mean() < (0.01 if "braids" in name else 0.006), (name, (depth > 0.002).mean())
        # The deepest are single points of a coil behind an ear or in the nape, where nobody sees them.
        assert depth.max() < 0.019, (name, depth.max())


@pytest.mark.parametrize("yaw_degrees", [0, 30, -30])
def test_no_hair_hides_eyes_mouth_or_nose(model, hairs, yaw_degrees):
    for name, head, strands in hairs:
        points = resample(strands.points, 2 * strands.points.shape[1] - 1).reshape(-1, 3)
        found = hidden(points, model.landmark_points(head), yaw_degrees)
        assert not found, (name, found)


def test_the_same_record_gives_the_same_hair_and_another_seed_does_not(model, heads):
    # Every style once: which texture it has runs through the same lines.
    for style, texture in dict(WORN).items():
        first, again = (grown(model, heads[2], style, texture, 3) for _ in range(2))
        other = grown(model, heads[2], style, texture, 4)
        if first is None:
            assert again is None
            continue
        np.testing.assert_array_equal(first.points, again.points)
        assert other is None or other.points.shape != first.points.shape or not np.array_equal(other.points, first.points)
    np.testing.assert_array_equal(build_brows(model, heads[0], BROWS).points, build_brows(model, heads[0], BROWS).points)
    np.testing.assert_array_equal(build_lashes(model, heads[0], EYES).points, build_lashes(model, heads[0], EYES).points)


@pytest.mark.parametrize("style", ["short_crop", "buzz", "straight_long", "locs", "bun"])
def test_more_density_is_more_hair(model, heads, style):
    counts = [len(build_hair(model, heads[0], replace(HAIR, style=style, density=d))) for d in (0.6, 0.75, 0.9)]
    assert counts == sorted(set(counts))


def test_a_higher_hairline_bares_the_forehead(model, heads):
    def lowest(height):
        roots = build_hair(model, heads[0], replace(HAIR, style="buzz", hairline=height)).points[:, 0]
        middle = roots[(np.abs(roots[:, 0]) < 0.03) & (roots[:, 1] < 0.02)]
        return np.quantile(middle[:, 2], 0.02)

    heights = [lowest(height) for height in (-1, -0.5, 0, 0.5, 1)]
    assert heights == sorted(set(heights))
    assert 0.012 < heights[-1] - heights[0] < 0.035


def test_receding_hair_leaves_the_corners_of_the_forehead(model, heads):
    def corner(style):
        roots = build_hair(model, heads[1], replace(HAIR, style=style)).points[:, 0]
        return np.sum((np.abs(np.abs(roots[:, 0]) - 0.045) < 0.012) & (roots[:, 1] < 0.03) & (roots[:, 2] > 0.03))

    assert corner("receding") < 0.4 * corner("short_crop")


def test_length_lengthens(model, heads):
    for style in ("short_crop", "buzz", "straight_long", "coils_long", "locs"):
        texture = STYLE_TEXTURES.get(style, ("straight",))[0]
        short, long = (build_hair(model, heads[0], replace(HAIR, style=style, texture=texture, length=k)) for k in (0.7, 1.3))
        reach = [np.linalg.norm(np.diff(s.points, axis=1), axis=2).sum(1).mean() for s in (short, long)]
        assert reach[1] > 1.15 * reach[0], style


def test_the_bob_ends_in_a_line_near_the_chin(model, heads):
    for head in heads:
        chin = model.landmark_points(head)[8, 2]
        ends = build_hair(model, head, replace(HAIR, style="bob", texture="straight")).points[:, -1, 2]
        assert np.quantile(ends, 0.01) > chin - 0.03
        assert np.mean(np.abs(ends - chin - 0.02) < 0.02) > 0.6


def test_hair_covers_the_crown(model, heads):
    """From above, hardly a place of the skull is farther than 2.5 mm from a hair of a full style."""
    for style in ("straight_long", "waves_long", "short_crop", "coils_long", "bun", "side_part", "bob"):
        texture = STYLE_TEXTURES.get(style, ("straight",))[0]
        strands = build_hair(model, heads[0], replace(HAIR, style=style, texture=texture))
        skin = model.subdivide(heads[0])[model.parts["skin"]]
        crown = skin[(skin[:, 2] > 0.085) & (skin[:, 1] > 0.02)]
        hair = resample(strands.points, 60).reshape(-1, 3)
        hair = hair[hair[:, 2] > 0.07]
        bare = cKDTree(hair[:, :2]).query(crown[:, :2])[0] > 0.0025
        assert bare.mean() < 0.05, style


def test_shade_covers_the_scalp_and_nothing_else(model, heads):
    for style in HAIR_STYLES:
        hair = replace(HAIR, style=style)
        shade = scalp_shade(model, heads[0], hair)
        assert shade.shape == (len(heads[0]),)
        assert shade.min() >= 0
        assert shade.max() <= 1
        assert (shade[model.landmarks_68.ravel()] == 0).all()
        if style == "head_covering":
            assert not shade.any()
        elif style not in ("bald", "horseshoe"):
            crown = (model.regions["scalp"] > 0.99) & (heads[0][:, 2] > 0.08) & (heads[0][:, 1] > 0.12)
            assert shade[crown].max() > 0.25, style
    pale = scalp_shade(model, heads[0], replace(HAIR, style="buzz", melanin=0.05))
    assert pale.sum() < 0.7 * scalp_shade(model, heads[0], replace(HAIR, style="buzz", melanin=0.9)).sum()
    fine = model.subdivide(heads[0])
    assert scalp_shade(model, heads[0], HAIR, at=fine).shape == (len(fine),)


def test_grey_is_single_white_hairs(model, heads):
    hair = replace(HAIR, melanin=0.8, grey=0.5)
    strands = build_hair(model, heads[0], hair)
    melanin = hair_melanin(hair, strands)
    assert melanin.shape == strands.points.shape[:2]
    white = melanin[:, 0] < 0.1
    assert 0.3 < white.mean() < 0.7
    assert melanin[~white].mean() > 0.7
    assert (hair_melanin(replace(hair, grey=0.0), strands) > 0.5).all()
    beard, brows = build_facial_hair(model, heads[0], BEARD), build_brows(model, heads[0], BROWS)
    assert 0.3 < (beard_melanin(hair, BEARD, beard)[:, 0] < 0.1).mean() < 0.8
    assert 0.1 < (brow_melanin(hair, BROWS, brows)[:, 0] < 0.1).mean() < 0.45


def test_roots_and_highlights_lie_on_the_strands(model, heads):
    light = replace(HAIR, style="straight_long", texture="straight", melanin=0.2, roots=1.0)
    strands = build_hair(model, heads[0], light)
    rooted = hair_melanin(light, strands)
    assert rooted[:, 0].mean() > 0.5
    assert rooted[:, -1].mean() < 0.25
    dark = replace(light, melanin=0.7, roots=0.0)
    lit = hair_melanin(replace(dark, highlights=0.4), strands)[:, -1] < 0.5
    assert 0.15 < lit.mean() < 0.55
    assert (hair_melanin(dark, strands) > 0.5).all()


@pytest.mark.parametrize("fringe", FRINGES[1:])
def test_a_fringe_covers_the_forehead(model, heads, fringe):
    """Of the middle strip between brows and hairline more lies behind hair than without a fringe."""

    def covered(kind):
        hair = replace(HAIR, style="bun", texture="straight", fringe=kind, fringe_length=0.8, hairline=0.5, parting=0.5)
        points = resample(build_hair(model, heads[0], hair).points, 50).reshape(-1, 3)
        points = points[points[:, 1] < 0.03]
        brow = model.landmark_points(heads[0])[17:27, 2].max()
        places = np.stack(np.meshgrid(np.linspace(-0.055, 0.055, 40), np.linspace(brow, 0.075, 20)), -1).reshape(-1, 2)
        return (cKDTree(points[:, [0, 2]]).query(places)[0] < 0.002).mean()

    assert covered(fringe) > covered("none") + (0.08 if fringe == "wispy" else 0.15)


def test_hair_that_can_be_is_tied():
    hair = replace(HAIR, style="straight_long")
    assert tie_hair(hair, tied=False) == hair
    assert tie_hair(hair, tied=True) == replace(hair, style=TIED["straight_long"][hair.seed % 3])
    assert tie_hair(HAIR, tied=True) == HAIR
    for style, ways in TIED.items():
        for texture in STYLE_TEXTURES.get(style, HAIR_TEXTURES):
            assert all(texture in STYLE_TEXTURES.get(way, HAIR_TEXTURES) for way in ways)


def test_shade_lies_under_brows_and_beards(model, heads):
    fine = model.subdivide(heads[1])
    marks = model.landmark_points(heads[1])
    brow = brow_shade(model, heads[1], BROWS, fine)
    assert 0.25 < brow.max() <= 1
    assert cKDTree(marks[17:27]).query(fine[brow > 0.1])[0].max() < 0.025
    assert not beard_shade(model, heads[1], FacialHair("none", 0.0, 0.0, 1), HAIR, fine).any()
    areas = {}
    for style in BEARDS:
        shade = beard_shade(model, heads[1], replace(BEARD, style=style), HAIR, fine)
        areas[style] = (shade > 0.1).sum()
        assert fine[shade > 0.1, 2].max() < marks[36:48, 2].min()
    assert areas["soul_patch"] < areas["goatee"] < areas["circle_beard"] < areas["short_beard"]
    pale = beard_shade(model, heads[1], BEARD, replace(HAIR, grey=1.0), fine)
    assert pale.sum() < 0.7 * beard_shade(model, heads[1], BEARD, HAIR, fine).sum()


def test_follow_moves_roots_with_the_skin_and_keeps_each_hair_rigid(model, heads, faces):
    for head, face in zip(heads, faces, strict=True):
        for strands in (
            build_brows(model, head, BROWS),
            build_lashes(model, head, EYES),
            build_facial_hair(model, head, BEARD),
        ):
            moved = strands.follow(head, face)
            np.testing.assert_allclose(moved.points[:, 0], strands.roots.points(face), atol=1e-6)
            lengths = [np.linalg.norm(np.diff(s.points, axis=1), axis=2) for s in (strands, moved)]
            np.testing.assert_allclose(lengths[0], lengths[1], atol=2e-6)
            same = strands.follow(head, head)
            np.testing.assert_allclose(same.points, strands.points, atol=1e-6)


def test_lashes_stand_on_the_lids_and_shut_with_them(model, heads, faces):
    for head, face in zip(heads, faces, strict=True):
        lashes = build_lashes(model, head, EYES)
        eyes = model.landmark_points(head)[36:48]
        assert cKDTree(eyes).query(lashes.points[:, 0])[0].max() < 0.012
        assert (lashes.points[:, -1, 1] < lashes.points[:, 0, 1]).mean() > 0.8
        upper = lashes.points[:, -1, 2] > lashes.points[:, 0, 2]
        assert 0.4 < upper.mean() < 0.9
        shut = lashes.follow(head, face)
        assert shut.points[upper, 0, 2].mean() < lashes.points[upper, 0, 2].mean() - 0.002


def test_brows_lie_over_the_eyes_and_apart(model, heads):
    for head in heads:
        marks = model.landmark_points(head)
        for seed in range(4):
            rng = np.random.default_rng(seed)
            spans = ((0.4, 2.0), (0.25, 1.2), (0.75, 1.25), (-1, 1), (-1, 1), (-2, 2))
            record = Brows(*(rng.uniform(*span) for span in spans), 0.0, seed, rng.uniform(-1, 1), rng.uniform(-1, 1))
            brows = build_brows(model, head, record)
            roots = brows.points[:, 0]
            assert len(brows) > 80
            for side, eye in ((1, marks[42:48]), (-1, marks[36:42])):
                here = roots[roots[:, 0] * side > 0]
                assert len(here) > 40
                assert here[:, 2].min() > eye[:, 2].max() - 0.001, (record, "on the eye")
                assert np.abs(here[:, 0]).min() > 0.0050, (record, "no gap")


@pytest.mark.parametrize(
    ("field", "low", "high", "measure"),
    [
        ("thickness", 0.5, 1.6, lambda p: np.quantile(p[_mid(p), 2], 0.95) - np.quantile(p[_mid(p), 2], 0.05)),
        ("density", 0.3, 1.0, len),
        ("length", 0.8, 1.2, lambda p: np.ptp(p[:, 0])),
        ("arch", -1.0, 1.0, lambda p: p[_mid(p, 0.65), 2].mean() - (p[_mid(p, 0.1), 2].mean() + p[_mid(p, 0.93), 2].mean()) / 2),
        ("tilt", -1.0, 1.0, lambda p: p[_mid(p, 0.9), 2].mean() - p[_mid(p, 0.1), 2].mean()),
        ("gap", -2.0, 2.0, lambda p: p[:, 0].min()),
        ("height", -1.0, 1.0, lambda p: p[:, 2].mean()),
        ("tail", 0.2, 1.0, lambda p: 0.03 * (p[:, 0] > 0.035).mean()),
        ("bridge", 0.0, 1.0, lambda p: -p[:, 0].min()),
        ("slit", 0.0, 0.7, lambda p: -0.01 * _mid(p, 0.7, 0.02).sum() / _mid(p, 0.5, 0.02).sum()),
    ],
)
def test_each_field_of_the_brows_shapes_them(model, heads, field, low, high, measure):
    def shape(value):
        roots = build_brows(model, heads[0], replace(BROWS, **{field: value})).points[:, 0]
        return measure(roots[roots[:, 0] > 0])

    middle = () if field == "slit" else ((low + high) / 2,)
    values = [shape(value) for value in (low, *middle, high)]
    assert values == sorted(values)
    assert values[-1] - values[0] > (100 if field == "density" else 0.0013)


def _mid(points, share=0.5, wide=0.08):
    along = (points[:, 0] - points[:, 0].min()) / np.ptp(points[:, 0])
    return np.abs(along - share) < wide


@pytest.mark.parametrize("style", sorted(BEARDS))
def test_facial_hair_leaves_lips_nose_and_eyes_free(model, heads, style):
    for head in heads:
        strands = build_facial_hair(model, head, replace(BEARD, style=style))
        marks = model.landmark_points(head)
        assert 120 < len(strands) <= 20_000
        assert strands.points.shape[0] * strands.points.shape[1] <= BUDGET
        tips = strands.points.reshape(-1, 3)
        # The red of the lips between the corners of the mouth.
        lips = marks[48:60]
        inner = np.abs(tips[:, 0]) < 0.7 * lips[:, 0].max()
        upper_edge, lower_edge = marks[50:53, 2].mean(), marks[56:59, 2].mean()
        over = inner & (tips[:, 2] < upper_edge - 0.003) & (tips[:, 2] > lower_edge + 0.002)
        assert over.mean() < 0.015, (style, over.mean())
        assert tips[np.abs(tips[:, 0]) < 0.05, 2].max() < marks[36:48, 2].min() - 0.01
    assert build_facial_hair(model, heads[0], FacialHair("none", 0.0, 0.0, 1)) is None


@pytest.mark.parametrize("style", sorted(BEARDS))
def test_patches_thin_a_beard_and_a_crisp_one_keeps_to_its_outline(model, heads, style):
    even, patchy = (build_facial_hair(model, heads[0], replace(BEARD, style=style, patchiness=p)) for p in (0.0, 1.0))
    assert len(patchy) < len(even)
    if style not in ("moustache", "handlebar"):
        assert len({len(build_facial_hair(model, heads[0], replace(BEARD, style=style, crispness=c))) for c in (0.0, 1.0)}) == 2


def test_beards_differ_in_place_and_length(model, heads):
    made = {style: build_facial_hair(model, heads[1], replace(BEARD, style=style)) for style in BEARDS}
    reach = {s: np.linalg.norm(np.diff(h.points, axis=1), axis=2).sum(1).mean() for s, h in made.items()}
    assert reach["stubble"] < reach["short_beard"] < reach["full_beard"]
    mouth = model.landmark_points(heads[1])[[48, 54], 2].mean()
    assert (made["moustache"].points[:, 0, 2] > mouth - 0.004).all()
    assert np.abs(made["goatee"].points[:, 0, 0]).max() < np.abs(made["short_beard"].points[:, 0, 0]).max() - 0.015


def test_shaping_functions():
    rng = np.random.default_rng(0)
    line = np.zeros((4, 20, 3))
    line[..., 2] = -np.linspace(0, 0.2, 20)
    wound = curl(line, np.full(4, 0.005), np.full(4, 0.05), np.zeros(4))
    np.testing.assert_allclose(wound[:, 0], line[:, 0], atol=1e-12)
    assert 0.004 < np.abs(wound[..., :2]).max() < 0.011
    drawn = clump(line + np.arange(4)[:, None, None] * 0.01, np.zeros(4, int), np.ones(4))
    np.testing.assert_allclose(drawn[:, -1], np.broadcast_to(drawn[0, -1], (4, 3)), atol=1e-12)
    loose = frizz(line, np.full(4, 0.01), rng)
    np.testing.assert_array_equal(loose[:, 0], line[:, 0])
    assert np.abs(loose[:, -1] - line[:, -1]).max() > 0.001
    np.testing.assert_allclose(resample(line, 39)[:, ::2], line, atol=1e-12)
    roots = Roots(np.zeros((4, 4), int), np.full((4, 4), 0.25))
    short = Strands(resample(line, 5), np.full((4, 5), 2e-4), "hair", roots)
    both = join([Strands(line, np.full((4, 1), 1e-4), "hair", roots), short])
    assert both.points.shape == (8, 20, 3)
    assert both.radii.shape == (8, 20)
