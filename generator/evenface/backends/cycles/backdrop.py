"""What stands behind the person of a shot, as an array of linear radiance; pure numpy, no choice but that of the shot's seed.

Surroundings are drawn sharp on a small canvas and blurred with a disc, as a lens blurs what is far behind its focus. They are
exposed for themselves: their middle lies ``background_ev`` from mid-grey, so that no background burns out or drowns as a whole.
"""

from __future__ import annotations

from functools import cache

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter, zoom
from scipy.signal import fftconvolve

from evenface.backends.cycles.camera import SENSOR_MM
from evenface.backends.cycles.light import LUMINANCE, environment, look_up, turn_directions
from evenface.processor import product
from evenface.records import Shot
from evenface.rng import rng_for

__all__ = ["backdrop"]

Wide = NDArray[np.float64]

CANVAS_PX = 144
"""Side of the picture's part of the canvas: what is out of focus has no finer detail."""
_MARGIN_PX = 16
_SIDE = CANVAS_PX + 2 * _MARGIN_PX
_MID_GREY = 0.18
_DARKEST = 0.035
"""Floor of a wall: black hair, at about 0.01, is still seen before it."""


_FURNITURE = np.array(
    [
        (0.02, 0.02, 0.02),
        (0.10, 0.06, 0.03),
        (0.26, 0.16, 0.08),
        (0.45, 0.35, 0.24),
        (0.60, 0.58, 0.54),
        (0.20, 0.20, 0.21),
        (0.08, 0.13, 0.20),
        (0.10, 0.16, 0.10),
        (0.30, 0.08, 0.06),
        (0.50, 0.40, 0.12),
    ]
)
"""Colours of what stands and hangs in rooms: wood, cloth, paper, paint; linear light."""


def backdrop(shot: Shot) -> Wide:
    """Return what stands behind the person, ``(size, size, 3)`` linear, before the camera's exposure."""
    if shot.background == "grey":
        return np.broadcast_to(np.array(shot.background_rgb), (shot.size_px, shot.size_px, 3)).astype(np.float64)
    rng = rng_for(shot.seed, "background")
    if shot.background in ("wall", "backdrop"):
        canvas = np.maximum(_surface(rng, shot) * np.array(shot.background_rgb) * 2.0**shot.background_ev, _DARKEST)
    else:
        scene = (
            _surroundings(shot)
            if shot.background == "environment"
            else _greenery(rng)
            if shot.background == "greenery"
            else _room(rng, shot)
        )
        canvas = _out_of_focus(_expose(scene, shot.background_ev), shot.background_blur)
    return _fit(canvas[_MARGIN_PX:-_MARGIN_PX, _MARGIN_PX:-_MARGIN_PX], shot.size_px)


@cache
def _places() -> tuple[Wide, Wide]:
    """Return places on the canvas in picture widths from its middle: to the right, and down."""
    steps = (np.arange(_SIDE) + 0.5 - _SIDE / 2) / CANVAS_PX
    across, down = np.meshgrid(steps, steps)
    return across, down


def _noise(rng: np.random.Generator, size: float) -> Wide:
    """Return smooth noise of unit variance; ``size`` of its patches in picture widths."""
    field = gaussian_filter(rng.standard_normal((_SIDE, _SIDE)), size * CANVAS_PX, mode="wrap", truncate=2.5)
    return np.asarray(field / field.std())


def _surface(rng: np.random.Generator, shot: Shot) -> Wide:
    """Return light on a wall or a backdrop, about 1 ``(side, side, 1)``: falling off to one side, or round a lamp's spot."""
    across, down = _places()
    if shot.background == "backdrop":
        x, y, size = rng.uniform(-0.25, 0.25), rng.uniform(-0.3, 0.1), rng.uniform(0.35, 0.6)
        light = 0.45 + 0.75 * np.exp(-((across - x) ** 2 + (down - y) ** 2) / (2 * size**2)) + 0.07 * _noise(rng, 0.09)
    else:
        turn, slope = rng.uniform(0, 2 * np.pi), rng.uniform(0.1, 0.75)
        light = 1 + slope * (np.cos(turn) * across + np.sin(turn) * down) + 0.02 * _noise(rng, 0.16)
    return np.asarray(np.clip(light, 0.1, None)[..., None])


