"""Pairs of pictures and their scores: mated pairs, non-mated ones within each cell, and some across cells.

A system that gives templates is compared on all pairs that the labels make. One that has to be shown each pair, or whose answers
are in a file, is asked for those of the set's own protocol, where it has one. Pairs are numbers of pictures. Members of one
family are one head, and never a non-mated pair.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from evenface.dataset import Dataset
from evenface.examine.audit.answers import Answers
from evenface.examine.audit.records import About
from evenface.examine.audit.subjects import Problem, Subjects
from evenface.examine.audit.systems import Compared
from evenface.rng import rng_for

__all__ = ["LISTS", "PAIRS_PER_CELL", "Comparisons", "Pairs", "comparisons_of", "limit_pairs", "pairs_of", "score_pairs"]

LISTS = ("mated", "non_mated_within_cell", "non_mated_across_cells")
"""Names of the lists in the protocol of a dataset."""
PAIRS_PER_CELL, PAIRS_ACROSS = 30_000, 100_000
"""Largest number of non-mated pairs within each cell, and across cells, without a protocol."""
_BATCH_ROWS = 50_000

Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class Pairs:
    """Pairs of pictures, by their numbers in ``Subjects``."""

    first: Ints
    second: Ints
    which: Ints
    """Index in ``LISTS``."""

    @property
    def mated(self) -> NDArray[np.bool_]:
        """Whether both pictures show one person."""
        return np.asarray(self.which == 0)

    def __len__(self) -> int:
        return len(self.first)

    def taken(self, rows: Ints) -> Pairs:
        """Return the pairs in ``rows``."""
        return Pairs(self.first[rows], self.second[rows], self.which[rows])


def pairs_of(subjects: Subjects, dataset: Dataset | None, *, every: bool, seed: int = 0) -> tuple[Pairs, tuple[Problem, ...]]:
    """Return the pairs to compare, and problems with them.

    Args:
        every: Return all pairs that the labels make, not those of the protocol.
    """
    if dataset is not None and not every and dataset.shards("verification"):
        return _of_protocol(subjects, dataset)
    return _of_labels(subjects, seed), ()


def _of_protocol(subjects: Subjects, dataset: Dataset) -> tuple[Pairs, tuple[Problem, ...]]:
    known = [pa.array(subjects.image_ids), pa.array(subjects.image_ids), pa.array(LISTS)]
    parts, lost = [np.empty((0, 3), dtype=np.int64)], 0
    for shard in dataset.shards("verification"):
        for batch in dataset.shard_batches(shard, ("image_id_a", "image_id_b", "list"), rows=_BATCH_ROWS):
            columns = (batch.column(name) for name in ("image_id_a", "image_id_b", "list"))
            codes = [pc.fill_null(pc.index_in(each, values), -1) for each, values in zip(columns, known, strict=True)]
            found = np.stack([np.asarray(each, dtype=np.int64) for each in codes], axis=1)
            whole = (found >= 0).all(axis=1)
            lost += int((~whole).sum())
            parts.append(found[whole])
    problems = (Problem("protocols/verification", f"{lost:,} pairs name unusable pictures"),) if lost else ()
    return Pairs(*np.concatenate(parts).T), problems


def _of_labels(subjects: Subjects, seed: int) -> Pairs:
    known = np.flatnonzero(subjects.person >= 0)
    parts = [np.empty((0, 3), dtype=np.int64)]
    parts += [_all_pairs(members, 0) for members in _group_rows(known, subjects.person)]
    for members in _group_rows(known, subjects.cell):
        cell = int(subjects.cell[members[0]])
        parts.append(_non_mated(subjects, members, seed, subjects.words.cells[cell] if cell >= 0 else ""))
    parts.append(_across(subjects, known[subjects.cell[known] >= 0], seed))
    return Pairs(*np.concatenate(parts).T)


def _group_rows(rows: Ints, labels: Ints) -> list[Ints]:
    """Return the rows of each label, in order."""
    order = rows[np.argsort(labels[rows], kind="stable")]
    return np.split(order, np.flatnonzero(np.diff(labels[order])) + 1) if len(order) else []


def _all_pairs(members: Ints, which: int) -> Ints:
    one, other = np.triu_indices(len(members), 1)
    return np.stack([members[one], members[other], np.full(len(one), which)], axis=1)


def _non_mated(subjects: Subjects, members: Ints, seed: int, cell: str) -> Ints:
    """Return pairs of two families of one cell: all of them, or a draw without repetition if there are many."""
    count = len(members)
    if count * (count - 1) // 2 <= 4 * PAIRS_PER_CELL:
        found = _all_pairs(members, 1)
    else:
        found = _draw(members, 1, 4 * PAIRS_PER_CELL, rng_for(seed, "audit pairs", cell))
    return _keep_some(found[_are_strangers(subjects, found)], PAIRS_PER_CELL, rng_for(seed, "audit pairs", cell, "kept"))


def _across(subjects: Subjects, members: Ints, seed: int) -> Ints:
    """Return a draw of pairs of two cells and two families, without repetition."""
    found = _draw(members, 2, 2 * PAIRS_ACROSS, rng_for(seed, "audit pairs across cells"))
    found = found[_are_strangers(subjects, found) & (subjects.cell[found[:, 0]] != subjects.cell[found[:, 1]])]
    return _keep_some(found, PAIRS_ACROSS, rng_for(seed, "audit pairs across cells", "kept"))


def _draw(members: Ints, which: int, draws: int, rng: np.random.Generator) -> Ints:
    drawn = np.sort(rng.integers(len(members), size=(draws, 2)), axis=1) if len(members) else np.empty((0, 2), dtype=np.int64)
    drawn = np.unique(drawn[drawn[:, 0] < drawn[:, 1]], axis=0)
    return np.column_stack([members[drawn], np.full(len(drawn), which)])


def _are_strangers(subjects: Subjects, pairs: Ints) -> NDArray[np.bool_]:
    one, other = pairs[:, 0], pairs[:, 1]
    return np.asarray((subjects.family[one] != subjects.family[other]) & (subjects.person[one] != subjects.person[other]))


def _keep_some(pairs: Ints, most: int, rng: np.random.Generator) -> Ints:
    return pairs if len(pairs) <= most else pairs[np.sort(rng.permutation(len(pairs))[:most])]


def limit_pairs(pairs: Pairs, subjects: Subjects, most: int, *, seed: int = 0) -> Pairs:
    """Return at most ``most`` pairs, with equal numbers from each list and cell as far as possible.

    A larger ``most`` returns the same pairs and others.
    """
    if len(pairs) <= most:
        return pairs
    group = pairs.which * (len(subjects.words.cells) + 1) + subjects.cell[pairs.first] + 1
    rank = np.empty(len(pairs), dtype=np.int64)
    for each in np.unique(group):
        rows = np.flatnonzero(group == each)
        rank[rows[rng_for(seed, "audit limit", int(each)).permutation(len(rows))]] = np.arange(len(rows))
    # In turns: the first of every group, then the second of every group ...
    return pairs.taken(np.sort(np.lexsort((group, rank))[:most]))


_BLOCK_PAIRS = 8_192

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Comparisons:
    """Scores of pairs."""

    pairs: Pairs
    scores: Floats
    """As the system returns them (``About.scores``); NaN where a pair could not be compared."""
    failures: Counter[str]
    """Number of failures by reason."""


def score_pairs(answers: Answers, pairs: Pairs, about: About) -> Comparisons:
    """Return the scores of pairs of templates: cosine, or Euclidean distance where ``about`` states distance."""
    vectors = answers.embeddings
    scores = np.full(len(pairs), np.nan)
    for start in range(0, len(pairs) if vectors.size else 0, _BLOCK_PAIRS):
        block = slice(start, start + _BLOCK_PAIRS)
        one, other = (vectors[side[block]].astype(np.float64) for side in (pairs.first, pairs.second))
        if about.scores == "distance":
            scores[block] = np.linalg.norm(one - other, axis=1)
        else:
            scores[block] = (one * other).sum(axis=1) / (np.linalg.norm(one, axis=1) * np.linalg.norm(other, axis=1))
    missing = int(np.isnan(scores).sum())
    return Comparisons(pairs, scores, Counter({"a picture without a template": missing} if missing else {}))


def comparisons_of(pairs: Pairs, found: Iterable[Compared]) -> Comparisons:
    """Return the scores that a system gave to pairs."""
    failures: Counter[str] = Counter()
    scores = np.full(len(pairs), np.nan)
    for at, each in enumerate(found):
        if each.failure is not None or each.score is None:
            failures[each.failure or "no score"] += 1
        else:
            scores[at] = each.score
    return Comparisons(pairs, scores, failures)
