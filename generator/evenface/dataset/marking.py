"""Marking: the PNG of a picture comes in, the same PNG goes out with XMP metadata that says by what kind of process it was made.

The property is IPTC's ``Iptc4xmpExt:DigitalSourceType`` (IPTC Photo Metadata Standard 2023.1), its values are those of
http://cv.iptc.org/newscodes/digitalsourcetype/. The packet goes into a chunk of its own; not a byte of the pixels is touched.
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
"""Made by an algorithm that was not trained on pictures: rendered, or drawn; by a model that was; and a render of which such a
model has made parts anew."""
DIGITAL_SOURCE_TYPES: dict[str, str] = {"cycles": ALGORITHMIC, "swatch": ALGORITHMIC, "diffusion": TRAINED}
"""The term for what each backend makes as a rule. Of somebody else's only its maker knows, and nothing is claimed."""

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
    """Return the term for a picture, or None where nobody here can know.

    Args:
        making: How a trained model made it, with the recipe: a fall-back is a render. None for what ``backend`` makes alone.
    """
    if making is None or recipe is None:
        return DIGITAL_SOURCE_TYPES.get(backend)
    return ALGORITHMIC if making.outcome == "render" else _of_photographs(recipe)


def term_of_several(terms: Iterable[str | None]) -> str | None:
    """Return the term for a picture put together of pictures of these terms, or None where one is not known."""
    found = set(terms)
    return found.pop() if len(found) == 1 else None if None in found or not found else COMPOSITE


def _of_photographs(recipe: Recipe) -> str:
    # A profile that noises a render in part keeps something of it; one that is shown a render paints a picture of its own.
    return COMPOSITE if recipe.profile == "controlnet" and recipe.strength < 1 else TRAINED


def mark_if_known(data: bytes, term: str | None) -> bytes:
    """Return the PNG of a picture as a dataset stores it: with its term, or as it is where none is known."""
    return data if term is None else mark_png(data, term)


def mark_png(data: bytes, term: str) -> bytes:
    """Return the PNG with ``term`` as its digital source type.

    An XMP packet that is there already is replaced, since a PNG may have one only; so marking twice is marking once.
    """
    chunks = [chunk for chunk in _chunks(data) if not _holds_xmp(chunk)]
    packet = _chunk(b"iTXt", _ITXT + _PACKET.format(term=VOCABULARY + term).encode())
    return b"".join((PNG_SIGNATURE, chunks[0].whole, packet, *(chunk.whole for chunk in chunks[1:])))


def _chunks(data: bytes) -> Iterator[_Chunk]:
    """Yield the chunks of a PNG; what is no whole PNG is an error."""
    at, kind = len(PNG_SIGNATURE), b""
    if not data.startswith(PNG_SIGNATURE + b"\0\0\0\rIHDR"):
        raise EvenfaceError("a picture to be marked is no PNG", "let the backend return PNG files")
    while kind != b"IEND":
        length, kind = struct.unpack_from(">I4s", data, at) if at + 12 <= len(data) else (len(data), b"")
        end = at + length + 12
        if end > len(data):
            raise EvenfaceError("a picture to be marked ends before its end", "render it again")
        yield _Chunk(kind, data[at:end])
        at = end


def _holds_xmp(chunk: _Chunk) -> bool:
    return chunk.kind == b"iTXt" and chunk.whole[8:].startswith(_KEYWORD + b"\0")


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
