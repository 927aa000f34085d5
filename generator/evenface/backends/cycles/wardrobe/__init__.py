"""Clothing over the shoulders and scarves over the head, as plain meshes. Pure numpy.

In: the head model, a person's neutral vertices, the name of a garment or the record of the hair. Out: ``Mesh``.
"""

from __future__ import annotations

from evenface.backends.cycles.wardrobe.clothing import CUTS, build_clothing
from evenface.backends.cycles.wardrobe.coverings import WAYS, build_covering, covering_way
from evenface.backends.cycles.wardrobe.fabric import Mesh
from evenface.backends.cycles.wardrobe.glasses import SHAPES, Spectacles, build_glasses
from evenface.backends.cycles.wardrobe.jewellery import NoseStud, build_earrings, build_nose_stud
from evenface.backends.cycles.wardrobe.pieces import Piece

__all__ = [
    "CUTS",
    "SHAPES",
    "WAYS",
    "Mesh",
    "NoseStud",
    "Piece",
    "Spectacles",
    "build_clothing",
    "build_covering",
    "build_earrings",
    "build_glasses",
    "build_nose_stud",
    "covering_way",
]
