"""The loop round a real pipeline of diffusers and a tiny model with planted faults: what it gets wrong is found and mended."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

pytest.importorskip("diffusers")

import tiny_models
import torch
from drawing import OTHER_TONE, SETTINGS, SPEC, error, made, pixels, somebody

from evenface.backends import PhotoSetup
from evenface.backends.diffusion.pipelines import open_sampler
from evenface.backends.swatch import Swatch
from evenface.records.diffusion import Machine


class Turns:
    """A sampler that asks another one at each call, and the last for ever after."""

    def __init__(self, *samplers):
        self.recipe = samplers[0].recipe
        self.waiting = list(samplers)

    def draw(self, asks):
        return (self.waiting.pop(0) if len(self.waiting) > 1 else self.waiting[0]).draw(asks)


@pytest.fixture(scope="module", autouse=True)
def one_thread():
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    """A function that opens a model with a fault; its folder is built once."""
    folders = {}

    def of(shift=(0.0, 0.0, 0.0), *, black=False):
        if (shift, black) not in folders:
            folders[shift, black] = tiny_models.stable_diffusion(tmp_path_factory.mktemp("sd") / "m", shift=shift, black=black)
        settings = replace(SETTINGS, model=str(folders[shift, black]), dtype="float32", steps=4, strength=0.5, guidance=1.0)
        return open_sampler(PhotoSetup(settings, SPEC.seed, SPEC.scale, Machine("cpu")))

    return of


def makings(frames):
    return [frame.making for frame in frames]


def test_a_sound_model_is_taken_at_its_first_word(model):
    for at in (0, OTHER_TONE):
        found = made(model(), at=at)
        assert {(making.outcome, making.tries, making.tone_correction_delta_e_2000) for making in makings(found)} == {
            ("photograph", 1, 0.0)
        }
        for shot, frame in zip(somebody(at)[3], found, strict=True):
            render = Swatch().render(*somebody(at)[:2], shot)
            assert not np.array_equal(pixels(frame), pixels(render))
            assert error(frame, at) < 2


@pytest.mark.parametrize("shift", [(0.05, 0.05, 0.05), (-0.05, -0.06, -0.04), (0.04, -0.01, -0.03)])
@pytest.mark.parametrize("at", [0, OTHER_TONE])
def test_a_planted_shift_of_the_decoder_is_corrected(model, shift, at):
    found = made(model(shift), at=at, tone_tolerance_delta_e=1.0)
    assert len(found) == len(somebody(at)[3])
    for making, frame in zip(makings(found), found, strict=True):
        assert (making.outcome, making.tries, making.anchor_outcome) == ("photograph", 1, "photograph")
        assert 1 < making.tone_error_delta_e_2000 <= 8
        assert making.tone_correction_delta_e_2000 > 0.5
        assert error(frame, at) <= 1


def test_a_shift_beyond_the_limit_ends_in_the_render(model):
    identity, tone, _, shots = somebody()
    found = made(model((-0.3, -0.3, -0.3)), tries=2)
    assert len(found) == len(shots)
    for shot, frame in zip(shots, found, strict=True):
        assert (frame.making.outcome, frame.making.tries, frame.making.rejections) == ("render", 2, ("tone", "tone"))
        assert (frame.making.anchor_outcome, frame.making.anchor_rejections) == ("render", ("tone", "tone"))
        assert frame.image_png == Swatch().render(identity, tone, shot).image_png


def test_black_pictures_are_drawn_again_and_counted(model):
    # The anchor, the first try of the shots, and whatever comes after.
    found = made(Turns(model(), model(black=True), model()), checks=())
    assert [(making.outcome, making.tries, making.rejections) for making in makings(found)] == [("unchecked", 2, ("blank",))] * 4
    assert min(pixels(frame).std() for frame in found) > 10


def test_a_model_that_paints_black_leaves_no_black_face(model):
    found = made(model(black=True), tries=2)
    assert {(making.outcome, making.rejections) for making in makings(found)} == {("render", ("blank", "blank"))}
    assert min(pixels(frame).std() for frame in found) > 10


def test_a_model_opened_anew_makes_the_same(model):
    shift = (0.05, 0.05, 0.05)
    assert made(model(shift)) == made(model(shift))
