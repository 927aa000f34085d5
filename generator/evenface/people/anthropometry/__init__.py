"""Draws the shapes of heads: from the published distribution of what a tape measures, and a spread for what no tape measures.

No function takes the skin tone: one distribution serves every tone of an annotation. The tape measures follow ANSUR II: US
Army personnel, 17 to 58 years, measured 2010-2012. That survey calibrates ranges; it says nothing about other populations,
and it recorded two sexes only.
"""

from __future__ import annotations

from functools import cache
from math import erf, exp, sqrt

import numpy as np
from numpy.typing import NDArray

from evenface.errors import EvenfaceError
from evenface.people.anthropometry.kinds import residual_spread, sample_kinds
from evenface.people.anthropometry.survey import ANSUR, CORRELATIONS, MEASURES, Survey, measures_mm, root_of, sample_scores
from evenface.people.anthropometry.tendencies import AGE_SHIFTS, FEMININE_SHIFTS, MEANS, PRESENTATIONS, TRAIT_PAIRS
from evenface.people.anthropometry.traits import ASYMMETRIES, TRAIT_LIMIT, TRAITS, UNEVENNESS, spread_of
from evenface.processor import product
from evenface.records import HeadShape

__all__ = ["ANSUR", "ASYMMETRIES", "CORRELATIONS", "MEASURES", "TRAITS", "TRAIT_LIMIT", "Survey", "sample_head"]

Floats = NDArray[np.float64]

_ADULT_YEARS = 18
_YEARS_LIMIT = 100
_PACE_SPREAD = 0.3
"""Standard deviation of the logarithm of the pace at which a face ages."""


def sample_head(rng: np.random.Generator, *, gender: str, age_years: int) -> HeadShape:
    """Draw the head of an adult. Raise ``EvenfaceError`` for an unknown annotation or another age.

    Args:
        gender: The annotation of the depicted presentation. An androgynous head lies between the survey's two groups.
        age_years: 18 or more; it moves the means of some traits, never the measures.
    """
    if gender not in PRESENTATIONS:
        raise EvenfaceError(f"the gender annotation {gender!r} is unknown", f"use one of {', '.join(PRESENTATIONS)}")
    if not _ADULT_YEARS <= age_years <= _YEARS_LIMIT:
        hint = f"use {_ADULT_YEARS} to {_YEARS_LIMIT} years"
        raise EvenfaceError(f"the age is {age_years} years, but heads are those of adults", hint)
    presentation = float(rng.beta(*PRESENTATIONS[gender]))
    scores = sample_scores(rng)
    # Only an androgynous head takes its place between the two groups from the axis.
    share = {"man": 0.0, "woman": 1.0}.get(gender, presentation)
    fullness = 0.55 * scores[-1] + 0.835 * float(rng.standard_normal())
    uneven = UNEVENNESS * rng.standard_normal(len(ASYMMETRIES))
    traits = _sample_traits(rng, presentation, age_years)
    return HeadShape(
        measures_mm=_rounded(measures_mm(scores, share), 2),
        traits=_rounded(np.clip(traits, -TRAIT_LIMIT, TRAIT_LIMIT), 4),
        asymmetries=_rounded(np.clip(uneven, -TRAIT_LIMIT, TRAIT_LIMIT), 4),
        presentation=round(presentation, 4),
        fullness=round(0.5 * (1 + erf(0.9 * fullness / sqrt(2))), 4),
        field_seed=int(rng.integers(2**31)),
    )


def _sample_traits(rng: np.random.Generator, presentation: float, age_years: int) -> Floats:
    own = residual_spread() * (product(_trait_root(), rng.standard_normal(len(TRAITS))))
    pace = exp(_PACE_SPREAD * float(rng.standard_normal()))
    gendered = _shifts("feminine") * (presentation - 0.5) + _shifts("everybody")
    return np.asarray(_spreads() * (own + sample_kinds(rng)) + gendered + _shifts("age") * pace * (age_years - 40) / 40)


@cache
def _trait_root() -> Floats:
    matrix = np.eye(len(TRAITS))
    for (one, other), value in TRAIT_PAIRS.items():
        i, j = TRAITS.index(one), TRAITS.index(other)
        matrix[i, j] = matrix[j, i] = value
    return root_of(matrix)


@cache
def _spreads() -> Floats:
    return np.array([spread_of(name) for name in TRAITS])


@cache
def _shifts(of: str) -> Floats:
    table = {"feminine": FEMININE_SHIFTS, "age": AGE_SHIFTS, "everybody": MEANS}[of]
    return np.array([table.get(name, 0.0) for name in TRAITS])


def _rounded(values: Floats, digits: int) -> tuple[float, ...]:
    return tuple(round(float(value), digits) for value in values)
