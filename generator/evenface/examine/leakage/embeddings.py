"""Reads embeddings from ``.npz`` and ``.parquet`` files, and writes those of a gallery as ``.npz``.

A file has, for each picture, ``sface`` or ``dlib`` or both (128 numbers; NaN where there was no face), and where they are known
``id``, ``identity``, ``family``, ``tone`` and ``gender``. The file may be hostile: sizes are checked before anything is
unpacked, and nothing in it is run.
"""

from __future__ import annotations

import zipfile
from collections.abc import Callable, Iterator, Mapping
from io import BytesIO
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from evenface.errors import EvenfaceError, UsageFault
from evenface.examine.leakage.faces import EMBEDDING, Faces
from evenface.faces.recognisers import RECOGNISERS
from evenface.files.storage import explain_os_errors, make_folder, write_file

__all__ = ["MAXIMUM_BYTES", "is_embeddings", "read_embeddings", "write_embeddings"]

MAXIMUM_BYTES = 8_000_000_000
"""Unpacked; two recognisers' numbers of four million pictures."""

_TEXTS = ("id", "identity", "family", "tone", "gender")
_SYSTEMS = tuple(each.name for each in RECOGNISERS)
_HINT = "it needs sface or dlib, pictures x 128 numbers, and may have id, identity, family, tone, gender: a row for each picture"
_HEADERS: dict[tuple[int, int], Callable[[BinaryIO], tuple[tuple[int, ...], bool, np.dtype[Any]]]] = {
    (1, 0): np.lib.format.read_array_header_1_0,
    (2, 0): np.lib.format.read_array_header_2_0,
}
_BATCH_ROWS = 4096

Columns = dict[str, NDArray[Any]]


def is_embeddings(path: Path) -> bool:
    """Say whether a file holds embeddings, not pictures: an ``.npz``, or a parquet file with a column of a recogniser."""
    if path.suffix == ".npz":
        return path.is_file()
    if path.suffix != ".parquet" or not path.is_file():
        return False
    try:
        return bool(set(_SYSTEMS) & set(pq.read_schema(path).names))
    except (pa.ArrowException, OSError):
        return False


def read_embeddings(path: Path) -> Faces:
    """Return the faces in a file of embeddings; one that is damaged, too large or of another shape is an error."""
    try:
        columns = _npz(path) if path.suffix == ".npz" else _parquet(path)
    except (OSError, ValueError, EOFError, zipfile.BadZipFile, pa.ArrowException, MemoryError) as problem:
        first = str(problem).partition("\n")[0]
        raise EvenfaceError(f"{path} cannot be read: {first or type(problem).__name__}", _HINT) from problem
    return _faces(path, columns)


def write_embeddings(faces: Faces, path: Path) -> None:
    """Write the embeddings of pictures as an ``.npz``. Of photographs of people these are biometric data."""
    texts = {"id": faces.names, "identity": faces.people, "family": faces.families}
    made = BytesIO()
    np.savez(made, **faces.vectors, **{name: np.array(text, dtype=str) for name, text in texts.items() if text is not None})
    with explain_os_errors(path):
        make_folder(path.absolute().parent)
        write_file(path, made.getvalue())


def _npz(path: Path) -> Columns:
    with zipfile.ZipFile(path) as archive:
        members = {name.removesuffix(".npy"): name for name in archive.namelist()}
        wanted = {name: members[name] for name in (*_SYSTEMS, *_TEXTS) if name in members}
        _bounded(path, sum(archive.getinfo(member).file_size for member in wanted.values()))
        for member in wanted.values():
            with archive.open(member) as file:
                _check_header(path, member, file, archive.getinfo(member).file_size)
    with np.load(path, allow_pickle=False) as arrays:
        return {name: arrays[name] for name in wanted}


def _check_header(path: Path, member: str, file: Any, size: int) -> None:  # noqa: ANN401 (a file, or what zipfile has for one)
    """Check that the array is not larger than its file says: numpy would reserve memory for it before it notices."""
    opened: BinaryIO = file
    magic: Callable[[BinaryIO], tuple[int, int]] = np.lib.format.read_magic
    read = _HEADERS.get(magic(opened))
    if read is None:
        raise EvenfaceError(f"{member} of {path} has an unknown version of the npy format", "save it with numpy.savez")
    shape, _, kind = read(opened)
    if kind.hasobject or int(np.prod([*shape, kind.itemsize], dtype=object)) > size:
        raise EvenfaceError(f"{member} of {path} states {shape} of {kind}, which its content does not match", _HINT)


