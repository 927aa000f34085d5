"""Glasses, fitted to one head: before lashes, cheeks and brows, beside the nose, over the ears.

The frame is a piece with its finish; the two lenses are a mesh of their own.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.spatial import cKDTree

from evenface.backends.cycles.hair.strands import Floats
from evenface.backends.cycles.head import HeadModel, express, eye_centres
from evenface.backends.cycles.wardrobe.meshes import BodySurface, Mesh, Piece, finish_piece, merge, pellet, strip, tube
from evenface.records import Glasses

__all__ = ["SHAPES", "Spectacles", "build_glasses"]

VERTEX_M = 0.0125
"""From the cornea to the back of the lens; opticians fit 12 to 14 mm."""
_CLEAR = 0.0006
_SMILE = tuple((f"{name}{side}", 0.7) for name in ("mouthSmile", "cheekSquint") for side in ("Left", "Right"))
_TILT, _WRAP, _BULGE = 0.10, 1.1, 1.0
_ROUND = np.linspace(0, 2 * np.pi, 73)[:-1]


@dataclass(frozen=True, slots=True)
class _Shape:
    """One lens seen from the front, in half breadths of the lens."""

    height: float
    """Half height."""
    square: float
    """2 = an ellipse, more = a rounded rectangle."""
    taper: float = 0.0
    """How much broader it is above than below."""
    lift: float = 0.0
    """How far the outer upper corner is drawn up."""
    breadth: float = 1.0
    """Ratio to the usual breadth of a lens."""
    drop: float = 0.0025
    """Metres from the pupils down to the middle of the lens."""
    top: float = 1.0
    """Height of the rim above as a ratio to the record's."""
    below: float = 1.0
    bars: int = 1


SHAPES: dict[str, _Shape] = {
    "round": _Shape(0.95, 2.0, breadth=0.90, drop=0.002),
    "oval": _Shape(0.70, 2.3, breadth=0.97),
    "rectangular": _Shape(0.60, 4.6, taper=0.04, drop=0.002),
    "wayfarer": _Shape(0.74, 3.6, taper=0.13, lift=0.06, drop=0.0035, top=1.35),
    "aviator": _Shape(0.88, 2.7, taper=0.20, breadth=1.03, drop=0.0065, bars=2),
    "cat_eye": _Shape(0.70, 2.8, taper=0.12, lift=0.26, drop=0.003, top=1.3),
    "browline": _Shape(0.76, 3.0, taper=0.10, drop=0.0035, top=1.9, below=0.28),
    "rimless": _Shape(0.66, 3.2, taper=0.05, top=0.0, below=0.0),
    "oversized": _Shape(0.86, 3.2, taper=0.06, breadth=1.06, drop=0.006),
}


@dataclass(frozen=True, slots=True)
class Spectacles:
    """What the scene shows of a pair of glasses."""

    frame: Piece
    lenses: Mesh


@dataclass(frozen=True, slots=True)
class _Front:
    """The curved face of the frame: x and z of a place on it give its y."""

    y: float
    middle: float
    """Height of the middle of the lenses over the pupils."""
    gap: float
    """From the middle of the nose to the lens."""
    half: float
    """Half the breadth of a lens."""
    shape: _Shape

    def outline(self) -> Floats:
        """Return the edge of the person's left lens (72, 2): x and z."""
        across, up = np.cos(_ROUND), np.sin(_ROUND)
        power = 2 / self.shape.square
        across = np.sign(across) * np.abs(across) ** power
        up = np.sign(up) * np.abs(up) ** power
        up = up + self.shape.lift * np.clip(across, 0, None) ** 2 * np.clip(up + 0.3, 0, None) / self.shape.height
        across = across * (1 + self.shape.taper * (up - 1))
        x = self.gap + self.half * (1 + across)
        return np.stack([x, self.middle + self.half * self.shape.height * up], 1)

    def place(self, flat: Floats, forward: Floats | float = 0.0) -> Floats:
        """Return points of the front (N, 2) in space, moved ``forward`` metres towards the viewer."""
        x, z = flat[..., 0], flat[..., 1]
        high = z - self.middle
        y = self.y + _WRAP * x**2 - _TILT * high + _BULGE * high**2 - forward
        return np.stack([x, np.broadcast_to(y, x.shape), z], -1)


def build_glasses(model: HeadModel, vertices: Floats, glasses: Glasses) -> Spectacles | None:
    """Fit the glasses of one person; None without glasses."""
    if glasses.frame == "none":
        return None
    relief = _Relief(model, vertices)
    front = _fit(model, vertices, glasses, relief)
    rim = 0.001 * glasses.rim_mm
    parts = [_rim(front, rim), *_bridge(front, relief, rim, bool(glasses.metal))]
    frame = merge([*parts, _temple(model, vertices, front, glasses), *_pads(front, relief, bool(glasses.metal))])
    # All is built for the person's left side but the bridge, which is its own mirror image.
    frame = merge([frame, _mirror(frame)])
    return Spectacles(_finish(frame, glasses), _lenses(front))


