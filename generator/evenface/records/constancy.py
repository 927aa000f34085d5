"""What of a person is the same in every picture, and what may differ between two pictures of one person.

One line for every field of ``Identity`` and of ``Shot``. What is not drawn per shot cannot change: a person's pictures differ in
pose, face, light, camera and clothes, in whether the glasses are on and long hair is tied; not in bone, skin, beard, make-up or
jewellery, nor in the cut, the texture and the colour of the hair.
"""

from __future__ import annotations

from typing import NamedTuple

__all__ = ["CONSTANT", "LABEL", "PER_SHOT", "SHOWN_BY_SHOT", "TABLE", "Attribute", "fields_that_are"]

LABEL = "label"
"""A name or an annotation; nothing of it is drawn."""
CONSTANT = "constant"
"""The same in every picture of the person."""
SHOWN_BY_SHOT = "shown by shot"
"""The same whenever it is seen; the shot says whether it is."""
PER_SHOT = "per shot"
"""Drawn anew for every picture, from the schedule that all cells share."""


class Attribute(NamedTuple):
    """A field of a record, how far it is constant, and what it is about."""

    record: str
    field: str
    kind: str
    about: str


TABLE: tuple[Attribute, ...] = (
    Attribute("Identity", "identity_id", LABEL, "the person's name"),
    Attribute("Identity", "family_id", LABEL, "the name shared over tones in a crossed design"),
    Attribute("Identity", "cell", LABEL, "tone, gender annotation, age band"),
    Attribute("Identity", "index", LABEL, "number in the cell"),
    Attribute("Identity", "age_years", CONSTANT, "age"),
    Attribute("Identity", "head", CONSTANT, "bone and flesh"),
    Attribute("Identity", "complexion", CONSTANT, "skin with its moles, freckles, wrinkles"),
    Attribute("Identity", "eyes", CONSTANT, "iris, white of the eye, lashes"),
    Attribute("Identity", "makeup", CONSTANT, "make-up"),
    Attribute("Identity", "hair", SHOWN_BY_SHOT, "hair as it is cut and coloured; long hair may be tied, by Shot.hair_tied"),
    Attribute("Identity", "brows", CONSTANT, "eyebrows"),
    Attribute("Identity", "facial_hair", CONSTANT, "stubble, moustache, beard"),
    Attribute("Identity", "glasses", SHOWN_BY_SHOT, "the one pair of glasses, by Shot.glasses_worn"),
    Attribute("Identity", "jewellery", CONSTANT, "earrings, nose stud"),
    Attribute("Identity", "covering", CONSTANT, "what is worn on the head"),
    Attribute("Shot", "shot_id", LABEL, "the picture's name"),
    Attribute("Shot", "yaw_degrees", PER_SHOT, "pose"),
    Attribute("Shot", "pitch_degrees", PER_SHOT, "pose"),
    Attribute("Shot", "roll_degrees", PER_SHOT, "pose"),
    Attribute("Shot", "expression", PER_SHOT, "expression"),
    Attribute("Shot", "action_units", PER_SHOT, "expression"),
    Attribute("Shot", "gaze_yaw_degrees", PER_SHOT, "gaze"),
    Attribute("Shot", "gaze_pitch_degrees", PER_SHOT, "gaze"),
    Attribute("Shot", "focal_length_mm", PER_SHOT, "camera"),
    Attribute("Shot", "camera_distance_m", PER_SHOT, "camera"),
    Attribute("Shot", "offset_x", PER_SHOT, "camera"),
    Attribute("Shot", "offset_y", PER_SHOT, "camera"),
    Attribute("Shot", "aperture_f", PER_SHOT, "camera"),
    Attribute("Shot", "exposure_ev", PER_SHOT, "camera"),
    Attribute("Shot", "white_balance_mired", PER_SHOT, "camera"),
    Attribute("Shot", "vignetting", PER_SHOT, "camera"),
    Attribute("Shot", "softness", PER_SHOT, "camera"),
    Attribute("Shot", "iso", PER_SHOT, "camera"),
    Attribute("Shot", "local_contrast", PER_SHOT, "camera"),
    Attribute("Shot", "sharpening", PER_SHOT, "camera"),
    Attribute("Shot", "jpeg_quality", PER_SHOT, "camera"),
    Attribute("Shot", "light", PER_SHOT, "light"),
    Attribute("Shot", "light_yaw_degrees", PER_SHOT, "light"),
    Attribute("Shot", "light_pitch_degrees", PER_SHOT, "light"),
    Attribute("Shot", "light_radius_degrees", PER_SHOT, "light"),
    Attribute("Shot", "light_warmth_mired", PER_SHOT, "light"),
    Attribute("Shot", "light_fill", PER_SHOT, "light"),
    Attribute("Shot", "background", PER_SHOT, "surroundings"),
    Attribute("Shot", "background_rgb", PER_SHOT, "surroundings"),
    Attribute("Shot", "background_scene", PER_SHOT, "surroundings"),
    Attribute("Shot", "background_yaw_degrees", PER_SHOT, "surroundings"),
    Attribute("Shot", "background_ev", PER_SHOT, "surroundings"),
    Attribute("Shot", "background_blur", PER_SHOT, "surroundings"),
    Attribute("Shot", "clothing", PER_SHOT, "clothes"),
    Attribute("Shot", "clothing_rgb", PER_SHOT, "clothes"),
    Attribute("Shot", "clothing_pattern", PER_SHOT, "clothes"),
    Attribute("Shot", "clothing_second_rgb", PER_SHOT, "clothes"),
    Attribute("Shot", "glasses_worn", PER_SHOT, "whether the glasses are on"),
    Attribute("Shot", "hair_tied", PER_SHOT, "whether hair that can be tied is"),
    Attribute("Shot", "caption", LABEL, "the picture in words"),
    Attribute("Shot", "prompt", LABEL, "the picture as a trained model is told of it"),
    Attribute("Shot", "size_px", LABEL, "of the whole dataset"),
    Attribute("Shot", "samples", LABEL, "of the whole dataset"),
    Attribute("Shot", "seed", PER_SHOT, "noise of the renderer"),
)


def fields_that_are(record: str, *kinds: str) -> tuple[str, ...]:
    """Return the fields of ``record`` of the given kinds, in the order of the table."""
    return tuple(row.field for row in TABLE if row.record == record and row.kind in kinds)
