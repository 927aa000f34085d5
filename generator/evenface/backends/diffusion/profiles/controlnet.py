"""Painting over: Stable Diffusion noises a render and paints it anew, guided by the geometry of the render and by the anchor."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from evenface.backends.diffusion.checks import pixels_of
from evenface.backends.diffusion.embedders import open_embedder
from evenface.backends.diffusion.profiles import Pace, load_options, pace_of, picture
from evenface.backends.diffusion.profiles.adapters import Adapters, FaceWords, open_adapters, open_parts
from evenface.backends.diffusion.sampler import Ask
from evenface.backends.diffusion.weights import (
    Place,
    controlnets,
    face_parts,
    is_half_precision,
    model_files,
    pipeline_class,
    place_of,
)
from evenface.backends.guide import Guide
from evenface.errors import UsageFault
from evenface.records.diffusion import Diffusion
from evenface.shots import negative_prompt

__all__ = ["open_controlnet"]

# Start values (diffusers' examples, and what keeps pose and colour in published work); none was tried on real weights here.
_START = Pace(30, 0.45, 6.0)
_OF_FACES = Pace(25, 0.6, 3.0)
_CLASSES = {
    "StableDiffusionPipeline": "StableDiffusion",
    "StableDiffusionImg2ImgPipeline": "StableDiffusion",
    "StableDiffusionXLPipeline": "StableDiffusionXL",
    "StableDiffusionXLImg2ImgPipeline": "StableDiffusionXL",
}


def open_controlnet(settings: Diffusion, dtype: torch.dtype) -> _Over:
    """Load a folder of Stable Diffusion 1.5 or XL, with the ControlNets and adapters of the settings."""
    import diffusers

    place = place_of(settings.model, settings.revision)
    kind = pipeline_class(place)
    if kind not in _CLASSES:
        what = f"the model {place.model} is a {kind}, which the profile controlnet cannot paint over a render with"
        raise UsageFault(what, "choose a model of Stable Diffusion 1.5 or XL, or the profile edit")
    more = load_options(place, dtype)
    nets = [_open_net(found, dtype) for _, found in controlnets(settings)]
    family = f"{_CLASSES[kind]}{'ControlNet' if nets else ''}Img2ImgPipeline"
    held = {"controlnet": nets[0] if len(nets) == 1 else nets} if nets else {}
    faces = _open_faces(settings, kind)
    parts = open_parts(place_of(settings.face_id), dtype) if faces else {}
    pipe = getattr(diffusers, family).from_pretrained(place.folder, **more, **held, **parts)
    return _Over(pipe, settings, open_adapters(pipe, settings, dtype), faces)


def _open_faces(settings: Diffusion, kind: str) -> FaceWords | None:
    """Start what Arc2Face reads faces with, where ``face_id`` is that."""
    if not settings.face_id or not face_parts(place_of(settings.face_id)):
        return None
    if "XL" in kind:
        raise UsageFault(
            "Arc2Face takes the place of parts of Stable Diffusion 1.5, not XL", "choose a model of Stable Diffusion 1.5"
        )
    return FaceWords(open_embedder(settings.embedder))


def _open_net(place: Place, dtype: torch.dtype) -> Any:
    from diffusers import ControlNetModel

    twin = {"variant": "fp16"} if is_half_precision(model_files(place)) else {}
    return ControlNetModel.from_pretrained(place.folder, dtype=dtype, use_safetensors=True, local_files_only=True, **twin)


class _Over:
    """A painter that begins with the render."""

    def __init__(self, pipe: Any, settings: Diffusion, adapters: Adapters | None, faces: FaceWords | None) -> None:
        self.pipe = pipe
        self.together = True
        self.pace = pace_of(settings, _OF_FACES if faces else _START)
        self._faces = faces
        self._settings = settings
        self._adapters = adapters
        self._kinds = [kind for kind, _ in controlnets(settings)]
        self._negative = negative_prompt(settings) if self.pace.guidance > 1 else ""

    def paint(self, asks: Sequence[Ask], chances: list[torch.Generator]) -> Any:
        """Paint over the renders."""
        guides = [ask.guide for ask in asks if ask.guide is not None]
        if len(guides) < len(asks):
            raise UsageFault("the profile controlnet was given no render to paint over", "choose the profile text")
        return self.pipe(
            **self._said(asks),
            image=[picture(pixels_of(guide.frame)) for guide in guides],
            strength=self.pace.strength,
            num_inference_steps=self.pace.steps,
            guidance_scale=self.pace.guidance,
            generator=chances,
            output_type="np",
            **self._conditions(guides),
            **(self._adapters.shown(asks) if self._adapters else {}),
        )

    def _said(self, asks: Sequence[Ask]) -> dict[str, Any]:
        if self._faces:
            return {"prompt_embeds": self._faces.prompts(self.pipe, asks)}
        return {"prompt": [ask.prompt for ask in asks], "negative_prompt": [self._negative] * len(asks)}

    def _conditions(self, guides: list[Guide]) -> dict[str, Any]:
        """Return what the ControlNets are shown: one tensor each, pictures x 3 x height x width, 0 to 1."""
        if not self._kinds:
            return {}
        draw = _conditions()
        shown = [_tensor([draw[kind](guide) for guide in guides]) for kind in self._kinds]
        scales = [self._settings.controlnet_scale] * len(shown)
        alone = len(shown) == 1
        return {
            "control_image": shown[0] if alone else shown,
            "controlnet_conditioning_scale": scales[0] if alone else scales,
        }


def _conditions() -> dict[str, Callable[[Guide], NDArray[np.uint8]]]:
    from evenface.backends.diffusion.conditioning import depth_picture, landmarks_picture, normal_picture

    return {"depth": depth_picture, "normal": normal_picture, "landmarks": landmarks_picture}


def _tensor(pictures: list[NDArray[np.uint8]]) -> torch.Tensor:
    # A tensor, since of lists several ControlNets take one picture alone.
    return torch.from_numpy(np.stack(pictures)).permute(0, 3, 1, 2).float() / 255
