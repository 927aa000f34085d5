"""Pictures say what made them: recipes of renders, a run that keeps to one, and pixels that change with a revision alone."""

from __future__ import annotations

import json
import os
from dataclasses import replace
from importlib.metadata import version
from pathlib import Path

import numpy as np
import pytest

from evenface.backends import load_backend, recipe_of, reuse_backend
from evenface.backends.swatch import Swatch
from evenface.dataset import Dataset, decode_image, pixel_digest
from evenface.errors import UsageFault
from evenface.faces.tone import delta_e_2000, lab_of
from evenface.files.codec import digest_of, to_json
from evenface.people.identity import person
from evenface.people.plan import PLAN_FORMAT, make_plan
from evenface.processor import family_of, processor_family
from evenface.records import RenderRecipe
from evenface.render import pictures, recipes, render_run
from evenface.render.recipes import claim_recipe, describe_recipe, read_recipes
from evenface.shots import shots_for
from evenface.spec import Spec, override
from evenface.vocabulary import SCALES

GOLDENS = Path(__file__).parent / "goldens" / "pictures"
V2 = "cx16 lahf_lm popcnt sse4_1 sse4_2 ssse3"
V3 = f"{V2} abm avx avx2 bmi1 bmi2 f16c fma movbe"
V4 = f"{V3} avx512f avx512bw avx512cd avx512dq avx512vl"
RENDERED = RenderRecipe("cycles", 7, (("bpy", "5.0.1"), ("numpy", "1.26.4")), (("head model", "ab"),), "x86_64 GenuineIntel v4")


@pytest.mark.parametrize(
    ("machine", "facts", "family"),
    [
        ("x86_64", {"vendor_id": "GenuineIntel", "flags": V4}, "x86_64 GenuineIntel v4"),
        ("x86_64", {"vendor_id": "AuthenticAMD", "flags": V3}, "x86_64 AuthenticAMD v3"),
        ("x86_64", {"vendor_id": "AuthenticAMD", "flags": V4.replace(" avx512vl", "")}, "x86_64 AuthenticAMD v3"),
        ("x86_64", {"vendor_id": "GenuineIntel", "flags": V2}, "x86_64 GenuineIntel v2"),
        # A flag of a higher level does not make up for one that is missing below.
        ("x86_64", {"vendor_id": "GenuineIntel", "flags": V4.replace(" avx2", "")}, "x86_64 GenuineIntel v2"),
        ("aarch64", {"CPU implementer": "0x41", "Features": "fp asimd"}, "aarch64 0x41"),
        ("arm64", {}, "arm64"),
    ],
)
def test_a_family_is_architecture_maker_and_level(machine, facts, family):
    assert family_of(machine, facts) == family


def test_a_backend_states_its_revision_and_libraries():
    recipe = recipe_of(Swatch(), "swatch")
    assert (recipe.backend, recipe.packages) == ("swatch", (("numpy", np.__version__), ("pillow", version("pillow"))))
    assert recipe.processor == processor_family()
    assert recipe.revision >= 1
    assert "swatch, revision" in describe_recipe(recipe)


def test_the_rendered_heads_name_blender_and_the_head_model():
    pytest.importorskip("bpy")
    recipe = recipe_of(reuse_backend("cycles"), "cycles")
    assert [name for name, _ in recipe.packages] == ["bpy", "numpy", "openexr", "pillow", "scipy"]
    ((what, digest),) = recipe.data
    assert (what, len(digest)) == ("head model", 64)


def test_a_backend_that_states_none_is_known_by_its_source(tmp_path, monkeypatch):
    place = tmp_path / "plain_backend.py"
    monkeypatch.syspath_prepend(tmp_path)
    place.write_text("class Plain:\n    def render(self, identity, tone, shot): ...\n")
    first = recipe_of(load_backend("plain_backend:Plain"), "plain_backend:Plain")
    assert (first.backend, first.revision, first.data[0][0]) == ("plain_backend:Plain", 0, "source")
    place.write_text(place.read_text() + "# another\n")
    assert recipe_of(load_backend("plain_backend:Plain"), "plain_backend:Plain").data != first.data


def test_a_run_keeps_to_one_recipe_and_both_are_named(tmp_path):
    digest = claim_recipe(RENDERED, tmp_path / "run" / "recipes")
    assert claim_recipe(RENDERED, tmp_path / "run" / "recipes") == digest == digest_of(RENDERED)
    other = replace(RENDERED, revision=8, packages=(("bpy", "5.3.0"), ("numpy", "2.5.5")), processor="x86_64 AuthenticAMD v3")
    with pytest.raises(UsageFault) as caught:
        claim_recipe(other, tmp_path / "run" / "recipes")
    assert caught.value.what == (
        f"{tmp_path / 'run'} holds renders made by the recipe {digest[:12]} "
        "(cycles, revision 7, bpy 5.0.1, numpy 1.26.4, x86_64 GenuineIntel v4), and this machine would use "
        f"{digest_of(other)[:12]} (cycles, revision 8, bpy 5.3.0, numpy 2.5.5, x86_64 AuthenticAMD v3); "
        "different: revision, packages, processor"
    )
    assert caught.value.hint == (
        "go on with the same version of evenface, libraries and family of processors, or choose another folder with --out"
    )
    assert read_recipes(tmp_path / "run" / "recipes") == {digest: RENDERED}


