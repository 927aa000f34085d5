"""Scarves and cloths that hide all hair: wound or tied round the head, or wrapped round face, neck and shoulders."""

from __future__ import annotations

import numpy as np
from scipy.ndimage import gaussian_filter

from evenface.backends.cycles.hair.field import Field
from evenface.backends.cycles.hair.scalp import Skull
from evenface.backends.cycles.hair.strands import Floats, unit
from evenface.backends.cycles.wardrobe.meshes import BodySurface, Mesh, cut, strip
from evenface.backends.cycles.wardrobe.shell import (
    DOWN,
    Draped,
    Net,
    above_line,
    finish_cloth,
    folds,
    grid,
    lay_net,
    layers,
    pull_taut,
)
from evenface.processor import product

__all__ = ["bandana", "headwrap", "hijab", "hijab_loose", "nape_scarf", "turban"]


def turban(skull: Skull, field: Field, skin: BodySurface, rng: np.random.Generator) -> Draped:
    """Wind bands that cross above the forehead and fall over the ears."""
    net = lay_net(skull, field, -0.075)
    points = net.points(pull_taut(net.reach, 7, 2.5))
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
    return finish_cloth(cut(grid(points), line), skin, 0.005, 0.012, 0.004)


def headwrap(skull: Skull, field: Field, skin: BodySurface, rng: np.random.Generator) -> Draped:
    """Bind cloth over brow and ears in two bands, drawn back, and full where it holds the hair behind."""
    net = lay_net(skull, field, -0.085)
    points = net.points(pull_taut(net.reach, 7, 2.5))
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
    cloth = finish_cloth(cut(grid(points), line), skin, 0.005, 0.012, 0.004)
    # Tied before, a little to one side.
    facing = unit(np.array([rng.uniform(-0.45, 0.45), -0.8, 0.62]))
    near = product(unit(points - skull.centre), facing).argmax()
    return cloth.having(_knot(points[near] + 0.004 * facing, facing, rng.uniform(0.020, 0.028), rng))


def nape_scarf(skull: Skull, field: Field, skin: BodySurface, rng: np.random.Generator) -> Draped:
    """Tie cloth smooth over brow and ears to a knot at the nape, its two ends falling behind."""
    return _tie(skull, field, skin, rng, rng.uniform(0.46, 0.54) * skull.top, -0.072, 0.020)


def bandana(skull: Skull, field: Field, skin: BodySurface, rng: np.random.Generator) -> Draped:
    """Fold cloth over at the forehead, above the ears, knotted behind."""
    return _tie(skull, field, skin, rng, rng.uniform(0.52, 0.60) * skull.top, -0.030, 0.016)


def _tie(
    skull: Skull, field: Field, skin: BodySurface, rng: np.random.Generator, front: float, back: float, knot: float
) -> Draped:
    net = lay_net(skull, field, -0.085)
    points = net.points(pull_taut(net.reach, 7, 2.5))
    line = above_line(points, front, back, skull, 0.15)
    rays = net.rays.reshape(-1, 3)
    nape = np.array([rng.uniform(-0.012, 0.012), skull.back, back + 0.012])
    # Folds run from the knot forwards, and fade over the crown.
    towards = np.linalg.norm(points - nape, axis=1)
    spoke = np.arctan2(points[:, 0] - nape[0], points[:, 2] - nape[2])
    ridge = folds(rng, spoke, 8, 1.2) * np.clip(1.1 - towards / 0.20, 0, 1) * np.clip(towards / 0.03, 0, 1)
    roll = np.exp(-(((line - 0.006) / 0.006) ** 2))
    height = 0.007 + 0.006 * ridge + 0.003 * roll + 0.010 * np.clip(line / skull.top, 0, 1)
    cloth = finish_cloth(cut(grid(points + height[:, None] * rays), line), skin, 0.005, 0.010, 0.0035)
    behind = unit(np.array([nape[0], 1.0, -0.25]))
    middle = nape + 0.006 * behind
    tails = [_tail(middle, side, skin, rng) for side in (-1.0, 1.0)]
    return cloth.having(_knot(middle, behind, knot, rng), *tails)


def _tail(start: Floats, side: float, skin: BodySurface, rng: np.random.Generator) -> Mesh:
    """Build a loose end that falls from the knot, broader below."""
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
    """Build a twisted ring of cloth, as where two ends are wound round each other and tucked in."""
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


