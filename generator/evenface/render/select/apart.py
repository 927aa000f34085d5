"""Choose the candidate with the fewest expected false matches with the people chosen before.

The score of two reference pictures predicts the scores of other pictures of the same two people, up to a spread. So the chance
of a false match is a normal tail, and its sum over the people chosen before is the expected number of false matches. (A
farthest-point rule counts only the nearest person; this one is close to it if the spread is small.)
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
"""Additional weight of people of the same cell, who are compared most and are most alike."""
SPREAD = {"sface": 0.08, "dlib": 0.06}
"""Standard deviation of the scores of two people over their pictures, measured on rendered people."""


class Chooser:
    """Chooses a person for one head after the other.

    Args:
        recognisers: Names of the recognisers whose embeddings are compared.
    """

    def __init__(self, recognisers: Sequence[str]) -> None:
        self._recognisers = [each for each in RECOGNISERS if each.name in recognisers]
        self._kept: dict[str, list[tuple[tuple[float, ...], str]]] = {each.name: [] for each in self._recognisers}
        """Embedding and cell of each chosen person in whose preview a face was found."""

    def choose(self, candidates: Vectors, cell: str) -> int:
        """Return the number of the candidate to keep for a place of ``cell``; the first of equal ones.

        A candidate in whose preview no face was found comes after all others.
        """
        crowding = [self._crowding(each, candidates[each.name], cell) for each in self._recognisers]
        with np.errstate(divide="ignore"):
            # Logarithms to nine decimal places: the last digits differ between processors.
            best = int(np.argmin(np.round(np.log(np.mean(crowding, axis=0)), 9)))
        for name, kept in self._kept.items():
            if candidates[name][best]:
                kept.append((candidates[name][best], cell))
        return best

    def _crowding(self, recogniser: Recogniser, vectors: Sequence[tuple[float, ...]], cell: str) -> Floats:
        """Return the expected false matches of each candidate; those in its own cell count ``1 + OWN`` times."""
        kept, found = self._kept[recogniser.name], np.array([bool(vector) for vector in vectors])
        crowding = np.where(found, 0.0, np.inf)
        if kept and found.any():
            weight = np.array([1.0 + OWN * (other == cell) for _, other in kept])
            scores = recogniser.compare(np.array([v for v in vectors if v]), np.array([vector for vector, _ in kept]))
            crowding[found] = product(ndtr((scores - recogniser.threshold) / SPREAD[recogniser.name]), weight)
        return crowding
