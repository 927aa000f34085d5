"""Check the form of a spec: known keys, types, ranges of numbers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, get_origin, get_type_hints

from pydantic import BaseModel, ConfigDict, Field, ValidationError, create_model

from evenface.spec.mistakes import Mistake, as_toml, known_keys, show
from evenface.spec.tables import DEFAULT_DIFFUSION, LIMITS, NOT_EMPTY, RECORDS, SECTIONS, Spec

__all__ = ["structure_mistakes"]


class _Table(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, allow_inf_nan=False)


def _form(key: str, kind: object) -> Any:  # noqa: ANN401 (an annotation for pydantic)
    if key in LIMITS:
        least, greatest = LIMITS[key]
        return Annotated[kind, Field(ge=least, le=greatest)]
    if key in NOT_EMPTY:
        return Annotated[kind, Field(min_length=1)]
    return list[Any] if get_origin(kind) is tuple else kind


def _keys(section: str) -> dict[str, Any]:
    kinds = get_type_hints(RECORDS.get(section, Spec))
    # The default is never read: the model only checks.
    return {key: (_form(key, kinds[key]), None) for key in SECTIONS[section]}


def _tables() -> dict[str, Any]:
    models = {name: create_model(name, __base__=_Table, **_keys(name)) for name in SECTIONS if name not in ("", "maker")}
    # ``spec.maker`` checks the answers of the maker.
    return {name: (kind, None) for name, kind in {**models, "maker": dict[str, Any]}.items()}


_Document = create_model("document", __base__=_Table, **(_keys("") | _tables()))


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


def _example(place: tuple[str | int, ...]) -> str:
    key = str(place[-1])
    if key in SECTIONS:
        return f"[{key}] on a line of its own, and its keys below"
    home = DEFAULT_DIFFUSION if place[0] == "diffusion" else Spec(tones=("monk_01", "monk_06", "monk_10"))
    value = getattr(home, key)
    # An empty default is no example.
    return f"{key} = {as_toml({'': '...', (): ('...',)}.get(value, value))}"