def _finish(frame: Mesh, glasses: Glasses) -> Piece:
    rough = 0.22 if glasses.metal else 0.16
    return finish_piece(frame, glasses.colour, metal=glasses.metal, rough=rough, mottled=glasses.mottled)


def _mirror(mesh: Mesh) -> Mesh:
    return Mesh(mesh.vertices * np.array([-1, 1, 1], np.float32), mesh.faces[:, ::-1])


class _Relief:
    """The front of the face as heights: how far forward the skin stands behind a place seen from the front."""

    def __init__(self, model: HeadModel, vertices: Floats) -> None:
        quads = model.part_faces["skin"]
        used = np.unique(quads)
        # Cheeks rise with a smile; the frame has room for it.
        smiling = express(model, vertices, _SMILE)
        points = np.concatenate([vertices[used], vertices[quads].mean(1), smiling[used]])
        near = (np.abs(points[:, 0]) < 0.09) & (points[:, 1] < 0.05) & (np.abs(points[:, 2]) < 0.06)
        # Both sides at once: a frame is symmetric, also where the face is not.
        points = np.concatenate([points[near], points[near] * [-1, 1, 1]])
        self._y = points[:, 1]
        self._tree = cKDTree(points[:, [0, 2]])

    def at(self, flat: Floats) -> Floats:
        """Return y of the skin before which nothing else of it lies, (N,)."""
        apart, near = self._tree.query(flat, k=5)
        y = np.where(apart < 0.005, self._y[near], np.inf).min(1)
        return np.where(np.isfinite(y), y, 0.05)


def _fit(model: HeadModel, vertices: Floats, glasses: Glasses, relief: _Relief) -> _Front:
    shape = SHAPES[glasses.frame]
    eyes = np.concatenate([vertices[model.parts[name]] for name in ("eye_left", "eye_right")])
    level = float(eye_centres(model, vertices)[:, 2].mean())
    skin = vertices[model.parts["skin"]]
    sides = skin[(np.abs(skin[:, 2]) < 0.008) & (skin[:, 1] > 0.0) & (skin[:, 1] < 0.03)]
    breadth = float(np.abs(sides[:, 0]).max()) * glasses.width
    gap, y = 0.0085, float(eyes[:, 1].min()) - VERTEX_M
    for _ in range(7):
        half = 0.465 * (breadth - gap - 0.001) * shape.breadth
        front = _Front(y - _WRAP * (gap + half) ** 2, level - shape.drop, gap, half, shape)
        deep = _depth_in_skin(front, relief, 0.001 * glasses.rim_mm)
        nasal = np.arange(len(deep)) % 72
        beside_nose = (nasal > 22) & (nasal < 58)
        if deep[beside_nose].max() <= 0 or gap > 0.0125:
            break
        gap += 0.0008
    return _Front(front.y - max(float(deep.max()), 0.0), front.middle, gap, half, shape)


def _depth_in_skin(front: _Front, relief: _Relief, rim: float) -> Floats:
    """Return how far the skin stands before the edge and the surface of the lens, metres, three rings of 72."""
    edge = front.outline()
    middle = edge.mean(0)
    rings = np.concatenate([middle + (edge - middle) * part for part in (1.0 + rim / front.half, 1.0, 0.6)])
    clear = np.repeat([_CLEAR + _rim_depth(rim), _CLEAR + _rim_depth(rim), _CLEAR], len(edge))
    return np.asarray(front.place(rings)[:, 1] + clear - relief.at(rings))


def _rim_depth(rim: float) -> float:
    """Return half the thickness of a rim from front to back."""
    return max(0.0011, min(0.0019, 0.55 * rim))


def _normals(edge: Floats) -> Floats:
    along = np.roll(edge, -1, 0) - np.roll(edge, 1, 0)
    out = np.stack([along[:, 1], -along[:, 0]], 1)
    return np.asarray(out / np.linalg.norm(out, axis=1, keepdims=True))


def _rim(front: _Front, rim: float) -> Mesh:
    """Build a rounded bar round the lens; rimless glasses keep the polished edge of the glass."""
    edge, shape = front.outline(), front.shape
    out = _normals(edge)
    high = np.clip((edge[:, 1] - front.middle) / (front.half * shape.height) * 2.2 + 0.2, -1, 1)
    share = shape.below + (shape.top - shape.below) * (0.5 + 0.5 * high)
    wide = np.maximum(rim * share, 0.0006)[:, None]
    deep = _rim_depth(rim) * np.clip(0.45 + share, 0.5, 1)
    upper = ((-0.15, 0.7), (0.1, 1.0), (0.75, 1.0), (1.0, 0.6))
    profile = (*upper, *((across, -forward) for across, forward in upper[::-1]), upper[0])
    return strip(np.stack([front.place(edge + a * wide * out, d * deep) for a, d in profile])[::-1])


