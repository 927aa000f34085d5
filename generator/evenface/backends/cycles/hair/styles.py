"""The table of hair styles, with the strands of a style, its shade on the scalp, and the ways to tie it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from evenface.backends.cycles.hair.bun import bun, half_up, ponytail, top_knot
from evenface.backends.cycles.hair.coils import bantu_knots, coils_long, coils_short, high_puff, high_top, puffs
from evenface.backends.cycles.hair.dye import root_darkness
from evenface.backends.cycles.hair.fringe import build_down, build_fringe
from evenface.backends.cycles.hair.long import bob, layered_long, long_bob, straight_long, swept_mid, waves_long
from evenface.backends.cycles.hair.ropes import braids, cornrows, locs, locs_short, twists
from evenface.backends.cycles.hair.scalp import Scalp
from evenface.backends.cycles.hair.short import (
    bald,
    buzz,
    crew_cut,
    fade,
    fade_height,
    fade_share,
    horseshoe,
    pixie,
    quiff,
    receding,
    short_crop,
    side_part,
    slick_back,
)
from evenface.backends.cycles.hair.strands import Floats, Strands, join
from evenface.backends.cycles.head import HeadModel
from evenface.records import Hair

__all__ = ["STYLES", "TIED", "Style", "build_hair", "scalp_shade", "tie_hair"]


@dataclass(frozen=True, slots=True)
class Style:
    """One way of wearing hair."""

    build: Callable[[Scalp], Strands | None] | None
    """None where a covering hides the hair."""
    shade: float
    """How much of the skin between the hairs looks dark at full density, 0 to 1."""
    hairline: str = "full"
    faded: float = 0.0
    """How high the sides are clipped, as a share of the seed's height of a fade."""


STYLES: dict[str, Style] = {
    "coils_short": Style(coils_short, 0.85),
    "coils_long": Style(coils_long, 0.95),
    "high_top": Style(high_top, 0.85),
    "locs": Style(locs, 0.55),
    "locs_short": Style(locs_short, 0.55),
    "twists": Style(twists, 0.55),
    "braids": Style(braids, 0.42),
    "cornrows": Style(cornrows, 0.30),
    "bantu_knots": Style(bantu_knots, 0.40),
    "puffs": Style(puffs, 0.75),
    "high_puff": Style(high_puff, 0.75),
    "waves_long": Style(waves_long, 0.80),
    "straight_long": Style(straight_long, 0.75),
    "layered_long": Style(layered_long, 0.80),
    "long_bob": Style(long_bob, 0.80),
    "bob": Style(bob, 0.80),
    "pixie": Style(pixie, 0.75),
    "swept_mid": Style(swept_mid, 0.75),
    "half_up": Style(half_up, 0.75),
    "ponytail": Style(ponytail, 0.80),
    "bun": Style(bun, 0.80),
    "top_knot": Style(top_knot, 0.80),
    "short_crop": Style(short_crop, 0.75),
    "side_part": Style(side_part, 0.75),
    "crew_cut": Style(crew_cut, 0.70),
    "fade": Style(fade, 0.75, faded=1.0),
    "quiff": Style(quiff, 0.75, faded=0.3),
    "slick_back": Style(slick_back, 0.75),
    "buzz": Style(buzz, 0.62),
    "receding": Style(receding, 0.65, "receding"),
    "horseshoe": Style(horseshoe, 0.55, "fringe"),
    "bald": Style(bald, 0.22, "fringe"),
    "head_covering": Style(None, 0.0),
}
"""The keys are ``identity.HAIR_STYLES``."""

TIED: dict[str, tuple[str, ...]] = {
    "waves_long": ("bun", "ponytail", "half_up"),
    "straight_long": ("ponytail", "bun", "half_up"),
    "layered_long": ("ponytail", "half_up", "bun"),
    "long_bob": ("half_up", "ponytail"),
    "half_up": ("ponytail",),
    "coils_long": ("high_puff",),
}
"""How styles may be worn tied; which of the ways is the person's own, by the seed of their hair."""


def tie_hair(hair: Hair, *, tied: bool) -> Hair:
    """Return the hair as it is worn in one picture."""
    ways = TIED.get(hair.style, ()) if tied else ()
    return replace(hair, style=ways[hair.seed % len(ways)]) if ways else hair


def build_hair(model: HeadModel, vertices: Floats, hair: Hair) -> Strands | None:
    """Grow the hair of the head; None for a shaven head and under a covering that hides all of it."""
    style = STYLES[hair.style]
    if style.build is None:
        return None
    scalp = Scalp(model, vertices, hair, style.hairline)
    strands = style.build(scalp)
    if strands is None:
        return None
    parts = [strands]
    if hair.fringe != "none":
        parts.append(build_fringe(scalp))
    if style.hairline == "full" and hair.softness > 0.15:
        parts.append(build_down(scalp))
    return join(parts)


def scalp_shade(model: HeadModel, vertices: Floats, hair: Hair, at: Floats | None = None) -> Floats:
    """Return how far roots and stubble darken the skin, 0 to 1, at every vertex or at the places ``at`` (N, 3) of the skin."""
    style = STYLES[hair.style]
    places = vertices if at is None else at
    scalp = Scalp(model, vertices, hair, style.hairline)
    shade = style.shade * (0.5 + 0.5 * hair.density) * scalp.cover(places)
    if style.faded:
        shade *= fade_share(places, style.faded * fade_height(scalp))
    shade *= root_darkness(hair.melanin, hair.grey)
    # Only the outside of the skull is scalp.
    inside = np.linalg.norm((places - scalp.skull.centre) * [1.0, 0.8, 1.0], axis=1) < 0.6 * scalp.skull.side
    shade[inside] = 0.0
    return shade.astype(np.float32)
