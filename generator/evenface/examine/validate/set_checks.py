"""Checks of a set as a whole: shares of cells, measured skin against its label, light, sharpness, near duplicates."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from math import isinf
from typing import Any

import numpy as np
from numpy.typing import NDArray

from evenface.examine.validate.features import Features
from evenface.examine.validate.findings import FAMILY, Collector
from evenface.examine.validate.labelling import Labelling, Skin
from evenface.examine.validate.near_duplicates import Again, examine_near_duplicates
from evenface.examine.validate.parity import Measure, examine_parity, measures_of
from evenface.report import Entry, Table
from evenface.rng import rng_for
from evenface.statistics.association import contingency
from evenface.statistics.balance import (
    BALANCED,
    NOT_SHOWN,
    UNBALANCED,
    Share,
    compare_shares,
    effective_number,
    evenness,
    imbalance_ratio,
)
from evenface.statistics.intervals import RESAMPLES
from evenface.statistics.parity import cell_offsets, people_means

__all__ = [
    "Examined",
    "all_balanced",
    "confusion_table",
    "constancy_table",
    "examine_shares",
    "examine_skin",
    "examine_whole",
    "find_flips",
    "representation_table",
    "summarise_shares",
]

_LEVELS = ("people", "pictures")


def representation_table(labelling: Labelling) -> Table:
    """Return the evenness of people and pictures over the declared cells; the chi-square is stated without a verdict."""
    counted = (labelling.people_by_cell(), labelling.count(labelling.cell))
    columns = ("level", "count", "evenness", "cells", "empty", "imbalance ratio", "effective number", "chi-square", "df", "p")
    rows = tuple(_representation(level, counts, labelling) for level, counts in zip(_LEVELS, counted, strict=True))
    return Table("Evenness over cells", columns, rows)


def _representation(level: str, counts: Counter[str], labelling: Labelling) -> tuple[Entry, ...]:
    total, empty = counts.total(), sum(not count for count in counts.values())
    ratio = imbalance_ratio(counts)
    entries: tuple[Entry, ...] = (level, total, round(evenness(counts), 6), len(labelling.cells), empty)
    entries += (None if isinf(ratio) else ratio, effective_number(counts))
    if len(counts) < 2 or not total or min(labelling.targets) <= 0:
        return (*entries, None, None, None)
    from scipy.stats import chisquare  # heavy

    wanted = np.array(labelling.targets) * total
    test = chisquare([counts[cell] for cell in labelling.cells], wanted)
    return (*entries, float(test.statistic), len(counts) - 1, float(test.pvalue))


def examine_shares(labelling: Labelling, margin: float, seed: int, found: Collector) -> Table:
    """Test whether each cell's share is equivalent to its target, by measured labels where the set has them."""
    measured = labelling.measured_cell is not None
    what = "Measured" if measured else "Labelled, not measured,"
    title = f"{what} share of each cell: within {100 * margin:g} points of its target?"
    columns = ("cell", "target", "share", "low", "high", "lowest", "highest", "verdict")
    shares = _shares(labelling, margin, seed)
    for cell, share in zip(labelling.cells, shares, strict=False):
        if share.verdict == UNBALANCED:
            low, high = share.simultaneous
            share_text = (
                f"{100 * share.value:.1f} % where {100 * share.target:.1f} % are declared; {100 * low:.1f} to {100 * high:.1f} %"
            )
            found.add("cell-unbalanced", cell, f"{share_text} lie more than {100 * margin:g} points away")
    rows = tuple(
        (cell, each.target, each.value, *each.interval, *each.simultaneous, each.verdict)
        for cell, each in zip(labelling.cells, shares, strict=False)
    )
    return Table(title, columns, rows)


def all_balanced(table: Table) -> bool:
    """Return whether the table of shares shows every cell to be balanced."""
    return bool(table.rows) and all(row[-1] == BALANCED for row in table.rows)


def summarise_shares(table: Table) -> str:
    """Return one line on what the table of shares shows."""
    verdicts = Counter(row[-1] for row in table.rows)
    counts = ", ".join(f"{verdicts[name]} {name}" for name in (BALANCED, UNBALANCED, NOT_SHOWN))
    return f"{table.title} Of {len(table.rows)} cells: {counts}."


def _shares(labelling: Labelling, margin: float, seed: int) -> tuple[Share, ...]:
    cells = labelling.cell if labelling.measured_cell is None else labelling.measured_cell
    # Ranked by name, so that the order of rows does not matter; a picture without an identity counts as a person.
    ranks = np.append(np.argsort(np.argsort(np.array(labelling.people, dtype=np.str_))), -1)
    person = np.where(labelling.person >= 0, ranks[labelling.person], len(labelling.people) + np.arange(len(labelling)))
    taken = np.flatnonzero(labelling.judged & (cells >= 0))
    if not taken.size or len(labelling.cells) < 2:
        return ()
    _, whose = np.unique(person[taken], return_inverse=True)
    counts = np.zeros((int(whose.max()) + 1, len(labelling.cells)))
    np.add.at(counts, (whose.ravel(), cells[taken]), 1.0)
    rng = rng_for(seed, "shares of cells")
    return compare_shares(counts, labelling.targets, margin=margin, rng=rng, resamples=RESAMPLES, family=FAMILY)


Ints = NDArray[np.signedinteger[Any]]
Floats = NDArray[np.float64]


