"""The rule by which one of several candidates is kept: the one that fewest of the people before would be taken for. Pure numpy.

A score between two reference pictures says what other pictures of the same two people will score, but for a spread. So the
chance that a pair of pictures lies on the wrong side of a threshold is a normal tail, and the sum of these chances over
the people chosen before is the number of false matches to expect (a farthest-point rule counts the nearest one alone; this
one is close to it when the spread is small).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr

from evenface.measure.identity import DLIB_THRESHOLD, SFACE_THRESHOLD

__all__ = ["Chooser", "Vectors"]

Floats = NDArray[np.float64]
Vectors = dict[str, list[tuple[float, ...] | None]]
"""By recogniser, the embedding of each candidate; None where no face was found."""


OWN = 3
"""People of one cell are compared most, and are most alike: so much more they count."""


class _Scale(NamedTuple):
    threshold: float
    spread: float
    """Standard deviation of the scores of two people over their pictures; measured on rendered people."""
    distance: bool
    """Whether small values mean the same person."""


_SCALES = {"sface": _Scale(SFACE_THRESHOLD, 0.08, False), "dlib": _Scale(DLIB_THRESHOLD, 0.06, True)}


class Chooser:
    """Chooses head after head; nobody is chosen again.

    Args:
        recognisers: Names of the recognisers whose embeddings are compared.
    """

    def __init__(self, recognisers: Sequence[str]) -> None:
        self._recognisers = tuple(recognisers)
        self._kept: dict[str, list[Floats]] = {name: [] for name in self._recognisers}
        self._cells: list[str] = []

    def choose(self, candidates: Vectors, cell: str) -> int:
        """Return the number of the candidate to keep for a place of ``cell``; the first where none is better.

        A candidate in whose preview no face was found comes after all others.
        """
        crowding = np.mean([self._crowding(name, candidates[name], cell) for name in self._recognisers], axis=0)
        best = int(np.argmin(crowding))
        for name in self._recognisers:
            found = candidates[name][best]
            # Nowhere near anybody: keeps the rows in step with the cells.
            self._kept[name].append(np.full(1, np.nan) if found is None else np.asarray(found, np.float64))
        self._cells.append(cell)
        return best

    def _crowding(self, name: str, vectors: Sequence[tuple[float, ...] | None], cell: str) -> Floats:
        """False matches to expect of each candidate, those with its own cell counted ``1 + OWN`` times."""
        kept = [(vector, other) for vector, other in zip(self._kept[name], self._cells, strict=True) if len(vector) > 1]
        others = np.array([vector for vector, _ in kept])
        own = np.array([other == cell for _, other in kept], dtype=bool)
        return np.array([np.inf if vector is None else self._expected(name, vector, others, own) for vector in vectors])

    def _expected(self, name: str, vector: tuple[float, ...], others: Floats, own: NDArray[np.bool_]) -> float:
        if not len(others):
            return 0.0
        scale, mine = _SCALES[name], np.asarray(vector, np.float64)
        scores = np.linalg.norm(others - mine, axis=1) if scale.distance else others @ mine
        sign = -1.0 if scale.distance else 1.0
        chance = ndtr(sign * (scores - scale.threshold) / scale.spread)
        return float(chance.sum() + OWN * chance[own].sum())