def _bounded(path: Path, size: int) -> None:
    if size > MAXIMUM_BYTES:
        raise EvenfaceError(f"{path} would unpack to {size:,} bytes, more than {MAXIMUM_BYTES:,}", "give a part of it")


def _parquet(path: Path) -> Columns:
    with pq.ParquetFile(path) as file:
        names = [name for name in (*_SYSTEMS, *_TEXTS) if name in file.schema_arrow.names]
        groups = [file.metadata.row_group(at) for at in range(file.num_row_groups)]
        _bounded(path, max(sum(group.total_byte_size for group in groups), 8 * EMBEDDING * file.metadata.num_rows))
        parts: dict[str, list[NDArray[Any]]] = {name: [] for name in names}
        for batch in file.iter_batches(batch_size=_BATCH_ROWS, columns=names):
            for name in names:
                parts[name].append(_values(path, name, batch.column(name)))
    return {name: np.concatenate(part) if part else np.empty((0, EMBEDDING)) for name, part in parts.items()}


def _values(path: Path, name: str, column: pa.Array) -> NDArray[Any]:
    if name in _TEXTS:
        return np.array([None if value is None else str(value) for value in column.to_pylist()], dtype=object)
    if not (pa.types.is_list(column.type) or pa.types.is_large_list(column.type) or pa.types.is_fixed_size_list(column.type)):
        raise EvenfaceError(f"the column {name} of {path} holds {column.type}, not lists of {EMBEDDING} numbers", _HINT)
    rows = [np.full(EMBEDDING, np.nan) if value is None else value for value in column.to_pylist()]
    if any(len(row) != EMBEDDING for row in rows):
        raise EvenfaceError(f"the column {name} of {path} has a row of other than {EMBEDDING} numbers", _HINT)
    return np.array(rows, dtype=np.float64).reshape(-1, EMBEDDING)


def _faces(path: Path, columns: Mapping[str, NDArray[Any]]) -> Faces:
    systems = [name for name in _SYSTEMS if name in columns]
    if not systems:
        raise UsageFault(f"{path} has neither sface nor dlib", _HINT)
    count = len(columns[systems[0]])
    vectors = {name: _vectors(path, name, columns[name], count) for name in systems}
    texts = {name: list(_texts(path, name, columns[name], count)) for name in _TEXTS if name in columns}
    people = texts.get("identity")
    return Faces(
        source=str(path),
        kind="embeddings",
        names=tuple(name or f"row {at}" for at, name in enumerate(texts.get("id", [None] * count))),
        people=None if people is None else tuple(name or f"unknown person of row {at}" for at, name in enumerate(people)),
        families=_families(people, texts.get("family")),
        cells=tuple(
            "/".join(filter(None, labels)) or None
            for labels in zip(texts.get("tone", [None] * count), texts.get("gender", [None] * count), strict=True)
        ),
        vectors=vectors,
    )


def _families(people: list[str | None] | None, families: list[str | None] | None) -> tuple[str, ...] | None:
    if people is None:
        return None
    known = families or people
    return tuple(
        family or person or f"unknown person of row {at}" for at, (family, person) in enumerate(zip(known, people, strict=True))
    )


def _vectors(path: Path, name: str, found: NDArray[Any], count: int) -> NDArray[np.float64]:
    if found.ndim != 2 or found.shape != (count, EMBEDDING) or found.dtype.kind not in "fiu":
        raise EvenfaceError(f"{name} of {path} is {found.shape} of {found.dtype}, not {count} x {EMBEDDING} numbers", _HINT)
    vectors = found.astype(np.float64)
    if np.isinf(vectors).any():
        raise EvenfaceError(f"{name} of {path} holds an infinite number", "leave that picture out, or write NaN for it")
    if name == "sface":
        lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
        # A vector of length 0 stands for no face.
        vectors = vectors / np.where(lengths > 0, lengths, np.nan)
    return vectors


def _texts(path: Path, name: str, found: NDArray[Any], count: int) -> Iterator[str | None]:
    if found.ndim != 1 or len(found) != count or found.dtype.kind not in "UOiu":
        raise EvenfaceError(f"{name} of {path} is {found.shape} of {found.dtype}, not {count} texts or whole numbers", _HINT)
    return (str(value) if value is not None and str(value).strip() else None for value in found.tolist())
