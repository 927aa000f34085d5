"""What is painted between the vertices: pigments above or below the skin's own, and relief, on the face map; pure numpy.

Noise is keyed by a seed and a word: smooth over places of the head, or grain over the face map.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter

from evenface.backends.cycles.pigment import SPECTRA
from evenface.backends.cycles.skin.facemap import SIZE, TEXEL_HIGH_MM, FaceMap, enlarge
from evenface.processor import product
from evenface.rng import rng_for

__all__ = ["Canvas", "Window", "blank", "detail_pixels", "grain", "stamp", "waves", "window"]

Floats = NDArray[np.float32]
Wide = NDArray[np.float64]
Window = tuple[slice, slice]


@dataclass(frozen=True, slots=True)
class Canvas:
    """Fields ``(SIZE, SIZE)``, first row lowest, that painters add to: amounts of pigment, and height in millimetres."""

    melanin: Floats
    blood: Floats
    height_mm: Floats


def blank() -> Canvas:
    """Return skin without any detail."""
    return Canvas(*(np.zeros((SIZE, SIZE), np.float32) for _ in range(3)))


def window(face: FaceMap, x_mm: tuple[float, float], z_mm: tuple[float, float]) -> Window:
    """Return the texels between two places across, in either order, and two up, so that a painter need not look at all."""
    left, right = sorted(x_mm)
    rows = np.flatnonzero((face.z_mm[:, 0] > z_mm[0]) & (face.z_mm[:, 0] < z_mm[1]))
    within = ((face.x_mm[rows] > left) & (face.x_mm[rows] < right)).any(axis=0)
    columns = np.flatnonzero(within)
    return slice(rows[0], rows[-1] + 1), slice(columns[0], columns[-1] + 1)


def stamp(
    target: Floats, face: FaceMap, at: NDArray[np.int64], radii_mm: Floats, amounts: Floats, turn: Floats, power: float = 4.0
) -> None:
    """Add round spots that are not quite round.

    Args:
        at: Row and column of each ``(n, 2)``.
        turn: Angle of each spot's own shape, radians.
        power: 2 fades from the middle, 4 and more has an edge.
    """
    if not len(at):
        return
    reach = int(np.ceil(1.7 * float(radii_mm.max()) / 0.3))
    dy, dx = np.mgrid[-reach : reach + 1, -reach : reach + 1].reshape(2, -1)
    rows, columns = at[:, :1] + dy, at[:, 1:] + dx
    held = (rows >= 0) & (rows < SIZE) & (columns >= 0) & (columns < SIZE)
    breadth = face.texel_mm[at[:, 0], at[:, 1]][:, None]
    across, up = dx * breadth, dy * np.float32(TEXEL_HIGH_MM)
    angle = np.arctan2(up, across) + turn[:, None]
    edge = radii_mm[:, None] * (1 + 0.16 * np.cos(2 * angle) + 0.10 * np.cos(3 * angle + 2 * turn[:, None]))
    shape = amounts[:, None] * np.exp(-((np.hypot(across, up) / edge) ** power))
    keep = held & (np.abs(shape) > 0.004)
    np.add.at(target, (rows[keep], columns[keep]), shape[keep].astype(np.float32))


def detail_pixels(canvas: Canvas, face: FaceMap, brown: Wide) -> Floats:
    """Return ``(SIZE, SIZE, 4)``: a factor on the colour of the vertices, and height in millimetres in the last channel.

    Args:
        brown: What the melanin of spots absorbs at each primary ``(3,)``.
    """
    pixels = np.empty((SIZE, SIZE, 4), np.float32)
    red = SPECTRA[2].astype(np.float32)
    melanin, blood = canvas.melanin * face.inside, canvas.blood * face.inside
    for channel in range(3):
        pixels[..., channel] = np.exp(-(melanin * np.float32(brown[channel]) + blood * red[channel]))
    pixels[..., 3] = canvas.height_mm * face.inside
    return pixels


def waves(points_mm: Floats, wavelength_mm: float, seed: int, key: str, count: int = 24) -> Floats:
    """Return smooth noise of unit variance at ``points_mm`` (N, 3): a sum of plane waves of keyed direction and phase."""
    rng = rng_for(seed, "waves", key)
    direction = rng.normal(size=(count, 3))
    direction *= (
        rng.uniform(0.6, 1.5, (count, 1)) * (2 * np.pi / wavelength_mm) / np.linalg.norm(direction, axis=1, keepdims=True)
    )
    # Single precision: noise needs no more, and this is most of the cost of a skin.
    turn = product(points_mm, direction.T.astype(np.float32)) + rng.uniform(0, 2 * np.pi, count).astype(np.float32)
    return np.asarray(np.cos(turn).sum(axis=1) * np.float32(np.sqrt(2 / count)), np.float32)


def grain(sigma_texels: float, seed: int, key: str, *, coarser: int = 1) -> Floats:
    """Return noise of unit variance on the face map ``(SIZE, SIZE)``; ``coarser`` works it out on fewer texels."""
    side = SIZE // coarser
    white = rng_for(seed, "grain", key).standard_normal((side, side), dtype=np.float32)
    smooth = gaussian_filter(white, sigma_texels / coarser, mode="nearest", truncate=2.5)
    smooth /= max(float(smooth.std()), 1e-6)
    return enlarge(smooth) if coarser > 1 else smooth
