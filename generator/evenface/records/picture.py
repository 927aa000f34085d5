"""Records of pictures: the shot that is to be made, the frame that was made, and the measurement of its skin."""

from __future__ import annotations

from dataclasses import dataclass

from evenface.records.fields import Label, PerShot, Rgb, Share
from evenface.records.making import Making

__all__ = ["Background", "Camera", "Frame", "Light", "Measurement", "Point", "Pose", "Shot", "Worn"]

Point = tuple[float, float]
"""A place in a picture: x to the right, y down, pixels, the corner of the first pixel is (0, 0)."""


@dataclass(frozen=True)
class _Named:
    shot_id: Label[str]
    """``reference`` or ``probe_00`` ..."""


@dataclass(frozen=True)
class Pose:
    """How the head is turned, what the face does, and where the eyes look."""

    yaw_degrees: PerShot[float]
    """Positive turns the face to the person's left (the right of the picture)."""
    pitch_degrees: PerShot[float]
    """Positive looks up."""
    roll_degrees: PerShot[float]
    """Positive tilts the head to the person's left shoulder (clockwise in the picture)."""
    expression: PerShot[str]
    """A key of ``shots.EXPRESSIONS``."""
    action_units: PerShot[tuple[tuple[str, float], ...]]
    """Weights 0 to 1 of ARKit's named face shapes, e.g. ``(("mouthSmileLeft", 0.6), ...)``."""
    gaze_yaw_degrees: PerShot[float]
    """The eyes in the head: positive to the person's left; minus ``yaw_degrees`` looks into the camera."""
    gaze_pitch_degrees: PerShot[float]
    """The eyes in the head: positive looks up."""


@dataclass(frozen=True)
class Camera:
    """Lens, framing, sensor, and what the camera does before it stores a file."""

    focal_length_mm: PerShot[float]
    """On a square sensor 36 mm wide."""
    camera_distance_m: PerShot[float]
    offset_x: PerShot[float]
    offset_y: PerShot[float]
    """Where the middle of the face lies, from the middle of the picture, in picture widths."""
    aperture_f: PerShot[float]
    """F-number of the lens, focused on the eyes: 2.8 leaves the ears soft, 11 nothing."""
    exposure_ev: PerShot[float]
    """Stops over a correctly exposed grey card at the face."""
    white_balance_mired: PerShot[float]
    """Error of the white balance: positive is too warm."""
    vignetting: PerShot[Share]
    """Share of the light that the corners of the picture lose."""
    softness: PerShot[float]
    """Standard deviation of the lens's blur, in picture widths."""
    iso: PerShot[float]
    """Sensitivity of the sensor; the noise grows with it."""
    local_contrast: PerShot[float]
    """How much the camera lifts relief: share added to what differs from its surroundings, in stops."""
    sharpening: PerShot[float]
    """Amount of the camera's unsharp mask."""
    jpeg_quality: PerShot[int]
    """Of the file that the camera stores; the published picture is decoded from it."""


@dataclass(frozen=True)
class Light:
    """What lights the face."""

    light: PerShot[str]
    """``softboxes`` (soft, of the reference shot) or one of ``shots.LIGHTS``."""
    light_yaw_degrees: PerShot[float]
    """Rotation of an environment round the vertical, relative to the camera; or where a lamp stands, positive to the right of
    the picture, 0 at the camera."""
    light_pitch_degrees: PerShot[float]
    """How far above the camera a lamp stands; 0 for an environment."""
    light_radius_degrees: PerShot[float]
    """Half of the angle that a lamp fills, seen from the face; 0 for an environment."""
    light_warmth_mired: PerShot[float]
    """Colour of a lamp against that of the fill: positive is warmer."""
    light_fill: PerShot[Share]
    """Share of even light mixed in; more is mixed in where the two cheeks would differ too much."""


@dataclass(frozen=True)
class Background:
    """What stands behind the person."""

    background: PerShot[str]
    """One of ``shots.BACKGROUNDS``."""
    background_rgb: PerShot[Rgb]
    background_scene: PerShot[str]
    """The environment that is seen, or ``none``."""
    background_yaw_degrees: PerShot[float]
    """Its rotation round the vertical, relative to the camera."""
    background_ev: PerShot[float]
    """Stops over what a wall in the light of the face would be, or over mid-grey for surroundings."""
    background_blur: PerShot[Share]


@dataclass(frozen=True)
class Worn:
    """What the person has put on for the picture."""

    clothing: PerShot[str]
    """One of ``shots.CLOTHING``."""
    clothing_rgb: PerShot[Rgb]
    clothing_pattern: PerShot[str]
    """One of ``shots.PATTERNS``."""
    clothing_second_rgb: PerShot[Rgb]
    """The other colour of the pattern, or of what is worn under a jacket."""
    glasses_worn: PerShot[bool]
    """Whether a person who owns glasses has them on."""


@dataclass(frozen=True)
class Shot(Worn, Background, Light, Camera, Pose, _Named):
    """One picture of one person, described completely. Nothing in it may follow from the person's tone.

    Its fields are those of the bases from last to first, then its own. Columns and findings have the same order.
    """

    caption: Label[str]
    size_px: Label[int]
    samples: Label[int]
    seed: PerShot[int]
    """Of the renderer's noise."""
    hair_tied: PerShot[bool] = False
    """Whether hair that can be is worn tied back in this picture."""
    prompt: Label[str] = ""
    """Text for the trained model that makes the picture; empty where none does."""


@dataclass(frozen=True, slots=True)
class Frame:
    """One finished picture, with what only the backend that made it can know."""

    image_png: bytes
    mask_png: bytes
    """8 bit, one channel: 0 no skin, 128 skin, 255 skin of the cheeks and forehead, where a colorimeter is held."""
    landmarks_68: tuple[Point, ...]
    """iBUG 300-W order."""
    landmarks_5: tuple[Point, ...]
    """Eye on the left of the picture, eye on its right, nose tip, mouth corner left, right."""
    face_box: tuple[float, float, float, float]
    """x, y, width, height in pixels: from brows to chin and ear to ear, without hair."""
    making: Making | None = None
    """How a trained model made it; None for a render."""


@dataclass(frozen=True, slots=True)
class Measurement:
    """Skin colour measured in one picture under a mask (CIE 1976 L*a*b*, D65, 2 degrees)."""

    l_star: float
    a_star: float
    b_star: float
    ita_degrees: float
    hue_degrees: float
    spread_delta_e: float
    """Median CIE76 distance of the pixels from their centre."""
    pixels: int
    nearest: str
    """Name of the tone of the scale with the nearest skin colour by CIEDE2000."""
    nearest_delta_e_2000: float
    runner_up: str
    runner_up_delta_e_2000: float
    nearest_swatch: str
    """Name of the tone with the nearest swatch by CIEDE2000; with the nearest skin colour where a scale has no swatches."""
    nearest_swatch_delta_e_2000: float
