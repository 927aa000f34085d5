"""Features of a face that the mesh library has no good shape for, written as formulas over the mean head.

They are displacements of the mean bust by trait, for a score of +1; a score of -1 moves the opposite way.
Bones and cartilage that a recogniser and a person look at (brow, bridge, jaw angle), and what age and flesh do to them.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from distil.sculpt import along
from evenface.backends.cycles.head.model import Floats
from evenface.backends.cycles.head.rise import rise

__all__ = ["BASE_FEATURES", "FEATURES", "MINUS_SHARES", "deep_nostrils", "features", "form_areas", "lids"]

Values = NDArray[np.floating[Any]]
Feature = Callable[[Values, Values, Values], tuple[Values, Values, Values]]

EYE_X_MM, EYE_HALF_WIDTH_MM = 29.0, 13.5
UPPER_LID_MM, LOWER_LID_MM = 2.6, -5.6
"""The eye of the mean head: its middle, half of its width, the edges of its lids over the eyeball's centre."""


def _hump(distance: Values, width: float) -> Values:
    return np.asarray(np.exp(-0.5 * (distance / width) ** 2))


def _front(y: Values) -> Values:
    return 1 - rise(y, 8, 45)


def _before(y: Values, edge: float) -> Values:
    """1 in front of a plane; for parts of the face with nothing else behind them."""
    return np.asarray(y < edge, np.float64)


def _path(side: Values, z: Values, points: tuple[tuple[float, float], ...]) -> tuple[Values, Values]:
    """Return the signed distance from a broken line in the (side, z) plane, positive outwards, and the place along it, 0 to 1."""
    nodes = np.array(points)
    best, signed, place = np.full_like(side, 1e9), np.zeros_like(side), np.zeros_like(side)
    for k, (start, end) in enumerate(pairwise(nodes)):
        step = end - start
        t = np.clip(((side - start[0]) * step[0] + (z - start[1]) * step[1]) / (step**2).sum(), 0, 1)
        dx, dz = side - start[0] - t * step[0], z - start[1] - t * step[1]
        distance = np.hypot(dx, dz)
        nearer = distance < best
        outwards = np.sign(dz * step[0] - dx * step[1])
        best = np.where(nearer, distance, best)
        signed = np.where(nearer, distance * outwards, signed)
        place = np.where(nearer, (k + t) / (len(nodes) - 1), place)
    return signed, place


def _eye_depth(x: Values, y: Values, z: Values) -> tuple[Values, Values, Values]:
    """The whole eye further back in its socket."""
    near = _hump(np.hypot(np.abs(x) - EYE_X_MM, 1.15 * z), 13) * _front(y)
    return 0 * x, 1.5 * near, 0 * x


def _lid_crease(x: Values, y: Values, z: Values) -> tuple[Values, Values, Values]:
    """The lid stands back under its fold: a visible crease."""
    u = (np.abs(x) - EYE_X_MM - 0.5) / 16
    over = z - _lid_margin(np.abs(x))
    plate = rise(over, 0.3, 2.2) * (1 - rise(over, 3.6, 5.2)) * np.clip(1 - u**4, 0, 1) * _before(y, -6)
    fold = _hump(over - 7.5, 2.2) * np.clip(1 - u**4, 0, 1) * _before(y, -10)
    return 0 * x, 0.55 * plate - 0.35 * fold, 0.15 * plate


def _lid_hood(x: Values, y: Values, z: Values) -> tuple[Values, Values, Values]:
    """The skin over the outer lid hangs down and forward."""
    near = _hump(np.hypot((np.abs(x) - 38) / 9, (z - 10.5) / 4.5), 1.0) * _before(y, -2)
    return 0 * x, -0.5 * near, -0.9 * near


def _lid_fullness(x: Values, y: Values, z: Values) -> tuple[Values, Values, Values]:
    """Fat over the lid: no hollow between lid and brow."""
    near = _hump(np.hypot((np.abs(x) - 30) / 14, (z - 11) / 5), 1.0) * _before(y, -2)
    return 0 * x, -0.95 * near, 0 * x


