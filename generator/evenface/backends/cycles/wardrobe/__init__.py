"""What people wear as plain meshes: clothing, coverings of the head, glasses, jewellery. Pure numpy.

Each ``build_...`` fits a garment or the things of a record to a person's neutral vertices: ``Cloth``, ``Piece``, ``Spectacles``.
"""

from __future__ import annotations

from evenface.backends.cycles.wardrobe.clothing import CUTS, Torso, build_clothing, build_torso
from evenface.backends.cycles.wardrobe.coverings import HIDING, OVER_HAIR, Covered, build_covering
from evenface.backends.cycles.wardrobe.glasses import SHAPES, Spectacles, build_glasses
from evenface.backends.cycles.wardrobe.jewellery import NoseStud, build_earrings, build_nose_stud
from evenface.backends.cycles.wardrobe.meshes import Cloth, Mesh, Piece

__all__ = [
    "CUTS",
    "HIDING",
    "OVER_HAIR",
    "SHAPES",
    "Cloth",
    "Covered",
    "Mesh",
    "NoseStud",
    "Piece",
    "Spectacles",
    "Torso",
    "build_clothing",
    "build_covering",
    "build_earrings",
    "build_glasses",
    "build_nose_stud",
    "build_torso",
]
