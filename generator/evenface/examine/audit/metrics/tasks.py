"""Metrics of single pictures: detection, gender, age, enrolment. Columns of answers come in, observations go out.

A picture without an answer is never dropped: it is a missed face and a failure to enrol, and of gender it is counted both apart
and as an error.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from evenface.examine.audit.metrics.answered import Answered
from evenface.examine.audit.metrics.groups import Grouping
from evenface.examine.audit.metrics.observations import MEAN, RATE, Observations

__all__ = ["IOU", "Confusion", "age", "confusion", "detection", "enrolment", "gender"]

Floats = NDArray[np.float64]

IOU = 0.5
"""Faces that overlap at least so much are one (Everingham et al. 2010, the PASCAL VOC challenge)."""
_TWO = ("woman", "man")


@dataclass(frozen=True, slots=True)
class Confusion:
    """How many pictures of one label in one cell got one answer; None is no answer, or neither woman nor man."""

    system: str
    cell: str
    label: str
    answer: str | None
    pictures: int


def detection(system: str, answers: Answered) -> list[Observations]:
    """Return faces missed, faces not found where they are, overlap of those found, and faces too many.

    ``miss rate`` asks whether any face was found, which needs no true box and forgives one in the wrong place; ``miss rate,
    IoU >= 0.5`` asks for the place, on pictures whose box is known. Each picture shows one face: what is found besides is too
    much.
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


def gender(system: str, answers: Answered, truth: Sequence[str | None]) -> list[Observations]:
    """Return rates of misclassification among pictures labelled woman or man: of those with an answer, and of all.

    Systems that know two words cannot be right of anybody else, whose pictures are left out.
    """
    labels = np.array(truth, dtype=object)
    asked, told = np.isin(labels, _TWO), np.isin(answers.gender, _TWO)
    wrong = answers.gender != labels
    return [
        _of(system, "gender", "misclassification rate", RATE, wrong, asked & told, note="of pictures with an answer"),
        _of(system, "gender", "misclassification rate, no answer an error", RATE, wrong | ~told, asked),
        _of(system, "gender", "no answer", RATE, ~told, asked),
    ]


def confusion(system: str, answers: Answered, truth: Sequence[str | None], grouping: Grouping) -> list[Confusion]:
    """Return the counts behind the rates of ``gender``, by cell."""
    labels = np.array(truth, dtype=object)
    told = np.array([word if word in _TWO else None for word in answers.gender], dtype=object)
    found = []
    for at, cell in enumerate(grouping.cells):
        for label in _TWO:
            here = (grouping.cell == at) & (labels == label)
            if here.any():
                counts = [(answer, int((told[here] == answer).sum())) for answer in (*_TWO, None)]
                found += [Confusion(system, cell, label, answer, count) for answer, count in counts]
    return found


def age(system: str, answers: Answered, truth_years: Floats) -> list[Observations]:
    """Return the error of the age told, less the one on record, and its size; pictures without either are left out."""
    apart = answers.age_years - truth_years
    known = ~np.isnan(apart)
    note = "of pictures with an age on record"
    return [
        _of(system, "age", "mean error, years", MEAN, apart, known, note=f"told less on record, {note}"),
        _of(system, "age", "mean absolute error, years", MEAN, np.abs(apart), known, note=note),
        _of(system, "age", "no answer", RATE, np.isnan(answers.age_years), ~np.isnan(truth_years)),
    ]


def enrolment(system: str, answers: Answered) -> list[Observations]:
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
