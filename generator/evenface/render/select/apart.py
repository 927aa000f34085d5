"""The rule by which one of several candidates is kept: the one that fewest of the people before would be taken for. Pure numpy.

A score between two reference pictures says what other pictures of the same two people will score, but for a spread. So the
chance that a pair of pictures lies on the wrong side of a threshold is a normal tail, and the sum of these chances over
the people chosen before is the number of false matches to expect (a farthest-point rule counts the nearest one alone; this
one is close to it when the spread is small).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr

from evenface.faces.recognisers import RECOGNISERS, Recogniser
from evenface.processor import product

__all__ = ["Chooser", "Vectors"]

Floats = NDArray[np.float64]
Vectors = Mapping[str, Sequence[tuple[float, ...]]]
"""By recogniser, the embedding of each candidate; empty where no face was found."""

OWN = 3
"""People of one cell are compared most, and are most alike: so much more they count."""
SPREAD = {"sface": 0.08, "dlib": 0.06}
"""Standard deviation of the scores of two people over their pictures; measured on rendered people."""


class Chooser:
    """Chooses head after head; no person is chosen twice.

    Args:
        recognisers: Names of the recognisers whose embeddings are compared.
    """

    def __init__(self, recognisers: Sequence[str]) -> None:
        self._recognisers = [each for each in RECOGNISERS if each.name in recognisers]
        self._kept: dict[str, list[tuple[tuple[float, ...], str]]] = {each.name: [] for each in self._recognisers}
        """Embedding and cell of each chosen person in whose preview a face was found."""

    def choose(self, candidates: Vectors, cell: str) -> int:
        """Return the number of the candidate to keep for a place of ``cell``; the first where none is better.

        A candidate in whose preview no face was found comes after all others.
        """
        crowding = [self._crowding(each, candidates[each.name], cell) for each in self._recognisers]
        with np.errstate(divide="ignore"):
            # Nine digits of each, however small: the last ones differ between processors.
            best = int(np.argmin(np.round(np.log(np.mean(crowding, axis=0)), 9)))
        for name, kept in self._kept.items():
            if candidates[name][best]:
                kept.append((candidates[name][best], cell))
        return best

    def _crowding(self, recogniser: Recogniser, vectors: Sequence[tuple[float, ...]], cell: str) -> Floats:
        """Return the false matches to expect of each candidate, those with its own cell counted ``1 + OWN`` times."""
        kept, found = self._kept[recogniser.name], np.array([bool(vector) for vector in vectors])
        crowding = np.where(found, 0.0, np.inf)
        if kept and found.any():
            weight = np.array([1.0 + OWN * (other == cell) for _, other in kept])
            scores = recogniser.compare(np.array([v for v in vectors if v]), np.array([vector for vector, _ in kept]))
            crowding[found] = product(ndtr((scores - recogniser.threshold) / SPREAD[recogniser.name]), weight)
        return crowding
