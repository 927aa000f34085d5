"""A stored picture as JPEG: PNG bytes come in, JPEG bytes with the same XMP packet go out. The pixels change."""

from __future__ import annotations

from io import BytesIO

from PIL import Image

from evenface.dataset import Undecodable, decode_image
from evenface.errors import EvenfaceError

__all__ = ["QUALITY", "jpeg_of", "xmp_of"]

QUALITY = 95
"""Of libjpeg, with full colour resolution (4:4:4)."""

_XMP_BYTES = 65_502
"""What is left for XMP in the one segment that a JPEG has for it, of 65,533 bytes, after its header of 29 and two of length."""


def jpeg_of(png: bytes, image_id: str) -> bytes:
    """Return the picture as JPEG; its marking as synthetic (XMP ``Iptc4xmpExt:DigitalSourceType``) comes along."""
    pixels = decode_image(png)
    if isinstance(pixels, Undecodable):
        raise EvenfaceError(
            f"the picture {image_id} cannot be read: {pixels.why}", "see what else is wrong with: evenface validate DATASET"
        )
    packet = xmp_of(png)
    if packet is not None and len(packet) > _XMP_BYTES:
        what = f"the XMP packet of {image_id} has {len(packet):,} bytes, and a JPEG has room for {_XMP_BYTES:,}"
        raise EvenfaceError(what, "export it in a format that keeps the stored files, e.g. --format imagefolder")
    made = BytesIO()
    options = {} if packet is None else {"xmp": packet}
    Image.fromarray(pixels).save(made, "JPEG", quality=QUALITY, subsampling=0, **options)
    return made.getvalue()


def xmp_of(png: bytes) -> bytes | None:
    """Return the XMP packet of a PNG that can be decoded, or None where it has none."""
    with Image.open(BytesIO(png), formats=("PNG",)) as image:
        image.load()  # text may come after the pixels
        found = image.info.get("xmp") or image.info.get("XML:com.adobe.xmp")
    return found.encode() if isinstance(found, str) else found
