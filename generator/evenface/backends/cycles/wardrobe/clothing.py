"""What covers the shoulders, cut from the close-fitting garment of the mesh: necklines, collars, a hood, a jacket.

A garment is one mesh that stays off the skin. What all garments of a person have in common is built once, as a ``Torso``.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from evenface.backends.cycles.hair.field import vertex_normals
from evenface.backends.cycles.hair.strands import Floats, Ints, unit
from evenface.backends.cycles.head import HeadModel
from evenface.backends.cycles.wardrobe.meshes import (
    BodySurface,
    Cloth,
    Mesh,
    border,
    compact,
    cut,
    hem,
    merge,
    smooth_loop,
    strip,
)

__all__ = ["CUTS", "Torso", "build_clothing", "build_torso"]

_EASE = 0.0035
"""Least distance of cloth from skin, metres."""
_JACKET = 0.007


@dataclass(frozen=True, slots=True)
class Neckline:
    """A neckline: how far it lies from the neck at the sides, before and behind (metres), and how deep its V is."""

    side: float
    front: float
    back: float
    deep: float
    """Metres below the front of the neck; 0 for none."""


CUTS: dict[str, Neckline | None] = {
    "crew_neck": Neckline(0.013, -0.010, 0.012, 0.0),
    "v_neck": Neckline(0.017, -0.008, 0.013, 0.145),
    "scoop_neck": Neckline(0.034, 0.022, 0.018, 0.0),
    "collar": Neckline(0.010, -0.002, 0.008, 0.075),
    "turtleneck": None,
    "hoodie": Neckline(0.016, -0.004, 0.014, 0.0),
    "jacket": Neckline(0.013, -0.010, 0.012, 0.0),
}
"""The keys are ``shots.CLOTHING``."""
_OPENING = Neckline(0.022, 0.006, 0.014, 0.30)
"""Of the jacket, over a crew neck."""


@dataclass(frozen=True, slots=True)
class Torso:
    """What is the same for all garments of one person."""

    shell: Mesh
    neck: Floats
    """The top edge of the shell, round the neck (L, 3)."""
    skin: BodySurface


def build_torso(model: HeadModel, vertices: Floats) -> Torso:
    """Lay the shell from which garments are cut round one body."""
    quads = model.part_faces["skin"]
    chin = float(model.landmark_points(vertices)[8, 2])
    # No garment comes near what lies higher.
    skin = BodySurface(vertices, quads[vertices[quads, 2].min(1) < chin + 0.06])
    shell = compact(model.subdivide(vertices), model.part_faces_fine["garment"])
    shell = Mesh(_ease(shell, skin), shell.faces)
    return Torso(shell, _neck(shell), skin)


def build_clothing(torso: Torso, name: str) -> Cloth:
    """Cut and hem the garment called ``name`` (a key of ``CUTS``)."""
    shell, neck, skin = torso.shell, torso.neck, torso.skin
    style = CUTS[name]
    if style is None:
        return Cloth.of(merge([shell, _rolled_neck(neck, skin)]))
    cloth, line, outwards = _open_neck(shell, neck, style, skin, _EASE)
    if name == "collar":
        return Cloth.of(merge([cloth, _collar(line, skin)]))
    if name == "hoodie":
        return Cloth.of(merge([cloth, _hood(line, skin)]))
    band = hem(line, outwards, 0.013, 0.0028)
    whole = merge([cloth, Mesh(skin.clear(band.vertices, 0.0015), band.faces)])
    return _with_jacket(whole, torso) if name == "jacket" else Cloth.of(whole)


def _open_neck(shell: Mesh, neck: Floats, style: Neckline, skin: BodySurface, ease: float) -> tuple[Mesh, Floats, Floats]:
    """Cut the neckline and even it out: the cloth, that line, and the directions out of the cloth along it."""
    cloth = cut(shell, _outside(style, neck, shell.vertices))
    loop = _neckline(cloth, neck)
    line = skin.clear(smooth_loop(cloth.vertices[loop]), ease)
    placed = cloth.vertices.copy()
    placed[loop] = line
    cloth = Mesh(placed, cloth.faces)
    return cloth, line, unit(vertex_normals(placed, cloth.faces)[loop])


def _with_jacket(inner: Mesh, torso: Torso) -> Cloth:
    """Add a second layer, open before, with lapels; what is worn under it has the other colour."""
    shell = torso.shell
    outer = Mesh(shell.vertices + _JACKET * vertex_normals(shell.vertices, shell.faces), shell.faces)
    outer = Mesh(torso.skin.clear(outer.vertices, _EASE + _JACKET), outer.faces)
    cloth, line, outwards = _open_neck(outer, torso.neck, _OPENING, torso.skin, _EASE + _JACKET)
    throat = torso.neck[torso.neck[:, 1].argmin()]
    fall = np.interp(throat[2] - line[:, 2], (-0.02, 0.02, 0.06, 0.12, 0.22), (0.030, 0.034, 0.046, 0.040, 0.014))
    lapels = hem(line, outwards, np.where(line[:, 1] < throat[1] + 0.05, fall, 0.030), 0.0034)
    layer = np.concatenate([np.zeros(len(cloth.vertices) + len(lapels.vertices)), np.ones(len(inner.vertices))])
    lapels = Mesh(torso.skin.clear(lapels.vertices, _EASE + _JACKET), lapels.faces)
    return Cloth.of(merge([cloth, lapels, inner]), layer)


def _ease(shell: Mesh, skin: BodySurface) -> Floats:
    """Make the garment a little wider, off the skin, and hanging free of the folds of the body."""
    out = shell.vertices + 0.002 * vertex_normals(shell.vertices, shell.faces)
    return skin.clear(out, _EASE)


def _neck(shell: Mesh) -> Floats:
    """Return the top edge of the garment, round the neck (L, 3)."""
    loops = [shell.vertices[loop] for loop in border(shell.faces)]
    return max((loop for loop in loops if len(loop) > 8), key=lambda loop: float(loop[:, 2].mean()))


def _outside(style: Neckline, neck: Floats, points: Floats) -> Floats:
    """Return metres outside the neckline seen from above, and from the front for the V."""
    front, back = neck[:, 1].min() - style.front, neck[:, 1].max() + style.back
    middle, depth, width = (front + back) / 2, (back - front) / 2, np.abs(neck[:, 0]).max() + style.side
    # The throat leans forward over the pit of the neck: above it everything before the middle is bare.
    throat = neck[neck[:, 1].argmin(), 2]
    bare = np.clip((points[:, 2] - throat + 0.055) / 0.02, 0, 1) * (points[:, 1] < middle)
    across = points[:, 1] + bare * np.maximum(middle - 0.3 * depth - points[:, 1], 0)
    round_ = (np.hypot(points[:, 0] / width, (across - middle) / depth) - 1) * width
    if not style.deep:
        return np.asarray(round_)
    bottom = throat - style.deep
    slope = (style.deep - 0.02) / width
    below = (bottom + slope * np.abs(points[:, 0]) - points[:, 2]) / np.hypot(1, slope)
    return np.where(points[:, 1] < middle, np.minimum(round_, below), round_)


def _neckline(cloth: Mesh, neck: Floats) -> Ints:
    """Return the border round the neck: the closed one that comes nearest to its top edge."""
    loops = [loop for loop in border(cloth.faces) if len(loop) > 12]
    top = neck.mean(0)
    return min(loops, key=lambda loop: float(((cloth.vertices[loop].mean(0) - top) ** 2).sum()))


def _order(line: Floats) -> tuple[Floats, Floats, Floats]:
    """Order a closed line from its front round to its front: points, angle from the front (0 to 2 pi), directions out."""
    middle = (line.min(0) + line.max(0)) / 2
    away = unit((line - middle) * [1, 1, 0])
    angle = np.mod(np.arctan2(away[:, 0], -away[:, 1]), 2 * np.pi)
    order = np.argsort(angle)
    return line[order], angle[order], away[order]


def _rolled_neck(neck: Floats, skin: BodySurface) -> Mesh:
    """Build the folded top of a turtleneck: up, over, and down on the outside."""
    line, _, away = _order(smooth_loop(neck, 3))
    up = unit(np.array([0.0, -0.25, 1.0]))
    # Out from the neck and up, metres, from inside over the top to the lower edge outside.
    fold = ((0.5, -4), (0.8, 3), (2.8, 5.5), (5.2, 3), (6.2, -6), (6.6, -20), (6.2, -33))
    rows = np.stack([line + 0.001 * (out * away + rise * up) for out, rise in fold])
    rows[4:] = skin.clear(rows[4:].reshape(-1, 3), 0.0105).reshape(rows[4:].shape)
    rows[:4] = skin.clear(rows[:4].reshape(-1, 3), _EASE).reshape(rows[:4].shape)
    return strip(np.concatenate([rows, rows[-1:] - 0.004 * away]))


def _hood(line: Floats, skin: BodySurface) -> Mesh:
    """Build a hood that lies back: high behind the neck, folded over, its two edges meeting before."""
    line, angle, away = _order(line)
    back = (0.5 - 0.5 * np.cos(angle))[:, None]
    up = unit(np.array([0.0, -0.10, 1.0]))
    # Out from the neckline and up, metres: before, and what is added behind.
    fold = (
        ((0.000, 0.000), (0.000, 0.000)),
        ((0.002, 0.008), (0.000, 0.022)),
        ((0.007, 0.015), (0.004, 0.038)),
        ((0.016, 0.016), (0.014, 0.040)),
        ((0.024, 0.009), (0.028, 0.024)),
        ((0.028, -0.003), (0.036, -0.010)),
        ((0.027, -0.014), (0.034, -0.046)),
        ((0.022, -0.019), (0.026, -0.058)),
    )
    wrinkle = 0.0022 * np.sin(5 * angle + 0.8)[:, None] * back
    rows = _split(np.stack([line + (o + wrinkle + p * back) * away + (r + q * back) * up for (o, r), (p, q) in fold]))
    least = _split(np.array([_EASE, 0.006, 0.010, 0.012, 0.012, 0.011, 0.010, 0.006])[:, None, None])[:, 0, 0]
    placed = [skin.clear(rows[0], float(least[0]))]
    # Each row goes on from where the one before came to lie: straight from the pattern it would start deep in a shoulder.
    for step, floor in zip(np.diff(rows, axis=0), least[1:], strict=True):
        placed.append(skin.clear(placed[-1] + step, float(floor)))
    return strip(np.stack(placed))


def _split(rows: Floats) -> Floats:
    """Split rows (R, L, C), closed round, twice as fine both ways: a shoulder would poke through long faces."""
    length = rows.shape[1]
    finer = np.stack([rows, (rows + np.roll(rows, -1, 1)) / 2], 2).reshape(len(rows), 2 * length, -1)
    between = (finer[:-1] + finer[1:]) / 2
    return np.concatenate([np.stack([finer[:-1], between], 1).reshape(-1, *finer.shape[1:]), finer[-1:]])


def _collar(line: Floats, skin: BodySurface) -> Mesh:
    """Build a shirt collar: a stand round the neck, open before, and a leaf that folds down to two points."""
    line, angle, away = _order(line)
    apart = np.minimum(angle, 2 * np.pi - angle)
    front = np.exp(-((apart / 0.5) ** 2))[:, None]
    up = unit(np.array([0.0, -0.12, 1.0]))
    # The stand is lower before, where the leaves part.
    stand = 0.024 - 0.010 * front
    leaf = 0.034 + 0.026 * front
    top = line + up * stand
    spread = 0.6 * away + np.sign(np.pi - angle)[:, None] * front * np.array([0.5, 0.0, 0.0])
    rows = [
        line,
        line + 0.6 * up * stand,
        top,
        top + 0.0030 * away + 0.0015 * up,
        top + 0.0060 * away - 0.25 * leaf * up,
        top + 0.0080 * away + 0.008 * spread - 0.65 * leaf * up,
        top + 0.0100 * away + 0.016 * spread - leaf * up,
    ]
    placed = np.stack(rows)
    least = np.array([_EASE, 0.004, 0.0045, 0.007, 0.0095, 0.010, 0.0095])
    for k, distance in enumerate(least):
        placed[k] = skin.clear(placed[k], float(distance))
    # The line is cut at the front, and the leaves end there.
    return strip(placed, closed=False)
