"""The files: is every declared shard there, unchanged and readable, and no other?"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from hashlib import file_digest

from evenface.dataset import CONFIGS, Dataset
from evenface.errors import EvenfaceError
from evenface.validate.findings import Collector

__all__ = ["Sound", "examine_shards"]


@dataclass(frozen=True, slots=True)
class Sound:
    """The shards that can be read, by config."""

    pictures: tuple[str, ...]
    masks: tuple[str, ...]
    identities: tuple[str, ...]
    masks_whole: bool
    """Whether no declared shard of masks is missing or unreadable."""


def examine_shards(dataset: Dataset, found: Collector) -> Sound:
    """Compare the files with the manifest and return those that the other rooms can read."""
    declared = {shard.path: shard.sha256 for shard in dataset.manifest.shards}
    present = {config: dataset.shards(config) for config in CONFIGS}
    everything = {path for paths in present.values() for path in paths}
    for path in sorted(declared.keys() - everything):
        found.add("shard-missing", path, "the manifest declares it, but it is not there")
    for path in sorted(everything - declared.keys()):
        found.add("shard-extra", path, "the manifest does not declare it")
    broken = {path for path in sorted(everything) if not _readable(dataset, path, declared.get(path), found)}
    sound = {config: tuple(path for path in paths if path not in broken) for config, paths in present.items()}
    masks = {path for path in declared if path.startswith("masks/")}
    return Sound(sound["default"], sound["masks"], sound["identities"], masks <= set(sound["masks"]))


def _readable(dataset: Dataset, path: str, declared: str | None, found: Collector) -> bool:
    try:
        with (dataset.root / path).open("rb") as file:
            digest = file_digest(file, "sha256").hexdigest()
    except OSError as problem:
        found.add("shard-unreadable", path, f"it cannot be read: {problem.strerror}")
        return False
    if digest == declared:
        return True
    if declared is not None:
        found.add("shard-changed", path, "its SHA-256 is not the declared one")
    try:
        # Read to the end: a shard may be broken in its last page.
        deque(dataset.shard_rows(path), maxlen=0)
    except EvenfaceError as problem:
        found.add("shard-unreadable", path, problem.what.removeprefix(f"{path} "))
        return False
    return True
