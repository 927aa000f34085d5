"""The hair of the head: texture first, then a style that is worn with it, then its colour."""

from __future__ import annotations

import numpy as np

from evenface.identity.draw import LEAN, choose, clip
from evenface.records import Hair

__all__ = ["HAIR_STYLES", "HAIR_TEXTURES", "STYLE_TEXTURES", "sample_hair"]

HAIR_TEXTURES = ("straight", "wavy", "curly", "coily")
_TEXTURE_SHARES = (0.28, 0.26, 0.23, 0.23)

HAIR_STYLES = (
    "coils_short",
    "coils_long",
    "locs",
    "braids",
    "waves_long",
    "straight_long",
    "bob",
    "short_crop",
    "side_part",
    "buzz",
    "receding",
    "bald",
    "bun",
    "head_covering",
)

STYLE_TEXTURES: dict[str, tuple[str, ...]] = {
    "coils_short": ("curly", "coily"),
    "coils_long": ("curly", "coily"),
    "locs": ("curly", "coily"),
    "braids": ("wavy", "curly", "coily"),
    "waves_long": ("wavy", "curly"),
    "straight_long": ("straight", "wavy"),
}
"""The textures that a style is worn with; a style that is not listed goes with every texture."""

# Relative shares of the styles by presentation (woman, man). Both columns are above zero everywhere; the androgynous share
# is their geometric mean, so it lies between them.
_STYLE_SHARES: dict[str, tuple[float, float]] = {
    "coils_short": (0.8, 1.6),
    "coils_long": (1.6, 0.6),
    "locs": (0.8, 0.6),
    "braids": (1.2, 0.2),
    "waves_long": (1.7, 0.12),
    "straight_long": (1.5, 0.12),
    "bob": (1.5, 0.06),
    "short_crop": (0.3, 1.8),
    "side_part": (0.35, 1.6),
    "buzz": (0.06, 1.1),
    "receding": (0.05, 0.8),
    "bald": (0.03, 0.7),
    "bun": (1.4, 0.15),
    "head_covering": (0.8, 0.3),
}
_THINNING = ("receding", "bald")

# Hair colour: share, melanin (mean, SD), red pigment (mean, SD).
_HAIR_COLOURS: tuple[tuple[float, tuple[float, float], tuple[float, float]], ...] = (
    (0.38, (0.95, 0.04), (0.06, 0.04)),  # black
    (0.28, (0.78, 0.06), (0.15, 0.08)),  # dark brown
    (0.16, (0.55, 0.08), (0.22, 0.10)),  # brown
    (0.11, (0.25, 0.09), (0.12, 0.07)),  # blond
    (0.07, (0.48, 0.12), (0.75, 0.12)),  # red
)

_FABRICS: tuple[tuple[float, float, float], ...] = (
    (0.05, 0.06, 0.09),
    (0.03, 0.05, 0.14),
    (0.18, 0.18, 0.19),
    (0.45, 0.42, 0.36),
    (0.20, 0.04, 0.06),
    (0.04, 0.16, 0.13),
    (0.33, 0.24, 0.32),
    (0.30, 0.20, 0.08),
)


def _style_shares(gender: str, texture: str, age_years: int) -> list[float]:
    """Return the shares of ``HAIR_STYLES``: a thinning crown grows likelier with the years, whatever the gender."""
    lean = (1.0 + LEAN[gender]) / 2.0
    thinning = float(np.interp(age_years, (18, 30, 50, 80), (0.25, 0.7, 1.4, 2.2)))
    shares = []
    for style in HAIR_STYLES:
        woman, man = _STYLE_SHARES[style]
        share = woman**lean * man ** (1.0 - lean) * (thinning if style in _THINNING else 1.0)
        shares.append(share if texture in STYLE_TEXTURES.get(style, HAIR_TEXTURES) else 0.0)
    return shares


def sample_hair(rng: np.random.Generator, *, gender: str, age_years: int) -> Hair:
    """Draw texture first, then a style that is worn with it; colour and texture are drawn alike for everybody."""
    texture = choose(rng, HAIR_TEXTURES, _TEXTURE_SHARES)
    style = choose(rng, HAIR_STYLES, _style_shares(gender, texture, age_years))
    _, melanin, redness = _HAIR_COLOURS[int(choose(rng, "01234", [share for share, _, _ in _HAIR_COLOURS]))]
    fabric = _FABRICS[int(rng.integers(len(_FABRICS)))]
    onset, years_to_white = rng.normal(42.0, 9.0), rng.uniform(20.0, 45.0)
    dyed = 0.1 if rng.random() < 0.2 else 1.0
    return Hair(
        style=style,
        texture=texture,
        length=clip(1.0 + 0.13 * rng.normal(), 0.7, 1.3),
        density=clip(0.9 - 0.002 * max(age_years - 40, 0) + 0.08 * rng.normal(), 0.6, 1.0),
        hairline=clip(0.008 * (age_years - 40) - 0.2 * LEAN[gender] + 0.35 * rng.normal(), -1.0, 1.0),
        parting=clip(rng.choice((-0.6, 0.0, 0.6)) + 0.12 * rng.normal(), -1.0, 1.0),
        melanin=clip(rng.normal(*melanin), 0.0, 1.0),
        redness=clip(rng.normal(*redness), 0.0, 1.0),
        grey=dyed * clip((age_years - onset) / years_to_white, 0.0, 1.0),
        covering=fabric,
        seed=int(rng.integers(2**31)),
    )
