"""Draw pictures until a try passes, first the anchor from which all others are made, and turn the results into frames.

What fails is drawn again together with what else fails, from the next seed of its own: neither a seed nor a verdict depends on
other pictures, or on how often those were drawn.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from evenface.backends.diffusion.checks import Checks, Embedding, Target, Verdict
from evenface.backends.diffusion.sampler import Ask, Pixels, Sampler
from evenface.backends.guide import Guide
from evenface.errors import EvenfaceError
from evenface.files.pictures import encode_png, pixel_digest
from evenface.records import Frame, Making, Shot
from evenface.rng import seed_for

__all__ = ["NO_BOX", "Anchor", "Tried", "Wish", "draw", "draw_anchor", "frame_of"]


@dataclass(frozen=True, slots=True, eq=False)
class Wish:
    """A picture that is wanted, and what it is held against."""

    shot: Shot
    family_id: str
    """Not the identity: people of a crossed design share their head, and the chance in their pictures."""
    guide: Guide | None
    anchor: Pixels | None
    target: Target

    def ask(self, attempt: int) -> Ask:
        """Return what the sampler is asked for in a try, counted from 0."""
        return Ask(self.shot.prompt, self.seed(attempt), self.shot.size_px, self.guide, self.anchor)

    def seed(self, attempt: int) -> int:
        """Return the seed of a try."""
        return seed_for(self.shot.seed, "sampler", self.family_id, self.shot.shot_id, attempt)


@dataclass(slots=True, eq=False)
class Tried:
    """The tries of one wish, and their results."""

    seed: int = 0
    """Of the try that is shown, or of the last where none is."""
    tries: int = 0
    rejections: list[str] = field(default_factory=list)
    """Of the tries that failed, in order, reasons joined by ``+``."""
    taken: Verdict | None = None
    """The try that passed."""
    last: Verdict | None = None
    """The last try that failed and was not blank."""
    last_seed: int = 0

    def add(self, verdict: Verdict, seed: int) -> None:
        """Add the next try."""
        self.tries, self.seed = self.tries + 1, seed
        if not verdict.reasons:
            self.taken = verdict
            return
        self.rejections.append("+".join(verdict.reasons))
        if "blank" not in verdict.reasons:
            self.last, self.last_seed = verdict, seed


def draw(sampler: Sampler, checks: Checks, wishes: Sequence[Wish], tries: int) -> list[Tried]:
    """Return the tries of each wish, at most ``tries`` of each."""
    tried = [Tried() for _ in wishes]
    for attempt in range(tries):
        pending = [(wish, so_far) for wish, so_far in zip(wishes, tried, strict=True) if so_far.taken is None]
        if not pending:
            break
        drawn = sampler.draw([wish.ask(attempt) for wish, _ in pending])
        for (wish, _), one in zip(pending, drawn, strict=True):
            _check_size(one.pixels, wish.shot)
        verdicts = checks.examine(drawn, [wish.target for wish, _ in pending])
        for (wish, so_far), verdict in zip(pending, verdicts, strict=True):
            so_far.add(verdict, wish.seed(attempt))
    return tried


def _check_size(pixels: Pixels, shot: Shot) -> None:
    if pixels.shape != (shot.size_px, shot.size_px, 3):
        found = " x ".join(map(str, pixels.shape))
        what = f"the model drew {found} numbers where {shot.size_px} x {shot.size_px} x 3 were asked for"
        raise EvenfaceError(what, "choose another size_px: most pipelines need a multiple of 8 or of 16")


@dataclass(frozen=True, slots=True, eq=False)
class Anchor:
    """A person's anchor, and how it came about."""

    pixels: Pixels
    sha256: str
    """Of the pixels, as ``pixel_digest``."""
    face: Embedding | None
    """None where no face was found in it, or faces are not recognised."""
    outcome: str
    """One of ``OUTCOMES``; ``render`` where no try passed, and the render is what the photographs are made from."""
    rejections: tuple[str, ...]


def draw_anchor(sampler: Sampler, checks: Checks, wish: Wish, render: Pixels, tries: int) -> Anchor:
    """Return the first try that passes, or ``render``, the picture behind it, where none does."""
    (tried,) = draw(sampler, checks, [wish], tries)
    pixels, outcome = (tried.taken.pixels, checks.outcome) if tried.taken else (render, "render")
    return Anchor(pixels, pixel_digest(pixels), checks.embed(pixels), outcome, tuple(tried.rejections))


NO_BOX = (0.0, 0.0, 0.0, 0.0)
"""The box of a picture made of words in which no face was found."""

_DIGITS = 4  # As the measured colours have it: the last bits differ between processors.


def frame_of(wish: Wish, tried: Tried, *, outcome: str, recipe: str, anchor: Anchor | None) -> Frame:
    """Return the finished picture.

    Args:
        outcome: Of a picture that passed.
        recipe: Digest of the recipe.

    Raises:
        EvenfaceError: Every try was blank and no render is behind the picture.
    """
    shown = tried.taken
    if shown is None and wish.guide is not None:
        return replace(wish.guide.frame, making=_making(tried, None, "render", recipe, anchor))
    if shown is None:
        shown, outcome = tried.last, "failed"
    if shown is None:
        raise _all_blank(wish, tried)
    making = _making(tried, shown, outcome, recipe, anchor)
    if wish.guide is not None:
        return replace(wish.guide.frame, image_png=encode_png(shown.pixels), making=making)
    return _without_labels(shown, making)


def _making(tried: Tried, shown: Verdict | None, outcome: str, recipe: str, anchor: Anchor | None) -> Making:
    return Making(
        outcome=outcome,
        recipe=recipe,
        sampler_seed=tried.last_seed if outcome == "failed" else tried.seed,
        tries=tried.tries,
        rejections=tuple(tried.rejections),
        tone_error_delta_e_2000=_round(shown.tone_error) if shown else None,
        tone_correction_delta_e_2000=_round(shown.tone_correction) if shown else None,
        anchor_similarity=_round(shown.similarity) if shown else None,
        anchor_sha256=anchor.sha256 if anchor else None,
        anchor_outcome=anchor.outcome if anchor else None,
        anchor_rejections=anchor.rejections if anchor else (),
    )


def _without_labels(shown: Verdict, making: Making) -> Frame:
    """Return a picture without a render behind it, with what was found of it."""
    faces = shown.seen.faces if shown.seen else ()
    points, box = (faces[0].points, faces[0].box) if faces else ((), NO_BOX)
    mask = shown.mask if shown.mask is not None else np.zeros(shown.pixels.shape[:2], np.uint8)
    return Frame(encode_png(shown.pixels), encode_png(mask), (), points, box, making)


def _all_blank(wish: Wish, tried: Tried) -> EvenfaceError:
    what = f"the model blanked all {tried.tries} tries of {wish.shot.shot_id}, and no render is behind it"
    return EvenfaceError(what, "allow more tries, or take a profile that starts from renders: edit, controlnet")


def _round(value: float | None) -> float | None:
    return None if value is None else round(value, _DIGITS)
