"""Write records as canonical JSON, in which equal records have equal bytes, and read them back."""

from __future__ import annotations

import json
from contextlib import suppress
from dataclasses import asdict, fields, is_dataclass, replace
from hashlib import sha256
from types import UnionType
from typing import Any, TypeVar, Union, cast, get_args, get_origin, get_type_hints

from evenface.errors import EvenfaceError

__all__ = ["canonical_json", "digest_of", "from_json", "round_record", "to_json"]

D = TypeVar("D")

DIGITS = 9
"""Decimal places of drawn values: the last bits of a logarithm or a power differ between processors."""


def canonical_json(data: object) -> bytes:
    """Return JSON data as canonical text: sorted keys, shortest exact floats, no NaN."""
    return (json.dumps(data, sort_keys=True, ensure_ascii=False, allow_nan=False, indent=1) + "\n").encode()


def to_json(record: object) -> dict[str, Any]:
    """Return a dataclass, with the dataclasses in it, as JSON data."""
    if not is_dataclass(record) or isinstance(record, type):
        raise TypeError(f"{record!r} is not a record")
    return asdict(record)


def digest_of(record: object) -> str:
    """Return the SHA-256 of a dataclass as canonical JSON."""
    return sha256(canonical_json(to_json(record))).hexdigest()


def round_record(record: D) -> D:
    """Return a dataclass with all floats, also those in nested dataclasses and tuples, rounded to ``DIGITS``."""
    return cast(D, _round(record))


def _round(value: object) -> object:
    if isinstance(value, float):
        return round(float(value), DIGITS) + 0.0  # no -0.0
    if isinstance(value, tuple):
        return tuple(map(_round, value))
    if is_dataclass(value) and not isinstance(value, type):
        return replace(value, **{field.name: _round(getattr(value, field.name)) for field in fields(value)})
    return value


def from_json(kind: type[D], data: object) -> D:
    """Read a dataclass from JSON data; a missing or unknown field or another type is an error with its place."""
    return cast(D, _read(kind, data, kind.__name__))


def _read(kind: object, data: object, place: str) -> object:
    if isinstance(kind, type) and is_dataclass(kind):
        return _read_record(kind, data, place)
    if get_origin(kind) is tuple:
        return _read_tuple(get_args(kind), data, place)
    if get_origin(kind) in (Union, UnionType):
        return _read_union(get_args(kind), data, place)
    if kind is float and type(data) is int:
        return float(data)
    if type(data) is not kind:
        raise EvenfaceError(f"{place} is {data!r}, not {getattr(kind, '__name__', kind)}")
    return data


def _read_record(kind: type, data: object, place: str) -> object:
    names = [field.name for field in fields(kind)]
    if not isinstance(data, dict) or sorted(data) != sorted(names):
        found = ", ".join(sorted(map(str, data))) if isinstance(data, dict) else repr(data)
        raise EvenfaceError(f"{place} should have {', '.join(sorted(names))}; found {found}")
    hints = get_type_hints(kind)
    return kind(**{name: _read(hints[name], data[name], f"{place}.{name}") for name in names})


def _read_tuple(kinds: tuple[object, ...], data: object, place: str) -> tuple[object, ...]:
    if not isinstance(data, (list, tuple)):
        raise EvenfaceError(f"{place} is {data!r}, not a list")
    if kinds[-1] is Ellipsis:
        kinds = (kinds[0],) * len(data)
    if len(kinds) != len(data):
        raise EvenfaceError(f"{place} has {len(data)} entries, not {len(kinds)}")
    return tuple(_read(kind, entry, f"{place}[{i}]") for i, (kind, entry) in enumerate(zip(kinds, data, strict=True)))


def _read_union(kinds: tuple[object, ...], data: object, place: str) -> object:
    """Read data as the first type that fits; an exact match of its type comes first."""
    for kind in (*(kind for kind in kinds if kind is type(data)), *kinds):
        with suppress(EvenfaceError):
            return _read(kind, data, place)
    raise EvenfaceError(f"{place} is {data!r}, not {' or '.join(getattr(kind, '__name__', str(kind)) for kind in kinds)}")
