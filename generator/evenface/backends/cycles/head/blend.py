"""A description of a head -> vertices, and vertices -> an expressed face. Plain arithmetic on the head model's arrays.

In: ``HeadModel`` and ``HeadShape``. Out: float32 vertices of all parts, origin between the eyes.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from evenface.anthropometry import TRAIT_LIMIT
from evenface.backends.cycles.head.axes import UNITS
from evenface.backends.cycles.head.fit import applied, fit_axes
from evenface.backends.cycles.head.model import Floats, HeadModel
from evenface.backends.cycles.head.tape import probed
from evenface.errors import EvenfaceError
from evenface.records import HeadShape

__all__ = ["build_head", "express", "eye_centres", "eye_radius"]

YOUNG_YEARS, OLD_YEARS = 25.0, 90.0
"""Ages of the mesh library's two adult corners."""


def build_head(model: HeadModel, head: HeadShape, age_years: int) -> Floats:
    """Return the neutral head that has the described measures, traits and asymmetries."""
    base = _unfitted(model, head, age_years)
    weights = fit_axes(model, probed(model, base)[None], np.array([head.measures_mm]))[0]
    return _centred(model, applied(weights, model.floats("fit"), base))


def _unfitted(model: HeadModel, head: HeadShape, age_years: float) -> Floats:
    old = np.clip((age_years - YOUNG_YEARS) / (OLD_YEARS - YOUNG_YEARS), -0.05, 0.9)
    full = np.clip(head.fullness, 0.0, 1.0)
    by_full = np.array([max(0.0, 1 - 2 * full), 1 - abs(2 * full - 1), max(0.0, 2 * full - 1)])
    by_sex = np.array([1 - head.presentation, head.presentation])
    weights = np.einsum("s,a,f->saf", by_sex, np.array([1 - old, old]), by_full)
    vertices = _mixed(weights, model.floats("corners"))
    vertices += _mixed(np.maximum([2 * full - 1, 1 - 2 * full], 0), model.floats("fullness"))
    traits = np.clip(np.array(head.traits), -TRAIT_LIMIT, TRAIT_LIMIT)
    vertices += _mixed(np.concatenate([np.maximum(traits, 0), np.maximum(-traits, 0)]), model.floats("traits"))
    uneven = np.clip(np.array(head.asymmetries), -TRAIT_LIMIT, TRAIT_LIMIT)
    return np.asarray(vertices + _mixed(uneven, model.floats("asymmetries")), np.float32)


def _mixed(weights: Floats, shapes: Floats) -> Floats:
    flat = shapes.reshape(weights.size, -1)
    return np.asarray(weights.astype(np.float32).ravel() @ flat, np.float32).reshape(-1, 3)


def _centred(model: HeadModel, vertices: Floats) -> Floats:
    return np.asarray(vertices - eye_centres(model, vertices).mean(axis=0), np.float32)


def express(model: HeadModel, vertices: Floats, action_units: Iterable[tuple[str, float]]) -> Floats:
    """Return the face with ARKit shapes added: ``(("jawOpen", 0.4), ...)``."""
    weights = np.zeros(len(UNITS))
    for name, weight in action_units:
        if name not in UNITS:
            raise EvenfaceError(f"There is no face shape called {name!r}.", f"Use one of {', '.join(UNITS)}.")
        weights[UNITS.index(name)] += weight
    return np.asarray(vertices + _mixed(weights, model.floats("units")), np.float32)


def eye_centres(model: HeadModel, vertices: Floats) -> Floats:
    """Return the middles of the left and the right eyeball ``(2, 3)``."""
    return np.stack([vertices[model.parts[name]].mean(axis=0) for name in ("eye_left", "eye_right")])


def eye_radius(model: HeadModel, vertices: Floats) -> float:
    """Return the radius of the eyeballs, half of their height and breadth."""
    span = np.ptp(vertices[model.parts["eye_left"]], axis=0)
    return float(span[0] + span[2]) / 4
