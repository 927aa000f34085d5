"""The backend of trained models: makes photographs of a person under the labels of their renders.

One photograph, the anchor, is made of the neutral render first and is part of no dataset: the reference and the probes are alike
made from it. Where no try of a picture passes, the render itself takes its place, and its record states that.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Protocol, runtime_checkable

from evenface.backends import Backend, PhotoSetup, recipe_of, reuse_backend
from evenface.backends.diffusion.checks import Checks, FaceModel, Target, needs_face_model, pixels_of, target_of
from evenface.backends.diffusion.loop import Anchor, Wish, draw, draw_anchor, frame_of
from evenface.backends.diffusion.quiet import require_libraries
from evenface.backends.diffusion.sampler import Sampler
from evenface.backends.guide import Guiding
from evenface.errors import UsageFault
from evenface.files.codec import digest_of
from evenface.records import Frame, Identity, Shot
from evenface.vocabulary import SCALES, Tone

__all__ = ["DiffusionBackend"]

WORDS = "text"
"""The profile that is shown no render."""


@runtime_checkable
class _Renders(Backend, Guiding, Protocol):
    """A backend with renders that can become photographs."""


class DiffusionBackend:
    """A ``PhotoBackend``. Opens the sampler and the face model that its settings need, unless they are given."""

    def __init__(self, setup: PhotoSetup, *, sampler: Sampler | None = None, face_model: FaceModel | None = None) -> None:
        self._settings = setup.settings
        # In the order of how soon it is known that something is missing.
        self._base = None if self._settings.profile == WORDS else _renders(self._settings.render)
        if face_model is None and needs_face_model(self._settings):
            face_model = _open_face_model()
        self._checks = Checks(self._settings, SCALES[setup.scale], face_model)
        self._sampler = sampler or _open_sampler(setup)
        self.renders = recipe_of(self._base, self._settings.render) if self._base else None
        self.recipe = replace(self._sampler.recipe, render=digest_of(self.renders) if self.renders else "")
        self._digest = digest_of(self.recipe)
        self._met: tuple[tuple[Identity, Tone, Shot], Anchor] | None = None

    def render(self, identity: Identity, tone: Tone, shot: Shot) -> Frame:
        """Return the render behind a photograph."""
        if self._base is None:
            what = "a photograph made of words alone has no render behind it"
            raise UsageFault(what, "choose the profile edit or controlnet")
        return self._base.render(identity, tone, shot)

    def photograph(self, identity: Identity, tone: Tone, anchor: Shot, shots: Sequence[Shot]) -> Iterator[Frame]:
        """Make the pictures of one person in the order of ``shots``; each depends on its own arguments alone.

        Raises:
            EvenfaceError: The model blanked every try of a picture, and no render is behind it.
        """
        first = self._anchor(self._base, identity, tone, anchor) if self._base and shots else None
        wishes = [self._wish(identity, tone, shot, first) for shot in shots]
        tried = draw(self._sampler, self._checks, wishes, self._settings.tries)
        for wish, became in zip(wishes, tried, strict=True):
            yield frame_of(wish, became, outcome=self._checks.outcome, recipe=self._digest, anchor=first)

    def _anchor(self, base: _Renders, identity: Identity, tone: Tone, shot: Shot) -> Anchor:
        """Return the person's anchor. The last is kept: several calls may ask for shots of one person."""
        met = (identity, tone, shot)
        if self._met is None or self._met[0] != met:
            guide = base.guide(identity, tone, shot)
            wish = Wish(shot, identity.family_id, guide, None, target_of(guide.frame, tone))
            self._met = met, draw_anchor(self._sampler, self._checks, wish, pixels_of(guide.frame), self._settings.tries)
        return self._met[1]

    def _wish(self, identity: Identity, tone: Tone, shot: Shot, anchor: Anchor | None) -> Wish:
        if self._base is None or anchor is None:
            return Wish(shot, identity.family_id, None, None, Target(tone))
        guide = self._base.guide(identity, tone, shot)
        target = replace(target_of(guide.frame, tone), compared=True, anchor=anchor.face)
        return Wish(shot, identity.family_id, guide, anchor.pixels, target)


def _renders(name: str) -> _Renders:
    base = reuse_backend(name)
    if not isinstance(base, _Renders):
        what = f"the backend {name!r} cannot guide a model: it has no method guide"
        raise UsageFault(what, 'choose render = "cycles", or give your backend that method')
    return base


def _open_face_model() -> FaceModel:
    from evenface.faces.detection import DetectorAndRecogniser

    return DetectorAndRecogniser()


def _open_sampler(setup: PhotoSetup) -> Sampler:
    require_libraries()
    from evenface.backends.diffusion.pipelines import open_sampler  # heavy: diffusers and torch

    return open_sampler(setup)
