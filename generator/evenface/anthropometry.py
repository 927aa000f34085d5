"""How heads differ: the published distribution of what a tape measures, and a spread for what no tape measures.

In: a generator, the gender annotation, the age. Out: a :class:`HeadShape`. Nothing here knows of skin tone: one distribution
serves every tone of an annotation. The tape measures follow ANSUR II: US Army personnel, 17 to 58 years, measured 2010-2012.
That survey calibrates ranges; it says nothing about other populations, and it recorded two sexes only.

Source: C. C. Gordon et al., 2012 Anthropometric Survey of U.S. Army Personnel: Methods and Summary Statistics,
NATICK/TR-15/007 (2014); figures computed from the 4,082 men and 1,986 women of the public tables.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from math import erf, sqrt

import numpy as np
from numpy.typing import NDArray

from evenface.errors import EvenfaceError
from evenface.records import HeadShape

__all__ = ["ANSUR", "ASYMMETRIES", "CORRELATIONS", "MEASURES", "TRAITS", "TRAIT_LIMIT", "Survey", "sample_head"]

Floats = NDArray[np.float64]

MEASURES = (
    "head_breadth",
    "head_length",
    "head_circumference",
    "bizygomatic_breadth",
    "bitragion_chin_arc",
    "bitragion_submandibular_arc",
    "menton_sellion_length",
    "tragion_to_top_of_head",
    "interpupillary_breadth",
    "ear_length",
    "ear_breadth",
    "ear_protrusion",
    "neck_circumference",
)
"""What the tape measures, in the order of every table here; millimetres."""

TRAITS = (
    "nose_width",
    "nose_length",
    "nose_projection",
    "nose_bridge_width",
    "nose_bridge_height",
    "nose_bridge_curve",
    "nose_hump",
    "nose_tip_width",
    "nose_tip_height",
    "nose_base_height",
    "nose_fullness",
    "septum_angle",
    "nostril_width",
    "nostril_angle",
    "nostril_flare",
    "mouth_width",
    "mouth_height",
    "mouth_projection",
    "mouth_corners",
    "lip_fullness_upper",
    "lip_fullness_lower",
    "lip_width_upper",
    "lip_width_lower",
    "cupids_bow",
    "cupids_bow_width",
    "philtrum_depth",
    "smile_folds",
    "eye_size",
    "eye_opening",
    "eye_opening_inner",
    "eye_opening_outer",
    "eye_corner_inner",
    "eye_corner_outer",
    "eye_height",
    "eye_depth",
    "eyelid_fold_height",
    "eyelid_fold_angle",
    "eyelid_fold_fullness",
    "epicanthus",
    "eye_bags",
    "eye_bag_height",
    "brow_ridge",
    "brow_height",
    "brow_slope",
    "cheekbone",
    "cheek_height",
    "cheek_volume",
    "cheek_hollow",
    "jaw_width",
    "jaw_drop",
    "chin_width",
    "chin_height",
    "chin_prominence",
    "chin_cleft",
    "chin_point",
    "profile",
    "forehead_height",
    "forehead_slope",
    "forehead_bulge",
    "temple_width",
    "outline_round",
    "outline_square",
    "outline_taper",
    "outline_diamond",
    "head_back",
    "ear_lobe",
    "ear_flap",
    "ear_rotation",
    "ear_height",
    "ear_point",
    "ear_squareness",
    "neck_length",
    "neck_lean",
)
"""Shapes that no tape measures; a positive score is larger, higher, wider, fuller or further forward."""

ASYMMETRIES = (
    "brow",
    "eye_height",
    "eye_opening",
    "eye_size",
    "eyelid_fold",
    "cheek",
    "nose_bend",
    "nostril",
    "mouth_corner",
    "mouth_height",
    "jaw",
    "temple",
    "ear_height",
    "ear_size",
    "ear_protrusion",
)
"""Differences between the two sides; positive is larger, higher or further out on the person's left."""

TRAIT_LIMIT = 2.2
"""Traits and asymmetries end here: beyond it the mesh stops looking like a person."""

MEASURE_LIMIT = 2.8
"""Measures end at this many standard deviations."""
ADULT_YEARS = 18
YEARS_LIMIT = 100


@dataclass(frozen=True, slots=True)
class Survey:
    """Means and standard deviations of ``MEASURES`` in one group of a survey, millimetres."""

    people: int
    mean_mm: tuple[float, ...]
    sd_mm: tuple[float, ...]


