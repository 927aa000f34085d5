"""Answers, comparisons and descriptions of systems from JSON objects of programs and files."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from evenface.errors import EvenfaceError
from evenface.examine.audit.records import About, Answer, Detection
from evenface.examine.audit.systems import Compared

__all__ = ["ABOUT_FIELDS", "ANSWER_FIELDS", "about_of", "answer_of", "compared_of"]

ABOUT_FIELDS = ("name", "version", "capabilities", "licence", "weights_sha256", "packages", "threshold", "scores", "notes")
ANSWER_FIELDS = ("faces", "gender", "gender_confidence", "age_years", "embedding", "failure")
"""A face is an object with ``box`` (x, y, width, height in pixels) and optionally ``score``."""
_COMPARED = ("score", "failure")


def about_of(said: object, where: str, known: Mapping[str, object]) -> About:
    """Return the description of a system; ``known`` holds defaults."""
    if not isinstance(said, dict):
        raise EvenfaceError(f"{where} is {_short(said)}, not a JSON object about the system", _about_hint())
    _refuse_unknown(said, ABOUT_FIELDS, where)
    data = {"licence": None, "threshold": None, "scores": "similarity", **known, **said}
    kinds = {"capabilities": list, "notes": list, "weights_sha256": dict, "packages": dict}
    empty = {name: kind() for name, kind in kinds.items()}
    data = empty | data
    wrong = [name for name, kind in kinds.items() if not isinstance(data[name], kind)]
    if wrong or not all(isinstance(each, str) for name in kinds for each in data[name]):
        raise EvenfaceError(f"{where} has {', '.join(wrong) or 'names'} that are not texts", _about_hint())
    plain: dict[str, Any] = {name: data.get(name) for name in ("name", "version", "licence", "threshold", "scores")}
    _record(plain, where)
    return About(
        **plain,
        capabilities=tuple(data["capabilities"]),
        notes=tuple(data["notes"]),
        weights_sha256={name: str(value) for name, value in data["weights_sha256"].items()},
        packages={name: str(value) for name, value in data["packages"].items()},
    )


def _record(plain: dict[str, Any], where: str) -> None:
    if isinstance(plain["threshold"], int) and not isinstance(plain["threshold"], bool):
        plain["threshold"] = float(plain["threshold"])
    for name, kinds in (("name", (str,)), ("version", (str,)), ("licence", (str, type(None))), ("scores", (str,))):
        if not isinstance(plain[name], kinds) or plain[name] == "":
            raise EvenfaceError(f"{where} has the {name} {_short(plain[name])}", _about_hint())
    if not isinstance(plain["threshold"], float | None):
        raise EvenfaceError(f"{where} has the threshold {_short(plain['threshold'])}", _about_hint())


def answer_of(said: Mapping[str, Any], where: str) -> Answer:
    """Return an answer; a value of a wrong type makes it a failure, an unknown field is an error."""
    _refuse_unknown(said, ("id", *ANSWER_FIELDS), where)
    faces, embedding = said.get("faces"), said.get("embedding")
    try:
        return Answer(
            faces=None if faces is None else tuple(_face(each) for each in faces),
            gender=said.get("gender"),
            gender_confidence=said.get("gender_confidence"),
            age_years=said.get("age_years"),
            embedding=None if embedding is None else tuple(embedding),
            failure=said.get("failure"),
        )
    except (TypeError, KeyError, ValueError, AttributeError) as problem:
        return Answer(failure=f"an answer of the wrong shape: {type(problem).__name__}: {problem}"[:200])


def compared_of(said: Mapping[str, Any], where: str) -> Compared:
    """Return a comparison."""
    _refuse_unknown(said, ("id", *_COMPARED), where)
    return Compared(said.get("score"), said.get("failure"))


def _face(said: Mapping[str, Any]) -> Detection:
    x, y, width, height = said["box"]
    return Detection((x, y, width, height), said.get("score"))


def _refuse_unknown(said: Mapping[str, Any], known: tuple[str, ...], where: str) -> None:
    unknown = sorted(set(map(str, said)) - {*known})
    if unknown:
        raise EvenfaceError(f"{where} has the field {_short(unknown[0])}", f"the fields are {', '.join(known)}")


def _about_hint() -> str:
    return 'e.g. {"name": "mine", "version": "1", "capabilities": ["detect", "embed"], "threshold": 0.4, "scores": "similarity"}'


def _short(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:57]}..."
