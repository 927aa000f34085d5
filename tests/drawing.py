"""What the tests of the loop share: people, and a small sampler that returns the render with noise and whatever a test spoils."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from evenface.backends import PhotoSetup
from evenface.backends.diffusion.checks import pixels_of
from evenface.backends.diffusion.photographs import DiffusionBackend
from evenface.backends.diffusion.sampler import Drawn
from evenface.backends.diffusion.tone import distance, skin_lab
from evenface.backends.swatch import Swatch
from evenface.files.pictures import decode_image
from evenface.people.identity import person
from evenface.people.plan import make_plan
from evenface.records import Recipe
from evenface.records.diffusion import Diffusion
from evenface.rng import rng_for, seed_for
from evenface.shots import shots_for
from evenface.spec import Spec
from evenface.vocabulary import SCALES

RECIPE = Recipe(
    profile="controlnet",
    pipeline="none",
    prompts="photograph.v2",
    scheduler="none",
    steps=1,
    strength=0.5,
    guidance=1.0,
    batch=4,
    dtype="float32",
    device="cpu",
    checks=("tone",),
    settings_sha256="0" * 64,
    packages=(),
    weights=(),
)
SPEC = Spec(
    backend="swatch",
    tones=("monk_03", "monk_08"),
    genders=("woman",),
    design="crossed",
    identities_per_cell=2,
    images_per_identity=3,
    size_px=64,
)
SETTINGS = Diffusion(profile="controlnet", render="swatch", checks=("tone",), tries=3)


class SmallSampler:
    """Remembers what it was asked; ``spoil(ask, pixels)`` returns pixels, or None for what a safety checker would blank."""

    recipe = RECIPE

    def __init__(self, spoil=lambda ask, pixels: pixels):
        self.spoil, self.calls = spoil, []

    @property
    def asks(self):
        return [ask for call in self.calls for ask in call]

    def draw(self, asks):
        self.calls.append(list(asks))
        return [self._one(ask) for ask in asks]

    def _one(self, ask):
        size = ask.size_px
        pixels = pixels_of(ask.guide.frame) if ask.guide else np.full((size, size, 3), 128, np.uint8)
        noise = rng_for(ask.seed, "noise").normal(0, 3, pixels.shape)
        spoilt = self.spoil(ask, np.clip(np.rint(pixels + noise), 0, 255).astype(np.uint8))
        return Drawn(np.zeros_like(pixels), flagged=True) if spoilt is None else Drawn(spoilt, flagged=False)


def scaled(pixels, *factors):
    """Multiply the codes of each channel."""
    return np.clip(np.rint(pixels * np.array(factors)), 0, 255).astype(np.uint8)


class NoGuide:
    """A backend that knows nothing of what lies behind its pictures."""

    def render(self, identity, tone, shot):
        return Swatch().render(identity, tone, shot)


def people_of(spec):
    """Each person with their tone, the shot of the anchor and the shots of the dataset."""
    found = []
    for slot in make_plan(spec).slots():
        shots = shots_for(spec, slot)
        anchor = replace(shots[0], shot_id="anchor", seed=seed_for(shots[0].seed, "anchor"))
        found.append((person(spec.seed, spec.design, slot), SCALES[spec.scale].tone(slot.cell.tone), anchor, shots))
    return found


PEOPLE = people_of(SPEC)
OTHER_TONE = next(at for at, (_, tone, _, _) in enumerate(PEOPLE) if tone != PEOPLE[0][1])


def somebody(at=0):
    """One of four people: two of either tone."""
    return PEOPLE[at]


def photographs(sampler=None, face_model=None, **changes):
    photography = PhotoSetup(replace(SETTINGS, **changes), SPEC.seed, "monk")
    return DiffusionBackend(photography, sampler=sampler or SmallSampler(), face_model=face_model)


def made(sampler=None, face_model=None, at=0, **changes):
    return list(photographs(sampler, face_model, **changes).photograph(*somebody(at)))


def pixels(frame):
    return decode_image(frame.image_png)


def error(frame, at=0):
    """CIEDE2000 of the published skin from the designed skin colour."""
    return distance(skin_lab(pixels(frame), decode_image(frame.mask_png, "L")), somebody(at)[1].lab)


def error_of_render(frame, at=0):
    """CIEDE2000 of the published skin from that of the render, which has the skin colour in 8 bits."""
    render = np.full((8, 8, 3), list(bytes.fromhex(somebody(at)[1].srgb_hex[1:])), np.uint8)
    skin = skin_lab(pixels(frame), decode_image(frame.mask_png, "L"))
    return distance(skin, skin_lab(render, np.full((8, 8), 255, np.uint8)))
