"""The pinhole camera of a shot: where it stands, and where points of the head fall in the picture; pure numpy."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from evenface.processor import product
from evenface.records import Point, Shot

__all__ = ["SENSOR_MM", "View", "as_points", "build_view"]

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
