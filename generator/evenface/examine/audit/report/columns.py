"""Labels and answers as the metrics take them: columns of the audit come in, groups and observations go out."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from evenface.examine.audit.metrics.groups import DESIGNED, MEASURED, Grouping, grouping_of
from evenface.examine.audit.metrics.observations import Observations
from evenface.examine.audit.metrics.pictures import (
    AnswerColumns,
    Confusion,
    age,
    confusion,
    detection,
    enrolment,
    gender,
    tabulate,
)
from evenface.examine.audit.metrics.verification import Comparisons, similarities
from evenface.examine.audit.pairs import Comparisons as Scored
from evenface.examine.audit.records import About
from evenface.examine.audit.run import Audited
from evenface.examine.audit.subjects import Subjects

__all__ = ["answers_of", "compared_by", "confusions_of", "grouped", "labels_there", "observed_of", "truth_of"]

Ints = NDArray[np.int64]


def labels_there(subjects: Subjects, wanted: str) -> tuple[str, ...]:
    """Return the labels of tone that pictures have, the wanted one first."""
    there = {DESIGNED: subjects.tone, MEASURED: subjects.measured_tone}
    known = [name for name, codes in there.items() if (codes >= 0).any()]
    return tuple(sorted(known, key=lambda name: name != wanted)) or (DESIGNED,)


def grouped(subjects: Subjects, label: str) -> Grouping:
    """Return the groups by one label of tone; a picture of nobody named is of a person of its own."""
    measured = label == MEASURED
    person = _own(subjects.person, len(subjects.words.people))
    family = np.where(subjects.family >= 0, subjects.family, person + len(subjects.words.families))
    return grouping_of(
        tone=subjects.measured_tone if measured else subjects.tone,
        gender=subjects.gender,
        person=person,
        family=family,
        tones=subjects.words.tones,
        genders=subjects.words.genders,
        scale=subjects.scale,
        # Within a family the measured tone is no longer the one that was changed.
        design=None if measured else subjects.design,
        label=label,
    )


def truth_of(subjects: Subjects) -> list[str | None]:
    """Return the annotation of gender of each picture."""
    return [None if code < 0 else subjects.words.genders[code] for code in subjects.gender]


def answers_of(audited: Audited, name: str) -> AnswerColumns | None:
    """Return a system's answers as columns; None of a system that was shown no picture alone."""
    answers = audited.answers[name]
    return tabulate(answers, audited.subjects.box) if len(answers) else None


def observed_of(audited: Audited, name: str, columns: AnswerColumns | None) -> list[Observations]:
    """Return what a system's answers come to, picture by picture, for each of its capabilities."""
    can = audited.abouts[name].capabilities
    if columns is None:
        return []
    found = []
    if "detect" in can:
        found += detection(name, columns)
    if "attributes" in can and _asked(columns.gender, audited.subjects.gender >= 0):
        found += gender(name, columns, truth_of(audited.subjects))
    if "attributes" in can and (~np.isnan(columns.age_years) & ~np.isnan(audited.subjects.age_years)).any():
        found += age(name, columns, audited.subjects.age_years)
    if "embed" in can:
        found += enrolment(name, columns)
    return [each for each in found if len(each.values)]


def confusions_of(audited: Audited, name: str, columns: AnswerColumns | None, grouping: Grouping) -> list[Confusion]:
    """Return the counts behind the rates of gender; nothing of a system that tells none."""
    if columns is None or "attributes" not in audited.abouts[name].capabilities:
        return []
    known = _asked(columns.gender, audited.subjects.gender >= 0)
    return confusion(name, columns, truth_of(audited.subjects), grouping) if known else []


def compared_by(scored: Scored, about: About) -> Comparisons:
    """Return scores of which a greater one is more alike."""
    pairs = scored.pairs
    return Comparisons(pairs.first, pairs.second, pairs.mated, similarities(scored.scores, about.scores))


def _asked(said: NDArray[np.object_], labelled: NDArray[np.bool_]) -> bool:
    """Whether the system tells genders at all, and there are some to compare with."""
    return bool(labelled.any()) and any(word is not None for word in said)


def _own(codes: Ints, known: int) -> Ints:
    return np.asarray(np.where(codes >= 0, codes, known + np.arange(len(codes))), dtype=np.int64)
