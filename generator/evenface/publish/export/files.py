"""Files of an export: a folder that appears in full or not at all, safe file names, and pictures as JPEG."""

from __future__ import annotations

import os
import re
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path

from PIL import Image

from evenface.dataset import Undecodable, decode_image
from evenface.errors import EvenfaceError, UsageFault
from evenface.files.storage import make_folder, sync_folder

__all__ = ["QUALITY", "jpeg_of", "safe_name", "whole_folder", "write_new", "xmp_of"]

_SAFE = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,99}")
_HINT = "choose another folder with --out, or remove this one"


@contextmanager
def whole_folder(out: Path) -> Iterator[Path]:
    """Yield a new folder beside ``out``, which becomes ``out`` at the end of the block, and is removed on an error."""
    if out.is_symlink() or (out.exists() and not out.is_dir()):
        raise UsageFault(f"{out} exists and is not a folder", "choose another folder with --out")
    if out.is_dir() and any(out.iterdir()):
        found = ", ".join(sorted(entry.name for entry in out.iterdir())[:3])
        raise UsageFault(f"{out} is not empty: found {found}", _HINT)
    parent = out.absolute().parent
    make_folder(parent)
    partial = Path(tempfile.mkdtemp(prefix=f".{out.name}.", suffix=".partial", dir=parent))
    try:
        yield partial
        partial.chmod(0o777 & ~_umask())
        for folder in (partial, *(path for path in partial.rglob("*") if path.is_dir())):
            sync_folder(folder)
        partial.rename(out)
        sync_folder(parent)
    finally:
        shutil.rmtree(partial, ignore_errors=True)


def _umask() -> int:
    # It can only be read by setting it.
    found = os.umask(0o022)
    os.umask(found)
    return found


def safe_name(name: object, what: str) -> str:
    """Return an id for use in a file name; an id with anything but letters, digits, _ and - is an error."""
    if not isinstance(name, str) or not _SAFE.fullmatch(name):
        shown = repr(name)[:60]
        raise EvenfaceError(
            f"the {what} {shown} cannot be a file name: only letters, digits, _ and - are allowed",
            "evenface does not write such ids; see what else is wrong: evenface validate DATASET",
        )
    return name


def write_new(path: Path, data: bytes) -> None:
    """Write a new file; an existing file means that an id occurs twice, which is an error."""
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        with path.open("xb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
    except FileExistsError:
        what = f"two pictures would be {path.parent.name}/{path.name}: an id occurs twice"
        raise EvenfaceError(what, "find it with: evenface validate DATASET") from None


QUALITY = 95
"""Of libjpeg, with full colour resolution (4:4:4)."""

_XMP_BYTES = 65_502
"""Largest XMP packet of a JPEG: a segment of 65,533 bytes less a header of 29 bytes and two bytes of length."""


def jpeg_of(png: bytes, image_id: str) -> bytes:
    """Return the picture as JPEG, which keeps its mark as synthetic (XMP ``Iptc4xmpExt:DigitalSourceType``)."""
    pixels = decode_image(png)
    if isinstance(pixels, Undecodable):
        raise EvenfaceError(
            f"the picture {image_id} cannot be read: {pixels.why}", "see what else is wrong: evenface validate DATASET"
        )
    packet = xmp_of(png)
    if packet is not None and len(packet) > _XMP_BYTES:
        what = f"the XMP packet of {image_id} has {len(packet):,} bytes, more than the {_XMP_BYTES:,} that a JPEG can hold"
        raise EvenfaceError(what, "choose a format that keeps the stored files, e.g. --format imagefolder")
    made = BytesIO()
    options = {} if packet is None else {"xmp": packet}
    Image.fromarray(pixels).save(made, "JPEG", quality=QUALITY, subsampling=0, **options)
    return made.getvalue()


def xmp_of(png: bytes) -> bytes | None:
    """Return the XMP packet of a PNG that can be decoded, or None where it has none."""
    with Image.open(BytesIO(png), formats=("PNG",)) as image:
        image.load()  # text can follow the pixels
        found = image.info.get("xmp") or image.info.get("XML:com.adobe.xmp")
    return found.encode() if isinstance(found, str) else found
