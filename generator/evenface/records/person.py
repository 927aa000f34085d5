"""The records of a person: what stays the same from picture to picture. Types state the range that each number is drawn in."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from evenface.records.fields import Constant, Label, Range, Rgb, Share, ShownByShot, Signed
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
    """Number of the candidate that was selected for this place; 0 where none was."""


@dataclass(frozen=True, slots=True)
class HeadShape:
    """Bone and flesh: what a tape measures, what no tape measures, and how the two sides differ."""

    measures_mm: tuple[float, ...]
    """Target measurements in the order of ``anthropometry.MEASURES``."""
    traits: Annotated[tuple[float, ...], Range(-2.2, 2.2)]
    """Standard scores of the shapes that no tape measures, in the order of ``anthropometry.TRAITS``."""
    asymmetries: Annotated[tuple[float, ...], Range(-2.2, 2.2)]
    """Standard scores, in the order of ``anthropometry.ASYMMETRIES``; positive is larger on the person's left."""
    presentation: Share
    """0 = most masculine head of the model, 1 = most feminine; a cue that overlaps between annotations."""
    fullness: Share
    """0 = lean, 1 = full."""
    field_seed: int = 0
    """Of the smooth random field that shapes the face beside its traits."""


@dataclass(frozen=True, slots=True)
class Complexion:
    """How skin differs within a tone. The tone itself is the cell's and is not repeated here."""

    lightness_shift: Annotated[float, Range(-2.0, 2.0)]
    """Standard score of the within-cell shift along melanin."""
    redness_shift: Annotated[float, Range(-2.0, 2.0)]
    """Standard score of the within-cell shift along blood."""
    mottling: Share
    patches: Annotated[tuple[float, ...], Range(-2.2, 2.2)]
    """Standard scores of the melanin of areas, in the order of ``identity.PATCHES``; positive is darker than the rest."""
    flush: Share
    """Redness of cheeks, nose and ears over the rest."""
    reddening: Annotated[tuple[float, ...], Range(-2.2, 2.2)]
    """Standard scores of the blood of areas, in the order of ``identity.REDDENING``; positive is redder."""
    under_eye: Share
    freckles: Share
    freckle_spread: Share
    """0 = nose and upper cheeks alone, 1 = the whole face."""
    moles: Annotated[int, Range(0, 12)]
    blemishes: Share
    acne_scars: Share
    age_spots: Share
    melasma: Share
    scars: Annotated[int, Range(0, 2)]
    birthmark: Share
    """0 = none, as most people have; above it the size of one red or brown mark."""
    beard_shadow: Share
    """How much the roots of a shaven beard darken the lower face."""
    pores: Share
    oiliness: Share
    wrinkles: Share
    """Follows age with a spread of its own; ``folds`` says where they lie."""
    folds: Annotated[tuple[float, ...], Range(0.0, 1.0)]
    """Depth of single folds, in the order of ``identity.FOLDS``."""
    lip_depth: Share
    """0 = lips nearly the colour of the skin, 1 = strongly coloured."""
    lip_hue: Signed
    """-1 = browner, 1 = pinker."""
    lip_border: Share
    """0 = the red fades into the skin, 1 = it ends in a line."""
    lip_contrast: Signed
    """-1 = the upper lip is paler than the lower, 1 = darker."""
    lip_dryness: Share
    seed: int


@dataclass(frozen=True, slots=True)
class Makeup:
    """Make-up as strengths; most people wear none, which is 0."""

    lipstick: Share
    lipstick_colour: Rgb
    lipstick_gloss: Share
    eyeliner: Share
    eye_shadow: Share
    eye_shadow_colour: Rgb
    mascara: Share
    blush: Share
    brow_pencil: Share


@dataclass(frozen=True, slots=True)
class Eyes:
    iris: str
    """One of ``identity.IRISES``."""
    iris_shade: Signed
    """-1 = darker than the named colour, 1 = lighter."""
    iris_size: Annotated[float, Range(0.9, 1.1)]
    """Ratio to the mean iris diameter of 11.7 mm."""
    limbus: Share
    """Strength of the dark ring."""
    sclera_warmth: Share
    """0 = bluish white, 1 = yellowish."""
    veins: Share
    """Redness of the white."""
    collarette: Signed
    """Tint of the zone round the pupil against the rest of the iris: -1 = bluer, 1 = browner."""
    sector: Share
    """Share of the circle that has another colour; 0 for nearly everybody."""
    tooth_shade: Share
    """0 = whitest, 1 = most yellow; teeth have no record of their own."""
    lash_length: Annotated[float, Range(0.6, 1.5)]
    """Ratio to 9 mm."""
    lash_density: Share
    seed: int


