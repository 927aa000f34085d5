"""What lies behind the pixels of a render: passes of Cycles come in, depth and normals go out; pure numpy."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import binary_dilation, distance_transform_edt, gaussian_filter

from evenface.backends.cycles.camera import SENSOR_MM, View
from evenface.processor import product

__all__ = ["seen_surfaces"]

Floats = NDArray[np.float32]
Wide = NDArray[np.float64]
Bits = NDArray[np.bool_]

_NOTHING_M = 1e9
"""Cycles says 1e10 m where a ray meets nothing."""
_COVERED = 0.5
"""Share of a pixel that is covered from which on it counts as the surface's."""
_LOCK = 0.012
"""Standard deviation, in picture widths, over which strands form a shape."""


def seen_surfaces(coverage: Floats, depth: Floats, normals: Floats, strands: Bits, view: View) -> tuple[Floats, Floats]:
    """Return the depth ``(H, W)`` in metres and the unit normals ``(H, W, 3)`` in the camera's axes, as a ``Guide`` has them.

    Both end where the picture's own outline does: the depth pass knows a single ray a pixel, which beside an outline may have
    met nothing, and then the nearest pixel that met something answers. A strand has no normal of its own, so hair gets that of
    the shape that it forms.

    Args:
        coverage: ``(H, W)``, 0 to 1.
        depth: ``(H, W)``, along the view axis.
        normals: ``(H, W, 3)`` in the head's axes, means over a pixel, of any length.
        strands: ``(H, W)``, where a strand was met.
    """
    met = depth < _NOTHING_M
    if not met.any():
        return np.full(depth.shape, np.inf, np.float32), np.zeros(normals.shape, np.float32)
    there = coverage >= _COVERED
    near = tuple(distance_transform_edt(~met, return_distances=False, return_indices=True))
    whole = depth[near].astype(np.float64)
    right, away, up = view.rotation
    turned = product(normals.astype(np.float64), np.array([right, up, -away]).T)
    # Beside a strand, and round its pixel, the mean is spoilt; what turns away is not seen.
    spoilt = binary_dilation(strands[near], np.ones((3, 3))) | (turned[..., 2] <= 0)
    facing = np.where(spoilt[..., None], _shape_normals(whole, there, view), turned)
    unit = facing / np.linalg.norm(facing, axis=-1, keepdims=True)
    return np.where(there, whole, np.inf).astype(np.float32), np.where(there[..., None], unit, 0).astype(np.float32)


def _shape_normals(depth: Wide, there: Bits, view: View) -> Wide:
    """Return normals, of any length, of the depth smoothed within the outline."""
    width = _LOCK * view.shot.size_px
    weight = gaussian_filter(there.astype(np.float64), width)
    smooth = gaussian_filter(np.where(there, depth, 0), width) / np.maximum(weight, 1e-9)
    metres = smooth * SENSOR_MM / view.shot.focal_length_mm / view.shot.size_px
    down, across = np.gradient(smooth)
    pixel = np.maximum(metres, 1e-9)
    return np.stack([across / pixel, -down / pixel, np.ones_like(depth)], axis=-1)
