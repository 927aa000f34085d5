"""What lies behind the pixels of a render: passes of Cycles come in, depth and normals go out; pure numpy."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import distance_transform_edt

__all__ = ["seen_surfaces"]

Floats = NDArray[np.float32]

_NOTHING_M = 1e9
"""Cycles says 1e10 m where a ray meets nothing."""
_COVERED = 0.5
"""Share of a pixel that is covered from which on it counts as the surface's."""


def seen_surfaces(coverage: Floats, depth: Floats, normals: Floats, rotation: NDArray[np.float64]) -> tuple[Floats, Floats]:
    """Return the depth ``(H, W)`` in metres and the unit normals ``(H, W, 3)`` in the camera's axes, as a ``Guide`` has them.

    Both end where the picture's own outline does: the depth pass knows a single ray a pixel, which beside an outline may have
    met nothing, and then the nearest pixel that met something answers.

    Args:
        coverage: ``(H, W)``, 0 to 1.
        depth: ``(H, W)``, along the view axis.
        normals: ``(H, W, 3)`` in the head's axes, means over a pixel, of any length.
        rotation: ``(3, 3)`` turns the head's axes into the camera's: x right, y away from the camera, z up.
    """
    met = depth < _NOTHING_M
    there = (coverage >= _COVERED) & met.any()
    near = distance_transform_edt(~met, return_distances=False, return_indices=True) if met.any() else np.indices(met.shape)
    axes = np.array([rotation[0], rotation[2], -rotation[1]])
    turned = normals.astype(np.float64) @ axes.T
    length = np.linalg.norm(turned, axis=-1, keepdims=True)
    # A pixel whose surfaces look every way looks at the camera.
    unit = np.where(length > 1e-6, turned / np.maximum(length, 1e-6), (0.0, 0.0, 1.0))
    return (
        np.where(there, depth[tuple(near)], np.inf).astype(np.float32),
        np.where(there[..., None], unit, 0.0).astype(np.float32),
    )
