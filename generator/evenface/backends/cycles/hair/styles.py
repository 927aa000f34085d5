"""The table of hair styles, and the three questions a scene asks of one: its strands, its pigment, its shade on the scalp."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from evenface.backends.cycles.hair.bun import bun
from evenface.backends.cycles.hair.coils import coils_long, coils_short
from evenface.backends.cycles.hair.ground import Ground
from evenface.backends.cycles.hair.long import bob, straight_long, waves_long
from evenface.backends.cycles.hair.ropes import braids, locs
from evenface.backends.cycles.hair.short import bald, buzz, receding, short_crop, side_part
from evenface.backends.cycles.hair.strands import Floats, Strands
from evenface.backends.cycles.head import HeadModel
from evenface.records import Hair

__all__ = ["STYLES", "Style", "build_hair", "hair_pigment", "scalp_shade"]


@dataclass(frozen=True, slots=True)
class Style:
    """One way of wearing hair."""

    build: Callable[[Ground], Strands | None] | None
    """None where a covering hides the hair."""
    shade: float
    """How much of the skin between the hairs looks dark at full density, 0 to 1."""
    hairline: str = "full"


STYLES: dict[str, Style] = {
    "coils_short": Style(coils_short, 0.85),
    "coils_long": Style(coils_long, 0.95),
    "locs": Style(locs, 0.55),
    "braids": Style(braids, 0.42),
    "waves_long": Style(waves_long, 0.80),
    "straight_long": Style(straight_long, 0.75),
    "bob": Style(bob, 0.80),
    "short_crop": Style(short_crop, 0.75),
    "side_part": Style(side_part, 0.75),
    "buzz": Style(buzz, 0.62),
    "receding": Style(receding, 0.65, "receding"),
    "bald": Style(bald, 0.22, "fringe"),
    "bun": Style(bun, 0.80),
    "head_covering": Style(None, 0.0),
}
"""The keys are ``identity.HAIR_STYLES``."""


def build_hair(model: HeadModel, vertices: Floats, hair: Hair) -> Strands | None:
    """Grow the hair of the head; None for a shaven head and under a covering that hides all of it."""
    style = STYLES[hair.style]
    return style.build(Ground(model, vertices, hair, style.hairline)) if style.build else None


def hair_pigment(hair: Hair) -> tuple[float, float, float]:
    """Melanin, share of red pigment and share of white hairs, each 0 to 1."""
    return hair.melanin, hair.redness, hair.grey


def scalp_shade(model: HeadModel, vertices: Floats, hair: Hair, at: Floats | None = None) -> Floats:
    """How far roots and stubble darken the skin, 0 to 1, at every vertex or at the places ``at`` (N, 3) of the skin."""
    style = STYLES[hair.style]
    places = vertices if at is None else at
    ground = Ground(model, vertices, hair, style.hairline)
    shade = style.shade * (0.5 + 0.5 * hair.density) * ground.cover(places)
    # Light hair shades less; only the outside of the skull is scalp.
    shade *= 0.35 + 0.65 * min(1.0, hair.melanin / 0.5) * (1 - 0.6 * hair.grey)
    inside = np.linalg.norm((places - ground.skull.centre) * [1.0, 0.8, 1.0], axis=1) < 0.6 * ground.skull.side
    shade[inside] = 0.0
    return shade.astype(np.float32)
