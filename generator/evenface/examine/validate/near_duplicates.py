"""Pictures that occur twice: the same pixels, or nearly the same picture, of one person or under two ids.

Nearly the same means re-encoded, resized or a little brighter; a crop or a mirrored picture is not found. Two pictures are
compared when they agree in one of eight bands of 32 bits of their fingerprints, drawn from all frequencies: that finds all that
differ in at most 7 bits and nearly all that differ in 12, without comparing every picture with every other.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from evenface.dataset import Undecodable, decode_image
from evenface.examine.validate.features import WORDS, Features
from evenface.examine.validate.findings import Collector
from evenface.examine.validate.labelling import Labelling
from evenface.rng import rng_for

__all__ = ["ALIKE", "ALIKE_BITS", "Again", "examine_near_duplicates", "near_pairs"]

Ints = NDArray[np.int64]

ALIKE_BITS = 12
"""Largest number of the 255 bits that differ. Among 380,000 pairs of rendered or drawn pictures of different people, the smallest
number was 18; a JPEG of quality 80 changes 2."""
ALIKE_FREQUENCIES = 0.99
"""Smallest correlation of the lowest 63 frequencies."""
ALIKE = 0.993
"""Smallest correlation of the luma of 32 x 32 pixels.

A JPEG of quality 80 leaves 0.996 of the hardest drawing and 0.9995 of a render. Of 358 pairs with like fingerprints among
100,000 drawings, all of different people, the most alike have 0.986.
"""
Again = Callable[[Sequence[int]], Iterable[tuple[int, bytes | None]]]
"""Returns pictures by their numbers, as pairs of number and file in any order."""
_SIDE = 32
_COMPARED = 500
_BANDS, _BAND_BITS, _NEIGHBOURS = 8, 32, 200
_ONES = np.array([bin(number).count("1") for number in range(1 << 16)], dtype=np.uint8)


def examine_near_duplicates(labelling: Labelling, look: Features, again: Again, found: Collector) -> None:
    """Report every picture that occurs twice, and every person who occurs under two ids.

    Args:
        again: Returns pictures by their numbers, to compare the pixels of candidates.
    """
    leaks: dict[tuple[int, int], tuple[int, int, str]] = {}
    first = _first_of_its_pixels(look)
    for at in np.flatnonzero(first != np.arange(len(first))):
        twin = int(first[at])
        found.add("pixels-duplicate", labelling.names[at], f"it has the same pixels as {labelling.names[twin]}")
        _note(labelling, twin, int(at), "has the same pixels as", leaks)
    alone = np.flatnonzero((first == np.arange(len(first))) & look.seen)
    pairs = [pair for pair in near_pairs(look, alone) if _should_differ(labelling, *pair)]
    for one, other, likeness in _compare(pairs[:_COMPARED], again):
        what = f"it is nearly the same picture as {labelling.names[one]}: correlation {likeness:.4f}"
        found.add("near-duplicate", labelling.names[other], what)
        _note(labelling, one, other, "is nearly the same as", leaks)
    if len(pairs) > _COMPARED:
        found.add(
            "near-duplicate", "elsewhere", f"{len(pairs) - _COMPARED} further pairs with similar fingerprints were not compared"
        )
    for (_, person), (one, other, how) in leaks.items():
        what = f"its picture {labelling.names[other]} {how} {labelling.names[one]} of {labelling.people[labelling.person[one]]}"
        found.add("person-leaked", labelling.people[person], what)


def _should_differ(labelling: Labelling, one: int, other: int) -> bool:
    """Return whether two pictures should differ: members of a family share everything but the skin, and should not."""
    same_person = labelling.person[one] == labelling.person[other]
    return bool(same_person or labelling.family[one] != labelling.family[other] or labelling.family[one] < 0)


def _compare(pairs: Sequence[tuple[int, int]], again: Again) -> Iterator[tuple[int, int, float]]:
    """Yield the pairs whose thumbnails are alike, with their correlation."""
    wanted = sorted({at for pair in pairs for at in pair})
    small = {at: _thumbnail(data) for at, data in again(wanted)} if wanted else {}
    for one, other in pairs:
        first, second = small.get(one), small.get(other)
        if first is not None and second is not None:
            likeness = float(np.corrcoef(first, second)[0, 1])
            if likeness >= ALIKE:
                yield one, other, likeness


def _thumbnail(data: bytes | None) -> NDArray[np.uint8] | None:
    pixels = decode_image(data)
    if isinstance(pixels, Undecodable):
        return None
    return np.asarray(Image.fromarray(pixels).convert("L").resize((_SIDE, _SIDE), Image.Resampling.BOX)).ravel()


def _note(labelling: Labelling, one: int, other: int, how: str, leaks: dict[tuple[int, int], tuple[int, int, str]]) -> None:
    people = int(labelling.person[one]), int(labelling.person[other])
    if min(people) >= 0 and labelling.family[one] != labelling.family[other]:
        leaks.setdefault(people, (one, other, how))


def _first_of_its_pixels(look: Features) -> Ints:
    """Return for each picture the first one with the same pixels; itself if there is none, or if it was not decoded."""
    keys = np.ascontiguousarray(look.digest).view(f"V{look.digest.shape[1]}").ravel()
    _, first, whose = np.unique(keys, return_index=True, return_inverse=True)
    return np.where(look.seen, first[whose.ravel()], np.arange(len(keys)))


def near_pairs(look: Features, among: Ints) -> Iterator[tuple[int, int]]:
    """Yield pairs of pictures with nearly the same fingerprint: each picture with the first similar one."""
    moving = among[look.coefficients[among].any(axis=1)]
    bits = look.bits[moving]
    twins: dict[int, int] = {}
    for one, other in _candidates(bits):
        apart = _apart(bits[one], bits[other])
        near = apart <= ALIKE_BITS
        near[near] = _correlations(look, moving[one[near]], moving[other[near]]) >= ALIKE_FREQUENCIES
        lower, higher = moving[np.minimum(one, other)[near]], moving[np.maximum(one, other)[near]]
        for low, high in zip(lower.tolist(), higher.tolist(), strict=True):
            twins[high] = min(twins.get(high, low), low)
    yield from ((low, high) for high, low in sorted(twins.items()))


def _candidates(bits: NDArray[np.uint64]) -> Iterator[tuple[Ints, Ints]]:
    """Yield places of pictures that agree in a band; in a large group, each with the next 200."""
    octets = np.ascontiguousarray(bits).view(np.uint8).reshape(len(bits), WORDS * 8)
    places = rng_for(0, "bands of a fingerprint").permutation(WORDS * 64)
    for band in range(_BANDS):
        wanted = places[band * _BAND_BITS : (band + 1) * _BAND_BITS]
        chosen = octets[:, wanted // 8] >> (7 - wanted % 8).astype(np.uint8) & 1
        keys = np.ascontiguousarray(np.packbits(chosen, axis=1)).view(np.uint32).ravel()
        order = np.argsort(keys, kind="stable")
        ordered = keys[order]
        for step in range(1, min(_NEIGHBOURS, len(keys) - 1) + 1):
            same = ordered[step:] == ordered[:-step]
            if not same.any():
                break
            yield order[:-step][same], order[step:][same]


def _apart(one: NDArray[np.uint64], other: NDArray[np.uint64]) -> Ints:
    differing = np.ascontiguousarray(one ^ other).view(np.uint16).reshape(len(one), WORDS * 4)
    return np.asarray(_ONES[differing].sum(axis=1, dtype=np.int64))


def _correlations(look: Features, one: Ints, other: Ints) -> NDArray[np.float64]:
    first, second = (look.coefficients[each].astype(np.float64) for each in (one, other))
    lengths = np.linalg.norm(first, axis=1) * np.linalg.norm(second, axis=1)
    return np.asarray((first * second).sum(axis=1) / np.maximum(lengths, 1e-9))
