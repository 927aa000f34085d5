"""Measures the skin colour of one picture under a mask, against the tones of a scale.

The centre is the mean of the lit skin. Four fifths of the skin pixels are no brighter than the lit level, above which there
may be gloss; the pixels within a fifth of that level count, and are averaged in linear light, as a colorimeter averages over its
aperture. So shade is separated and not averaged in: what lies under a fringe, a brim or the turn of a cheek is darker by a
factor, and drops out while a third of the skin or so is in the light. Where all of it is lit, all of it is read. And the mean of
many pixels is finer than one step of 8 bits, which near black is as wide as 0.4 L*.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from evenface.errors import EvenfaceError
from evenface.faces.ciede2000 import ciede2000
from evenface.processor import product
from evenface.records import Measurement
from evenface.vocabulary import LIT_LEVEL, LIT_RANGE, Scale

__all__ = [
    "MINIMUM_PIXELS",
    "SKIN",
    "Skin",
    "TooFewPixels",
    "delta_e_2000",
    "distances_2000",
    "lab_of",
    "linear_of",
    "linear_of_lab",
    "measure_tone",
    "name_tones",
    "read_skin",
]

PATCH = 255
"""Mask value of cheeks and forehead."""
SKIN = 128
"""Lowest mask value of skin."""
PATCH_PIXELS = 50
"""A smaller patch of cheeks and forehead gives way to all skin."""
MINIMUM_PIXELS = 16
"""Fewer skin pixels than this say nothing about a tone."""

_AT_ONCE = 25  # More need so much memory that it is returned to the system and taken again with every call.
_DIGITS = 4  # The last bits of a logarithm or cube root differ between processors; what is published does not.

Pixels = NDArray[np.uint8]
Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class TooFewPixels:
    """What is returned for a picture that shows too little skin to measure."""

    pixels: int


@dataclass(frozen=True, slots=True)
class Skin:
    """The colour of the lit skin of one picture, in CIE L*a*b*."""

    lab: tuple[float, float, float]
    spread: float
    """Median CIE76 distance of the pixels from ``lab``."""
    pixels: int


class _Heaps:
    """Numbers of several pictures, one heap after the other."""

    def __init__(self, counts: Sequence[int]) -> None:
        self.counts = np.array(counts)
        self.starts = np.cumsum(self.counts) - self.counts
        self.owner = np.repeat(np.arange(len(counts)), self.counts)

    def quantile(self, values: Floats, part: float) -> Floats:
        """Return the quantile of each heap, joined linearly between neighbours, as ``numpy.quantile`` has it."""
        ordered = values[np.lexsort((values, self.owner))]
        place = part * (self.counts - 1)
        low = np.floor(place).astype(np.int64)
        high = np.minimum(low + 1, self.counts - 1)
        below, above = ordered[self.starts + low], ordered[self.starts + high]
        return np.asarray(below + (above - below) * (place - low))

    def level(self, values: Floats, part: float) -> Floats:
        """Return the value of each heap that ``part`` of it does not exceed: one of its values, never one between two."""
        ordered = values[np.lexsort((values, self.owner))]
        return np.asarray(ordered[self.starts + np.floor(part * (self.counts - 1)).astype(np.int64)])

    def mean(self, rows: Floats, chosen: NDArray[np.bool_]) -> Floats:
        """Return the mean of the chosen rows of each heap; there is at least one in each."""
        sums = np.add.reduceat(rows * chosen[:, None], self.starts, axis=0)
        return np.asarray(sums / np.add.reduceat(chosen.astype(np.float64), self.starts)[:, None])


def measure_tone(image: Pixels, mask: Pixels, scale: Scale) -> Measurement | TooFewPixels:
    """Measure the skin of ``image`` (height x width x 3, sRGB) under ``mask`` (height x width) against the tones of ``scale``."""
    (skin,) = read_skin([image], [mask])
    return skin if isinstance(skin, TooFewPixels) else name_tones([skin], scale)[0]


def read_skin(images: Sequence[Pixels], masks: Sequence[Pixels]) -> list[Skin | TooFewPixels]:
    """Read the skin of each picture, without a name for it; some at once cost less than one by one, and read the same."""
    pairs = list(zip(images, masks, strict=True))
    lots = (pairs[at : at + _AT_ONCE] for at in range(0, len(pairs), _AT_ONCE))
    return [skin for lot in lots for skin in _read_lot(lot)]


def _read_lot(pairs: Sequence[tuple[Pixels, Pixels]]) -> list[Skin | TooFewPixels]:
    pixels = [_skin_pixels(image, mask) for image, mask in pairs]
    counts = [len(each) for each in pixels]
    enough = [at for at, count in enumerate(counts) if count >= MINIMUM_PIXELS]
    found: list[Skin | TooFewPixels] = [TooFewPixels(count) for count in counts]
    if enough:
        linear = _LINEAR[np.concatenate([pixels[at] for at in enough])]
        heaps = _Heaps([counts[at] for at in enough])
        centres = _lab(_lit_means(linear, heaps))
        spreads = heaps.quantile(np.linalg.norm(_lab(linear) - centres[heaps.owner], axis=-1), 0.5)
        for at, centre, spread in zip(enough, centres, spreads, strict=True):
            found[at] = Skin((float(centre[0]), float(centre[1]), float(centre[2])), float(spread), counts[at])
    return found


def name_tones(skins: Sequence[Skin], scale: Scale) -> list[Measurement]:
    """Name the tones of ``scale`` whose skin colours, and whose swatches, are nearest to each skin, by CIEDE2000."""
    centres = np.array([skin.lab for skin in skins]).reshape(-1, 3)
    colours = distances_2000(centres, [tone.lab for tone in scale.tones])
    swatches = distances_2000(centres, [tone.swatch_lab for tone in scale.tones])
    return [_named(skin, row, shown, scale) for skin, row, shown in zip(skins, colours, swatches, strict=True)]


def _named(skin: Skin, distances: Floats, swatches: Floats, scale: Scale) -> Measurement:
    nearest, runner_up = (int(i) for i in np.argsort(distances, kind="stable")[:2])
    swatch = int(np.argmin(swatches))
    l_star, a_star, b_star = skin.lab
    return Measurement(
        l_star=_rounded(l_star),
        a_star=_rounded(a_star),
        b_star=_rounded(b_star),
        # arctan2, not arctan: b* of a photograph can be zero or less.
        ita_degrees=_rounded(np.degrees(np.arctan2(l_star - 50, b_star))),
        hue_degrees=_rounded(np.degrees(np.arctan2(b_star, a_star))),
        spread_delta_e=_rounded(skin.spread),
        pixels=skin.pixels,
        nearest=scale.tones[nearest].name,
        nearest_delta_e_2000=_rounded(distances[nearest]),
        runner_up=scale.tones[runner_up].name,
        runner_up_delta_e_2000=_rounded(distances[runner_up]),
        nearest_swatch=scale.tones[swatch].name,
        nearest_swatch_delta_e_2000=_rounded(swatches[swatch]),
    )


def distances_2000(colours: ArrayLike, references: ArrayLike) -> Floats:
    """Return the CIEDE2000 distance of each L*a*b* colour (rows) from each of some references (columns)."""
    rows, wanted = (np.asarray(each, dtype=np.float64).reshape(-1, 3) for each in (colours, references))
    pairs = np.tile(wanted, (len(rows), 1)), np.repeat(rows, len(wanted), axis=0)
    return delta_e_2000(*pairs).reshape(len(rows), len(wanted))


def delta_e_2000(colours: ArrayLike, reference: ArrayLike) -> Floats:
    """Return the CIEDE2000 distance of each L*a*b* colour (one a row) from ``reference``."""
    return ciede2000(colours, reference)


def lab_of(pixels: Pixels) -> Floats:
    """Return CIE 1976 L*a*b* (D65) of the codes of sRGB, ``(..., 3)``."""
    return _lab(linear_of(pixels))


def linear_of(pixels: Pixels) -> Floats:
    """Return the linear light, 0 to 1, of the codes of sRGB."""
    return _LINEAR[pixels]


def linear_of_lab(lab: ArrayLike) -> Floats:
    """Return the linear sRGB, below 0 or above 1 where sRGB has no such colour, of CIE 1976 L*a*b*: what ``_lab`` undoes."""
    l_star, a_star, b_star = np.moveaxis(np.asarray(lab, dtype=np.float64), -1, 0)
    y = (l_star + 16) / 116
    f = np.stack([y + a_star / 500, y, y - b_star / 200], axis=-1)
    ratios = np.where(f > 6 / 29, f**3, (116 * f - 16) * 27 / 24389)
    return np.asarray(product(ratios * _WHITE, np.linalg.inv(_RGB_TO_XYZ).T))


def _skin_pixels(image: Pixels, mask: Pixels) -> Pixels:
    """Return the pixels to measure, one a row."""
    if image.dtype != np.uint8 or image.ndim != 3 or image.shape[2] != 3 or mask.dtype != np.uint8:
        raise EvenfaceError(f"An 8 bit RGB picture and an 8 bit mask were expected, not {image.shape} and {mask.shape}.")
    if image.shape[:2] != mask.shape:
        raise EvenfaceError(f"The mask has shape {mask.shape}, its picture {image.shape[:2]}.")
    patch = image[mask == PATCH]
    return patch if len(patch) >= PATCH_PIXELS else image[mask >= SKIN]


def _lit_means(linear: Floats, heaps: _Heaps) -> Floats:
    """Return the means of what lies near the lit level: shade and gloss say nothing about the skin."""
    luminance = product(linear, _RGB_TO_XYZ[1])
    lit = heaps.level(luminance, LIT_LEVEL)[heaps.owner]
    return heaps.mean(linear, np.abs(luminance - lit) <= LIT_RANGE * lit)


def _lab(linear: Floats) -> Floats:
    """Return CIE 1976 L*a*b* (CIE 15:2018) of linear sRGB."""
    ratios = product(linear, _RGB_TO_XYZ.T) / _WHITE
    f = np.where(ratios > 216 / 24389, np.cbrt(ratios), (24389 / 27 * ratios + 16) / 116)
    return np.stack([116 * f[..., 1] - 16, 500 * (f[..., 0] - f[..., 1]), 200 * (f[..., 1] - f[..., 2])], axis=-1)


def _rounded(value: float | np.float64) -> float:
    return round(float(value), _DIGITS)


# IEC 61966-2-1: the matrix as it is printed there, the white of D65 (x = 0.3127, y = 0.3290) and the curve of the 256 codes.
_RGB_TO_XYZ: Floats = np.array([(0.4124, 0.3576, 0.1805), (0.2126, 0.7152, 0.0722), (0.0193, 0.1192, 0.9505)])
_WHITE: Floats = np.array([0.3127 / 0.3290, 1.0, (1 - 0.3127 - 0.3290) / 0.3290])
_CODES = np.arange(256) / 255
_LINEAR: Floats = np.where(_CODES <= 0.04045, _CODES / 12.92, ((_CODES + 0.055) / 1.055) ** 2.4)
