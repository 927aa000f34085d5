"""Broad pigment: which areas of a face are darker or redder than its others, and the rings of the neck, per vertex; pure numpy.

Two people of one tone differ most in this: one has dark lids and pale cheeks, another a dark forehead, a red nose or a
shaded mouth.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from evenface.backends.cycles.skin.canvas import waves
from evenface.backends.cycles.skin.facemap import FaceMap
from evenface.people.identity import FOLDS, PATCHES, REDDENING
from evenface.records import Complexion
from evenface.rng import rng_for

__all__ = ["blood_patches", "melanin_patches", "neck_rings"]

Floats = NDArray[np.float32]

KEPT_EVEN = 0.5
"""How much paler patches are where skin is measured: hair may hide the forehead, and the cheeks alone must say the tone then."""
MOST_BLOOD = 0.20
"""Blood above the base that broad redness nears and never passes."""
# Melanin of one standard score, in units of what a dark place adds on the skin, and what the average face has.
_PATCH: dict[str, tuple[float, float]] = {
    "orbit": (0.17, 0.11),
    "eyelids": (0.16, 0.10),
    "mouth": (0.15, 0.05),
    "forehead": (0.14, 0.02),
    "temples": (0.14, 0.02),
    "cheekbones": (0.11, 0.02),
    "nose": (0.13, 0.02),
    "jaw": (0.15, 0.02),
    "upper_lip": (0.10, 0.03),
    "neck": (0.09, 0.08),
}
# Blood likewise, in its own units.
_RED: dict[str, tuple[float, float]] = {
    "cheeks": (0.055, 0.050),
    "nose": (0.050, 0.050),
    "ears": (0.060, 0.080),
    "forehead": (0.030, 0.012),
    "chin": (0.035, 0.020),
    "eyelids": (0.030, 0.020),
    "neck": (0.025, 0.010),
}


def melanin_patches(face: FaceMap, complexion: Complexion) -> Floats:
    """Return melanin above the base at every fine vertex, in units of what a dark place adds on the skin."""
    area, seed = face.areas, complexion.seed
    where = {
        "orbit": area["orbit"] + 0.35 * area["inner_corner"],
        "eyelids": area["eyelids"],
        "mouth": area["mouth"] + 0.6 * area["corner"],
        "forehead": area["forehead_all"],
        "temples": area["temples"],
        "cheekbones": area["cheekbones"],
        "nose": np.maximum(area["nose"], area["nose_bridge"]),
        "jaw": area["jaw"],
        "upper_lip": area["upper_lip"],
        "neck": area["neck"],
    }
    total = np.zeros(len(face.mean_mm), np.float32)
    # An uneven edge, and sides that differ: no face is shaded by a stencil.
    uneven = 1 + 0.15 * waves(face.mean_mm, 60.0, seed, "uneven")
    for name, score in zip(PATCHES, complexion.patches, strict=True):
        spread, mean = _PATCH[name]
        total += (mean + spread * score) * where[name] * uneven
    total *= 1 - KEPT_EVEN * area["measuring"]
    mottling = 0.02 + 0.06 * complexion.mottling
    total += mottling * (waves(face.mean_mm, 48.0, seed, "wide") + 0.25 * waves(face.mean_mm, 14.0, seed, "small"))
    total += complexion.under_eye * (0.24 * area["under_eye"] + 0.18 * area["inner_corner"])
    # Not pigment but want of light, which a coarse mesh under a wide lamp does not show.
    total += 1.8 * area["nostrils"] + 0.25 * area["wings"] + 0.12 * area["philtrum"] + 0.20 * area["under_lip"]
    if complexion.melasma > 0:
        where_worn = np.maximum.reduce([area["cheekbones"], 0.9 * area["upper_lip"], 0.7 * area["forehead_all"]])
        total += 0.5 * complexion.melasma * where_worn * _step(waves(face.mean_mm, 32.0, seed, "melasma"), 0.0, 1.2)
    return np.asarray(total, np.float32)


def blood_patches(face: FaceMap, complexion: Complexion) -> Floats:
    """Return blood above the base at every fine vertex."""
    area, seed = face.areas, complexion.seed
    where = {
        "cheeks": np.maximum.reduce([area["apple"], 0.7 * area["cheekbones"], 0.6 * area["cheeks"]]),
        "nose": np.maximum(area["nose_tip"], 0.7 * area["wings"]) + 0.3 * area["nose"],
        "ears": area["ears"],
        "forehead": np.maximum(area["glabella"], 0.5 * area["forehead_all"]),
        "chin": np.maximum(area["chin"], 0.7 * area["mouth"]),
        "eyelids": area["eyelids"] + 0.5 * area["orbit"],
        "neck": area["neck"],
    }
    uneven = np.clip(1 + 0.25 * waves(face.mean_mm, 32.0, seed, "blood"), 0, None)
    total = np.zeros(len(face.mean_mm), np.float32)
    for name, score in zip(REDDENING, complexion.reddening, strict=True):
        spread, mean = _RED[name]
        total += (2.2 * complexion.flush * mean + spread * score) * where[name] * uneven
    # Skin holds only so much blood: where areas overlap they do not add up to paint.
    total = np.asarray(MOST_BLOOD * np.tanh(total / MOST_BLOOD), np.float32)
    total *= 1 - KEPT_EVEN * area["measuring"]
    total += (0.012 + 0.03 * complexion.mottling) * waves(face.mean_mm, 22.0, seed, "patches")
    return np.asarray(total, np.float32)


def _step(value: Floats, edge: float, soft: float) -> Floats:
    return np.asarray(1 / (1 + np.exp(-np.clip((value - edge) / (0.25 * soft), -30, 30))), np.float32)


def neck_rings(face: FaceMap, complexion: Complexion) -> Floats:
    """Return shade in the rings of the neck per fine vertex, in units of what a dark place adds on the skin."""
    rng = rng_for(complexion.seed, "folds", "neck")
    depth = complexion.folds[FOLDS.index("neck")]
    x, y, z = face.mean_mm.T
    total = np.zeros(len(x), np.float32)
    for ring in range(2 + int(rng.integers(2))):
        height = -122 - 19 * ring + rng.uniform(-4, 4)
        # A ring sinks towards the front of the neck.
        away = z - height - rng.uniform(0.15, 0.30) * (y + 10) - rng.uniform(-0.04, 0.04) * x
        total += rng.uniform(0.5, 1.0) * np.exp(-((away / 3.5) ** 2))
    return np.asarray(0.35 * depth * total * face.areas["neck"], np.float32)
