"""Metrics of single pictures: detection, gender, age and enrolment, from a system's answers.

A picture without an answer is never dropped: it counts as a missed face and a failure to enrol. For gender it is counted both
separately and as an error.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from evenface.examine.audit.metrics.groups import Grouping
from evenface.examine.audit.metrics.observations import MEAN, RATE, Observations
from evenface.examine.audit.records import Answer
from evenface.files.pictures import intersection_over_union

__all__ = ["IOU", "AnswerColumns", "Confusion", "age", "confusion", "detection", "enrolment", "gender", "tabulate"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]


@dataclass(frozen=True, slots=True, eq=False)
class AnswerColumns:
    """Answers of a system as columns, one entry a picture."""

    failed: Bools
    """Whether there is no answer: a failure to acquire."""
    faces: Ints
    """Faces found; 0 where there is no answer."""
    overlap: Floats
    """Largest intersection over union of a detected face with the true one; 0 without a detection, NaN without a true box."""
    gender: NDArray[np.object_]
    """A word, or None."""
    age_years: Floats
    """NaN without an estimate."""
    enrolled: Bools
    """Whether there is an embedding of finite numbers."""


def tabulate(answers: Iterable[Answer | None], boxes: ArrayLike) -> AnswerColumns:
    """Return columns of ``answers``, one answer a picture, or None.

    Args:
        boxes: The true face of each picture: x, y, width, height in pixels, NaN where unknown.
    """
    truth = np.asarray(boxes, dtype=np.float64).reshape(-1, 4)
    rows = [_row(answer or Answer(failure="no answer"), box) for answer, box in zip(answers, truth, strict=True)]
    failed, faces, overlap, gender, age, enrolled = zip(*rows, strict=True) if rows else ((),) * 6
    return AnswerColumns(
        np.array(failed, dtype=bool),
        np.array(faces, dtype=np.int64),
        np.array(overlap, dtype=np.float64),
        np.array(gender, dtype=object),
        np.array(age, dtype=np.float64),
        np.array(enrolled, dtype=bool),
    )


def _row(answer: Answer, box: Floats) -> tuple[bool, int, float, str | None, float, bool]:
    if answer.failure is not None:
        return True, 0, float("nan") if np.isnan(box).any() else 0.0, None, float("nan"), False
    faces = answer.faces or ()
    overlaps = [intersection_over_union(face.box, box) for face in faces]
    overlap = float("nan") if np.isnan(box).any() else max(overlaps, default=0.0)
    age = float("nan") if answer.age_years is None else answer.age_years
    enrolled = answer.embedding is not None and bool(np.isfinite(answer.embedding).all())
    return False, len(faces), overlap, answer.gender, age, enrolled


IOU = 0.5
"""Smallest overlap of a detected face that counts as the true one (Everingham et al. 2010, the PASCAL VOC challenge)."""
_TWO = ("woman", "man")


@dataclass(frozen=True, slots=True)
class Confusion:
    """Number of pictures of one label in one cell with one answer; None is no answer, or neither woman nor man."""

    system: str
    cell: str
    label: str
    answer: str | None
    pictures: int


def detection(system: str, answers: AnswerColumns) -> list[Observations]:
    """Return rates of missed and misplaced faces, overlap of detected faces, and the number of extra faces.

    ``miss rate`` counts pictures without any detected face, which needs no true box and accepts any place; ``miss rate, IoU >=
    0.5`` requires the right place, on pictures with a known box. Each picture shows one face; further ones are extra.
    """
    missed = (answers.faces == 0).astype(np.float64)
    found = [_of(system, "detection", "miss rate", RATE, missed, note="no answer counts as a miss")]
    known = ~np.isnan(answers.overlap)
    if known.any():
        away = (answers.overlap < IOU).astype(np.float64)
        found.append(_of(system, "detection", f"miss rate, IoU >= {IOU}", RATE, away, known))
        found.append(_of(system, "detection", "mean IoU of faces found", MEAN, answers.overlap, known & (answers.faces > 0)))
    extra = np.maximum(answers.faces - 1, 0).astype(np.float64)
    found.append(_of(system, "detection", "extra faces per picture", MEAN, extra, ~answers.failed))
    return [*found, _of(system, "detection", "failure to acquire", RATE, answers.failed.astype(np.float64))]


def gender(system: str, answers: AnswerColumns, truth: Sequence[str | None]) -> list[Observations]:
    """Return rates of misclassification among pictures labelled woman or man: of those with an answer, and of all.

    Systems that know two words cannot be right about other annotations, so these pictures are left out.
    """
    labels = np.array(truth, dtype=object)
    asked, answered = np.isin(labels, _TWO), np.isin(answers.gender, _TWO)
    wrong = answers.gender != labels
    return [
        _of(system, "gender", "misclassification rate", RATE, wrong, asked & answered, note="of pictures with an answer"),
        _of(system, "gender", "misclassification rate, no answer an error", RATE, wrong | ~answered, asked),
        _of(system, "gender", "no answer", RATE, ~answered, asked),
    ]


def confusion(system: str, answers: AnswerColumns, truth: Sequence[str | None], grouping: Grouping) -> list[Confusion]:
    """Return the counts behind the rates of ``gender``, by cell."""
    labels = np.array(truth, dtype=object)
    answered = np.array([word if word in _TWO else None for word in answers.gender], dtype=object)
    found = []
    for at, cell in enumerate(grouping.cells):
        for label in _TWO:
            here = (grouping.cell == at) & (labels == label)
            if here.any():
                counts = [(answer, int((answered[here] == answer).sum())) for answer in (*_TWO, None)]
                found += [Confusion(system, cell, label, answer, count) for answer, count in counts]
    return found


def age(system: str, answers: AnswerColumns, truth_years: Floats) -> list[Observations]:
    """Return the estimated minus the recorded age, and its absolute value; pictures without either are left out."""
    apart = answers.age_years - truth_years
    known = ~np.isnan(apart)
    note = "of pictures with an age on record"
    return [
        _of(system, "age", "mean error, years", MEAN, apart, known, note=f"estimated minus recorded, {note}"),
        _of(system, "age", "mean absolute error, years", MEAN, np.abs(apart), known, note=note),
        _of(system, "age", "no answer", RATE, np.isnan(answers.age_years), ~np.isnan(truth_years)),
    ]


def enrolment(system: str, answers: AnswerColumns) -> list[Observations]:
    """Return the rate of pictures from which no template could be made (FTE, ISO/IEC 19795-1)."""
    return [_of(system, "enrolment", "failure to enrol", RATE, ~answers.enrolled)]


def _of(
    system: str,
    task: str,
    metric: str,
    kind: str,
    values: NDArray[np.float64] | NDArray[np.bool_],
    where: NDArray[np.bool_] | None = None,
    *,
    note: str | None = None,
) -> Observations:
    pictures = np.arange(len(values)) if where is None else np.flatnonzero(where)
    return Observations(system, task, metric, kind, np.asarray(values[pictures], dtype=np.float64), pictures, note=note)
