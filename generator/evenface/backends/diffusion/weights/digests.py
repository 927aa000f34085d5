"""SHA-256 of large files, each read once: what was computed is kept with the size and the time of change it was true for."""

from __future__ import annotations

import json
import re
from contextlib import suppress
from pathlib import Path

from evenface.files.storage import cache_folder, make_folder, sha256_of, write_file
from evenface.records import WeightFile
from evenface.rng import digest

__all__ = ["weight_files"]

_BLOB = re.compile(r"[0-9a-f]{64}")
_MAXIMUM_BYTES = 10_000_000


def weight_files(folder: Path, names: tuple[str, ...], *, of_hub: bool) -> tuple[WeightFile, ...]:
    """Return size and digest of the files called ``names`` in ``folder``.

    Args:
        of_hub: The folder is of the cache of the Hub, which calls large files by their digest, and is taken at its word.
    """
    place = cache_folder() / "weights" / f"{digest(folder.resolve(), size=16)}.json"
    before = _kept(place)
    now: dict[str, tuple[int, int, str]] = {}
    files = []
    for name in names:
        path = (folder / name).resolve()
        about = path.stat()
        sha256 = path.name if of_hub and _BLOB.fullmatch(path.name) else ""
        if not sha256:
            size, changed, sha256 = before.get(name, (0, 0, ""))
            if (size, changed) != (about.st_size, about.st_mtime_ns):
                sha256 = sha256_of(path)
            now[name] = (about.st_size, about.st_mtime_ns, sha256)
        files.append(WeightFile(name, about.st_size, sha256))
    if now != before:
        _keep(place, now)
    return tuple(files)


def _kept(place: Path) -> dict[str, tuple[int, int, str]]:
    """Read what was kept; nothing, where there is none or it is not ours."""
    with suppress(OSError, ValueError, TypeError, AttributeError, RecursionError):
        if place.stat().st_size <= _MAXIMUM_BYTES:
            kept = {str(name): (int(size), int(at), str(sha)) for name, (size, at, sha) in json.loads(place.read_bytes()).items()}
            return {name: entry for name, entry in kept.items() if _BLOB.fullmatch(entry[2])}
    return {}


def _keep(place: Path, now: dict[str, tuple[int, int, str]]) -> None:
    """Keep digests for the next time; a cache that cannot be written costs time and nothing else."""
    with suppress(OSError):
        make_folder(place.parent)
        write_file(place, json.dumps(now).encode())
