"""What the search comes to: what was compared with what, in words; rates; who is near whom; for people and for programs."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any

from evenface.dataset import Entry, Table
from evenface.examine.leakage.faces import Faces
from evenface.examine.leakage.rates import Rate
from evenface.examine.leakage.search import CENTRE, QUERIES, Search
from evenface.examine.leakage.threshold import Threshold
from evenface.examine.leakage.words import words_of
from evenface.examine.separation.readings import Problem
from evenface.examine.separation.report import PROBLEMS, troubles_table
from evenface.faces.reader import Judge
from evenface.files.storage import csv_table
from evenface.statistics.clusters import SHARE_METHOD

__all__ = ["Neighbour", "Report", "Side", "neighbours", "neighbours_csv", "side_of"]

SHOWN = 10
"""Exceeding pictures of each recogniser that are shown in a table; the JSON has all."""


@dataclass(frozen=True, slots=True)
class Side:
    """What was compared."""

    source: str
    kind: str
    pictures: int
    """That could be looked at."""
    people: int | None
    """None where nothing says who is seen."""
    with_a_face: dict[str, int]
    """By recogniser; the others were not compared."""


@dataclass(frozen=True, slots=True)
class Neighbour:
    """The nearest of the gallery to one picture of the dataset."""

    picture: str
    identity: str
    cell: str | None
    system: str
    against: str
    neighbour: str
    """The picture of the gallery; empty for a centre."""
    neighbour_identity: str | None
    unit: str
    value: float
    threshold: float
    exceeds: bool


@dataclass(frozen=True, slots=True)
class Report:
    """The result of a comparison with a gallery."""

    dataset: Side
    gallery: Side
    judges: tuple[Judge, ...]
    """None of them where both sides were embeddings; of a gallery of embeddings nobody knows what made them."""
    fmr: float
    seed: int
    baseline_pictures: int
    thresholds: tuple[Threshold, ...]
    rates: tuple[Rate, ...]
    exceeding: tuple[Neighbour, ...]
    """The most alike first, by recogniser."""
    problems: tuple[Problem, ...]

    @property
    def ok(self) -> bool:
        """Whether every picture could be looked at; the figures themselves are for people to judge."""
        return not self.problems

    @property
    def labelled(self) -> bool:
        """Whether the gallery says who is seen."""
        return self.gallery.people is not None

    def words(self) -> tuple[str, ...]:
        """Return what was done and what it does not show, a sentence or two each."""
        return words_of(self)

    def to_json(self) -> dict[str, Any]:
        """Return the report as JSON data."""
        return {
            "ok": self.ok,
            "words": list(self.words()),
            "dataset": asdict(self.dataset),
            "gallery": asdict(self.gallery),
            "judges": [asdict(judge) for judge in self.judges],
            "method": {
                "confidence": 0.95,
                "rates": SHARE_METHOD,
                "excess": "Zou and Donner 2008, from both intervals",
                "fmr": self.fmr,
                "baseline": "leave one identity out" if self.labelled else "leave one picture out, possibly the same person",
                "baseline_pictures": self.baseline_pictures,
                "baseline_pictures_at_most": QUERIES,
                "seed": self.seed,
            },
            "thresholds": [asdict(each) for each in self.thresholds],
            "rates": [asdict(each) for each in self.rates],
            "exceeding": [asdict(each) for each in self.exceeding],
            "problems": [asdict(each) for each in self.problems[:PROBLEMS]],
            "problems_count": len(self.problems),
        }

    def tables(self) -> tuple[Table, ...]:
        """Return what people want to see first."""
        tables = (self._thresholds(), self._rates(), self._exceeding(), troubles_table(self.problems))
        return tuple(table for table in tables if table.rows)

    def _thresholds(self) -> Table:
        rows = tuple(
            (
                *(each.system, each.against, each.unit, each.value, "gallery" if each.calibrated else "public"),
                *(each.comparisons, each.false_match_rate, each.low, each.high, each.false_matches_expected),
            )
            for each in self.thresholds
        )
        columns = ("recogniser", "against", "unit", "threshold", "of", "comparisons", "FMR", "low", "high", "expected by chance")
        return Table("Thresholds", columns, rows)

    def _rates(self) -> Table:
        lines: list[tuple[Entry, ...]] = []
        for one, two, more in zip(self.rates[::3], self.rates[1::3], self.rates[2::3], strict=True):
            told = (
                one.exceeding,
                one.value,
                one.low,
                one.high,
                two.n,
                two.value,
                two.low,
                two.high,
                more.value,
                more.low,
                more.high,
            )
            lines.append((one.system, one.against, one.group, one.n, *told))
        own = ("exceed", "rate", "low", "high")
        columns = ("recogniser", "against", "pictures of", "pictures", *own, "gallery", "baseline", *own[2:], "excess", *own[2:])
        return Table("Pictures whose nearest neighbour exceeds the threshold", columns, tuple(lines))

    def _exceeding(self) -> Table:
        lines: list[tuple[Entry, ...]] = []
        for system, against in dict.fromkeys((each.system, each.against) for each in self.exceeding):
            own = [each for each in self.exceeding if (each.system, each.against) == (system, against)]
            lines += [
                (each.picture, each.cell, system, against, each.neighbour or "-", each.neighbour_identity, each.unit, each.value)
                for each in own[:SHOWN]
            ]
            if len(own) > SHOWN:
                lines.append((f"{len(own) - SHOWN:,} more", None, system, against, "-", None, own[0].unit, None))
        columns = ("picture", "cell", "recogniser", "against", "neighbour", "identity", "unit", "value")
        return Table("Exceeding pictures, most alike first", columns, tuple(lines))


def side_of(faces: Faces, systems: tuple[str, ...], seen: dict[str, int]) -> Side:
    """Return what a report says of a side."""
    people = None if faces.people is None else len(set(faces.people))
    return Side(faces.source, faces.kind, len(faces.names), people, {name: seen[name] for name in systems})


def neighbours(found: Search, dataset: Faces) -> Iterator[Neighbour]:
    """Yield the nearest of the gallery to every picture with a face, in the order of the pictures."""
    line, people = found.threshold, dataset.people or dataset.names
    for row, score, place, beyond in zip(found.faces.rows, found.found.scores, found.found.places, found.exceeds, strict=True):
        name, identity = found.names[place]
        yield Neighbour(
            picture=dataset.names[row],
            identity=people[row],
            cell=dataset.cells[row],
            system=line.system,
            against=line.against,
            neighbour="" if line.against == CENTRE else name,
            neighbour_identity=identity,
            unit=line.unit,
            value=found.recogniser.told(float(score)),
            threshold=line.value,
            exceeds=bool(beyond),
        )


def neighbours_csv(lines: Iterator[Neighbour]) -> bytes:
    """Return the neighbours of all pictures as a CSV; names are those of somebody's files."""
    return csv_table(Neighbour.__slots__, ({name: getattr(each, name) for name in Neighbour.__slots__} for each in lines))
