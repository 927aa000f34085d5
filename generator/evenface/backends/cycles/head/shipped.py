"""The head model as evenface carries it: ``head.npy.xz``, with its origin, licence and check sums in ``head.toml``.

In: these two files, which ``tools/distil`` wrote. Out: every array of the model. The modes of the smooth fields, which no program
makes much smaller, are computed here.
"""

from __future__ import annotations

import lzma
import tomllib
from dataclasses import dataclass
from hashlib import sha256
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from evenface.backends.cycles.head.fields import SCALES, WAVES, modes_of
from evenface.backends.cycles.head.model import HeadModel
from evenface.errors import EvenfaceError
from evenface.rng import digest

__all__ = ["ABOUT", "PACKED", "Shipped", "open_shipped"]

PACKED, ABOUT = (Path(__file__).with_name(name) for name in ("head.npy.xz", "head.toml"))
FIELDS_FORMAT = 1
"""Raised when the computation of the fields changes without a change of their tables."""


@dataclass(frozen=True)
class Shipped:
    """The packed model and what ``head.toml`` states of it."""

    packed: Path
    packed_bytes: int
    packed_sha256: str
    bytes: int
    """Size of the unpacked record."""

    @property
    def key(self) -> str:
        """A name for what ``unpack`` returns: another one where the arrays are others."""
        return digest(self.packed_sha256, FIELDS_FORMAT, SCALES, WAVES)

    def arrays(self) -> dict[str, NDArray[np.generic]]:
        """Return the arrays as they are packed: those of the model, with ``lash_anchors`` in the place of the fields.

        Raises:
            EvenfaceError: where the file is absent, or not that of ``head.toml``.
        """
        try:
            with self.packed.open("rb") as file:
                packed = file.read(self.packed_bytes + 1)
        except OSError as error:
            raise _damaged(self.packed, str(error.strerror)) from error
        if len(packed) != self.packed_bytes or sha256(packed).hexdigest() != self.packed_sha256:
            raise _damaged(self.packed, f"its size or SHA-256 is not that of {ABOUT.name}")
        raw = lzma.LZMADecompressor().decompress(packed, max_length=self.bytes + 1)
        if len(raw) != self.bytes:
            raise _damaged(self.packed, f"it does not unpack to {self.bytes:,} bytes")
        record = np.load(BytesIO(raw), allow_pickle=False)
        return {name: record[name] for name in record.dtype.names}

    def unpack(self) -> dict[str, NDArray[np.generic]]:
        """Return every array of the model."""
        packed = self.arrays()
        even, odd = modes_of(HeadModel(packed), np.asarray(packed["lash_anchors"], np.int32))
        whole: dict[str, NDArray[np.generic]] = {}
        for name, array in packed.items():
            whole |= {"field_even": even, "field_odd": odd} if name == "lash_anchors" else {name: array}
        return whole


def open_shipped(packed: Path = PACKED, about: Path = ABOUT) -> Shipped:
    """Read what ``about`` states of ``packed``; the packed file itself is not read yet."""
    try:
        stated: dict[str, Any] = tomllib.loads(about.read_text(encoding="utf-8"))["file"]
        return Shipped(packed, int(stated["packed_bytes"]), str(stated["packed_sha256"]), int(stated["bytes"]))
    except OSError as error:
        raise _damaged(about, str(error.strerror)) from error
    except (ValueError, KeyError, TypeError) as error:
        raise _damaged(about, str(error)) from error


def _damaged(path: Path, why: str) -> EvenfaceError:
    return EvenfaceError(
        f"The head model that belongs to evenface is damaged: {path}: {why}.",
        "Install evenface again: python -m pip install --force-reinstall evenface",
    )
