"""Pairs of pictures: of one person (mated), and of two people who do not share a head (non-mated)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from evenface.examine.readings import Reading
from evenface.faces.recognisers import Recogniser
from evenface.rng import rng_for
from evenface.statistics.people import Pairs

__all__ = ["EMBEDDING", "POOL_PICTURES", "Group", "build_group", "draw_pool", "join_groups"]

EMBEDDING = 128
"""Numbers in an embedding of either recogniser."""
POOL_PICTURES = 4_000
"""Pictures in the non-mated pairs of one group, at most: 8 million pairs."""

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class Group:
    """The comparisons of one recogniser within some pictures."""

    mated: Pairs
    non_mated: Pairs
    people: int
    families: tuple[str, ...]
    """Names in the order of their numbers."""
    pool_families: int
    """Families in non-mated pairs; in a large set a random part of all."""


def build_group(recogniser: Recogniser, pictures: Sequence[Reading], *, seed: int, pool_pictures: int = POOL_PICTURES) -> Group:
    """Compare ``pictures`` but for those without an embedding. Families are numbered by their sorted names."""
    seen = [picture for picture in pictures if recogniser.name in picture.embeddings]
    vectors = np.array([picture.embeddings[recogniser.name] for picture in seen]).reshape(len(seen), EMBEDDING)
    family_names, family = np.unique([picture.labels.family for picture in seen], return_inverse=True)
    person_names, person = np.unique([picture.labels.identity for picture in seen], return_inverse=True)
    pool = draw_pool(family, len(family_names), seed, pool_pictures)
    return Group(
        mated=_mated(recogniser, vectors, person, family),
        non_mated=_non_mated(recogniser, vectors[pool], person[pool], family[pool]),
        people=len(person_names),
        families=tuple(map(str, family_names)),
        pool_families=len(np.unique(family[pool])),
    )


def join_groups(groups: Sequence[Group]) -> Group:
    """Return the comparisons within each of several groups as those of one; a family of two groups is one family."""
    known = np.unique([name for group in groups for name in group.families])
    numbers = [np.searchsorted(known, np.array(group.families)) for group in groups]
    return Group(
        mated=_concatenate([(group.mated, each) for group, each in zip(groups, numbers, strict=True)]),
        non_mated=_concatenate([(group.non_mated, each) for group, each in zip(groups, numbers, strict=True)]),
        people=sum(group.people for group in groups),
        families=tuple(map(str, known)),
        pool_families=sum(group.pool_families for group in groups),
    )


def _concatenate(parts: Sequence[tuple[Pairs, Ints]]) -> Pairs:
    return Pairs(
        scores=np.concatenate([pairs.scores for pairs, _ in parts]),
        first=np.concatenate([numbers[pairs.first] for pairs, numbers in parts]),
        second=np.concatenate([numbers[pairs.second] for pairs, numbers in parts]),
    )


def draw_pool(family: Ints, families: int, seed: int, limit: int) -> Ints:
    """Return the pictures for non-mated pairs: all, or those of random families, at most ``limit`` pictures."""
    if len(family) <= limit:
        return np.arange(len(family))
    order = rng_for(seed, "pool of non-mated pairs").permutation(families)
    sizes = np.bincount(family, minlength=families)[order].cumsum()
    chosen = order[: max(2, int(np.searchsorted(sizes, limit, side="right")))]
    return np.flatnonzero(np.isin(family, chosen))


def _mated(recogniser: Recogniser, vectors: Floats, person: Ints, family: Ints) -> Pairs:
    scores, families = [np.empty(0)], [np.empty(0, dtype=np.int64)]
    order = np.argsort(person, kind="stable")
    for own in np.split(order, np.flatnonzero(np.diff(person[order])) + 1):
        one, other = np.triu_indices(len(own), 1)
        scores.append(recogniser.compare(vectors[own], vectors[own])[one, other])
        families.append(family[own][one])
    owners = np.concatenate(families)
    return Pairs(np.concatenate(scores), owners, owners)


def _non_mated(recogniser: Recogniser, vectors: Floats, person: Ints, family: Ints) -> Pairs:
    # Pictures of one identity are never an impostor pair, whatever family their rows state.
    one, other = np.nonzero(np.triu((family[:, None] != family[None]) & (person[:, None] != person[None]), 1))
    scores = recogniser.compare(vectors, vectors)[one, other]
    return Pairs(scores, family[one], family[other])
