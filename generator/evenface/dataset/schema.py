"""The columns of every table, with Arrow type and feature of Hugging Face ``datasets``.

Columns of a record follow its dataclass, so that a new field of ``Shot`` or ``Identity`` is a new column. Class labels name every
tone of the scale and every gender annotation, requested or not: a number means the same in all sets of one scale.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import fields, is_dataclass
from typing import Any, NamedTuple, get_type_hints

import pyarrow as pa

from evenface.records import Identity, Making, Measurement, Rgb, Shot
from evenface.vocabulary import GENDERS, SCALES

__all__ = [
    "CONFIGS",
    "FOLDERS",
    "MEASURED_TONES",
    "PROTOCOLS",
    "class_names",
    "features",
    "identification_schema",
    "identity_schema",
    "mask_schema",
    "measured_column",
    "picture_schema",
    "schema_of",
    "verification_schema",
]

PROTOCOLS = ("protocols/verification", "protocols/identification")
FOLDERS = ("pictures/reference", "pictures/probe", "masks", "identities", *PROTOCOLS)
"""Folders of the shards; a picture lies in one of them."""
CONFIGS: dict[str, tuple[str, ...]] = {
    "default": ("pictures/reference", "pictures/probe"),
    "reference": ("pictures/reference",),
    "masks": ("masks",),
    "identities": ("identities",),
    "verification": ("protocols/verification",),
    "identification": ("protocols/identification",),
}
"""The configs that ``load_dataset`` offers, each with the folders that it reads."""


MEASURED_TONES = ("nearest", "runner_up", "nearest_swatch")
"""Fields of ``Measurement`` that name a tone, which rows hold as class labels."""
_MEASURED = {
    "nearest": "measured_tone",
    "nearest_swatch": "measured_swatch",
    "nearest_swatch_delta_e_2000": "measured_swatch_delta_e_2000",
}


class _Kind(NamedTuple):
    type: pa.DataType
    feature: Any


class _Column(NamedTuple):
    name: str
    kind: _Kind


def _value(dtype: str, arrow: pa.DataType) -> _Kind:
    return _Kind(arrow, {"dtype": dtype, "_type": "Value"})


def _sequence(kind: _Kind, length: int = -1) -> _Kind:
    # "Sequence" is read by every release of datasets, "List" only from 4.0 on.
    size = {} if length < 0 else {"length": length}
    return _Kind(pa.list_(kind.type, length), {"feature": kind.feature, **size, "_type": "Sequence"})


def _label(names: Iterable[str]) -> _Kind:
    return _Kind(pa.int64(), {"names": list(names), "_type": "ClassLabel"})


TEXT = _value("string", pa.string())
WHOLE = _value("int64", pa.int64())
NUMBER = _value("float64", pa.float64())
TRUTH = _value("bool", pa.bool_())
SMALL = _value("float32", pa.float32())
POINT = _sequence(SMALL, 2)
IMAGE = _Kind(pa.struct([("bytes", pa.binary()), ("path", pa.string())]), {"_type": "Image"})
WEIGHTS = _Kind(
    pa.list_(pa.struct([("name", TEXT.type), ("weight", NUMBER.type)])), [{"name": TEXT.feature, "weight": NUMBER.feature}]
)
_KINDS: dict[Any, _Kind] = {
    str: TEXT,
    int: WHOLE,
    bool: TRUTH,
    float: NUMBER,
    str | None: TEXT,
    float | None: NUMBER,
    Rgb: _sequence(NUMBER, 3),
    tuple[str, ...]: _sequence(TEXT),
    tuple[float, ...]: _sequence(NUMBER),
    tuple[tuple[str, float], ...]: WEIGHTS,
}


def _record_columns(record: type, prefix: str = "") -> Iterator[_Column]:
    hints = get_type_hints(record)
    for field in fields(record):
        kind, name = hints[field.name], prefix + field.name
        if is_dataclass(kind) and isinstance(kind, type):
            # The cell has three columns of its own; columns of the other parts of a person have the part as prefix.
            yield from () if field.name == "cell" else _record_columns(kind, f"{name}_")
        else:
            yield _Column(name, _KINDS[kind])


def measured_column(field: str) -> str:
    """Return the column that holds a field of ``Measurement``."""
    return _MEASURED.get(field, f"measured_{field}")


def _measured_columns(tone: _Kind) -> Iterator[_Column]:
    for name, kind in _record_columns(Measurement):
        yield _Column(measured_column(name), tone if name in MEASURED_TONES else kind)


def _who(tone: _Kind) -> list[_Column]:
    return [
        _Column("identity_id", TEXT),
        _Column("family_id", TEXT),
        _Column("cell", TEXT),
        _Column("tone", tone),
        _Column("gender", _label(GENDERS)),
        _Column("age_band", TEXT),
        _Column("age_years", WHOLE),
    ]


def _schema(columns: Iterable[_Column]) -> pa.Schema:
    columns = list(columns)
    info = {"info": {"features": {name: kind.feature for name, kind in columns}}}
    return pa.schema([(name, kind.type) for name, kind in columns], metadata={"huggingface": json.dumps(info)})


def picture_schema(scale: str) -> pa.Schema:
    """Return the columns of ``default`` and ``reference``: one row a picture.

    A picture that was drawn from words alone has no ``landmarks_68``; where no face was found in it, no ``face_box`` and no
    ``landmarks_5`` either.
    """
    tone = _label(step.name for step in SCALES[scale].tones)
    return _schema(
        [
            _Column("image", IMAGE),
            _Column("image_id", TEXT),
            *_who(tone),
            _Column("kind", TEXT),
            *_measured_columns(tone),
            *_record_columns(Shot),
            # Lists without a fixed length, since they may be null: a null list of fixed length cannot be read back from parquet.
            _Column("face_box", _sequence(SMALL)),
            _Column("landmarks_5", _sequence(POINT)),
            _Column("landmarks_68", _sequence(POINT)),
            *(_Column(name, TEXT) for name in ("hair_style", "hair_texture", "facial_hair")),
            *(_Column(name, TEXT) for name in ("glasses", "earrings", "head_covering")),
            *(_Column(name, TEXT) for name in ("plan_hash", "generator_version", "image_sha256", "pixel_sha256")),
            # Null where no trained model took part.
            *_record_columns(Making),
            _Column("digital_source_type", TEXT),
        ]
    )


def mask_schema() -> pa.Schema:
    """Return the columns of ``masks``: one row a picture."""
    return _schema([_Column("image_id", TEXT), _Column("mask", IMAGE)])


def identity_schema(scale: str) -> pa.Schema:
    """Return the columns of ``identities``: one row a person, with the part of the person as prefix."""
    who = _who(_label(step.name for step in SCALES[scale].tones))
    known = {column.name for column in who}
    return _schema([*who, *(column for column in _record_columns(Identity) if column.name not in known)])


def verification_schema() -> pa.Schema:
    """Return the columns of ``verification``: one row a pair of pictures.

    ``a`` is the picture of the cell that comes first in the design, or of the person with the lower number.
    """
    return _schema(
        [
            _Column("pair_id", TEXT),
            _Column("fold", WHOLE),
            _Column("list", TEXT),
            _Column("mated", TRUTH),
            *(_Column(f"{name}_{side}", TEXT) for name in ("image_id", "identity_id", "family_id", "cell") for side in "ab"),
            *(_Column(f"picture_number_{side}", WHOLE) for side in "ab"),
            *(_Column(name, NUMBER) for name in ("yaw_gap_degrees", "pitch_gap_degrees", "exposure_gap_ev")),
            *(_Column(f"{name}_differs", TRUTH) for name in ("light", "expression", "background")),
        ]
    )


def identification_schema() -> pa.Schema:
    """Return the columns of ``identification``: one row a picture, with its role in a search."""
    names = ("image_id", "identity_id", "family_id", "cell", "role")
    return _schema([*(_Column(name, TEXT) for name in names), _Column("fold", WHOLE), _Column("picture_number", WHOLE)])


def schema_of(folder: str, scale: str) -> pa.Schema:
    """Return the columns of the shards in one of ``FOLDERS``."""
    if folder == "masks":
        return mask_schema()
    if folder in PROTOCOLS:
        return verification_schema() if folder == "protocols/verification" else identification_schema()
    return identity_schema(scale) if folder == "identities" else picture_schema(scale)


def features(schema: pa.Schema) -> dict[str, Any]:
    """Return the features of a table, as ``datasets`` reads them."""
    found: dict[str, Any] = json.loads(schema.metadata[b"huggingface"])["info"]["features"]
    return found


def class_names(schema: pa.Schema) -> dict[str, list[str]]:
    """Return the class labels by column."""
    return {
        name: feature["names"]
        for name, feature in features(schema).items()
        if isinstance(feature, dict) and feature["_type"] == "ClassLabel"
    }
