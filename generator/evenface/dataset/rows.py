"""Rows of a dataset: turns a person, a shot, a frame and its measurement into values by column name."""

from __future__ import annotations

from dataclasses import asdict, dataclass, is_dataclass
from hashlib import sha256
from typing import Any

from evenface.dataset.schema import MEASURED_TONES, measured_column
from evenface.errors import EvenfaceError
from evenface.files.pictures import Undecodable, decode_image, pixel_digest
from evenface.people.plan import Plan
from evenface.records import Frame, Identity, Measurement, Shot
from evenface.rng import digest
from evenface.vocabulary import GENDERS, REFERENCE, SCALES

__all__ = ["Picture", "Row", "identity_row", "image_id_of", "mask_row", "pair_id_of", "picture_row"]

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Picture:
    """One finished picture and its measurement, which is None where it shows too little skin."""

    identity: Identity
    shot: Shot
    frame: Frame
    measurement: Measurement | None
    recipe: str | None = None
    """Digest of its recipe."""
    digital_source_type: str | None = None
    """Term of IPTC's vocabulary that the file is marked with."""


def image_id_of(identity_id: str, shot_id: str) -> str:
    """Return the id of a picture, unique in its dataset."""
    return f"{identity_id}_{shot_id}"


def pair_id_of(image_id: str, other: str) -> str:
    """Return the id of the pair of two pictures, in this order."""
    return f"pair_{digest(image_id, other, size=8)}"


def picture_row(picture: Picture, plan: Plan) -> Row:
    """Return the row of ``default`` and ``reference``."""
    identity, shot, frame = picture.identity, picture.shot, picture.frame
    image_id = image_id_of(identity.identity_id, shot.shot_id)
    return {
        "image": {"bytes": frame.image_png, "path": f"{image_id}.png"},
        "image_id": image_id,
        **_who(identity, plan),
        "kind": REFERENCE if shot.shot_id == REFERENCE else "probe",
        **_measured(picture.measurement, plan),
        **asdict(shot),
        "action_units": [{"name": name, "weight": weight} for name, weight in shot.action_units],
        # A box without area, or no points, means unknown: a picture drawn from words has no known face position.
        "face_box": frame.face_box if min(frame.face_box[2:]) > 0 else None,
        "landmarks_5": frame.landmarks_5 or None,
        "landmarks_68": frame.landmarks_68 or None,
        "hair_style": identity.hair.style,
        "hair_texture": identity.hair.texture,
        "facial_hair": identity.facial_hair.style,
        "glasses": identity.glasses.frame if shot.glasses_worn else "none",
        "earrings": identity.jewellery.earrings,
        "head_covering": identity.covering.kind,
        "plan_hash": plan.plan_hash,
        "generator_version": plan.generator_version,
        "image_sha256": sha256(frame.image_png).hexdigest(),
        "pixel_sha256": _pixel_sha256(image_id, frame.image_png),
        **(asdict(frame.making) if frame.making else {"recipe": picture.recipe}),
        "digital_source_type": picture.digital_source_type,
    }


def mask_row(picture: Picture) -> Row:
    """Return the row of ``masks``."""
    image_id = image_id_of(picture.identity.identity_id, picture.shot.shot_id)
    return {"image_id": image_id, "mask": {"bytes": picture.frame.mask_png, "path": f"{image_id}.mask.png"}}


def identity_row(identity: Identity, plan: Plan) -> Row:
    """Return the row of ``identities``."""
    row = _who(identity, plan) | {"index": identity.index}
    for part, value in asdict(identity).items():
        if part != "cell" and is_dataclass(getattr(identity, part)):
            row |= {f"{part}_{name}": entry for name, entry in value.items()}
    return row


def _who(identity: Identity, plan: Plan) -> Row:
    return {
        "identity_id": identity.identity_id,
        "family_id": identity.family_id,
        "cell": identity.cell.key,
        "tone": _step(identity.cell.tone, plan),
        "gender": GENDERS.index(identity.cell.gender),
        "age_band": identity.cell.age_band,
        "age_years": identity.age_years,
    }


def _measured(measurement: Measurement | None, plan: Plan) -> Row:
    if measurement is None:
        return {"measured_pixels": 0}
    values = asdict(measurement)
    values |= {name: _step(values[name], plan) for name in MEASURED_TONES}
    return {measured_column(name): value for name, value in values.items()}


def _step(tone: str, plan: Plan) -> int:
    return SCALES[plan.spec.scale].tone(tone).step - 1


def _pixel_sha256(image_id: str, data: bytes) -> str:
    pixels = decode_image(data)
    if isinstance(pixels, Undecodable):
        raise EvenfaceError(f"the picture {image_id} of the run cannot be read: {pixels.why}", "render the run again")
    return pixel_digest(pixels)