ANSUR = {
    "man": Survey(
        4082,
        (154.3, 199.5, 574.4, 142.6, 331.7, 315.7, 122.6, 131.1, 64.0, 64.2, 36.1, 23.2, 397.6),
        (5.5, 7.0, 16.0, 6.2, 14.0, 16.6, 6.7, 6.2, 3.4, 4.5, 3.0, 3.0, 25.8),
    ),
    "woman": Survey(
        1986,
        (147.8, 189.8, 561.1, 133.8, 311.0, 288.0, 113.1, 126.5, 61.7, 59.4, 33.2, 20.4, 329.8),
        (5.2, 7.4, 19.4, 5.6, 14.2, 15.3, 6.1, 6.5, 3.6, 3.9, 2.8, 2.7, 19.2),
    ),
}
"""ANSUR II by the sex recorded there, under the annotation whose mean head it sets."""

_UPPER = (
    (0.18, 0.55, 0.65, 0.34, 0.31, 0.16, 0.31, 0.31, 0.09, 0.05, 0.11, 0.38),
    (0.82, 0.19, 0.39, 0.31, 0.32, 0.29, 0.27, 0.18, 0.12, -0.07, 0.32),
    (0.46, 0.49, 0.42, 0.33, 0.39, 0.36, 0.18, 0.08, -0.01, 0.45),
    (0.59, 0.56, 0.19, 0.18, 0.44, 0.22, 0.10, 0.06, 0.55),
    (0.78, 0.36, 0.08, 0.39, 0.31, 0.18, -0.01, 0.61),
    (0.30, 0.07, 0.28, 0.34, 0.17, -0.01, 0.68),
    (0.18, 0.16, 0.16, 0.13, -0.01, 0.23),
    (0.15, 0.08, -0.04, 0.08, 0.14),
    (0.13, 0.08, -0.01, 0.28),
    (0.34, 0.23, 0.28),
    (0.08, 0.15),
    (-0.01,),
)


def _correlations() -> Floats:
    matrix = np.eye(len(MEASURES))
    for row, values in enumerate(_UPPER):
        matrix[row, row + 1 :] = values
        matrix[row + 1 :, row] = values
    return matrix


CORRELATIONS = _correlations()
"""Correlations of ``MEASURES`` among the men of ANSUR II; the women's differ by less than 0.15 nearly everywhere."""

PRESENTATIONS = {"man": (1.6, 9.0), "woman": (9.0, 1.6), "androgynous": (4.0, 4.0)}
"""Beta distributions of the masculine-to-feminine axis: a cue whose tails overlap between annotations."""

_TRAIT_PAIRS = {
    ("nose_width", "nose_tip_width"): 0.45,
    ("nose_width", "nostril_width"): 0.4,
    ("nose_width", "nostril_flare"): 0.4,
    ("nose_width", "nose_bridge_width"): 0.35,
    ("nose_tip_width", "nose_fullness"): 0.4,
    ("nose_projection", "nose_bridge_height"): 0.4,
    ("nose_projection", "nose_length"): 0.3,
    ("nose_hump", "nose_bridge_curve"): 0.35,
    ("nose_tip_height", "septum_angle"): 0.35,
    ("nose_tip_height", "nose_base_height"): 0.3,
    ("mouth_width", "lip_width_upper"): 0.3,
    ("lip_width_upper", "lip_width_lower"): 0.5,
    ("lip_fullness_upper", "lip_fullness_lower"): 0.6,
    ("lip_fullness_upper", "mouth_projection"): 0.3,
    ("lip_fullness_lower", "mouth_projection"): 0.3,
    ("cupids_bow", "philtrum_depth"): 0.35,
    ("eye_opening", "eye_size"): 0.3,
    ("eye_opening_inner", "eye_opening_outer"): 0.2,
    ("eyelid_fold_height", "eyelid_fold_fullness"): -0.3,
    ("epicanthus", "eyelid_fold_fullness"): 0.35,
    ("eye_depth", "brow_ridge"): 0.45,
    ("brow_ridge", "forehead_slope"): -0.3,
    ("eye_bags", "eye_bag_height"): 0.3,
    ("cheekbone", "cheek_hollow"): 0.3,
    ("cheek_volume", "cheek_hollow"): -0.4,
    ("cheek_volume", "outline_round"): 0.35,
    ("jaw_width", "chin_width"): 0.45,
    ("jaw_width", "outline_square"): 0.4,
    ("outline_taper", "jaw_width"): -0.35,
    ("chin_point", "chin_width"): -0.4,
    ("chin_prominence", "profile"): 0.3,
    ("forehead_height", "forehead_bulge"): 0.25,
}
"""Correlations of traits that go together in faces; the rest are independent."""

