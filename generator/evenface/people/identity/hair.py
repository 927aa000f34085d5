"""Hair of the head, brows and beard.

For the head texture is drawn first, then a style that is worn with it, its hairline and fringe, then its colour.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from evenface.people.identity.cues import LEAN, between, choose, clip
from evenface.records import Brows, FacialHair, Hair, Rgb

__all__ = [
    "FACIAL_HAIR_STYLES",
    "FRINGES",
    "FRINGE_STYLES",
    "HAIR_STYLES",
    "HAIR_TEXTURES",
    "STYLE_TEXTURES",
    "sample_brows",
    "sample_facial_hair",
    "sample_hair",
]


# Hair of the head

HAIR_TEXTURES = ("straight", "wavy", "curly", "coily")
_TEXTURE_SHARES = (0.28, 0.26, 0.23, 0.23)

# Relative shares of the styles by presentation (woman, man). Both columns are above zero everywhere; the androgynous share
# is their geometric mean, so it lies between them.
_STYLE_SHARES: dict[str, tuple[float, float]] = {
    "coils_short": (0.25, 1.5),
    "coils_long": (1.6, 0.25),
    "high_top": (0.05, 0.7),
    "locs": (0.9, 0.2),
    "locs_short": (0.3, 0.5),
    "twists": (0.5, 0.5),
    "braids": (1.7, 0.06),
    "cornrows": (0.35, 0.5),
    "bantu_knots": (0.3, 0.03),
    "puffs": (0.6, 0.03),
    "high_puff": (0.7, 0.05),
    "waves_long": (2.4, 0.05),
    "straight_long": (2.2, 0.05),
    "layered_long": (2.4, 0.04),
    "long_bob": (2.1, 0.04),
    "bob": (2.0, 0.03),
    "pixie": (0.4, 0.1),
    "swept_mid": (0.3, 0.3),
    "half_up": (1.3, 0.04),
    "ponytail": (0.9, 0.07),
    "bun": (0.6, 0.05),
    "top_knot": (0.25, 0.16),
    "short_crop": (0.06, 1.7),
    "side_part": (0.06, 1.5),
    "crew_cut": (0.03, 1.4),
    "fade": (0.04, 1.7),
    "quiff": (0.04, 1.1),
    "slick_back": (0.07, 0.7),
    "buzz": (0.03, 1.1),
    "receding": (0.025, 0.8),
    "horseshoe": (0.02, 0.4),
    "bald": (0.025, 0.6),
    "head_covering": (0.8, 0.3),
}
HAIR_STYLES = tuple(_STYLE_SHARES)
_THINNING = ("receding", "horseshoe", "bald")

_COILED = ("curly", "coily")
STYLE_TEXTURES: dict[str, tuple[str, ...]] = {
    "coils_short": _COILED,
    "coils_long": _COILED,
    "high_top": _COILED,
    "locs": _COILED,
    "locs_short": _COILED,
    "twists": _COILED,
    "braids": ("wavy", "curly", "coily"),
    "cornrows": ("wavy", "curly", "coily"),
    "bantu_knots": _COILED,
    "puffs": _COILED,
    "high_puff": _COILED,
    "waves_long": ("wavy", "curly"),
    "straight_long": ("straight", "wavy"),
    "quiff": ("straight", "wavy"),
    "slick_back": ("straight", "wavy"),
}
"""The textures that a style is worn with; a style that is not listed goes with every texture."""

FRINGES = ("none", "full", "side", "curtain", "wispy", "short")
# Share of a fringe at all where the style allows one, and the shares of its kinds.
_LOOSE = (0.55, (0.14, 0.30, 0.37, 0.19, 0.0))
_GATHERED = (0.45, (0.10, 0.28, 0.28, 0.34, 0.0))
_CUT = (0.45, (0.05, 0.25, 0.0, 0.20, 0.50))
FRINGE_STYLES: dict[str, tuple[float, tuple[float, ...]]] = {
    **dict.fromkeys(("waves_long", "straight_long", "layered_long", "long_bob", "bob", "half_up"), _LOOSE),
    **dict.fromkeys(("ponytail", "bun", "top_knot"), _GATHERED),
    **dict.fromkeys(("short_crop", "fade"), _CUT),
    "pixie": (0.80, (0.10, 0.52, 0.0, 0.28, 0.10)),
}
"""The styles that a fringe goes with."""

# Hair colour: share, melanin (mean, SD), red pigment (mean, SD).
_HAIR_COLOURS: tuple[tuple[float, tuple[float, float], tuple[float, float]], ...] = (
    (0.38, (0.95, 0.04), (0.06, 0.04)),  # black
    (0.27, (0.78, 0.06), (0.15, 0.08)),  # dark brown
    (0.16, (0.55, 0.08), (0.22, 0.10)),  # brown
    (0.12, (0.25, 0.11), (0.12, 0.07)),  # blond
    (0.07, (0.48, 0.12), (0.75, 0.12)),  # red
)

_DYES: tuple[Rgb, ...] = ((0.75, 0.22, 0.30), (0.30, 0.35, 0.75), (0.70, 0.40, 0.62), (0.25, 0.55, 0.52), (0.80, 0.38, 0.15))
_WHITE: Rgb = (1.0, 1.0, 1.0)

_FABRICS: tuple[Rgb, ...] = (
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
    thinning = float(np.interp(age_years, (18, 30, 50, 80), (0.25, 0.7, 1.4, 2.2)))
    shares = []
    for style in HAIR_STYLES:
        share = between(_STYLE_SHARES[style], gender) * (thinning if style in _THINNING else 1.0)
        shares.append(share if texture in STYLE_TEXTURES.get(style, HAIR_TEXTURES) else 0.0)
    return shares


def _fringe(rng: np.random.Generator, style: str, lean: float) -> str:
    some, kinds = FRINGE_STYLES.get(style, (0.0, (1.0,) * (len(FRINGES) - 1)))
    some *= 0.95 + 0.25 * lean
    return choose(rng, FRINGES, [1 - some, *(some * kind for kind in kinds)])


def _colour(rng: np.random.Generator) -> tuple[float, float, float, float, Rgb]:
    """Draw melanin, red pigment, highlights, dark roots and dye, alike for everybody."""
    _, melanin, redness = choose(rng, _HAIR_COLOURS, [share for share, _, _ in _HAIR_COLOURS])
    lit, strength = rng.random(2)
    rooted, hue = rng.random(2)
    dyed = rng.random() < 0.025
    dye = _DYES[int(hue * len(_DYES))] if dyed else _WHITE
    shade = clip(rng.normal(*melanin), 0.0, 1.0)
    highlights = 0.12 + 0.35 * strength if lit < 0.16 else 0.0
    roots = 0.4 + 0.6 * strength if rooted < (0.5 if shade < 0.4 or dyed else 0.08) else 0.0
    return 0.3 * shade if dyed else shade, clip(rng.normal(*redness), 0.0, 1.0), highlights, roots, dye


def sample_hair(rng: np.random.Generator, *, gender: str, age_years: int) -> Hair:
    """Draw texture first, then a style that is worn with it; pigment and texture are drawn alike for everybody."""
    lean = LEAN[gender]
    texture = choose(rng, HAIR_TEXTURES, _TEXTURE_SHARES)
    style = choose(rng, HAIR_STYLES, _style_shares(gender, texture, age_years))
    fringe = _fringe(rng, style, lean)
    melanin, redness, highlights, roots, dye = _colour(rng)
    fabric = _FABRICS[int(rng.integers(len(_FABRICS)))]
    onset, years_to_white = rng.normal(42.0, 9.0), rng.uniform(20.0, 45.0)
    # Grey that is dyed over: by about half of one annotation, and by some of every other.
    coloured = 0.1 if rng.random() < 0.32 + 0.22 * lean else 1.0
    return Hair(
        style=style,
        texture=texture,
        length=clip(1.0 + 0.15 * rng.normal(), 0.7, 1.3),
        density=clip(0.9 - 0.002 * max(age_years - 40, 0) + 0.08 * rng.normal(), 0.6, 1.0),
        hairline=clip(0.008 * (age_years - 40) - 0.28 * lean + 0.42 * rng.normal(), -1.0, 1.0),
        parting=clip(rng.choice((-0.6, 0.0, 0.6)) + 0.16 * rng.normal(), -1.0, 1.0),
        melanin=melanin,
        redness=redness,
        grey=coloured * clip((age_years - onset) / years_to_white, 0.0, 1.0),
        covering=fabric,
        seed=int(rng.integers(2**31)),
        fringe=fringe,
        fringe_length=float(rng.uniform(-1.0, 1.0)),
        corners=clip(0.006 * (age_years - 40) - 0.48 * lean + 0.4 * rng.normal(), -1.0, 1.0),
        peak=float(rng.beta(0.7, 2.0)),
        sideburns=clip(0.35 - 0.18 * lean + 0.25 * rng.normal(), 0.0, 1.0),
        softness=float(rng.beta(2.5, 2.0)),
        volume=clip(1.0 + 0.22 * rng.normal(), 0.6, 1.6),
        highlights=highlights,
        roots=roots,
        dye=dye,
    )


# Brows


def sample_brows(rng: np.random.Generator, *, gender: str) -> Brows:
    """Draw the brows; their weight, arch, tilt and height overlap widely between presentations."""
    lean = LEAN[gender]
    bridged, cut = rng.random(2)
    return Brows(
        thickness=clip(float(np.exp(0.02 - 0.24 * lean + 0.27 * rng.normal())), 0.45, 2.0),
        density=clip(0.64 - 0.10 * lean + 0.21 * rng.normal(), 0.25, 1.2),
        length=clip(1.0 + 0.10 * rng.normal(), 0.75, 1.25),
        arch=clip(-0.15 + 0.12 * lean + 0.42 * rng.normal(), -1.0, 1.0),
        tilt=clip(0.10 * lean + 0.46 * rng.normal(), -1.0, 1.0),
        gap=clip(0.3 * lean + 1.1 * rng.normal(), -2.0, 2.0),
        shade=clip(-0.15 + 0.50 * rng.normal(), -1.0, 1.0),
        seed=int(rng.integers(2**31)),
        height=clip(-0.12 + 0.35 * lean + 0.45 * rng.normal(), -1.0, 1.0),
        summit=clip(0.45 * rng.normal(), -1.0, 1.0),
        taper=float(rng.beta(2.2, 1.6)),
        tail=clip(1.15 - 0.9 * rng.beta(1.0, 2.2), 0.2, 1.0),
        unruliness=float(rng.beta(1.6, 2.9 + 1.2 * lean)),
        hair_length=clip(1.0 - 0.15 * lean + 0.2 * rng.normal(), 0.6, 1.5),
        bridge=float(rng.uniform(0.15, 0.9)) if bridged < 0.10 else 0.0,
        slit=float(rng.choice((-1.0, 1.0)) * rng.uniform(0.55, 0.8)) if cut < 0.02 else 0.0,
        asymmetry=clip(0.4 * rng.normal(), -1.0, 1.0),
        greying=float(rng.uniform(0.1, 1.0)),
    )


# Facial hair

# Shares by style (androgynous, man); women have none.
_BEARD_SHARES: dict[str, tuple[float, float]] = {
    "none": (0.79, 0.18),
    "shadow": (0.06, 0.14),
    "stubble": (0.05, 0.19),
    "moustache": (0.015, 0.045),
    "pencil_moustache": (0.01, 0.025),
    "handlebar": (0.004, 0.02),
    "horseshoe_moustache": (0.004, 0.02),
    "walrus": (0.004, 0.015),
    "soul_patch": (0.01, 0.02),
    "goatee": (0.01, 0.04),
    "circle_beard": (0.01, 0.06),
    "anchor": (0.008, 0.03),
    "chin_strap": (0.008, 0.03),
    "short_beard": (0.012, 0.12),
    "full_beard": (0.005, 0.085),
    "long_beard": (0.002, 0.02),
}
FACIAL_HAIR_STYLES = tuple(_BEARD_SHARES)


def sample_facial_hair(rng: np.random.Generator, *, gender: str, age_years: int) -> FacialHair:
    """Draw the facial hair: most people have none, and beards grow fuller after the first adult years."""
    column = {"androgynous": 0, "man": 1}.get(gender)
    shares: Mapping[str, float] = {
        style: float(style == "none") if column is None else both[column] for style, both in _BEARD_SHARES.items()
    }
    fuller = float(np.interp(age_years, (18, 30), (0.4, 1.0)))
    weights = [share * (fuller if style.endswith("beard") else 1.0) for style, share in shares.items()]
    style = choose(rng, FACIAL_HAIR_STYLES, weights)
    length, density = clip(1.0 + 0.2 * rng.normal(), 0.6, 1.5), float(0.45 + 0.55 * rng.beta(3.0, 2.0))
    rest = {
        "patchiness": float(rng.beta(1.5, 2.5)),
        "cheek_line": clip(0.5 * rng.normal(), -1.0, 1.0),
        "neck_line": clip(0.5 * rng.normal(), -1.0, 1.0),
        "crispness": float(rng.beta(1.8, 1.8)),
        "greying": float(rng.uniform(0.6, 1.5)),
        "redness_shift": float(0.3 * rng.beta(1.0, 4.0)),
    }
    seed = int(rng.integers(2**31))
    if style == "none":
        return FacialHair(style, 0.0, 0.0, seed, **dict.fromkeys(rest, 0.0))
    return FacialHair(style, length, density, seed, **rest)
