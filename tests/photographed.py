"""Runs whose pictures pass for those of a trained model: renders with noise and a shift, and the records that go with them.

What a photo backend does is tested elsewhere; this file makes only what it leaves in a run folder.
"""

from __future__ import annotations

import json
from dataclasses import replace
from hashlib import sha256
from io import BytesIO

import numpy as np
from PIL import Image

from evenface.backends.swatch import Swatch
from evenface.dataset import decode_image
from evenface.files.codec import canonical_json, digest_of, from_json, to_json
from evenface.people.plan import make_plan
from evenface.publish.package import package
from evenface.records import Identity, Making, Recipe, Shot, WeightFile, Weights
from evenface.records.maker import Maker
from evenface.render import render_run
from evenface.rng import rng_for
from evenface.spec import override


class Plain(Swatch):
    """Starts like a photo backend, and draws flat ovals."""

    def __init__(self, photography):
        self.photography = photography


WEIGHTS = (
    Weights(
        "pipeline",
        "atelier/brush-2",
        "0123456789abcdef0123",
        "apache-2.0",
        False,
        (WeightFile("unet.safetensors", 10, "ab" * 32),),
    ),
    Weights("controlnet_depth", "depth <b>", "", "not stated", False, (WeightFile("depth.safetensors", 5, "cd" * 32),)),
)
FACES = Weights("face_id", "lab/face-id", "", "cc-by-nc-4.0", True, (WeightFile("id.safetensors", 7, "ef" * 32),))
CHECKS = ("face", "tone", "identity")


def recipe_of(profile="edit", *, weights=WEIGHTS, checks=CHECKS, strength=1.0):
    return Recipe(
        profile=profile,
        pipeline="Brush2Pipeline",
        prompts="photograph.v2",
        scheduler="FlowMatch",
        steps=4,
        strength=strength,
        guidance=1.0,
        batch=4,
        dtype="bfloat16",
        device="cpu",
        checks=checks,
        settings_sha256="12" * 32,
        packages=(("diffusers", "0.42.1"), ("torch", "2.13.0")),
        weights=weights,
    )


def making_of(recipe, outcome="photograph", rejections=(), **changes):
    """Return how a picture was made that was taken, or not, after ``rejections``."""
    tries = len(rejections) + (outcome in ("photograph", "unchecked"))
    measured = (None, None) if outcome in ("render", "unchecked") else (3.5, 2.25)
    making = Making(outcome, digest_of(recipe), 7, tries, tuple(rejections), *measured, 0.75, "aa" * 32)
    return replace(making, **changes)


def photograph_run(run, recipe, made):
    """Turn the pictures of a run into photographs: ``made`` says of a person and a shot how."""
    for path in sorted(run.rglob("people/*/*/*.json")):
        record = json.loads(path.read_text())
        identity, shot = from_json(Identity, record["identity"]), from_json(Shot, record["shot"])
        making = made(identity, shot)
        record["making"], record["recipe"] = to_json(making), making.recipe
        if making.outcome != "render":
            _draw(path.with_suffix(".png"), record, identity, shot)
        if recipe.profile == "text":
            record["frame"]["landmarks_68"] = []
        path.write_bytes(canonical_json(record))
    folder = run / "recipes"
    folder.mkdir(exist_ok=True)
    (folder / f"{digest_of(recipe)}.json").write_bytes(canonical_json(to_json(recipe)))


def _draw(path, record, identity, shot):
    """Put noise and a shift of colour on a render."""
    pixels = decode_image(path.read_bytes()).astype(np.float64)
    rng = rng_for(1, "noise", identity.identity_id, shot.shot_id)
    drawn = np.clip(pixels + rng.normal(0, 1.5, pixels.shape) + np.array([1, 0, -1]), 0, 255).astype(np.uint8)
    data = BytesIO()
    Image.fromarray(drawn).save(data, "PNG")
    path.write_bytes(data.getvalue())
    record["image"] = {"bytes": len(data.getvalue()), "sha256": sha256(data.getvalue()).hexdigest()}


def photographed(folder, spec, recipe, made, maker=None):
    """Return the folder of a dataset of such pictures; its run lies beside it."""
    run = folder.with_name(f"{folder.name}.run")
    render = {} if recipe.profile == "text" else {"render": "swatch"}
    asked = override(spec, backend="diffusion", profile=recipe.profile, model="atelier/brush-2", **render)
    plan = make_plan(replace(asked, maker=maker or Maker()))
    assert not render_run(plan, run, backend="photographed:Plain", executor="serial").failed
    photograph_run(run, recipe, made)
    package(run, folder)
    return folder
