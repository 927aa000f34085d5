"""The figures of an audit: answers and labels become columns, columns become an ``AuditReport``."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from evenface.examine.audit.metrics.comparisons import system_difference
from evenface.examine.audit.metrics.figures import figures_of, verification_observations, verification_rows
from evenface.examine.audit.metrics.groups import DESIGNED, MEASURED, Estimate, Grouping, grouping_of
from evenface.examine.audit.metrics.observations import RATE, Observations, estimates
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
from evenface.examine.audit.metrics.verification import (
    TARGETS,
    Comparisons,
    Threshold,
    curves,
    pooled_threshold,
    similarities,
    threshold_at,
    vendor_threshold,
)
from evenface.examine.audit.pairs import Comparisons as Scored
from evenface.examine.audit.records import About
from evenface.examine.audit.report.flags import flags_of, validation_of
from evenface.examine.audit.report.records import HEADLINES, AuditedSet, AuditedSystem, AuditReport
from evenface.examine.audit.run import Audited
from evenface.examine.audit.subjects import Subjects

__all__ = ["answers_of", "compared_by", "report_of", "truth_of"]


def report_of(audited: Audited) -> AuditReport:
    """Compute every figure of an audit. Equal answers give equal figures."""
    labels, seed = labels_of(audited.subjects, audited.asked.labels), audited.asked.seed
    grouping = group_by(audited.subjects, labels[0])
    pairs = {name: compared_by(scored, audited.abouts[name]) for name, scored in audited.comparisons.items()}
    vendor = {name: vendor_threshold(audited.abouts[name].threshold, audited.abouts[name].scores) for name in pairs}
    columns = {name: answers_of(audited, name) for name in audited.abouts}
    observed = [each for name in columns for each in observed_of(audited, name, columns[name])]
    observed += [each for name in pairs for each in verification_observations(name, pairs[name], grouping, vendor[name])]
    found = figures_of(observed, grouping, seed=seed, shot=audited.subjects.shot)
    more = [row for name in pairs for row in _beyond_rates(name, pairs[name], grouping, vendor[name], seed)]
    flagged, unplaced = validation_of(audited)
    return AuditReport(
        source=_source(audited, grouping),
        systems=tuple(_system(audited, name) for name in audited.abouts),
        estimates=(*found.estimates, *more),
        gaps=found.gaps,
        comparisons=found.comparisons,
        between=tuple(_system_differences(observed, grouping)),
        sensitivity=tuple(row for label in labels[1:] for row in _by_label(audited, label, observed)),
        effects=found.effects,
        flips=found.flips,
        confusions=tuple(row for name in columns for row in confusions_of(audited, name, columns[name], grouping)),
        curves=tuple(point for name in pairs for point in curves(name, pairs[name], grouping)),
        rates=frozenset(each.metric for each in observed if each.kind == RATE),
        operating={name: _operating_threshold(pairs[name], grouping, vendor[name]) for name in pairs},
        flags=(*flags_of(audited), *unplaced),
        flagged=flagged,
        problems=audited.problems,
        seed=seed,
    )


def _beyond_rates(name: str, pairs: Comparisons, grouping: Grouping, vendor: Threshold | None, seed: int) -> list[Estimate]:
    """Return the figures of verification that are not rates; none where no pair could be compared."""
    cell = grouping.cell[pairs.first]
    compared = (cell >= 0) & (cell == grouping.cell[pairs.second]) & ~np.isnan(pairs.score)
    if not (compared & pairs.mated).any() or not (compared & ~pairs.mated).any():
        return []
    return verification_rows(name, pairs, grouping, vendor, seed=seed)


def _operating_threshold(pairs: Comparisons, grouping: Grouping, vendor: Threshold | None) -> str:
    """Return the threshold whose rates head the report: the vendor's, else that of the greater pooled FMR."""
    return (vendor or pooled_threshold(pairs, grouping, TARGETS[0])).how


