"""What people wear on their heads: wrapped, wound, tied or knitted over all hair, or a cap or band worn on it.

The cloth is a shell round the skull, its thickness and folds added as heights; how it falls follows the record's seed.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from scipy.ndimage import map_coordinates

from evenface.backends.cycles.hair.field import Field, build_field
from evenface.backends.cycles.hair.skull import Skull, measure_skull
from evenface.backends.cycles.hair.strands import Floats, Ints, Strands, unit
from evenface.backends.cycles.head import HeadModel
from evenface.backends.cycles.wardrobe.coverings.caps import Sides, brimless_cap, headband, knitted_cap, skullcap
from evenface.backends.cycles.wardrobe.coverings.shell import AROUND, DOWN, Draped, Net, lay_net, woven
from evenface.backends.cycles.wardrobe.coverings.wound import bandana, headwrap, nape_scarf, turban
from evenface.backends.cycles.wardrobe.coverings.wrapped import hijab, hijab_loose
from evenface.backends.cycles.wardrobe.fabric import Cloth, Skin
from evenface.records import Covering
from evenface.rng import rng_for

__all__ = ["HIDING", "OVER_HAIR", "Covered", "build_covering"]

HIDING: dict[str, Callable[[Skull, Field, Skin, np.random.Generator], Draped]] = {
    "hijab": hijab,
    "hijab_loose": hijab_loose,
    "turban": turban,
    "headwrap": headwrap,
    "nape_scarf": nape_scarf,
    "bandana": bandana,
    "knitted_cap": knitted_cap,
}
"""Worn with no hair to be seen."""
OVER_HAIR: dict[str, Callable[[Net, Floats, Skin, np.random.Generator], Sides]] = {
    "skullcap": skullcap,
    "brimless_cap": brimless_cap,
    "headband": headband,
}
"""Worn on the hair, which is pressed down under them."""


@dataclass(frozen=True, slots=True)
class Covered:
    """The cloth, None for who wears none, and the hair as it lies under and beside it."""

    cloth: Cloth | None
    hair: Strands | None


def build_covering(model: HeadModel, vertices: Floats, covering: Covering, hair: Strands | None) -> Covered:
    """Put on what a person wears on the head."""
    if covering.kind == "none":
        return Covered(None, hair)
    skull = measure_skull(model, vertices)
    quads = model.part_faces["skin"]
    field, skin = build_field(vertices, quads), Skin(vertices, _unfolded(model, vertices, skull))
    rng = rng_for(covering.seed, "covering", "folds")
    if covering.kind in HIDING:
        return Covered(woven(HIDING[covering.kind](skull, field, skin, rng), skull), None)
    net = lay_net(skull, field, -0.085)
    draped, net, radii, within = OVER_HAIR[covering.kind](net, _thickness(net, hair), skin, rng)
    return Covered(woven(draped, skull), _pressed(net, hair, radii, within))


def _unfolded(model: HeadModel, vertices: Floats, skull: Skull) -> Ints:
    """Quads of the skin that face outwards: the shell is drawn over the ears, and folds behind them would crumple it."""
    quads = model.part_faces["skin"]
    corner = vertices[quads].astype(float)
    out = corner.mean(1) - skull.centre
    out[:, 2] = np.maximum(out[:, 2], 0)
    turned = np.cross(corner[:, 2] - corner[:, 0], corner[:, 3] - corner[:, 1])
    faces_out = np.einsum("qx,qx->q", unit(turned), unit(out)) > 0.45
    return np.asarray(quads[(model.regions["ears"][quads].max(1) < 0.2) & (faces_out | (corner[:, :, 2].mean(1) < skull.chin))])


def _thickness(net: Net, hair: Strands | None) -> Floats:
    """How high the hair stands over the skin along each ray, metres."""
    thick = np.zeros((DOWN, AROUND))
    if hair is None:
        return thick
    around, down, reach = net.places(hair.points.reshape(-1, 3))
    rows, columns = np.round(down * (DOWN - 1)).astype(int), np.round(around / (2 * np.pi) * AROUND).astype(int) % AROUND
    np.maximum.at(thick, (rows, columns), np.clip(reach - net.reach[rows, columns], 0, 0.05))
    return thick


def _pressed(net: Net, hair: Strands | None, radii: Floats, within: Floats) -> Strands | None:
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
