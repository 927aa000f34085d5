"""Balance: how many of everything there are in each cell, and what that shows of the shares that were declared."""

from __future__ import annotations

from collections import Counter
from math import isinf

import numpy as np

from evenface.examine.validate.findings import FAMILY, Collector
from evenface.examine.validate.labelling import Labelling
from evenface.report import Entry, Table
from evenface.rng import rng_for
from evenface.statistics import RESAMPLES
from evenface.statistics.balance import effective_number, evenness, imbalance_ratio
from evenface.statistics.equivalence import BALANCED, NOT_SHOWN, UNBALANCED, Share, compare_shares

__all__ = ["all_balanced", "examine_shares", "representation_table", "shown"]

_LEVELS = ("people", "pictures")


def representation_table(labelling: Labelling) -> Table:
    """Return how even people and pictures are over the declared cells; the chi-square is printed and decides nothing."""
    counted = (labelling.people_by_cell(), labelling.count(labelling.cell))
    columns = ("level", "count", "evenness", "cells", "empty", "imbalance ratio", "effective number", "chi-square", "df", "p")
    rows = tuple(_representation(level, counts, labelling) for level, counts in zip(_LEVELS, counted, strict=True))
    return Table("Evenness over cells", columns, rows)


def _representation(level: str, counts: Counter[str], labelling: Labelling) -> tuple[Entry, ...]:
    total, empty = counts.total(), sum(not count for count in counts.values())
    ratio = imbalance_ratio(counts)
    told: tuple[Entry, ...] = (level, total, round(evenness(counts), 6), len(labelling.cells), empty)
    told += (None if isinf(ratio) else ratio, effective_number(counts))
    if len(counts) < 2 or not total or min(labelling.targets) <= 0:
        return (*told, None, None, None)
    from scipy.stats import chisquare  # heavy

    wanted = np.array(labelling.targets) * total
    test = chisquare([counts[cell] for cell in labelling.cells], wanted)
    return (*told, float(test.statistic), len(counts) - 1, float(test.pvalue))


def examine_shares(labelling: Labelling, margin: float, seed: int, found: Collector) -> Table:
    """Test the equivalence of each cell's share with its target; labels that were measured count, where there are such."""
    measured = labelling.measured_cell is not None
    what = "Measured" if measured else "Labelled, not measured,"
    title = f"{what} share of each cell: within {100 * margin:g} points of its target?"
    columns = ("cell", "target", "share", "low", "high", "lowest", "highest", "verdict")
    shares = _shares(labelling, margin, seed)
    for cell, share in zip(labelling.cells, shares, strict=False):
        if share.verdict == UNBALANCED:
            low, high = share.simultaneous
            told = (
                f"{100 * share.value:.1f} % where {100 * share.target:.1f} % were declared; {100 * low:.1f} to {100 * high:.1f} %"
            )
            found.add("cell-unbalanced", cell, f"{told} lie more than {100 * margin:g} points away")
    rows = tuple(
        (cell, each.target, each.value, *each.interval, *each.simultaneous, each.verdict)
        for cell, each in zip(labelling.cells, shares, strict=False)
    )
    return Table(title, columns, rows)


def all_balanced(table: Table) -> bool:
    """Say whether the table of shares shows every cell to be balanced."""
    return bool(table.rows) and all(row[-1] == BALANCED for row in table.rows)


def shown(table: Table) -> str:
    """Say in a line what the table of shares shows."""
    verdicts = Counter(row[-1] for row in table.rows)
    told = ", ".join(f"{verdicts[name]} {name}" for name in (BALANCED, UNBALANCED, NOT_SHOWN))
    return f"{table.title} Of {len(table.rows)} cells: {told}."


def _shares(labelling: Labelling, margin: float, seed: int) -> tuple[Share, ...]:
    cells = labelling.cell if labelling.measured_cell is None else labelling.measured_cell
    # By name, so that the order of the rows changes nothing; a picture without a person stands for one of its own.
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
