"""What travels between the rooms: frozen descriptions of people and pictures, and what was read off them.

A description is complete: whoever renders it adds no choice of its own. Every field is a plain number, word or tuple, so that
``dataclasses.asdict`` gives JSON.
"""

from __future__ import annotations

from evenface.records.colour import Rgb
from evenface.records.making import OUTCOMES, REJECTIONS, Making, Recipe, RenderRecipe, WeightFile, Weights
from evenface.records.person import (
    Brows,
    Complexion,
    Covering,
    Eyes,
    FacialHair,
    Glasses,
    Hair,
    HeadShape,
    Identity,
    Jewellery,
    Makeup,
    Slot,
)
from evenface.records.picture import Frame, Measurement, Point, Shot

__all__ = [
    "OUTCOMES",
    "REJECTIONS",
    "Brows",
    "Complexion",
    "Covering",
    "Eyes",
    "FacialHair",
    "Frame",
    "Glasses",
    "Hair",
    "HeadShape",
    "Identity",
    "Jewellery",
    "Makeup",
    "Making",
    "Measurement",
    "Point",
    "Recipe",
    "RenderRecipe",
    "Rgb",
    "Shot",
    "Slot",
    "WeightFile",
    "Weights",
]
