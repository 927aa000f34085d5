"""The identity room: a slot of the plan comes in, one synthetic person goes out.

Chance is keyed by the person and the attribute, never by the tone: in a crossed design the key leaves the tone out, and in an
independent design the tone only picks another person from the same distribution. What may follow the gender annotation is
listed in ``GENDER_CUES``; everything else is drawn alike for everybody.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from evenface.anthropometry import sample_head
from evenface.records import Brows, Complexion, Eyes, FacialHair, Hair, Identity, Slot
from evenface.rng import rng_for
from evenface.vocabulary import ADULT, AGE_BANDS

__all__ = [
    "FACIAL_HAIR_STYLES",
    "GENDER_CUES",
    "HAIR_STYLES",
    "HAIR_TEXTURES",
    "IRISES",
    "STYLE_TEXTURES",
    "person",
    "sample_age",
    "sample_brows",
    "sample_complexion",
    "sample_eyes",
    "sample_facial_hair",
    "sample_hair",
]

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

IRISES = ("brown", "dark_brown", "hazel", "green", "blue", "grey", "amber")
_IRIS_SHARES = (0.28, 0.26, 0.14, 0.09, 0.12, 0.06, 0.05)

FACIAL_HAIR_STYLES = ("none", "stubble", "moustache", "goatee", "short_beard", "full_beard")
_FACIAL_HAIR_SHARES: dict[str, tuple[float, ...]] = {
    "woman": (1.0, 0.0, 0.0, 0.0, 0.0, 0.0),
    "androgynous": (0.80, 0.12, 0.03, 0.02, 0.02, 0.01),
    "man": (0.28, 0.27, 0.08, 0.08, 0.19, 0.10),
}

GENDER_CUES = (
    "head.measures_mm",
    "head.traits",
    "head.presentation",
    "head.fullness",
    "complexion.lip_depth",
    "hair.style",
    "hair.hairline",
    "brows.thickness",
    "brows.density",
    "brows.arch",
    "brows.tilt",
    "facial_hair.style",
    "facial_hair.length",
    "facial_hair.density",
)
"""The attributes of an ``Identity`` whose distribution may depend on the gender annotation; no other one does."""

_LEAN: dict[str, float] = {"woman": 1.0, "androgynous": 0.0, "man": -1.0}

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


def _clip(value: float, low: float, high: float) -> float:
    return float(min(max(value, low), high))


def _choose(rng: np.random.Generator, names: Sequence[str], shares: Sequence[float]) -> str:
    # One uniform number whatever the shares are, so that what is drawn next does not depend on this choice.
    edges = np.cumsum(shares)
    return names[int(np.searchsorted(edges, rng.random() * edges[-1], side="right"))]


def person(seed: int, design: str, slot: Slot) -> Identity:
    """Return the synthetic person of ``slot``; in a crossed design it is the same one in every tone but for its names."""
    cell = slot.cell
    who = (cell.gender, cell.age_band) if design == "crossed" else (cell.key,)

    def rng(attribute: str) -> np.random.Generator:
        return rng_for(seed, "person", design, *who, slot.index, attribute)

    age = sample_age(rng("age"), age_band=cell.age_band)
    return Identity(
        identity_id=slot.identity_id,
        family_id=slot.family_id,
        cell=cell,
        index=slot.index,
        age_years=age,
        head=sample_head(rng("head"), gender=cell.gender, age_years=age),
        complexion=sample_complexion(rng("complexion"), gender=cell.gender, age_years=age),
        eyes=sample_eyes(rng("eyes")),
        hair=sample_hair(rng("hair"), gender=cell.gender, age_years=age),
        brows=sample_brows(rng("brows"), gender=cell.gender),
        facial_hair=sample_facial_hair(rng("facial_hair"), gender=cell.gender, age_years=age),
    )


def sample_age(rng: np.random.Generator, *, age_band: str) -> int:
    """Draw whole years: uniform in a narrow band; rising to 25, flat, and falling from 55 in the band of all adults."""
    low, high = AGE_BANDS[age_band]
    if age_band != ADULT:
        return int(rng.integers(low, high + 1))
    years = np.arange(low, high + 1)
    shares = np.interp(years, (18, 25, 55, 80), (0.6, 1.0, 1.0, 0.2))
    return int(rng.choice(years, p=shares / shares.sum()))


def sample_complexion(rng: np.random.Generator, *, gender: str, age_years: int) -> Complexion:
    """Draw how the skin differs from others of its tone."""
    ageing = (age_years - 18) / 62
    return Complexion(
        lightness_shift=_clip(rng.normal(), -2.0, 2.0),
        redness_shift=_clip(rng.normal(), -2.0, 2.0),
        mottling=float(rng.beta(2.0, 3.5)),
        freckles=float(rng.beta(0.6, 3.0)),
        moles=int(rng.poisson(3.0)),
        under_eye=_clip(rng.beta(2.0, 3.5) + 0.2 * ageing, 0.0, 1.0),
        flush=float(rng.beta(2.0, 3.5)),
        pores=float(rng.beta(2.5, 3.0)),
        oiliness=float(rng.beta(2.5, 3.0)),
        wrinkles=_clip(1.05 * ageing**1.2 + 0.1 * rng.normal(), 0.0, 1.0),
        lip_depth=_clip(0.45 + 0.12 * _LEAN[gender] + 0.17 * rng.normal(), 0.0, 1.0),
        lip_hue=_clip(0.45 * rng.normal(), -1.0, 1.0),
        seed=int(rng.integers(2**31)),
    )


def sample_eyes(rng: np.random.Generator) -> Eyes:
    """Draw iris, white and lashes, alike for everybody."""
    return Eyes(
        iris=_choose(rng, IRISES, _IRIS_SHARES),
        iris_shade=_clip(0.45 * rng.normal(), -1.0, 1.0),
        iris_size=_clip(1.0 + 0.035 * rng.normal(), 0.9, 1.1),
        limbus=float(rng.beta(3.0, 2.5)),
        sclera_warmth=float(rng.beta(2.0, 3.5)),
        lash_length=_clip(1.0 + 0.15 * rng.normal(), 0.6, 1.5),
        lash_density=float(0.35 + 0.65 * rng.beta(2.5, 2.5)),
        seed=int(rng.integers(2**31)),
    )


def _style_shares(gender: str, texture: str, age_years: int) -> list[float]:
    """Return the shares of ``HAIR_STYLES``: a thinning crown grows likelier with the years, whatever the gender."""
    lean = (1.0 + _LEAN[gender]) / 2.0
    thinning = float(np.interp(age_years, (18, 30, 50, 80), (0.25, 0.7, 1.4, 2.2)))
    shares = []
    for style in HAIR_STYLES:
        woman, man = _STYLE_SHARES[style]
        share = woman**lean * man ** (1.0 - lean) * (thinning if style in _THINNING else 1.0)
        shares.append(share if texture in STYLE_TEXTURES.get(style, HAIR_TEXTURES) else 0.0)
    return shares


def sample_hair(rng: np.random.Generator, *, gender: str, age_years: int) -> Hair:
    """Draw texture first, then a style that is worn with it; colour and texture are drawn alike for everybody."""
    texture = _choose(rng, HAIR_TEXTURES, _TEXTURE_SHARES)
    style = _choose(rng, HAIR_STYLES, _style_shares(gender, texture, age_years))
    _, melanin, redness = _HAIR_COLOURS[int(_choose(rng, "01234", [share for share, _, _ in _HAIR_COLOURS]))]
    fabric = _FABRICS[int(rng.integers(len(_FABRICS)))]
    onset, years_to_white = rng.normal(42.0, 9.0), rng.uniform(20.0, 45.0)
    dyed = 0.1 if rng.random() < 0.2 else 1.0
    return Hair(
        style=style,
        texture=texture,
        length=_clip(1.0 + 0.13 * rng.normal(), 0.7, 1.3),
        density=_clip(0.9 - 0.002 * max(age_years - 40, 0) + 0.08 * rng.normal(), 0.6, 1.0),
        hairline=_clip(0.008 * (age_years - 40) - 0.2 * _LEAN[gender] + 0.35 * rng.normal(), -1.0, 1.0),
        parting=_clip(rng.choice((-0.6, 0.0, 0.6)) + 0.12 * rng.normal(), -1.0, 1.0),
        melanin=_clip(rng.normal(*melanin), 0.0, 1.0),
        redness=_clip(rng.normal(*redness), 0.0, 1.0),
        grey=dyed * _clip((age_years - onset) / years_to_white, 0.0, 1.0),
        covering=fabric,
        seed=int(rng.integers(2**31)),
    )


def sample_brows(rng: np.random.Generator, *, gender: str) -> Brows:
    """Draw the brows; their weight, arch and tilt overlap widely between presentations."""
    lean = _LEAN[gender]
    return Brows(
        thickness=_clip(1.0 - 0.17 * lean + 0.19 * rng.normal(), 0.5, 1.6),
        density=_clip(0.72 - 0.08 * lean + 0.14 * rng.normal(), 0.3, 1.0),
        length=_clip(1.0 + 0.07 * rng.normal(), 0.8, 1.2),
        arch=_clip(0.25 * lean + 0.35 * rng.normal(), -1.0, 1.0),
        tilt=_clip(0.12 * lean + 0.35 * rng.normal(), -1.0, 1.0),
        gap=_clip(rng.normal(), -2.0, 2.0),
        shade=_clip(0.15 + 0.35 * rng.normal(), -1.0, 1.0),
        seed=int(rng.integers(2**31)),
    )


def sample_facial_hair(rng: np.random.Generator, *, gender: str, age_years: int) -> FacialHair:
    """Draw the facial hair: most people have none, and beards grow fuller after the first adult years."""
    shares: Mapping[str, float] = dict(zip(FACIAL_HAIR_STYLES, _FACIAL_HAIR_SHARES[gender], strict=True))
    fuller = float(np.interp(age_years, (18, 30), (0.4, 1.0)))
    weights = [share * (fuller if style.endswith("beard") else 1.0) for style, share in shares.items()]
    style = _choose(rng, FACIAL_HAIR_STYLES, weights)
    length, density = _clip(1.0 + 0.15 * rng.normal(), 0.6, 1.4), float(0.45 + 0.55 * rng.beta(3.0, 2.0))
    bare = style == "none"
    return FacialHair(style, 0.0 if bare else length, 0.0 if bare else density, int(rng.integers(2**31)))
