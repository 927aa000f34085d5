"""IP-Adapters: what shows the person's anchor to Stable Diffusion, each picture of a batch its own.

As they come, the pipelines repeat the embeddings of a batch for every picture of it: four people become four times a mixture of the
four, without a word. Here they are handed over ready, in the order of the batch.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from hashlib import sha256
from types import MethodType
from typing import Any

import torch

from evenface.backends.diffusion.embedders import Embedder, open_embedder
from evenface.backends.diffusion.painter import picture
from evenface.backends.diffusion.sampler import Ask, Pixels
from evenface.backends.diffusion.weights import Place, adapter_files, encoder_of, place_of
from evenface.backends.diffusion.weights.adapters import FACE_EMBEDDING
from evenface.diffusion import Diffusion
from evenface.errors import UsageFault

__all__ = ["Adapters", "open_adapters"]

Embed = Callable[[Pixels], torch.Tensor]
"""1 x ... numbers of one picture."""
_KEPT = 16
"""Anchors whose embeddings are kept: a person's pictures come one after the other."""


def open_adapters(pipe: Any, settings: Diffusion, dtype: torch.dtype) -> Adapters | None:
    """Load the adapters of the settings into a pipeline that is not yet on its device; None where there are none."""
    states, embeds = [], []
    if settings.ip_adapter:
        place = place_of(settings.ip_adapter)
        (name,) = adapter_files(place)
        states.append(_state(place, name))
        _open_encoder(pipe, place, name, dtype)
        embeds.append(_by_encoder(pipe, states[-1]))
    if settings.face_id:
        place = place_of(settings.face_id)
        states.append(_face_state(place))
        embeds.append(_by_embedder(open_embedder(settings.embedder)))
    if not states:
        return None
    pipe.load_ip_adapter(states, subfolder=[""] * len(states), weight_name=[""] * len(states), image_encoder_folder=None)
    pipe.set_ip_adapter_scale([settings.ip_adapter_scale] * len(states))
    pipe.prepare_ip_adapter_image_embeds = MethodType(_ready, pipe)
    return Adapters(embeds)


class Adapters:
    """What the loaded adapters are shown of a batch."""

    def __init__(self, embeds: list[Embed]) -> None:
        self._embeds = embeds
        self._kept: dict[tuple[int, str], torch.Tensor] = {}

    def shown(self, asks: Sequence[Ask]) -> dict[str, Any]:
        """Return the embeddings of the anchors: for every adapter pictures x 1 x ..., all 0 where there is no anchor yet."""
        return {"ip_adapter_image_embeds": [self._batch(number, asks) for number in range(len(self._embeds))]}

    def _batch(self, number: int, asks: Sequence[Ask]) -> torch.Tensor:
        found = []
        for ask in asks:
            shown = self._embedding(number, ask.anchor if ask.anchor is not None else _blank(ask.size_px))
            found.append(shown if ask.anchor is not None else torch.zeros_like(shown))
        return torch.stack(found)

    def _embedding(self, number: int, pixels: Pixels) -> torch.Tensor:
        key = number, sha256(pixels.tobytes()).hexdigest()
        if key not in self._kept:
            while len(self._kept) >= _KEPT:
                del self._kept[next(iter(self._kept))]
            self._kept[key] = self._embeds[number](pixels)
        return self._kept[key]
