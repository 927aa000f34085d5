"""Answers as columns: what a system said of each picture comes in, one number a picture goes out."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from evenface.examine.audit.records import Answer
from evenface.files.pictures import intersection_over_union

__all__ = ["Answered", "answered"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]


@dataclass(frozen=True, slots=True, eq=False)
class Answered:
    """What a system said of each picture."""

    failed: Bools
    """There is no answer: a failure to acquire."""
    faces: Ints
    """Faces found; 0 where there is no answer."""
    overlap: Floats
    """The greatest intersection over union of a found face with the true one; 0 where none was found, NaN without a true box."""
    gender: NDArray[np.object_]
    """A word, or None."""
    age_years: Floats
    """NaN where none was told."""
    enrolled: Bools
    """There is an embedding, of finite numbers."""


def answered(answers: Iterable[Answer | None], boxes: ArrayLike) -> Answered:
    """Return columns of ``answers``, one a picture and None where there is none.

    Args:
        boxes: The true face of each picture: x, y, width, height in pixels, NaN where it is not known.
    """
    truth = np.asarray(boxes, dtype=np.float64).reshape(-1, 4)
    rows = [_row(answer or Answer(failure="no answer"), box) for answer, box in zip(answers, truth, strict=True)]
    failed, faces, overlap, gender, age, enrolled = zip(*rows, strict=True) if rows else ((),) * 6
    return Answered(
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
