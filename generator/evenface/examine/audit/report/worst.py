"""The worst errors: the pictures that each system got most wrong. Faces of real people are shown only on request."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from evenface.dataset import Undecodable, decode_image
from evenface.examine.audit.report.figures import answers_of, compared_by, truth_of
from evenface.examine.audit.report.flags import OURS
from evenface.examine.audit.run import Audited
from evenface.examine.audit.subjects import Source
from evenface.rng import rng_for

__all__ = ["MOST", "SIDE", "Error", "Worst", "may_show", "thumbnails", "worst_errors"]

MOST = 6
"""Errors shown of one system and task."""
SIDE = 96
"""Pixels of the longer side of a thumbnail."""

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Error:
    """One error: a picture, or two that were compared, and what the system answered."""

    pictures: tuple[int, ...]
    answer: str


@dataclass(frozen=True, slots=True)
class Worst:
    """The errors of one system in one task that are furthest off."""

    system: str
    task: str
    of: int
    """How many errors there are."""
    errors: tuple[Error, ...]


def may_show(audited: Audited, asked: bool) -> bool:
    """Whether pictures may be copied into a report: those of evenface always, others only on request."""
    return audited.kind == OURS or asked


def worst_errors(audited: Audited) -> tuple[Worst, ...]:
    """Return the worst errors of every system and task; equally bad ones in random order, not in the order of the cells."""
    found = [each for name in audited.abouts for each in (*_of_pictures(audited, name), *_of_pairs(audited, name))]
    return tuple(each for each in found if each.errors)


def thumbnails(audited: Audited, worst: Iterable[Worst]) -> dict[int, str]:
    """Return small JPEG pictures, base64, by the number of the picture; one that cannot be decoded is left out."""
    places = sorted({at for each in worst for error in each.errors for at in error.pictures})
    hashes = {audited.subjects.sha256[at] for at in places}
    found = {}
    for digest, data in Source(Path(audited.source), audited.asked.columns).files(hashes):
        small = _small(data)
        if small is not None:
            found[digest] = small
    return {at: found[audited.subjects.sha256[at]] for at in places if audited.subjects.sha256[at] in found}


def _small(data: bytes) -> str | None:
    pixels = decode_image(data)
    if isinstance(pixels, Undecodable):
        return None
    image, made = Image.fromarray(pixels), BytesIO()
    image.thumbnail((SIDE, SIDE))
    image.save(made, "JPEG", quality=80)
    return b64encode(made.getvalue()).decode()


def _of_pictures(audited: Audited, name: str) -> Iterator[Worst]:
    columns, about = answers_of(audited, name), audited.abouts[name]
    if columns is None:
        return
    seed, subjects = audited.asked.seed, audited.subjects
    if "detect" in about.capabilities:
        missed = np.where(columns.faces == 0, 1.0, np.nan)
        yield _worst(name, "detection", missed, lambda at: "no face found" if not columns.failed[at] else "no answer", seed)
    if "attributes" in about.capabilities:
        truth = np.array(truth_of(subjects), dtype=object)
        wrong = np.isin(truth, ("woman", "man")) & np.isin(columns.gender, ("woman", "man")) & (columns.gender != truth)
        sure = np.array([each.gender_confidence or 0.0 for each in audited.answers[name]])
        yield _worst(
            name, "gender", np.where(wrong, sure, np.nan), lambda at: _gender(truth[at], columns.gender[at], sure[at]), seed
        )
        apart = np.abs(columns.age_years - subjects.age_years)
        answers, labels = columns.age_years, subjects.age_years
        yield _worst(name, "age", apart, lambda at: f"answered {answers[at]:.0f} years, labelled {labels[at]:.0f}", seed)


def _gender(truth: str, answer: str, sure: float) -> str:
    return f"answered {answer}" + (f" ({sure:.2f})" if sure else "") + f", labelled {truth}"


def _of_pairs(audited: Audited, name: str) -> Iterator[Worst]:
    scored, about = audited.comparisons.get(name), audited.abouts[name]
    if scored is None:
        return
    pairs, subjects = compared_by(scored, about), audited.subjects
    inside = subjects.cell[pairs.first] == subjects.cell[pairs.second]
    strange = np.where(~pairs.mated & inside, pairs.score, np.nan)
    alike = np.where(pairs.mated, -pairs.score, np.nan)
    for task, badness in (("two people most alike", strange), ("one person least alike", alike)):
        found = _worst(name, task, badness, lambda at: f"{about.scores} {scored.scores[at]:.3f}", audited.asked.seed)
        couples = [
            Error((int(pairs.first[each.pictures[0]]), int(pairs.second[each.pictures[0]])), each.answer) for each in found.errors
        ]
        yield Worst(name, task, found.of, tuple(couples))


def _worst(system: str, task: str, badness: Floats, describe: Callable[[int], str], seed: int) -> Worst:
    known = np.flatnonzero(~np.isnan(badness))
    chance = rng_for(seed, "worst errors", system, task).permutation(len(known))
    first = known[np.lexsort((chance, -badness[known]))][:MOST]
    return Worst(system, task, len(known), tuple(Error((int(at),), describe(int(at))) for at in first))
