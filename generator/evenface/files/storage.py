"""Write files in full or not at all, lock and sync folders, find the data and cache folders, explain errors of the system."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from hashlib import file_digest
from importlib.resources import files
from pathlib import Path

from evenface.errors import EvenfaceError, UsageFault

__all__ = [
    "TEMPORARY",
    "cache_folder",
    "data_folder",
    "explain_os_errors",
    "lock",
    "make_folder",
    "sha256_of",
    "sync_folder",
    "write_file",
]

TEMPORARY = ".tmp"
"""Ending of a file that is still being written; a leftover may be removed."""

_FULL = {
    errno.ENOSPC: "the disk is full",
    errno.EDQUOT: "the disk quota is used up",
    errno.EFBIG: "the file size limit is reached",
}
_FORBIDDEN = {errno.EACCES, errno.EPERM, errno.EROFS}
_NO_FOLDER = {errno.ENOTDIR, errno.EEXIST, errno.EISDIR}


def cache_folder() -> Path:
    """Return the cache folder: ``EVENFACE_CACHE``, or the user's cache folder."""
    chosen = os.environ.get("EVENFACE_CACHE")
    if chosen:
        return Path(chosen)
    from platformdirs import user_cache_dir

    return Path(user_cache_dir("evenface"))


def data_folder(name: str) -> Path:
    """Return the folder ``prompts`` or ``datasheets``: ``_shipped`` in a wheel has it, or the root of a checkout."""
    shipped = Path(str(files("evenface"))) / "_shipped" / name
    found = shipped if shipped.is_dir() else Path(__file__).parents[3] / name
    if not found.is_dir():
        raise EvenfaceError(
            f"the data folder '{name}' is missing: neither {shipped} nor {found} exists",
            "install evenface again: python -m pip install --force-reinstall evenface",
        )
    return found


@contextmanager
def explain_os_errors(path: Path) -> Iterator[None]:
    """Turn an OSError about ``path`` into an error that says what to do."""
    try:
        yield
    except OSError as error:
        raise _describe(error, path) from error


def _describe(error: OSError, path: Path) -> EvenfaceError:
    if error.errno in _FULL:
        hint = "free some space and run the same command again: it goes on with what is missing"
        return EvenfaceError(f"{_FULL[error.errno]} at {path}", hint)
    if error.errno in _FORBIDDEN:
        return UsageFault(f"{path} cannot be written ({error.strerror})", "choose a folder that you may write, with --out")
    if error.errno in _NO_FOLDER:
        return UsageFault(f"{path} cannot be used as asked ({error.strerror})", "choose another folder, with --out")
    return EvenfaceError(f"{path}: {error.strerror or error}", "remove the cause and run the same command again")


def make_folder(path: Path) -> None:
    """Create ``path`` and its missing parents, and sync them to disk."""
    missing = [folder for folder in (path, *path.parents) if not folder.exists()]
    path.mkdir(parents=True, exist_ok=True)
    for folder in missing:
        sync_folder(folder.parent)


def write_file(path: Path, data: bytes) -> None:
    """Write ``data`` to ``path`` in one step: after a power cut the old file or the whole new one is there."""
    temporary = path.with_name(f"{path.name}.{os.getpid()}{TEMPORARY}")
    try:
        with temporary.open("wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    except BaseException:
        with suppress(OSError):
            temporary.unlink()
        raise


@contextmanager
def lock(path: Path, doing: str) -> Iterator[None]:
    """Lock the file ``path`` for this process; the operating system unlocks it however the process ends.

    Args:
        doing: What a process that has the lock is doing, e.g. "rendering into faces.run".

    Raises:
        UsageFault: Another process has the lock.
    """
    from filelock import FileLock, Timeout  # heavy

    own = FileLock(path, blocking=False)
    with explain_os_errors(path.parent):
        try:
            own.acquire()
        except Timeout as error:
            hint = "wait for it to end, or choose another folder with --out"
            raise UsageFault(f"another process is {doing}", hint) from error
    try:
        yield
    finally:
        own.release()


def sha256_of(path: Path) -> str:
    """Return the SHA-256 of a file in hex, read in blocks."""
    with path.open("rb") as file:
        return file_digest(file, "sha256").hexdigest()


def sync_folder(path: Path) -> None:
    """Sync the names in a folder, or the content of a file, to disk."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
