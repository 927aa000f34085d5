"""Writes a dataset folder from pictures one by one, in full or not at all.

The same pictures give the same bytes: the rows alone decide where a shard ends, and nothing holds a time. At most one row group
of each folder is in memory.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterable, Mapping
from hashlib import file_digest, sha256
from importlib.metadata import version
from pathlib import Path
from types import TracebackType
from typing import Self

import pyarrow as pa
import pyarrow.parquet as pq

from evenface.dataset.manifest import (
    MANIFEST,
    MANIFEST_FORMAT,
    Manifest,
    Package,
    Shard,
    read_manifest,
    target_cells,
    write_manifest,
)
from evenface.dataset.rows import Picture, Row, identity_row, mask_row, picture_row
from evenface.dataset.schema import FOLDERS, PROTOCOLS, schema_of
from evenface.errors import EvenfaceError, UsageFault
from evenface.files.storage import explain_os_errors, make_folder, sync_folder, write_file
from evenface.people.plan import Plan
from evenface.records import Recipe, RenderRecipe
from evenface.spec import public_spec

__all__ = ["DOCUMENTS", "GROUP_ROWS", "PACKAGES", "SHARD_BYTES", "SHARD_GROUPS", "DatasetWriter"]

GROUP_ROWS = 100
"""Rows of a row group, which the viewer of the Hub loads for one page."""
TABLE_GROUP_ROWS = 10_000
"""The same for tables without pictures."""
SHARD_BYTES = 400_000_000
"""A shard ends with the row group that brings it to this size in memory."""
SHARD_GROUPS = 200
"""Largest number of row groups in a shard: its footer describes every column of each, and a reader keeps it in memory."""

DOCUMENTS = (
    *("README.md", "CITATION.cff", "contact_sheet.png", "croissant.json", "datasheet.html", "datasheet.md"),
    "validation.json",
)
"""Files beside the shards, which are rewritten or removed with them."""

_OURS = {*DOCUMENTS, MANIFEST, *(folder.partition("/")[0] for folder in FOLDERS)}
PACKAGES = ("numpy", "pillow", "pyarrow")
"""Libraries that the bytes of every dataset depend on."""
_TEMPORARY_NAME = "{:05d}.parquet"


class DatasetWriter:
    """Writes ``<out>.partial`` and moves it to ``out`` at the end of the ``with`` block, if ``finish`` was called in it."""

    def __init__(
        self,
        out: str | Path,
        plan: Plan,
        *,
        shard_bytes: int = SHARD_BYTES,
        packages: tuple[str, ...] = PACKAGES,
        recipes: Iterable[Recipe | RenderRecipe] = (),
    ) -> None:
        self.out, self.plan, self.packages, self.recipes = Path(out).absolute(), plan, packages, tuple(recipes)
        self.partial = self.out.with_name(f"{self.out.name}.partial")
        self._shards = {name: self._folder(name, shard_bytes) for name in FOLDERS}
        self._identities: list[str] = []
        self._pictures = 0
        self._finished = False

    def _folder(self, name: str, shard_bytes: int) -> _Folder:
        group_rows = TABLE_GROUP_ROWS if name in PROTOCOLS else GROUP_ROWS
        return _Folder(self.partial / name, schema_of(name, self.plan.spec.scale), shard_bytes, group_rows)

    def __enter__(self) -> Self:
        with explain_os_errors(self.out):
            _check_free(self.out, self.plan)
            _clear(self.partial)
            make_folder(self.partial)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        try:
            if kind is None and self._finished:
                with explain_os_errors(self.out):
                    _replace(self.out, self.partial)
        finally:
            for folder in self._shards.values():
                folder.close()
            if self.partial.is_dir():
                shutil.rmtree(self.partial, ignore_errors=True)

    def add(self, picture: Picture) -> None:
        """Add a picture; those of one person come one after another."""
        with explain_os_errors(self.partial):
            if not self._identities or self._identities[-1] != picture.identity.identity_id:
                self._identities.append(picture.identity.identity_id)
                self._shards["identities"].add(identity_row(picture.identity, self.plan))
            row = picture_row(picture, self.plan)
            self._shards[f"pictures/{row['kind']}"].add(row)
            self._shards["masks"].add(mask_row(picture))
            self._pictures += 1

    def add_rows(self, folder: str, rows: Iterable[Row]) -> None:
        """Add the rows of one of ``schema.PROTOCOLS``."""
        with explain_os_errors(self.partial):
            for row in rows:
                self._shards[folder].add(row)

    def finish(self, documents: Callable[[Path], Mapping[str, bytes]]) -> Manifest:
        """Close the shards, write the manifest, then the files by name that ``documents`` makes of the finished folder."""
        found, wanted = (len(self._identities), self._pictures), (self.plan.people_count, self.plan.pictures_count)
        if found != wanted:
            what = f"the plan asks for {wanted[0]} people in {wanted[1]} pictures, but {found[0]} in {found[1]} were added"
            raise EvenfaceError(what, "finish rendering the run, then package it again")
        with explain_os_errors(self.partial):
            shards = tuple(shard for name in FOLDERS for shard in self._shards[name].finish(name))
            manifest = self._manifest(shards)
            write_manifest(manifest, self.partial)
        files = documents(self.partial)
        with explain_os_errors(self.partial):
            for name, data in files.items():
                write_file(self.partial / name, data)
        self._finished = True
        return manifest

    def _manifest(self, shards: tuple[Shard, ...]) -> Manifest:
        return Manifest(
            format=MANIFEST_FORMAT,
            generator_version=self.plan.generator_version,
            plan_hash=self.plan.plan_hash,
            spec=public_spec(self.plan.spec),
            recognisers=self.plan.selection.recognisers if self.plan.selection else (),
            cells=target_cells(self.plan),
            identities_sha256=sha256("\n".join(sorted(self._identities)).encode()).hexdigest(),
            packages=tuple(Package(name, version(name)) for name in self.packages),
            shards=shards,
            recipes=tuple(recipe for recipe in self.recipes if isinstance(recipe, Recipe)),
            renders=tuple(recipe for recipe in self.recipes if isinstance(recipe, RenderRecipe)),
            attempts=self.plan.selection.attempts if self.plan.selection else (),
        )


class _Folder:
    """The shards of one folder, of which the last may be open."""

    def __init__(self, path: Path, schema: pa.Schema, shard_bytes: int, group_rows: int) -> None:
        self.path, self.schema, self.shard_bytes, self.group_rows = path, schema, shard_bytes, group_rows
        self._rows: list[Row] = []
        self._writer: pq.ParquetWriter | None = None
        self._sizes: list[tuple[int, int]] = []
        """Rows and bytes in memory of each shard."""

    def add(self, row: Row) -> None:
        self._rows.append(row)
        if len(self._rows) == self.group_rows:
            self._write_group()

    def _write_group(self) -> None:
        table = pa.Table.from_pylist(self._rows, schema=self.schema)
        self._rows = []
        if self._writer is None:
            self.path.mkdir(parents=True, exist_ok=True)
            self._writer = _open_writer(self.path / _TEMPORARY_NAME.format(len(self._sizes)), self.schema)
            self._sizes.append((0, 0))
        # Stated, because the default size differs.
        self._writer.write_table(table, row_group_size=self.group_rows)
        rows, size = self._sizes[-1]
        self._sizes[-1] = rows + table.num_rows, size + table.nbytes
        if self._sizes[-1][1] >= self.shard_bytes or self._sizes[-1][0] >= SHARD_GROUPS * self.group_rows:
            self.close()

    def close(self) -> None:
        writer, self._writer = self._writer, None
        if writer is not None:
            writer.close()

    def finish(self, name: str) -> list[Shard]:
        """Write the remaining rows and give the shards their final names, which hold the number of shards."""
        if self._rows or not self._sizes:
            self._write_group()
        self.close()
        return [self._rename_shard(name, number) for number in range(len(self._sizes))]

    def _rename_shard(self, name: str, number: int) -> Shard:
        final = self.path / f"test-{number:05d}-of-{len(self._sizes):05d}.parquet"
        (self.path / _TEMPORARY_NAME.format(number)).rename(final)
        rows, size = self._sizes[number]
        with final.open("rb") as file:
            digest = file_digest(file, "sha256").hexdigest()
            os.fsync(file.fileno())
        return Shard(f"{name}/{final.name}", rows, final.stat().st_size, size, digest)


def _open_writer(path: Path, schema: pa.Schema) -> pq.ParquetWriter:
    pictures = [field.name for field in schema if pa.types.is_struct(field.type)]
    # Picture files need neither a dictionary nor statistics.
    others = [field.name for field in schema if field.name not in pictures]
    return pq.ParquetWriter(
        path,
        schema,
        compression="zstd",
        compression_level=3,
        use_dictionary=others,
        write_statistics=others,
        write_page_index=True,
        # Unchanged rows keep their bytes, which the Hub does not store again.
        use_content_defined_chunking=True,
    )


def _check_free(out: Path, plan: Plan) -> None:
    """Accept a new or empty folder, or an earlier dataset of the same plan; raise for any other."""
    if not out.exists() or (out.is_dir() and not any(out.iterdir())):
        return
    hint = "choose another folder with --out, or remove this one"
    if not out.is_dir():
        raise UsageFault(f"{out} is a file", "choose a folder with --out")
    if not (out / MANIFEST).is_file():
        found = ", ".join(sorted(entry.name for entry in out.iterdir())[:3])
        raise UsageFault(f"{out} is not empty and holds no {MANIFEST}: found {found}", hint)
    held = read_manifest(out).plan_hash
    if held != plan.plan_hash:
        raise UsageFault(f"{out} holds the dataset of another plan: {held}, not {plan.plan_hash}", hint)


def _clear(partial: Path) -> None:
    """Remove what an interrupted packaging left; raise where other files are there."""
    if not partial.exists():
        return
    strangers = sorted({entry.name for entry in partial.iterdir()} - _OURS) if partial.is_dir() else [partial.name]
    if strangers:
        raise UsageFault(
            f"{partial} holds other files: found {', '.join(strangers[:3])}", "move it away, or choose another --out"
        )
    shutil.rmtree(partial)


def _replace(out: Path, partial: Path) -> None:
    """Put the finished folder in place, between two renames. Other files in the old folder are kept."""
    old = out.with_name(f"{out.name}.old")
    if out.exists():
        if old.exists():
            _clear(old)
        out.rename(old)
    for folder in {partial, *(path.parent for path in partial.rglob("*.parquet"))}:
        sync_folder(folder)
    partial.rename(out)
    sync_folder(out.parent)
    if old.exists():
        for stranger in sorted({entry.name for entry in old.iterdir()} - _OURS):
            (old / stranger).rename(out / stranger)
        _clear(old)
