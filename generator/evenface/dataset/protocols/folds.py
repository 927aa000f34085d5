"""Folds: which of ten parts of the people somebody belongs to. All pictures of a person, and all of a family, are in one.

The k-th person of every cell is in the same fold. In the crossed design these share a head (a family) across the tones. Numbers
are dealt in blocks of as many as there are folds, so that folds differ by one person of a cell at most, and more people move
nobody.
"""

from __future__ import annotations

from functools import lru_cache

from evenface.rng import rng_for

__all__ = ["FOLDS", "fold_count", "fold_of", "folds_of"]

FOLDS = 10
"""As in LFW."""
_PEOPLE = 2
"""Of each cell in each fold, at least: one person makes no pair of two."""


def fold_count(people: int) -> int:
    """Return how many folds ``people`` in each cell fill: ten from twenty on, fewer below."""
    return max(1, min(FOLDS, people // _PEOPLE))


@lru_cache(maxsize=4096)
def _deal(seed: int, folds: int, block: int) -> tuple[int, ...]:
    return tuple(map(int, rng_for(seed, "folds", folds, block).permutation(folds)))


def fold_of(seed: int, index: int, folds: int) -> int:
    """Return the fold of the person with the number ``index`` of every cell, from 0 on."""
    block, place = divmod(index, folds)
    return _deal(seed, folds, block)[place]


def folds_of(seed: int, people: int) -> tuple[tuple[int, ...], ...]:
    """Return the numbers of the people of each fold, ascending."""
    folds = fold_count(people)
    found: list[list[int]] = [[] for _ in range(folds)]
    for index in range(people):
        found[fold_of(seed, index, folds)].append(index)
    return tuple(map(tuple, found))