@dataclass(frozen=True, slots=True)
class Hair:
    style: str
    """One of ``identity.HAIR_STYLES``."""
    texture: str
    """``straight``, ``wavy``, ``curly`` or ``coily``."""
    length: Annotated[float, Range(0.7, 1.3)]
    """Ratio to the usual length of the style."""
    density: Annotated[float, Range(0.6, 1.0)]
    hairline: Signed
    """-1 = low, 1 = high."""
    parting: Signed
    """-1 = the person's right, 0 = middle or none, 1 = left."""
    melanin: Share
    """0 = white blond, 1 = black."""
    redness: Share
    """Share of red pigment."""
    grey: Share
    """Share of white hairs."""
    covering: Rgb
    """Colour of the fabric where the style is a head covering."""
    seed: int
    fringe: str = "none"
    """One of ``identity.FRINGES``: how hair falls over the forehead."""
    fringe_length: Signed = 0.0
    """-1 = high on the forehead, 1 = down to the brows (a curtain: to the cheekbones)."""
    corners: Signed = 0.0
    """-1 = rounded, low corners of the forehead, 1 = deep bare ones."""
    peak: Share = 0.0
    """Depth of the widow's peak."""
    sideburns: Share = 0.3
    """0 = none, 1 = down to the lobe of the ear."""
    softness: Share = 0.5
    """0 = a crisp hairline, 1 = a downy one."""
    volume: Annotated[float, Range(0.6, 1.6)] = 1.0
    """Ratio to the usual fullness of the style."""
    highlights: Annotated[float, Range(0.0, 0.5)] = 0.0
    """Share of lighter strands."""
    roots: Share = 0.0
    """How far the hair next to the skin is darker than its ends."""
    dye: Rgb = (1.0, 1.0, 1.0)
    """Colour that an artificial dye lets through; white where there is none."""


@dataclass(frozen=True, slots=True)
class Brows:
    thickness: Annotated[float, Range(0.45, 2.0)]
    """Ratio to the mean."""
    density: Annotated[float, Range(0.25, 1.2)]
    length: Annotated[float, Range(0.75, 1.25)]
    """Ratio to the mean."""
    arch: Signed
    """-1 = flat, 1 = high."""
    tilt: Signed
    """-1 = falling outwards, 1 = rising."""
    gap: Annotated[float, Range(-2.0, 2.0)]
    """Standard score of the distance between the brows."""
    shade: Signed
    """-1 = lighter than the hair of the head, 1 = darker."""
    seed: int
    height: Signed = 0.0
    """-1 = close over the eye, 1 = high above it."""
    summit: Signed = 0.0
    """Where the arch is highest: -1 = near the middle, 1 = near the tail."""
    taper: Share = 0.6
    """0 = as thick at the tail as at the nose, 1 = pointed."""
    tail: Annotated[float, Range(0.2, 1.0)] = 1.0
    """Share of hairs left in the outer third."""
    unruliness: Share = 0.3
    """0 = groomed flat, 1 = hairs astray."""
    hair_length: Annotated[float, Range(0.6, 1.5)] = 1.0
    """Ratio to the mean."""
    bridge: Share = 0.0
    """Share of hairs between the brows."""
    slit: Signed = 0.0
    """Where a shaven line crosses one brow: 0 = none, 1 = the outer end; negative on the person's right."""
    asymmetry: Signed = 0.0
    """-1 = the right brow is higher, 1 = the left."""
    greying: Share = 0.5
    """Share of white hairs as a ratio to that of the head."""


@dataclass(frozen=True, slots=True)
class FacialHair:
    style: str
    """One of ``identity.FACIAL_HAIR_STYLES``; ``none`` for most."""
    length: Annotated[float, Range(0.0, 1.5)]
    density: Share
    seed: int
    patchiness: Share = 0.3
    """0 = even, 1 = bare patches."""
    cheek_line: Signed = 0.0
    """-1 = low on the cheeks, 1 = high."""
    neck_line: Signed = 0.0
    """-1 = low on the throat, 1 = shaven up to the jaw."""
    crispness: Share = 0.5
    """0 = grown out at its borders, 1 = shaven to a line."""
    greying: Annotated[float, Range(0.0, 1.5)] = 1.0
    """Share of white hairs as a ratio to that of the head."""
    redness_shift: Annotated[float, Range(0.0, 0.3)] = 0.0
    """Red pigment over that of the head."""


@dataclass(frozen=True, slots=True)
class Glasses:
    """The glasses that a person owns; whether they are worn is the shot's."""

    frame: str
    """One of ``identity.FRAMES``; ``none`` for most."""
    width: Annotated[float, Range(0.94, 1.04)]
    """Breadth of the frame as a ratio to that of the face at the eyes."""
    rim_mm: Annotated[float, Range(0.8, 5.0)]
    """Height of the rim."""
    colour: Rgb
    metal: Share
    """1 = metal, 0 = acetate."""
    mottled: Share
    """How far dark patches run through the colour, as in tortoise-shell."""
    lens: Rgb
    """Colour that the lenses let through; near white for clear ones."""


@dataclass(frozen=True, slots=True)
class Jewellery:
    """Small things that a person always wears."""

    earrings: str
    """One of ``identity.EARRINGS``; ``none`` for most men."""
    size: Share
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

    identity_id: Label[str]
    family_id: Label[str]
    cell: Label[Cell]
    index: Label[int]
    age_years: Constant[Annotated[int, Range(18, 80)]]
    head: Constant[HeadShape]
    complexion: Constant[Complexion]
    makeup: Constant[Makeup]
    eyes: Constant[Eyes]
    hair: ShownByShot[Hair]
    brows: Constant[Brows]
    facial_hair: Constant[FacialHair]
    glasses: ShownByShot[Glasses]
    jewellery: Constant[Jewellery]
    covering: Constant[Covering]
