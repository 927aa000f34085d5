"""Scores of pairs: templates, or what a system said of each pair, come in; a column of scores goes out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from evenface.examine.audit.answers import Answers
from evenface.examine.audit.pairs import Pairs
from evenface.examine.audit.records import About
from evenface.examine.audit.systems import Compared

__all__ = ["Comparisons", "compared", "comparisons_of"]

_BLOCK_PAIRS = 8_192

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Comparisons:
    """What a system said of pairs."""

    pairs: Pairs
    scores: Floats
    """As the system has them (``About.scores``); NaN where a pair could not be compared."""
    failures: Counter[str]
    """Why not, and how often."""


def compared(answers: Answers, pairs: Pairs, about: About) -> Comparisons:
    """Return the scores of pairs by their templates, block by block: cosine, or Euclidean distance where ``about`` says so."""
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
    return Comparisons(pairs, scores, Counter({"no template of a picture": missing} if missing else {}))


def comparisons_of(pairs: Pairs, found: Iterable[Compared]) -> Comparisons:
    """Return what a system said of each pair."""
    failures: Counter[str] = Counter()
    scores = np.full(len(pairs), np.nan)
    for at, each in enumerate(found):
        if each.failure is not None or each.score is None:
            failures[each.failure or "no score"] += 1
        else:
            scores[at] = each.score
    return Comparisons(pairs, scores, failures)
