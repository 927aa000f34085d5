"""Light and background of a shot as arrays of linear radiance, exposed by a grey card at the face; pure numpy.

A card that faces the camera reads its own reflectance: the light is divided by what would fall on a white card, with an
automatic white balance that takes away most of its colour. So a cheek's lightness in the picture is that of its skin, whatever
the surroundings, but for shading and ``exposure_ev``.
"""

from __future__ import annotations

from functools import cache
from importlib.util import find_spec
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from evenface.backends.cycles.camera import View
from evenface.errors import EvenfaceError
from evenface.records import Shot

__all__ = ["MAP_SHAPE", "backdrop", "build_light", "developed"]

Wide = NDArray[np.float64]

MAP_SHAPE = (128, 256)
"""Rows and columns of the light map: 1.4 degrees a pixel, finer than any shadow on a face needs."""
WHITE_BALANCE = 0.8
"""How much of the light's colour a camera takes away."""


@cache
def _environment(name: str) -> Wide:
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
    # A sun of thousands would speckle the picture and burn the skin; bounded at 60 times the mean.
    pixels = np.asarray(pixels, dtype=np.float64)[::-1]
    return np.minimum(pixels, 60 * pixels.mean())


@cache
def _coarse(name: str) -> Wide:
    """An environment averaged down to ``MAP_SHAPE``, so that no small lamp falls between two samples."""
    image = _environment(name)
    rows, columns = image.shape[0] // MAP_SHAPE[0], image.shape[1] // MAP_SHAPE[1]
    return np.asarray(image.reshape(MAP_SHAPE[0], rows, MAP_SHAPE[1], columns, 3).mean(axis=(1, 3)))


def _directions(shape: tuple[int, int]) -> Wide:
    """Unit directions ``(H, W, 3)`` of the pixels of an equirectangular map as Cycles lays it out, first row lowest."""
    rows, columns = shape
    polar = ((np.arange(rows) + 0.5) / rows - 0.5) * np.pi
    turn = -((np.arange(columns) + 0.5) / columns - 0.5) * 2 * np.pi
    flat = np.cos(polar)[:, None]
    return np.stack([flat * np.cos(turn), flat * np.sin(turn), np.sin(polar)[:, None] + 0 * turn], axis=-1)


def _looked_up(image: Wide, directions: Wide) -> Wide:
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


def _softboxes(directions: Wide) -> Wide:
    """A wide white dome in front and a fifth as much light all round.

    Lamps at the sides would be even for a bare head only: long hair and head coverings shade what they light.
    """
    angle = np.degrees(np.arccos(np.clip(-directions[..., 1], -1, 1)))
    radiance = 0.2 + 0.8 / (1 + np.exp((angle - 66) / 6.0))
    return np.repeat(radiance[..., None], 3, axis=-1)


def _turned(directions: Wide, degrees: float) -> Wide:
    turn = np.radians(degrees)
    about_z = np.array([[np.cos(turn), -np.sin(turn), 0], [np.sin(turn), np.cos(turn), 0], [0, 0, 1]])
    return np.asarray(directions @ about_z.T)


@cache
def _balance(light: str, light_yaw_degrees: float) -> tuple[float, float, float]:
    """What to multiply an environment with, so that a white card that faces the camera is white."""
    directions = _directions(MAP_SHAPE)
    radiance = _looked_up(_coarse(light), _turned(directions, light_yaw_degrees))
    area = np.sqrt(np.clip(1 - directions[..., 2] ** 2, 0, 1)) * (np.pi / MAP_SHAPE[0]) * (2 * np.pi / MAP_SHAPE[1])
    facing = np.clip(-directions[..., 1], 0, None) * area
    card = (radiance * facing[..., None]).sum(axis=(0, 1)) / np.pi
    grey = float(card @ (0.2126, 0.7152, 0.0722))
    red, green, blue = 1 / (card**WHITE_BALANCE * grey ** (1 - WHITE_BALANCE))
    return float(red), float(green), float(blue)


# Where the cheeks and the forehead face, seen from the camera: a colorimeter's places, and so the card's.
_LEANS = ((-38.0, 0.0), (38.0, 0.0), (0.0, 28.0))


def _card(directions: Wide) -> Wide:
    """Return what a white card reads under the softboxes, held against either cheek and the forehead in turn; ``(3,)``."""
    upright = _directions(MAP_SHAPE)
    area = np.sqrt(np.clip(1 - upright[..., 2] ** 2, 0, 1)) * np.pi / MAP_SHAPE[0] * 2 * np.pi / MAP_SHAPE[1]
    reads = []
    for yaw, pitch in np.radians(_LEANS):
        facing = np.array([np.sin(yaw) * np.cos(pitch), -np.cos(yaw) * np.cos(pitch), np.sin(pitch)])
        weight = np.clip(directions @ facing, 0, None) * area
        reads.append((_softboxes(directions) * weight[..., None]).sum(axis=(0, 1)) / np.pi)
    return np.asarray(np.mean(reads, axis=0))


def build_light(shot: Shot, view: View) -> Wide:
    """Return the light of a shot as a map ``(H, W, 3)`` in the head's axes, ``MAP_SHAPE``, first row lowest."""
    directions = _directions(MAP_SHAPE) @ view.rotation.T
    if shot.light == "softboxes":
        radiance = _softboxes(directions)
        return np.asarray(radiance / _card(directions))
    surroundings = _looked_up(_coarse(shot.light), _turned(directions, shot.light_yaw_degrees))
    surroundings = surroundings * np.array(_balance(shot.light, shot.light_yaw_degrees))
    return np.asarray((1 - shot.light_fill) * surroundings + shot.light_fill)


def backdrop(shot: Shot, view: View) -> Wide:
    """Return what stands behind the person, ``(size, size, 3)`` linear, before ``exposure_ev``."""
    if shot.background != "environment" or shot.light == "softboxes":
        return np.broadcast_to(np.array(shot.background_rgb), (shot.size_px, shot.size_px, 3)).astype(np.float64)
    blurred = _blurred(shot.light, round(1 + 5 * shot.background_blur))
    radiance = _looked_up(blurred, _turned(view.rays(), shot.light_yaw_degrees))
    return np.asarray(np.minimum(radiance * np.array(_balance(shot.light, shot.light_yaw_degrees)), 1.2))


@cache
def _blurred(name: str, sigma: int) -> Wide:
    from scipy.ndimage import gaussian_filter

    image = np.minimum(_environment(name), 4 * _environment(name).mean())
    return np.asarray(gaussian_filter(image, (sigma, sigma, 0), mode=("nearest", "wrap", "nearest")))


def developed(linear: Wide, exposure_ev: float) -> NDArray[np.uint8]:
    """Expose and encode linear sRGB ``(H, W, 3)``: straight to 0.9, then a shoulder that keeps pale skin from burning out."""
    exposed = np.clip(linear * 2.0**exposure_ev, 0, None)
    exposed = np.where(exposed < 0.9, exposed, 0.9 + 0.1 * (1 - np.exp(-(exposed - 0.9) / 0.1)))
    encoded = np.where(exposed <= 0.0031308, 12.92 * exposed, 1.055 * exposed ** (1 / 2.4) - 0.055)
    return np.asarray(np.round(encoded * 255), dtype=np.uint8)
