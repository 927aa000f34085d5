"""Draws the synthetic person of a slot of the plan.

Chance is keyed by the person and the attribute, never by the tone: in a crossed design the key leaves the tone out, and in an
independent design the tone only picks another person from the same distribution. ``GENDER_CUES`` lists what may follow the
gender annotation; everything else is drawn alike for everybody.
"""

from __future__ import annotations

import numpy as np

from evenface.files.codec import round_record
from evenface.people.anthropometry import sample_head
from evenface.people.identity.cues import GENDER_CUES
from evenface.people.identity.face import FOLDS, IRISES, PATCHES, REDDENING, sample_complexion, sample_eyes, sample_makeup
from evenface.people.identity.hair import (
    FACIAL_HAIR_STYLES,
    FRINGE_STYLES,
    FRINGES,
    HAIR_STYLES,
    HAIR_TEXTURES,
    STYLE_TEXTURES,
    sample_brows,
    sample_facial_hair,
    sample_hair,
)
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


def person(seed: int, design: str, slot: Slot) -> Identity:
    """Return the synthetic person of ``slot``; in a crossed design it is the same in every tone but for its names.

    Candidates for one place differ in their ``CHOSEN`` attributes and share the rest. So hair, age and eyes do not depend on
    the selection: recognisers hold light hair over dark skin, and dark hair over pale skin, further apart, and would fill the
    cells with them.
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
    return round_record(drawn)


def sample_age(rng: np.random.Generator, *, age_band: str) -> int:
    """Draw whole years: uniform in a narrow band; rising to 25, flat, and falling from 55 in the band of all adults."""
    low, high = AGE_BANDS[age_band]
    if age_band != ADULT:
        return int(rng.integers(low, high + 1))
    years = np.arange(low, high + 1)
    shares = np.interp(years, (18, 25, 55, 80), (0.6, 1.0, 1.0, 0.2))
    return int(rng.choice(years, p=shares / shares.sum()))
