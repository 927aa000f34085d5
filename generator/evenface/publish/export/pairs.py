"""What the LFW layout needs to know beforehand: which number a picture has, and the pairs as ``pairs.txt``."""

from __future__ import annotations

from collections import defaultdict

from evenface.dataset import Dataset
from evenface.publish.export.folder import safe
from evenface.vocabulary import REFERENCE

__all__ = ["PAIRS", "lfw_numbers", "lfw_path", "pairs_text"]

PAIRS = "pairs.txt"


def lfw_numbers(dataset: Dataset) -> dict[str, int]:
    """Return the number of each picture among those of its person, by image id: the reference is 1, then the shots, sorted."""
    people: dict[str, list[tuple[bool, str, str]]] = defaultdict(list)
    for row in dataset.rows("default", ("identity_id", "image_id", "shot_id")):
        shot = str(row["shot_id"])
        people[str(row["identity_id"])].append((shot != REFERENCE, shot, safe(row["image_id"], "image id")))
    return {image_id: at for shots in people.values() for at, (_, _, image_id) in enumerate(sorted(shots), 1)}


def lfw_path(identity_id: str, number: int) -> str:
    """Return where the picture of a person lies, without its ending, e.g. ``ada/ada_0001``."""
    return f"{identity_id}/{identity_id}_{number:04d}"


def pairs_text(dataset: Dataset, numbers: dict[str, int]) -> str | None:  # noqa: ARG001
    """Return the text of ``pairs.txt``, or None for a dataset that holds no protocol."""
    return None
