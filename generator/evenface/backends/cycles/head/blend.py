"""A description of a head -> vertices, and vertices -> an expressed face. Plain arithmetic on the head model's arrays.

In: ``HeadModel`` and ``HeadShape``. Out: float32 vertices of all parts, origin between the eyes.

Shapes are summed one by one in double precision and never by a matrix product: BLAS adds in another order on every processor, and
hair that grows on a vertex which moved by its last bit falls otherwise.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from evenface.anthropometry import ASYMMETRIES, TRAIT_LIMIT, TRAITS
from evenface.backends.cycles.head.axes import UNITS
from evenface.backends.cycles.head.fields import displaced
from evenface.backends.cycles.head.fit import fit_axes, fitted_measures
from evenface.backends.cycles.head.model import Floats, HeadModel
from evenface.backends.cycles.head.tape import probed
from evenface.errors import EvenfaceError
from evenface.records import HeadShape

__all__ = ["build_head", "express", "eye_centres", "eye_radius", "realised_measures"]

Values = NDArray[np.float64]

YOUNG_YEARS, OLD_YEARS = 25.0, 90.0
"""Ages of the mesh library's two adult corners."""

LID_THICKNESS_M = 0.0004

RIGHT_LIDS, LEFT_LIDS = ([37, 38], [41, 40]), ([43, 44], [47, 46])
LIDS_MM = ((4.1, 0.7, 5.2), (5.4, 0.5, 6.2))
"""Mean, spread and most of the upper and the lower lid's distance from the middle of the pupil, the first two in an eye of the
mean width; clinics call them marginal reflex distances and find about 4 to 5 and 5 to 6 mm in adults. White over the iris would
be a stare."""
EYE_WIDTH_MM = 30.0
LID_LIMIT_MM = 4.0


def build_head(model: HeadModel, head: HeadShape, age_years: int) -> Floats:
    """Return the neutral head that has the described measures, traits and asymmetries."""
    base = _mixed(_shape_weights(head, age_years), _shapes(model))
    base += displaced(model.floats("field_even"), model.floats("field_odd"), head.field_seed)
    weights = fit_axes(model, probed(model, base)[None], np.array([head.measures_mm]))[0]
    moved = _mixed((weights[1:],), (model.floats("fit"),))
    vertices = np.asarray((base + moved) * (1 + weights[0]), np.float32)
    vertices -= eye_centres(model, vertices).mean(axis=0)
    return _lids_clear(model, _lids_set(model, _lips_closed(model, vertices), head))


def realised_measures(model: HeadModel, heads: Sequence[HeadShape], ages: Sequence[int]) -> NDArray[np.float64]:
    """Return the tape's measures ``(heads, 13)`` that the built heads will have, millimetres, without building them."""
    shapes = [probed(model, part) for part in _shapes(model)]
    modes = [probed(model, model.floats(name)[..., None])[..., 0] for name in ("field_even", "field_odd")]
    bases = np.stack(
        [
            _mixed(_shape_weights(head, age), shapes) + displaced(modes[0], modes[1], head.field_seed)
            for head, age in zip(heads, ages, strict=True)
        ]
    )
    return fitted_measures(model, bases, np.array([head.measures_mm for head in heads]))


def _shapes(model: HeadModel) -> tuple[Floats, ...]:
    return tuple(model.floats(name) for name in ("corners", "fullness", "traits", "asymmetries"))


def _shape_weights(head: HeadShape, age_years: float) -> tuple[Values, ...]:
    """Return the weights of the arrays of ``_shapes``."""
    old = np.clip((age_years - YOUNG_YEARS) / (OLD_YEARS - YOUNG_YEARS), -0.05, 0.9)
    full = min(max(head.fullness, 0.0), 1.0)
    by_full = [max(0.0, 1 - 2 * full), 1 - abs(2 * full - 1), max(0.0, 2 * full - 1)]
    by_sex = [1 - head.presentation, head.presentation]
    traits = np.clip(np.array(head.traits), -TRAIT_LIMIT, TRAIT_LIMIT)
    return (
        np.einsum("s,a,f->saf", by_sex, [1 - old, old], by_full),
        np.maximum([2 * full - 1, 1 - 2 * full], 0.0),
        np.concatenate([np.maximum(traits, 0), np.maximum(-traits, 0)]),
        np.clip(np.array(head.asymmetries), -TRAIT_LIMIT, TRAIT_LIMIT),
    )


def _mixed(weights: tuple[Values, ...], shapes: Sequence[Floats]) -> Values:
    """Return the weighted sum ``(V, 3)`` of shapes ``(..., V, 3)``, each array of weights shaped as the leading axes."""
    total = np.zeros(shapes[0].shape[-2:])
    for part, among in zip(weights, shapes, strict=True):
        for weight, shape in zip(part.ravel(), among.reshape(part.size, *total.shape), strict=True):
            if weight:
                total += np.multiply(shape, weight, dtype=np.float64)
    return total


