"""What travels between the rooms: frozen descriptions of people and pictures, and what was read off them.

A description is complete: whoever renders it adds no choice of its own. Every field is a plain number, word or tuple, so that
``dataclasses.asdict`` gives JSON.
"""

from __future__ import annotations

from dataclasses import dataclass

from evenface.vocabulary import Cell

__all__ = [
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
    "Measurement",
    "Point",
    "Rgb",
    "Shot",
    "Slot",
]

Point = tuple[float, float]
"""A place in a picture: x to the right, y down, pixels, the corner of the first pixel is (0, 0)."""
Rgb = tuple[float, float, float]
"""Linear-light sRGB primaries, 0 to 1."""


@dataclass(frozen=True, slots=True)
class Slot:
    """A place in the plan that one synthetic person fills."""

    identity_id: str
    family_id: str
    """Shared by the persons that have one head in several tones (crossed design); otherwise the person's own."""
    cell: Cell
    index: int
    """0 for the first person of the cell."""


@dataclass(frozen=True, slots=True)
class HeadShape:
    """Bone and flesh: what a tape measures, what it does not, and how the two sides differ."""

    measures_mm: tuple[float, ...]
    """Target measurements in the order of ``anthropometry.MEASURES``."""
    traits: tuple[float, ...]
    """Standard scores of the shapes that no tape measures, in the order of ``anthropometry.TRAITS``."""
    asymmetries: tuple[float, ...]
    """Standard scores, in the order of ``anthropometry.ASYMMETRIES``; positive is larger on the person's left."""
    presentation: float
    """0 = most masculine head of the model, 1 = most feminine; a cue that overlaps between annotations."""
    fullness: float
    """0 = lean, 1 = full."""


@dataclass(frozen=True, slots=True)
class Complexion:
    """How skin differs within a tone. The tone itself is the cell's and is not repeated here."""

    lightness_shift: float
    """Standard score of the within-cell shift along melanin."""
    redness_shift: float
    """Standard score of the within-cell shift along blood."""
    mottling: float
    freckles: float
    moles: int
    under_eye: float
    flush: float
    """Redness of cheeks, nose and ears over the rest; 0 to 1, as are mottling, freckles, under_eye, pores and oiliness."""
    pores: float
    oiliness: float
    wrinkles: float
    """0 to 1; follows age with a spread of its own."""
    lip_depth: float
    """0 = lips nearly the colour of the skin, 1 = strongly coloured."""
    lip_hue: float
    """-1 = browner, 1 = pinker."""
    seed: int


@dataclass(frozen=True, slots=True)
class Eyes:
    iris: str
    """One of ``identity.IRISES``."""
    iris_shade: float
    """-1 darker to 1 lighter than the named colour."""
    iris_size: float
    """Ratio to the mean iris diameter of 11.7 mm."""
    limbus: float
    """Strength of the dark ring, 0 to 1."""
    sclera_warmth: float
    """0 = bluish white, 1 = yellowish or veined."""
    lash_length: float
    """Ratio to 9 mm."""
    lash_density: float
    """0 to 1."""
    seed: int


@dataclass(frozen=True, slots=True)
class Hair:
    style: str
    """One of ``identity.HAIR_STYLES``."""
    texture: str
    """``straight``, ``wavy``, ``curly`` or ``coily``."""
    length: float
    """Ratio to the usual length of the style, 0.7 to 1.3."""
    density: float
    """0.6 to 1."""
    hairline: float
    """-1 = low, 1 = high."""
    parting: float
    """-1 = the person's right, 0 = middle or none, 1 = left."""
    melanin: float
    """0 = white blond, 1 = black."""
    redness: float
    """Share of red pigment, 0 to 1."""
    grey: float
    """Share of white hairs, 0 to 1."""
    covering: Rgb
    """Colour of the fabric where the style is a head covering."""
    seed: int


@dataclass(frozen=True, slots=True)
class Brows:
    thickness: float
    """Ratio to the mean, 0.5 to 1.6."""
    density: float
    """0.3 to 1."""
    length: float
    """Ratio to the mean."""
    arch: float
    """-1 = flat, 1 = high."""
    tilt: float
    """-1 = falling outwards, 1 = rising."""
    gap: float
    """Standard score of the distance between the brows."""
    shade: float
    """-1 lighter to 1 darker than the hair of the head."""
    seed: int


@dataclass(frozen=True, slots=True)
class FacialHair:
    style: str
    """One of ``identity.FACIAL_HAIR_STYLES``; ``none`` for most."""
    length: float
    density: float
    seed: int


@dataclass(frozen=True, slots=True)
class Glasses:
    """The glasses that a person owns; whether they are worn is the shot's."""

    frame: str
    """One of ``identity.FRAMES``; ``none`` for most."""
    width: float
    """Breadth of the frame as a ratio to that of the face at the eyes, 0.94 to 1.04."""
    rim_mm: float
    """Height of the rim, 0.8 to 5."""
    colour: Rgb
    metal: float
    """1 = metal, 0 = acetate."""
    mottled: float
    """How far dark patches run through the colour, 0 to 1, as in tortoise-shell."""
    lens: Rgb
    """What the lenses let through; near white for clear ones."""


@dataclass(frozen=True, slots=True)
class Jewellery:
    """Small things that a person always wears."""

    earrings: str
    """One of ``identity.EARRINGS``; ``none`` for most men."""
    size: float
    """0 = the smallest of their kind, 1 = the largest."""
    metal: Rgb
    stone: Rgb
    nose_stud: str
    """``none``, ``left`` or ``right``: the person's side."""


@dataclass(frozen=True, slots=True)
class Covering:
    """What a person always wears on the head; its main colour is ``Hair.covering``."""

    kind: str
    """One of ``identity.COVERINGS``; ``none`` for most."""
    pattern: str
    """One of ``identity.PATTERNS``."""
    second: Rgb
    """The other colour of the pattern."""
    seed: int
    """Of its folds."""


@dataclass(frozen=True, slots=True)
class Identity:
    """One synthetic person: everything that stays the same from picture to picture."""

    identity_id: str
    family_id: str
    cell: Cell
    index: int
    age_years: int
    head: HeadShape
    complexion: Complexion
    eyes: Eyes
    hair: Hair
    brows: Brows
    facial_hair: FacialHair
    glasses: Glasses
    jewellery: Jewellery
    covering: Covering


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
    light: str
    """``softboxes`` (even, of the reference shot) or one of ``shots.ENVIRONMENTS``."""
    light_yaw_degrees: float
    """Rotation of the environment round the vertical, relative to the camera."""
    light_fill: float
    """Share of even light mixed in, 0 to 1."""
    exposure_ev: float
    """Stops over a correctly exposed grey card at the face."""
    background: str
    """``grey``, ``flat`` or ``environment``."""
    background_rgb: Rgb
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
    """Name of the nearest tone of the scale by CIEDE2000."""
    nearest_delta_e_2000: float
    runner_up: str
    runner_up_delta_e_2000: float