def _system_differences(observed: Iterable[Observations], grouping: Grouping) -> list[Estimate]:
    """Return differences between systems in the metrics that head the report, at thresholds of the same FMR."""
    same = (None, threshold_at(np.empty(0), TARGETS[0], "pooled").how)
    heads = [each for each in observed if each.metric in HEADLINES[each.task] and each.threshold in same]
    found = []
    for one, other in combinations(heads, 2):
        alike = (one.task, one.metric, one.threshold) == (other.task, other.metric, other.threshold)
        if alike and one.system != other.system and not (one.metric == "FMR" and one.threshold):
            found += system_difference(one, other, grouping)
    return found


def _by_label(audited: Audited, label: str, observed: Iterable[Observations]) -> list[Estimate]:
    """Return rates and means by another label of tone; thresholds stay as they were set."""
    grouping = group_by(audited.subjects, label)
    return [row for each in observed for row in estimates(each, grouping)]


def _system(audited: Audited, name: str) -> AuditedSystem:
    answers, scored = audited.answers[name], audited.comparisons.get(name)
    return AuditedSystem(
        name=name,
        about=audited.abouts[name],
        pictures=len(answers),
        failures=dict(sorted(answers.failures.items())),
        pairs=len(scored.pairs) if scored else None,
        not_compared=scored.failures.total() if scored else None,
    )


def _source(audited: Audited, grouping: Grouping) -> AuditedSet:
    subjects = audited.subjects
    return AuditedSet(
        name=audited.source,
        kind=audited.kind,
        pictures=len(subjects),
        people=len(subjects.words.people),
        families=len(subjects.words.families),
        unlabelled=grouping.unlabelled,
        cells=grouping.cells,
        scale=subjects.scale,
        design=subjects.design,
        label=grouping.label,
    )


Ints = NDArray[np.int64]


def labels_of(subjects: Subjects, wanted: str) -> tuple[str, ...]:
    """Return the labels of tone that pictures have, ``wanted`` first."""
    there = {DESIGNED: subjects.tone, MEASURED: subjects.measured_tone}
    known = [name for name, codes in there.items() if (codes >= 0).any()]
    return tuple(sorted(known, key=lambda name: name != wanted)) or (DESIGNED,)


def group_by(subjects: Subjects, label: str) -> Grouping:
    """Return the groups by one label of tone; a picture without an identity label counts as a person of its own."""
    measured = label == MEASURED
    person = _number_unknown(subjects.person, len(subjects.words.people))
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
    """Return a system's observations, picture by picture, for each of its capabilities."""
    can = audited.abouts[name].capabilities
    if columns is None:
        return []
    found = []
    if "detect" in can:
        found += detection(name, columns)
    if "attributes" in can and _answers_gender(columns.gender, audited.subjects.gender >= 0):
        found += gender(name, columns, truth_of(audited.subjects))
    if "attributes" in can and (~np.isnan(columns.age_years) & ~np.isnan(audited.subjects.age_years)).any():
        found += age(name, columns, audited.subjects.age_years)
    if "embed" in can:
        found += enrolment(name, columns)
    return [each for each in found if len(each.values)]


def confusions_of(audited: Audited, name: str, columns: AnswerColumns | None, grouping: Grouping) -> list[Confusion]:
    """Return the counts behind the rates of gender; none of a system that does not answer it."""
    if columns is None or "attributes" not in audited.abouts[name].capabilities:
        return []
    known = _answers_gender(columns.gender, audited.subjects.gender >= 0)
    return confusion(name, columns, truth_of(audited.subjects), grouping) if known else []


def compared_by(scored: Scored, about: About) -> Comparisons:
    """Return the compared pairs with scores that grow with similarity."""
    pairs = scored.pairs
    return Comparisons(pairs.first, pairs.second, pairs.mated, similarities(scored.scores, about.scores))


def _answers_gender(answers: NDArray[np.object_], labelled: NDArray[np.bool_]) -> bool:
    """Whether the system answers gender, and there are labels to compare with."""
    return bool(labelled.any()) and any(word is not None for word in answers)


def _number_unknown(codes: Ints, known: int) -> Ints:
    """Return codes in which each unknown one (below 0) has a number of its own from ``known`` on."""
    return np.asarray(np.where(codes >= 0, codes, known + np.arange(len(codes))), dtype=np.int64)
