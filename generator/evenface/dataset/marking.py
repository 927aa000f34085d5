"""Marking: writes XMP metadata into a PNG that state by what kind of process the picture was made.

The property is IPTC's ``Iptc4xmpExt:DigitalSourceType`` (IPTC Photo Metadata Standard 2023.1), its values are those of
http://cv.iptc.org/newscodes/digitalsourcetype/. The packet has a chunk of its own; the bytes of the pixels do not change.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from evenface.errors import EvenfaceError
from evenface.files.pictures import PNG_SIGNATURE
from evenface.records import Making, Recipe

__all__ = ["DIGITAL_SOURCE_TYPES", "VOCABULARY", "digital_source_type", "mark_if_known", "mark_png", "term_of_several"]

VOCABULARY = "http://cv.iptc.org/newscodes/digitalsourcetype/"
ALGORITHMIC, TRAINED, COMPOSITE = "algorithmicMedia", "trainedAlgorithmicMedia", "compositeWithTrainedAlgorithmicMedia"
"""Rendered or drawn by an algorithm without training data; made by a trained model; a render that such a model has changed in
part."""
DIGITAL_SOURCE_TYPES: dict[str, str] = {"cycles": ALGORITHMIC, "swatch": ALGORITHMIC, "diffusion": TRAINED}
"""The usual term for the pictures of each backend. For other backends only the maker knows it, and no term is written."""

_KEYWORD = b"XML:com.adobe.xmp"
# XMP specification, part 3 (2020), 1.1.5: uncompressed, no language, read-only, before the pixels.
_ITXT = _KEYWORD + b"\0\0\0\0\0"
_PACKET = (
    '<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>'
    '<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
    '<rdf:Description rdf:about="" xmlns:Iptc4xmpExt="http://iptc.org/std/Iptc4xmpExt/2008-02-29/">'
    "<Iptc4xmpExt:DigitalSourceType>{term}</Iptc4xmpExt:DigitalSourceType>"
    '</rdf:Description></rdf:RDF></x:xmpmeta><?xpacket end="r"?>'
)


class _Chunk(NamedTuple):
    kind: bytes
    whole: bytes
    """Length, kind, data and check sum."""


def digital_source_type(backend: str, making: Making | None = None, recipe: Recipe | None = None) -> str | None:
    """Return the term for a picture, or None where it is not known.

    Args:
        making: How a trained model made it, with ``recipe``; a fall-back is a render. None for a picture of ``backend`` alone.
    """
    if making is None or recipe is None:
        return DIGITAL_SOURCE_TYPES.get(backend)
    return ALGORITHMIC if making.outcome == "render" else _of_photographs(recipe)


def term_of_several(terms: Iterable[str | None]) -> str | None:
    """Return the term for a picture assembled from pictures with ``terms``, or None where one of them is not known."""
    found = set(terms)
    return found.pop() if len(found) == 1 else None if None in found or not found else COMPOSITE


def _of_photographs(recipe: Recipe) -> str:
    # A strength below 1 keeps part of the render; other profiles use it only as a guide and draw every pixel.
    return COMPOSITE if recipe.profile == "controlnet" and recipe.strength < 1 else TRAINED


def mark_if_known(data: bytes, term: str | None) -> bytes:
    """Return the PNG as a dataset stores it: marked with ``term``, or unchanged if it is None."""
    return data if term is None else mark_png(data, term)


def mark_png(data: bytes, term: str) -> bytes:
    """Return the PNG with ``term`` as its digital source type.

    An existing XMP packet is replaced, since a PNG can have only one. Marking twice gives the same bytes as marking once.
    """
    chunks = [chunk for chunk in _chunks(data) if not _holds_xmp(chunk)]
    packet = _chunk(b"iTXt", _ITXT + _PACKET.format(term=VOCABULARY + term).encode())
    return b"".join((PNG_SIGNATURE, chunks[0].whole, packet, *(chunk.whole for chunk in chunks[1:])))


def _chunks(data: bytes) -> Iterator[_Chunk]:
    """Yield the chunks of a PNG; a truncated file, or another format, is an error."""
    at, kind = len(PNG_SIGNATURE), b""
    if not data.startswith(PNG_SIGNATURE + b"\0\0\0\rIHDR"):
        raise EvenfaceError("the picture is not a PNG", "make the backend return PNG files")
    while kind != b"IEND":
        length, kind = struct.unpack_from(">I4s", data, at) if at + 12 <= len(data) else (len(data), b"")
        end = at + length + 12
        if end > len(data):
            raise EvenfaceError("the PNG is truncated", "render the picture again")
        yield _Chunk(kind, data[at:end])
        at = end


def _holds_xmp(chunk: _Chunk) -> bool:
    return chunk.kind == b"iTXt" and chunk.whole[8:].startswith(_KEYWORD + b"\0")


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
