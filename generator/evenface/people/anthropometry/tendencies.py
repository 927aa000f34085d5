"""Tables of how traits go together, and of how the masculine-to-feminine axis and age shift their means.

The sizes are of the order that studies of faces report for adults (in standard deviations; the groups overlap in every trait);
they were set by eye within it. Nothing here depends on skin tone.
"""

from __future__ import annotations

__all__ = ["AGE_SHIFTS", "FEMININE_SHIFTS", "MEANS", "PRESENTATIONS", "TRAIT_PAIRS"]

PRESENTATIONS = {"man": (1.3, 12.0), "woman": (12.0, 1.3), "androgynous": (4.0, 4.0)}
"""Beta distributions of the masculine-to-feminine axis: the tails overlap between annotations."""

TRAIT_PAIRS = {
    ("nose_width", "nose_tip_width"): 0.45,
    ("nose_width", "nostril_width"): 0.4,
    ("nose_width", "nostril_flare"): 0.4,
    ("nose_width", "nose_bridge_width"): 0.35,
    ("nose_tip_width", "nose_fullness"): 0.4,
    ("nose_tip_width", "nose_lobule"): 0.4,
    ("nose_projection", "nose_bridge_height"): 0.35,
    ("nose_projection", "nose_dorsum"): 0.4,
    ("nose_dorsum", "nose_bridge_height"): 0.5,
    ("nose_projection", "nose_length"): 0.3,
    ("nose_projection", "face_depth"): 0.25,
    ("nose_hump", "nose_bridge_curve"): 0.35,
    ("nose_tip_height", "septum_angle"): 0.35,
    ("nose_tip_height", "nose_base_height"): 0.3,
    ("mouth_width", "lip_width_upper"): 0.3,
    ("lip_width_upper", "lip_width_lower"): 0.5,
    ("lip_fullness_upper", "lip_fullness_lower"): 0.6,
    ("lip_fullness_upper", "mouth_projection"): 0.3,
    ("lip_fullness_lower", "mouth_projection"): 0.3,
    ("cupids_bow", "philtrum_depth"): 0.35,
    ("eye_opening", "eye_size"): 0.25,
    ("eye_opening_inner", "eye_opening_outer"): 0.2,
    ("eye_width_inner", "eye_width_outer"): 0.2,
    ("lid_crease", "lid_fullness"): -0.4,
    ("eyelid_fold_height", "eyelid_fold_fullness"): -0.3,
    ("eyelid_fold_height", "lid_crease"): 0.3,
    ("epicanthus", "eyelid_fold_fullness"): 0.3,
    ("lid_hood", "lid_fullness"): 0.25,
    ("eye_depth", "brow_bone"): 0.4,
    ("eye_depth", "lid_fullness"): -0.35,
    ("brow_ridge", "brow_bone"): 0.5,
    ("brow_bone", "forehead_slope"): -0.3,
    ("eye_bags", "eye_bag_height"): 0.3,
    ("eye_bags", "tear_trough"): 0.4,
    ("cheekbone", "cheek_hollow"): 0.3,
    ("cheek_volume", "cheek_hollow"): -0.4,
    ("cheek_volume", "outline_round"): 0.35,
    ("cheek_volume", "midface"): 0.4,
    ("cheek_hollow", "temple_hollow"): 0.35,
    ("jowls", "smile_folds"): 0.4,
    ("jowls", "cheek_volume"): 0.25,
    ("jaw_width", "chin_width"): 0.4,
    ("jaw_width", "outline_square"): 0.4,
    ("jaw_width", "jaw_angle"): 0.4,
    ("jaw_angle", "jaw_line"): 0.4,
    ("outline_taper", "jaw_width"): -0.35,
    ("chin_point", "chin_width"): -0.4,
    ("chin_prominence", "profile"): 0.3,
    ("forehead_height", "forehead_bulge"): 0.25,
    ("trapezius", "shoulder_width"): 0.4,
    **{
        (f"{one}_form_{way}", f"{other}_form_{way}"): value
        for way in ("one", "two")
        for one, other, value in (
            ("eye", "nose", 0.3),
            ("eye", "mouth", 0.2),
            ("nose", "mouth", 0.3),
            ("eye", "cheek", 0.3),
            ("forehead", "eye", 0.3),
            ("cheek", "jaw", 0.4),
            ("mouth", "jaw", 0.3),
        )
    },
}
"""Correlations of traits that go together in faces; the rest are independent."""

FEMININE_SHIFTS = {
    "brow_bone": -2.3,
    "brow_ridge": -1.7,
    "brow_height": 1.1,
    "eye_depth": -1.1,
    "eye_size": 0.2,
    "eye_opening": 0.8,
    "lid_hood": -0.7,
    "lid_crease": 0.6,
    "forehead_slope": 1.3,
    "forehead_bulge": -0.4,
    "nose_width": -1.4,
    "nose_length": -0.7,
    "nose_projection": -0.8,
    "nose_dorsum": -1.1,
    "nose_bridge_width": -0.8,
    "nose_fullness": -0.8,
    "nose_tip_height": 1.1,
    "nose_hump": -0.8,
    "mouth_height": 0.7,
    "mouth_width": -0.4,
    "lip_fullness_upper": 1.3,
    "lip_fullness_lower": 0.8,
    "cupids_bow": 0.6,
    "smile_folds": -0.6,
    "midface": 1.0,
    "cheek_volume": 0.3,
    "cheekbone": 0.6,
    "jaw_width": -1.8,
    "jaw_angle": -2.3,
    "jaw_line": -2.3,
    "chin_width": -2.2,
    "chin_height": -0.8,
    "chin_prominence": -0.8,
    "chin_point": 0.7,
    "labiomental": -0.7,
    "outline_square": -2.0,
    "outline_taper": 1.1,
    "neck_length": 1.0,
    "larynx": -2.3,
    "trapezius": -2.3,
    "shoulder_width": -2.3,
}
"""Shift of a trait's mean, in standard deviations, from the masculine to the feminine end."""

MEANS = {
    "mouth_width": 1.0,
    "mouth_height": 1.4,
    "mouth_corners": 0.7,
    "nose_length": -0.5,
    "brow_height": -0.6,
    "nose_width": -0.6,
    "nose_dorsum": 0.25,
    "nose_projection": -0.2,
    "lid_crease": 0.4,
    "eye_depth": -0.2,
}
"""Shift of everybody's mean, in standard deviations: the mesh library's mean mouth is narrow and low, its corners hang.

Those of the nose and the lids were fitted to photographs (``benchmarks/fit_look.py``).
"""

AGE_SHIFTS = {
    "jowls": 1.9,
    "smile_folds": 1.6,
    "tear_trough": 1.3,
    "eye_bags": 1.0,
    "lid_hood": 1.3,
    "eye_opening": -0.7,
    "eye_opening_outer": -0.5,
    "eye_depth": 0.4,
    "brow_height": -0.4,
    "temple_hollow": 1.1,
    "cheek_hollow": 0.4,
    "cheek_height": -0.8,
    "midface": -0.6,
    "lip_fullness_upper": -1.0,
    "lip_fullness_lower": -0.7,
    "philtrum_depth": -0.5,
    "mouth_height": -0.4,
    "mouth_corners": -0.8,
    "labiomental": 0.4,
    "nose_tip_height": -0.7,
    "nose_length": 0.3,
    "nose_fullness": 0.3,
    "ear_lobe": 1.2,
}
"""Shift of a trait's mean over forty years, in standard deviations; none at forty. People age at paces of their own."""
