"""Target measures -> weights of the fit axes: the most likely small change of a head that gives it the wanted measures.

The change is an even scale and one weight for each of ``FIT_AXES``; heads are probes, measures are millimetres.
Least squares with a Gaussian prior on the axes, in Gauss-Newton steps (the gain of an iterated Kalman filter, in which the
prior's spreads choose among the many changes that would do).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from evenface.backends.cycles.head.axes import FIT_AXES
from evenface.backends.cycles.head.model import HeadModel
from evenface.backends.cycles.head.tape import measure, take_probes

__all__ = ["fit_axes", "fitted_measures"]

Values = NDArray[np.float64]

SCALE_MEAN, SCALE_SPREAD = 0.075, 0.05
"""The mesh library's mean adult head is smaller than the survey's."""
TOLERANCES_MM = (0.6, 0.8, 2.0, 0.6, 2.0, 2.5, 0.8, 0.8, 0.3, 0.5, 0.4, 0.4, 2.0)
"""How closely each measure is met: about what two measurements of one person differ by."""
STEP = 0.05
"""Of an axis, for the numerical derivative."""
ROUNDS = 4
WEIGHT_DIGITS = 6
"""Weights are rounded, so that the last bits of a linear solver, which differ between processors, reach no vertex."""


def fit_axes(model: HeadModel, bases: Values, targets_mm: Values) -> Values:
    """Return weights ``(heads, 1 + axes)`` for probes ``(heads, P, 3)``; the first is the even scale."""
    shapes = _axes(model)
    spread = np.array([SCALE_SPREAD, *FIT_AXES.values()])
    prior = np.zeros(len(spread))
    prior[0] = SCALE_MEAN
    weights = np.broadcast_to(prior, (len(bases), len(prior))).copy()
    noise = np.diag(np.square(TOLERANCES_MM))
    slopes = np.zeros((len(bases), len(TOLERANCES_MM), len(prior)))
    for turn in range(ROUNDS):
        now = measure(model, _move(bases, shapes, weights))
        if turn < 2:  # later steps are small: the old slopes do
            slopes = _slopes(model, bases, shapes, weights, now)
        spread_slopes = slopes * spread**2
        gap = targets_mm - now + np.einsum("bmj,bj->bm", slopes, weights - prior)
        solved = np.linalg.solve(np.einsum("bmj,bnj->bmn", spread_slopes, slopes) + noise, gap[..., None])[..., 0]
        step = np.einsum("bmj,bm->bj", spread_slopes, solved)
        weights = prior + np.clip(step, -2.5 * spread, 2.5 * spread)
    return np.round(weights, WEIGHT_DIGITS)


def _axes(model: HeadModel) -> Values:
    return take_probes(model, model.floats("fit")).astype(np.float64)


def fitted_measures(model: HeadModel, bases: Values, targets_mm: Values) -> Values:
    """Return the measures ``(heads, 13)`` of probes ``(heads, P, 3)`` after the fit."""
    shapes = _axes(model)
    chunks = range(0, len(bases), 250)  # keeps the memory for the derivatives small
    parts = [(bases[i : i + 250], targets_mm[i : i + 250]) for i in chunks]
    return np.concatenate([measure(model, _move(base, shapes, fit_axes(model, base, goal))) for base, goal in parts])


def _move(bases: Values, shapes: Values, weights: Values) -> Values:
    return np.asarray(_shape(bases, shapes, weights) * (1 + weights[:, :1, None]))


def _shape(bases: Values, shapes: Values, weights: Values) -> Values:
    """Move probes along the axes, not scaled."""
    return np.asarray(bases + np.einsum("ba,apx->bpx", weights[:, 1:], shapes))


def _slopes(model: HeadModel, bases: Values, shapes: Values, weights: Values, now: Values) -> Values:
    out = np.zeros((*now.shape, weights.shape[1]))
    shaped, scale = _shape(bases, shapes, weights), 1 + weights[:, :1, None]
    out[..., 0] = measure(model, shaped * (scale + STEP))
    for axis, shape in enumerate(shapes, 1):
        out[..., axis] = measure(model, (shaped + STEP * shape) * scale)
    return np.asarray((out - now[..., None]) / STEP)
