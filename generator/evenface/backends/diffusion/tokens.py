"""Check that a model reads a prompt to its end: text encoders cut off what is too long, and report nothing."""

from __future__ import annotations

from collections.abc import Iterable

from evenface.backends.diffusion.quiet import quietly
from evenface.backends.diffusion.weights.files import read_config
from evenface.backends.diffusion.weights.place import Place, place_of
from evenface.errors import UsageFault
from evenface.records.diffusion import Diffusion

__all__ = ["check"]

LONG = 512
"""Tokens that the language models in front of newer models read; some ten of them are the chat around a prompt."""
_AROUND = 16


def check(settings: Diffusion, prompts: Iterable[str]) -> None:
    """Count the tokens of ``prompts`` with the tokenizers of the model.

    Raises:
        UsageFault: One is too long, with its length and how many tokens are read.
    """
    place = place_of(settings.model, settings.revision)
    asked = sorted(set(prompts))
    for part in ("tokenizer", "tokenizer_2"):
        if asked and (place.folder / part).is_dir():
            _check(place, part, asked)


def _check(place: Place, part: str, prompts: list[str]) -> None:
    with quietly():
        from transformers import AutoTokenizer

        try:
            tokenizer = AutoTokenizer.from_pretrained(place.folder / part, local_files_only=True, trust_remote_code=False)
        except (OSError, ValueError) as error:
            raise place.fault(f"its {part} does not load: {error}") from error
        lengths = [len(tokens) for tokens in tokenizer(prompts)["input_ids"]]
    most = _read(place, part, int(tokenizer.model_max_length))
    longest = max(range(len(prompts)), key=lambda i: lengths[i])
    if lengths[longest] > most:
        what = f"a prompt has {lengths[longest]} tokens, and {place.model} reads {most}: {prompts[longest]!r}"
        raise UsageFault(what, "choose another family of prompts, or a model that reads more")


def _read(place: Place, part: str, length: int) -> int:
    """Return how many tokens are read: all of CLIP's, and of others what the pipelines cut at."""
    kind = str(read_config(place, f"{part}/tokenizer_config.json").get("tokenizer_class", ""))
    return length if kind.startswith("CLIP") else min(length, LONG) - _AROUND
