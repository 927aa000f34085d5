"""Cloth wound round the head or bound and tied, with all hair under it."""

from __future__ import annotations

import numpy as np

from evenface.backends.cycles.hair.field import Field
from evenface.backends.cycles.hair.skull import Skull
from evenface.backends.cycles.hair.strands import Floats, unit
from evenface.backends.cycles.wardrobe.coverings.shell import Draped, above_line, finish, folds, grid, lay_net, layers, taut
from evenface.backends.cycles.wardrobe.fabric import Mesh, Skin, cut, strip
from evenface.processor import product

__all__ = ["bandana", "headwrap", "nape_scarf", "turban"]


def turban(skull: Skull, field: Field, skin: Skin, rng: np.random.Generator) -> Draped:
    """Wound in bands that cross above the forehead and come down over the ears."""
    net = lay_net(skull, field, -0.075)
    points = net.points(taut(net.reach, 7, 2.5))
    line = above_line(points, rng.uniform(0.45, 0.52) * skull.top, -0.070, skull, 0.35)
    rise = np.clip(line / (0.9 * skull.top), 0, 1)
    facing = 0.5 - 0.5 * np.cos(net.around.ravel())
    aside = np.abs(np.sin(net.around.ravel()))
    # Before, the bands form a chevron; behind they run level.
    turns = 0.35 + (line + 0.045 * aside * facing) / rng.uniform(0.024, 0.032)
    # One side is wound over the other.
    turns = turns + np.where(points[:, 0] * rng.choice((-1.0, 1.0)) > 0, 0.5, 0.0) * facing
    swell = np.sin(np.pi * np.clip(0.12 + 0.75 * rise, 0, 1))
    fade = np.clip((0.95 - rise) / 0.3, 0, 1)
    height = 0.005 + np.clip(line / 0.03, 0, 1) * (0.006 + 0.010 * layers(turns) * fade) + 0.016 * swell + 0.012 * rise
    points = points + height[:, None] * net.rays.reshape(-1, 3)
    points[:, 2] += 0.012 * rise
    return finish(cut(grid(points), line), skin, 0.005, 0.012, 0.004)


def headwrap(skull: Skull, field: Field, skin: Skin, rng: np.random.Generator) -> Draped:
    """Bound over brow and ears in two bands, drawn back, and full where it holds the hair behind."""
    net = lay_net(skull, field, -0.085)
    points = net.points(taut(net.reach, 7, 2.5))
    line = above_line(points, rng.uniform(0.43, 0.50) * skull.top, -0.080, skull, 0.15)
    behind = unit(np.array([0.0, 1.0, rng.uniform(0.5, 1.6)]))
    rays = net.rays.reshape(-1, 3)
    towards = np.arccos(np.clip(product(unit(points - skull.centre), behind), -1, 1))
    # Above the bands folds run to where the cloth is gathered.
    second = np.cross(behind, [1.0, 0.0, 0.0])
    ridge = folds(rng, np.arctan2(rays[:, 0], product(rays, second)), 9, 1.2) * np.clip(towards / 0.4, 0, 1)
    bound = np.clip((0.052 - line) / 0.004, 0, 1)
    slant = 0.35 + (line + 0.010 * np.sin(net.around.ravel() + rng.uniform(0, 6.28))) / 0.024
    puff = np.exp(-((towards / 0.72) ** 3))
    height = 0.005 + bound * (0.004 + 0.007 * layers(slant)) + (1 - bound) * (0.003 + 0.006 * ridge)
    height = height + (0.036 + 0.024 * rng.random()) * puff * (1 - 0.7 * bound)
    points = points + height[:, None] * rays
    cloth = finish(cut(grid(points), line), skin, 0.005, 0.012, 0.004)
    # Tied before, a little to one side.
    facing = unit(np.array([rng.uniform(-0.45, 0.45), -0.8, 0.62]))
    near = product(unit(points - skull.centre), facing).argmax()
    return cloth.having(_knot(points[near] + 0.004 * facing, facing, rng.uniform(0.020, 0.028), rng))


