"""What people always own and wear: glasses, earrings, a nose stud, a covering of the head."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TypeVarTuple

import numpy as np

from evenface.people.identity.cues import LEAN, between, choose, clip
from evenface.records import Covering, Glasses, Hair, Jewellery, Rgb

__all__ = [
    "COVERINGS",
    "EARRINGS",
    "FRAMES",
    "PATTERNS",
    "sample_covering",
    "sample_glasses",
    "sample_jewellery",
]

Ts = TypeVarTuple("Ts")

FRAMES = (
    "none",
    "round",
    "oval",
    "rectangular",
    "wayfarer",
    "aviator",
    "cat_eye",
    "browline",
    "rimless",
    "oversized",
)
_FRAME_SHARES = (0.14, 0.10, 0.16, 0.16, 0.10, 0.08, 0.09, 0.08, 0.09)

# Share, colour, metal, how mottled; linear light.
_ACETATES: tuple[tuple[float, Rgb, float, float], ...] = (
    (0.34, (0.010, 0.010, 0.011), 0.0, 0.0),  # black
    (0.26, (0.170, 0.060, 0.018), 0.0, 0.9),  # tortoise
    (0.10, (0.060, 0.022, 0.010), 0.0, 0.2),  # dark brown
    (0.09, (0.020, 0.035, 0.090), 0.0, 0.0),  # navy
    (0.07, (0.110, 0.015, 0.022), 0.0, 0.1),  # wine
    (0.05, (0.025, 0.075, 0.050), 0.0, 0.1),  # green
    (0.09, (0.520, 0.480, 0.430), 0.0, 0.0),  # clear
)
_METALS: tuple[tuple[float, Rgb, float, float], ...] = (
    (0.40, (0.780, 0.560, 0.260), 1.0, 0.0),  # gold
    (0.35, (0.660, 0.660, 0.680), 1.0, 0.0),  # silver
    (0.25, (0.060, 0.060, 0.066), 1.0, 0.0),  # gunmetal
)
_METAL_SHARE = {"round": 0.5, "oval": 0.5, "rectangular": 0.35, "aviator": 0.95, "rimless": 1.0}
_TINTS: tuple[tuple[float, Rgb], ...] = (
    (0.86, (0.97, 0.975, 0.97)),
    (0.06, (0.80, 0.81, 0.83)),
    (0.05, (0.86, 0.79, 0.70)),
    (0.03, (0.93, 0.82, 0.80)),
)

EARRINGS = ("none", "stud", "small_hoop", "large_hoop", "drop")
_EARRING_SHARES: dict[str, tuple[float, ...]] = {
    "woman": (0.40, 0.24, 0.13, 0.10, 0.13),
    "androgynous": (0.62, 0.20, 0.10, 0.04, 0.04),
    "man": (0.86, 0.09, 0.035, 0.008, 0.007),
}
_JEWEL_METALS: tuple[tuple[float, Rgb], ...] = (
    (0.50, (0.83, 0.60, 0.27)),
    (0.40, (0.72, 0.72, 0.74)),
    (0.10, (0.70, 0.42, 0.33)),
)
_STONES: tuple[tuple[float, Rgb], ...] = (
    (0.34, (0.80, 0.80, 0.82)),
    (0.26, (0.74, 0.69, 0.62)),
    (0.10, (0.02, 0.02, 0.025)),
    (0.10, (0.02, 0.10, 0.30)),
    (0.10, (0.35, 0.02, 0.04)),
    (0.10, (0.02, 0.22, 0.14)),
)

COVERINGS = (
    "none",
    "hijab",
    "hijab_loose",
    "turban",
    "headwrap",
    "nape_scarf",
    "bandana",
    "knitted_cap",
    "skullcap",
    "brimless_cap",
    "headband",
)
PATTERNS = ("plain", "striped", "printed", "bordered")
_PATTERN_SHARES = (0.56, 0.15, 0.19, 0.10)

# Relative shares by presentation (woman, man), all above zero; the androgynous share is their geometric mean.
_HIDING: dict[str, tuple[float, float]] = {
    "hijab": (1.5, 0.05),
    "hijab_loose": (1.0, 0.25),
    "turban": (0.35, 1.6),
    "headwrap": (0.9, 0.12),
    "nape_scarf": (0.8, 0.15),
    "bandana": (0.3, 0.5),
    "knitted_cap": (0.35, 0.9),
}
"""Worn where the style of the hair is a head covering; they hide all hair."""
_OVER_HAIR: dict[str, tuple[float, float]] = {"skullcap": (0.02, 0.03), "brimless_cap": (0.03, 0.03), "headband": (0.05, 0.008)}
"""Shares among the people with a style that such a covering can be worn with; they leave hair visible."""
_SHORT = ("coils_short", "short_crop", "side_part", "buzz", "receding", "bald")
_FABRICS: tuple[Rgb, ...] = (
    (0.62, 0.60, 0.55),
    (0.02, 0.03, 0.08),
    (0.30, 0.05, 0.07),
    (0.42, 0.28, 0.08),
    (0.05, 0.17, 0.16),
    (0.36, 0.22, 0.30),
    (0.03, 0.03, 0.03),
    (0.20, 0.24, 0.34),
)


def _weighted(rng: np.random.Generator, rows: Sequence[tuple[float, *Ts]]) -> tuple[float, *Ts]:
    """Draw one of the rows, each of which begins with its share."""
    return choose(rng, rows, [row[0] for row in rows])


def sample_glasses(rng: np.random.Generator, *, age_years: int) -> Glasses:
    """Draw the glasses of a person: a fifth of the young and half of the old own some, alike in every cell."""
    owns = rng.random() < float(np.interp(age_years, (18, 35, 50, 80), (0.22, 0.25, 0.38, 0.52)))
    frame = choose(rng, FRAMES[1:], _FRAME_SHARES)
    metal = rng.random() < _METAL_SHARE.get(frame, 0.0)
    acetate, alloy = _weighted(rng, _ACETATES), _weighted(rng, _METALS)
    _, colour, metallic, mottled = alloy if metal else acetate
    thick = rng.random()
    return Glasses(
        frame=frame if owns else "none",
        width=clip(0.985 + 0.022 * rng.normal(), 0.94, 1.04),
        rim_mm=float(0.9 + 0.9 * thick if metal else 2.0 + 2.8 * thick**1.3),
        colour=colour,
        metal=metallic,
        mottled=mottled,
        lens=_weighted(rng, _TINTS)[1],
    )


def sample_covering(rng: np.random.Generator, *, gender: str, hair: Hair) -> Covering:
    """Draw what is worn on the head: a full covering where the style of the hair is one, seldom a smaller one over other hair."""
    hiding = {kind: between(shares, gender) for kind, shares in _HIDING.items()}
    full, small, which = choose(rng, list(hiding), list(hiding.values())), rng.random(), "none"
    for kind, shares in _OVER_HAIR.items():
        share = between(shares, gender) * (1.0 if kind == "headband" or hair.style in _SHORT else 0.0)
        which, small = (kind, 2.0) if small < share else (which, small - share)
    pattern = choose(rng, PATTERNS, _PATTERN_SHARES)
    second = _FABRICS[int(rng.integers(len(_FABRICS)))]
    kind = full if hair.style == "head_covering" else which
    return Covering(kind, pattern, second, int(rng.integers(2**31)))


def sample_jewellery(rng: np.random.Generator, *, gender: str, covering: Covering) -> Jewellery:
    """Draw earrings and a nose stud; a covering that lies over the ears is worn without earrings."""
    shares: Mapping[str, float] = dict(zip(EARRINGS, _EARRING_SHARES[gender], strict=True))
    earrings = choose(rng, list(shares), list(shares.values()))
    pierced = rng.random() < 0.05 + 0.03 * LEAN[gender]
    side = "left" if rng.random() < 0.6 else "right"
    return Jewellery(
        earrings="none" if covering.kind in ("hijab", "hijab_loose", "turban") else earrings,
        size=float(rng.random()),
        metal=_weighted(rng, _JEWEL_METALS)[1],
        stone=_weighted(rng, _STONES)[1],
        nose_stud=side if pierced else "none",
    )
