"""The loop round a model: what fails is drawn again, what cannot be had is the render, and every row says how it came about."""

from __future__ import annotations

from dataclasses import replace
from typing import NamedTuple

import numpy as np
import pytest
from drawing import OTHER_TONE, PEOPLE, RECIPE, SmallSampler, error, error_of_render, made, photographs, pixels, scaled, somebody

from evenface.backends import PhotoBackend, make_frames
from evenface.backends.diffusion.checks import OVERLAP
from evenface.backends.diffusion.loop import NO_BOX
from evenface.backends.diffusion.sampler import Drawn
from evenface.backends.swatch import Swatch
from evenface.errors import EvenfaceError, UsageFault
from evenface.files.codec import digest_of
from evenface.files.pictures import decode_image, pixel_digest
from evenface.rng import seed_for


def spoiling(when, how):
    """A sampler that spoils what ``when(ask, number of the try)`` names; tries are told apart by their seeds."""

    def spoil(ask, drawn):
        tries = spoil.tries.setdefault((ask.guide and ask.guide.frame.image_png, ask.anchor is None), [])
        tries.append(ask.seed)
        return how(drawn) if when(ask, len(tries) - 1) else drawn

    spoil.tries = {}
    return SmallSampler(spoil)


def first_tries(ask, number):
    return number == 0 and ask.anchor is not None


# What is published


def test_a_photograph_has_the_labels_of_its_render_and_says_how_it_was_made():
    identity, tone, _, shots = somebody()
    sampler = SmallSampler()
    for shot, frame in zip(shots, made(sampler), strict=True):
        behind = Swatch().render(identity, tone, shot)
        assert replace(frame, image_png=b"", making=None) == replace(behind, image_png=b"")
        assert frame.image_png != behind.image_png
        making = frame.making
        assert (making.outcome, making.tries, making.rejections, making.anchor_outcome) == ("photograph", 1, (), "photograph")
        assert making.recipe == digest_of(replace(RECIPE, render=digest_of(Swatch().recipe)))
        assert making.sampler_seed == seed_for(shot.seed, "sampler", identity.family_id, shot.shot_id, 0)
        assert 0 < making.tone_error_delta_e_2000 < 2
        assert making.tone_correction_delta_e_2000 == 0
        assert making.anchor_similarity is None  # nobody was asked to recognise faces
    assert [len(call) for call in sampler.calls] == [1, len(shots)]


def test_all_pictures_of_a_person_are_made_from_one_anchor_that_is_in_no_dataset():
    identity, _, anchor, shots = somebody()
    sampler = SmallSampler()
    found = made(sampler)
    asked, *others = sampler.asks
    assert asked.anchor is None
    assert asked.seed == seed_for(anchor.seed, "sampler", identity.family_id, "anchor", 0)
    (digest,) = {pixel_digest(ask.anchor) for ask in others}
    assert {frame.making.anchor_sha256 for frame in found} == {digest}
    assert digest not in {pixel_digest(pixels(frame)) for frame in found}
    assert [ask.prompt for ask in others] == [shot.prompt for shot in shots]


def test_the_anchor_is_kept_for_the_person_last_met():
    sampler = SmallSampler()
    camera = photographs(sampler)
    (identity, tone, anchor, shots), other = somebody(0), somebody(1)
    together = list(camera.photograph(identity, tone, anchor, shots))
    apart = [frame for shot in shots for frame in camera.photograph(identity, tone, anchor, [shot])]
    assert apart == together
    assert sum(ask.anchor is None for ask in sampler.asks) == 1
    assert next(iter(camera.photograph(*other))).making.anchor_sha256 != together[0].making.anchor_sha256
    assert list(camera.photograph(identity, tone, anchor, shots)) == together
    assert sum(ask.anchor is None for ask in sampler.asks) == 3


def test_it_is_a_photo_backend_and_shows_its_renders():
    camera = photographs()
    identity, tone, anchor, shots = somebody()
    assert isinstance(camera, PhotoBackend)
    assert camera.renders == Swatch().recipe
    assert camera.recipe == replace(RECIPE, render=digest_of(camera.renders))
    assert camera.render(identity, tone, shots[1]) == Swatch().render(identity, tone, shots[1])
    assert list(make_frames(camera, identity, tone, shots, anchor)) == made()
    assert list(camera.photograph(identity, tone, anchor, [])) == []


