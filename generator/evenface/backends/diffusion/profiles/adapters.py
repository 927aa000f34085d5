"""Show the person's anchor to Stable Diffusion: IP-Adapters, and Arc2Face.

By default the pipelines repeat the embeddings of a batch for every picture of it: four people become four times a mixture of
the four, and nothing reports it. Here the embeddings are handed over ready, in the order of the batch.

Arc2Face is a Stable Diffusion 1.5 that is prompted with a face: its text encoder reads an embedding in place of one token. The
words of a prompt are not read: what a picture shows beside the face comes from the render that is painted over. Published by
Papantoniou et al. (arXiv 2403.11641); for research, since it reads embeddings of insightface.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from hashlib import sha256
from types import MethodType
from typing import Any

import numpy as np
import torch

from evenface.backends.diffusion.checks import pixels_of
from evenface.backends.diffusion.embedders import Embedder, open_embedder
from evenface.backends.diffusion.profiles import picture
from evenface.backends.diffusion.sampler import Ask, Pixels
from evenface.backends.diffusion.weights import (
    Place,
    adapter_files,
    encoder_of,
    face_parts,
    is_half_precision,
    model_files,
    place_of,
)
from evenface.backends.diffusion.weights.files import FACE_EMBEDDING
from evenface.errors import UsageFault
from evenface.records.diffusion import Diffusion

__all__ = ["Adapters", "FaceWords", "open_adapters", "open_parts"]

Embed = Callable[[Pixels | None], torch.Tensor]
"""2 x ...: the embedding of no picture, and that of this one; twice the first where there is none."""
_KEPT = 16
"""Anchors whose embeddings are kept: a person's pictures come one after the other."""


def open_adapters(pipe: Any, settings: Diffusion, dtype: torch.dtype) -> Adapters | None:
    """Load the adapters of the settings into a pipeline that is not yet on its device; None where there are none."""
    states: list[dict[str, dict[str, torch.Tensor]]] = []
    embeds: list[Embed] = []
    if settings.ip_adapter:
        place = place_of(settings.ip_adapter)
        (name,) = adapter_files(place)
        states.append(_state(place, name))
        embeds.append(_open_encoder(pipe, place, name, dtype))
    if settings.face_id and not face_parts(place_of(settings.face_id)):
        states.append(_face_state(place_of(settings.face_id)))
        embeds.append(_of_faces(open_embedder(settings.embedder)))
    if not states:
        return None
    nowhere = [""] * len(states)
    pipe.load_ip_adapter(states, subfolder=nowhere, weight_name=nowhere, image_encoder_folder=None)
    pipe.set_ip_adapter_scale([settings.ip_adapter_scale] * len(states))
    pipe.prepare_ip_adapter_image_embeds = MethodType(_prepare_embeds, pipe)
    return Adapters(embeds)


class Adapters:
    """What the loaded adapters are shown of a batch."""

    def __init__(self, embeds: list[Embed]) -> None:
        self._embeds = embeds
        self._kept: dict[tuple[int, str], torch.Tensor] = {}

    def shown(self, asks: Sequence[Ask]) -> dict[str, Any]:
        """Return the embeddings of the anchors, for every adapter one tensor: pictures x 2 x ..."""
        each = range(len(self._embeds))
        return {"ip_adapter_image_embeds": [torch.stack([self._embedding(i, ask.anchor) for ask in asks]) for i in each]}

    def _embedding(self, number: int, anchor: Pixels | None) -> torch.Tensor:
        key = number, "" if anchor is None else sha256(anchor.tobytes()).hexdigest()
        if key not in self._kept:
            while len(self._kept) >= _KEPT:
                del self._kept[next(iter(self._kept))]
            self._kept[key] = self._embeds[number](anchor)
        return self._kept[key]


def _prepare_embeds(
    pipe: Any, image: object, embeds: list[torch.Tensor], device: Any, number: int, guided: bool
) -> list[torch.Tensor]:
    """Stand in for the pipeline's own ``prepare_ip_adapter_image_embeds``: those of no picture first, each once."""
    del image, number  # part of the signature
    sides = [[pairs[:, 0], pairs[:, 1]] if guided else [pairs[:, 1]] for pairs in embeds]
    return [torch.cat(side).unsqueeze(1).to(device=device, dtype=pipe.unet.dtype) for side in sides]


def _open_encoder(pipe: Any, place: Place, adapter: str, dtype: torch.dtype) -> Embed:
    """Give a pipeline the image encoder that an adapter reads."""
    from transformers import CLIPImageProcessor, CLIPVisionModelWithProjection

    folder = place.folder / encoder_of(place, adapter)
    encoder = CLIPVisionModelWithProjection.from_pretrained(folder, dtype=dtype, use_safetensors=True, local_files_only=True)
    size = encoder.config.image_size
    pipe.register_modules(
        image_encoder=encoder,
        feature_extractor=pipe.feature_extractor or CLIPImageProcessor(size={"shortest_edge": size}, crop_size=size),
    )

    def embed(anchor: Pixels | None) -> torch.Tensor:
        from diffusers.models.embeddings import ImageProjection

        last = not isinstance(pipe.unet.encoder_hid_proj.image_projection_layers[0], ImageProjection)
        shown = picture(np.zeros((size, size, 3), np.uint8) if anchor is None else anchor)
        found, nothing = pipe.encode_image(shown, pipe._execution_device, 1, last)
        return torch.cat([nothing, nothing if anchor is None else found])

    return embed


