"""The report of a search: what was compared, rates, nearest neighbours; tables for people, JSON for programs."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any

from evenface.examine.leakage.faces import Faces
from evenface.examine.leakage.rates import Rate
from evenface.examine.leakage.search import CENTRE, QUERIES, Search
from evenface.examine.leakage.threshold import Threshold
from evenface.examine.measure.report import PROBLEMS, problem_table
from evenface.examine.readings import Problem
from evenface.faces.reader import FaceModel
from evenface.report import Entry, Table, csv_table
from evenface.statistics.clusters import SHARE_METHOD
from evenface.statistics.scores import false_matches_allowed

__all__ = ["LeakageReport", "Neighbour", "Side", "neighbours", "neighbours_csv", "side_of"]

SHOWN = 10
"""Exceeding pictures of each recogniser in a table, at most; the JSON has all."""
RULE_OF_30 = 30
"""Errors that make a rate usable: Doddington, Przybocki, Martin and Reynolds 2000, Speech Communication 31, 225-254."""


@dataclass(frozen=True, slots=True)
class Side:
    """One of the two sets that were compared."""

    source: str
    kind: str
    pictures: int
    """That could be read."""
    people: int | None
    """None where the pictures have no identity labels."""
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
class LeakageReport:
    """The result of a comparison with a gallery."""

    dataset: Side
    gallery: Side
    face_models: tuple[FaceModel, ...]
    """Empty where both sides were embeddings; what made a gallery of embeddings is not known."""
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
        """Whether every picture could be read; no figure makes a comparison fail."""
        return not self.problems

    @property
    def labelled(self) -> bool:
        """Whether the gallery has identity labels."""
        return self.gallery.people is not None

    def words(self) -> tuple[str, ...]:
        """Return sentences on what was compared, and on what that does not show."""
        thresholds = _calibrated(self) if self.labelled else _unlabelled(self)
        return (*_compared(self), *thresholds, *_LIMITS)

    def to_json(self) -> dict[str, Any]:
        """Return the report as JSON data."""
        return {
            "ok": self.ok,
            "words": list(self.words()),
            "dataset": asdict(self.dataset),
            "gallery": asdict(self.gallery),
            "judges": [each.to_json() for each in self.face_models],
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
        """Return the tables for people."""
        tables = (self._thresholds(), self._rates(), self._exceeding(), problem_table(self.problems))
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
            figures = (
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
            lines.append((one.system, one.against, one.group, one.n, *figures))
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
    """Return the side of ``faces`` in a report."""
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
            value=found.recogniser.in_unit(float(score)),
            threshold=line.value,
            exceeds=bool(beyond),
        )


def neighbours_csv(lines: Iterator[Neighbour]) -> bytes:
    """Return the neighbours of all pictures as a CSV."""
    return csv_table(Neighbour.__slots__, ({name: getattr(each, name) for name in Neighbour.__slots__} for each in lines))


_LIMITS = (
    "Rates are of pictures; intervals are of 95 %, over people, and take the thresholds and the gallery as they are.",
    "This says nothing of people who are not in the gallery, nor of a likeness that these recognisers do not measure. "
    "Look at each picture that exceeds; one that does not exceed shows nothing.",
)


def _compared(report: LeakageReport) -> Iterator[str]:
    own, other = report.dataset, report.gallery
    for system, count in other.with_a_face.items():
        mine = own.with_a_face[system]
        if mine and count:
            yield (
                f"{system}: {mine:,} of {own.pictures:,} pictures of {own.source} were compared with {count:,} of "
                f"{other.pictures:,} of {other.source}; in the others no face was found."
            )
        else:
            yield f"{system}: nothing was compared: faces were found in {mine:,} pictures of one side and {count:,} of the other."


def _calibrated(report: LeakageReport) -> Iterator[str]:
    yield (
        f"The thresholds are those at which {report.fmr:g} of the comparisons of two different people of the gallery match. "
        f"The baseline is the same question about {report.baseline_pictures:,} pictures of the gallery: "
        "how many have a neighbour that near among the pictures of all other people (leave one identity out)."
    )
    matches = [
        false_matches_allowed(rate=report.fmr, comparisons=each.comparisons) for each in report.thresholds if each.comparisons
    ]
    if matches and min(matches) < RULE_OF_30:
        yield f"A threshold rests on {min(matches)} false matches; a usable rate needs {RULE_OF_30} (rule of 30)."
    chance = max((each.false_matches_expected or 0.0 for each in report.thresholds), default=0.0)
    if chance > 1:
        yield (
            f"At this rate a picture has {chance:,.1f} false matches in this gallery by chance alone: nearly every picture, "
            "real or not, exceeds, and the rates say little. Ask for a lower --fmr."
        )


def _unlabelled(report: LeakageReport) -> Iterator[str]:
    yield (
        "The gallery has no identity labels: the thresholds are the public ones of the recognisers, not calibrated on it, "
        "and their false match rate there is unknown. There are no centres."
    )
    yield (
        f"The baseline leaves out one picture at a time ({report.baseline_pictures:,} were searched for): a neighbour is "
        "possibly the same person, so the baseline can be too high and the excess too low."
    )
