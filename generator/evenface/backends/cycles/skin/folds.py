"""The lines that a face gets with the years, each where it lies on every face; pure numpy.

A fold is a curve on the mean face, a breadth and a depth: it dips, its brims swell, and a soft shade lies round it, because at
the size of a picture the dip itself is narrower than a pixel.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from evenface.backends.cycles.skin.canvas import Canvas, Window, window
from evenface.backends.cycles.skin.facemap import FaceMap
from evenface.people.identity import FOLDS
from evenface.records import Complexion
from evenface.rng import rng_for

__all__ = ["draw_folds"]

Floats = NDArray[np.float32]
Draw = Callable[["_Pen", np.random.Generator, float], None]

SHADE, WARMTH = 0.30, 0.10
"""Melanin-like shade and blood in a fold of full depth: light between its walls is reddened by them."""
WIDER = 1.25
"""How much broader than its nominal breadth a fold lies, so that its walls are slopes and no cracks."""


class _Pen:
    """Draws folds on a canvas; ``own`` is a person's handwriting."""

    def __init__(self, canvas: Canvas, face: FaceMap, reach: float) -> None:
        self.canvas, self.face, self.reach = canvas, face, reach

    def spread(self, at: Window) -> tuple[Floats, Floats]:
        return self.face.x_mm[at], self.face.z_mm[at]

    def fold(
        self, at: Window, away_mm: Floats, strength: Floats | float, breadth_mm: float, deep_mm: float, brim: float = 0.4
    ) -> None:
        """Press a fold along the curve from which texels lie ``away_mm``; ``strength`` 0 to 1 may fade along it."""
        breadth_mm = WIDER * breadth_mm
        near = (away_mm / breadth_mm) ** 2
        dip = np.exp(-near) * strength
        swell = np.exp(-(((np.abs(away_mm) - 2.4 * breadth_mm) / (1.3 * breadth_mm)) ** 2)) * strength
        self.canvas.height_mm[at] += (0.75 * deep_mm * (brim * swell - dip)).astype(np.float32)
        shade = 0.75 * dip + 0.35 * np.exp(-near / 7) * strength
        self.canvas.melanin[at] += (SHADE * self.reach * shade).astype(np.float32)
        self.canvas.blood[at] += (WARMTH * shade).astype(np.float32)


def draw_folds(canvas: Canvas, face: FaceMap, complexion: Complexion, reach: float) -> None:
    """Draw all folds of a person.

    Args:
        reach: How much melanin a dark place adds on this skin.
    """
    pen = _Pen(canvas, face, reach)
    for name, depth in zip(FOLDS, complexion.folds, strict=True):
        if depth > 0.03 and name in _DRAWN:
            _DRAWN[name](pen, rng_for(complexion.seed, "folds", name), depth)


def _fade(value: Floats, low: float, high: float, soft: float) -> Floats:
    """Return 1 between two places, fading over ``soft`` beyond each."""
    return np.asarray(np.clip((value - low) / soft + 1, 0, 1) * np.clip((high - value) / soft + 1, 0, 1), np.float32)


def _forehead(pen: _Pen, rng: np.random.Generator, depth: float) -> None:
    at = window(pen.face, (-56, 56), (20, 70))
    x, z = pen.spread(at)
    lines = int(rng.integers(2, 6))
    arch, tilt = rng.normal(1.5, 2.0), rng.normal(0, 0.02)
    for line in range(lines):
        height = 29 + (line + rng.uniform(-0.2, 0.2)) * 34 / max(lines, 3)
        bend = arch * np.cos(x / 24) + tilt * x + rng.normal(0, 0.8) * np.sin(x / rng.uniform(7, 13) + rng.uniform(0, 6))
        middle, half = rng.normal(0, 9), rng.uniform(16, 40)
        broken = np.clip(0.75 + 0.5 * np.sin(x / rng.uniform(6, 12) + rng.uniform(0, 6)), 0, 1)
        strength = depth * rng.uniform(0.55, 1.0) * broken * _fade(x, middle - half, middle + half, 14)
        pen.fold(at, z - height - bend, strength * pen.face.texels["forehead_all"][at], rng.uniform(0.8, 1.3), 0.42)


