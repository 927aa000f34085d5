"""Decode picture files to pixels, and encode pixels as PNG.

Files may be hostile: three formats are read, a picture of more than ``MAXIMUM_PIXELS`` is not decoded, and a failure is a value.
"""

from __future__ import annotations

import struct
import warnings
import zlib
from dataclasses import dataclass
from hashlib import sha256
from io import BytesIO
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray
from PIL import Image, ImageOps, UnidentifiedImageError

__all__ = [
    "FORMATS",
    "MAXIMUM_BYTES",
    "MAXIMUM_PIXELS",
    "PNG_SIGNATURE",
    "Pixels",
    "Undecodable",
    "decode_image",
    "encode_png",
    "intersection_over_union",
    "pixel_digest",
]

FORMATS = ("PNG", "JPEG", "WEBP")
PNG_SIGNATURE = b"\x89PNG\r\n\x1a\n"
"""First bytes of every PNG file."""
MAXIMUM_PIXELS = 64_000_000
"""8000 x 8000; a face needs far less."""
MAXIMUM_BYTES = 64_000_000
"""Greatest size of a foreign picture file that is read."""

Pixels = NDArray[np.uint8]

# Exceptions that Pillow's decoders raise for broken files.
_BROKEN = (
    OSError,
    SyntaxError,
    ValueError,
    EOFError,
    IndexError,
    KeyError,
    struct.error,
    zlib.error,
    Image.DecompressionBombError,
)


@dataclass(frozen=True, slots=True)
class Undecodable:
    """The reason why a file has no pixels."""

    why: str


def decode_image(data: bytes | None, mode: Literal["RGB", "L"] = "RGB", *, upright: bool = False) -> Pixels | Undecodable:
    """Return the pixels of a picture file, height x width (x 3).

    Args:
        upright: Apply the EXIF orientation of a photograph.
    """
    if not data:
        return Undecodable("there are no bytes")
    try:
        with warnings.catch_warnings():
            # Pillow warns above its own limit; the limit below is stricter.
            warnings.simplefilter("ignore")
            with Image.open(BytesIO(data), formats=FORMATS) as image:
                if image.width * image.height > MAXIMUM_PIXELS:
                    return Undecodable(f"{image.width} x {image.height} pixels are more than {MAXIMUM_PIXELS:,}")
                turned = ImageOps.exif_transpose(image) if upright else image
                return np.array(turned if turned.mode == mode else turned.convert(mode), dtype=np.uint8)
    except UnidentifiedImageError:
        return Undecodable(f"the {len(data)} bytes are not a {', '.join(FORMATS[:-1])} or {FORMATS[-1]} file")
    except _BROKEN as problem:
        return Undecodable(f"the file is broken: {problem}")


def encode_png(pixels: Pixels) -> bytes:
    """Return pixels, height x width (x 3), as a PNG file; equal pixels give equal bytes."""
    file = BytesIO()
    Image.fromarray(pixels).save(file, "PNG", compress_level=6)
    return file.getvalue()


def intersection_over_union(box: ArrayLike, other: ArrayLike) -> float:
    """Return the overlap of two boxes (x, y, width, height), 0 to 1; NaN if a box is unknown."""
    one, two = np.asarray(box, dtype=np.float64), np.asarray(other, dtype=np.float64)
    if np.isnan(one).any() or np.isnan(two).any():
        return float("nan")
    sides = np.minimum(one[:2] + one[2:], two[:2] + two[2:]) - np.maximum(one[:2], two[:2])
    common = float(sides.clip(min=0).prod())
    union = float(one[2:].prod() + two[2:].prod()) - common
    return common / union if union > 0 else 0.0


def pixel_digest(pixels: Pixels) -> str:
    """Return the SHA-256 of ``<width>x<height>:`` and the pixels row by row: equal for equal pictures in any file format."""
    height, width = pixels.shape[:2]
    return sha256(f"{width}x{height}:".encode() + pixels.tobytes()).hexdigest()
