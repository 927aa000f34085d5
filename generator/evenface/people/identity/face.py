"""Skin, make-up and eyes of a person, drawn alike for every tone."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from evenface.people.identity.cues import LEAN, choose, clip
from evenface.records import Complexion, Eyes, Makeup, Rgb

__all__ = ["FOLDS", "IRISES", "PATCHES", "REDDENING", "sample_complexion", "sample_eyes", "sample_makeup"]


# Complexion

PATCHES = ("orbit", "eyelids", "mouth", "forehead", "temples", "cheekbones", "nose", "jaw", "upper_lip", "neck")
"""Areas of the face that hold more or less melanin than the rest, independently of each other."""
REDDENING = ("cheeks", "nose", "ears", "forehead", "chin", "eyelids", "neck")
"""Areas that hold more or less blood than the rest."""
FOLDS = ("forehead", "frown", "crows_feet", "under_eye", "nasolabial", "marionette", "lips", "chin", "neck", "cheeks")
"""Lines that come with the years, each with a spread of its own."""

# Years at which each of FOLDS has half of its depth, and the span over which it grows.
_FOLD_ONSET = ((42, 11), (43, 11), (45, 10), (42, 13), (40, 13), (54, 9), (60, 8), (55, 12), (52, 11), (64, 8))


def sample_complexion(rng: np.random.Generator, *, gender: str, age_years: int) -> Complexion:
    """Draw how the skin differs from others of its tone."""
    ageing = (age_years - 18) / 62
    wrinkles = clip(1.05 * ageing**1.2 + 0.1 * rng.normal(), 0.0, 1.0)
    return Complexion(
        lightness_shift=clip(rng.normal(), -2.0, 2.0),
        redness_shift=clip(rng.normal(), -2.0, 2.0),
        mottling=float(rng.beta(2.0, 3.0)),
        patches=_scores(rng, len(PATCHES)),
        flush=float(rng.beta(1.6, 2.4)),
        reddening=_scores(rng, len(REDDENING)),
        under_eye=clip(rng.beta(1.6, 2.6) + 0.2 * ageing, 0.0, 1.0),
        freckles=_some(rng, 0.28, 1.2, 1.8),
        freckle_spread=float(rng.beta(1.3, 2.8)),
        moles=int(min(12, rng.negative_binomial(1.6, 0.40))),
        blemishes=_some(rng, 0.32 - 0.22 * min(1.0, 2 * ageing), 1.2, 2.4),
        acne_scars=_some(rng, 0.10, 1.5, 2.0),
        age_spots=clip(1.5 * (ageing - 0.42) + 0.25 * rng.normal(), 0.0, 1.0),
        melasma=_some(rng, 0.05, 1.5, 1.8),
        scars=int(rng.choice(3, p=(0.80, 0.16, 0.04))),
        birthmark=_some(rng, 0.015, 1.5, 2.0),
        beard_shadow=_beard_shadow(rng, gender),
        pores=float(rng.beta(2.0, 2.5 + 0.7 * LEAN[gender])),
        oiliness=float(rng.beta(1.7, 1.7)),
        wrinkles=wrinkles,
        folds=_folds(rng, age_years, wrinkles - clip(1.05 * ageing**1.2, 0.0, 1.0) - 0.08 * LEAN[gender]),
        lip_depth=clip(0.45 + 0.15 * LEAN[gender] + 0.22 * rng.normal(), 0.0, 1.0),
        lip_hue=clip(0.5 * rng.normal(), -1.0, 1.0),
        lip_border=clip(rng.beta(2.2, 1.8) - 0.25 * ageing, 0.0, 1.0),
        lip_contrast=clip(0.25 + 0.45 * rng.normal(), -1.0, 1.0),
        lip_dryness=clip(rng.beta(1.5, 3.5) + 0.15 * ageing, 0.0, 1.0),
        seed=int(rng.integers(2**31)),
    )


def _scores(rng: np.random.Generator, number: int) -> tuple[float, ...]:
    return tuple(clip(score, -2.2, 2.2) for score in rng.normal(size=number))


def _some(rng: np.random.Generator, share: float, a: float, b: float) -> float:
    """Draw the strength of what only a share of people have."""
    # Both numbers are drawn in any case, so that what comes after does not depend on who has it.
    has, strength = rng.random() < share, float(rng.beta(a, b))
    return strength if has else 0.0


def _beard_shadow(rng: np.random.Generator, gender: str) -> float:
    """Draw the shadow of shaven roots: strong in some men, faint or none in most other people."""
    share = float(np.interp(LEAN[gender], (-1.0, 0.0, 1.0), (0.97, 0.4, 0.03)))
    return _some(rng, share, 2.4, float(np.interp(LEAN[gender], (-1.0, 0.0, 1.0), (1.6, 5.0, 12.0))))


def _folds(rng: np.random.Generator, age_years: int, leaning: float) -> tuple[float, ...]:
    """Draw how deep each fold is, from its own years, the person's general ageing and the habits of the face.

    Men's folds are a little deeper on average.
    """
    own = rng.normal(size=len(FOLDS))
    depths = []
    for (onset, span), habit in zip(_FOLD_ONSET, own, strict=True):
        depth = 1 / (1 + np.exp(-((age_years - onset) / span + 4.0 * leaning + 0.75 * habit)))
        depths.append(clip(float(depth), 0.0, 1.0))
    return tuple(depths)


# Make-up: many people of one annotation wear some, and so do some of every other

# Share of people who wear any, and how full it is among them (woman, androgynous, man).
_WEARERS = {"woman": 0.62, "androgynous": 0.24, "man": 0.03}

# Linear light: rose, nude, brick, mauve, berry, brown; and the red that few wear every day.
_LIPSTICKS: tuple[Rgb, ...] = (
    (0.340, 0.160, 0.150),
    (0.390, 0.225, 0.180),
    (0.290, 0.130, 0.095),
    (0.290, 0.155, 0.165),
    (0.230, 0.100, 0.110),
    (0.240, 0.130, 0.100),
    (0.260, 0.050, 0.045),
)
_LIPSTICK_SHARES = (0.27, 0.25, 0.15, 0.13, 0.09, 0.08, 0.03)
# Brown, grey, plum, bronze, blue, green, pale.
_SHADOWS: tuple[Rgb, ...] = (
    (0.085, 0.042, 0.024),
    (0.050, 0.048, 0.050),
    (0.100, 0.030, 0.070),
    (0.260, 0.130, 0.050),
    (0.045, 0.075, 0.160),
    (0.050, 0.095, 0.060),
    (0.640, 0.520, 0.440),
)
_SHADOW_SHARES = (0.40, 0.18, 0.10, 0.20, 0.02, 0.02, 0.08)


def sample_makeup(rng: np.random.Generator, *, gender: str) -> Makeup:
    """Draw whether a person wears make-up, how much, and which; the annotation affects only the share of people who wear it."""
    full = 0.7 * float(rng.beta(2.0, 2.4))
    worn = full if rng.random() < _WEARERS[gender] else 0.0

    def part(share: float) -> float:
        chance, spread = rng.random(), rng.normal()
        return clip(worn + 0.15 * spread, 0.1, 1.0) if worn > 0 and chance < share else 0.0

    return Makeup(
        lipstick=part(0.55),
        lipstick_colour=_shade(rng, _LIPSTICKS, _LIPSTICK_SHARES),
        lipstick_gloss=float(rng.beta(1.5, 1.8)),
        eyeliner=part(0.66),
        eye_shadow=part(0.5),
        eye_shadow_colour=_shade(rng, _SHADOWS, _SHADOW_SHARES),
        mascara=part(0.9),
        blush=part(0.5),
        brow_pencil=part(0.35),
    )


def _shade(rng: np.random.Generator, colours: Sequence[Rgb], shares: Sequence[float]) -> Rgb:
    """Draw one of the colours, a little lighter or darker."""
    red, green, blue = choose(rng, colours, shares)
    factor = 2.0 ** clip(0.25 * rng.normal(), -0.6, 0.6)
    return (min(1.0, red * factor), min(1.0, green * factor), min(1.0, blue * factor))


# Eyes

IRISES = ("brown", "dark_brown", "hazel", "green", "blue", "grey", "amber")
_IRIS_SHARES = (0.38, 0.40, 0.08, 0.03, 0.07, 0.02, 0.02)


def sample_eyes(rng: np.random.Generator) -> Eyes:
    """Draw iris, white, lashes and teeth, alike for everybody."""
    return Eyes(
        iris=choose(rng, IRISES, _IRIS_SHARES),
        iris_shade=clip(0.55 * rng.normal(), -1.0, 1.0),
        iris_size=clip(1.0 + 0.035 * rng.normal(), 0.9, 1.1),
        limbus=float(rng.beta(2.0, 2.0)),
        sclera_warmth=float(rng.beta(2.0, 3.5)),
        veins=float(rng.beta(1.5, 3.5)),
        collarette=clip(0.25 + 0.5 * rng.normal(), -1.0, 1.0),
        sector=_sector(rng),
        tooth_shade=float(rng.beta(2.0, 2.5)),
        lash_length=clip(1.0 + 0.15 * rng.normal(), 0.6, 1.5),
        lash_density=float(0.35 + 0.65 * rng.beta(2.5, 2.5)),
        seed=int(rng.integers(2**31)),
    )


def _sector(rng: np.random.Generator) -> float:
    """Draw the part of an iris that has another colour: about one person in a hundred has one."""
    has, share = rng.random() < 0.01, float(rng.uniform(0.06, 0.35))
    return share if has else 0.0
