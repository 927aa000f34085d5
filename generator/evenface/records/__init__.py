"""Records that the rooms pass on: frozen descriptions of people and pictures, and what was read off them.

A description is complete: a backend adds no choice of its own. Every field is a plain number, word or tuple, so that
``dataclasses.asdict`` gives JSON.
"""

from __future__ import annotations

from evenface.records.fields import Rgb
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
from evenface.records.picture import Background, Camera, Frame, Light, Measurement, Point, Pose, Shot, Worn

__all__ = [
    "OUTCOMES",
    "REJECTIONS",
    "Background",
    "Brows",
    "Camera",
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
    "Light",
    "Makeup",
    "Making",
    "Measurement",
    "Point",
    "Pose",
    "Recipe",
    "RenderRecipe",
    "Rgb",
    "Shot",
    "Slot",
    "WeightFile",
    "Weights",
    "Worn",
]