SPEC = override(Spec(), tones=[2, 9], genders=["woman"], images_per_identity=2, size_px=32, backend="swatch")


def test_resuming_under_another_revision_is_refused_and_loses_nothing(tmp_path, monkeypatch):
    plan, run = make_plan(SPEC), tmp_path / "run"
    assert not render_run(plan, run, backend="swatch").failed
    gone = next(run.glob("people/*/*/probe_01.json"))
    gone.unlink()
    before = {path: path.read_bytes() for path in run.rglob("*") if path.is_file()}
    monkeypatch.setattr("evenface.backends.swatch.REVISION", 99)
    reuse_backend.cache_clear()
    with pytest.raises(UsageFault, match=r"holds renders made by .* revision \d+, .* revision 99, .*different: revision$"):
        render_run(plan, run, backend="swatch")
    assert {path: path.read_bytes() for path in run.rglob("*") if path.is_file()} == before
    monkeypatch.undo()
    reuse_backend.cache_clear()
    report = render_run(plan, run, backend="swatch")
    assert (report.done, report.skipped) == (1, plan.pictures_count - 1)
    (digest,) = recipes(run)
    assert {each.recipe for each in pictures(plan, run)} == {digest}


def test_rows_and_manifest_name_the_recipe(tiny_dataset, tiny_run):
    dataset = Dataset.open(tiny_dataset)
    assert dataset.manifest.renders_by_digest() == recipes(tiny_run)
    assert {row["recipe"] for row in dataset.rows("default", ("recipe",))} == set(dataset.manifest.renders_by_digest())


# ------------------------------------------------------------------------------------------------------------------------ pixels


@pytest.mark.parametrize("name", ["swatch", "cycles"])
def test_pixels_change_with_a_revision_alone(name):
    """One small picture of each backend, and of each release of Blender, is kept with its recipe.

    Where the same libraries run on the same family of processors, its pixels are those that are kept; elsewhere they are near.
    Releases of Blender sample in another order: so few samples then differ by dE 3, and 96 of them by dE 1.
    A change that is meant is stated: raise ``REVISION`` of the backend, then refresh.
    """
    if name == "cycles":
        pytest.importorskip("bpy")
    backend = reuse_backend(name)
    recipe, frame = recipe_of(backend, name), _picture(backend)
    golden = _golden(recipe)
    kept, stated = _read_golden(golden)
    meant = (stated.get("revision"), stated.get("plan_format")) != (recipe.revision, PLAN_FORMAT)
    if os.environ.get("EVENFACE_REFRESH") and meant:
        GOLDENS.mkdir(parents=True, exist_ok=True)
        golden.with_suffix(".png").write_bytes(frame.image_png)
        golden.with_suffix(".json").write_text(json.dumps(_told(recipe, frame), indent=1) + "\n")
        return
    refresh = f"raise REVISION of {name}, then: EVENFACE_REFRESH=1 python -m pytest tests/test_recipes.py -k revision_alone"
    assert not meant, f"the kept picture is of another revision or of other people: {refresh}"
    here, there = decode_image(frame.image_png), decode_image(kept)
    moved = np.abs(np.array(frame.landmarks_68) - np.array(stated["landmarks_68"])).max()
    assert moved <= 0.05, f"people or shots are others: {refresh.replace('REVISION', 'PLAN_FORMAT, or REVISION')}"
    if _told(recipe, frame)["recipe"] == stated["recipe"]:
        assert pixel_digest(here) == stated["pixel_sha256"], f"pixels have changed: {refresh}"
    else:
        distance = delta_e_2000(lab_of(here.reshape(-1, 3)), lab_of(there.reshape(-1, 3))).mean()
        # So small a picture of few samples differs most: by 0.84 with the instructions of x86-64-v2.
        assert distance <= 2.0, f"pixels have changed by dE {distance:.2f}: {refresh}"


def _golden(recipe):
    """The kept picture of a backend, without suffix; Blender's releases each have their own."""
    release = "_".join(dict(recipe.packages).get("bpy", "").split(".")[:2])
    return GOLDENS / (f"{recipe.backend}_blender_{release}" if release else recipe.backend)


def _read_golden(golden):
    if not golden.with_suffix(".json").is_file():
        return b"", {}
    return golden.with_suffix(".png").read_bytes(), json.loads(golden.with_suffix(".json").read_text())


def _told(recipe, frame):
    points = [[round(x, 3), round(y, 3)] for x, y in frame.landmarks_68]
    pixels = pixel_digest(decode_image(frame.image_png))
    # As JSON gives it back, where tuples are lists.
    recipe_data = json.loads(json.dumps(to_json(recipe)))
    about = {"plan_format": PLAN_FORMAT, "revision": recipe.revision, "recipe": recipe_data}
    return about | {"pixel_sha256": pixels, "landmarks_68": points}


def _picture(backend):
    spec = override(Spec(), seed=7, tones=[6], genders=["woman"], images_per_identity=1, size_px=32, samples=4)
    (slot,) = make_plan(spec).slots()
    return backend.render(person(spec.seed, spec.design, slot), SCALES["monk"].tone("monk_06"), shots_for(spec, slot)[1])
