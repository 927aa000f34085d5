"""Hair of every kind as strands: head, brows, lashes, face. Pure numpy; the seed in each record is the only source of chance.

Each ``build_...`` grows ``Strands`` on a person's vertices after a record. Others give their pigment, and how dark the skin is
under them.
"""

from __future__ import annotations

from evenface.backends.cycles.hair.beard import beard_shade, build_facial_hair
from evenface.backends.cycles.hair.brows import brow_shade, build_brows
from evenface.backends.cycles.hair.dye import beard_melanin, brow_melanin, hair_melanin, lash_melanin, redness_of, tint_of
from evenface.backends.cycles.hair.lashes import build_lashes
from evenface.backends.cycles.hair.strands import Roots, Strands
from evenface.backends.cycles.hair.styles import STYLES, TIED, build_hair, scalp_shade, tie_hair

__all__ = [
    "STYLES",
    "TIED",
    "Roots",
    "Strands",
    "beard_melanin",
    "beard_shade",
    "brow_melanin",
    "brow_shade",
    "build_brows",
    "build_facial_hair",
    "build_hair",
    "build_lashes",
    "hair_melanin",
    "lash_melanin",
    "redness_of",
    "scalp_shade",
    "tie_hair",
    "tint_of",
]
