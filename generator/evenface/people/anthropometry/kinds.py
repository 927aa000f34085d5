"""Draws kinds of eyes, noses, mouths and frames: faces differ in clusters, not in one bell curve for each trait.

A person has one kind of each area, drawn with the same shares for everybody, and a spread of their own round it. A kind moves
the means of a few traits, in standard deviations; over all kinds the means are 0 and the deviations about 1.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from evenface.people.anthropometry.traits import TRAITS
from evenface.processor import product

__all__ = ["KINDS", "Kind", "residual_spread", "sample_kinds"]

Floats = NDArray[np.float64]

_LEAST_SPREAD = 0.6
"""The least spread of a trait within a kind, in standard deviations."""


@dataclass(frozen=True, slots=True)
class Kind:
    """One cluster: its share of all people, and the shift of the mean of each trait in standard deviations."""

    share: float
    shifts: dict[str, float]


_EYES = (
    Kind(0.20, {"lid_crease": 1.0, "eyelid_fold_height": 0.7, "lid_fullness": -0.4, "eye_opening": 0.4}),
    Kind(0.18, {"eye_depth": 1.3, "brow_bone": 0.7, "lid_crease": 0.8, "lid_fullness": -1.2, "brow_height": -0.6}),
    Kind(
        0.18,
        {
            "lid_crease": -1.5,
            "lid_fullness": 1.3,
            "epicanthus": 1.2,
            "eyelid_fold_fullness": 0.9,
            "eye_depth": -1.0,
            "eye_corner_outer": 0.6,
            "eye_opening": -0.4,
        },
    ),
    Kind(0.14, {"lid_crease": -0.5, "lid_fullness": 0.6, "epicanthus": 0.5, "eyelid_fold_height": -1.0}),
    Kind(0.15, {"lid_hood": 1.4, "eye_opening_outer": -0.8, "eye_corner_outer": -0.8, "eye_opening": -0.4}),
    Kind(
        0.15,
        {
            "eye_opening": 1.0,
            "eye_opening_inner": 0.8,
            "eye_opening_outer": 0.6,
            "eye_size": 0.8,
            "lower_lid": 0.6,
            "eye_depth": -0.5,
        },
    ),
)
_NOSES = (
    Kind(
        0.20,
        {"nose_width": -1.0, "nose_bridge_width": -0.7, "nose_dorsum": 0.7, "nose_tip_width": -0.8, "nose_lobule": -0.6},
    ),
    Kind(
        0.15,
        {
            "nose_dorsum": 1.0,
            "nose_hump": 1.2,
            "nose_bridge_curve": 1.2,
            "nose_projection": 0.8,
            "nose_length": 0.7,
            "nose_tip_height": -0.8,
        },
    ),
    Kind(
        0.22,
        {
            "nose_width": 1.2,
            "nose_dorsum": -1.1,
            "nose_bridge_height": -0.8,
            "nostril_width": 0.8,
            "nostril_flare": 0.8,
            "nose_projection": -0.5,
            "nose_tip_width": 0.5,
            "nose_lobule": 0.5,
        },
    ),
    Kind(
        0.15,
        {"nose_length": -1.1, "nose_tip_height": 1.1, "nose_bridge_curve": -1.0, "nose_base_height": 0.8, "nose_hump": -0.6},
    ),
    Kind(0.15, {"nose_tip_width": 1.2, "nose_fullness": 1.2, "nose_lobule": 1.2, "nose_length": 0.3}),
    Kind(0.13, {"nose_bridge_height": -1.1, "nose_bridge_width": 0.8, "nose_dorsum": -0.8, "nose_projection": -0.4}),
)
_MOUTHS = (
    Kind(
        0.20,
        {
            "lip_fullness_upper": -1.2,
            "lip_fullness_lower": -1.0,
            "mouth_width": 0.8,
            "cupids_bow": -0.5,
            "mouth_projection": -0.6,
        },
    ),
    Kind(0.25, {"lip_fullness_upper": 1.1, "lip_fullness_lower": 1.0, "mouth_projection": 0.8, "lip_width_lower": 0.4}),
    Kind(0.20, {"cupids_bow": 1.2, "philtrum_depth": 0.8, "mouth_width": -0.9, "lip_width_upper": -0.5}),
    Kind(0.15, {"lip_fullness_upper": -0.7, "lip_fullness_lower": 0.8, "lip_outline_lower": 0.8}),
    Kind(0.20, {"lip_outline_upper": -0.8, "lip_width_upper": 0.7, "mouth_corners": -0.5}),
)
_FRAMES = (
    Kind(0.20, {"outline_round": -1.1, "cheek_volume": -0.5, "chin_height": 0.7, "forehead_height": 0.6}),
    Kind(0.22, {"outline_round": 1.2, "cheek_volume": 0.9, "midface": 0.8, "jaw_angle": -0.5, "chin_height": -0.5}),
    Kind(0.20, {"outline_square": 1.2, "jaw_angle": 1.0, "jaw_width": 0.6, "chin_width": 0.7, "jaw_line": 0.6}),
    Kind(0.19, {"outline_taper": 1.1, "jaw_line": -0.8, "chin_width": -0.7, "chin_point": 0.6, "jaw_angle": -0.6}),
    Kind(0.19, {"cheekbone": 1.2, "cheek_hollow": 0.9, "cheek_volume": -0.8, "temple_hollow": 0.6, "outline_diamond": 0.8}),
)
KINDS = (_EYES, _NOSES, _MOUTHS, _FRAMES)
"""The kinds of each area of the face."""


@cache
def _tables() -> tuple[tuple[Floats, Floats], ...]:
    """Return the shares and the centred shifts ``(kinds, traits)`` of each area."""
    found = []
    for area in KINDS:
        shares = np.array([kind.share for kind in area])
        shifts = np.array([[kind.shifts.get(name, 0.0) for name in TRAITS] for kind in area])
        found.append((shares / shares.sum(), shifts - product(shares / shares.sum(), shifts)))
    return tuple(found)


@cache
def residual_spread() -> Floats:
    """Return for each trait the spread within a kind with which all people together have a deviation of 1."""
    between = sum((product(shares, shifts**2) for shares, shifts in _tables()), start=np.zeros(len(TRAITS)))
    return np.asarray(np.sqrt(np.maximum(1.0 - between, _LEAST_SPREAD**2)))


def sample_kinds(rng: np.random.Generator) -> Floats:
    """Draw a kind of every area; return the sum of their shifts of the traits."""
    return np.asarray(np.sum([shifts[rng.choice(len(shares), p=shares)] for shares, shifts in _tables()], axis=0))
