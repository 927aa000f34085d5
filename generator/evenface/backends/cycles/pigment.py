"""The colour of skin as pigments: eumelanin, pheomelanin and blood over white, in linear light; pure numpy.

Absorbance of light that has passed through skin grows with the amount of each pigment (Beer-Lambert), so that a darker spot
or a redder cheek is a factor on what lies around it. The three spectra are reduced to one figure for each sRGB primary: eumelanin
is nearly flat where it is dense, pheomelanin and blood are not (Jacques 2013, Phys. Med. Biol. 58, R37, figures 3 and 4).
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

import numpy as np
from numpy.typing import NDArray

from evenface.processor import product

__all__ = ["SPECTRA", "Pigments", "melanin_spectrum", "read_calibration", "reflectance", "shade_spectrum"]

Floats = NDArray[np.float64]

SPECTRA: Floats = np.array(
    [
        [0.92, 1.0, 1.06],  # eumelanin
        [0.25, 0.8, 2.2],  # pheomelanin
        [0.10, 1.0, 0.85],  # blood
    ]
)
"""Absorbance of a unit of each pigment at the red, green and blue primary."""

_THIN = np.array([0.66, 1.0, 1.42])
_VEILED = np.array([0.60, 1.0, 0.96])
_DENSE = np.array([0.87, 1.0, 1.06])


@dataclass(frozen=True, slots=True)
class Pigments:
    """What the skin of a tone holds, so that its reference shot measures as its skin colour.

    Attributes:
        amounts: Eumelanin, pheomelanin, blood.
        lightness_room: Largest within-cell shift of L* at which the nearest skin colour stays the same.
    """

    amounts: tuple[float, float, float]
    lightness_room: float


def reflectance(amounts: Floats) -> Floats:
    """Return linear sRGB ``(..., 3)`` of pigment amounts ``(..., 3)``."""
    return np.asarray(np.exp(-product(np.asarray(amounts, dtype=np.float64), SPECTRA)))


def melanin_spectrum(eumelanin: float) -> Floats:
    """Return what a spot's melanin absorbs at each primary ``(3,)`` on skin that holds ``eumelanin`` itself.

    Spread thin it is brown, falling towards red as melanin's spectrum does (Jacques 2013, figure 3); on dense skin, where most of
    what returns never went deep, it is nearly grey.
    """
    return np.asarray(_THIN + _density(eumelanin) * (_DENSE - _THIN))


def shade_spectrum(eumelanin: float) -> Floats:
    """Return what a broad dark area absorbs at each primary ``(3,)`` on skin that holds ``eumelanin`` itself.

    Where skin holds little melanin, its areas differ by the blood and the veins under it as much as by melanin: rosy brown to
    violet, not khaki (Stamatas & Kollias 2004, J. Biomed. Opt. 9, 315). On dense skin melanin is what shows.
    """
    return np.asarray(_VEILED + _density(eumelanin) * (_DENSE - _VEILED))


def _density(eumelanin: float) -> float:
    """Return 0 where melanin lies thin, 1 where little light passes it."""
    return min(max((eumelanin - 0.8) / 2.2, 0.0), 1.0)


@cache
def read_calibration() -> dict[str, Pigments]:
    """Return the pigments of every tone of every scale, as ``benchmarks/calibrate_tones.py`` found them."""
    table = json.loads(files("evenface.backends.cycles").joinpath("calibration.json").read_text(encoding="utf-8"))
    return {name: Pigments(tuple(row["amounts"]), row["lightness_room"]) for name, row in table["tones"].items()}
