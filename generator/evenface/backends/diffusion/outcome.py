"""What became of a wish, as a frame: the photograph under the labels of its render, or the render, and how it was made."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from evenface.backends.diffusion.anchor import Anchor
from evenface.backends.diffusion.checks import Verdict
from evenface.backends.diffusion.loop import Tried, Wish
from evenface.errors import EvenfaceError
from evenface.files.pictures import encode_png
from evenface.records import Frame, Making

__all__ = ["NO_BOX", "frame_of"]

NO_BOX = (0.0, 0.0, 0.0, 0.0)
"""The box of a picture that was made of words and in which no face was found."""

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
    return _unlabelled(shown, making)


def _making(tried: Tried, shown: Verdict | None, outcome: str, recipe: str, anchor: Anchor | None) -> Making:
    return Making(
        outcome=outcome,
        recipe=recipe,
        sampler_seed=tried.last_seed if outcome == "failed" else tried.seed,
        tries=tried.tries,
        rejections=tuple(tried.rejections),
        tone_error_delta_e_2000=_rounded(shown.tone_error) if shown else None,
        tone_correction_delta_e_2000=_rounded(shown.tone_correction) if shown else None,
        anchor_similarity=_rounded(shown.similarity) if shown else None,
        anchor_sha256=anchor.sha256 if anchor else None,
        anchor_outcome=anchor.outcome if anchor else None,
        anchor_rejections=anchor.rejections if anchor else (),
    )


def _unlabelled(shown: Verdict, making: Making) -> Frame:
    """Return a picture without a render behind it, with what was found of it."""
    faces = shown.seen.faces if shown.seen else ()
    points, box = (faces[0].points, faces[0].box) if faces else ((), NO_BOX)
    mask = shown.mask if shown.mask is not None else np.zeros(shown.pixels.shape[:2], np.uint8)
    return Frame(encode_png(shown.pixels), encode_png(mask), (), points, box, making)


def _all_blank(wish: Wish, tried: Tried) -> EvenfaceError:
    what = f"the model blanked all {tried.tries} tries of {wish.shot.shot_id}, and no render is behind it"
    return EvenfaceError(what, "allow more tries, or take a profile that starts from renders: edit, controlnet")


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, _DIGITS)