def _bridge(front: _Front, relief: _Relief, rim: float, metal: bool) -> list[Mesh]:
    """Build half of the bridge over the nose, forward where the nose stands forward; the other half is its mirror image."""
    bars = []
    edge, half_height = front.outline(), front.half * front.shape.height
    for bar in range(front.shape.bars):
        level = (0.30, 0.86)[bar] * half_height + front.middle
        start = _crossing(edge[edge[:, 0] < front.gap + front.half], level)
        x = np.linspace(0.0, start + 0.0006, 9)
        arch = 0.0022 * (1 - (x / start) ** 2) * (1 - bar)
        flat = np.stack([x, level + arch], 1)
        path = front.place(flat, 0.0)
        thick = 0.0009 if metal else max(0.0012, 0.4 * rim)
        tall = 0.0009 if metal else max(0.0014, 0.6 * rim)
        path[:, 1] = np.minimum(path[:, 1], (relief.at(flat) - thick - 0.0004)[0] + 0 * x)
        # Down to the rim the bar comes back to the front.
        path[:, 1] = path[:, 1] + (front.place(flat)[:, 1] - path[:, 1]) * np.clip(x / start, 0, 1) ** 2
        bars.append(tube(path, tall, thick))
    return bars


def _crossing(side: Floats, level: float) -> float:
    """Return x of one side of the edge at a height."""
    near = np.abs(side[:, 1] - level)
    return float(side[np.argsort(near)[:2], 0].mean())


def _pads(front: _Front, relief: _Relief, metal: bool) -> list[Mesh]:
    """Build two pads on wires that rest on the flanks of the nose; acetate rests on it with its rim."""
    if not metal:
        return []
    level = front.middle - 0.0015
    edge = front.outline()
    start = _crossing(edge[edge[:, 0] < front.gap + front.half], level)
    flat = np.array([[start - 0.0022, level]])
    pad = front.place(flat)[0]
    pad[1] = min(float(relief.at(flat)[0]) - 0.0008, pad[1] + 0.004)
    hold = front.place(np.array([[start + 0.0004, level + 0.004]]))[0]
    bend = (pad + hold) / 2 + np.array([0.0, 0.002, 0.0015])
    wire = tube(np.stack([hold, bend, pad]), 0.0004, 0.0004)
    return [wire, pellet(pad, np.array([0.0012, 0.0026, 0.0042]))]


def _temple(model: HeadModel, vertices: Floats, front: _Front, glasses: Glasses) -> Mesh:
    """Build the left arm: from the outer end of the rim back over the ear and down behind it."""
    edge = front.outline()
    quads = model.part_faces["skin"]
    bare = BodySurface(vertices, quads[model.regions["ears"][quads].max(1) < 0.15])
    ears = vertices[(model.regions["ears"] > 0.5) & (np.abs(vertices[:, 0]) > 0.02)]
    tops = [ears[side * ears[:, 0] > 0] for side in (1, -1)]
    top = np.mean([ear[ear[:, 2].argmax()] * [side, 1, 1] for ear, side in zip(tops, (1, -1), strict=True)], axis=0)
    level = front.middle + 0.42 * front.half * front.shape.height
    outer = edge[edge[:, 0] > front.gap + front.half]
    corner = front.place(np.array([[_crossing(outer, level), level]]))[0]
    thick = 0.0007 if glasses.metal else 0.0011
    hinge = corner + np.array([max(0.0025, 0.0008 * glasses.rim_mm), 0.003, 0.0])
    ear = np.array([top[0] - 0.007, top[1] - 0.004, top[2] + 0.0012])
    behind = np.array([[-0.001, 0.012, -0.004], [-0.003, 0.020, -0.014], [-0.006, 0.026, -0.027]])
    part = np.linspace(0, 1, 9)[:, None]
    path = np.concatenate([corner[None], hinge + (ear - hinge) * part, ear + behind])
    # An arm springs outwards a little and lies on the head before the ear.
    path[1:10, 0] += 0.004 * np.sin(np.pi * part[:, 0])
    sides = [bare.clear(path * [s, 1, 1], 0.001 + thick) * [s, 1, 1] for s in (1, -1)]
    path[2:10] = np.where((sides[0][2:10, :1] > sides[1][2:10, :1]), sides[0][2:10], sides[1][2:10])
    tall = np.interp(np.arange(len(path)), (0, 2, 9, 12), (1.0, 1.0, 0.75, 1.0))
    tall = tall * (0.0009 if glasses.metal else 0.00055 * glasses.rim_mm + 0.0005)
    return tube(path, tall, thick)


def _lenses(front: _Front) -> Mesh:
    edge = front.outline()
    middle = edge.mean(0)
    rows = np.stack([front.place(middle + (edge - middle) * part) for part in (0.003, 0.35, 0.7, 1.0)])
    left = strip(rows)
    return merge([left, _mirror(left)])
