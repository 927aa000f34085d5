"""The datasheet: answers to all questions of *Datasheets for Datasets*, as a function of a manifest and evidence.

A question that only the maker can answer, and did not, is unanswered, and is counted.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from evenface.dataset import Manifest
from evenface.dataset.questions import Question, questions
from evenface.publish.datasheet.facts import facts_of
from evenface.publish.evidence import Evidence
from evenface.report.page import open_templates

__all__ = ["ANSWERED", "NOT_APPLICABLE", "UNANSWERED", "Answer", "Datasheet", "build_datasheet"]

_BEGINNINGS = ("- ", "| ")
"""Beginnings of lines that do not continue a paragraph: points of a list, rows of a table."""
ANSWERED, NOT_APPLICABLE, UNANSWERED = "answered", "not applicable", "unanswered"


@dataclass(frozen=True, slots=True)
class Answer:
    """One question with its answer."""

    number: int
    id: str
    section: str
    question: str
    status: str
    """``answered``, ``not applicable`` (with its reason) or ``unanswered``."""
    answer: str
    """Markdown; empty where it is unanswered."""
    evidence: str
    """Where the answer comes from, in Markdown."""
    maker: tuple[str, ...]
    """Keys of ``[maker]``, one of which is needed for an answer."""


@dataclass(frozen=True, slots=True)
class Datasheet:
    """The answers, in their order."""

    plan_hash: str
    answers: tuple[Answer, ...]

    def of(self, status: str) -> tuple[Answer, ...]:
        """Return the answers of one status."""
        return tuple(answer for answer in self.answers if answer.status == status)

    def to_json(self) -> dict[str, Any]:
        """Return the datasheet as JSON data."""
        counts = {status: len(self.of(status)) for status in (ANSWERED, NOT_APPLICABLE, UNANSWERED)}
        return {"plan_hash": self.plan_hash, "counts": counts, "answers": [asdict(answer) for answer in self.answers]}


def build_datasheet(manifest: Manifest, evidence: Evidence) -> Datasheet:
    """Answer all questions about the dataset that ``manifest`` and ``evidence`` describe."""
    jinja, facts = open_templates(), facts_of(manifest, evidence)
    answers = (_answer(question, jinja.from_string(question.answer).render(facts)) for question in questions())
    return Datasheet(manifest.plan_hash, tuple(answers))


def _answer(question: Question, text: str) -> Answer:
    text = _tidy(text)
    status = NOT_APPLICABLE if text.startswith("Not applicable:") else ANSWERED if text else UNANSWERED
    about = (question.number, question.id, question.section, question.question)
    return Answer(*about, status, text, question.evidence, question.maker)


def _tidy(text: str) -> str:
    """Return Markdown with every paragraph and every point of a list on one line, and one empty line between blocks."""
    lines: list[str] = []
    for line in map(str.strip, text.strip().splitlines()):
        if not line and lines and not lines[-1]:
            continue
        if line and lines and lines[-1] and not line.startswith(_BEGINNINGS) and not lines[-1].startswith("|"):
            lines[-1] += f" {line}"
        else:
            lines.append(line)
    return "\n".join(lines)
