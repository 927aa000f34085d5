"""Make-up: a cue of gender worn by many, not all, of one annotation and by some of every other."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from evenface.people.identity.draw import choose, clip
from evenface.records import Makeup, Rgb

__all__ = ["sample_makeup"]

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
    """Draw whether a person wears make-up, how much, and which; nothing but how many wear it follows the annotation."""
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
