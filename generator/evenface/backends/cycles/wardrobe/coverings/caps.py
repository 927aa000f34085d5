"""Caps and bands: knitted over all hair, or small enough to be worn on it."""

from __future__ import annotations

import numpy as np
from scipy.ndimage import gaussian_filter

from evenface.backends.cycles.hair.field import Field
from evenface.backends.cycles.hair.skull import Skull
from evenface.backends.cycles.hair.strands import Floats, unit
from evenface.backends.cycles.wardrobe.coverings.shell import AROUND, DOWN, Draped, Net, above_line, finish, grid, lay_net, taut
from evenface.backends.cycles.wardrobe.fabric import Skin, cut
from evenface.processor import product

__all__ = ["Sides", "brimless_cap", "headband", "knitted_cap", "skullcap"]

Sides = tuple[Draped, Net, Floats, Floats]
"""What lies on hair: the cloth, its net, the distance of the cloth from the axis (DOWN, AROUND), and how far inside the edge."""


def knitted_cap(skull: Skull, field: Field, skin: Skin, rng: np.random.Generator) -> Draped:
    """Ribbed, with or without a turned-up edge, loose or close at the crown."""
    net = lay_net(skull, field, -0.07)
    points = net.points(taut(net.reach, 7, 2.5))
    line = above_line(points, rng.uniform(0.46, 0.58) * skull.top, rng.uniform(-0.05, -0.03), skull, 0.2)
    rays = net.rays.reshape(-1, 3)
    cuff = rng.uniform(0.035, 0.055) if rng.random() < 0.7 else 0.0
    folded = np.clip((cuff - line) / 0.003, 0, 1) if cuff else 0.0
    behind = unit(np.array([0.0, 0.5, 1.0]))
    towards = np.arccos(np.clip(product(unit(points - skull.centre), behind), -1, 1))
    slouch = rng.uniform(0.0, 0.030) * np.exp(-((towards / 0.7) ** 2))
    rib = (0.5 + 0.5 * np.cos(28 * net.around.ravel())) * np.clip(net.down.ravel() / 0.15, 0, 1)
    height = 0.007 + 0.0045 * folded + slouch + 0.0016 * rib + 0.008 * np.clip(line / skull.top, 0, 1)
    return finish(cut(grid(points + height[:, None] * rays), line), skin, 0.006, 0.010, 0.004)


def skullcap(net: Net, hair: Floats, skin: Skin, rng: np.random.Generator) -> Sides:
    """Round and shallow, at the crown."""
    skull = net.skull
    middle = unit(np.array([0.0, rng.uniform(0.35, 0.55), 1.0]))
    points = net.points(net.reach)
    apart = np.linalg.norm(np.cross(points - skull.centre, middle), axis=1) + 10.0 * (product(points - skull.centre, middle) < 0)
    return _laid(net, hair, skin, rng.uniform(0.062, 0.082) - apart, 0.003)


def brimless_cap(net: Net, hair: Floats, skin: Skin, rng: np.random.Generator) -> Sides:
    """Upright at the sides and rather flat above, from the hairline to above the ears."""
    points = net.points(net.reach)
    front = rng.uniform(0.60, 0.70) * net.skull.top
    return _laid(net, hair, skin, above_line(points, front, rng.uniform(0.012, 0.03), net.skull, 0.0), 0.006)


def headband(net: Net, hair: Floats, skin: Skin, rng: np.random.Generator) -> Sides:
    """A wide band from the hairline over the ears to the nape."""
    points = net.points(net.reach)
    line = above_line(points, rng.uniform(0.56, 0.66) * net.skull.top, -0.045, net.skull, 0.1)
    wide = rng.uniform(0.038, 0.060)
    return _laid(net, hair, skin, np.minimum(line, wide - line), 0.004)


def _laid(net: Net, hair: Floats, skin: Skin, within: Floats, thick: float) -> Sides:
    """Cloth on the hair, which gives way under it; ``hair`` (DOWN, AROUND) is how high it stands over the skin."""
    pressed = np.clip(0.45 * gaussian_filter(hair, 3.0, mode=("nearest", "wrap")), 0.0015, 0.014)
    radii = gaussian_filter(taut(net.reach, 5, 2.0) + pressed, 1.0, mode=("nearest", "wrap")) + thick
    cloth = cut(grid(net.points(radii)), within)
    return finish(cloth, skin, 0.003, 0.007, 0.0025), net, radii, within.reshape(DOWN, AROUND)
