"""Persons: everything that stays the same from picture to picture."""

from __future__ import annotations

from dataclasses import dataclass

from evenface.records.colour import Rgb
from evenface.vocabulary import Cell

__all__ = [
    "Brows",
    "Complexion",
    "Covering",
    "Eyes",
    "FacialHair",
    "Glasses",
    "Hair",
    "HeadShape",
    "Identity",
    "Jewellery",
    "Makeup",
    "Slot",
]


@dataclass(frozen=True, slots=True)
class Slot:
    """A place in the plan that one synthetic person fills."""

    identity_id: str
    family_id: str
    """Shared by the persons that have one head in several tones (crossed design); otherwise the person's own."""
    cell: Cell
    index: int
    """0 for the first person of the cell."""
    attempt: int = 0
    """Which of the candidates for this place was chosen; 0 where nobody chose."""


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
    field_seed: int = 0
    """Of the smooth random field that shapes the face beside its traits."""


@dataclass(frozen=True, slots=True)
class Complexion:
    """How skin differs within a tone. The tone itself is the cell's and is not repeated here. From 0 to 1 where not said."""

    lightness_shift: float
    """Standard score of the within-cell shift along melanin."""
    redness_shift: float
    """Standard score of the within-cell shift along blood."""
    mottling: float
    patches: tuple[float, ...]
    """Standard scores of the melanin of areas, in the order of ``complexion.PATCHES``; positive is darker than the rest."""
    flush: float
    """Redness of cheeks, nose and ears over the rest."""
    reddening: tuple[float, ...]
    """Standard scores of the blood of areas, in the order of ``complexion.REDDENING``; positive is redder."""
    under_eye: float
    freckles: float
    freckle_spread: float
    """0 = nose and upper cheeks alone, 1 = the whole face."""
    moles: int
    blemishes: float
    acne_scars: float
    age_spots: float
    melasma: float
    scars: int
    birthmark: float
    """0 = none, as most people have; above it the size of one red or brown mark."""
    beard_shadow: float
    """How much the roots of a shaven beard darken the lower face."""
    pores: float
    oiliness: float
    wrinkles: float
    """Follows age with a spread of its own; ``folds`` says where they lie."""
    folds: tuple[float, ...]
    """Depth of single folds, in the order of ``complexion.FOLDS``."""
    lip_depth: float
    """0 = lips nearly the colour of the skin, 1 = strongly coloured."""
    lip_hue: float
    """-1 = browner, 1 = pinker."""
    lip_border: float
    """0 = the red fades into the skin, 1 = it ends in a line."""
    lip_contrast: float
    """-1 = the upper lip is paler than the lower, 1 = darker."""
    lip_dryness: float
    seed: int


@dataclass(frozen=True, slots=True)
class Makeup:
    """What is painted on; strengths from 0, which most people wear, to 1."""

    lipstick: float
    lipstick_colour: Rgb
    lipstick_gloss: float
    eyeliner: float
    eye_shadow: float
    eye_shadow_colour: Rgb
    mascara: float
    blush: float
    brow_pencil: float


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
    """0 = bluish white, 1 = yellowish."""
    veins: float
    """Redness of the white, 0 to 1."""
    collarette: float
    """How far the zone round the pupil is tinted apart from the rest of the iris, -1 bluer to 1 browner."""
    sector: float
    """Share of the turn that another colour takes up; 0 for nearly everybody."""
    tooth_shade: float
    """0 = whitest, 1 = most yellow; teeth stand here for want of a record of their own."""
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
    fringe: str = "none"
    """One of ``identity.FRINGES``: how hair falls over the forehead."""
    fringe_length: float = 0.0
    """-1 = high on the forehead, 1 = down to the brows (a curtain: to the cheekbones)."""
    corners: float = 0.0
    """-1 = rounded, low corners of the forehead, 1 = deep bare ones."""
    peak: float = 0.0
    """Depth of the widow's peak, 0 to 1."""
    sideburns: float = 0.3
    """0 = none, 1 = down to the lobe of the ear."""
    softness: float = 0.5
    """0 = a crisp hairline, 1 = a downy one."""
    volume: float = 1.0
    """Ratio to the usual fullness of the style, 0.6 to 1.6."""
    highlights: float = 0.0
    """Share of lighter strands, 0 to 0.5."""
    roots: float = 0.0
    """How far the hair next to the skin is darker than its ends, 0 to 1."""
    dye: Rgb = (1.0, 1.0, 1.0)
    """What an artificial colour lets through; white where there is none."""


@dataclass(frozen=True, slots=True)
class Brows:
    thickness: float
    """Ratio to the mean, 0.4 to 2."""
    density: float
    """0.25 to 1.2."""
    length: float
    """Ratio to the mean, 0.75 to 1.25."""
    arch: float
    """-1 = flat, 1 = high."""
    tilt: float
    """-1 = falling outwards, 1 = rising."""
    gap: float
    """Standard score of the distance between the brows."""
    shade: float
    """-1 lighter to 1 darker than the hair of the head."""
    seed: int
    height: float = 0.0
    """-1 = close over the eye, 1 = high above it."""
    summit: float = 0.0
    """Where the arch is highest: -1 = near the middle, 1 = near the tail."""
    taper: float = 0.6
    """0 = as thick at the tail as at the nose, 1 = pointed."""
    tail: float = 1.0
    """Share of hairs left in the outer third, 0.2 to 1."""
    unruliness: float = 0.3
    """0 = groomed flat, 1 = hairs astray."""
    hair_length: float = 1.0
    """Ratio to the mean, 0.6 to 1.5."""
    bridge: float = 0.0
    """Share of hairs between the brows, 0 to 1."""
    slit: float = 0.0
    """Where a shaven line crosses one brow (0 inner to 1 outer end; negative on the right side); 0 is none."""
    asymmetry: float = 0.0
    """-1 = the right brow is higher, 1 = the left."""
    greying: float = 0.5
    """Share of white hairs as a ratio to that of the head."""


@dataclass(frozen=True, slots=True)
class FacialHair:
    style: str
    """One of ``identity.FACIAL_HAIR_STYLES``; ``none`` for most."""
    length: float
    density: float
    seed: int
    patchiness: float = 0.3
    """0 = even, 1 = bare patches."""
    cheek_line: float = 0.0
    """-1 = low on the cheeks, 1 = high."""
    neck_line: float = 0.0
    """-1 = low on the throat, 1 = shaven up to the jaw."""
    crispness: float = 0.5
    """0 = grown out at its borders, 1 = shaven to a line."""
    greying: float = 1.0
    """Share of white hairs as a ratio to that of the head."""
    redness_shift: float = 0.0
    """Red pigment over that of the head."""


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
    makeup: Makeup
    eyes: Eyes
    hair: Hair
    brows: Brows
    facial_hair: FacialHair
    glasses: Glasses
    jewellery: Jewellery
    covering: Covering
