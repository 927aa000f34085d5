"""The skin of one person: pigments laid over the head, vertex by vertex; pure numpy, no draw of its own.

A complexion moves pigment, never paint: flush and lips are blood, freckles, moles and the shade under the eyes are melanin. So
the same complexion sits on every tone as it would on skin.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from evenface.backends.cycles.head import HeadModel
from evenface.backends.cycles.pigment import Pigments, reflectance
from evenface.records import Complexion
from evenface.rng import rng_for

__all__ = ["Skin", "build_skin", "waves"]

Floats = NDArray[np.float32]
Wide = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Skin:
    """Per fine vertex: linear colour ``(V, 3)``, roughness ``(V,)``; and how deep the small relief is, metres."""

    colour: Floats
    roughness: Floats
    relief_m: float
    marks: Floats
    """``(V, 3)``: where bare skin shows, where a colorimeter would be held, and 1 for all skin."""


def waves(points: Wide, wavelength_m: float, seed: int, key: str, count: int = 40) -> Wide:
    """Return smooth noise of unit variance at ``points`` (N, 3): a sum of plane waves of keyed direction and phase."""
    rng = rng_for(seed, "waves", key)
    direction = rng.normal(size=(count, 3))
    direction *= rng.uniform(0.6, 1.5, (count, 1)) * (2 * np.pi / wavelength_m) / np.linalg.norm(direction, axis=1, keepdims=True)
    # Single precision: noise needs no more, and this is most of the cost of a skin.
    turn = points.astype(np.float32) @ direction.T.astype(np.float32) + rng.uniform(0, 2 * np.pi, count).astype(np.float32)
    return np.asarray(np.cos(turn).sum(axis=1) * np.sqrt(2 / count), dtype=np.float64)


_SPECKS, _SPECK = 0.62, 0.012
"""Share of the skin that the densest roots cover, and their linear colour."""


def build_skin(
    model: HeadModel, fine: Floats, complexion: Complexion, tone: Pigments, *, age_years: int, scalp: Floats, beard: Floats
) -> Skin:
    """Colour a neutral head.

    Args:
        fine: Fine vertices ``(V', 3)`` of the neutral head.
        scalp: Share of the scalp that hair roots shade, per fine vertex.
        beard: The same for the beard.
    """
    region = model.regions_fine
    points = fine.astype(np.float64)
    amounts = _base(tone, complexion)[None, :] + np.zeros((len(points), 3))
    reach = 0.12 + 0.22 * float(np.sqrt(amounts[0, 0]))  # how much a spot can darken or redden this skin
    amounts[:, 0] += _spots(points, region, complexion, reach)
    amounts[:, 2] += _blood(points, region, complexion)
    colour = reflectance(np.maximum(amounts, 0.01))
    # Roots and stubble are dark specks before the skin: they cover a share of it, whatever its pigment.
    covered = np.maximum(_SPECKS * scalp, _SPECKS * beard)[:, None]
    colour = colour * (1 - covered) + _SPECK * covered
    roughness = 0.52 - 0.14 * complexion.oiliness * np.maximum(region["forehead"], region["nose"]) - 0.12 * region["lips"]
    hidden = np.maximum.reduce([region["lips"], region["lips_inner"], region["nostrils"], scalp, beard])
    bare = np.clip(1.0 - hidden, 0, 1) * (1 - region["eyelids"])
    marks = np.stack([bare, region["measuring"] * bare, np.ones_like(bare)], axis=1)
    relief = 0.00012 * complexion.pores + 0.0006 * complexion.wrinkles * (age_years / 80)
    return Skin(colour.astype(np.float32), roughness.astype(np.float32), relief, marks.astype(np.float32))


def _base(tone: Pigments, complexion: Complexion) -> Wide:
    """The tone's pigments, shifted within the cell and never out of it."""
    amounts = np.array(tone.amounts, dtype=np.float64)
    luminance = float(reflectance(amounts) @ (0.2126, 0.7152, 0.0722))
    # dL* / d ln Y of CIE 1976 L*, so that one standard score is a third of the room there is.
    slope = 116 / 3 * np.cbrt(luminance)
    step = tone.lightness_room / 3 / slope
    amounts[0] -= step * np.clip(complexion.lightness_shift, -1.5, 1.5)
    amounts[2] += 0.5 * step * np.clip(complexion.redness_shift, -1.5, 1.5)
    return np.maximum(amounts, 0.005)


def _spots(points: Wide, region: dict[str, Floats], complexion: Complexion, reach: float) -> Wide:
    """Melanin above the base: mottling, freckles, moles, lids, neck folds, shade under the eyes, areola of the lips."""
    seed = complexion.seed
    mottling = 0.05 * complexion.mottling * (waves(points, 0.030, seed, "wide") + 0.6 * waves(points, 0.009, seed, "small"))
    speckle = np.maximum(waves(points, 0.006, seed, "freckles") - 1.0, 0) * complexion.freckles
    freckles = 0.8 * speckle * np.maximum(region["nose"], np.maximum(region["cheeks"], 0.4 * region["forehead"]))
    dark = 0.30 * complexion.under_eye * region["under_eye"] + 0.12 * region["eyelids"] + 0.05 * region["neck"]
    lips = complexion.lip_depth * np.clip(0.45 - 0.35 * complexion.lip_hue, 0.05, 1.0) * region["lips"]
    return np.asarray(reach * (mottling + freckles + dark + 1.3 * lips + _moles(points, complexion)))


def _moles(points: Wide, complexion: Complexion) -> Wide:
    rng = rng_for(complexion.seed, "moles")
    skin = np.zeros(len(points))
    front = np.flatnonzero((points[:, 1] < 0.03) & (points[:, 2] > -0.16))
    for _ in range(complexion.moles):
        centre = points[rng.choice(front)]
        radius = rng.uniform(0.0010, 0.0024)
        skin += rng.uniform(1.5, 4.0) * np.exp(-0.5 * (((points - centre) / radius) ** 2).sum(axis=1))
    return skin


def _blood(points: Wide, region: dict[str, Floats], complexion: Complexion) -> Wide:
    """Blood above the base: cheeks, nose, ears and lips, and slow patches."""
    flush = np.maximum.reduce([0.7 * region["cheeks"], 0.9 * region["nose"], region["ears"], 0.4 * region["chin"]])
    patches = 0.008 * complexion.mottling * waves(points, 0.022, complexion.seed, "patches")
    lips = complexion.lip_depth * (0.70 + 0.25 * complexion.lip_hue) * region["lips"] + 0.5 * region["lips_inner"]
    return np.asarray(0.22 * complexion.flush * flush + patches + lips + 0.03 * region["eyelids"])
