"""Editing: a model that reads pictures and an instruction turns renders into photographs of the same person.

The anchor is made of its render alone, every other picture of the anchor and the render of the shot.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np
import torch
from PIL import Image

from evenface.backends.diffusion.checks import pixels_of
from evenface.backends.diffusion.profiles import Pace, load_options, pace_of, picture
from evenface.backends.diffusion.sampler import Ask
from evenface.backends.diffusion.weights import pipeline_class, place_of
from evenface.errors import UsageFault
from evenface.records.diffusion import Diffusion

__all__ = [
    "open_edit",
]


class Editor(NamedTuple):
    """How a class of diffusers is shown pictures."""

    start: Pace
    together: bool
    """Whether several pictures are drawn at once; it takes ``_own_references``."""
    several: bool
    """Whether it is shown several references; if not, they are put side by side in one."""
    more: Callable[[int], dict[str, Any]] = lambda size: {"height": size, "width": size}
    """What it is called with, for a size of the picture."""


def _guidance_options(size: int) -> dict[str, Any]:
    return {"height": size, "width": size, "true_cfg_scale": 4.0, "negative_prompt": [" "]}


def _size_options(size: int) -> dict[str, Any]:
    # By default it makes pictures of a megapixel, of references that it scales to one of its own shapes.
    return {"height": size, "width": size, "max_area": size * size, "_auto_resize": False}


# Start values from the libraries' examples; none was tried on real weights here.
_EDITORS = {
    "Flux2KleinPipeline": Editor(Pace(4, 1.0, 1.0), together=True, several=True),
    "Flux2Pipeline": Editor(Pace(50, 1.0, 2.5), together=True, several=True),
    "QwenImageEditPlusPipeline": Editor(Pace(40, 1.0, 1.0), together=False, several=True, more=_guidance_options),
    "FluxKontextPipeline": Editor(Pace(28, 1.0, 2.5), together=False, several=False, more=_size_options),
}
_UNDISTILLED = Pace(50, 1.0, 4.0)
"""Of klein's base models; their own config marks them."""


def open_edit(settings: Diffusion, dtype: torch.dtype) -> _Edit:
    """Load a pipeline that edits pictures.

    Raises:
        UsageFault: Its class is not one of ``_EDITORS``: how others are shown several pictures cannot be known, and those of
            different people would be mixed, and nothing reports it.
    """
    import diffusers

    place = place_of(settings.model, settings.revision)
    kind = pipeline_class(place)
    if kind not in _EDITORS:
        what = f"the model {place.model} is a {kind}, which the profile edit cannot show a person"
        raise UsageFault(what, f"choose a model of one of: {', '.join(_EDITORS)}; or the profile controlnet or text")
    return _Edit(getattr(diffusers, kind).from_pretrained(place.folder, **load_options(place, dtype)), settings)


class _Edit:
    """A painter that is shown the anchor and a render."""

    def __init__(self, pipe: Any, settings: Diffusion) -> None:
        self.pipe = pipe
        self._editor = _EDITORS[type(pipe).__name__]
        self.together = self._editor.together
        start = self._editor.start if pipe.config.get("is_distilled") in (True, None) else _UNDISTILLED
        self.pace = pace_of(settings, start)
        if self.together:
            _own_references(pipe)

    def paint(self, asks: Sequence[Ask], chances: list[torch.Generator]) -> Any:
        """Draw every picture from its own references."""
        shown = [reference for ask in asks for reference in self._references(ask)]
        return self.pipe(
            image=shown if self._editor.several else shown[0],
            prompt=[ask.prompt for ask in asks],
            num_inference_steps=self.pace.steps,
            guidance_scale=self.pace.guidance,
            generator=chances if self.together else chances[0],
            output_type="np",
            **self._editor.more(asks[0].size_px),
        )

    def _references(self, ask: Ask) -> list[Image.Image]:
        """Return what one picture is made from: the anchor first, where there is one."""
        if ask.guide is None:
            raise UsageFault("the profile edit was given no render to edit", "choose the profile text")
        shown = [pixels for pixels in (ask.anchor, pixels_of(ask.guide.frame)) if pixels is not None]
        return [picture(pixels) for pixels in (shown if self._editor.several else [np.concatenate(shown, axis=1)])]


def _own_references(pipe: Any) -> None:
    """Make a pipeline of the FLUX.2 kind show every picture of a batch its own references.

    Unchanged, it shows all of them to each: a batch of four people is then four times a mixture of the four.
    """
    stock = pipe.prepare_image_latents

    def prepare(images: list[torch.Tensor], batch_size: int, generator: Any, device: Any, dtype: Any) -> Any:
        each, odd = divmod(len(images), batch_size)
        if odd:
            raise ValueError(f"{len(images)} references do not go into {batch_size} pictures")
        parts = [stock(images[i * each : (i + 1) * each], 1, generator, device, dtype) for i in range(batch_size)]
        return tuple(torch.cat(tensors) for tensors in zip(*parts, strict=True))

    pipe.prepare_image_latents = prepare
