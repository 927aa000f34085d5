"""The unpacked model on disk: one file, mapped into memory, checked, rebuilt when broken.

The file is a single-record ``.npy`` (so that numpy maps it as it is) followed by its BLAKE2 digest.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from hashlib import blake2b
from pathlib import Path
from tempfile import NamedTemporaryFile

import numpy as np
from numpy.typing import NDArray

from evenface.errors import EvenfaceError
from evenface.files.storage import cache_folder

__all__ = ["DIGEST_SIZE", "cache_folder", "read_arrays", "record_of", "write_arrays"]

DIGEST_SIZE = 32


def record_of(arrays: Mapping[str, NDArray[np.generic]]) -> NDArray[np.void]:
    """Return one record that holds ``arrays`` in their order."""
    layout = np.dtype([(name, array.dtype.str, array.shape) for name, array in arrays.items()])
    record = np.zeros((), dtype=layout)
    for name, array in arrays.items():
        record[name] = array
    return record


def write_arrays(path: Path, arrays: Mapping[str, NDArray[np.generic]]) -> None:
    """Write ``arrays`` to ``path`` in one step: readers see the old file or the whole new one."""
    record = record_of(arrays)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with NamedTemporaryFile(dir=path.parent, prefix=path.stem, suffix=".tmp", delete=False) as file:
            done = Path(file.name)
            try:
                np.save(file, record)
                file.flush()
                file.write(_digest(done))
                file.flush()
                os.fsync(file.fileno())
                done.replace(path)
            finally:
                done.unlink(missing_ok=True)
    except OSError as error:
        raise EvenfaceError(
            f"The head model could not be written to {path}: {error.strerror}.",
            "Free some space there, or set EVENFACE_CACHE to another folder.",
        ) from error


def read_arrays(path: Path) -> tuple[dict[str, NDArray[np.generic]], str] | None:
    """Map the arrays in ``path``, and return their digest too; None where the file is absent, cut short or altered."""
    try:
        size = path.stat().st_size - DIGEST_SIZE
        with path.open("rb") as file:
            file.seek(max(size, 0))
            stored = file.read()
        if size <= 0 or stored != _digest(path, size):
            return None
        record = np.load(path, mmap_mode="r")
    except (FileNotFoundError, ValueError):
        return None
    except OSError as error:
        raise EvenfaceError(
            f"The head model could not be read from {path}: {error.strerror}.",
            "Give yourself the right to read it, or set EVENFACE_CACHE to another folder.",
        ) from error
    return {name: record[name] for name in record.dtype.names}, stored.hex()


def _digest(path: Path, size: int | None = None) -> bytes:
    state = blake2b(digest_size=DIGEST_SIZE)
    with path.open("rb") as file:
        left = path.stat().st_size if size is None else size
        while left > 0 and (block := file.read(min(left, 1 << 20))):
            state.update(block)
            left -= len(block)
    return state.digest()