def _of_faces(embedder: Embedder) -> Embed:
    return lambda anchor: torch.stack([torch.zeros(FACE_EMBEDDING), _face_numbers(embedder, anchor)])


def _face_numbers(embedder: Embedder, pixels: Pixels | None) -> torch.Tensor:
    """Return the embedding of a face as 512 numbers of length 1, or zeros where there is none.

    The loop checks whether it is the same person.
    """
    found = None if pixels is None else embedder.embed(pixels)
    if found is None:
        return torch.zeros(FACE_EMBEDDING)
    numbers = np.asarray(found, np.float32).reshape(-1)
    if len(numbers) != FACE_EMBEDDING or not np.isfinite(numbers).all() or not numbers.any():
        raise UsageFault(f"the embedder gave {len(numbers)} numbers", f"face_id reads {FACE_EMBEDDING} finite ones, not all 0")
    return torch.from_numpy(numbers / np.linalg.norm(numbers))


def _state(place: Place, name: str) -> dict[str, dict[str, torch.Tensor]]:
    """Read an adapter: the layers that make tokens of an embedding, and those by which the model reads the tokens."""
    from safetensors import SafetensorError
    from safetensors.torch import load_file

    state: dict[str, dict[str, torch.Tensor]] = {"image_proj": {}, "ip_adapter": {}}
    try:
        tensors = load_file(place.folder / name)
    except SafetensorError as error:
        raise place.fault(f"{name} is not a safetensors file: {error}") from error
    for key, tensor in tensors.items():
        half, _, rest = key.partition(".")
        if half in state:
            state[half][rest] = tensor
    if not all(state.values()):
        raise place.fault(
            f"{name} is not an IP-Adapter: it has no image_proj and ip_adapter", "choose an IP-Adapter of SD 1.5 or SDXL"
        )
    return state


def _face_state(place: Place) -> dict[str, dict[str, torch.Tensor]]:
    """Read a FaceID adapter; its LoRA needs peft, without which the pipelines leave it out silently."""
    from importlib.util import find_spec

    (name,) = adapter_files(place)
    state = _state(place, name)
    first = state["image_proj"].get("proj.0.weight")
    if first is None or first.shape[1] != FACE_EMBEDDING or "norm.weight" not in state["image_proj"]:
        raise place.fault(f"{name} is not a plain FaceID adapter", "FaceID Plus and InstantID are not supported")
    if any("lora" in key for key in state["ip_adapter"]) and find_spec("peft") is None:
        raise UsageFault(f"{place.model} carries a LoRA, and peft is not installed", "type: pip install peft")
    return state


_SAID, _SLOT = "photo of a id person", "id"
"""What it was trained to read, with the word that stands for the face."""


def open_parts(place: Place, dtype: torch.dtype) -> dict[str, Any]:
    """Load what takes the place of a pipeline's text encoder and UNet."""
    from diffusers import UNet2DConditionModel
    from transformers import CLIPTextModel

    loaded = {}
    kinds = {"text_encoder": CLIPTextModel, "unet": UNet2DConditionModel}
    for (name, kind), part in zip(kinds.items(), face_parts(place), strict=True):
        twin = {"variant": "fp16"} if is_half_precision(model_files(place, part)) else {}
        loaded[name] = kind.from_pretrained(place.folder / part, dtype=dtype, use_safetensors=True, local_files_only=True, **twin)
    return loaded


class FaceWords:
    """Turns faces into what the UNet reads."""

    def __init__(self, embedder: Embedder) -> None:
        self._embedder = embedder

    def prompts(self, pipe: Any, asks: Sequence[Ask]) -> torch.Tensor:
        """Return pictures x tokens x width. The face is the anchor's; for the anchor itself the render's."""
        shown = [ask.anchor if ask.anchor is not None or ask.guide is None else pixels_of(ask.guide.frame) for ask in asks]
        return self._encode(pipe, torch.stack([_face_numbers(self._embedder, pixels) for pixels in shown]))

    def _encode(self, pipe: Any, faces: torch.Tensor) -> torch.Tensor:
        """Encode the sentence with every face in its slot, filled up with zeros to the width of a token."""
        words, encoder = pipe.tokenizer, pipe.text_encoder
        read = words(_SAID, padding="max_length", max_length=words.model_max_length, truncation=True, return_tensors="pt")
        ids = read.input_ids.repeat(len(faces), 1).to(pipe._execution_device)
        (slot,) = words.encode(_SLOT, add_special_tokens=False)
        table = encoder.get_input_embeddings()
        tokens = torch.nn.functional.pad(faces, (0, table.embedding_dim - faces.shape[1]))

        def put(_module: Any, _given: Any, found: torch.Tensor) -> torch.Tensor:
            return found.masked_scatter((ids == slot).unsqueeze(-1), tokens.to(found))

        hook = table.register_forward_hook(put)
        try:
            return encoder(ids)[0]  # type: ignore[no-any-return]
        finally:
            hook.remove()