# Tone


def test_a_small_shift_of_the_skin_is_corrected_and_told():
    for at in range(len(PEOPLE)):
        for frame in made(SmallSampler(lambda ask, drawn: scaled(drawn, 0.95, 0.92, 0.92)), at=at, tone_tolerance_delta_e=1.0):
            making = frame.making
            assert making.outcome == "photograph"
            assert 1 < making.tone_error_delta_e_2000 < 8
            assert error_of_render(frame, at) < 0.6
            assert making.tone_correction_delta_e_2000 == pytest.approx(making.tone_error_delta_e_2000, abs=0.6)
            assert (making.tries, making.rejections) == (1, ())


def test_a_large_shift_is_drawn_again_from_the_next_seed():
    identity, _, _, shots = somebody()
    sampler = spoiling(first_tries, lambda drawn: scaled(drawn, 0.5, 0.5, 0.5))
    for shot, frame in zip(shots, made(sampler), strict=True):
        making = frame.making
        assert (making.outcome, making.tries, making.rejections) == ("photograph", 2, ("tone",))
        assert making.sampler_seed == seed_for(shot.seed, "sampler", identity.family_id, shot.shot_id, 1)
        assert error(frame) < 2
    assert [len(call) for call in sampler.calls] == [1, len(shots), len(shots)]


def test_what_cannot_be_had_is_the_render():
    identity, tone, _, shots = somebody()
    sampler = spoiling(lambda ask, _: ask.anchor is not None, lambda drawn: 255 - drawn)
    for shot, frame in zip(shots, made(sampler), strict=True):
        assert replace(frame, making=None) == Swatch().render(identity, tone, shot)
        making = frame.making
        assert (making.outcome, making.tries, making.rejections) == ("render", 3, ("tone", "tone", "tone"))
        assert (making.tone_error_delta_e_2000, making.tone_correction_delta_e_2000) == (None, None)
        assert making.sampler_seed == seed_for(shot.seed, "sampler", identity.family_id, shot.shot_id, 2)
        assert making.anchor_outcome == "photograph"


def test_only_what_failed_is_drawn_again():
    wanted = somebody()[3][1]
    seed = seed_for(wanted.seed, "sampler", somebody()[0].family_id, wanted.shot_id, 0)
    sampler = SmallSampler(lambda ask, drawn: scaled(drawn, 0.4, 0.4, 0.4) if ask.seed == seed else drawn)
    assert [frame.making.tries for frame in made(sampler)] == [1, 2, 1, 1]
    assert [len(call) for call in sampler.calls] == [1, 4, 1]


def test_a_failing_anchor_is_the_render_and_every_row_says_so():
    identity, tone, anchor, _ = somebody()
    sampler = spoiling(lambda ask, _: ask.anchor is None, lambda drawn: 255 - drawn)
    for frame in made(sampler):
        assert frame.making.outcome == "photograph"
        assert (frame.making.anchor_outcome, frame.making.anchor_rejections) == ("render", ("tone",) * 3)
        assert frame.making.anchor_sha256 == pixel_digest(pixels(Swatch().render(identity, tone, anchor)))


def test_tries_of_the_anchor_are_told():
    sampler = spoiling(lambda ask, number: ask.anchor is None and number < 2, lambda drawn: None)
    for frame in made(sampler):
        assert (frame.making.anchor_outcome, frame.making.anchor_rejections) == ("photograph", ("blank", "blank"))


def test_tolerance_and_limit_are_those_of_the_settings():
    def shifted(ask, drawn):
        return scaled(drawn, 0.95, 0.92, 0.92)

    loose = made(SmallSampler(shifted), tone_tolerance_delta_e=8.0)
    assert {frame.making.tone_correction_delta_e_2000 for frame in loose} == {0.0}
    strict = made(SmallSampler(shifted), tone_correction_delta_e=2.0)
    assert {frame.making.outcome for frame in strict} == {"render"}


# Blank pictures


