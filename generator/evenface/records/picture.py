"""Pictures: a shot that is to be made, the frame that was made, and what was read off it."""

from __future__ import annotations

from dataclasses import dataclass

from evenface.records.colour import Rgb
from evenface.records.making import Making

__all__ = ["Frame", "Measurement", "Point", "Shot"]

Point = tuple[float, float]
"""A place in a picture: x to the right, y down, pixels, the corner of the first pixel is (0, 0)."""


@dataclass(frozen=True, slots=True)
class Shot:
    """One picture of one person, described completely. Nothing in it may follow from the person's tone."""

    shot_id: str
    """``reference`` or ``probe_00`` ..."""
    yaw_degrees: float
    """Positive turns the face to the person's left (the right of the picture)."""
    pitch_degrees: float
    """Positive looks up."""
    roll_degrees: float
    """Positive tilts the head to the person's left shoulder (clockwise in the picture)."""
    expression: str
    action_units: tuple[tuple[str, float], ...]
    """Weights 0 to 1 of ARKit's named face shapes, e.g. ``(("mouthSmileLeft", 0.6), ...)``."""
    gaze_yaw_degrees: float
    """The eyes in the head: positive to the person's left; minus ``yaw_degrees`` looks into the camera."""
    gaze_pitch_degrees: float
    """The eyes in the head: positive looks up."""
    focal_length_mm: float
    """On a square sensor 36 mm wide."""
    camera_distance_m: float
    offset_x: float
    offset_y: float
    """Where the middle of the face lies, from the middle of the picture, in picture widths."""
    aperture_f: float
    """F-number of the lens, focused on the eyes: 2.8 leaves the ears soft, 11 nothing."""
    exposure_ev: float
    """Stops over a correctly exposed grey card at the face."""
    white_balance_mired: float
    """What the white balance misses: positive is too warm."""
    vignetting: float
    """Share of the light that the corners of the picture lose."""
    softness: float
    """Standard deviation of the lens's blur, in picture widths."""
    iso: float
    """Sensitivity of the sensor; the noise grows with it."""
    local_contrast: float
    """How much the camera lifts relief: share added to what differs from its surroundings, in stops."""
    sharpening: float
    """Amount of the camera's unsharp mask."""
    jpeg_quality: int
    """Of the file that the camera stores; what is published is the decoded picture."""
    light: str
    """``softboxes`` (soft, of the reference shot) or one of ``shots.LIGHTS``."""
    light_yaw_degrees: float
    """Rotation of an environment round the vertical, relative to the camera; or where a lamp stands, positive to the right of
    the picture, 0 at the camera."""
    light_pitch_degrees: float
    """How far above the camera a lamp stands; 0 for an environment."""
    light_radius_degrees: float
    """Half of the angle that a lamp fills, seen from the face; 0 for an environment."""
    light_warmth_mired: float
    """Colour of a lamp against that of the fill: positive is warmer."""
    light_fill: float
    """Share of even light mixed in, 0 to 1; more is mixed in where the two cheeks would differ too much."""
    background: str
    """One of ``shots.BACKGROUNDS``."""
    background_rgb: Rgb
    background_scene: str
    """The environment that is seen, or ``none``."""
    background_yaw_degrees: float
    """Its rotation round the vertical, relative to the camera."""
    background_ev: float
    """Stops over what a wall in the light of the face would be, or over mid-grey for surroundings."""
    background_blur: float
    """0 to 1."""
    clothing: str
    """One of ``shots.CLOTHING``."""
    clothing_rgb: Rgb
    clothing_pattern: str
    """One of ``shots.PATTERNS``."""
    clothing_second_rgb: Rgb
    """The other colour of the pattern, or of what is worn under a jacket."""
    glasses_worn: bool
    """Whether a person who owns glasses has them on."""
    caption: str
    size_px: int
    samples: int
    seed: int
    hair_tied: bool = False
    """Whether hair that can be is worn tied back in this picture."""
    prompt: str = ""
    """What a trained model is told, where one makes the picture."""


@dataclass(frozen=True, slots=True)
class Frame:
    """One finished picture, with what only its maker can know."""

    image_png: bytes
    mask_png: bytes
    """8 bit, one channel: 0 no skin, 128 skin, 255 skin of the cheeks and forehead, where a colorimeter would be held."""
    landmarks_68: tuple[Point, ...]
    """iBUG 300-W order."""
    landmarks_5: tuple[Point, ...]
    """Eye on the left of the picture, eye on its right, nose tip, mouth corner left, right."""
    face_box: tuple[float, float, float, float]
    """x, y, width, height in pixels: from brows to chin, ear to ear, hair left out."""
    making: Making | None = None
    """How a trained model made it; None for a render."""


@dataclass(frozen=True, slots=True)
class Measurement:
    """Skin colour read off one picture under a mask (CIE 1976 L*a*b*, D65, 2 degrees)."""

    l_star: float
    a_star: float
    b_star: float
    ita_degrees: float
    hue_degrees: float
    spread_delta_e: float
    """Median CIE76 distance of the pixels from their centre."""
    pixels: int
    nearest: str
    """Name of the tone of the scale whose skin colour is nearest by CIEDE2000."""
    nearest_delta_e_2000: float
    runner_up: str
    runner_up_delta_e_2000: float
    nearest_swatch: str
    """Name of the tone whose swatch is nearest by CIEDE2000; the nearest skin colour where a scale has no swatches."""
    nearest_swatch_delta_e_2000: float
