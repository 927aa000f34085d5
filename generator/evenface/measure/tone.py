"""Skin colour of one picture: pixels, a mask and a scale come in, a Measurement goes out.

The centre is the mean of the lit skin: the darker 45 % of the skin pixels by luminance (shade of hair, brows and the skull's own
curve, stubble) and the brightest quarter (gloss) are dropped, and the rest is averaged in linear light, as a colorimeter averages
over its aperture when it is held where the light falls; and
the mean of many pixels is finer than one step of 8 bits, which near black is as wide as 0.4 L*.
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from evenface.errors import EvenfaceError
from evenface.records import Measurement
from evenface.vocabulary import Scale

with warnings.catch_warnings():
    # Without matplotlib, colour-science warns that its plots are missing. It is asked for none.
    warnings.filterwarnings("ignore", message='"Matplotlib" related API')
    import colour

__all__ = ["MINIMUM_PIXELS", "TooFewPixels", "delta_e_2000", "measure_tone"]

PATCH = 255
"""Mask value of cheeks and forehead."""
SKIN = 128
"""Lowest mask value of skin."""
PATCH_PIXELS = 50
"""A smaller patch of cheeks and forehead gives way to all skin."""
LIT = (45.0, 75.0)
"""Percentiles of luminance between which skin counts as lit: above lie highlights, below lies shade."""
MINIMUM_PIXELS = 16
"""Fewer skin pixels than this say nothing about a tone."""

_DIGITS = 4  # The last bits of a logarithm or cube root differ between processors; what is published does not.

Pixels = NDArray[np.uint8]
Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class TooFewPixels:
    """What is returned for a picture that shows too little skin to measure."""

    pixels: int


def measure_tone(image: Pixels, mask: Pixels, scale: Scale) -> Measurement | TooFewPixels:
    """Measure the skin of ``image`` (height x width x 3, sRGB) under ``mask`` (height x width) against the tones of ``scale``."""
    skin = _skin_pixels(image, mask)
    if len(skin) < MINIMUM_PIXELS:
        return TooFewPixels(len(skin))
    linear = _LINEAR[skin]
    centre = _lab(_lit_mean(linear))
    spread = np.median(np.linalg.norm(_lab(linear) - centre, axis=-1))
    swatches = np.array([tone.lab for tone in scale.tones])
    distances = delta_e_2000(swatches, centre)
    nearest, runner_up = (int(i) for i in np.argsort(distances, kind="stable")[:2])
    return Measurement(
        l_star=_rounded(centre[0]),
        a_star=_rounded(centre[1]),
        b_star=_rounded(centre[2]),
        # arctan2, not arctan: b* of a photograph can be zero or less.
        ita_degrees=_rounded(np.degrees(np.arctan2(centre[0] - 50, centre[2]))),
        hue_degrees=_rounded(np.degrees(np.arctan2(centre[2], centre[1]))),
        spread_delta_e=_rounded(spread),
        pixels=len(skin),
        nearest=scale.tones[nearest].name,
        nearest_delta_e_2000=_rounded(distances[nearest]),
        runner_up=scale.tones[runner_up].name,
        runner_up_delta_e_2000=_rounded(distances[runner_up]),
    )


def delta_e_2000(colours: ArrayLike, reference: ArrayLike) -> Floats:
    """Return the CIEDE2000 distance of each L*a*b* colour (one a row) from ``reference``."""
    rows = np.asarray(colours, dtype=np.float64)
    wanted = np.broadcast_to(np.asarray(reference, dtype=np.float64), rows.shape)
    return np.asarray(colour.delta_E(rows, wanted, method="CIE 2000"), dtype=np.float64)


def _skin_pixels(image: Pixels, mask: Pixels) -> Pixels:
    """Return the pixels to measure, one a row."""
    if image.dtype != np.uint8 or image.ndim != 3 or image.shape[2] != 3 or mask.dtype != np.uint8:
        raise EvenfaceError(f"An 8 bit RGB picture and an 8 bit mask were expected, not {image.shape} and {mask.shape}.")
    if image.shape[:2] != mask.shape:
        raise EvenfaceError(f"The mask has shape {mask.shape}, its picture {image.shape[:2]}.")
    patch = image[mask == PATCH]
    return patch if len(patch) >= PATCH_PIXELS else image[mask >= SKIN]


def _lit_mean(linear: Floats) -> Floats:
    """Return the mean between the percentiles ``LIT``: what hair and brow shade says nothing about the skin."""
    luminance = linear @ _RGB_TO_XYZ[1]
    low, high = np.percentile(luminance, LIT)
    middle: Floats = linear[(luminance >= low) & (luminance <= high)].mean(axis=0)
    return middle


def _lab(linear: Floats) -> Floats:
    lab: Floats = np.asarray(colour.XYZ_to_Lab(linear @ _RGB_TO_XYZ.T, _D65), dtype=np.float64)
    return lab


def _rounded(value: float | np.float64) -> float:
    return round(float(value), _DIGITS)


_SRGB = colour.RGB_COLOURSPACES["sRGB"]
_RGB_TO_XYZ: Floats = np.asarray(_SRGB.matrix_RGB_to_XYZ)
_D65: Floats = np.asarray(_SRGB.whitepoint)
_LINEAR: Floats = np.asarray(colour.cctf_decoding(np.arange(256) / 255, function="sRGB"))
