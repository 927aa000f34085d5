"""What the judges said of a whole set: labelled pictures come in, numbers by picture go out; no picture is kept."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from itertools import islice

import numpy as np
from numpy.typing import NDArray

from evenface.dataset.foreign import Labelled, Labels
from evenface.faces.reader import Face, Judges

__all__ = ["Problem", "Reading", "Readings", "read_set", "shown"]

_PICTURES_AT_ONCE = 16


@dataclass(frozen=True, slots=True)
class Problem:
    """A picture that could not be used."""

    name: str
    why: str


@dataclass(frozen=True, slots=True, eq=False)
class Reading:
    """One picture, as labelled and as seen."""

    labels: Labels
    found: tuple[str, ...]
    embeddings: dict[str, NDArray[np.float64]]
    """By recogniser; empty where YuNet found no face."""
    gender: str | None
    age_years: float | None


@dataclass(slots=True)
class Readings:
    """All pictures that could be looked at, in their order, and those that could not."""

    pictures: list[Reading] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)

    def add(self, labelled: Labelled, face: Face | None) -> None:
        """Take what was seen of a picture; None for one that was not shown."""
        if face is None or face.problem or labelled.labels is None:
            self.problems.append(Problem(labelled.name, (face.problem if face else labelled.problem) or "it has no labels"))
            return
        vectors = {"sface": face.sface, "dlib": face.dlib}
        embeddings = {name: np.array(vector) for name, vector in vectors.items() if vector is not None}
        self.pictures.append(Reading(labelled.labels, face.found, embeddings, face.gender, face.age_years))


def read_set(pictures: Iterable[Labelled], judges: Judges, on_progress: Callable[[int], None]) -> Readings:
    """Show every picture to the judges and keep what they say."""
    readings = Readings()
    for labelled, face in shown(pictures, judges, on_progress):
        readings.add(labelled, face)
    return readings


def shown(
    pictures: Iterable[Labelled], judges: Judges, on_progress: Callable[[int], None]
) -> Iterator[tuple[Labelled, Face | None]]:
    """Yield every picture with what the judges, who are told a running number in place of its name, see; None if not shown."""
    number = 0
    for batch in _batches(iter(pictures), _PICTURES_AT_ONCE * judges.workers):
        usable = [labelled for labelled in batch if labelled.problem is None]
        faces = iter(judges.read([(str(number + at), labelled.data) for at, labelled in enumerate(usable)]))
        yield from ((labelled, next(faces) if labelled.problem is None else None) for labelled in batch)
        number += len(usable)
        on_progress(len(batch))


def _batches(pictures: Iterator[Labelled], size: int) -> Iterator[list[Labelled]]:
    while batch := list(islice(pictures, size)):
        yield batch