def _frown(pen: _Pen, rng: np.random.Generator, depth: float) -> None:
    at = window(pen.face, (-22, 22), (-2, 42))
    x, z = pen.spread(at)
    kind = rng.random()
    places = (-6.5, 6.5) if kind < 0.6 else (-1.0,) if kind < 0.75 else (-9.0, -2.5, 6.5)
    for place in places:
        line = (
            place
            + rng.normal(0, 0.8)
            + rng.normal(0.06, 0.05) * np.sign(place) * (z - 14)
            + 0.6 * np.sin(z / 5 + rng.uniform(0, 6))
        )
        top = rng.uniform(20, 32)
        strength = depth * rng.uniform(0.6, 1.0) * _fade(z, 9, top, 6)
        pen.fold(at, x - line, strength, rng.uniform(0.9, 1.3), 0.5)
    if rng.random() < 0.5:  # across the root of the nose
        strength = 0.7 * depth * _fade(x, -7, 7, 5)
        pen.fold(at, z - 2 - 0.02 * x**2, strength, 1.0, 0.35)


def _crows_feet(pen: _Pen, rng: np.random.Generator, depth: float) -> None:
    marks = pen.face.marks_mm
    habit = [(rng.uniform(-42, 34), rng.uniform(12, 25), rng.uniform(0.5, 1.0), rng.normal(0, 0.4)) for _ in range(5)]
    for side, corner in ((-1, marks[36]), (1, marks[45])):
        at = window(pen.face, (corner[0], corner[0] + side * 36), (corner[2] - 26, corner[2] + 24))
        _, z = pen.spread(at)
        out, up = _outwards(pen.face, at, corner, side), z - corner[2]
        far, turn = np.hypot(out, up), np.degrees(np.arctan2(up, out))
        for degrees, length, strength, curl in habit:
            away = far * np.sin(np.radians(np.clip(turn - degrees - rng.normal(0, 3) - curl * (far - 8), -80, 80)))
            pen.fold(at, away, depth * strength * _fade(far, 7, length, 5), 0.8, 0.34)


def _outwards(face: FaceMap, at: Window, corner: Floats, side: int) -> Floats:
    """Return millimetres along the skin from a corner of an eye; across the head they would shrink towards the temples."""
    row = int(np.abs(face.z_mm[:, 0] - corner[2]).argmin())
    start = int(np.abs(face.x_mm[row] - corner[0]).argmin())
    columns = np.arange(face.x_mm.shape[1])[at[1]]
    return np.asarray(side * (columns - start)[None] * face.texel_mm[row, start], np.float32)


def _under_eye(pen: _Pen, rng: np.random.Generator, depth: float) -> None:
    marks = pen.face.marks_mm
    low, puffy = rng.uniform(9.5, 13.5), rng.uniform(0.2, 1.0)
    fine = [(rng.uniform(3.5, 8.5), rng.uniform(0.3, 0.8)) for _ in range(3)]
    for side, inner, outer in ((-1, marks[39], marks[36]), (1, marks[42], marks[45])):
        ends = sorted((inner[0] - side * 4, outer[0] + side * 6))
        at = window(pen.face, (ends[0], ends[1]), (inner[2] - 24, inner[2]))
        x, z = pen.spread(at)
        along = np.clip(side * (x - inner[0]) / abs(outer[0] - inner[0]), -0.3, 1.3)
        drop = np.sin(np.pi * np.clip(0.10 + 0.82 * along, 0, 1))
        trough = inner[2] - 3 - low * drop
        strength = depth * np.clip(1.15 - 0.75 * along, 0, 1) * _fade(along, 0.0, 1.0, 0.22)
        pen.fold(at, z - trough, strength, 1.5, 0.6, brim=0.15)
        bag = np.exp(-(((z - trough - 0.45 * low * drop) / (0.30 * low)) ** 2)) * drop * _fade(along, 0.05, 0.95, 0.25)
        pen.canvas.height_mm[at] += (1.3 * puffy * depth * bag).astype(np.float32)
        for place, part in fine:
            pen.fold(at, z - (inner[2] - 1.5 - place * drop), 0.6 * depth * part * _fade(along, 0.15, 0.95, 0.2), 0.6, 0.2)


