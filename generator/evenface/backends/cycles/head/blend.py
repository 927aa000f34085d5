"""A description of a head -> vertices, and vertices -> an expressed face. Plain arithmetic on the head model's arrays.

Vertices are float32, of all parts, with the origin between the eyes.

Shapes are summed one by one in double precision and never by a matrix product: BLAS adds in another order on every processor, and
hair that grows on a vertex which moved by its last bit falls otherwise.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from evenface.backends.cycles.head.axes import UNITS
from evenface.backends.cycles.head.fields import displace
from evenface.backends.cycles.head.fit import fit_axes, fitted_measures
from evenface.backends.cycles.head.model import Floats, HeadModel
from evenface.backends.cycles.head.tape import take_probes
from evenface.errors import EvenfaceError
from evenface.people.anthropometry import ASYMMETRIES, TRAIT_LIMIT, TRAITS
from evenface.records import HeadShape
from evenface.rng import rng_for

__all__ = ["build_head", "express", "eye_centres", "eye_radius", "realised_measures"]

Values = NDArray[np.float64]

YOUNG_YEARS, OLD_YEARS = 25.0, 90.0
"""Ages of the mesh library's two adult corners."""

LID_THICKNESS_M = 0.0004

RIGHT_LIDS, LEFT_LIDS = ([37, 38], [41, 40]), ([43, 44], [47, 46])
LIDS_MM = ((2.5, 3.75, 0.80, 4.8), (3.5, 4.6, 0.65, 5.4))
"""Least, mean, spread and most of the distance of the upper and of the lower lid's edge from the middle of the pupil, where the
edge is what can be seen from the front: a fold may hang before it. Clinics find 4 to 5 and 5 to 6 mm in the middle of a lid and
wide open eyes; photographs of people at rest and smiling show a millimetre less. White over the iris would be a stare."""
EYE_WIDTH_MM = 30.0
LID_LIMIT_MM = 4.5
LID_STEPS = 3
"""How often lids are looked at and moved: what hangs before an edge goes only a part of its way."""
RIM_MM = 2.2
"""How far the mark of a lid may stand over the edge that is seen."""
EDGE_PLACE, LOW_M = 0.35, 0.0007
"""Where marks of an edge lie between the middle and a corner; how far below its arc a fold may hang."""
COLUMN_MM = 2.6
"""How far beside a mark the edge of a lid is looked for."""
ARCHES_MM = ((0.55, 0.35), (0.45, 0.30))
"""Spread of what makes the arc of the upper and of the lower lid lean towards a corner, and of what makes it flat or pointed."""


def build_head(model: HeadModel, head: HeadShape, age_years: int) -> Floats:
    """Return the neutral head that has the described measures, traits and asymmetries."""
    base = _mix(_shape_weights(head, age_years), _shapes(model))
    base += displace(model.floats("field_even"), model.floats("field_odd"), head.field_seed)
    weights = fit_axes(model, take_probes(model, base)[None], np.array([head.measures_mm]))[0]
    moved = _mix((weights[1:],), (model.floats("fit"),))
    vertices = np.asarray((base + moved) * (1 + weights[0]), np.float32)
    vertices -= eye_centres(model, vertices).mean(axis=0)
    return _clear_lids(model, _set_lids(model, _close_lips(model, vertices), head))


