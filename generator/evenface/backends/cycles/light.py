"""Light of a shot as an array of linear radiance, exposed by a grey card on the face; pure numpy.

The card is held where the skin is measured, against both cheeks and the forehead, and read as the skin is: the mean of its lit
part. The light is divided by that reading, each primary by itself. So the lightness of a lit cheek in the picture is that of
its skin, whatever the light, but for what the shot sets for exposure and white balance. Nothing here depends on the person: in
a shot of the schedule everybody stands in the same light, exposed alike.
"""

from __future__ import annotations

from functools import cache, lru_cache
from importlib.util import find_spec
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from evenface.backends.cycles.camera import View
from evenface.errors import EvenfaceError
from evenface.processor import product
from evenface.records import Shot
from evenface.vocabulary import LIT_LEVEL, LIT_RANGE

__all__ = [
    "CONTRAST",
    "LUMINANCE",
    "MAP_SHAPE",
    "build_light",
    "card_reading",
    "environment",
    "light_on",
    "look_up",
    "turn_directions",
    "warm_factors",
]

Wide = NDArray[np.float64]

MAP_SHAPE = (128, 256)
"""Rows and columns of the light map: 1.4 degrees a pixel, finer than any shadow on a face needs."""
CONTRAST = 3.0
"""The most by which the light on one cheek or the forehead may exceed that on another; an even fill sees to it."""
LUMINANCE = (0.2126, 0.7152, 0.0722)
"""What each sRGB primary adds to luminance (Rec. 709)."""
_SOFTBOXES = "softboxes"
SOFTBOX_SHARES = (0.62, 0.16, 0.42)
"""Of the softbox, of even light, and of the dome before the face in the light of the reference shot."""

# Where cheeks and forehead of the mean head face, degrees from straight ahead: to the person's left, up, share of the area.
_CHEEK = ((15.0, 8.0), (25.0, 5.0), (35.0, 0.0), (45.0, -5.0), (55.0, -6.0), (65.0, -7.0))
_FOREHEAD = ((-46.0, 0.046), (-35.0, 0.036), (-25.0, 0.036), (-15.0, 0.032), (-5.0, 0.065))
_PLACES = np.array(
    [
        *((side * yaw, pitch, 0.0475) for side in (-1, 1) for yaw, pitch in _CHEEK),
        *((side * yaw, 17.0, share) for side in (-1, 1) for yaw, share in _FOREHEAD),
    ]
)
_PARTS = (6, 12)  # One cheek, the other, the forehead.


class _Setting(NamedTuple):
    """The fields of a shot that say how it is lit."""

    light: str
    yaw_degrees: float
    pitch_degrees: float
    radius_degrees: float
    warmth_mired: float
    fill: float


@cache
def environment(name: str) -> Wide:
    """Read an environment of Blender's ``(H, W, 3)``, first row lowest; equirectangular."""
    import OpenEXR

    spec = find_spec("bpy")
    roots = [Path(place) for place in (spec.submodule_search_locations or [])] if spec else []
    found = [path for root in roots for path in sorted(root.glob(f"*/datafiles/studiolights/world/{name}.exr"))]
    if not found:
        raise EvenfaceError(
            f"Blender's environment {name!r} was not found beside the bpy package.", "pip install --force-reinstall bpy"
        )
    channels = OpenEXR.File(str(found[0])).channels()
    pixels = channels["RGB"].pixels if "RGB" in channels else channels["RGBA"].pixels[..., :3]
    # A sun of thousands would speckle the picture; bounded at 60 times the mean.
    pixels = np.asarray(pixels, dtype=np.float64)[::-1]
    return np.minimum(pixels, 60 * pixels.mean())


@cache
def _coarse(name: str) -> Wide:
    """Return an environment averaged down to ``MAP_SHAPE``, so that no small lamp falls between two samples."""
    image = environment(name)
    rows, columns = image.shape[0] // MAP_SHAPE[0], image.shape[1] // MAP_SHAPE[1]
    return np.asarray(image.reshape(MAP_SHAPE[0], rows, MAP_SHAPE[1], columns, 3).mean(axis=(1, 3)))


