"""What face models said of pictures, kept on disk: a picture that was looked at once need not be looked at again.

An entry is what one face model said of one picture. Its key is the SHA-256 of the bytes of the picture's file, and a fingerprint
of all that the answer depends on besides; no name of a picture or a person is stored. The entries are rows of one SQLite file
``face-readings.sqlite`` in the cache folder, which several processes may use at once. They are JSON, whose numbers are read back
bit for bit.

An embedding of a real person's face is personal data. So only what was read of invented people is kept (``FaceModels.read``), and
``EVENFACE_KEEP_READINGS=0`` keeps nothing.
"""

from __future__ import annotations

import json
import os
import sqlite3
from collections.abc import Callable, Iterable, Mapping
from contextlib import closing
from pathlib import Path
from typing import Any, TypeVar
from zlib import crc32

from evenface.files.storage import cache_folder, make_folder

__all__ = ["MAXIMUM_BYTES", "VARIABLE", "ReadingCache", "keeps_readings", "readings_file"]

VARIABLE = "EVENFACE_KEEP_READINGS"
MAXIMUM_BYTES = 1_000_000_000
"""Of the file; in a larger one the oldest entries give way. About 100,000 pictures that six face models looked at."""

_WAIT_SECONDS = 10
_AT_ONCE = 500  # SQLite before 3.32 takes 999 values in a statement.
_TABLE = """
CREATE TABLE IF NOT EXISTS readings (
    picture TEXT NOT NULL, model TEXT NOT NULL, said TEXT NOT NULL, checksum INTEGER NOT NULL, PRIMARY KEY (picture, model)
)"""
_SELECT = "SELECT picture, model, said, checksum FROM readings WHERE picture IN ({})"
_INSERT = "INSERT OR REPLACE INTO readings VALUES (?, ?, ?, ?)"
_DROP = """
DELETE FROM readings WHERE rowid IN (SELECT rowid FROM readings ORDER BY rowid LIMIT (SELECT count(*) / 8 + 1 FROM readings))
"""

T = TypeVar("T")
Answer = Mapping[str, Any]


def readings_file() -> Path:
    """Return where the entries lie; the file may be deleted at any time."""
    return cache_folder() / "face-readings.sqlite"


def keeps_readings() -> bool:
    """Say whether anything may be kept: ``EVENFACE_KEEP_READINGS=0`` forbids it."""
    return os.environ.get(VARIABLE) != "0"


class ReadingCache:
    """The entries of some face models. A file that cannot be read or written counts as an empty one.

    Args:
        fingerprints: By the name of each face model.
        path: The SQLite file; that of the cache folder when None.
    """

    def __init__(self, fingerprints: Mapping[str, str], path: Path | None = None) -> None:
        self._names = {fingerprint: name for name, fingerprint in fingerprints.items()}
        self._path = path or readings_file()

    def find(self, pictures: Iterable[str]) -> dict[str, Answer]:
        """Return what the face models said, by picture; pictures of which one of them has said nothing yet are left out.

        Args:
            pictures: SHA-256 of their files.
        """
        wanted = list(dict.fromkeys(pictures))

        def select(file: sqlite3.Connection) -> list[tuple[str, str, str, int]]:
            lots = (wanted[at : at + _AT_ONCE] for at in range(0, len(wanted), _AT_ONCE))
            return [row for lot in lots for row in file.execute(_SELECT.format(", ".join("?" * len(lot))), lot)]

        found: dict[str, dict[str, Any]] = {}
        for picture, model, said, checksum in self._use(select) or ():
            if model in self._names and checksum == _checksum(picture, model, said):
                found.setdefault(picture, {})[self._names[model]] = json.loads(said)
        return {picture: answer for picture, answer in found.items() if len(answer) == len(self._names)}

    def keep(self, answers: Mapping[str, Answer]) -> None:
        """Keep what the face models said of pictures, all of it or nothing; a problem with a file is not kept."""
        keys = [
            (picture, fingerprint, json.dumps(answer[name]))
            for picture, answer in answers.items()
            for fingerprint, name in self._names.items()
            if name in answer
        ]

        def insert(file: sqlite3.Connection) -> None:
            file.executemany(_INSERT, ((*key, _checksum(*key)) for key in keys))
            if _used(file) > MAXIMUM_BYTES:
                file.execute(_DROP)

        self._use(insert)

    def _use(self, work: Callable[[sqlite3.Connection], T]) -> T | None:
        """Do all of ``work`` on the file, or nothing and return None where that fails; remove a damaged file."""
        try:
            make_folder(self._path.parent)
            os.close(os.open(self._path, os.O_RDWR | os.O_CREAT, 0o600))  # readable by its owner alone
            with closing(sqlite3.connect(self._path, timeout=_WAIT_SECONDS)) as file, file:
                file.execute(_TABLE)
                return work(file)
        except OSError:
            return None
        except sqlite3.Error as problem:
            if getattr(problem, "sqlite_errorcode", None) in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB):
                self._path.unlink(missing_ok=True)
            return None


def _used(file: sqlite3.Connection) -> int:
    """Return how many bytes of the file are in use."""
    pages, free, size = (file.execute(f"PRAGMA {name}").fetchone()[0] for name in ("page_count", "freelist_count", "page_size"))
    return int((pages - free) * size)


def _checksum(picture: str, model: str, said: str) -> int:
    return crc32(f"{picture} {model} {said}".encode())
