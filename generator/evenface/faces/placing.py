"""Estimates where skin is from the five points of a face, for pictures without a mask.

The places were read off the true masks of renders, in the frame of each half of a face: from the eye down to the corner of the
mouth, and inwards to the tip of the nose, so that a turned head narrows its far cheek. Five points show no beard, fringe, hand or
pair of glasses. Of a fringe, what is far darker or lighter than the cheeks is left out.

The floor of its noise, against the true masks of 180 renders of 60 people in ten tones with YuNet's points
(``benchmarks/placing.py``; places were read off 80 other renders, but a fringe in these led to leaving fringes out): of the
places of cheeks and forehead 94.8 % were skin, at least 87.8 % in each tone; L* came out lower by 0.70 in the mean (95 %
interval over people 0.23 to 1.17), most in Monk 9 (1.97; 0.55 to 3.34); half of the pictures were off by more than 1.0 L* and
1.2 degrees of ITA, one in twenty by more than 5.8 and 6.7. Renders have no photograph's noise, and a photograph's face has its
own proportions: on photographs it has not been measured.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from evenface.faces.tone import PATCH, SKIN
from evenface.files.pictures import Pixels
from evenface.processor import product
from evenface.records import Point

__all__ = ["skin_of_points"]

Wide = NDArray[np.float64]

_TIP = 0.62
"""How far down from the eye to the corner of the mouth the tip of the nose lies."""


class _Oval(NamedTuple):
    """A place in the frame of half a face: down from the eye, 0, to the mouth, 1; inwards from their line, 0, to the nose, 1."""

    down: float
    inward: float
    half_down: float
    half_inward: float


_CHEEK = _Oval(0.5, -0.4, 0.16, 0.30)
_MIDDLE = _Oval(0.5, 0.2, 0.22, 0.85)
_FOREHEAD = _Oval(-0.66, 0.0, 0.11, 0.6)
"""In the frame of the whole face: down from between the eyes to the mouth, aside in halves of the distance of the eyes."""
_LUMINANCE = (0.2126, 0.7152, 0.0722)
_UNLIKE = 2.5
"""How many times darker or lighter than the cheeks a forehead is not, but for hair and what covers it; in linear light."""


def skin_of_points(points: Sequence[Point], picture: Pixels) -> Pixels:
    """Return an estimate of a ``Frame``'s mask: 255 the middles of cheeks and forehead, 128 what lies about them and the nose.

    Args:
        points: Eye on the left of the picture, eye on its right, nose tip, mouth corner left, right.
        picture: height x width x 3, sRGB.
    """
    left, right, nose, low_left, low_right = np.asarray(points, dtype=np.float64)
    rows, columns = np.mgrid[0 : picture.shape[0], 0 : picture.shape[1]] + 0.5
    places = np.stack([columns, rows], axis=-1)
    mask = np.zeros(picture.shape[:2], dtype=np.uint8)
    halves = [(eye, corner - eye, other - eye) for eye, corner, other in ((left, low_left, right), (right, low_right, left))]
    for oval, value in ((_MIDDLE, SKIN), (_CHEEK, PATCH)):
        for eye, down, across in halves:
            inward = nose - eye - _TIP * down
            if product(inward, across) > 0:  # else the nose hides this half
                mask[_inside(oval, places, eye, down, inward)] = value
    eyes, mouth = (left + right) / 2, (low_left + low_right) / 2
    forehead = _inside(_FOREHEAD, places, eyes, mouth - eyes, (right - left) / 2)
    mask[forehead & _as_light_as(mask == PATCH, picture)] = PATCH
    return mask


def _as_light_as(cheeks: NDArray[np.bool_], picture: Pixels) -> NDArray[np.bool_]:
    light = product((picture / 255.0) ** 2.2, _LUMINANCE)
    typical = np.median(light[cheeks]) if cheeks.any() else 0.0
    return np.asarray((light > typical / _UNLIKE) & (light < typical * _UNLIKE))


def _inside(oval: _Oval, places: Wide, origin: Wide, down: Wide, inward: Wide) -> NDArray[np.bool_]:
    """Say of each place whether it lies in the oval; nowhere does where the two directions fall together."""
    axes = np.stack([down, inward], axis=1)
    if abs(np.linalg.det(axes)) < 1e-9:
        return np.zeros(places.shape[:2], dtype=bool)
    s, t = np.moveaxis(product(places - origin, np.linalg.inv(axes).T), -1, 0)
    return np.asarray(((s - oval.down) / oval.half_down) ** 2 + ((t - oval.inward) / oval.half_inward) ** 2 <= 1)
