"""Hair of every kind as strands: head, brows, lashes, face. Pure numpy; the seed in each record is the only source of chance.

In: the head model, a person's vertices, a record. Out: ``Strands``, and how dark the scalp is below.
"""

from __future__ import annotations

from evenface.backends.cycles.hair.beard import build_facial_hair
from evenface.backends.cycles.hair.brows import build_brows
from evenface.backends.cycles.hair.lashes import build_lashes
from evenface.backends.cycles.hair.strands import Roots, Strands
from evenface.backends.cycles.hair.styles import STYLES, build_hair, hair_pigment, scalp_shade

__all__ = [
    "STYLES",
    "Roots",
    "Strands",
    "build_brows",
    "build_facial_hair",
    "build_hair",
    "build_lashes",
    "hair_pigment",
    "scalp_shade",
]
