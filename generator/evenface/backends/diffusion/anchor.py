"""The one photograph that all others of a person are made from; it is part of no dataset."""

from __future__ import annotations

from dataclasses import dataclass

from evenface.backends.diffusion.checks import Checks
from evenface.backends.diffusion.loop import Wish, draw
from evenface.backends.diffusion.sampler import Pixels, Sampler
from evenface.backends.diffusion.target import Embedding
from evenface.files.pictures import pixel_digest

__all__ = ["Anchor", "draw_anchor"]


@dataclass(frozen=True, slots=True, eq=False)
class Anchor:
    """A person's anchor, and how it came about."""

    pixels: Pixels
    sha256: str
    """Of the pixels, as ``pixel_digest``."""
    face: Embedding | None
    """None where no face was found in it, or nobody was to recognise it."""
    outcome: str
    """One of ``OUTCOMES``; ``render`` where no try passed, and the render is what the photographs are made from."""
    rejections: tuple[str, ...]


def draw_anchor(sampler: Sampler, checks: Checks, wish: Wish, render: Pixels, tries: int) -> Anchor:
    """Return the first try that passes, or ``render``, the picture behind it, where none does."""
    (tried,) = draw(sampler, checks, [wish], tries)
    pixels, outcome = (tried.taken.pixels, checks.outcome) if tried.taken else (render, "render")
    return Anchor(pixels, pixel_digest(pixels), checks.embed(pixels), outcome, tuple(tried.rejections))
