"""Folds of people, numbers of pictures, and the rows of ``identification``, which state both.

The k-th person of every cell is in the same fold; in the crossed design these share a head (a family) across the tones. All
pictures of a person, and of a family, are in one fold. Numbers are dealt in blocks of as many as there are folds: folds differ by
at most one person of a cell, and adding people changes no fold of others.

In ``identification`` the reference picture of each person is enrolled, the others are probes. Closed set: all references are
enrolled. Open set: for each fold, the references of all other folds are enrolled, and the probes of that fold are searched for
people who are not there. In the crossed design a probe can meet its own head in another tone, which ``family_id`` shows.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import lru_cache

from evenface.dataset import Row, image_id_of
from evenface.people.plan import Plan
from evenface.rng import rng_for
from evenface.shots import shot_ids
from evenface.vocabulary import REFERENCE

__all__ = ["FOLDS", "fold_count", "fold_of", "folds_of", "identification_rows", "lfw_file", "picture_numbers"]

FOLDS = 10
"""As in LFW."""
_PEOPLE = 2
"""Smallest number of people of a cell in a fold: a non-mated pair needs two."""


def fold_count(people: int) -> int:
    """Return the number of folds for ``people`` in each cell: ten from twenty on, fewer below."""
    return max(1, min(FOLDS, people // _PEOPLE))


@lru_cache(maxsize=4096)
def _deal(seed: int, folds: int, block: int) -> tuple[int, ...]:
    return tuple(map(int, rng_for(seed, "folds", folds, block).permutation(folds)))


def fold_of(seed: int, index: int, folds: int) -> int:
    """Return the fold, from 0 on, of person number ``index`` of every cell."""
    block, place = divmod(index, folds)
    return _deal(seed, folds, block)[place]


def folds_of(seed: int, people: int) -> tuple[tuple[int, ...], ...]:
    """Return the numbers of the people of each fold, in ascending order."""
    folds = fold_count(people)
    found: list[list[int]] = [[] for _ in range(folds)]
    for index in range(people):
        found[fold_of(seed, index, folds)].append(index)
    return tuple(map(tuple, found))


def picture_numbers(shot_ids: Iterable[str]) -> dict[str, int]:
    """Return the number of each shot of one person, from 1 on: the reference first, then the probes by their own number.

    The number is part of a file name (``lfw_file``) and of a line of ``pairs.txt``. It depends on the shot ids alone.
    """
    # By length first: probe_100 comes after probe_99.
    ordered = sorted(set(shot_ids), key=lambda shot_id: (shot_id != REFERENCE, len(shot_id), shot_id))
    return {shot_id: number for number, shot_id in enumerate(ordered, 1)}


def lfw_file(identity_id: str, number: int, ending: str = ".jpg") -> str:
    """Return the path of a picture in LFW's layout: ``<identity_id>/<identity_id>_0001.jpg``."""
    return f"{identity_id}/{identity_id}_{number:04d}{ending}"


def identification_rows(plan: Plan) -> Iterator[Row]:
    """Yield the rows of ``identification``, person by person in the order of the plan."""
    spec = plan.spec
    folds, numbers = fold_count(spec.identities_per_cell), picture_numbers(shot_ids(spec))
    for slot in plan.slots():
        for shot_id, number in numbers.items():
            yield {
                "image_id": image_id_of(slot.identity_id, shot_id),
                "identity_id": slot.identity_id,
                "family_id": slot.family_id,
                "cell": slot.cell.key,
                "role": "reference" if shot_id == REFERENCE else "probe",
                "fold": fold_of(spec.seed, slot.index, folds),
                "picture_number": number,
            }
