"""The engine under every profile: a resident model that draws in batches of one size.

What a batch draws for an ask depends on the size of the batch (by rounding), not on what else is in it; so a batch that is not
full is filled up with copies of its first ask, and no picture is drawn alone.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, replace
from hashlib import sha256
from importlib import metadata
from itertools import islice
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from evenface.backends import PhotoSetup
from evenface.backends.diffusion.devices import claim_device, device_name, dtype_of, make_repeatable
from evenface.backends.diffusion.profiles import Painter
from evenface.backends.diffusion.profiles.controlnet import open_controlnet
from evenface.backends.diffusion.profiles.edit import open_edit
from evenface.backends.diffusion.profiles.text import open_text
from evenface.backends.diffusion.quiet import quietly
from evenface.backends.diffusion.sampler import Ask, Drawn, Sampler
from evenface.backends.diffusion.weights import prepare
from evenface.errors import EvenfaceError, UsageFault
from evenface.files.codec import canonical_json
from evenface.records import Recipe, Weights
from evenface.records.diffusion import Diffusion, Machine

__all__ = ["open_sampler"]

_OPEN: dict[str, Callable[[Diffusion, torch.dtype], Painter]] = {
    "edit": open_edit,
    "controlnet": open_controlnet,
    "text": open_text,
}
_PACKAGES = ("accelerate", "diffusers", "numpy", "peft", "pillow", "safetensors", "tokenizers", "torch", "transformers")
FLAT_LEVELS = 8
"""A picture whose lightest and darkest value differ by less shows nothing; a face alone spans ten times as many."""


def open_sampler(setup: PhotoSetup) -> Sampler:
    """Load the model that ``setup`` names onto a device of its own.

    Raises:
        UsageFault: A model is missing or refused, or it does not fit the profile; the device cannot do what is asked.
    """
    settings, machine = setup.settings, setup.machine
    weights = prepare(settings)
    device = claim_device(machine)
    dtype = dtype_of(settings, device)
    make_repeatable(device)
    with quietly(), _explain_errors(settings.model, device):
        painter = _OPEN[settings.profile](settings, dtype)
        _lay_on(painter.pipe, device, machine)
    return _Resident(painter, _recipe(settings, painter, device, weights))


class _Resident:
    """A sampler."""

    def __init__(self, painter: Painter, recipe: Recipe) -> None:
        self.recipe = recipe
        self._painter = painter
        self._batch = recipe.batch

    def draw(self, asks: Sequence[Ask]) -> list[Drawn]:
        """Draw the pictures in the order of ``asks``, those of one kind together."""
        done: dict[int, Drawn] = {}
        for numbers in _batches(asks, self._batch):
            wanted = [asks[number] for number in numbers]
            full = wanted + [wanted[0]] * (self._batch - len(wanted))
            done.update(zip(numbers, self._paint(full), strict=False))
        return [done[number] for number in range(len(asks))]

    def _paint(self, asks: list[Ask]) -> Iterator[Drawn]:
        # Made on the processor and for one picture each: equal on every device and in every batch.
        chances = [torch.Generator("cpu").manual_seed(ask.seed) for ask in asks]
        try:
            with quietly(), torch.inference_mode():
                result = self._painter.paint(asks, chances)
        except torch.OutOfMemoryError as error:
            what = f"{len(asks)} pictures of {asks[0].size_px} pixels do not fit into the memory of {self.recipe.device}"
            raise EvenfaceError(what, "type --offload, or plan again with a smaller batch under [diffusion]") from error
        flags = getattr(result, "nsfw_content_detected", None) or [False] * len(asks)
        return (_to_picture(picture, bool(flag)) for picture, flag in zip(result.images, flags, strict=True))


def _batches(asks: Sequence[Ask], size: int) -> Iterator[list[int]]:
    """Yield the numbers of asks that can be drawn together, at most ``size`` of them: of one size, shown the same things."""
    kinds: dict[object, list[int]] = {}
    for number, ask in enumerate(asks):
        kinds.setdefault((ask.size_px, ask.guide is None, ask.anchor is None), []).append(number)
    for numbers in kinds.values():
        left = iter(numbers)
        while batch := list(islice(left, size)):
            yield batch


def _to_picture(picture: NDArray[np.floating[Any]], flagged: bool) -> Drawn:
    """Turn values 0 to 1 into a picture. What overflowed in half precision, or shows nothing, is flagged."""
    whole = bool(np.isfinite(picture).all())
    pixels = (np.nan_to_num(picture) * 255).round().astype(np.uint8)
    return Drawn(pixels, flagged or not whole or int(pixels.max()) - int(pixels.min()) < FLAT_LEVELS)


def _lay_on(pipe: Any, device: torch.device, machine: Machine) -> None:
    """Move a pipeline to its device, whole or part by part, and compile what is repeated in it."""
    pipe.set_progress_bar_config(disable=True)
    if machine.offload:
        pipe.enable_model_cpu_offload(device=device)
    else:
        pipe.to(device)
    if machine.compiled:
        model = getattr(pipe, "unet", None) or pipe.transformer
        model.compile_repeated_blocks(fullgraph=True)


@contextmanager
def _explain_errors(model: str, device: torch.device) -> Iterator[None]:
    """Turn what diffusers and torch are known to raise for a model that does not load into errors of evenface."""
    try:
        yield
    except torch.OutOfMemoryError as error:
        what = f"{model} does not fit into the memory of {device_name(device)}"
        raise EvenfaceError(what, "type --offload, or choose a smaller model") from error
    except ModuleNotFoundError as error:
        raise UsageFault(
            f"{model} needs the package {error.name}, which is not installed", f"type: pip install {error.name}"
        ) from error
    except (OSError, ValueError, AttributeError, RuntimeError) as error:
        first = re.split(r"\.\s|\n", str(error), maxsplit=1)[0] or type(error).__name__
        raise UsageFault(f"{model} does not load: {first}", "fetch it again, or choose another model") from error


def _recipe(settings: Diffusion, painter: Painter, device: torch.device, weights: tuple[Weights, ...]) -> Recipe:
    return Recipe(
        profile=settings.profile,
        pipeline=type(painter.pipe).__name__,
        prompts=settings.prompts,
        scheduler=type(painter.pipe.scheduler).__name__,
        steps=painter.pace.steps,
        strength=painter.pace.strength,
        guidance=painter.pace.guidance,
        batch=settings.batch if painter.together else 1,
        dtype=settings.dtype,
        device=device_name(device),
        checks=settings.checks,
        settings_sha256=_digest(settings, weights),
        packages=tuple(_versions(_PACKAGES)),
        weights=weights,
    )


def _digest(settings: Diffusion, weights: tuple[Weights, ...]) -> str:
    """Digest the settings with the models by the names that the ledger has, so that a folder may be moved."""
    names = {part.role: part.model for part in weights}
    nets = tuple(f"{role.removeprefix('controlnet_')}={name}" for role, name in names.items() if role.startswith("controlnet_"))
    ip_adapter, face_id = names.get("ip_adapter", ""), names.get("face_id", "")
    named = replace(settings, model=names["pipeline"], controlnets=nets, ip_adapter=ip_adapter, face_id=face_id)
    return sha256(canonical_json(asdict(named))).hexdigest()


def _versions(packages: Iterable[str]) -> Iterator[tuple[str, str]]:
    for package in packages:
        try:
            yield package, metadata.version(package)
        except metadata.PackageNotFoundError:
            continue
