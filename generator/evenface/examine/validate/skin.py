"""Measured skin against its label: how often another tone is measured, and whether a cell is darker or lighter than its label."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from evenface.examine.validate.findings import FAMILY, Collector
from evenface.examine.validate.labelling import Labelling, Skin
from evenface.report import Entry, Table
from evenface.statistics.association import contingency
from evenface.statistics.parity import cell_offsets, people_means

__all__ = ["confusion_table", "constancy_table", "examine_skin", "flipped"]

Ints = NDArray[np.signedinteger[Any]]
Floats = NDArray[np.float64]


def confusion_table(labelling: Labelling, skin: Skin) -> Table:
    """Count measured tones by designed tone, over the pictures by which labels are judged."""
    of = labelling.judged & (labelling.tone >= 0)
    counts = contingency(labelling.tone[of], skin.tone[of], (len(labelling.tones), len(labelling.tones)))
    missing = np.bincount(labelling.tone[of & (skin.tone < 0)], minlength=len(labelling.tones))
    met = [at for at in range(len(labelling.tones)) if counts[at].any() or missing[at]]
    shown = [at for at in range(len(labelling.tones)) if at in met or counts[:, at].any()]
    columns = ("designed", *(labelling.tones[at] for at in shown), "not measured")
    rows: list[tuple[Entry, ...]] = [(labelling.tones[at], *map(int, counts[at, shown]), int(missing[at])) for at in met]
    return Table("Designed (rows) against measured tone (columns), pictures", columns, tuple(rows))


def examine_skin(labelling: Labelling, skin: Skin, found: Collector) -> Table:
    """Tell each cell whose people are measured darker, or lighter, than their label by more than the tolerance."""
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
            told = f"its {each.people} people are {size}; {bounds[0]:.1f} to {bounds[1]:.1f} lie beyond {skin.tolerance:g}"
            found.add("cell-darker" if way > 0 else "cell-lighter", name, told)
    return Table(title, columns, tuple(rows))


def constancy_table(labelling: Labelling) -> Table:
    """Say how constant the labels, and the measured colour, of a person are, by cell."""
    columns = ("cell", "people", "tone flips", "gender flips", "delta E within, median", "largest tenth")
    known = np.flatnonzero((labelling.person >= 0) & (labelling.cell >= 0))
    people = len(labelling.people)
    own = np.full(people, -1)
    own[labelling.person[known][::-1]] = labelling.cell[known][::-1]
    flips = [flipped(labelling.person, codes, people) for codes in (labelling.tone, labelling.gender)]
    spread = _spread(labelling)
    rows: list[tuple[Entry, ...]] = []
    for at, name in enumerate(labelling.cells):
        inside = own == at
        within = spread[inside & ~np.isnan(spread)]
        told = (float(np.median(within)), float(np.quantile(within, 0.9))) if within.size else (None, None)
        rows.append((name, int(inside.sum()), *(int(each[inside].sum()) for each in flips), *told))
    return Table("Constancy within a person", columns, tuple(rows))


def flipped(person: Ints, codes: Ints, people: int) -> NDArray[np.bool_]:
    """Return for each person whether their pictures carry more than one label."""
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