def _room(rng: np.random.Generator, shot: Shot) -> Wide:
    """Build a wall with furniture, pictures, doors and, in one room of two, a window or a lamp."""
    across, down = _places()
    canvas = np.array(shot.background_rgb) * (1 + 0.4 * rng.uniform(-1, 1) * across)[..., None]
    for _ in range(rng.integers(5, 11)):
        wide, high = rng.uniform(0.06, 0.45), rng.uniform(0.05, 0.6)
        x, y = rng.uniform(-0.6, 0.6), rng.uniform(-0.5, 0.6)
        paint = _FURNITURE[rng.integers(len(_FURNITURE))] * rng.uniform(0.5, 1.3)
        canvas[(abs(across - x) < wide / 2) & (abs(down - y) < high / 2)] = paint
    if rng.random() < 0.5:
        x, y, wide, high = rng.uniform(-0.6, 0.6), rng.uniform(-0.5, 0.0), rng.uniform(0.08, 0.3), rng.uniform(0.1, 0.5)
        canvas[(abs(across - x) < wide / 2) & (abs(down - y) < high / 2)] = rng.uniform(1.2, 3.0) * np.array([0.95, 1.0, 1.04])
    return np.asarray(canvas)


def _greenery(rng: np.random.Generator) -> Wide:
    """Build leaves in light and shade, with gaps to the sky above."""
    _, down = _places()
    light = np.exp(0.9 * _noise(rng, 0.03) + 0.5 * _noise(rng, 0.12))
    leaf = np.array([0.10, 0.16, 0.05]) * rng.uniform(0.7, 1.3, 3)
    earth = np.array([0.16, 0.13, 0.08])
    share = np.clip(0.5 + 0.35 * _noise(rng, 0.10) + 0.8 * (down - rng.uniform(0.1, 0.5)), 0, 1)[..., None]
    canvas = (leaf * (1 - share) + earth * share) * light[..., None]
    sky = (_noise(rng, 0.02) + 0.6 * _noise(rng, 0.10) - 3.0 * down) > rng.uniform(1.2, 2.6)
    canvas[sky] = np.array([0.75, 0.86, 1.0]) * rng.uniform(0.7, 1.6)
    return np.asarray(canvas)


def _surroundings(shot: Shot) -> Wide:
    """Return the part of an environment that the lens sees, most of its colour taken away as a camera's white balance does."""
    image = environment(shot.background_scene)
    slope = SENSOR_MM / shot.focal_length_mm
    across, down = _places()
    rays = np.stack([(across - shot.offset_x) * slope, np.ones_like(across), -(down - shot.offset_y) * slope], axis=-1)
    rays /= np.linalg.norm(rays, axis=-1, keepdims=True)
    colour = image.mean(axis=(0, 1))
    return np.asarray(look_up(image, turn_directions(rays, shot.background_yaw_degrees)) * (colour.mean() / colour) ** 0.7)


def _expose(scene: Wide, ev: float) -> Wide:
    """Put the middle of the scene ``ev`` stops from mid-grey, or lower where more than a tenth of it would burn out."""
    luminance = product(scene, LUMINANCE)
    middle = float(np.exp(np.log(np.maximum(luminance, 1e-3 * luminance.max())).mean()))
    factor = min(_MID_GREY * 2.0**ev / middle, 1.0 / float(np.percentile(luminance, 90)))
    return np.asarray(np.minimum(scene * factor, 6.0))


def _out_of_focus(scene: Wide, blur: float) -> Wide:
    radius = (0.012 + 0.06 * blur) * CANVAS_PX
    reach = int(np.ceil(radius))
    steps = np.arange(-reach, reach + 1)
    disc = np.clip(radius + 0.5 - np.hypot(*np.meshgrid(steps, steps)), 0, 1)
    padded = np.pad(scene, ((reach, reach), (reach, reach), (0, 0)), mode="edge")
    return np.asarray(np.clip(fftconvolve(padded, disc[..., None] / disc.sum(), mode="valid", axes=(0, 1)), 0, None))


def _fit(canvas: Wide, size_px: int) -> Wide:
    if size_px == CANVAS_PX:
        return canvas
    factor = size_px / CANVAS_PX
    if factor < 1:
        canvas = gaussian_filter(canvas, (0.4 / factor, 0.4 / factor, 0))
    grown = zoom(canvas, (factor, factor, 1), order=1, mode="nearest", grid_mode=True)
    return np.asarray(grown)
