"""What people wear on their heads: wrapped, wound, tied or knitted over all hair, or a cap or band worn on it.

The cloth is a shell round the skull, its thickness and folds added as heights; how it falls follows the record's seed.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from scipy.ndimage import gaussian_filter, map_coordinates

from evenface.backends.cycles.hair.field import Field, build_field
from evenface.backends.cycles.hair.scalp import Skull, measure_skull
from evenface.backends.cycles.hair.strands import Floats, Ints, Strands, unit
from evenface.backends.cycles.head import HeadModel
from evenface.backends.cycles.wardrobe.meshes import BodySurface, Cloth, cut
from evenface.backends.cycles.wardrobe.scarves import bandana, headwrap, hijab, hijab_loose, nape_scarf, turban
from evenface.backends.cycles.wardrobe.shell import (
    AROUND,
    DOWN,
    Draped,
    Net,
    above_line,
    finish_cloth,
    grid,
    lay_net,
    pull_taut,
    weave_cloth,
)
from evenface.processor import product
from evenface.records import Covering
from evenface.rng import rng_for

__all__ = ["HIDING", "OVER_HAIR", "Covered", "Sides", "brimless_cap", "build_covering", "headband", "knitted_cap", "skullcap"]

Sides = tuple[Draped, Net, Floats, Floats]
"""What lies on hair: the cloth, its net, the distance of the cloth from the axis (DOWN, AROUND), and how far inside the edge."""


def knitted_cap(skull: Skull, field: Field, skin: BodySurface, rng: np.random.Generator) -> Draped:
    """Build a ribbed cap, with or without a turned-up edge, loose or close at the crown."""
    net = lay_net(skull, field, -0.07)
    points = net.points(pull_taut(net.reach, 7, 2.5))
    line = above_line(points, rng.uniform(0.46, 0.58) * skull.top, rng.uniform(-0.05, -0.03), skull, 0.2)
    rays = net.rays.reshape(-1, 3)
    cuff = rng.uniform(0.035, 0.055) if rng.random() < 0.7 else 0.0
    folded = np.clip((cuff - line) / 0.003, 0, 1) if cuff else 0.0
    behind = unit(np.array([0.0, 0.5, 1.0]))
    towards = np.arccos(np.clip(product(unit(points - skull.centre), behind), -1, 1))
    slouch = rng.uniform(0.0, 0.030) * np.exp(-((towards / 0.7) ** 2))
    rib = (0.5 + 0.5 * np.cos(28 * net.around.ravel())) * np.clip(net.down.ravel() / 0.15, 0, 1)
    height = 0.007 + 0.0045 * folded + slouch + 0.0016 * rib + 0.008 * np.clip(line / skull.top, 0, 1)
    return finish_cloth(cut(grid(points + height[:, None] * rays), line), skin, 0.006, 0.010, 0.004)


def skullcap(net: Net, hair: Floats, skin: BodySurface, rng: np.random.Generator) -> Sides:
    """Build a round and shallow cap at the crown."""
    skull = net.skull
    middle = unit(np.array([0.0, rng.uniform(0.35, 0.55), 1.0]))
    points = net.points(net.reach)
    apart = np.linalg.norm(np.cross(points - skull.centre, middle), axis=1) + 10.0 * (product(points - skull.centre, middle) < 0)
    return _lay(net, hair, skin, rng.uniform(0.062, 0.082) - apart, 0.003)


def brimless_cap(net: Net, hair: Floats, skin: BodySurface, rng: np.random.Generator) -> Sides:
    """Build a cap that is upright at the sides and rather flat above, from the hairline to above the ears."""
    points = net.points(net.reach)
    front = rng.uniform(0.60, 0.70) * net.skull.top
    return _lay(net, hair, skin, above_line(points, front, rng.uniform(0.012, 0.03), net.skull, 0.0), 0.006)


def headband(net: Net, hair: Floats, skin: BodySurface, rng: np.random.Generator) -> Sides:
    """Build a wide band from the hairline over the ears to the nape."""
    points = net.points(net.reach)
    line = above_line(points, rng.uniform(0.56, 0.66) * net.skull.top, -0.045, net.skull, 0.1)
    wide = rng.uniform(0.038, 0.060)
    return _lay(net, hair, skin, np.minimum(line, wide - line), 0.004)


def _lay(net: Net, hair: Floats, skin: BodySurface, within: Floats, thick: float) -> Sides:
    """Lay cloth on the hair, which gives way under it; ``hair`` (DOWN, AROUND) is how high it stands over the skin."""
    pressed = np.clip(0.45 * gaussian_filter(hair, 3.0, mode=("nearest", "wrap")), 0.0015, 0.014)
    radii = gaussian_filter(pull_taut(net.reach, 5, 2.0) + pressed, 1.0, mode=("nearest", "wrap")) + thick
    cloth = cut(grid(net.points(radii)), within)
    return finish_cloth(cloth, skin, 0.003, 0.007, 0.0025), net, radii, within.reshape(DOWN, AROUND)


HIDING: dict[str, Callable[[Skull, Field, BodySurface, np.random.Generator], Draped]] = {
    "hijab": hijab,
    "hijab_loose": hijab_loose,
    "turban": turban,
    "headwrap": headwrap,
    "nape_scarf": nape_scarf,
    "bandana": bandana,
    "knitted_cap": knitted_cap,
}
"""Worn with no hair to be seen."""
OVER_HAIR: dict[str, Callable[[Net, Floats, BodySurface, np.random.Generator], Sides]] = {
    "skullcap": skullcap,
    "brimless_cap": brimless_cap,
    "headband": headband,
}
"""Worn on the hair, which is pressed down under them."""


@dataclass(frozen=True, slots=True)
class Covered:
    """The cloth, None without a covering, and the hair as it lies under and beside it."""

    cloth: Cloth | None
    hair: Strands | None


def build_covering(model: HeadModel, vertices: Floats, covering: Covering, hair: Strands | None) -> Covered:
    """Put on what a person wears on the head."""
    if covering.kind == "none":
        return Covered(None, hair)
    skull = measure_skull(model, vertices)
    quads = model.part_faces["skin"]
    field, skin = build_field(vertices, quads), BodySurface(vertices, _outer_quads(model, vertices, skull))
    rng = rng_for(covering.seed, "covering", "folds")
    if covering.kind in HIDING:
        return Covered(weave_cloth(HIDING[covering.kind](skull, field, skin, rng), skull), None)
    net = lay_net(skull, field, -0.085)
    draped, net, radii, within = OVER_HAIR[covering.kind](net, _thickness(net, hair), skin, rng)
    return Covered(weave_cloth(draped, skull), _press(net, hair, radii, within))


def _outer_quads(model: HeadModel, vertices: Floats, skull: Skull) -> Ints:
    """Return quads of the skin that face outwards: the shell is drawn over the ears, and folds behind them would crumple it."""
    quads = model.part_faces["skin"]
    corner = vertices[quads].astype(float)
    out = corner.mean(1) - skull.centre
    out[:, 2] = np.maximum(out[:, 2], 0)
    turned = np.cross(corner[:, 2] - corner[:, 0], corner[:, 3] - corner[:, 1])
    faces_out = np.einsum("qx,qx->q", unit(turned), unit(out)) > 0.45
    return np.asarray(quads[(model.regions["ears"][quads].max(1) < 0.2) & (faces_out | (corner[:, :, 2].mean(1) < skull.chin))])


def _thickness(net: Net, hair: Strands | None) -> Floats:
    """Return how high the hair stands over the skin along each ray, metres."""
    thick = np.zeros((DOWN, AROUND))
    if hair is None:
        return thick
    around, down, reach = net.places(hair.points.reshape(-1, 3))
    rows, columns = np.round(down * (DOWN - 1)).astype(int), np.round(around / (2 * np.pi) * AROUND).astype(int) % AROUND
    np.maximum.at(thick, (rows, columns), np.clip(reach - net.reach[rows, columns], 0, 0.05))
    return thick


def _press(net: Net, hair: Strands | None, radii: Floats, within: Floats) -> Strands | None:
    """Draw the hair in under the cloth, also a little way beside it."""
    if hair is None:
        return None
    points = hair.points.reshape(-1, 3).astype(float)
    around, down, reach = net.places(points)
    at = np.stack([down * (DOWN - 1), around / (2 * np.pi) * AROUND])
    cloth, inside = (map_coordinates(grid, at, order=1, mode="grid-wrap") for grid in (radii, within))
    # Beside the edge the hair rises again to its full height over a centimetre and a half.
    limit = cloth - 0.004 + 1.6 * np.clip(-inside, 0, None)
    short = np.clip(reach - limit, 0, None)
    origin = np.repeat(net.skull.centre[None], len(points), 0)
    below = points[:, 2] < net.skull.centre[2]
    origin[below, 2] = points[below, 2]
    away = (points - origin) / np.maximum(np.linalg.norm(points - origin, axis=1, keepdims=True), 1e-6)
    moved = points - short[:, None] * away
    return replace(hair, points=moved.reshape(hair.points.shape).astype(np.float32))
