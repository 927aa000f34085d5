"""Places of shots in the space of nuisances: scrambled Halton sequences, the same for every cell."""

from __future__ import annotations

from functools import lru_cache
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from evenface.rng import rng_for

__all__ = ["bend", "between", "halton_point", "pick", "schedule"]

T = TypeVar("T")
Floats = NDArray[np.float64]
Indices = NDArray[np.int64]

_DIMENSIONS = (
    "yaw",
    "expression",
    "light",
    "pitch",
    "exposure",
    "background",
    "light_yaw",
    "focal_length",
    "roll",
    "width",
    "clothing",
    "fill",
)
_BASES = (2, 3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37)
_JITTER = 0.10


def schedule(seed: int, index: int, images: int) -> tuple[dict[str, float], ...]:
    """Return a point of the unit cube for each probe shot of the ``index``-th person of every cell.

    The places are the sum, modulo 1, of a point for the person and a point for the shot, both of scrambled Halton sequences:
    one person's shots lie far apart, and so do the first shots of many people. More people or more shots leave the others as
    they are. A small keyed jitter makes the steps from one shot to the next differ between people.
    """
    person = halton_point(seed, "people", index)
    points = []
    for number in range(images):
        jitter = rng_for(seed, "schedule", index, number).uniform(-_JITTER, _JITTER, len(_DIMENSIONS))
        place = (person + halton_point(seed, "shots", number) + jitter) % 1.0
        points.append({name: float(value) for name, value in zip(_DIMENSIONS, place, strict=True)})
    return tuple(points)


@lru_cache(maxsize=8)
def _permutations(seed: int, sequence: str) -> tuple[Indices, ...]:
    """Return for each base a permutation for every digit that a 64 bit float can hold."""
    found = []
    for base in _BASES:
        rng = rng_for(seed, "halton", sequence, base)
        found.append(np.array([rng.permutation(base) for _ in range(int(np.ceil(53 / np.log2(base))))]))
    return tuple(found)


def halton_point(seed: int, sequence: str, number: int) -> Floats:
    """Return one point of a Halton sequence with permuted digits; scipy would have to draw all points before it."""
    place = []
    for base, permutations in zip(_BASES, _permutations(seed, sequence), strict=True):
        depth = np.arange(len(permutations))
        digits = np.array([number // base**at % base for at in range(len(permutations))])
        place.append(float((permutations[depth, digits] * float(base) ** -(depth + 1.0)).sum()))
    return np.array(place)


def bend(unit: float, power: float) -> float:
    """Stretch 0 to 1 to -1 to 1; powers above 1 gather round the middle without leaving out the sides."""
    side = 2.0 * unit - 1.0
    return float(np.sign(side) * abs(side) ** power)


def between(limits: tuple[float, float], unit: float) -> float:
    """Return the place ``unit`` (0 to 1) of the way from the lower limit to the upper."""
    return limits[0] + (limits[1] - limits[0]) * float(unit)


def pick(choices: tuple[T, ...], unit: float) -> T:
    """Return the choice at ``unit`` (0 to 1); every choice has the same share."""
    return choices[min(int(unit * len(choices)), len(choices) - 1)]
