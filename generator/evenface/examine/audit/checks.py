"""No trust in a system: an answer or a score comes in, the same or what is wrong with it goes out. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from math import isfinite
from typing import Any

import numpy as np

from evenface.examine.audit.records import Answer
from evenface.examine.audit.systems import Compared
from evenface.vocabulary import gender_word

__all__ = ["checked", "checked_score"]

_LONGEST = 512
_BOXES = 1_000


def checked(answer: Answer) -> Answer:
    """Return the answer with its gender in our words, or a failure that says what is wrong with it.

    Wrong is a number that is none, a box without extent, a template of no length ...
    """
    wrong = next(_wrongs(answer), None)
    if wrong is not None:
        return Answer(failure=wrong)
    word = gender_word(answer.gender)
    return answer if word == answer.gender else replace(answer, gender=word)


def checked_score(found: Compared) -> Compared:
    """Return the comparison, or a failure where its score is no number."""
    if found.failure is not None or _number(found.score):
        return found
    return Compared(None, "no score" if found.score is None else f"a score of {found.score!r}"[:_LONGEST])


def _wrongs(answer: Answer) -> Iterator[str]:
    if answer.failure is not None:
        if not isinstance(answer.failure, str) or len(answer.failure) > _LONGEST:
            yield str(answer.failure)[:_LONGEST]
        return
    for face in answer.faces or ():
        if len(face.box) != 4 or not all(map(_number, face.box)) or min(face.box[2:]) <= 0:
            yield f"a box of {face.box!r}"[:_LONGEST]
        if face.score is not None and not _number(face.score):
            yield f"a score of {face.score!r}"[:_LONGEST]
    if len(answer.faces or ()) > _BOXES:
        yield f"{len(answer.faces or ()):,} faces"
    if answer.gender is not None and not (isinstance(answer.gender, str) and 0 < len(answer.gender) <= 40):
        yield f"a gender of {answer.gender!r}"[:_LONGEST]
    for name, low, high in (("gender_confidence", 0, 1), ("age_years", 0, 150)):
        value = getattr(answer, name)
        if value is not None and not (_number(value) and low <= value <= high):
            yield f"{name} of {value!r}"[:_LONGEST]
    yield from _wrong_template(answer.embedding)


def _wrong_template(embedding: Iterable[Any] | None) -> Iterator[str]:
    if embedding is None:
        return
    numbers = list(embedding)
    if not numbers or not all(map(_number, numbers)):
        yield "a template with an entry that is no finite number" if numbers else "a template of no numbers"
    elif not any(numbers) or max(map(abs, numbers)) > np.finfo(np.float32).max:
        yield "a template of no length, or too large for float32"


def _number(value: object) -> bool:
    return isinstance(value, (int, float, np.integer, np.floating)) and not isinstance(value, bool) and isfinite(value)
