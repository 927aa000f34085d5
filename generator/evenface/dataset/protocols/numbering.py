"""How pictures are called where files have numbers in place of shot ids: the rule of LFW."""

from __future__ import annotations

from collections.abc import Iterable

from evenface.vocabulary import REFERENCE

__all__ = ["lfw_file", "picture_numbers"]


def picture_numbers(shot_ids: Iterable[str]) -> dict[str, int]:
    """Return the number of each shot of one person, from 1 on: the reference first, then the probes by their own number.

    A number is part of a file's name (``lfw_file``) and of a line of ``pairs.txt``; it depends on the shot ids alone.
    """
    # By length first: probe_100 comes after probe_99.
    ordered = sorted(set(shot_ids), key=lambda shot_id: (shot_id != REFERENCE, len(shot_id), shot_id))
    return {shot_id: number for number, shot_id in enumerate(ordered, 1)}


def lfw_file(identity_id: str, number: int, ending: str = ".jpg") -> str:
    """Return where LFW's layout has a picture: ``<identity_id>/<identity_id>_0001.jpg``."""
    return f"{identity_id}/{identity_id}_{number:04d}{ending}"
