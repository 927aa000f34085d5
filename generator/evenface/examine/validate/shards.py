"""Shards: whether every declared one is there, unchanged and readable, and no other is."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

from evenface.dataset import CONFIGS, Dataset
from evenface.errors import EvenfaceError
from evenface.examine.validate.findings import Collector
from evenface.files.storage import sha256_of

__all__ = ["Sound", "examine_shards"]


@dataclass(frozen=True, slots=True)
class Sound:
    """The declared shards that can be read, by config."""

    pictures: tuple[str, ...]
    masks: tuple[str, ...]
    identities: tuple[str, ...]
    pictures_whole: bool
    """Whether no declared shard of pictures is missing or unreadable; likewise for masks."""
    masks_whole: bool


def examine_shards(dataset: Dataset, found: Collector) -> Sound:
    """Compare the files with the manifest and return the readable ones."""
    declared = {shard.path: shard.sha256 for shard in dataset.manifest.shards}
    present = {config: dataset.shards(config) for config in CONFIGS}
    everything = {path for paths in present.values() for path in paths}
    for path in sorted(declared.keys() - everything):
        found.add("shard-missing", path, "the manifest declares it, but it is missing")
    for path in sorted(everything - declared.keys()):
        found.add("shard-extra", path, "the manifest does not declare it")
    good = {path for path in sorted(everything & declared.keys()) if _readable(dataset, path, declared[path], found)}
    sound = {config: tuple(path for path in paths if path in good) for config, paths in present.items()}
    lost = {path.partition("/")[0] for path in declared.keys() - good}
    return Sound(sound["default"], sound["masks"], sound["identities"], "pictures" not in lost, "masks" not in lost)


def _readable(dataset: Dataset, path: str, declared: str, found: Collector) -> bool:
    try:
        digest = sha256_of(dataset.root / path)
    except OSError as problem:
        found.add("shard-unreadable", path, f"it cannot be read: {problem.strerror}")
        return False
    if digest != declared:
        found.add("shard-changed", path, "its SHA-256 differs from the declared one")
    try:
        rows = dataset.shard_rows(path)
        if digest == declared:
            next(rows, None)
        else:
            # Read to the end: a changed shard can be damaged in its last page.
            deque(rows, maxlen=0)
    except EvenfaceError as problem:
        found.add("shard-unreadable", path, problem.what.removeprefix(f"{path} "))
        return False
    return True
