"""A shot in words: the only part of it that names the cell, beside the prompt."""

from __future__ import annotations

from collections.abc import Mapping

from evenface.records import Slot
from evenface.rng import rng_for
from evenface.shots.schedule import pick
from evenface.shots.wording import put, read_family, wordings
from evenface.spec import Spec
from evenface.vocabulary import SCALES

__all__ = ["CAPTIONS", "caption_for"]

CAPTIONS = "captions.v1"
"""The caption family in use, a file of ``prompts/``."""


def caption_for(spec: Spec, slot: Slot, shot_id: str, labels: Mapping[str, str]) -> str:
    """Put the shot into words; every person of the same number gets the same phrasing.

    Args:
        labels: The shot's expression, light, background, clothing and pose, keys of the tables of words.
    """
    family = read_family(CAPTIONS)
    phrasings = tuple(family["phrasings_of_photographs" if spec.diffusion else "phrasings"])
    phrasing = pick(phrasings, rng_for(spec.seed, "caption", slot.index, shot_id).random())
    said = {table: wordings(family[table][label])[0] for table, label in labels.items()}
    cell = slot.cell
    step = SCALES[spec.scale].tone(cell.tone).step
    tone = family["tone"][spec.scale].format(step=step, name=cell.tone.removeprefix(f"{spec.scale}_").replace("_", " "))
    return put(phrasing, {"gender": family["gender"][cell.gender], "tone": tone, **said})
