"""The head model: sound geometry, people of the survey's sizes, expressions that stay on the face."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from evenface.backends.cycles.head import (
    PARTS,
    REGIONS,
    build_head,
    express,
    eye_centres,
    eye_radius,
    load_head_model,
    measure_head,
    realised_measures,
)
from evenface.backends.cycles.head.axes import UNITS
from evenface.backends.cycles.head.shipped import ABOUT, PACKED, open_shipped
from evenface.errors import EvenfaceError
from evenface.people.anthropometry import ANSUR, ASYMMETRIES, CORRELATIONS, TRAITS, sample_head
from evenface.records import HeadShape
from evenface.rng import rng_for

PEOPLE = [(gender, i) for gender in ("woman", "man", "androgynous") for i in range(8)]


@pytest.fixture(scope="module")
def cache(tmp_path_factory):
    return tmp_path_factory.mktemp("cache")


@pytest.fixture(scope="module")
def model(cache):
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("EVENFACE_CACHE", str(cache))
        return load_head_model()


@pytest.fixture(scope="module")
def heads(model):
    """Twenty-four people."""
    return [built(model, gender, i) for gender, i in PEOPLE]


def person(gender, i):
    rng = rng_for(11, gender, i)
    age = int(rng.integers(18, 81))
    return sample_head(rng, gender=gender, age_years=age), age


def built(model, gender, i):
    return build_head(model, *person(gender, i))


def plain(gender="woman", presentation=0.85, **changes):
    fields = {"traits": (0.0,) * len(TRAITS), "asymmetries": (0.0,) * len(ASYMMETRIES), "fullness": 0.5, **changes}
    return HeadShape(measures_mm=ANSUR[gender].mean_mm, presentation=presentation, **fields)


def normals(vertices, faces):
    a, b, c, d = (vertices[faces[:, i]] for i in range(4))
    return np.cross(c - a, d - b)


def test_every_trait_and_asymmetry_has_its_shape(model):
    for name in ("traits", "asymmetries", "units", "fit"):
        reach = np.abs(model.floats(name)).max(axis=(1, 2))
        ends = {"traits": TRAITS * 2, "units": UNITS}.get(name, range(len(reach)))
        still = [end for end, far in zip(ends, reach, strict=True) if far < 1e-4]
        if name == "asymmetries":
            still = [ASYMMETRIES[end] for end in still]
        # How far the lids stand open is set when a head is built; a trough, a point, a diamond and a larynx have no opposite.
        lids = ["eye_opening", "lower_lid"]
        expected = {
            "traits": [*lids, *lids, "tear_trough", "chin_point", "outline_diamond", "larynx"],
            "asymmetries": ["eye_opening"],
        }
        assert still == expected.get(name, [])


def test_the_model_is_whole(model):
    count = len(model.floats("corners")[0, 0, 0])
    assert list(model.parts) == list(PARTS)
    assert np.array_equal(np.concatenate(list(model.parts.values())), np.arange(count))
    assert np.array_equal(np.concatenate(list(model.part_faces.values())), model.faces)
    for part, faces in model.part_faces.items():
        assert np.isin(faces, model.parts[part]).all()
    assert model.uv.shape == (*model.faces.shape, 2)
    assert tuple(model.regions) == REGIONS
    for weights in model.regions.values():
        assert weights.min() >= 0
        assert 0.5 < weights.max() <= 1
    assert model.landmarks_68.shape == (68, 2)


def test_a_head_is_float32_centred_and_reaches_the_shoulders(model, heads):
    for vertices in heads:
        assert vertices.dtype == np.float32
        assert vertices.shape == heads[0].shape
        assert np.isfinite(vertices).all()
        assert np.abs(eye_centres(model, vertices).mean(axis=0)).max() < 1e-6
        assert eye_centres(model, vertices)[0, 0] > 0.024  # the left eye of the person is at +x
        assert 0.012 < eye_radius(model, vertices) < 0.018
        assert vertices[model.parts["skin"], 2].min() < -0.35
        nose = model.landmark_points(vertices)[30]
        assert nose[1] < -0.02  # the face looks towards -y


def test_subdivision_keeps_parts_apart_and_the_surface_in_place(model, heads):
    fine = model.subdivide(heads[0])
    assert fine.dtype == np.float32
    assert model.faces_fine.max() == len(fine) - 1
    assert len(model.faces_fine) == 4 * len(model.faces)
    assert model.uv_fine.shape == (*model.faces_fine.shape, 2)
    assert np.linalg.norm(fine[: len(heads[0])] - heads[0], axis=1)[model.parts["skin"]].max() < 0.012
    # An even surface stays where it is: rows of the matrix sum to one.
    assert np.allclose(model.subdivide(np.ones_like(heads[0])), 1, atol=1e-5)
    for part, faces in model.part_faces_fine.items():
        coarse, split = (normals(v, f).sum(axis=0) for v, f in ((heads[0], model.part_faces[part]), (fine, faces)))
        assert np.linalg.norm(coarse - split) < 0.1 * np.linalg.norm(coarse) + 1e-4


def test_the_same_person_is_the_same_and_another_differs(model, heads):
    assert np.array_equal(built(model, *PEOPLE[0]), heads[0])
    skin = model.parts["skin"]
    for i, one in enumerate(heads):
        for other in heads[i + 1 :]:
            assert np.abs(one[skin] - other[skin]).max() > 0.002


@pytest.mark.parametrize("gender", ["man", "woman"])
def test_two_thousand_heads_reproduce_the_survey(model, gender):
    people = [person(gender, i) for i in range(2000)]
    found = realised_measures(model, *zip(*people, strict=True))
    survey = ANSUR[gender]
    assert np.abs((found.mean(axis=0) - survey.mean_mm) / survey.sd_mm).max() < 0.3
    assert np.abs(found.std(axis=0) / survey.sd_mm - 1).max() < 0.2
    assert np.abs(np.corrcoef(found.T) - CORRELATIONS).max() < 0.15


def test_built_heads_have_the_measures_that_were_promised(model, heads):
    people = [person(gender, i) for gender, i in PEOPLE]
    promised = realised_measures(model, *zip(*people, strict=True))
    # Closing the lips and clearing the lids move nothing that the tape touches.
    assert np.abs(measure_head(model, np.stack(heads)) - promised).max() < 0.2
    # One head of many lies at the limits of the model, so the error is that of many.
    many = [person(gender, i) for gender in ("woman", "man", "androgynous") for i in range(60)]
    wanted = np.array([shape.measures_mm for shape, _ in many])
    found = realised_measures(model, *zip(*many, strict=True))
    assert np.sqrt(((found - wanted) ** 2).mean(axis=0)).max() < 3.0


def test_the_tape_reads_millimetres_of_a_scaled_head(model, heads):
    once, double = measure_head(model, np.stack([heads[0], heads[0] * 2]))
    girth = 2  # its hair under the tape does not scale
    assert np.allclose(np.delete(double, girth), 2 * np.delete(once, girth), rtol=1e-5)


@pytest.mark.parametrize("trait", TRAITS)
def test_each_trait_changes_the_face_and_only_a_little(model, trait):
    scores = np.zeros(len(TRAITS))
    scores[TRAITS.index(trait)] = 2.2
    face = model.parts["skin"]
    moved = np.linalg.norm(build_head(model, plain(traits=tuple(scores)), 30) - build_head(model, plain(), 30), axis=1)[face]
    assert 0.0005 < moved.max() < 0.03


def test_scores_beyond_the_limit_do_not_go_further(model):
    far, limit = (build_head(model, plain(traits=(score,) * len(TRAITS)), 30) for score in (50.0, 2.2))
    assert np.array_equal(far, limit)


def test_a_plain_head_is_even_and_an_asymmetry_is_not(model):
    even = build_head(model, plain(), 30)
    marks = model.landmark_points(even)
    assert np.abs(marks[36, 2] - marks[45, 2]) < 2e-4
    for name in ASYMMETRIES:
        scores = tuple(2.0 * (other == name) for other in ASYMMETRIES)
        uneven = build_head(model, plain(asymmetries=scores), 30)
        assert 2e-4 < np.linalg.norm(uneven - even, axis=1).max() < 0.01, name


def test_age_and_presentation_change_the_head(model):
    young = build_head(model, plain(), 25)
    assert np.abs(young - build_head(model, plain(), 70)).max() > 0.001
    assert np.abs(young - build_head(model, plain(presentation=0.15), 25)).max() > 0.001


def test_landmarks_lie_in_the_order_of_the_face(model, heads):
    for vertices in heads:
        x, _, z = model.landmark_points(vertices).T
        # Jaw: from the person's right ear, down to the chin, up to the left ear; the sides of a square jaw run straight down.
        assert np.all(np.diff(x[3:14]) > -0.002)
        assert np.all(np.diff(x[5:12]) > 0)
        # A square chin is level, a cleft one has its lowest points beside the middle.
        assert np.all(np.diff(z[:9]) < 0.0025)
        assert np.all(np.diff(z[8:17]) > -0.0025)
        for line in (range(17, 27), range(31, 36), (36, 37, 38, 39), (42, 43, 44, 45), range(48, 55), range(60, 65)):
            assert np.all(np.diff(x[list(line)]) > 0)
        assert np.all(np.diff(z[27:31]) < 0)
        assert z[[19, 24]].min() > z[[37, 38, 43, 44]].max() > z[[40, 41, 46, 47]].min() > z[30] > z[33] > z[51] > z[57] > z[8]
        for upper, lower in ((37, 41), (38, 40), (43, 47), (44, 46), (51, 62), (66, 57)):
            assert z[upper] > z[lower]


def test_regions_lie_where_their_names_say(model):
    mean = build_head(model, plain(), 30)
    place = {name: np.average(mean, axis=0, weights=weights) for name, weights in model.regions.items()}
    assert place["scalp"][2] > 0.01
    assert place["brow_left"][0] > 0.02
    assert place["brow_right"][0] < -0.02
    assert place["brow_left"][2] > 0.01
    assert place["lips"][2] < place["moustache"][2] < place["nose"][2]
    assert place["chin"][2] < place["lips"][2]
    assert place["neck"][2] < place["chin"][2]
    hidden = model.regions["measuring"] > 0.5
    for other in ("scalp", "brow_left", "brow_right", "lips", "eyelids", "ears", "nose", "nostrils"):
        assert not np.any(hidden & (model.regions[other] > 0.5)), other


def test_expression_zero_changes_nothing_that_shows(model, heads):
    assert np.abs(express(model, heads[0], ()) - heads[0]).max() < 1e-5


def test_blinking_closes_both_eyes_of_everybody_and_takes_the_lashes_along(model, heads):
    for vertices in heads:
        closed = express(model, vertices, (("eyeBlinkLeft", 1.0), ("eyeBlinkRight", 1.0)))
        before, after = (model.landmark_points(v)[:, 2] for v in (vertices, closed))
        for upper, lower in ((37, 41), (38, 40), (43, 47), (44, 46)):
            assert after[upper] - after[lower] < 0.0025 < before[upper] - before[lower]
        assert np.abs(closed - vertices)[model.parts["lashes_left"]].max() > 0.003
        assert np.array_equal(closed[model.parts["eye_left"]], vertices[model.parts["eye_left"]])


@pytest.mark.parametrize("units", [(), (("eyeBlinkLeft", 1.0), ("eyeBlinkRight", 1.0)), (("eyeSquintLeft", 1.0),)])
def test_no_lid_sinks_into_an_eyeball(model, heads, units):
    for vertices in heads:
        face = express(model, vertices, units)
        for side, centre in zip(("left", "right"), eye_centres(model, face), strict=True):
            distance = np.linalg.norm(face[model.indices(f"lids_{side}")] - centre, axis=1)
            assert distance.min() > eye_radius(model, face)


def seen_opening(model, vertices, side, place):
    """Heights over the middle of the pupil between which an eye can be seen from the front, about a place across, metres."""
    centre = eye_centres(model, vertices)[0 if side == "left" else 1]
    lids = model.indices(f"lids_{side}")
    away = vertices[lids] - centre
    upper, lower = (np.abs(shape[lids, 2]) > 0.00015 for shape in model.floats("lids"))
    here = np.abs(away[:, 0] - place) < 0.0028
    return away[here & upper, 2].min(), away[here & lower, 2].max()


def test_resting_lids_cover_the_rim_of_the_iris_and_leave_the_pupil_free(model, heads):
    for vertices in heads:
        for side in ("left", "right"):
            for place in (-0.0035, 0.0035):
                upper, lower = seen_opening(model, vertices, side, place)
                assert 0.0002 < upper < 0.0062
                assert -0.0078 < lower < -0.0020
                assert upper - lower > 0.0045


def test_people_open_their_eyes_differently(model):
    opened = []
    for score in (-2.0, 0.0, 2.0):
        traits = tuple(score if name == "eye_opening" else 0.0 for name in TRAITS)
        z = model.landmark_points(build_head(model, plain(traits=traits), 30))[:, 2]
        opened.append(z[[37, 38]].mean() - z[[41, 40]].mean())
    assert opened[0] + 0.001 < opened[1] < opened[2] - 0.0005


def test_full_lips_are_closed_as_far_as_their_corners(model):
    full = tuple(2.0 if name.startswith("lip_fullness") else 0.0 for name in TRAITS)
    vertices = build_head(model, plain(traits=full), 30)
    upper, lower = model.indices("lip_pairs").T
    gaps = vertices[upper, 2] - vertices[lower, 2]
    assert np.abs(gaps - model.floats("lip_rests")).max() < 0.0008
    assert np.all(np.diff(model.floats("lip_stations")) > 0)


def test_an_open_jaw_takes_lower_teeth_and_tongue_along(model, heads):
    moved = express(model, heads[0], (("jawOpen", 1.0),)) - heads[0]
    assert moved[model.parts["teeth_lower"], 2].mean() < -0.005
    assert moved[model.parts["tongue"], 2].mean() < -0.003
    assert np.abs(moved[model.parts["teeth_upper"]]).max() < 1e-6


def test_lips_touch_in_a_neutral_face(model, heads):
    for vertices in heads:
        marks = model.landmark_points(vertices)
        assert np.abs(marks[[61, 62, 63], 2] - marks[[67, 66, 65], 2]).max() < 0.0025


def test_an_unknown_face_shape_lists_the_known(model, heads):
    with pytest.raises(EvenfaceError, match="'smile'") as caught:
        express(model, heads[0], (("smile", 1.0),))
    assert "mouthSmileLeft" in caught.value.hint


def test_the_model_is_that_of_the_kept_pictures_on_every_machine(model):
    kept = sorted((Path(__file__).parent / "goldens" / "pictures").glob("cycles_*.json"))
    digests = {dict(json.loads(path.read_text())["recipe"]["data"])["head model"] for path in kept}
    assert digests == {model.digest}


def test_a_damaged_cache_is_made_again_with_one_notice(cache, model, monkeypatch):
    monkeypatch.setenv("EVENFACE_CACHE", str(cache))
    path = cache / f"head-{open_shipped().key}.npy"
    whole = path.read_bytes()
    notices = []
    load_head_model(notices.append)
    assert notices == []
    for broken in (whole[:-9], b"", whole[:5000] + b"x" + whole[5001:]):
        path.unlink()
        path.write_bytes(broken)
        load_head_model(notices.append)
        assert path.read_bytes() == whole  # the same bytes from every run
    assert notices == ["The cached head model was damaged and is made again."] * 3
    assert [entry.name for entry in cache.iterdir()] == [path.name]


def test_the_first_use_says_so_and_a_folder_that_cannot_be_made_is_explained(tmp_path, monkeypatch):
    blocked = tmp_path / "file"
    blocked.write_text("")
    monkeypatch.setenv("EVENFACE_CACHE", str(blocked))
    notices = []
    with pytest.raises(EvenfaceError, match=r"could not be (read|written)") as caught:
        load_head_model(notices.append)
    assert "EVENFACE_CACHE" in caught.value.hint


@pytest.mark.parametrize(
    ("name", "spoil"),
    [
        ("head.npy.xz", lambda path: path.write_bytes(path.read_bytes()[:-1])),
        ("head.npy.xz", lambda path: path.write_bytes(path.read_bytes() + b"x")),
        ("head.npy.xz", lambda path: path.write_bytes(path.read_bytes()[:900] + b"xx" + path.read_bytes()[902:])),
        ("head.npy.xz", lambda path: path.unlink()),
        ("head.toml", lambda path: path.write_text(path.read_text().replace("bytes = 38", "bytes = 37"))),
        ("head.toml", lambda path: path.write_text("[file")),
        ("head.toml", lambda path: path.write_text("[file]")),
        ("head.toml", lambda path: path.write_bytes(b"\xff")),
        ("head.toml", lambda path: path.unlink()),
    ],
)
def test_a_damaged_model_of_the_package_is_named_and_not_read(tmp_path, name, spoil):
    for path in (PACKED, ABOUT):
        shutil.copy(path, tmp_path)
    spoil(tmp_path / name)
    with pytest.raises(EvenfaceError, match=r"damaged: .*head\.(npy\.xz|toml)") as caught:
        open_shipped(tmp_path / PACKED.name, tmp_path / ABOUT.name).unpack()
    assert "--force-reinstall evenface" in caught.value.hint


def test_the_head_is_made_without_torch_or_the_mesh_library():
    code = (
        "import sys; from evenface.backends.cycles.head import load_head_model; "
        "load_head_model(); sys.exit(bool({'torch', 'anny', 'bpy', 'scipy'} & set(sys.modules)))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