def nape_scarf(skull: Skull, field: Field, skin: Skin, rng: np.random.Generator) -> Draped:
    """Smooth over brow and ears, drawn to a knot at the nape, its two ends falling behind."""
    return _tied(skull, field, skin, rng, rng.uniform(0.46, 0.54) * skull.top, -0.072, 0.020)


def bandana(skull: Skull, field: Field, skin: Skin, rng: np.random.Generator) -> Draped:
    """Folded over at the forehead, above the ears, knotted behind."""
    return _tied(skull, field, skin, rng, rng.uniform(0.52, 0.60) * skull.top, -0.030, 0.016)


def _tied(skull: Skull, field: Field, skin: Skin, rng: np.random.Generator, front: float, back: float, knot: float) -> Draped:
    net = lay_net(skull, field, -0.085)
    points = net.points(taut(net.reach, 7, 2.5))
    line = above_line(points, front, back, skull, 0.15)
    rays = net.rays.reshape(-1, 3)
    nape = np.array([rng.uniform(-0.012, 0.012), skull.back, back + 0.012])
    # Folds run from the knot forwards, and fade over the crown.
    towards = np.linalg.norm(points - nape, axis=1)
    spoke = np.arctan2(points[:, 0] - nape[0], points[:, 2] - nape[2])
    ridge = folds(rng, spoke, 8, 1.2) * np.clip(1.1 - towards / 0.20, 0, 1) * np.clip(towards / 0.03, 0, 1)
    roll = np.exp(-(((line - 0.006) / 0.006) ** 2))
    height = 0.007 + 0.006 * ridge + 0.003 * roll + 0.010 * np.clip(line / skull.top, 0, 1)
    cloth = finish(cut(grid(points + height[:, None] * rays), line), skin, 0.005, 0.010, 0.0035)
    behind = unit(np.array([nape[0], 1.0, -0.25]))
    middle = nape + 0.006 * behind
    tails = [_tail(middle, side, skin, rng) for side in (-1.0, 1.0)]
    return cloth.having(_knot(middle, behind, knot, rng), *tails)


def _tail(start: Floats, side: float, skin: Skin, rng: np.random.Generator) -> Mesh:
    """A loose end that falls from the knot, broader below."""
    part = np.linspace(0, 1, 10)[:, None]
    length = rng.uniform(0.06, 0.11)
    middle = start + part * np.array([side * 0.022, 0.012, -length]) + np.array([0, 0.006, 0]) * np.sin(5 * part)
    # It hangs over the neck, and over a back that comes out further.
    middle = skin.clear(middle, 0.012)
    across = np.array([1.0, 0.25 * side, 0.2 * side])
    wide = 0.007 + 0.016 * part
    turn = np.linspace(0, 2 * np.pi, 12, endpoint=False)[None]
    bent = 0.003 * np.cos(3 * turn)
    rows = (
        middle[:, None]
        + (wide * np.cos(turn))[..., None] * across
        + (0.0025 * np.sin(turn) + bent * part)[..., None] * [0, 1.0, 0]
    )
    return strip(rows)


def _knot(middle: Floats, facing: Floats, size: float, rng: np.random.Generator) -> Mesh:
    """A twisted ring of cloth, as where two ends are wound round each other and tucked in."""
    turn = np.linspace(0, 2 * np.pi, 40, endpoint=False)[None]
    tube = np.linspace(0, 2 * np.pi, 17)[:, None]
    across = unit(np.cross(facing, [0.0, 0.0, 1.0]))
    above = np.cross(across, facing)
    twist = 1 + 0.22 * np.cos(3 * (tube + 1.5 * turn) + rng.uniform(0, 6.28))
    ring = 0.55 * size + 0.5 * size * twist * np.cos(tube)
    rows = (
        middle
        + (1.25 * ring * np.cos(turn))[..., None] * across
        + (0.85 * ring * np.sin(turn))[..., None] * above
        + (0.55 * size * twist * np.sin(tube) + 0.25 * size)[..., None] * facing
    )
    return strip(rows)
