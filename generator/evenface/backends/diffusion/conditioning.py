"""What ControlNets are shown: pictures of the depth, the normals or the landmarks of a guide; pure numpy.

Each picture is height x width x 3, 8 bit, of the guide's own size. They follow the preprocessors that the common networks were
trained with; check the convention of a checkpoint that was trained otherwise, once, by eye.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import median_filter

from evenface.backends.diffusion.sampler import Pixels
from evenface.backends.guide import Guide

__all__ = ["depth_picture", "landmarks_picture", "normal_picture"]

_REACH_M = 0.35
"""How far behind the nearest point depth pictures become black."""

_NEAREST = 99.5
"""Percentile of inverse depth that is white: a lock of hair that hangs towards the camera does not darken the face."""
_DIMMEST = 24
"""Grey of what lies beyond ``_REACH_M``, so that hair and shoulders do not melt into the background."""
_POINT = 3 / 512
"""Radius of a landmark, in picture widths: the 3 pixels of OpenPose's drawings, which are made 512 pixels wide."""


def depth_picture(guide: Guide) -> Pixels:
    """Show inverse depth, near white and far black, as MiDaS and the depth networks trained on it have it; background 0.

    Estimators of depth know it up to scale and shift, so the range is a choice: the same for everybody, and of the person rather
    than the room, so that a nose keeps its relief. Inverse depth runs evenly from white at the nearest point (without the nearest
    half percent of the pixels) to black ``_REACH_M`` behind it, however near or far the camera stands. Single strands of hair
    are smoothed away first.
    """
    depth = _without_strands(guide.depth_m)
    there = np.isfinite(depth)
    if not there.any():
        return _grey(np.zeros(depth.shape))
    inverse = 1 / depth.astype(np.float64)
    near = float(np.percentile(inverse[there], _NEAREST))
    far = 1 / (1 / near + _REACH_M)
    shade = np.clip(255 * (inverse - far) / (near - far), _DIMMEST, 255)
    return _grey(np.where(there, shade, 0))


def normal_picture(guide: Guide, *, red_is_left: bool = True) -> Pixels:
    """Show unit normals, -1 to 1 as 0 to 255: red, green and blue are left of the picture, up and towards the camera.

    So states the card of ControlNet 1.1's ``normalbae``, after ScanNet. The background is a wall that faces the camera,
    (128, 128, 255), as an estimator of normals would see one.

    Args:
        red_is_left: False shows the axes of OpenGL and of most renderers, red to the right, for networks that learnt from those.
    """
    there = np.isfinite(guide.depth_m)[..., None]
    normals = np.where(there, guide.normals, (0.0, 0.0, 1.0)) * (-1 if red_is_left else 1, 1, 1)
    return np.asarray(np.round(127.5 * (np.clip(normals, -1, 1) + 1)), dtype=np.uint8)


def landmarks_picture(guide: Guide) -> Pixels:
    """Show the 68 landmarks as white points on black, as OpenPose draws a face.

    OpenPose has two points more, the pupils, which a frame does not have. All 68 are drawn, those on the far side of a turned
    head too. ``CrucibleAI/ControlNetMediaPipeFace`` does not fit these pictures: it learnt coloured contours of another set of
    points.
    """
    height, width = guide.depth_m.shape
    rows, columns = np.mgrid[0:height, 0:width] + 0.5
    radius, shade = max(1.0, _POINT * width), np.zeros((height, width))
    for x, y in guide.frame.landmarks_68:
        shade = np.maximum(shade, np.clip(radius + 0.5 - np.hypot(columns - x, rows - y), 0, 1))
    return _grey(255 * shade)


def _without_strands(depth: NDArray[np.float32]) -> NDArray[np.float64]:
    """Return depth without what is one or two pixels wide; the outline of the whole stays."""
    there = np.isfinite(depth)
    side = 2 * max(1, round(len(depth) / 256)) + 1
    # Infinite depths sort last, as they should: beside an outline the person's side is taken.
    smooth = median_filter(np.where(there, depth, np.inf), side, mode="nearest")
    return np.where(there, np.where(np.isfinite(smooth), smooth, depth), np.inf)


def _grey(shade: NDArray[np.float64]) -> Pixels:
    return np.repeat(np.round(shade).astype(np.uint8)[..., None], 3, axis=-1)
