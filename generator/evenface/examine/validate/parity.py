"""Light, sharpness and other numbers: whether a cell differs from the rest.

The light is that of the upper corners, where the background is, not the brightness of faces, of which skin is a part. Sharpness
is of the whole picture, and skin has a little part in it: 0.4 dB between the tones of flat drawings. It counts from 1 dB on.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from evenface.examine.validate.features import Features
from evenface.examine.validate.findings import FAMILY, Collector
from evenface.examine.validate.labelling import Labelling
from evenface.report import Entry, Table
from evenface.rng import rng_for
from evenface.statistics.intervals import RESAMPLES
from evenface.statistics.parity import Difference, cell_differences, kolmogorov_smirnov, ks_by_chance

__all__ = ["MARGIN", "Measure", "examine_parity", "measures_of"]

Ints = NDArray[np.signedinteger[Any]]
Bits = NDArray[np.bool_]

MARGIN = 0.25
"""Largest tolerated difference of a cell from the rest, in standard deviations (Stuart 2010, Stat. Sci. 25, 1-21)."""


class Measure(NamedTuple):
    """A number of each picture that should not differ between cells."""

    name: str
    code: str
    """Code of the finding."""
    values: NDArray[np.float64]
    least: float
    """Lower limit of the standard deviation that is used."""
    unit: str


def measures_of(look: Features) -> list[Measure]:
    """Return the measures that come from pixels."""
    light, sharpness = look.light.astype(np.float64), look.sharpness.astype(np.float64)
    return [
        Measure("light behind the head", "cell-light", light, 8.0, "luma"),
        Measure("sharpness", "cell-sharpness", sharpness, 4.0, "dB"),
    ]


def examine_parity(labelling: Labelling, measures: list[Measure], seed: int, found: Collector) -> Table:
    """Compare each cell with the pooled rest in every measure; the worst cell of each has its Kolmogorov-Smirnov distance.

    Beside it is the distance that 95 of 100 random draws of as many people do not exceed.
    """
    columns = ("measure", "cell", "people", "difference in SD", "low", "high", "KS", "KS by chance")
    person = np.where(labelling.person >= 0, labelling.person, len(labelling.people) + np.arange(len(labelling)))
    rows: list[tuple[Entry, ...]] = []
    cells, tests = len(labelling.cells), len(labelling.cells) * max(len(measures), 1)
    for each in measures:
        compared = _compare_cells(labelling, each, person, np.ones(cells, dtype=bool), tests)
        worst = max(range(cells), key=lambda at: _size(compared[at]), default=None)
        for at, difference in enumerate(compared):
            if difference is None:
                continue
            ks = _ks(labelling, each, at, person, seed) if at == worst else (None, None)
            rows.append((each.name, labelling.cells[at], difference.people, difference.value, *difference.interval, *ks))
        for at, difference in _outliers(labelling, each, person, tests):
            found.add(each.code, labelling.cells[at], _describe(each, difference))
    return Table("Light and sharpness of each cell against the rest", columns, tuple(rows))


def _compare_cells(labelling: Labelling, measure: Measure, person: Ints, among: Bits, tests: int) -> list[Difference | None]:
    """Compare some cells, each with the rest of them."""
    cell = np.where((labelling.cell >= 0) & among[labelling.cell], labelling.cell, -1)
    taken = cell >= 0
    block = None if labelling.block is None else labelling.block[taken]
    return cell_differences(
        measure.values[taken],
        person[taken],
        cell[taken],
        len(among),
        block=block,
        least=measure.least,
        family=FAMILY,
        tests=tests,
    )


def _outliers(labelling: Labelling, measure: Measure, person: Ints, tests: int) -> Iterator[tuple[int, Difference]]:
    """Yield the cell furthest beyond the margin, then the furthest of the remaining cells, and so on."""
    among = np.ones(len(labelling.cells), dtype=bool)
    while among.sum() > 1:
        compared = _compare_cells(labelling, measure, person, among, tests)
        beyond = [(_size(each), at) for at, each in enumerate(compared) if each is not None and _beyond(each)]
        if not beyond:
            return
        at = max(beyond)[1]
        difference = compared[at]
        if difference is not None:
            yield at, difference
        among[at] = False


def _beyond(difference: Difference) -> bool:
    return max(difference.interval.low, -difference.interval.high) > MARGIN


def _size(difference: Difference | None) -> float:
    return -1.0 if difference is None else abs(difference.value)


def _describe(measure: Measure, difference: Difference) -> str:
    low, high = sorted(map(abs, difference.interval))
    word = "less" if difference.value < 0 else "more"
    size = f"{abs(difference.value):.2f} standard deviations {word} {measure.name} than the rest"
    return f"its {difference.people} people have {size}; {low:.2f} to {high:.2f} lie beyond {MARGIN}"


def _ks(labelling: Labelling, measure: Measure, cell: int, person: Ints, seed: int) -> tuple[Entry, Entry]:
    known = ~np.isnan(measure.values) & (labelling.cell >= 0)
    values, inside = measure.values[known], labelling.cell[known] == cell
    distance = kolmogorov_smirnov(values[inside], values[~inside])
    if distance is None:
        return None, None
    people = len(np.unique(person[known][inside]))
    rng = rng_for(seed, "KS", measure.name, cell)
    return distance, ks_by_chance(values, person[known], people, rng, RESAMPLES)