@pytest.mark.parametrize("blank", [lambda drawn: None, np.zeros_like, lambda drawn: np.full_like(drawn, (9, 90, 200))])
@pytest.mark.parametrize("checks", [("tone",), ()])
def test_a_blank_picture_is_drawn_again_whoever_blanked_it(blank, checks):
    for frame in made(spoiling(first_tries, blank), checks=checks):
        assert (frame.making.tries, frame.making.rejections) == (2, ("blank",))
        assert pixels(frame).std() > 10


def test_a_black_face_is_never_stored():
    for frame in made(SmallSampler(lambda ask, drawn: None), checks=()):
        assert (frame.making.outcome, frame.making.rejections) == ("render", ("blank",) * 3)
        assert pixels(frame).std() > 10


def test_without_checks_a_photograph_is_taken_as_it_comes_and_says_so():
    sampler = SmallSampler(lambda ask, drawn: 255 - drawn)
    for frame in made(sampler, checks=()):
        making = frame.making
        assert (making.outcome, making.tries, making.anchor_outcome) == ("unchecked", 1, "unchecked")
        assert (making.tone_error_delta_e_2000, making.tone_correction_delta_e_2000) == (None, None)
    assert {len(call) for call in sampler.calls} == {1, 4}


# Nothing depends on neighbours


def moody(ask, drawn):
    """Fails in every way, as the seed has it."""
    mood = ask.seed % 5
    return None if mood == 0 else 255 - drawn if mood == 1 else scaled(drawn, 1.0, 0.9, 0.95) if mood == 2 else drawn


def test_a_picture_depends_on_its_own_arguments_alone():
    identity, tone, anchor, shots = somebody()
    whole = made(SmallSampler(moody))
    assert len({frame.making.tries for frame in whole}) > 1
    backwards = list(photographs(SmallSampler(moody)).photograph(identity, tone, anchor, shots[::-1]))
    alone = [frame for shot in shots for frame in photographs(SmallSampler(moody)).photograph(identity, tone, anchor, [shot])]
    camera = photographs(SmallSampler(moody))
    between = [
        frame
        for shot in shots
        for frame in [next(camera.photograph(*somebody(1))), *camera.photograph(identity, tone, anchor, [shot])][1:]
    ]
    assert backwards[::-1] == alone == between == whole


def test_people_of_a_crossed_design_share_their_chance():
    """Else a tone could have luckier noise than another."""
    families = [somebody(at)[0].family_id for at in range(len(PEOPLE))]
    light, dark = (at for at, family in enumerate(families) if family == families[0])
    first, second = SmallSampler(), SmallSampler()
    made(first, at=light)
    made(second, at=dark)
    assert [ask.seed for ask in first.asks] == [ask.seed for ask in second.asks]


# Faces, from a face model that finds what a test wants


class OneFace(NamedTuple):
    box: tuple[float, float, float, float]
    points: tuple[tuple[float, float], ...] = ((20.0, 20.0), (40.0, 20.0), (30.0, 30.0), (22.0, 42.0), (38.0, 42.0))


class Sight(NamedTuple):
    faces: tuple[OneFace, ...]
    embedding: tuple[float, ...] | None = (1.0, 0.0)


class Finder:
    """Finds what ``see(pixels)`` returns."""

    def __init__(self, see):
        self.see, self.looked = see, 0

    def look(self, pictures):
        self.looked += 1
        return [self.see(picture) for picture in pictures]


def true_box():
    identity, tone, anchor, _ = somebody()
    return Swatch().render(identity, tone, anchor).face_box


def moved(box, share):
    """The box, moved so far to the right that this share of it stays."""
    x, y, width, height = box
    return x + (1 - share) * width, y, width, height


def still():
    """One shot that is framed like the anchor, so that one true box serves."""
    identity, tone, anchor, shots = somebody()
    return identity, tone, anchor, [replace(anchor, shot_id=shots[0].shot_id)]


