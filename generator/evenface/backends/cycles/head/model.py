"""The head model: everything that workers need to make and describe a head, as arrays that may lie in a mapped file.

In: nothing; it is unpacked by ``shipped`` and read by ``cache``. Coordinates: metres, x to the person's left, the face looks
towards -y, z up, origin midway between the centres of the person's eyes.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

__all__ = ["PARTS", "REGIONS", "Floats", "HeadModel", "Indices"]

Floats = NDArray[np.float32]
Indices = NDArray[np.int32]

PARTS = (
    "skin",
    "eye_left",
    "eye_right",
    "teeth_upper",
    "teeth_lower",
    "tongue",
    "lashes_left",
    "lashes_right",
    "hair_cap",
    "garment",
)
"""The separate surfaces of the bust, in the order of their vertices and faces. Left is the person's left, +x."""

REGIONS = (
    "lips",
    "lips_inner",
    "eyelids",
    "ears",
    "nose",
    "nostrils",
    "cheeks",
    "forehead",
    "chin",
    "neck",
    "scalp",
    "brow_left",
    "brow_right",
    "beard",
    "moustache",
    "temples",
    "under_eye",
    "measuring",
)
"""Soft areas of the skin, weight 0 to 1 a vertex."""


@dataclass(frozen=True)
class HeadModel:
    """Arrays of the model by name; see the properties for what each is.

    All vertex arrays that go in and out of the model are float32 ``(V, 3)``, all parts in the order of ``PARTS``.
    """

    arrays: Mapping[str, NDArray[np.generic]]
    digest: str = ""
    """BLAKE2 of the file that the arrays lie in, hex; empty where they lie in none."""

    def floats(self, name: str) -> Floats:
        return np.asarray(self.arrays[name], dtype=np.float32)

    def indices(self, name: str) -> Indices:
        return np.asarray(self.arrays[name], dtype=np.int32)

    @cached_property
    def faces(self) -> Indices:
        """Quads ``(F, 4)``, part after part, counter-clockwise seen from outside."""
        return self.indices("faces")

    @cached_property
    def uv(self) -> Floats:
        """Texture coordinates of the corners of ``faces``, ``(F, 4, 2)``."""
        return self.floats("uv")

    @cached_property
    def parts(self) -> dict[str, Indices]:
        """Vertex indices by part."""
        return _spans(self.indices("vertex_starts"))

    @cached_property
    def part_faces(self) -> dict[str, Indices]:
        """Quads by part, indices into the whole vertex array."""
        return {part: self.faces[rows] for part, rows in _spans(self.indices("face_starts")).items()}

    @cached_property
    def regions(self) -> dict[str, Floats]:
        """Weight of every vertex in each of ``REGIONS``."""
        return dict(zip(REGIONS, self.floats("regions"), strict=True))

    @cached_property
    def landmarks_68(self) -> Indices:
        """Pairs of vertices ``(68, 2)`` whose midpoint is the landmark, in iBUG 300-W order."""
        return self.indices("landmarks_68")

    def landmark_points(self, vertices: Floats) -> Floats:
        """Return the 68 landmarks ``(68, 3)`` of a head."""
        return np.asarray(vertices[self.landmarks_68].mean(axis=1), np.float32)

    @cached_property
    def faces_fine(self) -> Indices:
        """Quads after one subdivision: face ``f`` becomes ``4 f`` to ``4 f + 3``."""
        return self.indices("faces_fine")

    @cached_property
    def uv_fine(self) -> Floats:
        return self.floats("uv_fine")

    @cached_property
    def part_faces_fine(self) -> dict[str, Indices]:
        """Fine quads by part."""
        return {part: self.faces_fine[rows] for part, rows in _spans(self.indices("face_starts") * 4).items()}

    @cached_property
    def regions_fine(self) -> dict[str, Floats]:
        """Weight of every fine vertex in each region."""
        fine = np.clip(self.subdivide(self.floats("regions").T), 0.0, 1.0).T
        return dict(zip(REGIONS, fine, strict=True))

    def subdivide(self, vertices: Floats) -> Floats:
        """Return the vertices ``(V', n)`` after one Catmull-Clark step; the first ``V`` are the old ones, smoothed."""
        gathered = vertices[self.indices("fine_columns")] * self.floats("fine_weights")[:, None]
        return np.asarray(np.add.reduceat(gathered, self.indices("fine_starts"), axis=0), dtype=np.float32)


def _spans(starts: Indices) -> dict[str, Indices]:
    return {part: np.arange(starts[i], starts[i + 1], dtype=np.int32) for i, part in enumerate(PARTS)}
