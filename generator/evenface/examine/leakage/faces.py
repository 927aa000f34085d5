"""The faces of one side: pictures come in and are shown to the recognisers, or embeddings that somebody has; arrays go out.

A row is a picture. Where a recogniser has nothing to say of it (no face was found), its row of numbers is NaN.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from evenface.dataset.foreign import LOOSE, LabelledSet, Labels
from evenface.examine.separation.pairs import EMBEDDING
from evenface.examine.separation.readings import Problem, shown
from evenface.faces.reader import Face, Judges
from evenface.faces.recognisers import RECOGNISERS, Recogniser

__all__ = ["EMBEDDING", "Faces", "Seen", "read_faces"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class Faces:
    """All pictures of a side that could be looked at."""

    source: str
    """What the side is called in a report: the path that was given."""
    kind: str
    """``LabelledSet.kind``, ``pictures`` for files that nothing says of who is seen, or ``embeddings``."""
    names: tuple[str, ...]
    people: tuple[str, ...] | None
    """Who is seen; None where nothing says it."""
    families: tuple[str, ...] | None
    cells: tuple[str | None, ...]
    vectors: dict[str, Floats]
    """Pictures x ``EMBEDDING``, by recogniser; those of ``sface`` are of unit length."""
    problems: tuple[Problem, ...] = ()

    def of(self, recogniser: Recogniser) -> Seen:
        """Return what one recogniser saw."""
        vectors = self.vectors.get(recogniser.name, np.full((len(self.names), EMBEDDING), np.nan))
        rows = np.flatnonzero(~np.isnan(vectors).any(axis=1))
        # Where nothing says who is seen, every picture stands for itself.
        owners = np.unique(np.array(self.families or self.names, dtype=object)[rows].astype(str), return_inverse=True)[1]
        if self.families is None:
            owners = np.arange(len(rows))
        return Seen(rows, vectors if len(rows) == len(vectors) else vectors[rows], owners)


@dataclass(frozen=True, slots=True, eq=False)
class Seen:
    """The pictures of a side in which a recogniser saw a face."""

    rows: Ints
    """Which of ``Faces.names`` they are."""
    vectors: Floats
    owners: Ints
    """Numbers of their families from 0 on; of the pictures themselves where nobody says who is seen."""


def read_faces(opened: LabelledSet, judges: Judges, on_progress: Callable[[int], None]) -> Faces:
    """Show the pictures of a set to the recognisers; in memory are their embeddings, no picture is."""
    names: list[str] = []
    labels: list[Labels] = []
    rows: dict[str, list[Floats]] = {each.name: [] for each in RECOGNISERS}
    problems: list[Problem] = []
    for labelled, face in shown(opened.pictures, judges, on_progress):
        if face is None or face.problem or labelled.labels is None:
            problems.append(Problem(labelled.name, (face.problem if face else labelled.problem) or "it has no labels"))
            continue
        names.append(labelled.name)
        labels.append(labelled.labels)
        for name, found in rows.items():
            found.append(_embedding(face, name))
    labelled_set = opened.kind != LOOSE
    return Faces(
        source=str(opened.root),
        kind=opened.kind,
        names=tuple(names),
        people=tuple(each.identity for each in labels) if labelled_set else None,
        families=tuple(each.family for each in labels) if labelled_set else None,
        cells=tuple(each.cell for each in labels),
        vectors={name: np.array(found).reshape(-1, EMBEDDING) for name, found in rows.items()},
        problems=tuple(problems),
    )


def _embedding(face: Face, recogniser: str) -> Floats:
    vector = {"sface": face.sface, "dlib": face.dlib}[recogniser]
    return np.full(EMBEDDING, np.nan) if vector is None else np.array(vector)