@pytest.mark.parametrize(
    ("faces", "taken"),
    [
        ((true_box(),), True),
        ((), False),
        ((true_box(), true_box()), False),
        ((moved(true_box(), 0.6),), True),  # 0.6 shared of 1.4 in all: 0.43
        ((moved(true_box(), 0.5),), False),
    ],
)
def test_there_is_one_face_and_it_is_where_the_render_has_it(faces, taken):
    assert 0.5 / 1.5 < OVERLAP < 0.6 / 1.4
    face_model = Finder(lambda picture: Sight(tuple(OneFace(box) for box in faces)))
    (frame,) = photographs(SmallSampler(), face_model, checks=("face",)).photograph(*still())
    assert frame.making.outcome == ("photograph" if taken else "render")
    assert frame.making.rejections == (() if taken else ("face",) * 3)
    assert frame.making.anchor_outcome == frame.making.outcome


@pytest.mark.parametrize(
    ("angle", "outcome", "reason"), [(0.0, "photograph", None), (68.0, "photograph", None), (69.0, "render", "identity")]
)
def test_it_is_the_person_of_the_anchor(angle, outcome, reason):
    # SFace's threshold lies at 68.7 degrees.
    views = iter([0.0, 0.0, *[angle] * 9])  # the anchor is looked at when it is drawn and when it is kept

    def see(picture):
        turned = np.radians(next(views))
        return Sight((OneFace(true_box()),), (float(np.cos(turned)), float(np.sin(turned))))

    (frame,) = photographs(SmallSampler(), Finder(see), checks=("face", "tone", "identity")).photograph(*still())
    assert frame.making.outcome == outcome
    assert frame.making.rejections == ((reason,) * 3 if reason else ())
    assert frame.making.anchor_similarity == (round(float(np.cos(np.radians(angle))), 4) if reason is None else None)


def test_several_reasons_are_joined_in_their_order():
    face_model = Finder(lambda picture: Sight((), None))
    sampler = SmallSampler(lambda ask, drawn: 255 - drawn)
    (frame,) = photographs(sampler, face_model, checks=("identity", "tone", "face"), tries=2).photograph(*still())
    assert frame.making.rejections == ("face+tone", "face+tone")


def test_whom_nobody_can_recognise_is_no_anchor_and_no_photograph():
    face_model = Finder(lambda picture: Sight((OneFace(true_box()),), None))
    (frame,) = photographs(SmallSampler(), face_model, checks=("identity",)).photograph(*still())
    assert (frame.making.anchor_outcome, frame.making.outcome) == ("render", "render")
    assert frame.making.rejections == ("face",) * 3


def test_blank_pictures_are_shown_to_nobody():
    face_model = Finder(lambda picture: Sight((OneFace(true_box()),)))
    made(SmallSampler(lambda ask, drawn: None), face_model, checks=("face",))
    assert face_model.looked == 0


def test_the_corrected_picture_is_what_is_recognised():
    seen = []
    face_model = Finder(lambda picture: seen.append(pixel_digest(picture)) or Sight((OneFace(true_box()),)))
    sampler = SmallSampler(lambda ask, drawn: scaled(drawn, 0.95, 0.92, 0.92))
    (frame,) = photographs(sampler, face_model, checks=("tone", "identity")).photograph(*still())
    assert frame.making.tone_correction_delta_e_2000 > 0
    assert pixel_digest(pixels(frame)) == seen[-1]


# Words alone


POINTS = ((22.0, 26.0), (42.0, 26.0), (32.0, 36.0), (25.0, 46.0), (39.0, 46.0))


def explain_os_errors(sampler, sight, **changes):
    """What becomes of one person's pictures without renders; the face model sees ``sight`` in every picture."""
    face_model = Finder(lambda picture: sight)
    frames = list(photographs(sampler, face_model, profile="text", checks=("face", "tone"), **changes).photograph(*somebody()))
    assert len(frames) == len(somebody()[3])
    return frames


def coloured(at):
    """A sampler of plain pictures in the tone of somebody, with grain."""
    skin = np.array([int(somebody(at)[1].srgb_hex[place : place + 2], 16) for place in (1, 3, 5)])
    return SmallSampler(lambda ask, drawn: np.clip(drawn.astype(int) - 128 + skin, 0, 255).astype(np.uint8))


