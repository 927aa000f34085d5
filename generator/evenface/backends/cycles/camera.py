"""The pinhole camera of a shot: where it stands, where points fall in the picture, and which surfaces lie behind its pixels.

Pure numpy.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import binary_dilation, distance_transform_edt, gaussian_filter

from evenface.processor import product
from evenface.records import Point, Shot

__all__ = ["SENSOR_MM", "View", "as_points", "build_view", "find_surfaces"]

Wide = NDArray[np.float64]

SENSOR_MM = 36.0


@dataclass(frozen=True, slots=True)
class View:
    """A camera round a still head.

    Attributes:
        rotation: ``(3, 3)`` turns the head's axes into the camera's: x right, y away from the camera, z up.
        target: The middle of the face, in the head's axes, metres.
    """

    rotation: Wide
    target: Wide
    shot: Shot

    @property
    def position(self) -> Wide:
        """Where the camera stands, in the head's axes."""
        return np.asarray(self.target + product(self.rotation.T, (0.0, -self.shot.camera_distance_m, 0.0)))

    def project(self, points: Wide) -> Wide:
        """Return pixel places ``(N, 2)``, x right, y down, of points ``(N, 3)`` in the head's axes."""
        seen = product(np.asarray(points, dtype=np.float64) - self.target, self.rotation.T)
        depth = seen[:, 1] + self.shot.camera_distance_m
        scale = self.shot.focal_length_mm / SENSOR_MM / depth
        across = 0.5 + self.shot.offset_x + seen[:, 0] * scale
        down = 0.5 + self.shot.offset_y - seen[:, 2] * scale
        return np.asarray(np.stack([across, down], axis=1) * self.shot.size_px)


def build_view(shot: Shot, target: Wide) -> View:
    """Place the camera of ``shot``: the head turns by yaw, then pitch, then roll, which is the camera going the other way."""
    yaw, pitch, roll = np.radians([shot.yaw_degrees, -shot.pitch_degrees, shot.roll_degrees])
    about_z = np.array([[np.cos(yaw), -np.sin(yaw), 0], [np.sin(yaw), np.cos(yaw), 0], [0, 0, 1]])
    about_x = np.array([[1, 0, 0], [0, np.cos(pitch), -np.sin(pitch)], [0, np.sin(pitch), np.cos(pitch)]])
    about_y = np.array([[np.cos(roll), 0, np.sin(roll)], [0, 1, 0], [-np.sin(roll), 0, np.cos(roll)]])
    return View(product(product(about_z, about_x), about_y), np.asarray(target, dtype=np.float64), shot)


def as_points(places: Wide) -> tuple[Point, ...]:
    """Return rows of ``(N, 2)`` as points."""
    return tuple((float(x), float(y)) for x, y in places)


Floats = NDArray[np.float32]
Bits = NDArray[np.bool_]

_NOTHING_M = 1e9
"""Cycles writes 1e10 m where a ray meets nothing."""
_COVERED = 0.5
"""Share of a pixel that is covered from which on it counts as the surface's."""
_LOCK = 0.012
"""Standard deviation, in picture widths, over which strands form a shape."""


def find_surfaces(coverage: Floats, depth: Floats, normals: Floats, strands: Bits, view: View) -> tuple[Floats, Floats]:
    """Return the depth ``(H, W)`` in metres and the unit normals ``(H, W, 3)`` in the camera's axes, as a ``Guide`` has them.

    Both end where the picture's own outline does: the depth pass has a single ray a pixel, which beside an outline may have
    met nothing; then the nearest pixel that met something is used. A strand has no normal of its own, so hair gets that of
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
