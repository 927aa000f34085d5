"""The contents of a report: figures, comparisons with their power, flags, and what the systems state about themselves."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from math import isfinite
from typing import Any

from evenface.examine.audit.metrics.comparisons import ALPHA, CORRECTION, POWER, Comparison
from evenface.examine.audit.metrics.groups import Estimate
from evenface.examine.audit.metrics.pictures import Confusion
from evenface.examine.audit.metrics.tone_effects import Effect, Flips
from evenface.examine.audit.metrics.verification import Point
from evenface.examine.audit.records import About
from evenface.examine.audit.subjects import Problem

__all__ = ["FORMAT", "HEADLINES", "AuditReport", "AuditedSet", "AuditedSystem", "Flag", "is_gap"]

FORMAT = 1
"""Of ``report.json``; raise it when a key changes its meaning or goes."""
HEADLINES: dict[str, tuple[str, ...]] = {
    "detection": ("miss rate",),
    "gender": ("misclassification rate, no answer an error",),
    "age": ("mean absolute error, years",),
    "enrolment": ("failure to enrol",),
    "verification": ("FMR", "generalised FNMR"),
}
"""The metrics in the summary, fixed before any result is known. All others are in the tables."""


def is_gap(comparison: Comparison) -> bool:
    """Whether a difference may be called a gap: significant after Holm's correction, and 0 is not in its interval."""
    low, high = comparison.estimate.low, comparison.estimate.high
    return comparison.shown and low is not None and high is not None and (low > 0 or high < 0)


@dataclass(frozen=True, slots=True)
class Flag:
    """Something without which a figure would be misread."""

    kind: str
    """``chooser``, ``judge``, ``validation``, ``validated``, ``not validated`` or ``people``."""
    where: str
    """A system, a cell, or the set."""
    what: str


@dataclass(frozen=True, slots=True)
class AuditedSystem:
    """A system, and how much it answered."""

    name: str
    about: About
    pictures: int
    failures: Mapping[str, int]
    """Why there was no answer, and how often."""
    pairs: int | None
    not_compared: int | None


@dataclass(frozen=True, slots=True)
class AuditedSet:
    """The set that the systems were shown."""

    name: str
    kind: str
    pictures: int
    people: int
    families: int
    unlabelled: int
    """Pictures in no cell: they are in no figure."""
    cells: tuple[str, ...]
    scale: str | None
    design: str | None
    label: str
    """Of tone, by which groups are made: ``designed`` or ``measured``."""


@dataclass(frozen=True, slots=True, eq=False)
class AuditReport:
    """All results of an audit."""

    source: AuditedSet
    systems: tuple[AuditedSystem, ...]
    estimates: tuple[Estimate, ...]
    """Of groups: rates, means, score shift, d', own thresholds, indices."""
    gaps: tuple[Estimate, ...]
    comparisons: tuple[Comparison, ...]
    between: tuple[Estimate, ...]
    """Differences between two systems."""
    sensitivity: tuple[Estimate, ...]
    """The rates and means once more, by the other label of tone."""
    effects: tuple[Effect, ...]
    flips: tuple[Flips, ...]
    confusions: tuple[Confusion, ...]
    curves: tuple[Point, ...]
    rates: frozenset[str]
    """Metrics that are shares."""
    operating: Mapping[str, str]
    """By system, the threshold whose rates head the report."""
    flags: tuple[Flag, ...]
    flagged: Mapping[str, str]
    """Cells whose pictures failed validation, and why."""
    problems: tuple[Problem, ...]
    seed: int

    def all_estimates(self) -> Iterator[Estimate]:
        """Yield every figure, a row each."""
        yield from (*self.estimates, *self.gaps, *(each.estimate for each in self.comparisons), *self.between)
        yield from (*(each.estimate for each in self.effects), *self.sensitivity)

    def merged_flags(self) -> dict[str, str]:
        """Return where each flag holds, by its text; a text that holds in several places is there once."""
        found: dict[str, str] = {}
        for flag in self.flags:
            found[flag.what] = f"{found[flag.what]}, {flag.where}" if flag.what in found else flag.where
        return found

    def heads(self, row: Estimate) -> bool:
        """Whether a row is of a metric, and a threshold, that head the report."""
        metric = row.metric.removesuffix(", difference").removesuffix(", within families")
        return metric in HEADLINES[row.task] and row.threshold in (None, self.operating.get(row.system))

    def to_json(self) -> dict[str, Any]:
        """Return the report as JSON data, without the points of curves."""
        found = {
            "format": FORMAT,
            "source": asdict(self.source),
            "method": {"confidence": 0.95, "alpha": ALPHA, "power": POWER, "correction": CORRECTION, "seed": self.seed},
            "systems": [asdict(each) for each in self.systems],
            "operating_thresholds": dict(self.operating),
            "flags": [asdict(each) for each in self.flags],
            "flagged_cells": dict(self.flagged),
            "comparisons": [asdict(each) | {"called": is_gap(each)} for each in self.comparisons],
            "problems": [asdict(each) for each in self.problems],
        }
        for name in ("estimates", "gaps", "between", "sensitivity", "effects", "flips", "confusions"):
            found[name] = [asdict(each) for each in getattr(self, name)]
        return {name: _finite(value) for name, value in found.items()}


def _finite(value: Any) -> Any:  # noqa: ANN401 (JSON)
    """Return JSON data in which a number that is not finite is None."""
    if isinstance(value, Mapping):
        return {str(key): _finite(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(each) for each in value]
    return None if isinstance(value, float) and not isfinite(value) else value