def hijab(skull: Skull, field: Field, skin: BodySurface, rng: np.random.Generator) -> Draped:
    """Pin a scarf close round the face, from the forehead past the cheeks to under the chin."""
    return _wrap(skull, field, skin, rng, 0.0)


def hijab_loose(skull: Skull, field: Field, skin: BodySurface, rng: np.random.Generator) -> Draped:
    """Lay a scarf round head and neck: further back on the forehead, wider at the cheeks, in larger folds."""
    return _wrap(skull, field, skin, rng, 1.0)


def _wrap(skull: Skull, field: Field, skin: BodySurface, rng: np.random.Generator, loose: float) -> Draped:
    """Wrap ears, neck and the top of the chest; ``loose`` goes from 0 = pinned to 1 = laid."""
    low = skull.chin - rng.uniform(0.115, 0.14)
    net = lay_net(skull, field, low)
    bare = np.minimum(net.reach, 0.150 + 0.02 * np.cos(net.around))
    points = net.points(_hang(pull_taut(bare, 7, 2.5), net, skull))
    z, y = points[:, 2], points[:, 1]
    # Folds sweep from the crown past the jaw and gather under the chin.
    pinned = rng.choice((-0.55, 0.55))
    half = np.sin(net.around.ravel() - pinned)
    flow = net.around.ravel() * 2.0 + z * rng.uniform(12, 20) * np.tanh(1.5 * half)
    below = np.clip((skull.chin + 0.05 - z) / 0.06, 0, 1)
    ridge = folds(rng, flow, int(rng.integers(3, 6)), rng.uniform(1.1, 2.0))
    full = (rng.uniform(0.006, 0.018) + 0.008 * loose) * np.clip((y - 0.02) / 0.08, 0, 1) * np.clip((z + 0.10) / 0.06, 0, 1)
    height = 0.007 + full + (0.0025 + 0.0035 * loose) * ridge + below * (0.005 + 0.004 * loose + 0.013 * ridge)
    points = points + height[:, None] * net.rays.reshape(-1, 3)
    # Over the shoulders the cloth lies on them, wherever the net has gone.
    points = field.clear(np.stack([points, points], 1), 0.015 * below[:, None], rounds=8)[:, 1]
    edge = 0.160 - 0.3 * np.maximum(points[:, 1] - 0.15, 0) - np.abs(points[:, 0])
    cloth = cut(grid(points), np.minimum(_outside_face(points, skull, rng, loose), edge))
    return finish_cloth(cloth, skin, 0.0045, 0.010, 0.0035, skull.chin - 0.025)


def _hang(radii: Floats, net: Net, skull: Skull) -> Floats:
    """Let the cloth below the jaw run straight to the shoulders instead of following the neck."""
    z = net.origins[..., 2] + radii * net.rays[..., 2]
    jaw = int(np.argmin(np.abs(z.mean(1) - (skull.chin + 0.035))))
    straight = radii.copy()
    part = np.linspace(0, 1, DOWN - jaw)[:, None]
    straight[jaw:] = np.maximum(radii[jaw:], radii[jaw] * (1 - part) + np.maximum(radii[-1], radii[jaw]) * part)
    # Under the chin it falls back to the throat; at the sides and behind it hangs.
    hanging = 0.5 + 0.3 * np.cos(net.around)
    eased = hanging * straight + (1 - hanging) * radii
    return np.asarray(gaussian_filter(np.maximum(eased, radii), 1.5, mode=("nearest", "wrap")))


def _outside_face(points: Floats, skull: Skull, rng: np.random.Generator, loose: float) -> Floats:
    """Return metres outside the opening for the face, an egg seen from the front."""
    top = (0.46 + 0.07 * loose) * skull.top + rng.uniform(-0.004, 0.006)
    # The opening is rounded: its corners clear the outer ends of the brows.
    top = max(top, skull.brow + 0.022)
    bottom = skull.chin - 0.009 - 0.008 * loose
    middle, half = (top + bottom) / 2, (top - bottom) / 2
    rise = (points[:, 2] - middle) / half
    broad = max(skull.side * (0.96 + 0.05 * loose), skull.brows + 0.018)
    width = broad * np.interp(rise, (-1, -0.5, 0.2, 1), (0.78, 0.92, 1.0, 0.98))
    egg = ((np.abs(points[:, 0] / width) ** 3.4 + np.abs(rise) ** 3.4) ** (1 / 3.4) - 1) * width
    # Only the front of the head is open.
    return np.where(points[:, 1] > skull.ear_y - 0.012, np.maximum(egg, 0.01), egg)
