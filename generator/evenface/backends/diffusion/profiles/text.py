"""Words alone: no render is shown to the model, so what it draws follows the labels as far as it follows words."""

from __future__ import annotations

import inspect
from collections.abc import Sequence
from typing import Any

import torch

from evenface.backends.diffusion.profiles import Pace, load_options, pace_of
from evenface.backends.diffusion.sampler import Ask
from evenface.backends.diffusion.weights import pipeline_class, place_of
from evenface.errors import UsageFault
from evenface.records.diffusion import Diffusion
from evenface.shots import negative_prompt

__all__ = ["open_text"]

# Start values from the libraries' examples and the makers' announcements; none was tried on real weights here.
_START = {
    "Flux2KleinPipeline": Pace(4, 1.0, 1.0),
    "ZImagePipeline": Pace(9, 1.0, 0.0),
    "StableDiffusionPipeline": Pace(30, 1.0, 6.0),
    "StableDiffusionXLPipeline": Pace(30, 1.0, 6.0),
}
_OTHERS = Pace(30, 1.0, 4.0)


def open_text(settings: Diffusion, dtype: torch.dtype) -> _Text:
    """Load any pipeline of diffusers that makes pictures of words."""
    from diffusers import AutoPipelineForText2Image

    place = place_of(settings.model, settings.revision)
    try:
        pipe = AutoPipelineForText2Image.from_pretrained(place.folder, **load_options(place, dtype))
    except ValueError as error:
        what = f"the model {place.model}, a {pipeline_class(place)}, cannot be opened to make pictures of words: {error}"
        raise UsageFault(what, "choose a text-to-image model of diffusers") from error
    return _Text(pipe, settings)


class _Text:
    """A painter that is shown nothing."""

    def __init__(self, pipe: Any, settings: Diffusion) -> None:
        self.pipe = pipe
        self.together = True
        self.pace = pace_of(settings, _START.get(type(pipe).__name__, _OTHERS))
        takes = "negative_prompt" in inspect.signature(pipe.__call__).parameters and self.pace.guidance > 1
        self._negative = negative_prompt(settings) if takes else ""

    def paint(self, asks: Sequence[Ask], chances: list[torch.Generator]) -> Any:
        """Draw what the prompts say."""
        return self.pipe(
            prompt=[ask.prompt for ask in asks],
            height=asks[0].size_px,
            width=asks[0].size_px,
            num_inference_steps=self.pace.steps,
            guidance_scale=self.pace.guidance,
            generator=chances,
            output_type="np",
            **({"negative_prompt": [self._negative] * len(asks)} if self._negative else {}),
        )
