"""A small sampler for the tests of the loop: it returns the render with noise from the seed, and with whatever a test spoils."""

from __future__ import annotations

import numpy as np

from evenface.backends.diffusion.sampler import Drawn
from evenface.backends.diffusion.target import pixels_of
from evenface.backends.guide import Guide
from evenface.backends.swatch import Swatch
from evenface.diffusion import Diffusion
from evenface.records import Recipe
from evenface.rng import rng_for

RECIPE = Recipe(
    profile="controlnet",
    pipeline="none",
    prompts="photograph.v1",
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
SETTINGS = Diffusion(profile="controlnet", render="drawing:GuidedSwatch", checks=("tone",), tries=3)


class GuidedSwatch(Swatch):
    """Flat ovals with flat geometry."""

    def guide(self, identity, tone, shot):
        return Guide(self.render(identity, tone, shot), *self.nothing(shot.size_px))

    @staticmethod
    def nothing(size):
        return np.full((size, size), np.inf, np.float32), np.zeros((size, size, 3), np.float32)


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
