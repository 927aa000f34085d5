"""Hard things: bars, rings and beads, and what their surface looks like."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from evenface.backends.cycles.hair.strands import Floats, unit
from evenface.backends.cycles.wardrobe.fabric import Mesh, merge, strip
from evenface.records import Rgb

__all__ = ["Piece", "finished", "joined", "pellet", "tube"]


@dataclass(frozen=True, slots=True)
class Piece:
    """A mesh with colour (V, 3), linear, and finish (V, 3): metal, roughness, how mottled; each 0 to 1."""

    mesh: Mesh
    colour: Floats
    finish: Floats


def finished(mesh: Mesh, colour: Rgb, *, metal: float, rough: float, mottled: float = 0.0) -> Piece:
    """The same finish all over a mesh."""
    count = len(mesh.vertices)
    return Piece(
        mesh,
        np.tile(np.array(colour, np.float32), (count, 1)),
        np.tile(np.array([metal, rough, mottled], np.float32), (count, 1)),
    )


def joined(pieces: list[Piece]) -> Piece:
    """Several pieces as one."""
    return Piece(
        merge([p.mesh for p in pieces]), np.concatenate([p.colour for p in pieces]), np.concatenate([p.finish for p in pieces])
    )


def tube(path: Floats, tall: Floats | float, thick: float, closed: bool = False, sides: int = 10) -> Mesh:
    """A bar along ``path`` (N, 3), ``tall`` and ``thick`` its half height and half thickness, metres."""
    along = unit(np.roll(path, -1, 0) - np.roll(path, 1, 0) if closed else np.gradient(path, axis=0))
    across = unit(np.cross(along, [0.0, 0.0, 1.0]) + 1e-9 * np.array([1.0, 0, 0]))
    if closed:
        # A ring: its own plane says what is across.
        across = np.broadcast_to(unit(np.cross(path[0] - path.mean(0), path[len(path) // 4] - path.mean(0))), path.shape)
    above = np.cross(across, along)
    turn = np.linspace(0, 2 * np.pi, sides, endpoint=False)
    high = np.broadcast_to(tall, len(path))[:, None, None] * above[:, None] * np.sin(turn)[:, None]
    rings = path[:, None] + high + thick * across[:, None] * np.cos(turn)[:, None]
    if closed:
        return strip(np.concatenate([rings, rings[:1]]))
    ends = np.broadcast_to(path[[0, -1], None], (2, sides, 3))
    return strip(np.concatenate([ends[:1], rings, ends[1:]]))


def pellet(middle: Floats, radii: Floats, sides: int = 12) -> Mesh:
    """An ellipsoid."""
    polar = np.linspace(0.02, np.pi - 0.02, 9)[:, None]
    turn = np.linspace(0, 2 * np.pi, sides, endpoint=False)[None]
    rows = np.stack(np.broadcast_arrays(np.sin(polar) * np.cos(turn), np.sin(polar) * np.sin(turn), np.cos(polar)), -1)
    return strip(middle + rows * radii)
