"""The loop round a real pipeline of diffusers and a tiny model with planted faults: what it gets wrong is found and mended."""

from __future__ import annotations

import numpy as np
import pytest

pytest.importorskip("diffusers")

import tiny_models
import torch
from diffusers import StableDiffusionImg2ImgPipeline
from diffusers.utils import logging
from drawing import RECIPE, error, made, pixels, somebody
from PIL import Image

from evenface.backends.diffusion.sampler import Drawn
from evenface.backends.diffusion.target import pixels_of
from evenface.backends.swatch import Swatch

BATCH = 4


class Painter:
    """Image-to-image over the render, a fixed number at once; its first calls may go to another model."""

    recipe = RECIPE

    def __init__(self, *folders):
        self.pipes = [self.opened(folder) for folder in folders]
        self.calls = 0

    @staticmethod
    def opened(folder):
        pipe = StableDiffusionImg2ImgPipeline.from_pretrained(folder, safety_checker=None, requires_safety_checker=False)
        pipe.set_progress_bar_config(disable=True)
        return pipe

    def draw(self, asks):
        pipe = self.pipes[min(self.calls, len(self.pipes) - 1)]
        self.calls += 1
        lots = [asks[at : at + BATCH] for at in range(0, len(asks), BATCH)]
        return [Drawn(image, flagged=False) for lot in lots for image in self.batch(pipe, lot)]

    def batch(self, pipe, asks):
        padded = [*asks, *[asks[-1]] * (BATCH - len(asks))]
        found = pipe(
            prompt=[ask.prompt for ask in padded],
            image=[Image.fromarray(pixels_of(ask.guide.frame)) for ask in padded],
            generator=[torch.Generator().manual_seed(ask.seed) for ask in padded],
            strength=0.5,
            num_inference_steps=4,
            guidance_scale=1.0,
            output_type="np",
        )
        return [np.rint(255 * image).astype(np.uint8) for image in found.images[: len(asks)]]


@pytest.fixture(scope="module", autouse=True)
def one_quiet_thread():
    threads, told = torch.get_num_threads(), logging.get_verbosity()
    torch.set_num_threads(1)
    logging.set_verbosity_error()
    yield
    torch.set_num_threads(threads)
    logging.set_verbosity(told)


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    """A function that returns the folder of a model with a fault, built once."""
    folders = {}

    def of(shift=(0.0, 0.0, 0.0), *, black=False):
        if (shift, black) not in folders:
            folders[shift, black] = tiny_models.stable_diffusion(tmp_path_factory.mktemp("sd") / "m", shift=shift, black=black)
        return folders[shift, black]

    return of


def makings(frames):
    return [frame.making for frame in frames]


def test_a_sound_model_is_taken_at_its_first_word(model):
    for at in range(2):
        found = made(Painter(model()), at=at)
        assert {(making.outcome, making.tries, making.tone_correction_delta_e_2000) for making in makings(found)} == {
            ("photograph", 1, 0.0)
        }
        for shot, frame in zip(somebody(at)[3], found, strict=True):
            render = Swatch().render(*somebody(at)[:2], shot)
            assert not np.array_equal(pixels(frame), pixels(render))
            assert error(frame, at) < 2


@pytest.mark.parametrize("shift", [(0.05, 0.05, 0.05), (-0.05, -0.06, -0.04), (0.04, -0.01, -0.03)])
@pytest.mark.parametrize("at", [0, 2])
def test_a_planted_shift_of_the_decoder_is_corrected(model, shift, at):
    found = made(Painter(model(shift)), at=at, tone_tolerance_delta_e=1.0)
    for making, frame in zip(makings(found), found, strict=True):
        assert (making.outcome, making.tries, making.anchor_outcome) == ("photograph", 1, "photograph")
        assert 1 < making.tone_error_delta_e_2000 <= 8
        assert making.tone_correction_delta_e_2000 > 0.5
        assert error(frame, at) <= 1


def test_a_shift_beyond_the_limit_ends_in_the_render(model):
    identity, tone, _, shots = somebody()
    found = made(Painter(model((-0.3, -0.3, -0.3))), tries=2)
    for shot, frame in zip(shots, found, strict=True):
        assert (frame.making.outcome, frame.making.tries, frame.making.rejections) == ("render", 2, ("tone", "tone"))
        assert (frame.making.anchor_outcome, frame.making.anchor_rejections) == ("render", ("tone", "tone"))
        assert frame.image_png == Swatch().render(identity, tone, shot).image_png


def test_black_pictures_are_drawn_again_and_counted(model):
    # The anchor, the first try of the shots, and whatever comes after.
    found = made(Painter(model(), model(black=True), model()), checks=())
    assert [(making.outcome, making.tries, making.rejections) for making in makings(found)] == [("unchecked", 2, ("blank",))] * 4
    assert min(pixels(frame).std() for frame in found) > 10


def test_a_model_that_paints_black_leaves_no_black_face(model):
    found = made(Painter(model(black=True)), tries=2)
    assert {(making.outcome, making.rejections) for making in makings(found)} == {("render", ("blank", "blank"))}
    assert min(pixels(frame).std() for frame in found) > 10


def test_a_model_opened_anew_makes_the_same(model):
    shift = (0.05, 0.05, 0.05)
    assert made(Painter(model(shift))) == made(Painter(model(shift)))
