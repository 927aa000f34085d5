"""The identity room: a slot of the plan comes in, one synthetic person goes out.

Chance is keyed by the person and the attribute, never by the tone: in a crossed design the key leaves the tone out, and in an
independent design the tone only picks another person from the same distribution. What may follow the gender annotation is
listed in ``GENDER_CUES``; everything else is drawn alike for everybody.
"""

from __future__ import annotations

import numpy as np

from evenface.files.codec import rounded
from evenface.people.anthropometry import sample_head
from evenface.people.identity.brows import sample_brows
from evenface.people.identity.complexion import FOLDS, PATCHES, REDDENING, sample_complexion
from evenface.people.identity.eyes import IRISES, sample_eyes
from evenface.people.identity.facial_hair import FACIAL_HAIR_STYLES, sample_facial_hair
from evenface.people.identity.hair import FRINGE_STYLES, FRINGES, HAIR_STYLES, HAIR_TEXTURES, STYLE_TEXTURES, sample_hair
from evenface.people.identity.makeup import sample_makeup
from evenface.people.identity.worn import (
    COVERINGS,
    EARRINGS,
    FRAMES,
    PATTERNS,
    sample_covering,
    sample_glasses,
    sample_jewellery,
)
from evenface.records import Identity, Slot
from evenface.rng import rng_for
from evenface.vocabulary import ADULT, AGE_BANDS

__all__ = [
    "CHOSEN",
    "COVERINGS",
    "EARRINGS",
    "FACIAL_HAIR_STYLES",
    "FOLDS",
    "FRAMES",
    "FRINGES",
    "FRINGE_STYLES",
    "GENDER_CUES",
    "HAIR_STYLES",
    "HAIR_TEXTURES",
    "IRISES",
    "PATCHES",
    "PATTERNS",
    "REDDENING",
    "STYLE_TEXTURES",
    "person",
    "sample_age",
    "sample_brows",
    "sample_complexion",
    "sample_covering",
    "sample_eyes",
    "sample_facial_hair",
    "sample_glasses",
    "sample_hair",
    "sample_jewellery",
    "sample_makeup",
]

CHOSEN = ("head", "complexion", "brows")
"""The attributes by which candidates for one place differ: bone, skin and brows."""

GENDER_CUES = (
    "head.measures_mm",
    "head.traits",
    "head.presentation",
    "head.fullness",
    "complexion.lip_depth",
    "complexion.pores",
    "complexion.folds",
    "complexion.beard_shadow",
    "makeup.lipstick",
    "makeup.eyeliner",
    "makeup.eye_shadow",
    "makeup.mascara",
    "makeup.blush",
    "makeup.brow_pencil",
    "hair.style",
    "hair.fringe",
    "hair.grey",
    "hair.hairline",
    "hair.corners",
    "hair.sideburns",
    "brows.thickness",
    "brows.density",
    "brows.arch",
    "brows.tilt",
    "brows.gap",
    "brows.height",
    "brows.hair_length",
    "brows.unruliness",
    "facial_hair.style",
    "facial_hair.length",
    "facial_hair.density",
    "facial_hair.patchiness",
    "facial_hair.cheek_line",
    "facial_hair.neck_line",
    "facial_hair.crispness",
    "facial_hair.greying",
    "facial_hair.redness_shift",
    "covering.kind",
    "jewellery.earrings",
    "jewellery.nose_stud",
)
"""The attributes of an ``Identity`` whose distribution may depend on the gender annotation; no other one does."""


def person(seed: int, design: str, slot: Slot) -> Identity:
    """Return the synthetic person of ``slot``; in a crossed design it is the same one in every tone but for its names.

    Every attempt at one place is another person with other ``CHOSEN`` attributes; the rest are those of the place. So whoever is
    chosen among candidates, hair, age or eyes cannot come to follow from the cell: a recogniser holds light hair over dark
    skin, and dark hair over pale skin, further apart, and would fill the cells with them.
    """
    cell = slot.cell
    who = (cell.gender, cell.age_band) if design == "crossed" else (cell.key,)

    def rng(attribute: str) -> np.random.Generator:
        attempt = ("attempt", slot.attempt) if slot.attempt and attribute in CHOSEN else ()
        return rng_for(seed, "person", design, *who, slot.index, *attempt, attribute)

    age = sample_age(rng("age"), age_band=cell.age_band)
    hair = sample_hair(rng("hair"), gender=cell.gender, age_years=age)
    covering = sample_covering(rng("covering"), gender=cell.gender, hair=hair)
    drawn = Identity(
        identity_id=slot.identity_id,
        family_id=slot.family_id,
        cell=cell,
        index=slot.index,
        age_years=age,
        head=sample_head(rng("head"), gender=cell.gender, age_years=age),
        complexion=sample_complexion(rng("complexion"), gender=cell.gender, age_years=age),
        makeup=sample_makeup(rng("makeup"), gender=cell.gender),
        eyes=sample_eyes(rng("eyes")),
        hair=hair,
        brows=sample_brows(rng("brows"), gender=cell.gender),
        facial_hair=sample_facial_hair(rng("facial_hair"), gender=cell.gender, age_years=age),
        glasses=sample_glasses(rng("glasses"), age_years=age),
        jewellery=sample_jewellery(rng("jewellery"), gender=cell.gender, covering=covering),
        covering=covering,
    )
    return rounded(drawn)


def sample_age(rng: np.random.Generator, *, age_band: str) -> int:
    """Draw whole years: uniform in a narrow band; rising to 25, flat, and falling from 55 in the band of all adults."""
    low, high = AGE_BANDS[age_band]
    if age_band != ADULT:
        return int(rng.integers(low, high + 1))
    years = np.arange(low, high + 1)
    shares = np.interp(years, (18, 25, 55, 80), (0.6, 1.0, 1.0, 0.2))
    return int(rng.choice(years, p=shares / shares.sum()))
