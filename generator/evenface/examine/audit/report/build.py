"""The figures of a report: what systems answered comes in, a ``Report`` goes out."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import combinations

import numpy as np

from evenface.examine.audit.metrics.comparisons import system_difference
from evenface.examine.audit.metrics.figures import figures_of, verification_observations, verification_rows
from evenface.examine.audit.metrics.groups import Estimate, Grouping
from evenface.examine.audit.metrics.observations import RATE, Observations, estimates
from evenface.examine.audit.metrics.verification import (
    TARGETS,
    Comparisons,
    Threshold,
    curves,
    pooled_threshold,
    threshold_at,
    vendor_threshold,
)
from evenface.examine.audit.report.columns import answers_of, compared_by, confusions_of, grouped, labels_there, observed_of
from evenface.examine.audit.report.flags import flags_of, validation_of
from evenface.examine.audit.report.records import HEADLINES, OnRecord, Report, TheSet
from evenface.examine.audit.run import Audited

__all__ = ["report_of"]


def report_of(audited: Audited) -> Report:
    """Compute every figure; equal answers, equal figures."""
    labels, seed = labels_there(audited.subjects, audited.asked.labels), audited.asked.seed
    grouping = grouped(audited.subjects, labels[0])
    pairs = {name: compared_by(scored, audited.abouts[name]) for name, scored in audited.comparisons.items()}
    vendor = {name: vendor_threshold(audited.abouts[name].threshold, audited.abouts[name].scores) for name in pairs}
    columns = {name: answers_of(audited, name) for name in audited.abouts}
    observed = [each for name in columns for each in observed_of(audited, name, columns[name])]
    observed += [each for name in pairs for each in verification_observations(name, pairs[name], grouping, vendor[name])]
    found = figures_of(observed, grouping, seed=seed, shot=audited.subjects.shot)
    besides = [row for name in pairs for row in _besides(name, pairs[name], grouping, vendor[name], seed)]
    flagged, told = validation_of(audited)
    return Report(
        source=_source(audited, grouping),
        systems=tuple(_record(audited, name) for name in audited.abouts),
        estimates=(*found.estimates, *besides),
        gaps=found.gaps,
        comparisons=found.comparisons,
        between=tuple(_between(observed, grouping)),
        sensitivity=tuple(row for label in labels[1:] for row in _by(audited, label, observed)),
        effects=found.effects,
        flips=found.flips,
        confusions=tuple(row for name in columns for row in confusions_of(audited, name, columns[name], grouping)),
        curves=tuple(point for name in pairs for point in curves(name, pairs[name], grouping)),
        rates=frozenset(each.metric for each in observed if each.kind == RATE),
        operating={name: _operating(pairs[name], grouping, vendor[name]) for name in pairs},
        flags=(*flags_of(audited), *told),
        flagged=flagged,
        problems=audited.problems,
        seed=seed,
    )


def _besides(name: str, pairs: Comparisons, grouping: Grouping, vendor: Threshold | None, seed: int) -> list[Estimate]:
    """Return what is told of verification besides rates; nothing where no pair could be compared."""
    cell = grouping.cell[pairs.first]
    compared = (cell >= 0) & (cell == grouping.cell[pairs.second]) & ~np.isnan(pairs.score)
    if not (compared & pairs.mated).any() or not (compared & ~pairs.mated).any():
        return []
    return verification_rows(name, pairs, grouping, vendor, seed=seed)


def _operating(pairs: Comparisons, grouping: Grouping, vendor: Threshold | None) -> str:
    """Return how the threshold was set whose rates head the report: the vendor's, else that of the greater pooled FMR."""
    return (vendor or pooled_threshold(pairs, grouping, TARGETS[0])).how


def _between(observed: Iterable[Observations], grouping: Grouping) -> list[Estimate]:
    """Return differences of the systems in the metrics that head the report, thresholds set to the same FMR."""
    same = (None, threshold_at(np.empty(0), TARGETS[0], "pooled").how)
    heads = [each for each in observed if each.metric in HEADLINES[each.task] and each.threshold in same]
    found = []
    for one, other in combinations(heads, 2):
        alike = (one.task, one.metric, one.threshold) == (other.task, other.metric, other.threshold)
        if alike and one.system != other.system and not (one.metric == "FMR" and one.threshold):
            found += system_difference(one, other, grouping)
    return found


def _by(audited: Audited, label: str, observed: Iterable[Observations]) -> list[Estimate]:
    """Return rates and means by another label of tone; thresholds stay as they were set."""
    grouping = grouped(audited.subjects, label)
    return [row for each in observed for row in estimates(each, grouping)]


def _record(audited: Audited, name: str) -> OnRecord:
    answers, scored = audited.answers[name], audited.comparisons.get(name)
    return OnRecord(
        name=name,
        about=audited.abouts[name],
        pictures=len(answers),
        failures=dict(sorted(answers.failures.items())),
        pairs=len(scored.pairs) if scored else None,
        not_compared=scored.failures.total() if scored else None,
    )


def _source(audited: Audited, grouping: Grouping) -> TheSet:
    subjects = audited.subjects
    return TheSet(
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