def _tear_trough(x: Values, y: Values, z: Values) -> tuple[Values, Values, Values]:
    """A groove from the inner corner of the eye along the edge of the socket."""
    off, place = _path(np.abs(x), z, ((15.0, -9.0), (22.0, -15.0), (33.0, -19.0), (42.0, -17.0)))
    depth = _hump(off, 3.0) * (1 - 0.7 * place) * _front(y)
    return 0 * x, 0.65 * depth, 0 * x


def _brow_bone(x: Values, y: Values, z: Values) -> tuple[Values, Values, Values]:
    """The ridges over the eyes and the glabella between them."""
    side = np.abs(x)
    ridge = _hump(z - (18 - 0.004 * side**2), 7.5) * (1 - rise(side, 36, 58)) * (1 - 0.35 * _hump(side, 7)) * _front(y)
    return 0 * x, -1.5 * ridge, -0.25 * ridge


def _nose_dorsum(x: Values, y: Values, z: Values) -> tuple[Values, Values, Values]:
    """Height of the bridge from the root down to the cartilage."""
    line = rise(z, -36, -14) * (1 - rise(z, 2, 16)) * _hump(x, 7.0) * _before(y, 0)
    return 0 * x, -1.5 * line, 0 * x


def _nose_lobule(x: Values, y: Values, z: Values) -> tuple[Values, Values, Values]:
    """Sides of the tip fuller, the groove over the wings softer."""
    near = _hump(np.hypot((np.abs(x) - 9) / 5, (z + 33) / 6), 1.0) * _before(y, -18)
    return 0.8 * np.sign(x) * near, -0.4 * near, 0 * x


def _nose_wing(x: Values, y: Values, z: Values) -> tuple[Values, Values, Values]:
    """The groove round the wing of the nose, and the wing swelling out of it."""
    off, place = _path(np.abs(x), z, ((9.0, -26.0), (14.5, -29.5), (18.5, -36.0), (18.5, -44.0)))
    near = rise(place, 0.0, 0.35) * _before(y, -10)
    groove, swell = _hump(off, 1.8) * near, _hump(off + 5.0, 2.6) * near
    return (0.35 * swell - 0.45 * groove) * np.sign(x), 0.55 * groove - 0.15 * swell, 0 * x


def _philtrum(x: Values, y: Values, z: Values) -> tuple[Values, Values, Values]:
    """Two ridges from the base of the nose to the peaks of the lip, a trough between them."""
    along_it = rise(z, -59.0, -55.5) * (1 - rise(z, -49.5, -46.5)) * _before(y, -20)
    ridges, trough = _hump(np.abs(x) - 5.0 - 0.1 * (z + 52), 1.5), _hump(x, 2.0)
    return 0 * x, (0.5 * trough - 0.5 * ridges) * along_it, 0 * x


def _midface(x: Values, y: Values, z: Values) -> tuple[Values, Values, Values]:
    """Flesh of the front of the cheek."""
    near = _hump(np.hypot((np.abs(x) - 35) / 15, (z + 27) / 13), 1.0) * _front(y)
    return 0.35 * np.sign(x) * near, -1.5 * near, 0 * x


def _nasolabial(x: Values, y: Values, z: Values) -> tuple[Values, Values, Values]:
    """The fold from the wing of the nose past the corner of the mouth: a groove, and a bulge beside it."""
    off, place = _path(np.abs(x), z, ((16.0, -38.0), (22.0, -48.0), (28.0, -60.0), (32.0, -74.0)))
    fade = (1 - rise(place, 0.75, 1.0) * 0.8) * _front(y)
    groove, bulge = _hump(off, 3.0) * fade, _hump(off - 7.5, 5.0) * fade
    return 0 * x, 0.6 * groove - 0.6 * bulge, -0.3 * bulge


