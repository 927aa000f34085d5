"""Arc2Face: a Stable Diffusion 1.5 whose only word is a face. Its text encoder reads an embedding in place of one token.

The words of a prompt are not read: what a picture shows beside the face comes from the render that is painted over.
Published by Papantoniou et al. (arXiv 2403.11641); for research, since it reads embeddings of insightface.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch

from evenface.backends.diffusion.embedders import Embedder
from evenface.backends.diffusion.profiles.adapters import face_numbers
from evenface.backends.diffusion.sampler import Ask
from evenface.backends.diffusion.target import pixels_of
from evenface.backends.diffusion.weights import Place, face_parts, half_precision, model_files

__all__ = ["FaceWords", "open_parts"]

_SAID, _SLOT = "photo of a id person", "id"
"""What it was trained to read, with the word that stands for the face."""


def open_parts(place: Place, dtype: torch.dtype) -> dict[str, Any]:
    """Load what takes the place of a pipeline's text encoder and UNet."""
    from diffusers import UNet2DConditionModel
    from transformers import CLIPTextModel

    loaded = {}
    kinds = {"text_encoder": CLIPTextModel, "unet": UNet2DConditionModel}
    for (name, kind), part in zip(kinds.items(), face_parts(place), strict=True):
        twin = {"variant": "fp16"} if half_precision(model_files(place, part)) else {}
        loaded[name] = kind.from_pretrained(place.folder / part, dtype=dtype, use_safetensors=True, local_files_only=True, **twin)
    return loaded


class FaceWords:
    """Turns faces into what the UNet reads."""

    def __init__(self, embedder: Embedder) -> None:
        self._embedder = embedder

    def prompts(self, pipe: Any, asks: Sequence[Ask]) -> torch.Tensor:
        """Return pictures x tokens x width. The face is the anchor's; for the anchor itself the render's."""
        shown = [ask.anchor if ask.anchor is not None or ask.guide is None else pixels_of(ask.guide.frame) for ask in asks]
        return self._encoded(pipe, torch.stack([face_numbers(self._embedder, pixels) for pixels in shown]))

    def _encoded(self, pipe: Any, faces: torch.Tensor) -> torch.Tensor:
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
