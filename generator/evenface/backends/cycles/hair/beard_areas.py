"""Where facial hair is let grow: the outline of every style, drawn from the landmarks of one face.

In: landmarks, places of the skin, what naturally grows there. Out: shares of full growth below the lip and above it, 0 to 1.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from scipy.spatial import cKDTree

from evenface.backends.cycles.hair.strands import Floats
from evenface.records import FacialHair

__all__ = ["AREAS", "growth"]

AREAS = ("full", "lip", "pencil", "walrus", "horseshoe", "soul", "chin", "circle", "anchor", "strap")


@dataclass(frozen=True, slots=True)
class _Face:
    """Places seen from the frame of one mouth and jaw; metres."""

    side: Floats
    z: Floats
    mouth: float
    """Half the breadth of the mouth."""
    corner: float
    """Height of its corners."""
    upper_lip: Floats
    """Height over the edge of the upper lip."""
    lower_lip: float
    chin: float
    jaw: Floats
    """Distance to the line of the jaw."""
    edge: float
    """Breadth over which hair thins out at a border."""

    def within(self, value: Floats, low: float, high: float) -> Floats:
        """1 between the bounds, 0 beyond them, soft at the border."""
        rise, fall = (value - low) / self.edge + 0.5, (high - value) / self.edge + 0.5
        return np.asarray(np.clip(rise, 0, 1) * np.clip(fall, 0, 1))


def growth(area: str, marks: Floats, points: Floats, lower: Floats, upper: Floats, record: FacialHair) -> tuple[Floats, Floats]:
    """Narrow what grows below the lip (``lower``) and above it (``upper``) at ``points`` (N, 3) to the outline of ``area``."""
    face = _face(marks, points, record)
    natural = lower * _cheek(face, marks, record) * _throat(face, marks, record)
    narrow = face.mouth * (0.45 + 0.25 * (record.cheek_line + 1) / 2)
    chin = face.within(face.side + 0.4 * np.maximum(face.lower_lip - 0.012 - face.z, 0), -1, narrow) * face.within(
        face.z, -1, face.lower_lip - 0.001
    )
    soul = face.within(face.side, -1, 0.0065) * face.within(face.z, face.lower_lip - 0.016, face.lower_lip)
    beside = face.within(face.side, face.mouth - 0.003, face.mouth + 0.0075)
    bars = beside * face.within(face.z, face.chin + 0.004, face.corner + 0.008)
    if area == "full":
        return natural, upper
    if area == "lip":
        return 0 * lower, upper
    if area == "pencil":
        return 0 * lower, upper * face.within(face.upper_lip, -0.001, 0.0042)
    if area == "walrus":
        return lower * beside * face.within(face.z, face.corner - 0.010, 0.1), upper
    if area == "horseshoe":
        return lower * bars, upper
    if area == "soul":
        return lower * soul, 0 * upper
    if area == "chin":
        return lower * chin, upper * (record.seed % 2)
    if area == "circle":
        ring = face.within(face.side, -1, face.mouth + 0.006) * face.within(face.z, -1, face.corner + 0.008)
        return lower * ring, upper
    strip = face.within(face.jaw, -1, 0.0065 + 0.003 * record.cheek_line)
    if area == "anchor":
        along = strip * face.within(face.side, -1, 0.043)
        return lower * np.maximum.reduce([along, 0.9 * soul, face.within(face.side, -1, 0.010) * chin]), upper
    burns = face.within(face.side, 0.062, 1) * face.within(face.z, face.corner - 0.01, 1)
    return lower * np.maximum(strip, burns), upper * (record.seed % 2)


def _face(marks: Floats, points: Floats, record: FacialHair) -> _Face:
    order = np.argsort(marks[48:55, 0])
    lip = marks[48:55][order]
    line = np.concatenate([np.linspace(a, b, 12) for a, b in pairwise(marks[:17])])
    return _Face(
        side=np.abs(points[:, 0]),
        z=points[:, 2],
        mouth=float(np.abs(marks[54, 0] - marks[48, 0]) / 2),
        corner=float(marks[[48, 54], 2].mean()),
        upper_lip=points[:, 2] - np.interp(points[:, 0], lip[:, 0], lip[:, 2]),
        lower_lip=float(marks[57, 2]),
        chin=float(marks[8, 2]),
        jaw=cKDTree(line).query(points)[0],
        edge=0.0020 + 0.0065 * (1 - record.crispness),
    )


def _cheek(face: _Face, marks: Floats, record: FacialHair) -> Floats:
    """Below a line that sags from the ear to the corner of the mouth."""
    ear = np.abs(marks[[1, 15], 0]).mean()
    start = face.mouth + 0.004
    t = np.clip((face.side - start) / max(ear - start, 0.01), 0, 1)
    high = face.corner + 0.004 + (marks[[0, 16], 2].mean() + 0.004 - face.corner) * t**1.5
    line = high - (0.004 + 0.009 * (1 - record.cheek_line)) * np.sin(np.pi * np.clip(t, 0, 1))
    return np.asarray(np.clip((line - face.z) / (1.6 * face.edge) + 0.5, 0, 1))


def _throat(face: _Face, marks: Floats, record: FacialHair) -> Floats:
    """Down to a line under the jaw."""
    order = np.argsort(np.abs(marks[:17, 0]))
    jaw = np.interp(face.side, np.abs(marks[:17, 0])[order], marks[:17, 2][order])
    deep = 0.006 + 0.014 * (1 - record.neck_line)
    return np.asarray(np.clip((deep - (jaw - face.z)) / (1.6 * face.edge) + 0.5, 0, 1))