def test_without_a_render_the_labels_are_what_is_found():
    sampler, face = coloured(0), OneFace((16.0, 10.0, 32.0, 44.0), POINTS)
    for frame in explain_os_errors(sampler, Sight((face,))):
        assert (frame.landmarks_68, frame.landmarks_5, frame.face_box) == ((), face.points, face.box)
        mask = decode_image(frame.mask_png, "L")
        assert set(np.unique(mask)) == {0, 128, 255}
        making = frame.making
        assert (making.outcome, making.tries, making.tone_correction_delta_e_2000) == ("photograph", 1, 0.0)
        assert (making.anchor_outcome, making.anchor_sha256, making.anchor_similarity) == (None, None, None)
        assert making.tone_error_delta_e_2000 == pytest.approx(error(frame), abs=1e-3)
    assert {(ask.guide, ask.anchor) for ask in sampler.asks} == {(None, None)}
    assert len(sampler.asks) == len(somebody()[3])


def test_another_tone_than_asked_in_words_is_shown_and_called_failed():
    sampler, face = coloured(OTHER_TONE), OneFace((16.0, 10.0, 32.0, 44.0), POINTS)
    for shot, frame in zip(somebody()[3], explain_os_errors(sampler, Sight((face,)), tries=2), strict=True):
        making = frame.making
        assert (making.outcome, making.tries, making.rejections) == ("failed", 2, ("tone", "tone"))
        assert making.sampler_seed == seed_for(shot.seed, "sampler", somebody()[0].family_id, shot.shot_id, 1)
        assert making.tone_error_delta_e_2000 > 8


def test_where_no_face_is_found_nothing_is_labelled():
    for frame in explain_os_errors(coloured(0), Sight((), None), tries=1):
        assert (frame.landmarks_5, frame.face_box, frame.making.tone_error_delta_e_2000) == ((), NO_BOX, None)
        assert not decode_image(frame.mask_png, "L").any()
        assert (frame.making.outcome, frame.making.rejections) == ("failed", ("face+tone",))


def test_of_failed_tries_the_last_that_is_not_blank_is_shown():
    asked = []
    plain = coloured(OTHER_TONE)
    draws = SmallSampler(lambda ask, drawn: asked.append(ask.seed) or (None if len(asked) > 4 else plain.spoil(ask, drawn)))
    for frame in explain_os_errors(draws, Sight((OneFace((16.0, 10.0, 32.0, 44.0), POINTS),)), tries=2):
        assert (frame.making.outcome, frame.making.rejections) == ("failed", ("tone", "blank"))
        assert frame.making.sampler_seed in asked[:4]
        assert pixels(frame).any()


def test_blank_tries_alone_are_an_error_where_no_render_is_behind():
    with pytest.raises(EvenfaceError) as fault:
        explain_os_errors(SmallSampler(lambda ask, drawn: None), Sight(()))
    assert fault.value.what == "the model blanked all 3 tries of reference, and no render is behind it"
    assert fault.value.hint == "allow more tries, or take a profile that starts from renders: edit, controlnet"


def test_no_render_is_behind_words():
    identity, tone, _, shots = somebody()
    with pytest.raises(UsageFault) as fault:
        photographs(SmallSampler(), Finder(lambda picture: Sight(())), profile="text").render(identity, tone, shots[0])
    assert fault.value.what == "a photograph made of words alone has no render behind it"
    assert fault.value.hint == "choose the profile edit or controlnet"


# Wrong use


def test_a_backend_that_cannot_guide_is_refused():
    with pytest.raises(UsageFault) as fault:
        photographs(render="drawing:NoGuide")
    assert fault.value.what == "the backend 'drawing:NoGuide' cannot guide a model: it has no method guide"
    assert fault.value.hint == 'choose render = "cycles", or give your backend that method'


def test_a_model_that_draws_another_size_is_an_error():
    class Small(SmallSampler):
        def draw(self, asks):
            return [Drawn(np.zeros((56, 64, 3), np.uint8), flagged=False) for _ in asks]

    with pytest.raises(EvenfaceError) as error:
        made(Small())
    assert error.value.what == "the model drew 56 x 64 x 3 numbers where 64 x 64 x 3 were asked for"
    assert error.value.hint == "choose another size_px: most pipelines need a multiple of 8 or of 16"