def _lips_closed(model: HeadModel, vertices: Floats) -> Floats:
    """Close or part the lips so that they just touch: traits of the lips leave gaps of a millimetre or overlaps."""
    upper, lower = model.indices("lip_pairs").T
    gaps_mm = (vertices[upper, 2] - vertices[lower, 2]) * 1000.0 - model.floats("lip_rests") * 1000.0
    here = np.interp(model.floats("lip_places"), model.floats("lip_stations"), gaps_mm)
    return np.asarray(vertices + here[:, None].astype(np.float32) * model.floats("lips_closed"), np.float32)


def _lids_set(model: HeadModel, vertices: Floats, head: HeadShape) -> Floats:
    """Open the eyes as far as the person's are: whatever else shapes the face, lids neither sink over the iris nor stare."""
    points, shapes = model.landmark_points(vertices), model.floats("lids")
    out = vertices.copy()
    uneven = head.asymmetries[ASYMMETRIES.index("eye_opening")]
    across = np.abs(points[[39, 45], 0] - points[[36, 42], 0]).mean() * 1000.0 / EYE_WIDTH_MM
    for side, centre, edges in zip((1, -1), eye_centres(model, vertices), (LEFT_LIDS, RIGHT_LIDS), strict=True):
        scores = (head.traits[TRAITS.index("eye_opening")] + 0.45 * side * uneven, head.traits[TRAITS.index("lower_lid")])
        half = np.sign(vertices[:, :1]) == side
        for way, score, edge, (middle, spread, most), shape in zip((1, -1), scores, edges, LIDS_MM, shapes, strict=True):
            stands = way * (points[edge, 2].mean() - centre[2]) * 1000.0
            wanted = min(most, (middle + spread * float(np.clip(score, -TRAIT_LIMIT, TRAIT_LIMIT))) * across)
            gain = np.abs(shape[model.landmarks_68[edge], 2]).mean() * 1000.0
            out += np.where(half, np.float32(np.clip((wanted - stands) / gain, -LID_LIMIT_MM, LID_LIMIT_MM)) * shape, 0)
    return out


def _lids_clear(model: HeadModel, vertices: Floats) -> Floats:
    """Push lids out to the surface of the eyeballs where they would sink into them."""
    out = vertices.copy()
    radius = eye_radius(model, vertices) + LID_THICKNESS_M
    for side, centre in zip(("left", "right"), eye_centres(model, vertices), strict=True):
        lids = model.indices(f"lids_{side}")
        away = out[lids] - centre
        distance = np.linalg.norm(away, axis=1, keepdims=True)
        out[lids] = centre + away * np.maximum(1.0, radius / distance)
    return out


def express(model: HeadModel, vertices: Floats, action_units: Iterable[tuple[str, float]]) -> Floats:
    """Return the face with ARKit shapes added: ``(("jawOpen", 0.4), ...)``; the neck, the eyes' middles and the order stay."""
    weights = np.zeros(len(UNITS))
    for name, weight in action_units:
        if name not in UNITS:
            raise EvenfaceError(f"There is no face shape called {name!r}.", f"Use one of {', '.join(UNITS)}.")
        weights[UNITS.index(name)] += weight
    opened = _opened(model, vertices)
    for side in ("Left", "Right"):
        weights[UNITS.index(f"eyeBlink{side}")] *= opened[side]
    # The shapes were made for the mean head; a larger face moves further.
    points = model.landmark_points(vertices)
    larger = np.sqrt(((points[27] - points[8]) ** 2).sum()) / model.floats("face_height")[0]
    moved = np.asarray(vertices + _mixed((weights * larger,), (model.floats("units"),)), np.float32)
    return _lids_clear(model, moved)


def _opened(model: HeadModel, vertices: Floats) -> dict[str, float]:
    """Return how far the lids of each eye have to go to meet, against those of the mean head and of its size."""
    z = model.landmark_points(vertices)[:, 2]
    mean = float(model.floats("eye_openings")[0])
    edges = {"Left": LEFT_LIDS, "Right": RIGHT_LIDS}
    return {side: float(z[upper].mean() - z[lower].mean()) / mean for side, (upper, lower) in edges.items()}


def eye_centres(model: HeadModel, vertices: Floats) -> Floats:
    """Return the middles of the left and the right eyeball ``(2, 3)``."""
    return np.stack([vertices[model.parts[name]].mean(axis=0) for name in ("eye_left", "eye_right")])


def eye_radius(model: HeadModel, vertices: Floats) -> float:
    """Return the radius of the eyeballs, half of their height and breadth."""
    span = np.ptp(vertices[model.parts["eye_left"]], axis=0)
    return float(span[0] + span[2]) / 4