def realised_measures(model: HeadModel, heads: Sequence[HeadShape], ages: Sequence[int]) -> NDArray[np.float64]:
    """Return the tape's measures ``(heads, 13)`` that the built heads will have, millimetres, without building them."""
    shapes = [take_probes(model, part) for part in _shapes(model)]
    modes = [take_probes(model, model.floats(name)[..., None])[..., 0] for name in ("field_even", "field_odd")]
    bases = np.stack(
        [
            _mix(_shape_weights(head, age), shapes) + displace(modes[0], modes[1], head.field_seed)
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


def _mix(weights: tuple[Values, ...], shapes: Sequence[Floats]) -> Values:
    """Return the weighted sum ``(V, 3)`` of shapes ``(..., V, 3)``, each array of weights shaped as the leading axes."""
    total = np.zeros(shapes[0].shape[-2:])
    for part, among in zip(weights, shapes, strict=True):
        for weight, shape in zip(part.ravel(), among.reshape(part.size, *total.shape), strict=True):
            if weight:
                total += np.multiply(shape, weight, dtype=np.float64)
    return total


def _close_lips(model: HeadModel, vertices: Floats) -> Floats:
    """Close or part the lips so that they just touch: traits of the lips leave gaps of a millimetre or overlaps."""
    upper, lower = model.indices("lip_pairs").T
    gaps_mm = (vertices[upper, 2] - vertices[lower, 2]) * 1000.0 - model.floats("lip_rests") * 1000.0
    here = np.interp(model.floats("lip_places"), model.floats("lip_stations"), gaps_mm)
    return np.asarray(vertices + here[:, None].astype(np.float32) * model.floats("lips_closed"), np.float32)


def _set_lids(model: HeadModel, vertices: Floats, head: HeadShape) -> Floats:
    """Open the eyes as far as the person's are: with any shape of the face, lids neither sink over the iris nor stare."""
    points, shapes, out = model.landmark_points(vertices), model.floats("lids"), vertices.copy()
    uneven = head.asymmetries[ASYMMETRIES.index("eye_opening")]
    # A short opening is a little lower too; were it lower by as much, it would be a slit.
    across = (np.abs(points[[39, 45], 0] - points[[36, 42], 0]).mean() * 1000.0 / EYE_WIDTH_MM) ** 0.7
    arches = rng_for(head.field_seed, "lids").standard_normal((2, 2)) * np.array(ARCHES_MM)
    for side, name, centre, edges in _eyes(model, vertices):
        scores = (head.traits[TRAITS.index("eye_opening")] + 0.45 * side * uneven, head.traits[TRAITS.index("lower_lid")])
        half = np.sign(vertices[:, :1]) == side
        middle = points[36:42] if side < 0 else points[42:48]
        for way, score, edge, limits, shape, arch in zip((1, -1), scores, edges, LIDS_MM, shapes, arches, strict=True):
            own = np.where(half, shape, 0)
            out += _arch(vertices[:, 0], middle[:, 0], arch)[:, None] * own
            least, mean, spread, most = limits
            wanted = np.clip((mean + spread * float(np.clip(score, -TRAIT_LIMIT, TRAIT_LIMIT))) * across, least, most)
            rows, moved = _rows(model, name, own), 0.0
            for _ in range(LID_STEPS):
                stands, gain = _edge(out, rows, points[edge, 0], own, way)
                move = (wanted - way * (stands - centre[2]) * 1000.0) / gain
                move = float(np.clip(moved + move, -LID_LIMIT_MM, LID_LIMIT_MM)) - moved
                # What hangs far before the edge has to move itself.
                beyond = wanted + RIM_MM - way * (model.landmark_points(out)[edge, 2].mean() - centre[2]) * 1000.0
                move = min(move, max(float(beyond), 0.0)) if move > 0 else move
                out, moved = out + np.float32(move) * own, moved + move
            if way > 0:
                ends = middle[[0, 3]]
                _lift(out, rows, ends, float(centre[2] + wanted / 1000.0))
    return out


def _lift(vertices: Floats, rows: NDArray[np.integer[Any]], ends: Floats, edge: float) -> None:
    """Raise, in place, what hangs lower than the upper lid's edge to an arc through it: a heavy fold rests on the lashes."""
    x, z = vertices[rows, 0], vertices[rows, 2]
    middle, half = ends[:, 0].mean(), np.abs(ends[0, 0] - ends[1, 0]) / 2
    u = (x - middle) / half
    corners = np.interp(x, *ends[np.argsort(ends[:, 0])][:, [0, 2]].T)
    # The edge is measured a third of the way from the middle to a corner.
    arc = corners + (edge - ends[:, 2].mean()) * (1 - u**2) / (1 - EDGE_PLACE**2) - LOW_M
    hung = np.clip(arc - z, 0, None) * np.clip((0.9 - np.abs(u)) / 0.2, 0, 1)
    vertices[rows, 2] += np.asarray(hung, np.float32)


def _eyes(model: HeadModel, vertices: Floats) -> Iterable[tuple[int, str, Floats, tuple[list[int], list[int]]]]:
    """Return the side, name of the lids' vertices, middle and marks of the edges, of the left and the right eye."""
    return zip((1, -1), ("lids_left", "lids_right"), eye_centres(model, vertices), (LEFT_LIDS, RIGHT_LIDS), strict=True)


def _arch(x: Floats, marks: Floats, amounts: Values) -> Floats:
    """Return what a person's own arc of a lid adds along it, millimetres: its peak lies inwards or outwards, flat or pointed."""
    inner, outer = sorted((float(marks.min()), float(marks.max())), key=abs)
    u = np.clip((2 * x - inner - outer) / (outer - inner), -1, 1)
    return np.asarray(amounts[0] * u + amounts[1] * (0.4 - 1.2 * u**2), np.float32)


def _rows(model: HeadModel, name: str, shape: Floats) -> NDArray[np.integer[Any]]:
    """Return the vertices before an eyeball that go along with a lid."""
    lids = model.indices(name)
    share = np.abs(shape[lids, 2])
    return np.asarray(lids[share > 0.15 * share.max()])


def _edge(vertices: Floats, rows: NDArray[np.integer[Any]], places: Floats, shape: Floats, way: int) -> tuple[float, float]:
    """Return the height of a lid's edge seen from the front, about two places, and how much of a move it follows, in mm."""
    found = []
    for place in places:
        column = rows[np.abs(vertices[rows, 0] - place) < COLUMN_MM / 1000.0]
        found.append(int(column[np.argmin(way * vertices[column, 2])]))
    return float(vertices[found, 2].mean()), float(np.abs(shape[found, 2]).mean()) * 1000.0


def _clear_lids(model: HeadModel, vertices: Floats) -> Floats:
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
    opened = _lid_openings(model, vertices)
    for side in ("Left", "Right"):
        weights[UNITS.index(f"eyeBlink{side}")] *= opened[side]
    # The shapes were made for the mean head; a larger face moves further.
    points = model.landmark_points(vertices)
    larger = np.sqrt(((points[27] - points[8]) ** 2).sum()) / model.floats("face_height")[0]
    moved = np.asarray(vertices + _mix((weights * larger,), (model.floats("units"),)), np.float32)
    return _clear_lids(model, moved)


def _lid_openings(model: HeadModel, vertices: Floats) -> dict[str, float]:
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
