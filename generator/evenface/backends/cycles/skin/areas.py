"""Soft areas of the face beyond those of the head model, as functions of places on the mean head; pure numpy."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from evenface.backends.cycles.head.rise import rise

__all__ = ["Area", "areas_at"]

Floats = NDArray[np.float32]
Area = str

_MODEL: tuple[Area, ...] = (
    *("lips", "lips_inner", "eyelids", "ears", "nose", "nostrils", "cheeks", "forehead", "chin", "neck", "scalp", "beard"),
    *("moustache", "temples", "under_eye", "measuring", "brow_left", "brow_right"),
)


def areas_at(mean_mm: Floats, regions: dict[str, Floats]) -> dict[Area, Floats]:
    """Return weights 0 to 1 by name.

    Args:
        mean_mm: Fine vertices of the mean head ``(V, 3)``; the origin lies between the eyes, -y is forwards.
        regions: The head model's own areas at the same vertices.
    """
    x, y, z = mean_mm.T.astype(np.float64)
    side = np.abs(x)
    front = _fall(y, 20, 45)
    open_skin = (1 - regions["ears"]) * (1 - regions["lips"]) * front
    found: dict[Area, NDArray[np.float64]] = {
        # An ellipse round each eye: the whole orbit, lids and all, deepest towards the nose.
        "orbit": np.exp(-(((side - 29) / 24) ** 2) - ((z + 2) / 15) ** 2) * open_skin,
        "inner_corner": np.exp(-(((side - 14) / 8) ** 2) - ((z + 3) / 9) ** 2) * open_skin,
        "lid_upper": regions["eyelids"] * rise(z, -3, 3),
        "lid_lower": regions["eyelids"] * _fall(z, -3, 3),
        "mouth": np.exp(-((x / 31) ** 2) - ((z + 66) / 19) ** 2) * open_skin,
        "corner": np.exp(-(((side - 27) / 7) ** 2) - ((z + 66) / 8) ** 2) * open_skin,
        "upper_lip": np.exp(-((x / 20) ** 2) - ((z + 54) / 7) ** 2) * open_skin,
        "cheekbones": np.exp(-(((side - 45) / 20) ** 2) - ((z + 22 - 0.25 * (side - 45)) / 12) ** 2) * open_skin,
        "apple": np.exp(-(((side - 40) / 17) ** 2) - ((z + 34) / 15) ** 2) * open_skin,
        "philtrum": np.exp(-((x / 3) ** 2) - ((z + 52) / 5) ** 2) * open_skin,
        "under_lip": np.exp(-((x / 14) ** 2) - ((z + 82) / 3.5) ** 2) * open_skin,
        "nose_tip": np.exp(-((x / 13) ** 2) - ((z + 36) / 12) ** 2) * regions["nose"],
        "nose_bridge": np.exp(-((x / 8) ** 2)) * _fall(z, -30, 8) * rise(z, -40, -2) * front,
        "wings": np.exp(-(((side - 16) / 5) ** 2) - ((z + 38) / 9) ** 2) * front,
        "glabella": np.exp(-((x / 12) ** 2) - ((z - 17) / 10) ** 2) * open_skin,
        "midface": _fall(side, 40, 58) * _fall(y, 5, 25),
        "cheeks_low": np.exp(-(((side - 53) / 13) ** 4) - ((z + 55) / 34) ** 4) * _fall(y, 22, 36) * open_skin,
        "jaw": _fall(z, -92, -55) * rise(side, 22, 48) * _fall(y, 30, 70) * (1 - regions["neck"]),
        "forehead_all": rise(z, 18, 34) * front * (1 - regions["scalp"]),
        "centre": np.exp(-((x / 30) ** 2)) * front,
    }
    # Where a tone is read: most of the cheeks below the rings of the eyes and above a beard, and most of the forehead. A fringe
    # or a turned head leaves enough of so much, and no single spot or fold decides.
    smooth = np.maximum(regions["cheeks"] * (1 - regions["under_eye"]), regions["forehead"])
    found["read"] = np.maximum(smooth * (1 - regions["beard"]) * (1 - regions["moustache"]), regions["measuring"])
    areas = {name: np.asarray(regions[name], np.float32) for name in _MODEL}
    return areas | {name: np.asarray(weight, np.float32) for name, weight in found.items()}


def _fall(value: NDArray[np.float64], low: float, high: float) -> NDArray[np.float64]:
    return 1.0 - rise(value, low, high)
