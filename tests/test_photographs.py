"""From a spec to a validated set of photographs, with real pipelines of random weights: one test a profile.

What is killed and goes on, and what face models look at, is made by whole processes; the rest in this one, where torch is loaded.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections import Counter
from hashlib import sha256
from io import BytesIO
from pathlib import Path
from time import monotonic, sleep

import pytest
import tiny_models
from PIL import Image

from evenface.dataset import Dataset
from evenface.examine.validate import validate
from evenface.people.plan import make_plan
from evenface.publish.package import package
from evenface.render import render_run
from evenface.spec import override, read_spec

SPEC = """
seed = 3
[cells]
tones = [3, 8]
identities_per_cell = 1
[shots]
images_per_identity = 1
size_px = 64
backend = "diffusion"
[diffusion]
dtype = "float32"
batch = 3
tries = 2
"""
PICTURES = 2 * 2 * 2
# Half of the render is noised, no guidance: what a model of random weights paints is the render with grain on it.
PAINTED = 'render = "swatch"\nchecks = ["tone"]\nsteps = 4\nstrength = 0.5\nguidance = 1.0\n'
SHIFT = (0.05, 0.0, 0.0)


def evenface(*arguments, code=0):
    command = [sys.executable, "-m", "evenface", *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=280, check=False)
    assert done.returncode == code, done.stdout + done.stderr
    assert "Traceback" not in done.stderr
    return done


def spec_file(folder, profile, **diffusion):
    more = f'profile = "{profile}"\n' + "".join(f"{key} = {json.dumps(value)}\n" for key, value in diffusion.items())
    (folder / "spec.toml").write_text(SPEC + PAINTED * ("render" not in diffusion) + more)
    return folder / "spec.toml"


def generated(spec, folder, model, **more):
    """Make a set as the command does, without processes of its own; return what validation finds."""
    plan = make_plan(override(read_spec(spec, model=str(model)), model=str(model), **more))
    assert not render_run(plan, f"{folder}.run", backend="diffusion", executor="serial").failed
    package(f"{folder}.run", folder)
    return [(finding.severity, finding.code) for finding in validate(folder).findings]


def rows_of(folder):
    return list(Dataset.open(folder).rows("default"))


def digests(folder):
    return {
        path.relative_to(folder).as_posix(): sha256(path.read_bytes()).hexdigest()
        for path in sorted(Path(folder).rglob("*"))
        if path.is_file() and path.name != ".lock"
    }


@pytest.fixture(scope="module")
def models(tmp_path_factory):
    """Folders of models by name: a painter whose pictures are too red, what conditions it, and an editor."""
    root = tmp_path_factory.mktemp("models")
    painter = tiny_models.stable_diffusion(root / "painter", shift=SHIFT)
    return {
        "painter": painter,
        "depth": tiny_models.controlnet(root / "depth", painter),
        "adapter": tiny_models.ip_adapter(root / "adapter", painter),
        "editor": tiny_models.klein(root / "editor"),
    }


@pytest.fixture(scope="module")
def painted(models, tmp_path_factory):
    """A set painted over renders, in one go; to be read, never changed."""
    folder = tmp_path_factory.mktemp("painted")
    spec = spec_file(folder, "controlnet", ip_adapter=str(models["adapter"]))
    generated(spec, folder / "faces", models["painter"], controlnets=[f"depth={models['depth']}"])
    return folder / "faces"


# ---------------------------------------------------------------------------------------------------------- painted over renders
def test_renders_become_photographs_whose_planted_shift_is_corrected(painted):
    rows = rows_of(painted)
    assert Counter(row["outcome"] for row in rows) == {"photograph": PICTURES}
    assert all(row["tone_error_delta_e_2000"] > 2 for row in rows)  # drawn too red
    assert {row["tone"] for row in rows} == {row["measured_tone"] for row in rows} == {"monk_03", "monk_08"}
    assert {row["digital_source_type"] for row in rows} == {"compositeWithTrainedAlgorithmicMedia"}
    assert len({row["pixel_sha256"] for row in rows}) == PICTURES
    assert all(row["prompt"] and row["anchor_sha256"] for row in rows)


def test_a_set_of_photographs_is_found_as_declared(painted):
    report = json.loads(evenface("validate", painted, "--json").stdout)
    found = {(each["severity"], each["code"]) for each in report["findings"]}
    assert found == {("note", "datasheet-unanswered")}


def test_every_model_is_named_in_the_set_and_on_its_card(painted, models):
    (recipe,) = Dataset.open(painted).manifest.recipes
    assert [weights.role for weights in recipe.weights] == ["pipeline", "controlnet_depth", "ip_adapter"]
    digest = sha256((models["painter"] / "unet" / "diffusion_pytorch_model.safetensors").read_bytes()).hexdigest()
    assert digest in {file.sha256 for file in recipe.weights[0].files}
    card = (painted / "README.md").read_text()
    assert all(weights.model in card for weights in recipe.weights)
    assert str(models["painter"].parent) not in (painted / "evenface.json").read_text()  # nobody's business
    assert {row["recipe"] for row in rows_of(painted)} == set(Dataset.open(painted).manifest.recipes_by_digest())


def test_the_library_of_the_hub_opens_it(painted, tmp_path):
    from datasets import load_dataset

    loaded = load_dataset(str(painted), split="test", cache_dir=str(tmp_path))
    assert len(loaded) == PICTURES
    assert loaded[0]["image"].size == (64, 64)
    assert set(loaded["outcome"]) == {"photograph"}


def test_two_workers_and_a_kill_lead_to_the_same_bytes(painted, models, tmp_path):
    out = tmp_path / "faces"
    options = ("--model", models["painter"], "--controlnet", f"depth={models['depth']}", "--workers", "2", "--quiet")
    arguments = ("generate", painted.with_name("spec.toml"), *options, "--out", out)
    command = [sys.executable, "-m", "evenface", *map(str, arguments)]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True)
    run, deadline = out.with_name("faces.run"), monotonic() + 200
    while not list(run.rglob("people/*/*/*.json")) and process.poll() is None and monotonic() < deadline:
        sleep(0.02)
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    there = len(list(run.rglob("people/*/*/*.mask.png")))
    assert there < PICTURES, "it ended before it could be killed"
    evenface(*arguments)
    assert digests(run) == digests(f"{painted}.run")
    made, undisturbed = ({name: each for name, each in digests(place).items() if "/" in name} for place in (out, painted))
    assert made == undisturbed, "every shard"
    assert (out / "evenface.json").read_bytes() == (painted / "evenface.json").read_bytes()


# ------------------------------------------------------------------------------------------------------------------------ edited
def test_a_model_whose_pictures_are_never_taken_leaves_the_renders(models, tmp_path):
    spec = spec_file(tmp_path, "edit", render="swatch", checks=["tone"])
    assert not [code for severity, code in generated(spec, tmp_path / "faces", models["editor"]) if severity == "error"]
    rows = rows_of(tmp_path / "faces")
    assert Counter((row["outcome"], row["tries"], *row["rejections"]) for row in rows) == {
        ("render", 2, "tone", "tone"): PICTURES
    }
    assert {row["digital_source_type"] for row in rows} == {"algorithmicMedia"}


def test_pictures_that_nobody_checks_are_told(models, tmp_path):
    spec = spec_file(tmp_path, "edit", render="swatch", checks=[])
    found = generated(spec, tmp_path / "faces", models["editor"])
    rows = rows_of(tmp_path / "faces")
    assert {row["outcome"] for row in rows} == {"unchecked"}
    assert {row["digital_source_type"] for row in rows} == {"trainedAlgorithmicMedia"}
    assert len({row["pixel_sha256"] for row in rows}) == PICTURES
    assert {"pictures-unchecked", "tone-off"} <= {code for _, code in found}


# -------------------------------------------------------------------------------------------------------------------- words alone
def test_words_alone_make_a_set_whose_labels_are_only_asked_for(models, tmp_path):
    spec = spec_file(tmp_path, "text", render="cycles", steps=2, guidance=1.0)
    # Random weights paint no face, the face models find none, and so no label can be shown to hold.
    found = Counter(generated(spec, tmp_path / "faces", models["painter"]))
    rows = rows_of(tmp_path / "faces")
    assert {row["outcome"] for row in rows} == {"failed"}
    assert all(row["face_box"] is None and row["landmarks_68"] is None and row["measured_tone"] is None for row in rows)
    card = (tmp_path / "faces" / "README.md").read_text()
    assert "requested" in card
    assert found["warning", "pictures-failed"] == 1
    assert {code for severity, code in found if severity == "error"} == {"tone-unmeasured"}


# ------------------------------------------------------------------------------------------------ real heads and real face models
def test_rendered_heads_pass_the_checks_as_photographs(models, tmp_path):
    spec = spec_file(
        tmp_path, "controlnet", render="cycles", checks=["face", "tone", "identity"], steps=6, strength=0.3, guidance=1.0
    )
    spec.write_text(spec.read_text().replace("size_px = 64", "size_px = 112"))
    options = ("--model", models["painter"], "--controlnet", f"normal={models['depth']}")
    evenface("generate", spec, *options, "--out", tmp_path / "faces", "--quiet")
    rows = rows_of(tmp_path / "faces")
    taken = [row for row in rows if row["outcome"] == "photograph"]
    assert len(taken) >= len(rows) // 2
    assert all(row["anchor_similarity"] >= 0.363 for row in taken)
    with Image.open(BytesIO(taken[0]["image"]["bytes"])) as image:
        assert image.size == (112, 112)