def _jowls(x: Values, y: Values, z: Values) -> tuple[Values, Values, Values]:
    """Cheeks hang over the edge of the jaw, with a notch before them at the chin."""
    side: Values = np.abs(x)
    sack = _hump(np.hypot((side - 40) / 11, (z + 90) / 12), 1.0) * (1 - rise(y, 25, 50))
    notch = _hump(np.hypot((side - 24) / 6, (z + 98) / 9), 1.0) * _front(y)
    return (1.3 * sack - 0.5 * notch) * np.sign(x), -0.8 * sack + 0.6 * notch, -1.7 * sack


def _temple_hollow(x: Values, y: Values, z: Values) -> tuple[Values, Values, Values]:
    near = _hump(np.hypot((z - 22) / 17, (y - 22) / 17), 1.0) * rise(np.abs(x), 40, 58)
    return -1.4 * np.sign(x) * near, 0.4 * near, 0 * x


def _labiomental(x: Values, y: Values, z: Values) -> tuple[Values, Values, Values]:
    """The furrow between lower lip and chin, and the ball of the chin under it."""
    side = np.abs(x)
    furrow = _hump(z + 88 - 0.006 * side**2, 4.0) * _hump(x, 14) * _before(y, 5)
    ball = _hump(z + 100, 6.0) * _hump(x, 12) * _before(y, 5)
    return 0 * x, 1.0 * furrow - 0.7 * ball, 0 * x


def _jaw_angle(x: Values, y: Values, z: Values) -> tuple[Values, Values, Values]:
    """The corner of the jaw below the ear."""
    near = _hump(np.hypot((y - 38) / 17, (z + 72) / 15), 1.0) * rise(np.abs(x), 25, 48)
    return 1.7 * np.sign(x) * near, -0.3 * near, -0.8 * near


def _jaw_line(x: Values, y: Values, z: Values) -> tuple[Values, Values, Values]:
    """Width of the lower face between chin and jaw angle."""
    near = _hump(np.hypot((y - 14) / 18, (z + 85) / 16), 1.0) * rise(np.abs(x), 12, 36)
    return 1.4 * np.sign(x) * near, 0 * x, 0 * x


def _larynx(x: Values, y: Values, z: Values) -> tuple[Values, Values, Values]:
    near = _hump(np.hypot(x / 9, (z + 143) / 12), 1.0) * (1 - rise(y, 45, 75))
    return 0 * x, -2.2 * near, 0 * x


def _trapezius(x: Values, y: Values, z: Values) -> tuple[Values, Values, Values]:
    """The slope from neck to shoulder fuller and higher."""
    near = _hump(np.hypot((np.abs(x) - 88) / 34, (z + 165) / 30), 1.0) * rise(np.abs(x), 40, 75)
    near *= 1 - rise(-y, 20, 60)
    return 1.5 * np.sign(x) * near, 0 * x, 5.0 * near


def _face_depth(x: Values, y: Values, z: Values) -> tuple[Values, Values, Values]:
    """The middle of the face flat or drawn forward against its sides."""
    near = _hump(np.abs(x), 22) * rise(z, -75, -35) * (1 - rise(z, 8, 30)) * _front(y)
    return 0 * x, -1.3 * near, 0 * x


FEATURES: dict[str, Feature] = {
    "eye_depth": _eye_depth,
    "lid_crease": _lid_crease,
    "lid_hood": _lid_hood,
    "lid_fullness": _lid_fullness,
    "tear_trough": _tear_trough,
    "brow_bone": _brow_bone,
    "nose_dorsum": _nose_dorsum,
    "nose_lobule": _nose_lobule,
    "nose_wing": _nose_wing,
    "philtrum_depth": _philtrum,
    "midface": _midface,
    "smile_folds": _nasolabial,
    "jowls": _jowls,
    "temple_hollow": _temple_hollow,
    "labiomental": _labiomental,
    "jaw_angle": _jaw_angle,
    "jaw_line": _jaw_line,
    "larynx": _larynx,
    "trapezius": _trapezius,
    "face_depth": _face_depth,
}
"""By trait; a trait may have moves of the library's shapes besides."""

