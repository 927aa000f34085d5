"""Where things are on the mesh: the 68 landmarks and the soft areas of the skin.

Landmarks are pairs of vertices, by their numbers in the base mesh of the whole body; areas are weights by vertex.
Landmarks are named by vertex and were placed by eye on the mean head; the tables hold the person's right and the middle.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from evenface.backends.cycles.head.model import REGIONS, Floats, Indices

__all__ = ["landmark_pairs", "region_weights"]

Pair = tuple[int, int]

# Jaw from the person's right ear to the chin, then brow, eye, half of the nose and of the mouth: iBUG number -> vertices.
RIGHT_AND_MIDDLE: dict[int, Pair] = {
    0: (870, 870),
    1: (868, 868),
    2: (5098, 869),
    3: (5242, 5242),
    4: (5240, 5240),
    5: (915, 915),
    6: (5295, 5294),
    7: (5221, 5292),
    8: (5225, 5296),
    17: (207, 255),
    18: (224, 225),
    19: (204, 223),
    20: (205, 208),
    21: (208, 209),
    27: (132, 132),
    28: (131, 131),
    29: (201, 201),
    30: (5054, 5054),
    31: (318, 286),
    32: (331, 332),
    33: (317, 317),
    36: (18, 18),
    37: (0, 4848),
    38: (54, 4865),
    39: (66, 4869),
    40: (47, 50),
    41: (41, 6776),
    48: (3735, 3735),
    49: (5354, 5351),
    50: (450, 460),
    51: (455, 466),
    57: (492, 5337),
    58: (486, 5336),
    59: (370, 480),
    60: (430, 444),
    61: (471, 471),
    62: (474, 474),
    66: (523, 523),
    67: (518, 517),
}
# Number on the person's right -> its twin on the left.
TWINS = {
    **{i: 16 - i for i in range(8)},
    **{17 + i: 26 - i for i in range(5)},
    31: 35,
    32: 34,
    **dict(zip(range(36, 42), (45, 44, 43, 42, 47, 46), strict=True)),
    48: 54,
    49: 53,
    50: 52,
    58: 56,
    59: 55,
    60: 64,
    61: 63,
    67: 65,
}


def landmark_pairs(mirror: Indices) -> Indices:
    """Return pairs of body vertices ``(68, 2)`` in iBUG order."""
    pairs = np.zeros((68, 2), np.int32)
    for number, pair in RIGHT_AND_MIDDLE.items():
        pairs[number] = pair
        if number in TWINS:
            pairs[TWINS[number]] = mirror[list(pair)]
    return pairs


def region_weights(points: Floats, marks: Floats, masks: dict[str, Floats]) -> Floats:
    """Return weights ``(regions, vertices)``.

    Args:
        points: Skin vertices of the mean head, origin between the eyes, metres.
        marks: The 68 landmarks of the same head.
        masks: ``lips``, ``eyelids``, ``ears``, ``inside-mouth`` at the vertices.
    """
    x, y, z = points.T.astype(np.float64) * 1000.0
    side = np.abs(x)
    ears = masks["ears"]
    open_skin = (1 - masks["lips"]) * (1 - masks["inside-mouth"]) * (1 - ears)
    scalp = _scalp(x, y, z) * (1 - ears)
    front = _below(y, 30, 20)
    nose = _below(side, 19 - 0.012 * (z + 20) ** 2, 4) * _between(z, -48, 4, 4) * _below(y, -12, 4)
    beard = _beard(side, y, z) * open_skin
    moustache = _below(side, 25, 4) * _between(z, -66, -47, 3) * _below(y, -8, 5) * open_skin
    moustache *= _below(z, -45 - 0.35 * side, 3)
    cheeks = _ball(side, z, 43, -30, 24) * front * open_skin * (1 - nose)
    forehead = _between(z, 24, 60, 6) * _below(side, 52, 10) * front * (1 - scalp)
    under_eye = _between(z, -22, -8, 4) * _between(side, 14, 48, 5) * front * (1 - masks["eyelids"]) * (1 - nose)
    measured = np.maximum(_ball(side, z, 40, -31, 13), _between(z, 33, 50, 4) * _below(side, 30, 5))
    values = {
        "lips": masks["lips"],
        "lips_inner": masks["inside-mouth"] * _between(z, -80, -55, 4) * _below(y, -22, 4),
        "eyelids": masks["eyelids"],
        "ears": ears,
        "nose": nose,
        "nostrils": _ball(side, z, 8, -43.5, 4) * _between(y, -38, -20, 3),
        "cheeks": cheeks,
        "forehead": forehead,
        "chin": _below(z, -86, 4) * _below(side, 24, 6) * _below(y, 4, 8),
        "neck": _below(z, -108 + 0.55 * np.clip(y, 0, 80), 8),
        "scalp": scalp,
        "brow_left": _brow(x, y, z, marks[22:27]),
        "brow_right": _brow(x, y, z, marks[17:22]),
        "beard": beard * (1 - moustache),
        "moustache": moustache,
        "temples": _between(z, -6, 42, 8) * _above(side, 50, 6) * _below(y, 48, 8) * (1 - scalp) * (1 - ears),
        "under_eye": under_eye,
        "measuring": measured * _below(y, 5, 6) * (1 - scalp) * open_skin,
    }
    return np.asarray(np.stack([np.clip(values[name], 0, 1) for name in REGIONS]), np.float32)


Values = NDArray[np.floating[Any]]


def _above(value: Values, edge: Values | float, width: float) -> Values:
    """0 below ``edge - width / 2``, 1 above ``edge + width / 2``, smooth between; millimetres."""
    t = np.clip((value - edge) / width + 0.5, 0.0, 1.0)
    return np.asarray(t * t * (3 - 2 * t))


def _below(value: Values, edge: Values | float, width: float) -> Values:
    return 1.0 - _above(value, edge, width)


def _between(value: Values, low: float, high: float, width: float) -> Values:
    return _above(value, low, width) * _below(value, high, width)


def _ball(side: Values, z: Values, side_0: float, z_0: float, radius: float) -> Values:
    return _below(np.hypot(side - side_0, z - z_0), radius, radius * 0.5)


def _scalp(x: Values, y: Values, z: Values) -> Values:
    """Hairline height by direction, seen from above the middle of the skull: 0 degrees is the face, 180 the nape."""
    azimuth = np.degrees(np.arctan2(np.abs(x), -(y - 70.0)))
    degrees = [0, 12, 25, 36, 44, 50, 56, 62, 72, 80, 92, 105, 125, 150, 180]
    height = [64, 63, 61, 55, 44, 28, 6, -20, -26, -10, -12, -34, -52, -62, -66]
    return _above(z, np.asarray(np.interp(azimuth, degrees, height)), 9)


def _beard(side: Values, y: Values, z: Values) -> Values:
    """Below the line from the sideburn to the mouth corner, above the throat, in front of the ear."""
    upper = np.interp(side, [0, 10, 24, 34, 48, 60, 66, 75], [-84, -84, -66, -63, -56, -38, -14, -6])
    throat = np.interp(y, [-20, 20, 60], [-112, -116, -80])
    return np.asarray(_below(z, upper, 7) * _above(z, throat, 10) * _below(y, 56, 8))


def _brow(x: Values, y: Values, z: Values, marks: Floats) -> Values:
    """A band round the five brow landmarks, thickest at a third from the nose, thin at the tail."""
    order = np.argsort(marks[:, 0])
    line = marks[order] * 1000.0
    middle = np.interp(x, line[:, 0], line[:, 2])
    inner, outer = sorted((np.abs(line[0, 0]), np.abs(line[-1, 0])))
    along = (np.abs(x) - inner) / (outer - inner)
    same_side = np.sign(x) == np.sign(line[:, 0].mean())
    half = np.interp(along, [0, 0.3, 0.7, 1.0], [4.0, 4.5, 3.4, 1.6])
    band = _below(np.abs(z - middle), half, 3) * _between(along, 0.0, 1.0, 0.12)
    return np.asarray(band * same_side * _below(y, 30, 10))
