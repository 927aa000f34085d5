"""What face models say of a whole set: numbers by labelled picture. The pictures themselves are not kept in memory."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from itertools import islice

import numpy as np
from numpy.typing import NDArray

from evenface.dataset.foreign import Labelled, Labels
from evenface.faces.reader import Face, FaceModels

__all__ = ["Problem", "Reading", "Readings", "may_keep", "read_set"]

_PICTURES_AT_ONCE = 16
_OURS = "evenface"


@dataclass(frozen=True, slots=True)
class Problem:
    """A picture that could not be used, or another problem to report."""

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
    name: str = ""
    """What the set calls the picture; reports name it so, face models never see it."""


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
        embeddings = {name: np.array(vector) for name, vector in face.embeddings.items()}
        self.pictures.append(Reading(labelled.labels, face.found, embeddings, face.gender, face.age_years, labelled.name))


def may_keep(kind: str) -> bool:
    """Say whether readings of a set (``LabelledSet.kind``) may be kept on disk: the people of a dataset of evenface are invented.

    Other sets may show real people, whose embeddings are personal data.
    """
    return kind == _OURS


def read_set(pictures: Iterable[Labelled], models: FaceModels, on_progress: Callable[[int], None], *, keep: bool) -> Readings:
    """Show every picture to the face models, under a running number in place of its name, and return what they say.

    Args:
        on_progress: Is called with how many more pictures were looked at.
        keep: Whether readings are kept on disk, as ``may_keep`` allows.
    """
    readings, number = Readings(), 0
    for batch in _batches(iter(pictures), _PICTURES_AT_ONCE * models.workers):
        usable = [labelled for labelled in batch if labelled.problem is None]
        faces = iter(models.read([(str(number + at), labelled.data) for at, labelled in enumerate(usable)], keep=keep))
        for labelled in batch:
            readings.add(labelled, next(faces) if labelled.problem is None else None)
        number += len(usable)
        on_progress(len(batch))
    return readings


def _batches(pictures: Iterator[Labelled], size: int) -> Iterator[list[Labelled]]:
    while batch := list(islice(pictures, size)):
        yield batch
