"""Check the form of a spec: known keys, types, ranges of numbers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from evenface.records.diffusion import Diffusion
from evenface.spec.mistakes import Mistake, as_toml, nearest, show
from evenface.spec.tables import HOME, SECTIONS, Spec
from evenface.vocabulary import ADULT

__all__ = ["known_keys", "structure_mistakes"]

_DEFAULT = Diffusion()


class _Table(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, allow_inf_nan=False)


class _Cells(_Table):
    scale: str = "monk"
    tones: list[Any] | None = None
    genders: list[Any] = ["woman", "man"]
    age_bands: list[Any] = [ADULT]
    identities_per_cell: Annotated[int, Field(ge=1, le=10**9)] = 1


class _People(_Table):
    select: str = "none"
    candidates: Annotated[int, Field(ge=2, le=64)] = 6


class _Shots(_Table):
    images_per_identity: Annotated[int, Field(ge=1, le=10_000)] = 3
    size_px: Annotated[int, Field(ge=32, le=2048)] = 128
    samples: Annotated[int, Field(ge=1, le=4096)] = 12
    backend: Annotated[str, Field(min_length=1)] = "cycles"


class _Diffusion(_Table):
    profile: str = _DEFAULT.profile
    model: str = _DEFAULT.model
    revision: str = _DEFAULT.revision
    controlnets: list[Any] = []
    controlnet_scale: Annotated[float, Field(ge=0, le=2)] = _DEFAULT.controlnet_scale
    ip_adapter: str = _DEFAULT.ip_adapter
    ip_adapter_scale: Annotated[float, Field(ge=0, le=2)] = _DEFAULT.ip_adapter_scale
    face_id: str = _DEFAULT.face_id
    embedder: str = _DEFAULT.embedder
    prompts: str = _DEFAULT.prompts
    steps: Annotated[int, Field(ge=0, le=1000)] = _DEFAULT.steps
    strength: Annotated[float, Field(ge=0, le=1)] = _DEFAULT.strength
    guidance: Annotated[float, Field(ge=-1, le=50)] = _DEFAULT.guidance
    dtype: str = _DEFAULT.dtype
    batch: Annotated[int, Field(ge=1, le=64)] = _DEFAULT.batch
    checks: list[Any] = []
    tries: Annotated[int, Field(ge=1, le=64)] = _DEFAULT.tries
    tone_tolerance_delta_e: Annotated[float, Field(ge=0.5, le=20)] = _DEFAULT.tone_tolerance_delta_e
    tone_correction_delta_e: Annotated[float, Field(ge=0.5, le=40)] = _DEFAULT.tone_correction_delta_e
    render: Annotated[str, Field(min_length=1)] = _DEFAULT.render
    licence: str = _DEFAULT.licence


class _Protocols(_Table):
    pairs_per_cell: Annotated[int, Field(ge=1, le=10**7)] = 30_000


class _Document(_Table):
    # Not every reader of JSON keeps whole numbers above 2**53 - 1.
    seed: Annotated[int, Field(ge=0, le=2**53 - 1)] = 0
    design: str = "independent"
    cells: _Cells = _Cells()
    people: _People = _People()
    shots: _Shots = _Shots()
    diffusion: _Diffusion = _Diffusion()
    protocols: _Protocols = _Protocols()
    maker: dict[str, Any] = {}


def structure_mistakes(document: Mapping[str, Any]) -> list[Mistake]:
    """Find unknown keys, wrong types and numbers out of range."""
    try:
        _Document.model_validate(dict(document))
    except ValidationError as problem:
        return [_mistake_of(error["type"], error["loc"], error["input"], error.get("ctx", {})) for error in problem.errors()]
    return []


_TYPES = {
    "int_type": "a whole number",
    "int_from_float": "a whole number",
    "float_type": "a number",
    "finite_number": "a number",
    "string_type": "a text in quotes",
    "list_type": "a list in square brackets",
    "dict_type": "a table",
    "model_type": "a table",
    "model_attributes_type": "a table",
}


def _mistake_of(kind: str, place: tuple[str | int, ...], found: object, limits: Mapping[str, Any]) -> Mistake:
    key = str(place[-1])
    if kind == "extra_forbidden":
        return Mistake(place, "unknown key", known_keys(key, str(place[0]) if len(place) > 1 else ""))
    if kind in _TYPES:
        return Mistake(place, f"must be {_TYPES[kind]}, found {show(found)}", f"write {_example(place)}")
    if kind == "greater_than_equal":
        return Mistake(place, f"must be {limits['ge']} or more, found {found}", f"write {key} = {limits['ge']} or more")
    if kind == "less_than_equal":
        return Mistake(place, f"must be {limits['le']} or less, found {found}", f"write {key} = {limits['le']} or less")
    return Mistake(place, f"must not be empty, found {show(found)}", f"write {_example(place)}")


def known_keys(key: str, section: str) -> str:
    """Return a hint for a key that is unknown in ``section``."""
    if key in HOME:
        home = f"under [{HOME[key]}]" if HOME[key] else "at the top of the file, above every table"
        return f"'{key}' belongs {home}"
    known = SECTIONS[section] + (() if section else tuple(f"[{name}]" for name in SECTIONS if name))
    return nearest(key, known, "keys here")


def _example(place: tuple[str | int, ...]) -> str:
    key = str(place[-1])
    if key in SECTIONS:
        return f"[{key}] on a line of its own, and its keys below"
    home = _DEFAULT if place[0] == "diffusion" else Spec(tones=("monk_01", "monk_06", "monk_10"))
    value = getattr(home, key)
    # An empty default is no example.
    return f"{key} = {as_toml({'': '...', (): ('...',)}.get(value, value))}"