@cache
def _directions(shape: tuple[int, int]) -> Wide:
    """Return unit directions ``(H, W, 3)`` of the pixels of an equirectangular map as Cycles lays it out, first row lowest."""
    rows, columns = shape
    polar = ((np.arange(rows) + 0.5) / rows - 0.5) * np.pi
    turn = -((np.arange(columns) + 0.5) / columns - 0.5) * 2 * np.pi
    flat = np.cos(polar)[:, None]
    return np.stack([flat * np.cos(turn), flat * np.sin(turn), np.sin(polar)[:, None] + 0 * turn], axis=-1)


def look_up(image: Wide, directions: Wide) -> Wide:
    """Sample an equirectangular map bilinearly in the given directions."""
    rows, columns = image.shape[:2]
    across = (0.5 - np.arctan2(directions[..., 1], directions[..., 0]) / (2 * np.pi)) * columns - 0.5
    down = (np.arcsin(np.clip(directions[..., 2], -1, 1)) / np.pi + 0.5) * rows - 0.5
    x0, y0 = np.floor(across).astype(int), np.floor(down).astype(int)
    fx, fy = (across - x0)[..., None], (down - y0)[..., None]
    left, right = x0 % columns, (x0 + 1) % columns
    low, high = np.clip(y0, 0, rows - 1), np.clip(y0 + 1, 0, rows - 1)
    below = image[low, left] * (1 - fx) + image[low, right] * fx
    above = image[high, left] * (1 - fx) + image[high, right] * fx
    return np.asarray(below * (1 - fy) + above * fy)


def turn_directions(directions: Wide, degrees: float) -> Wide:
    """Turn directions round the vertical."""
    turn = np.radians(degrees)
    about_z = np.array([[np.cos(turn), -np.sin(turn), 0], [np.sin(turn), np.cos(turn), 0], [0, 0, 1]])
    return np.asarray(product(directions, about_z.T))


def warm_factors(mired: float) -> Wide:
    """Return the factors of red, green and blue, green 1, by which light changes when its colour temperature moves by ``mired``.

    Wien's law at 610, 550 and 465 nm: the ratio of two wavelengths goes with exp(c2 (1/b - 1/a) d(1/T)), c2 = 0.014388 m K.
    """
    wavelengths = np.array([610e-9, 550e-9, 465e-9])
    return np.asarray(np.exp(0.014388 * (1 / wavelengths[1] - 1 / wavelengths) * mired * 1e-6))


def _facing(yaw_degrees: Wide | float, pitch_degrees: Wide | float) -> Wide:
    """Return unit vectors ``(..., 3)`` from the face: to the right of the picture, and up, of straight ahead."""
    yaw, pitch = np.radians(yaw_degrees), np.radians(pitch_degrees)
    return np.stack([np.sin(yaw) * np.cos(pitch), -np.cos(yaw) * np.cos(pitch), np.sin(pitch)], axis=-1)


_NORMALS = _facing(_PLACES[:, 0], _PLACES[:, 1])


@cache
def _receiving() -> Wide:
    """Return the share of each pixel of a map, of half the rows and columns, on each place of the face ``(pixels, places)``."""
    rows, columns = MAP_SHAPE[0] // 2, MAP_SHAPE[1] // 2
    directions = _directions((rows, columns))
    area = np.sqrt(np.clip(1 - directions[..., 2] ** 2, 0, 1)) * (np.pi / rows) * (2 * np.pi / columns)
    return np.asarray((np.clip(product(directions, _NORMALS.T), 0, None) * area[..., None]).reshape(rows * columns, -1) / np.pi)


def light_on(radiance: Wide) -> Wide:
    """Return what white cards read at the places of the face ``(22, 3)``, six on each cheek and ten on the forehead.

    Args:
        radiance: A light map in the head's axes.
    """
    rows, columns = MAP_SHAPE[0] // 2, MAP_SHAPE[1] // 2
    halved = radiance.reshape(rows, 2, columns, 2, 3).mean(axis=(1, 3)).reshape(-1, 3)
    return np.asarray(product(_receiving().T, halved))


