"""Pigment strand by strand: white hairs among the coloured ones, lighter strands, darker roots.

Pigment is melanin (S, K), 0 to 1, at every point of every strand.
"""

from __future__ import annotations

import numpy as np

from evenface.backends.cycles.hair.strands import Floats, Strands
from evenface.processor import product
from evenface.records import Brows, FacialHair, Hair, Rgb
from evenface.rng import rng_for

__all__ = ["beard_melanin", "brow_melanin", "hair_melanin", "lash_melanin", "redness_of", "root_darkness", "tint_of"]

_LASHES = 0.97
_MELLOW = 0.5
"""Melanin above which hair is drawn as dark as in the record; lighter hair is lighter still, since little light comes back."""


def root_darkness(melanin: float, grey: float) -> float:
    """Return how dark roots look, 0.35 to 1: those of light and of white hairs shade the skin less."""
    return 0.35 + 0.65 * min(1.0, melanin / 0.5) * (1 - 0.6 * grey)


def hair_melanin(hair: Hair, strands: Strands) -> Floats:
    """Return the head's melanin: grey is first at the temples and in streaks, highlights by the lock, dark roots by length."""
    rng = rng_for(hair.seed, "dye", "hair")
    start = strands.points[:, 0]
    streaks = _streaks(rng, start, 0.012)
    temple = np.clip((np.abs(start[:, 0]) - 0.03) / 0.035, 0, 1) * (start[:, 1] < 0.10)
    grey = hair.grey * (0.75 + 0.5 * temple) * (1 + 0.8 * (1 - hair.grey) * streaks)
    melanin = hair.melanin + rng.normal(0, 0.02 + 0.05 * hair.melanin * (1 - hair.melanin), len(start))
    lit = rng.random(len(start)) < hair.highlights * np.clip(1 + 1.5 * _streaks(rng, start, 0.006), 0, 2.5)
    melanin = np.where(lit, 0.45 * melanin, melanin)
    along = np.linspace(0, 1, strands.points.shape[1])[None]
    reach = rng.uniform(0.12, 0.25)
    base = np.clip(1 - along / reach, 0, 1) * hair.roots
    dark = np.maximum(melanin[:, None], min(1.0, 0.55 + 0.6 * hair.melanin))
    whole = melanin[:, None] + (dark - melanin[:, None]) * base
    return _whiten(rng, whole, grey)


def brow_melanin(hair: Hair, brows: Brows, strands: Strands, *, pencil: float = 0.0) -> Floats:
    """Return the brows' melanin: mostly a little darker than the head's, and later to grey; a pencil, 0 to 1, darkens them."""
    rng = rng_for(brows.seed, "dye", "brows")
    # The colour a head is dyed in is not that of its brows.
    own = hair.melanin if max(hair.dye) == min(hair.dye) else 0.6
    # Dark heads have brows a little lighter, light heads darker ones; how much is the record's.
    mean = own + (0.45 if own < 0.6 else 0.08) * (0.60 - own) + 0.22 * brows.shade
    mean = float(np.clip(mean + 0.20 * pencil, 0.30, 0.97))
    melanin = mean + rng.normal(0, 0.07, len(strands))
    whole = melanin[:, None] * np.linspace(1.0, 0.88, strands.points.shape[1])[None]
    return _whiten(rng, whole, np.full(len(strands), hair.grey * brows.greying))


def beard_melanin(hair: Hair, facial_hair: FacialHair, strands: Strands) -> Floats:
    """Return the melanin of the beard: grey comes first at the chin."""
    rng = rng_for(facial_hair.seed, "dye", "beard")
    start = strands.points[:, 0]
    own = hair.melanin if max(hair.dye) == min(hair.dye) else 0.6
    chin = np.clip(1 - np.abs(start[:, 0]) / 0.035, 0, 1) * (start[:, 2] < -0.06)
    melanin = np.clip(own + 0.05, 0.25, 1.0) + rng.normal(0, 0.05, len(start))
    whole = np.repeat(melanin[:, None], strands.points.shape[1], 1)
    return _whiten(rng, whole, hair.grey * facial_hair.greying * (0.7 + 0.6 * chin) * (1 + 0.5 * _streaks(rng, start, 0.012)))


def lash_melanin(strands: Strands) -> Floats:
    """Return the melanin of the lashes, which are dark on all hair."""
    return np.full(strands.points.shape[:2], _LASHES, np.float32)


def redness_of(hair: Hair, facial_hair: FacialHair) -> tuple[float, float]:
    """Return the red pigment of the head and of the face."""
    return hair.redness, min(1.0, hair.redness + facial_hair.redness_shift)


def tint_of(hair: Hair) -> Rgb:
    """Return the dye over the pigment; undyed light hair gets a little rose, without which it would look green."""
    if max(hair.dye) != min(hair.dye):
        return hair.dye
    rose = (1 - hair.melanin) * (1 - 0.6 * hair.grey)
    return (1.0, 1 - 0.68 * rose, 1 - 0.72 * rose)


def _whiten(rng: np.random.Generator, melanin: Floats, share: Floats) -> Floats:
    """Take the pigment out of a ``share`` (S,) of the strands."""
    white = rng.random(len(melanin)) < np.clip(share, 0, 1)
    left = rng.uniform(0.004, 0.030, len(melanin))
    drawn = melanin * np.clip(0.30 + 0.70 * melanin / _MELLOW, 0, 1)
    return np.clip(np.where(white[:, None], left[:, None], drawn), 0.0, 0.995).astype(np.float32)


def _streaks(rng: np.random.Generator, points: Floats, width_m: float) -> Floats:
    """Return smooth noise over the roots, about -1 to 1."""
    waves = rng.normal(0, 1 / width_m, (5, 3))
    return np.asarray(np.sin(product(points, waves.T) + rng.uniform(0, 2 * np.pi, 5)).sum(1) / 2.5)
