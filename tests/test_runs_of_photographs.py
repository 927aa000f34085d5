"""A run folder of photographs: made person by person from an anchor, by one recipe, and resumed to the same bytes."""

from __future__ import annotations

import json
import re
import sys
from hashlib import sha256

import pytest

from evenface.backends import reuse_backend
from evenface.backends.swatch import Swatch
from evenface.errors import EvenfaceError, UsageFault
from evenface.people.identity import person
from evenface.people.plan import estimate, make_plan
from evenface.records.diffusion import Machine
from evenface.render import PORTION, pictures, recipes, render_run
from evenface.render.recipes import digest_of
from evenface.shots import anchor_for
from evenface.spec import Spec, override
from evenface.vocabulary import SCALES

TINY = override(
    Spec(),
    backend="diffusion",
    profile="controlnet",
    model="sd",
    render="swatch",
    tones=[2, 9],
    size_px=64,
    genders=["woman"],
    images_per_identity=2,
    tries=2,
)
PLAN = make_plan(TINY)
# A photo backend of ours: what it makes of a person is the flat render, its colours turned round by the anchor.
OURS = """
import os
from dataclasses import replace
from hashlib import sha256
from io import BytesIO
from PIL import Image, ImageChops
from evenface.backends.swatch import Swatch
from evenface.files.codec import canonical_json, to_json
from evenface.records import Making, Recipe, WeightFile, Weights

class Turned(Swatch):
    def __init__(self, photography):
        settings = photography.settings
        files = (WeightFile("a.safetensors", 3, os.environ.get("WEIGHTS", "aa")),)
        weights = Weights("pipeline", settings.model, "", "mit", False, files)
        about = (photography.machine.device, settings.checks, "", (("torch", "1"),), (weights,))
        self.recipe = Recipe(settings.profile, "Turned", settings.prompts, "none", 4, 0.5, 1.0, settings.batch, "float32", *about)

    def photograph(self, identity, tone, anchor, shots):
        first = sha256(self.render(identity, tone, anchor).image_png + anchor.prompt.encode()).hexdigest()
        digest = sha256(canonical_json(to_json(self.recipe))).hexdigest()
        for shot in shots:
            frame = self.render(identity, tone, shot)
            out = BytesIO()
            ImageChops.offset(Image.open(BytesIO(frame.image_png)), int(first[:2], 16)).save(out, "PNG")
            making = Making("photograph", digest, shot.seed, 2, ("tone+face",), 1.5, 0.0, None, first)
            yield replace(frame, image_png=out.getvalue(), making=making)
"""


@pytest.fixture(scope="module", autouse=True)
def ours(tmp_path_factory):
    """Let workers, and this process, import the backend of these tests."""
    folder = tmp_path_factory.mktemp("ours")
    (folder / "turned_backend.py").write_text(OURS)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTHONPATH", str(folder), prepend=":")
        patch.syspath_prepend(folder)
        yield
    sys.modules.pop("turned_backend", None)


def render(folder, plan=PLAN, **options):
    # A new process would start the backend anew.
    reuse_backend.cache_clear()
    return render_run(plan, folder, **({"backend": "turned_backend:Turned", "executor": "serial"} | options))


def content(folder):
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.name != ".lock"
    }


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory, ours):
    """The folder of a run that was made in one go; to be read, never changed."""
    folder = tmp_path_factory.mktemp("undisturbed") / "run"
    report = render(folder)
    assert (report.done, report.failed) == (PLAN.pictures_count, [])
    return folder


def test_every_picture_says_how_it_was_made_and_the_run_holds_the_recipe(undisturbed):
    found = list(pictures(PLAN, undisturbed))
    ((digest, recipe),) = recipes(undisturbed).items()
    assert digest == digest_of(recipe)
    assert (recipe.profile, recipe.weights[0].model, recipe.device) == ("controlnet", "sd", "auto")
    for each in found:
        making = each.frame.making
        assert (making.outcome, making.recipe, making.sampler_seed) == ("photograph", digest, each.shot.seed)
        assert (making.tries, making.rejections, making.anchor_similarity) == (2, ("tone+face",), None)
        assert each.shot.prompt


def test_the_pictures_of_a_person_are_made_from_their_anchor(undisturbed):
    made = {(each.identity.identity_id, each.frame.making.anchor_sha256) for each in pictures(PLAN, undisturbed)}
    expected = set()
    for slot in PLAN.slots():
        anchor = anchor_for(TINY, slot)
        render = Swatch().render(person(TINY.seed, TINY.design, slot), SCALES["monk"].tone(slot.cell.tone), anchor)
        expected.add((slot.identity_id, sha256(render.image_png + anchor.prompt.encode()).hexdigest()))
    assert made == expected


