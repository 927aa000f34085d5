"""The 57 questions of *Datasheets for Datasets*, in the sections and the order of its authors, read from ``datasheets/``.

Gebru, Morgenstern, Vecchione, Vaughan, Wallach, Daume III and Crawford 2021, "Datasheets for Datasets", Communications of the
ACM 64 (12), 86 (arXiv 1803.09010, version 8). Each section is a file, and each question comes with the template of its answer.
"""

from __future__ import annotations

import tomllib
from dataclasses import asdict, dataclass
from functools import cache

from evenface.dataset.licences import licence_of
from evenface.dataset.manifest import Manifest
from evenface.files.storage import data_folder

__all__ = ["Question", "inputs_of", "questions", "unanswered"]


@dataclass(frozen=True, slots=True)
class Question:
    """One question and the template of its answer."""

    number: int
    """1 to 57."""
    id: str
    section: str
    question: str
    answer: str
    """Template of Markdown; an empty result means that the question is unanswered."""
    evidence: str
    """Where the answer comes from, in Markdown."""
    maker: tuple[str, ...]
    """Keys of ``[maker]``, one of which is needed for an answer."""


@cache
def questions() -> tuple[Question, ...]:
    """Return all questions."""
    sections = [
        tomllib.loads(path.read_text(encoding="utf-8")) for path in sorted(data_folder("datasheets").glob("questions/*.toml"))
    ]
    asked = [(section["title"], each) for section in sections for each in section["question"]]
    return tuple(
        Question(number, each["id"], title, each["question"], each["answer"], each["evidence"], tuple(each.get("maker", ())))
        for number, (title, each) in enumerate(asked, 1)
    )


def inputs_of(backend: str, scale: str) -> list[dict[str, str]]:
    """Return the inputs of a backend that ``datasheets/inputs.toml`` lists."""
    listed = tomllib.loads((data_folder("datasheets") / "inputs.toml").read_text(encoding="utf-8"))["input"]
    return [each for each in listed if each.get("backend", backend) == backend and each.get("scale", scale) == scale]


def unanswered(manifest: Manifest) -> tuple[Question, ...]:
    """Return the questions that only the maker can answer, and that have no answer."""
    maker = asdict(manifest.spec.maker)
    answered = {"licence"} if licence_of(manifest) else set()
    return tuple(
        question
        for question in questions()
        if question.maker and not any(maker[key] or key in answered for key in question.maker)
    )
