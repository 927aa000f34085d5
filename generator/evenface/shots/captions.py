"""A shot in words: the only part of it that names the cell."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import cache
from typing import Any

from evenface.errors import EvenfaceError
from evenface.records import Slot
from evenface.resources import folder
from evenface.rng import rng_for
from evenface.shots.schedule import pick
from evenface.spec import Spec
from evenface.vocabulary import SCALES

__all__ = ["CAPTIONS", "caption_for"]

CAPTIONS = "captions.v1.toml"
"""The caption family in use, a file of ``prompts/``."""


@cache
def _captions() -> dict[str, Any]:
    path = folder("prompts") / CAPTIONS
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as problem:
        raise EvenfaceError(f"the captions in {path} cannot be read: {problem}", "install evenface again") from problem


def caption_for(spec: Spec, slot: Slot, shot_id: str, words: Mapping[str, str]) -> str:
    """Put the shot into words; every person of the same number gets the same phrasing.

    Args:
        words: The shot's expression, light, background, clothing and pose, keys of the tables in the caption file.
    """
    family = _captions()
    phrasing = pick(tuple(family["phrasings"]), rng_for(spec.seed, "caption", slot.index, shot_id).random())
    said = {table: family[table][word] for table, word in words.items()}
    cell = slot.cell
    step = SCALES[spec.scale].tone(cell.tone).step
    tone = family["tone"][spec.scale].format(step=step, name=cell.tone.removeprefix(f"{spec.scale}_").replace("_", " "))
    caption: str = phrasing.format(gender=family["gender"][cell.gender], tone=tone, **said)
    return caption[0].upper() + caption[1:]