def card_reading(radiance: Wide, rotation: Wide) -> Wide:
    """Return what a white card on the face reads ``(3,)``: the lit part of what the camera sees of cheeks and forehead.

    Args:
        radiance: A light map in the head's axes.
        rotation: The view's, from which follows how much of each place the camera sees.
    """
    reads = light_on(radiance)
    seen = np.clip(-(product(_NORMALS, rotation.T))[:, 1], 0.02, None) * _PLACES[:, 2]
    light = product(reads, LUMINANCE)
    order = np.argsort(light, kind="stable")
    lit = light[order][np.searchsorted(np.cumsum(seen[order]), LIT_LEVEL * seen.sum())]
    share = seen * (np.abs(light - lit) <= LIT_RANGE * lit)
    return np.asarray(product(share, reads) / share.sum())


def _lamp(directions: Wide, yaw_degrees: float, pitch_degrees: float, radius_degrees: float) -> Wide:
    """Return a disc with a soft rim, bright enough to give a card that faces it 1; ``(H, W)``."""
    angle = np.degrees(np.arccos(np.clip(product(directions, _facing(yaw_degrees, pitch_degrees)), -1, 1)))
    disc = 1 / (1 + np.exp(np.clip((angle - radius_degrees) / max(0.18 * radius_degrees, 0.8), -50, 50)))
    return np.asarray(disc / np.sin(np.radians(radius_degrees)) ** 2)


def _around(directions: Wide) -> Wide:
    """Return what a bright room or an open sky sends from all sides, most from above, least from the ground; ``(H, W)``."""
    return np.asarray(1.0 + 0.5 * directions[..., 2] - 0.2 * directions[..., 1])


@lru_cache(maxsize=4)
def _build_map(setting: _Setting, turn: tuple[tuple[float, ...], ...]) -> Wide:
    rotation = np.array(turn)
    directions = product(_directions(MAP_SHAPE), rotation.T)
    radiance = _key(setting, directions)
    if setting.light != _SOFTBOXES:
        radiance = _add_fill(radiance, np.repeat(_around(directions)[..., None], 3, axis=-1), setting.fill)
    light = np.asarray(radiance / card_reading(radiance, rotation))
    light.flags.writeable = False
    return light


def _key(setting: _Setting, directions: Wide) -> Wide:
    """Return the light of a shot before fill and exposure ``(H, W, 3)``."""
    light, yaw = setting.light, setting.yaw_degrees
    if not setting.radius_degrees:  # Not a lamp but an environment.
        return look_up(_coarse(light), turn_directions(directions, yaw))
    lamp = _lamp(directions, yaw, setting.pitch_degrees, setting.radius_degrees)
    if light == _SOFTBOXES:
        # With a dome before the face: what lamps at the sides light, long hair and head coverings shade.
        angle = np.degrees(np.arccos(np.clip(-directions[..., 1], -1, 1)))
        box, even, dome = SOFTBOX_SHARES
        lamp = box * lamp + even + dome / (1 + np.exp((angle - 62) / 6.0))
    elif light == "rim":
        lamp = lamp + 1.3 * _lamp(directions, -140.0 if yaw > 0 else 140.0, 35.0, 12.0)
    return np.asarray(lamp[..., None] * warm_factors(setting.warmth_mired))


def _add_fill(key: Wide, fill: Wide, share: float) -> Wide:
    """Mix two lights by their share in what falls on the face, with as much more fill as ``CONTRAST`` needs."""
    lit, even = (product(light_on(each), LUMINANCE) for each in (key, fill))
    key, fill, lit, even = key / lit.mean(), fill / even.mean(), lit / lit.mean(), even / even.mean()
    mixed = [np.array([part.mean() for part in np.split(each, _PARTS)]) for each in (lit, even)]
    while share < 1 and _contrast((1 - share) * mixed[0] + share * mixed[1]) > CONTRAST:
        share = min(share + 0.01, 1.0)
    return np.asarray((1 - share) * key + share * fill)


def _contrast(parts: Wide) -> float:
    return float(parts.max() / parts.min())


def build_light(shot: Shot, view: View) -> Wide:
    """Return the light of a shot as a map ``(H, W, 3)`` in the head's axes, ``MAP_SHAPE``, first row lowest.

    The last few are kept, so that the reference shots of all people share one and the same array.
    """
    setting = _Setting(
        shot.light,
        shot.light_yaw_degrees,
        shot.light_pitch_degrees,
        shot.light_radius_degrees,
        shot.light_warmth_mired,
        shot.light_fill,
    )
    return _build_map(setting, tuple(tuple(map(float, row)) for row in view.rotation))
