"""Names and spreads of what no tape measures: traits of the shape of a face, and differences between its two sides."""

from __future__ import annotations

__all__ = ["ASYMMETRIES", "TRAITS", "TRAIT_LIMIT", "UNEVENNESS", "VARIETY", "spread_of"]

NOSE = (
    "nose_width",
    "nose_length",
    "nose_projection",
    "nose_bridge_width",
    "nose_bridge_height",
    "nose_bridge_curve",
    "nose_hump",
    "nose_tip_width",
    "nose_tip_height",
    "nose_base_height",
    "nose_fullness",
    "nose_dorsum",
    "nose_lobule",
    "nose_wing",
    "septum_angle",
    "nostril_width",
    "nostril_angle",
    "nostril_flare",
)
MOUTH = (
    "mouth_width",
    "mouth_height",
    "mouth_projection",
    "mouth_corners",
    "lip_fullness_upper",
    "lip_fullness_lower",
    "lip_width_upper",
    "lip_width_lower",
    "lip_outline_upper",
    "lip_outline_lower",
    "cupids_bow",
    "cupids_bow_width",
    "philtrum_depth",
    "smile_folds",
)
EYES = (
    "eye_size",
    "eye_opening",
    "lower_lid",
    "eye_opening_inner",
    "eye_opening_outer",
    "eye_corner_inner",
    "eye_corner_outer",
    "eye_width_inner",
    "eye_width_outer",
    "eye_height",
    "eye_depth",
    "lid_crease",
    "lid_hood",
    "lid_fullness",
    "eyelid_fold_height",
    "eyelid_fold_angle",
    "eyelid_fold_fullness",
    "epicanthus",
    "eye_bags",
    "eye_bag_height",
    "tear_trough",
    "brow_ridge",
    "brow_bone",
    "brow_height",
    "brow_slope",
)
FRAME = (
    "cheekbone",
    "cheek_height",
    "cheek_volume",
    "cheek_hollow",
    "midface",
    "face_depth",
    "jaw_width",
    "jaw_drop",
    "jaw_angle",
    "jaw_line",
    "jowls",
    "chin_width",
    "chin_height",
    "chin_prominence",
    "chin_cleft",
    "chin_point",
    "labiomental",
    "profile",
    "face_angle",
    "forehead_height",
    "forehead_slope",
    "forehead_bulge",
    "temple_width",
    "temple_hollow",
    "outline_round",
    "outline_square",
    "outline_taper",
    "outline_diamond",
    "head_back",
    "ear_lobe",
    "ear_flap",
    "ear_rotation",
    "ear_height",
    "ear_point",
    "ear_squareness",
    "neck_length",
    "neck_lean",
    "larynx",
    "trapezius",
    "shoulder_width",
)
FORMS = (
    "eye_form_one",
    "eye_form_two",
    "nose_form_one",
    "nose_form_two",
    "mouth_form_one",
    "mouth_form_two",
    "forehead_form_one",
    "forehead_form_two",
    "cheek_form_one",
    "cheek_form_two",
    "jaw_form_one",
    "jaw_form_two",
)
"""Whole shapes of an area of the face along two directions without a name; drawn alike for everybody."""

TRAITS = NOSE + MOUTH + EYES + FRAME + FORMS
"""Shapes that no tape measures; a positive score is larger, higher, wider, fuller, deeper or further forward."""

ASYMMETRIES = (
    "brow",
    "eye_height",
    "eye_opening",
    "eye_size",
    "eye_corner_inner",
    "eye_corner_outer",
    "eye_place",
    "eyelid_fold",
    "cheek",
    "cheek_height",
    "nose_bend",
    "nose_tip",
    "nose_root",
    "nostril",
    "mouth_place",
    "mouth_corner",
    "mouth_height",
    "jaw",
    "jaw_height",
    "jaw_place",
    "temple",
    "skull",
    "ear_height",
    "ear_size",
    "ear_protrusion",
)
"""Differences between the two sides; positive is larger, higher or further out on the person's left."""

VARIETY = {
    "nose": 0.9,
    "mouth": 0.95,
    "eyes": 0.9,
    "frame": 0.85,
    "nose_form": 0.75,
    "eye_form": 0.8,
    "mouth_form": 0.6,
    "cheek_form": 0.5,
    "jaw_form": 0.4,
    "forehead_form": 0.4,
}
"""Spread of the traits of an area, in the unit in which their amounts were set by eye on single heads; no survey states it.

Wider spreads make caricatures, not people. A smooth field (``head.fields``) also sets faces apart.
"""

UNEVENNESS = 0.5
"""Spread of a difference between the sides, in the same unit."""

TRAIT_LIMIT = 2.2
"""Traits and asymmetries lie within it: beyond, the mesh stops looking like a person."""


def spread_of(trait: str) -> float:
    """Return the standard deviation of a trait, in the unit of its amount."""
    for area, names in (("nose", NOSE), ("mouth", MOUTH), ("eyes", EYES), ("frame", FRAME)):
        if trait in names:
            return VARIETY[area]
    return VARIETY[trait.rsplit("_", 1)[0]]
