"""Picks: the comparisons of one fold by numbers alone, to be taken in every cell. Pure: numbers in, numbers out.

Of every two people one comparison is taken before any second one is, in a random but fixed order, and so on by rounds, until
all are taken or the limit is reached. Draws are keyed by the later person of the two: as long as the limit is not reached, more
people add comparisons and take none away; from then on, they replace some.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from evenface.rng import rng_for

__all__ = ["Pick", "across_picks", "mated_picks", "within_picks"]

Ints = NDArray[np.int64]


class Pick(NamedTuple):
    """One comparison: two numbers of people in their cells, two numbers of pictures from 0 on."""

    first: int
    second: int
    first_picture: int
    second_picture: int


class _Couples(NamedTuple):
    """People who can be compared, with the order in which they are and the walk through their pictures."""

    people: Ints
    """n x 2 numbers."""
    priority: NDArray[np.float64]
    start: Ints
    step: Ints


def mated_picks(seed: int, members: Sequence[int], pictures: int, limit: int) -> Iterator[Pick]:
    """Yield comparisons of two pictures of one person.

    Args:
        members: Numbers of the people of a fold, ascending.
        pictures: Of each person.
        limit: Comparisons, at most.
    """
    size = pictures * (pictures - 1) // 2
    couples = _couples(seed, "mated", {number: [(number, number)] for number in members}, size, limit)
    for one, other, place in _rounds(couples, size, limit):
        # Every two of m pictures once: a start and how far on, round a circle.
        apart, start = divmod(place, pictures)
        low, high = sorted((start, (start + apart + 1) % pictures))
        yield Pick(one, other, low, high)


def within_picks(seed: int, members: Sequence[int], pictures: int, limit: int) -> Iterator[Pick]:
    """Yield comparisons of two people of one cell, the lower number first."""
    arrivals = {number: [(other, number) for other in members[:at]] for at, number in enumerate(members)}
    yield from _apart(_couples(seed, "within", arrivals, pictures**2, limit), pictures, limit)


def across_picks(seed: int, members: Sequence[int], pictures: int, limit: int, *, same_number: bool) -> Iterator[Pick]:
    """Yield comparisons of a person of one cell with one of another.

    Args:
        same_number: Whether two of the same number may meet; in the crossed design they can share a head.
    """
    arrivals = {}
    for at, number in enumerate(members):
        arrivals[number] = [pair for other in members[:at] for pair in ((other, number), (number, other))]
        if same_number:
            arrivals[number].append((number, number))
    yield from _apart(_couples(seed, "across", arrivals, pictures**2, limit), pictures, limit)


def _apart(couples: _Couples, pictures: int, limit: int) -> Iterator[Pick]:
    for one, other, place in _rounds(couples, pictures**2, limit):
        yield Pick(one, other, *divmod(place, pictures))


def _couples(seed: int, name: str, arrivals: Mapping[int, Sequence[tuple[int, int]]], size: int, limit: int) -> _Couples:
    """Draw order and walk of the couples that each person brings; of more than ``limit``, the first in order are kept."""
    kept = _Couples(np.empty((0, 2), np.int64), np.empty(0), np.empty(0, np.int64), np.empty(0, np.int64))
    for number, couples in arrivals.items():
        rng = rng_for(seed, "pairs", name, number)
        priority, (start, step) = rng.random(len(couples)), rng.integers(size, size=(2, len(couples)))
        new = _Couples(np.array(couples, np.int64).reshape(-1, 2), priority, start, step)
        kept = _Couples._make(np.concatenate(parts) for parts in zip(kept, new, strict=True))
        if len(kept.priority) > 2 * limit:
            kept = _first(kept, limit)
    return _first(kept, limit)


def _first(couples: _Couples, limit: int) -> _Couples:
    order = np.argsort(couples.priority, kind="stable")[:limit]
    return _Couples._make(part[order] for part in couples)


def _rounds(couples: _Couples, size: int, limit: int) -> Iterator[tuple[int, int, int]]:
    """Yield two people and a number below ``size``, each once, round by round."""
    count = len(couples.priority)
    step = couples.step + 1
    while (shared := np.gcd(step, size) > 1).any():
        step = step + shared  # prime to the size, so that the walk meets every number once
    for at in range(min(limit, count * size)):
        turn, who = divmod(at, count)
        one, other = couples.people[who]
        yield int(one), int(other), int((couples.start[who] + turn * step[who]) % size)
