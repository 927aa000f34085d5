"""The ways from a render, or from words alone, to a photograph: one file each. Here stands what they have in common."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple, Protocol

import numpy as np
import torch
from PIL import Image

from evenface.backends.diffusion.sampler import Ask
from evenface.backends.diffusion.weights import Place, is_half_precision, pipeline_class, pipeline_files
from evenface.errors import UsageFault
from evenface.files.pictures import Pixels
from evenface.records.diffusion import Diffusion

__all__ = ["Pace", "Painter", "load_options", "pace_of", "picture"]


class Pace(NamedTuple):
    """How a pipeline works its way from noise to a picture."""

    steps: int
    strength: float
    """Share of the way that is gone, 0 to 1, where it begins with a render."""
    guidance: float


class Painter(Protocol):
    """A loaded profile."""

    pipe: Any
    """The pipeline of diffusers; its classes are made for every model anew, and have no types to speak of."""
    pace: Pace
    together: bool
    """Whether a batch of several can be drawn without its pictures mixing; if not, every batch has one picture."""

    def paint(self, asks: Sequence[Ask], chances: list[torch.Generator]) -> Any:
        """Draw one batch and return the pipeline's own output, its ``images`` as values 0 to 1, height x width x 3."""
        ...


def pace_of(settings: Diffusion, start: Pace) -> Pace:
    """Return what the settings ask for, and of ``start`` what they leave open.

    Raises:
        UsageFault: So few steps at so small a strength that none is gone.
    """
    pace = Pace(
        settings.steps or start.steps,
        settings.strength or start.strength,
        start.guidance if settings.guidance < 0 else settings.guidance,
    )
    if int(pace.steps * pace.strength) < 1:
        what = f"of {pace.steps} steps none is left at strength {pace.strength:g}"
        raise UsageFault(what, f"choose steps of at least {int(np.ceil(1 / pace.strength))}, or a greater strength")
    return pace


def picture(pixels: Pixels) -> Image.Image:
    """Return pixels as the pipelines take them."""
    return Image.fromarray(np.ascontiguousarray(pixels))


def load_options(place: Place, dtype: torch.dtype) -> dict[str, Any]:
    """Return what every pipeline is loaded with: from this machine, numbers only, and nothing hidden in the pictures."""
    return {
        "dtype": dtype,
        "use_safetensors": True,
        "local_files_only": True,
        **({"variant": "fp16"} if is_half_precision(pipeline_files(place)) else {}),
        # Pipelines of SDXL mark every picture where the package for it is installed, and say nothing.
        **({"add_watermarker": False} if "XL" in pipeline_class(place) else {}),
    }