_FEMININE_SHIFTS = {
    "brow_ridge": -1.4,
    "jaw_width": -1.2,
    "chin_width": -1.0,
    "chin_prominence": -0.5,
    "brow_height": 0.8,
    "eye_size": 0.9,
    "eye_opening": 0.7,
    "lip_fullness_upper": 0.7,
    "lip_fullness_lower": 0.5,
    "forehead_bulge": 0.5,
    "forehead_slope": 0.4,
    "nose_width": -0.5,
    "nose_projection": -0.5,
    "nose_fullness": -0.5,
    "nose_tip_height": 0.6,
    "nose_hump": -0.4,
    "cheek_volume": 0.3,
    "cheekbone": 0.4,
    "outline_square": -0.9,
    "chin_point": 0.4,
}
"""Shift of a trait's mean, in standard deviations, from the masculine to the feminine end."""

_AGE_SHIFTS = {
    "eye_bags": 0.8,
    "smile_folds": 0.9,
    "ear_lobe": 0.6,
    "nose_tip_height": -0.4,
    "lip_fullness_upper": -0.6,
    "lip_fullness_lower": -0.4,
    "mouth_corners": -0.4,
    "eye_opening": -0.3,
    "eye_opening_outer": -0.3,
    "cheek_hollow": 0.3,
}
"""Shift of a trait's mean over forty years, in standard deviations; none at forty."""


@cache
def _trait_root() -> Floats:
    """Return a root of the traits' correlation matrix, made positive if the pairs should contradict each other."""
    matrix = np.eye(len(TRAITS))
    for (one, other), value in _TRAIT_PAIRS.items():
        i, j = TRAITS.index(one), TRAITS.index(other)
        matrix[i, j] = matrix[j, i] = value
    return _root(matrix)


@cache
def _measure_root() -> Floats:
    return _root(CORRELATIONS)


def _root(matrix: Floats) -> Floats:
    values, vectors = np.linalg.eigh(matrix)
    root = vectors * np.sqrt(np.maximum(values, 1e-3))
    return np.asarray(root / np.linalg.norm(root, axis=1, keepdims=True))


def _shifts(table: dict[str, float]) -> Floats:
    return np.array([table.get(name, 0.0) for name in TRAITS])


def sample_head(rng: np.random.Generator, *, gender: str, age_years: int) -> HeadShape:
    """Draw the head of an adult.

    Args:
        gender: The annotation of the depicted presentation. An androgynous head lies between the survey's two groups.
        age_years: 18 or more; it moves the means of a few traits, never the measures.
    """
    if gender not in PRESENTATIONS:
        raise EvenfaceError(f"There is no gender annotation called {gender!r}.", f"Use one of {', '.join(PRESENTATIONS)}.")
    if not ADULT_YEARS <= age_years <= YEARS_LIMIT:
        raise EvenfaceError(f"An age of {age_years} years was asked for; heads are those of adults.", "Use 18 to 80 years.")
    presentation = float(rng.beta(*PRESENTATIONS[gender]))
    scores = _measure_root() @ rng.standard_normal(len(MEASURES))
    # Only an androgynous head takes its place between the two groups from the axis.
    share = {"man": 0.0, "woman": 1.0}.get(gender, presentation)
    traits = _trait_root() @ rng.standard_normal(len(TRAITS))
    traits += _shifts(_FEMININE_SHIFTS) * (presentation - 0.5) + _shifts(_AGE_SHIFTS) * (age_years - 40) / 40
    fullness = 0.55 * scores[-1] + 0.835 * float(rng.standard_normal())
    uneven = rng.standard_normal(len(ASYMMETRIES))
    return HeadShape(
        measures_mm=_rounded(_measures(scores, share), 2),
        traits=_rounded(np.clip(traits, -TRAIT_LIMIT, TRAIT_LIMIT), 4),
        asymmetries=_rounded(np.clip(uneven, -TRAIT_LIMIT, TRAIT_LIMIT), 4),
        presentation=round(presentation, 4),
        fullness=round(0.5 * (1 + erf(0.75 * fullness / sqrt(2))), 4),
    )


def _measures(scores: Floats, share: float) -> Floats:
    """Scores -> millimetres, ``share`` of the way from the men's means and deviations to the women's."""
    men, women = ANSUR["man"], ANSUR["woman"]
    mean = (1 - share) * np.array(men.mean_mm) + share * np.array(women.mean_mm)
    deviation = (1 - share) * np.array(men.sd_mm) + share * np.array(women.sd_mm)
    return np.asarray(mean + deviation * np.clip(scores, -MEASURE_LIMIT, MEASURE_LIMIT))


def _rounded(values: Floats, digits: int) -> tuple[float, ...]:
    return tuple(round(float(value), digits) for value in values)
