"""The taut shell of cloth round a head from which every covering is shaped: rays, folds, edges, the place of the threads."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.ndimage import gaussian_filter, maximum_filter
from scipy.spatial import cKDTree

from evenface.backends.cycles.hair.field import Field, vertex_normals
from evenface.backends.cycles.hair.scalp import Skull
from evenface.backends.cycles.hair.strands import Floats
from evenface.backends.cycles.wardrobe.meshes import BodySurface, Cloth, Mesh, border, hem, merge, smooth_loop, strip

__all__ = [
    "AROUND",
    "DOWN",
    "Draped",
    "Net",
    "above_line",
    "finish_cloth",
    "folds",
    "grid",
    "lay_net",
    "layers",
    "pull_taut",
    "weave_cloth",
]

AROUND, DOWN = 112, 64
_BORDER_M = 0.016


@dataclass(frozen=True, slots=True)
class Net:
    """Rays over the head: ``around`` and ``down`` are its coordinates, 0 to 2 pi from the nape and 0 to 1 from the top."""

    skull: Skull
    lowest: float
    origins: Floats
    rays: Floats
    around: Floats
    down: Floats
    reach: Floats
    """How far the skin lies from the axis along each ray, seen from outside."""

    def points(self, radii: Floats) -> Floats:
        return np.asarray((self.origins + radii[..., None] * self.rays).reshape(-1, 3))

    def places(self, points: Floats) -> tuple[Floats, Floats, Floats]:
        """Return coordinates of points (N, 3): around, down, and the distance from the axis along their ray."""
        away = points - self.skull.centre
        flat = np.hypot(away[:, 0], away[:, 1])
        around = np.mod(np.arctan2(away[:, 0], away[:, 1]), 2 * np.pi)
        above = 0.5 * (1 - np.degrees(np.arctan2(away[:, 2], flat)) / 89.0)
        below = 0.5 - 0.5 * away[:, 2] / (self.skull.centre[2] - self.lowest)
        upper = away[:, 2] > 0
        return around, np.clip(np.where(upper, above, below), 0, 1), np.where(upper, np.linalg.norm(away, axis=1), flat)


@dataclass(frozen=True, slots=True)
class Draped:
    """Finished cloth and the points of its open edges (E, 3)."""

    mesh: Mesh
    edges: Floats

    def having(self, *more: Mesh) -> Draped:
        """Add knots and tails."""
        return Draped(merge([self.mesh, *more]), self.edges)


def lay_net(skull: Skull, field: Field, lowest: float) -> Net:
    """Send rays from inside the skull over its top, then from an axis that goes down to ``lowest``."""
    around = np.linspace(0, 2 * np.pi, AROUND, endpoint=False)[None]
    down = np.linspace(0, 1, DOWN)[:, None]
    turn = np.clip(down / 0.5, 0, 1)
    rise = np.radians(89.0 * (1 - turn))
    drop = np.clip((down - 0.5) / 0.5, 0, 1)
    rays = np.stack(np.broadcast_arrays(np.sin(around) * np.cos(rise), np.cos(around) * np.cos(rise), np.sin(rise)), -1)
    origins = np.broadcast_to(skull.centre, rays.shape).copy()
    origins[..., 2] += drop * (lowest - skull.centre[2])
    reach = np.full(rays.shape[:2], 0.26)
    for _ in range(14):
        reach = reach - field.distance(origins + reach[..., None] * rays)
    shape = rays.shape[:2]
    return Net(
        skull, lowest, origins, rays, np.broadcast_to(around, shape), np.broadcast_to(down, shape), np.clip(reach, 0.02, 0.3)
    )


def pull_taut(radii: Floats, size: int, soften: float) -> Floats:
    """Draw cloth over hollows: never below the skin, smooth over ears and brows."""
    over = maximum_filter(radii, size=(size, size), mode=("nearest", "wrap"))
    over = gaussian_filter(over, soften, mode=("nearest", "wrap"))
    return np.maximum(over, radii)


def grid(points: Floats) -> Mesh:
    """Return the net as a mesh, faces outwards."""
    mesh = strip(points.reshape(DOWN, AROUND, 3))
    return Mesh(mesh.vertices, mesh.faces[:, ::-1])


def finish_cloth(cloth: Mesh, skin: BodySurface, least: float, width: float, thick: float, shoulder: float = -1.0) -> Draped:
    """Hem the open edges; the small hole at the very top is closed by drawing it together.

    Below the height ``shoulder`` the cloth lies over what is worn there, a centimetre and a half off the skin.
    """
    placed = cloth.vertices.astype(float)
    loops = [loop for loop in border(cloth.faces) if len(loop) > 8]
    # The rays leave a small hole at the very top.
    crown = [loop for loop in loops if float(np.ptp(placed[loop], axis=0).max()) < 0.03]
    loops = [loop for loop in loops if not any(loop is small for small in crown)]
    for loop in crown:
        placed[loop] = placed[loop].mean(0)
    for loop in loops:
        placed[loop] = smooth_loop(placed[loop], 10)
    floor = least + 0.011 * np.clip((shoulder + 0.02 - placed[:, 2]) / 0.03, 0, 1)
    placed = skin.clear(placed, floor)
    normals = vertex_normals(placed, cloth.faces)
    hems = [hem(smooth_loop(placed[loop], 3), normals[loop], width, thick) for loop in loops]
    edges = np.concatenate([placed[loop] for loop in loops])
    return Draped(merge([Mesh(placed.astype(np.float32), cloth.faces), *hems]), edges)


def folds(rng: np.random.Generator, angle: Floats, number: int, sharp: float) -> Floats:
    """Return soft ridges, 0 to 1, across ``angle`` (radians, any range), uneven in width."""
    bent = angle + 0.25 * np.sin(1.7 * angle + rng.uniform(0, 6.28)) + 0.15 * np.sin(3.1 * angle + rng.uniform(0, 6.28))
    return np.asarray((0.5 + 0.5 * np.cos(number * bent)) ** sharp)


def above_line(points: Floats, front: float, back: float, skull: Skull, peak: float) -> Floats:
    """Return metres above a line that falls from ``front`` over the ears to ``back``; ``peak`` is its slope to both sides.

    Before the temples the line stays above the brows, from there it may fall steeply.
    """
    part = np.clip((points[:, 1] - skull.front) / (skull.back - skull.front), 0, 1)
    fall = peak * np.minimum(np.abs(points[:, 0]), 0.05)
    free = skull.brow + 0.011 - 2.5 * np.maximum(points[:, 1] - skull.temple - 0.004, 0)
    return np.asarray(points[:, 2] - np.maximum(front - fall + (back - front) * part, free))


def layers(turns: Floats) -> Floats:
    """Return bands that lie over each other like tiles, 0 to 1: each swells slowly and ends in an edge."""
    place = np.mod(turns, 1.0)
    return np.asarray(np.sqrt(place) * np.clip((1 - place) / 0.14, 0, 1))


def weave_cloth(draped: Draped, skull: Skull) -> Cloth:
    """Lay threads level round the head; the border is the other layer."""
    points = draped.mesh.vertices
    away = points - skull.centre
    round_ = 0.09 * np.arctan2(away[:, 0], -away[:, 1])
    rise = 0.11 * np.arctan2(away[:, 2], np.hypot(away[:, 0], away[:, 1]))
    along = np.where(away[:, 2] > 0, rise, away[:, 2])
    near = np.clip((_BORDER_M - cKDTree(draped.edges).query(points)[0]) / 0.004 + 0.5, 0, 1)
    return Cloth(draped.mesh, np.stack([round_, along, near], 1).astype(np.float32))