def test_a_recipe_is_a_file_named_by_its_digest(undisturbed):
    (path,) = (undisturbed / "recipes").glob("*.json")
    assert path.stem == sha256(path.read_bytes()).hexdigest()
    assert json.loads(path.read_bytes())["prompts"] == "photograph.v2"


def test_workers_and_interruptions_leave_the_same_bytes(undisturbed, tmp_path):
    render(tmp_path / "side", workers=2, executor="local")
    assert content(tmp_path / "side") == content(undisturbed)
    render(tmp_path / "cut")
    for place in list((tmp_path / "cut").glob("people/*/*/probe_0[01].json"))[:3]:
        place.unlink()
    again = render(tmp_path / "cut")
    assert (again.done, again.skipped) == (3, PLAN.pictures_count - 3)
    assert content(tmp_path / "cut") == content(undisturbed)


def test_a_person_of_many_shots_has_one_anchor_in_every_task(tmp_path):
    plan = make_plan(override(TINY, images_per_identity=PORTION + 1, tones=[2]))
    render(tmp_path / "run", plan)
    found = list(pictures(plan, tmp_path / "run"))
    assert len(found) == PORTION + 2
    assert len({each.frame.making.anchor_sha256 for each in found}) == 1


def test_other_weights_are_another_run(undisturbed, tmp_path, monkeypatch):
    render(tmp_path / "run")
    mark = next((tmp_path / "run").glob("people/*/*/probe_00.json"))
    mark.unlink()
    before = content(tmp_path / "run")
    monkeypatch.setenv("WEIGHTS", "bb")
    with pytest.raises(UsageFault) as caught:
        render(tmp_path / "run")
    (old,) = recipes(undisturbed)
    what, _, new = caught.value.what.partition(", and this machine would use ")
    assert what == f"{tmp_path / 'run'} holds photographs made by the recipe {old[:12]} (Turned, sd, float32 on auto)"
    assert re.fullmatch(r"[0-9a-f]{12} \(Turned, sd, float32 on auto\); different: weights", new)
    assert not new.startswith(old[:12])
    assert caught.value.hint == "go on with the same weights, libraries and device, or choose another folder with --out"
    assert content(tmp_path / "run") == before
    with pytest.raises(UsageFault, match="different: device, weights"):
        render(tmp_path / "run", machine=Machine("cpu"))


def test_photographs_whose_recipe_is_gone_are_made_again(undisturbed, tmp_path):
    render(tmp_path / "run")
    (path,) = (tmp_path / "run" / "recipes").glob("*.json")
    path.unlink()
    with pytest.raises(EvenfaceError, match=r"the picture reference of .* is missing"):
        list(pictures(PLAN, tmp_path / "run"))
    assert render(tmp_path / "run").done == PLAN.pictures_count
    assert content(tmp_path / "run") == content(undisturbed)


@pytest.mark.parametrize("data", [b"{}", b"not json", b"\xff\xfe"])
def test_a_damaged_recipe_is_an_error(undisturbed, tmp_path, data):
    render(tmp_path / "run")
    (path,) = (tmp_path / "run" / "recipes").glob("*.json")
    path.write_bytes(data)
    with pytest.raises(EvenfaceError) as caught:
        render(tmp_path / "run")
    assert caught.value.what == f"the recipe {path} is damaged: its content does not match the SHA-256 in its file name"
    assert caught.value.hint == f"type: rm {path}; then the command that made the run makes its pictures again"


def test_renders_have_a_recipe_of_their_own(tiny_run, tiny_plan):
    ((digest, recipe),) = recipes(tiny_run).items()
    assert recipe == Swatch().recipe
    assert {each.recipe for each in pictures(tiny_plan, tiny_run)} == {digest} == {digest_of(recipe)}
    assert {each.frame.making for each in pictures(tiny_plan, tiny_run)} == {None}


def test_the_estimate_is_that_of_the_renders_and_their_anchors():
    one, worded = make_plan(Spec()), make_plan(override(Spec(), backend="diffusion", profile="text", model="sd"))
    made = make_plan(Spec(backend="diffusion"))
    more = (one.pictures_count + one.people_count) / one.pictures_count
    assert estimate(made).seconds == pytest.approx(more * estimate(one).seconds)
    assert estimate(worded).seconds == 0
    assert estimate(worded).bytes == estimate(one).bytes
