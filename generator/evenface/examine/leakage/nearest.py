"""The nearest neighbour of each embedding, found in blocks of comparisons.

Of 10,000 pictures against 100,000 a block is 17 MB where all comparisons would be 8 GB.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from evenface.faces.recognisers import Recogniser

__all__ = ["Greatest", "Nearest", "nearest"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

_ROWS, _COLUMNS = 256, 8192
_DIGITS = 12
_LOWEST = float(np.finfo(np.float64).min)


@dataclass(frozen=True, slots=True, eq=False)
class Nearest:
    """For each picture, the greatest score and where among the references it is."""

    scores: Floats
    """NaN where there is nothing to compare with."""
    places: Ints
    """-1 there."""


class Greatest:
    """The ``count`` greatest scores of all that were compared, each with its row and column."""

    def __init__(self, count: int) -> None:
        self.count, self.compared = count, 0
        self._cut = _LOWEST
        self._parts: list[tuple[Floats, Ints, Ints]] = [(np.empty(0), np.empty(0, np.int64), np.empty(0, np.int64))]
        self._held = 0

    def add(self, scores: Floats, first: int, second: int) -> None:
        """Add a block of scores that begins at row ``first`` and column ``second``; minus infinity was not compared."""
        self.compared += int((scores > -np.inf).sum())
        rows, columns = np.nonzero(scores >= self._cut)
        self._parts.append((scores[rows, columns], rows + first, columns + second))
        self._held += len(rows)
        if self._held > 2 * self.count:
            self._trim()

    def all(self) -> tuple[Floats, Ints, Ints]:
        """Return scores, rows and columns, the greatest first; fewer than ``count`` where fewer were compared."""
        self._trim()
        scores, rows, columns = self._parts[0]
        order = np.argsort(-scores, kind="stable")
        return scores[order], rows[order], columns[order]

    def _trim(self) -> None:
        scores, rows, columns = (np.concatenate(part) for part in zip(*self._parts, strict=True))
        if len(scores) > self.count:
            kept = np.argpartition(-scores, self.count - 1)[: self.count]
            scores, rows, columns = scores[kept], rows[kept], columns[kept]
            self._cut = float(scores.min())
        self._parts, self._held = [(scores, rows, columns)], len(scores)


def nearest(
    recogniser: Recogniser,
    pictures: Floats,
    references: Floats,
    *,
    owners: tuple[Ints, Ints] | None = None,
    greatest: Greatest | None = None,
) -> Nearest:
    """Return the nearest of ``references`` (m x 128) to each of ``pictures`` (n x 128); of equally near ones the first.

    Args:
        owners: Of pictures and of references; those with the same owner are not compared.
        greatest: Takes every score.
    """
    scores, places = np.full(len(pictures), -np.inf), np.full(len(pictures), -1)
    for top in range(0, len(pictures), _ROWS):
        rows = slice(top, top + _ROWS)
        for left in range(0, len(references), _COLUMNS):
            columns = slice(left, left + _COLUMNS)
            # The last bits of a product of matrices depend on where in memory they lie.
            block = recogniser.compare(pictures[rows], references[columns]).round(_DIGITS)
            if owners is not None:
                block[owners[0][rows, None] == owners[1][None, columns]] = -np.inf
            if greatest is not None:
                greatest.add(block, top, left)
            at = block.argmax(axis=1)
            found = np.take_along_axis(block, at[:, None], axis=1)[:, 0]
            better = found > scores[rows]
            scores[rows], places[rows] = np.where(better, found, scores[rows]), np.where(better, at + left, places[rows])
    return Nearest(np.where(places >= 0, scores, np.nan), places)
