"""Which pictures are compared: those of a set's own protocol, else all mated pairs and non-mated ones within each cell.

Pairs are numbers of pictures. Members of one family are one head, and never a non-mated pair.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from evenface.audit.subjects import Problem, Subjects
from evenface.dataset import Dataset
from evenface.rng import rng_for

__all__ = ["LISTS", "PAIRS_PER_CELL", "Pairs", "limited", "pairs_of"]

LISTS = ("mated", "non_mated_within_cell", "non_mated_across_cells")
"""As the protocol of our sets names them."""
PAIRS_PER_CELL = 100_000
"""Of each list of a set without a protocol, at most."""
_BATCH_ROWS = 50_000

Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class Pairs:
    """Pairs of pictures, by their numbers in ``Subjects``."""

    first: Ints
    second: Ints
    which: Ints
    """Of ``LISTS``."""

    @property
    def mated(self) -> NDArray[np.bool_]:
        """Whether both show one person."""
        return np.asarray(self.which == 0)

    def __len__(self) -> int:
        return len(self.first)

    def taken(self, rows: Ints) -> Pairs:
        """Return some of the pairs."""
        return Pairs(self.first[rows], self.second[rows], self.which[rows])


def pairs_of(subjects: Subjects, dataset: Dataset | None, *, seed: int = 0) -> tuple[Pairs, tuple[Problem, ...]]:
    """Return the pairs to compare, and what is to be told about them."""
    if dataset is not None and dataset.shards("verification"):
        return _of_protocol(subjects, dataset)
    return _of_labels(subjects, seed), ()


def _of_protocol(subjects: Subjects, dataset: Dataset) -> tuple[Pairs, tuple[Problem, ...]]:
    known = [pa.array(subjects.image_ids), pa.array(subjects.image_ids), pa.array(LISTS)]
    parts, lost = [], 0
    for shard in dataset.shards("verification"):
        for batch in dataset.shard_batches(shard, ("image_id_a", "image_id_b", "list"), rows=_BATCH_ROWS):
            columns = (batch.column(name) for name in ("image_id_a", "image_id_b", "list"))
            codes = [pc.fill_null(pc.index_in(each, values), -1) for each, values in zip(columns, known, strict=True)]
            found = np.stack([np.asarray(each, dtype=np.int64) for each in codes], axis=1)
            whole = (found >= 0).all(axis=1)
            lost += int((~whole).sum())
            parts.append(found[whole])
    rows = np.concatenate(parts) if parts else np.empty((0, 3), dtype=np.int64)
    told = (Problem("protocols/verification", f"{lost:,} pairs name pictures that could not be shown"),) if lost else ()
    return Pairs(*rows.T), told


def _of_labels(subjects: Subjects, seed: int) -> Pairs:
    parts = [np.empty((0, 3), dtype=np.int64)]
    known = subjects.person >= 0
    for person in np.unique(subjects.person[known]):
        parts.append(_every(np.flatnonzero(subjects.person == person), 0))
    for cell in np.unique(subjects.cell):
        members = np.flatnonzero(known & (subjects.cell == cell))
        parts.append(_non_mated(subjects, members, seed, subjects.words.cells[cell] if cell >= 0 else ""))
    return Pairs(*np.concatenate(parts).T)


def _every(members: Ints, which: int) -> Ints:
    one, other = np.triu_indices(len(members), 1)
    return np.stack([members[one], members[other], np.full(len(one), which)], axis=1)


def _non_mated(subjects: Subjects, members: Ints, seed: int, cell: str) -> Ints:
    """Return pairs of two families of one cell: all of them, or a draw without repetition where they are many."""
    count = len(members)
    if count * (count - 1) // 2 <= 4 * PAIRS_PER_CELL:
        found = _every(members, 1)
    else:
        drawn = np.sort(rng_for(seed, "audit pairs", cell).integers(count, size=(4 * PAIRS_PER_CELL, 2)), axis=1)
        drawn = np.unique(drawn[drawn[:, 0] < drawn[:, 1]], axis=0)
        found = np.column_stack([members[drawn], np.ones(len(drawn), dtype=np.int64)])
    one, other = found[:, 0], found[:, 1]
    apart = (subjects.family[one] != subjects.family[other]) & (subjects.person[one] != subjects.person[other])
    found = found[apart]
    if len(found) <= PAIRS_PER_CELL:
        return np.asarray(found)
    kept = rng_for(seed, "audit pairs", cell, "kept").permutation(len(found))[:PAIRS_PER_CELL]
    return np.asarray(found[np.sort(kept)])


def limited(pairs: Pairs, subjects: Subjects, most: int, *, seed: int = 0) -> Pairs:
    """Return at most ``most`` pairs, of each list and cell as many as of each other as far as there are.

    Which ones depends on the pictures alone, not on ``most``: more pairs are the fewer and others.
    """
    if len(pairs) <= most:
        return pairs
    group = pairs.which * (len(subjects.words.cells) + 1) + subjects.cell[pairs.first] + 1
    rank = np.empty(len(pairs), dtype=np.int64)
    for each in np.unique(group):
        rows = np.flatnonzero(group == each)
        rank[rows[rng_for(seed, "audit limit", int(each)).permutation(len(rows))]] = np.arange(len(rows))
    # By turns: the first of every group, then the second of every group ...
    return pairs.taken(np.sort(np.lexsort((group, rank))[:most]))
