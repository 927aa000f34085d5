"""The faces of one side, as arrays: read of its pictures by the recognisers, or given as embeddings.

A row is a picture. Where a recogniser saw no face in it, its row of numbers is NaN.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from evenface.dataset.foreign import LOOSE, LabelledSet
from evenface.examine.measure.pairs import EMBEDDING
from evenface.examine.readings import Problem, Reading, may_keep, read_set
from evenface.faces.reader import FaceModels
from evenface.faces.recognisers import RECOGNISERS, Recogniser

__all__ = ["EMBEDDING", "Faces", "Seen", "read_faces"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class Faces:
    """All pictures of a side that could be looked at."""

    source: str
    """What a report calls the side: the path that was given."""
    kind: str
    """``LabelledSet.kind``, ``pictures`` for files without identity labels, or ``embeddings``."""
    names: tuple[str, ...]
    people: tuple[str, ...] | None
    """Who is seen; None without identity labels."""
    families: tuple[str, ...] | None
    cells: tuple[str | None, ...]
    vectors: dict[str, Floats]
    """Pictures x ``EMBEDDING``, by recogniser; those of ``sface`` are of unit length."""
    problems: tuple[Problem, ...] = ()

    def of(self, recogniser: Recogniser) -> Seen:
        """Return what one recogniser saw."""
        vectors = self.vectors.get(recogniser.name, np.full((len(self.names), EMBEDDING), np.nan))
        rows = np.flatnonzero(~np.isnan(vectors).any(axis=1))
        # Without identity labels, every picture stands for itself.
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
    """Numbers of their families from 0 on; of the pictures themselves without identity labels."""


def read_faces(opened: LabelledSet, models: FaceModels, on_progress: Callable[[int], None], *, keep: bool = False) -> Faces:
    """Show the pictures of a set to the recognisers; in memory are their embeddings, no picture is.

    Args:
        keep: Keep the readings on disk, where ``may_keep`` allows it; those of a gallery are not.
    """
    readings = read_set(opened.pictures, models, on_progress, keep=keep and may_keep(opened.kind))
    seen = readings.pictures
    labelled = opened.kind != LOOSE
    return Faces(
        source=str(opened.root),
        kind=opened.kind,
        names=tuple(each.name for each in seen),
        people=tuple(each.labels.identity for each in seen) if labelled else None,
        families=tuple(each.labels.family for each in seen) if labelled else None,
        cells=tuple(each.labels.cell for each in seen),
        vectors={each.name: _vectors(seen, each.name) for each in RECOGNISERS},
        problems=tuple(readings.problems),
    )


def _vectors(seen: Sequence[Reading], recogniser: str) -> Floats:
    nothing = np.full(EMBEDDING, np.nan)
    return np.array([each.embeddings.get(recogniser, nothing) for each in seen]).reshape(-1, EMBEDDING)
