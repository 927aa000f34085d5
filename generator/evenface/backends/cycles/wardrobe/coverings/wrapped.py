"""Scarves wrapped round face, neck and shoulders."""

from __future__ import annotations

import numpy as np
from scipy.ndimage import gaussian_filter

from evenface.backends.cycles.hair.field import Field
from evenface.backends.cycles.hair.skull import Skull
from evenface.backends.cycles.hair.strands import Floats
from evenface.backends.cycles.wardrobe.coverings.shell import DOWN, Draped, Net, finish, folds, grid, lay_net, taut
from evenface.backends.cycles.wardrobe.fabric import Skin, cut

__all__ = ["hijab", "hijab_loose"]


def hijab(skull: Skull, field: Field, skin: Skin, rng: np.random.Generator) -> Draped:
    """Pinned close round the face, from the forehead past the cheeks to under the chin."""
    return _wrap(skull, field, skin, rng, 0.0)


def hijab_loose(skull: Skull, field: Field, skin: Skin, rng: np.random.Generator) -> Draped:
    """Laid round head and neck: further back on the forehead, wider at the cheeks, in larger folds."""
    return _wrap(skull, field, skin, rng, 1.0)


def _wrap(skull: Skull, field: Field, skin: Skin, rng: np.random.Generator, loose: float) -> Draped:
    """Over ears, neck and the top of the chest; ``loose`` goes from 0 = pinned to 1 = laid."""
    low = skull.chin - rng.uniform(0.115, 0.14)
    net = lay_net(skull, field, low)
    bare = np.minimum(net.reach, 0.150 + 0.02 * np.cos(net.around))
    points = net.points(_hang(taut(bare, 7, 2.5), net, skull))
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
    return finish(cloth, skin, 0.0045, 0.010, 0.0035, skull.chin - 0.025)


def _hang(radii: Floats, net: Net, skull: Skull) -> Floats:
    """Below the jaw the cloth runs straight to the shoulders instead of following the neck."""
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
    """Metres outside the opening for the face, an egg seen from the front."""
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