MINUS_SHARES = {
    "smile_folds": 0.15,
    "tear_trough": 0.1,
    "jowls": 0.4,
    "labiomental": 0.5,
    "larynx": 0.0,
    "lid_hood": 0.5,
    "lid_crease": 0.5,
}
"""How far a score of -1 goes the other way, where the opposite of a fold would be a ridge."""


BASE_FEATURES = {"lid_crease": 0.7, "nose_wing": 1.0, "philtrum_depth": 0.8, "jaw_angle": -0.6, "jaw_line": -0.5}
"""What of them is added to every head."""


def features(mean: Floats) -> dict[str, Floats]:
    """Return the displacements of ``FEATURES`` in metres; ``mean`` has its origin between the eyes."""
    x, y, z = mean.astype(np.float64).T * 1000.0
    return {name: along(*feature(x, y, z)) for name, feature in FEATURES.items()}


def _lid_margin(side: Values) -> Values:
    """Return the height of the upper lid's edge, millimetres over the eyes' centres, by distance from the middle plane."""
    u = (side - EYE_X_MM) / EYE_HALF_WIDTH_MM
    return np.asarray(UPPER_LID_MM * np.clip(1 - u**2, 0, 1))


def lids(mean: Floats) -> Floats:
    """Return displacements ``(2, V, 3)`` that raise the middle of the upper lids and lower that of the lower ones by 1 mm."""
    x, y, z = mean.astype(np.float64).T * 1000.0
    u = (np.abs(x) - EYE_X_MM) / (EYE_HALF_WIDTH_MM + 1.5)
    arch = np.clip(1 - u**2, 0, 1) ** 0.8 * _before(y, -3)
    shares = np.clip(1 - u**2, 0, 1)
    over, under = z - UPPER_LID_MM * shares, LOWER_LID_MM * shares - z
    middle = (UPPER_LID_MM + LOWER_LID_MM) / 2 * shares
    upper = arch * (1 - rise(over, 1.0, 9.0)) * (z > middle)
    lower = arch * (1 - rise(under, 1.0, 8.0)) * (z <= middle)
    return np.stack([along(0 * x, 0 * x, upper), along(0 * x, 0 * x, -lower)])


def deep_nostrils(mean: Floats) -> Floats:
    """Return a displacement that makes the mean head's shallow nostrils deep enough to be dark."""
    x, y, z = mean.astype(np.float64).T * 1000.0
    inside = 1 - rise(np.hypot((np.abs(x) - 8.6) / 3.2, (y + 31.0) / 3.6), 0.55, 1.05)
    inside *= rise(z, -43.5, -41.0) * (1 - rise(z, -38.8, -37.0))
    rim = _hump(np.hypot((np.abs(x) - 11.0) / 3.4, (z + 45.5) / 2.6), 1.0) * rise(-y, 20, 24) * (1 - inside)
    return along(0 * x, 1.5 * inside, 6.0 * inside + 1.3 * rim)


def form_areas(mean: Floats) -> dict[str, Values]:
    """Return soft shares of the head that sum to one above the neck: eyes, nose, mouth, and three parts of the frame."""
    x, y, z = mean.astype(np.float64).T * 1000.0
    side = np.abs(x)
    head = rise(z - 0.55 * np.clip(y, 0, 80), -150, -105)
    front = 1 - rise(y, 0, 40)
    flare = 0.25 * np.clip(z, -40, 20)
    nose = (1 - rise(side, 12 - flare, 24 - flare)) * rise(z, -58, -46) * (1 - rise(z, 0, 14)) * (1 - rise(y, -14, 5))
    mouth = (1 - rise(side, 24, 46)) * rise(z, -100, -80) * (1 - rise(z, -58, -46)) * front
    eyes = (1 - rise(side, 46, 66)) * rise(z, -24, -8) * (1 - rise(z, 18, 40)) * front * (1 - nose)
    frame = (1 - eyes - nose - mouth) * head
    high, low = rise(z, 4, 44), 1 - rise(z, -84, -44)
    return {
        "eye": eyes * head,
        "nose": nose * head,
        "mouth": mouth * head,
        "forehead": frame * high,
        "cheek": frame * (1 - high - low),
        "jaw": frame * low,
    }