def _nasolabial(pen: _Pen, rng: np.random.Generator, depth: float) -> None:
    end, bow = rng.uniform(-80, -64), rng.normal(0, 1.6)
    for side in (-1, 1):
        at = window(pen.face, (side * 8.0, side * 48.0), (-90, -24))
        x, z = pen.spread(at)
        out = side * x
        line = np.interp(z, (-84, -76, -68, -58, -46, -36, -30), (36.5, 36.5, 35, 31.0, 24.5, 18.5, 16.5)) + rng.normal(0, 0.7)
        line = line + bow * np.sin(np.pi * np.clip((-34 - z) / 40, 0, 1))
        strength = depth * rng.uniform(0.85, 1.0) * _fade(z, end, -35, 9)
        pen.fold(at, out - line, strength, 1.7, 0.95, brim=0.2)
        # The cheek hangs over its fold.
        hang = np.clip((out - line) / 3, 0, 1) * np.exp(-np.clip(out - line, 0, None) / 7)
        pen.canvas.height_mm[at] += (1.6 * strength * hang * pen.face.texels["midface"][at]).astype(np.float32)


def _marionette(pen: _Pen, rng: np.random.Generator, depth: float) -> None:
    end = rng.uniform(-94, -82)
    for side in (-1, 1):
        at = window(pen.face, (side * 16.0, side * 44.0), (-108, -62))
        x, z = pen.spread(at)
        line = np.interp(z, (-100, -86, -70), (31.5, 31.5, 27.5)) + rng.normal(0, 0.7)
        pen.fold(at, side * x - line, depth * _fade(z, end, -70, 6) * (1 - pen.face.texels["neck"][at]), 1.4, 0.7)


def _lips(pen: _Pen, rng: np.random.Generator, depth: float) -> None:
    at = window(pen.face, (-26, 26), (-86, -46))
    x, z = pen.spread(at)
    outside = 1 - pen.face.texels["lips"][at]
    for _ in range(13):
        place, slant = rng.uniform(-20, 20), rng.normal(0, 0.08)
        top = rng.uniform(-53, -49)
        upper = _fade(z, -60, top, 3)
        lower = 0.5 * _fade(z, -84, -78, 3)
        strength = depth * rng.uniform(0.3, 0.9) * np.maximum(upper, lower) * outside
        pen.fold(at, x - place * (1 + 0.006 * (z + 58)) - slant * (z + 56), strength, 0.55, 0.25)


def _chin(pen: _Pen, rng: np.random.Generator, depth: float) -> None:
    at = window(pen.face, (-26, 26), (-100, -72))
    x, z = pen.spread(at)
    height = rng.uniform(-87, -82)
    pen.fold(at, z - height + 0.012 * x**2, depth * _fade(x, -12, 12, 8), 1.8, 0.8)


def _cheeks(pen: _Pen, rng: np.random.Generator, depth: float) -> None:
    """Draw fine slanting lines on the sides of the cheeks."""
    habit = [(rng.uniform(44, 66), rng.uniform(0.2, 0.6), rng.uniform(0.3, 0.8), rng.uniform(-80, -50)) for _ in range(6)]
    for side in (-1, 1):
        at = window(pen.face, (side * 34.0, side * 74.0), (-92, -14))
        x, z = pen.spread(at)
        for place, slant, strength, end in habit:
            line = place + slant * (z + 45) * 0.4 + 1.2 * np.sin(z / 8 + rng.uniform(0, 6))
            shown = _fade(z, end, -34, 10) * pen.face.texels["cheeks_low"][at]
            pen.fold(at, side * x - line, 0.7 * depth * strength * shown, 0.8, 0.3)


_DRAWN: dict[str, Draw] = {
    "forehead": _forehead,
    "frown": _frown,
    "crows_feet": _crows_feet,
    "under_eye": _under_eye,
    "nasolabial": _nasolabial,
    "marionette": _marionette,
    "lips": _lips,
    "chin": _chin,
    "cheeks": _cheeks,
}
