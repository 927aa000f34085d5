"""The loop asks the real face models about rendered heads: is one face there, is it where it should be, and who is it?"""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import numpy as np
import pytest

pytest.importorskip("bpy")

from drawing import SmallSampler, people_of, photographs, pixels
from PIL import Image

from evenface.backends.cycles.engine import Cycles
from evenface.backends.diffusion.checks import pixels_of
from evenface.errors import UsageFault
from evenface.faces.detection import DetectorAndRecogniser
from evenface.faces.reader import SFACE_THRESHOLD
from evenface.spec import Spec

SIZE = 112
SPEC = Spec(tones=("monk_06",), genders=("woman", "man"), images_per_identity=1, size_px=SIZE, samples=4, seed=11)
SOMEBODY, SOMEBODY_ELSE = people_of(SPEC)
EVERYTHING = ("face", "tone", "identity")


class KeptCycles:
    """Rendered heads, each made once."""

    def render(self, identity, tone, shot):
        return self.guide(identity, tone, shot).frame

    def guide(self, identity, tone, shot):
        return guide(identity, tone, shot)


@cache
def guide(identity, tone, shot):
    return Cycles().guide(identity, tone, shot)


@pytest.fixture(scope="module")
def models():
    with DetectorAndRecogniser() as open_one:
        yield open_one


@pytest.fixture
def photographed(models):
    """A function that returns the frames of ``SOMEBODY`` by a sampler that spoils every picture but the anchor."""

    def make(spoil=lambda ask, drawn: drawn, checks=EVERYTHING):
        sampler = SmallSampler(lambda ask, drawn: drawn if ask.anchor is None else spoil(ask, drawn))
        camera = photographs(sampler, models, checks=checks, tries=2, render="test_diffusion_judges:KeptCycles")
        return sampler, list(camera.photograph(*SOMEBODY))

    return make


def test_photographs_of_one_person_pass_and_their_likeness_to_the_anchor_is_recorded(photographed, models):
    sampler, found = photographed()
    (anchor,) = models.look([sampler.asks[-1].anchor])
    assert len(found) == len(SOMEBODY[3])
    for frame in found:
        assert (frame.making.outcome, frame.making.tries, frame.making.anchor_outcome) == ("photograph", 1, "photograph")
        (seen,) = models.look([pixels(frame)])
        assert frame.making.anchor_similarity == pytest.approx(np.dot(seen.embedding, anchor.embedding), abs=1e-4)
        assert frame.making.anchor_similarity > SFACE_THRESHOLD


def test_somebody_else_is_drawn_again_and_never_shown(photographed):
    other, tone, _, shots = SOMEBODY_ELSE
    stand_in = pixels_of(guide(other, tone, shots[0]).frame)
    _, found = photographed(lambda ask, drawn: stand_in, checks=("identity",))
    for shot, frame in zip(SOMEBODY[3], found, strict=True):
        assert (frame.making.outcome, frame.making.rejections) == ("render", ("identity", "identity"))
        assert replace(frame, making=None) == guide(*SOMEBODY[:2], shot).frame


def beside_themselves(drawn):
    half = Image.fromarray(drawn).resize((SIZE // 2, SIZE // 2))
    return np.asarray(np.tile(np.asarray(half), (2, 2, 1)))


@pytest.mark.parametrize(
    "spoil",
    [
        pytest.param(lambda drawn: np.where(np.indices(drawn.shape)[0] > 20, 90, drawn).astype(np.uint8), id="nobody"),
        pytest.param(beside_themselves, id="four"),
        pytest.param(lambda drawn: np.roll(drawn, SIZE // 3, axis=1), id="elsewhere"),
    ],
)
def test_a_face_that_is_not_alone_where_it_should_be_is_no_photograph(photographed, spoil):
    _, found = photographed(lambda ask, drawn: spoil(drawn), checks=("face",))
    assert {frame.making.rejections for frame in found} == {("face", "face")}
    assert {frame.making.outcome for frame in found} == {"render"}


def test_without_an_environment_for_the_face_models_the_way_out_is_named(monkeypatch, tmp_path):
    monkeypatch.setenv("EVENFACE_JUDGES", str(tmp_path / "nowhere"))
    with pytest.raises(UsageFault) as fault:
        photographs(checks=EVERYTHING)
    assert 'checks = ["tone"]' in fault.value.hint