def confusion_table(labelling: Labelling, skin: Skin) -> Table:
    """Count measured tones by designed tone, over the pictures by which labels are assessed."""
    of = labelling.judged & (labelling.tone >= 0)
    counts = contingency(labelling.tone[of], skin.tone[of], (len(labelling.tones), len(labelling.tones)))
    missing = np.bincount(labelling.tone[of & (skin.tone < 0)], minlength=len(labelling.tones))
    met = [at for at in range(len(labelling.tones)) if counts[at].any() or missing[at]]
    shown = [at for at in range(len(labelling.tones)) if at in met or counts[:, at].any()]
    columns = ("designed", *(labelling.tones[at] for at in shown), "not measured")
    rows: list[tuple[Entry, ...]] = [(labelling.tones[at], *map(int, counts[at, shown]), int(missing[at])) for at in met]
    return Table("Designed (rows) against measured tone (columns), pictures", columns, tuple(rows))


def examine_skin(labelling: Labelling, skin: Skin, found: Collector) -> Table:
    """Report each cell whose people are darker or lighter than their label by more than the tolerance."""
    columns = ("cell", "people", "median", "mean", "low", "high")
    title = f"Measured minus designed, {skin.unit}, tolerance {skin.tolerance:g}"
    taken = labelling.judged & (labelling.person >= 0)
    means, cell, _ = people_means(skin.offset[taken], labelling.person[taken], labelling.cell[taken])
    rows: list[tuple[Entry, ...]] = []
    offsets = cell_offsets(means, cell, len(labelling.cells), family=FAMILY)
    for name, each in zip(labelling.cells, offsets, strict=True):
        if each is None:
            continue
        low, high = each.interval
        rows.append((name, each.people, *(round(value, 3) + 0.0 for value in (each.median, each.mean, low, high))))
        if max(low, -high) > skin.tolerance:
            darker = (each.mean < 0) == (skin.unit == "L*")
            word, way = ("darker", 1) if darker else ("lighter", -1)
            size = f"{abs(each.mean):.1f} {skin.unit} {word} than labelled, median {abs(each.median):.1f}"
            bounds = sorted((abs(low), abs(high)))
            text = f"its {each.people} people are {size}; {bounds[0]:.1f} to {bounds[1]:.1f} lie beyond {skin.tolerance:g}"
            found.add("cell-darker" if way > 0 else "cell-lighter", name, text)
    return Table(title, columns, tuple(rows))


def constancy_table(labelling: Labelling) -> Table:
    """Return how constant the labels and the measured colour of a person are, by cell."""
    columns = ("cell", "people", "tone flips", "gender flips", "delta E within, median", "largest tenth")
    known = np.flatnonzero((labelling.person >= 0) & (labelling.cell >= 0))
    people = len(labelling.people)
    own = np.full(people, -1)
    own[labelling.person[known][::-1]] = labelling.cell[known][::-1]
    flips = [find_flips(labelling.person, codes, people) for codes in (labelling.tone, labelling.gender)]
    spread = _spread(labelling)
    rows: list[tuple[Entry, ...]] = []
    for at, name in enumerate(labelling.cells):
        inside = own == at
        within = spread[inside & ~np.isnan(spread)]
        quantiles = (float(np.median(within)), float(np.quantile(within, 0.9))) if within.size else (None, None)
        rows.append((name, int(inside.sum()), *(int(each[inside].sum()) for each in flips), *quantiles))
    return Table("Constancy within a person", columns, tuple(rows))


def find_flips(person: Ints, codes: Ints, people: int) -> NDArray[np.bool_]:
    """Return for each person whether their pictures have more than one label."""
    known = (person >= 0) & (codes >= 0)
    low, high = np.full(people, np.iinfo(np.int64).max), np.full(people, -1)
    np.minimum.at(low, person[known], codes[known])
    np.maximum.at(high, person[known], codes[known])
    return np.asarray(high > np.minimum(low, high))


def _spread(labelling: Labelling) -> Floats:
    """Return the mean CIE76 distance of each person's pictures from their mean colour; NaN for fewer than two pictures."""
    people = len(labelling.people)
    if labelling.skin is None or labelling.skin.lab is None:
        return np.full(people, np.nan)
    lab = labelling.skin.lab
    known = (labelling.person >= 0) & ~np.isnan(lab).any(axis=1)
    person = labelling.person[known]
    counts = np.bincount(person, minlength=people)
    middle = np.stack([np.bincount(person, weights=lab[known, at], minlength=people) for at in range(3)], axis=1)
    middle = middle / np.maximum(counts, 1)[:, None]
    apart = np.linalg.norm(lab[known] - middle[person], axis=1)
    return np.where(counts > 1, np.bincount(person, weights=apart, minlength=people) / np.maximum(counts, 1), np.nan)


@dataclass(frozen=True, slots=True, eq=False)
class Examined:
    """Labels and features of all pictures, and the tables so far."""

    labelling: Labelling
    look: Features
    tables: tuple[Table, ...]
    again: Again
    """Returns pictures by their numbers."""
    measures: tuple[Measure, ...] = field(default=())
    """Columns of numbers to compare between cells, besides light and sharpness."""


def examine_whole(examined: Examined, margin: float, seed: int, found: Collector) -> tuple[tuple[Table, ...], Table]:
    """Run all checks of the whole set, and return their tables, and the table of shares once more."""
    labelling, look = examined.labelling, examined.look
    *first, last = examined.tables
    shares = examine_shares(labelling, margin, seed, found)
    tables = [first[0], representation_table(labelling), *first[1:], shares]
    if labelling.skin is not None:
        tables += [confusion_table(labelling, labelling.skin), examine_skin(labelling, labelling.skin, found)]
    tables.append(constancy_table(labelling))
    tables.append(examine_parity(labelling, [*measures_of(look), *examined.measures], seed, found))
    tables.append(last)
    examine_near_duplicates(labelling, look, examined.again, found)
    return tuple(table for table in tables if table.rows), shares
