"""What a picture is held against: the labels that its render is exact in."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from evenface.backends.diffusion.sampler import Pixels
from evenface.backends.diffusion.tone import Lab, skin_lab
from evenface.errors import EvenfaceError
from evenface.files.pictures import Undecodable, decode_image
from evenface.records import Frame
from evenface.vocabulary import Tone

__all__ = ["Box", "Embedding", "Target", "pixels_of", "target_of"]

Box = tuple[float, float, float, float]
"""x, y, width, height in pixels."""
Embedding = tuple[float, ...]
"""Of a face, of unit length."""


@dataclass(frozen=True, slots=True, eq=False)
class Target:
    """What a picture is held against."""

    tone: Tone
    mask: Pixels | None = None
    """Of the render; None where there is none."""
    skin: Lab | None = None
    """Skin of the render: the designed tone in the light of the shot. None where the render shows too little of it."""
    box: Box | None = None
    compared: bool = False
    """Whether there is an anchor to be compared with; the anchor itself has only to show a face that can be."""
    anchor: Embedding | None = None
    """Its face; None where none was found in it."""


def target_of(frame: Frame, tone: Tone) -> Target:
    """Return what a photograph of a render is held against."""
    mask = _decoded(frame.mask_png, "L")
    return Target(tone, mask, skin_lab(pixels_of(frame), mask), frame.face_box)


def pixels_of(frame: Frame) -> Pixels:
    """Return the render itself, height x width x 3."""
    return _decoded(frame.image_png, "RGB")


def _decoded(data: bytes, mode: Literal["RGB", "L"]) -> Pixels:
    pixels = decode_image(data, mode)
    if isinstance(pixels, Undecodable):
        raise EvenfaceError(f"the backend behind the photographs made no picture: {pixels.why}")
    return pixels
