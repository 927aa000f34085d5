"""Pictures of a report: its tables come in, SVG drawings go out. Needs matplotlib, the extra ``plots``."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from io import BytesIO
from typing import TYPE_CHECKING, Any

import numpy as np

from evenface.dataset import Entry, Table
from evenface.examine.measure.plots import STYLE, check_plots
from evenface.examine.validate.association import strongest
from evenface.examine.validate.findings import Report
from evenface.examine.validate.light import MARGIN
from evenface.statistics.equivalence import BALANCED, NOT_SHOWN, UNBALANCED

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["Drawing", "check_page", "draw"]

_FIXED = STYLE | {"font.size": 9, "axes.spines.top": False, "axes.spines.right": False, "axes.axisbelow": True}
_INK, _GOOD, _BAD, _UNSURE = "#22303c", "#1b7837", "#b2182b", "#b8860b"
_VERDICTS = {BALANCED: _GOOD, UNBALANCED: _BAD, NOT_SHOWN: _UNSURE}
_WIDTH = 4.7
"""Inches: so narrow that it can be read on a telephone."""
_COLUMNS_SHOWN = 30
_FAINT = 0.005
"""An association below this is not drawn."""


@dataclass(frozen=True, slots=True)
class Drawing:
    """One picture with what is to be read beside it."""

    title: str
    svg: bytes


def check_page() -> None:
    """Refuse to begin where the plots of a page could not be drawn."""
    check_plots("the page has plots, drawn", "--html")


def draw(report: Report) -> tuple[Drawing, ...]:
    """Draw what a report has tables for; equal tables, equal bytes."""
    check_page()
    from matplotlib import rc_context

    with rc_context(_FIXED):
        return tuple(_drawings(report))


def _drawings(report: Report) -> Iterator[Drawing]:
    makers: dict[str, Callable[[Table], Figure]] = {
        "Measured share": _shares,
        "Labelled, not measured, share": _shares,
        "Designed (rows)": _confusion,
        "Measured minus": _offsets,
        "Light and sharpness": _parity,
        "Nuisances": _associations,
        "Columns": _associations,
    }
    for table in report.tables:
        for beginning, make in makers.items():
            if table.title.startswith(beginning) and table.rows:
                yield Drawing(table.title, _svg(make(table)))


def _svg(figure: Figure) -> bytes:
    drawn = BytesIO()
    figure.savefig(drawn, format="svg", metadata={"Date": None})
    return drawn.getvalue()


def _axes(lines: int, *, width: float = _WIDTH) -> tuple[Figure, Any]:
    from matplotlib.figure import Figure

    figure = Figure(figsize=(width, 0.9 + 0.2 * max(lines, 3)), layout="constrained")
    return figure, figure.subplots()


def _column(table: Table, name: str) -> list[Any]:
    at = table.columns.index(name)
    return [row[at] for row in table.rows]


def _whiskers(axis: Any, names: Sequence[Entry], values: Any, low: Any, high: Any) -> None:  # noqa: ANN401 (matplotlib's)
    places = np.arange(len(names))
    axis.hlines(places, low, high, color=_INK, linewidth=1)
    axis.plot(values, places, "o", color=_INK, markersize=4)
    axis.set_yticks(places, [str(name) for name in names])
    axis.set_ylim(len(names) - 0.5, -0.5)
    axis.grid(axis="x", color="#dddddd", linewidth=0.6)


def _shares(table: Table) -> Figure:
    figure, axis = _axes(len(table.rows))
    target, value, low, high = (100 * np.array(_column(table, name)) for name in ("target", "share", "low", "high"))
    margin = float(table.title.partition("within ")[2].partition(" ")[0])
    places = np.arange(len(target))
    _whiskers(axis, _column(table, "cell"), value, low, high)
    axis.barh(places, 2 * margin, left=target - margin, height=0.8, color="#e8eef2", label="target and margin")
    axis.scatter(value, places, color=[_VERDICTS[verdict] for verdict in _column(table, "verdict")], s=22, zorder=3)
    axis.vlines(target, places - 0.4, places + 0.4, color="#8fa3b0", linewidth=1)
    axis.set_xlabel("% of people, 90 % interval")
    for verdict, colour in _VERDICTS.items():
        axis.scatter([], [], color=colour, s=22, label=verdict)
    figure.legend(loc="outside upper center", ncols=2, frameon=False, fontsize=8)
    return figure


def _confusion(table: Table) -> Figure:
    names = table.columns[1:]
    counts = np.array([row[1:] for row in table.rows], dtype=np.float64)
    figure, axis = _axes(len(table.rows) + 3)
    parts = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    axis.imshow(parts, vmin=0, vmax=1, cmap="Blues", aspect="auto")
    for (row, column), count in np.ndenumerate(counts):
        if count:
            colour = "white" if parts[row, column] > 0.6 else _INK
            axis.text(column, row, f"{count:.0f}", ha="center", va="center", color=colour, fontsize=8)
    axis.set_xticks(range(len(names)), [str(name) for name in names], rotation=60, ha="right")
    axis.set_yticks(range(len(table.rows)), [str(row[0]) for row in table.rows])
    axis.set_xlabel("measured")
    axis.set_ylabel("designed")
    return figure


def _offsets(table: Table) -> Figure:
    figure, axis = _axes(len(table.rows))
    tolerance = float(table.title.rpartition(" ")[2])
    axis.axvspan(-tolerance, tolerance, color="#e8eef2")
    axis.axvline(0, color="#8fa3b0", linewidth=1)
    _whiskers(axis, *(_column(table, name) for name in ("cell", "mean", "low", "high")))
    axis.set_xlabel("mean of the people, simultaneous 99 %")
    return figure


def _parity(table: Table) -> Figure:
    from matplotlib.figure import Figure

    measures = list(dict.fromkeys(_column(table, "measure")))
    cells = list(dict.fromkeys(_column(table, "cell")))
    figure = Figure(figsize=(_WIDTH, (0.9 + 0.2 * max(len(cells), 3)) * len(measures)), layout="constrained")
    axes = figure.subplots(len(measures), 1, squeeze=False).ravel()
    for measure, axis in zip(measures, axes, strict=True):
        own = Table(table.title, table.columns, tuple(row for row in table.rows if row[0] == measure))
        axis.axvspan(-MARGIN, MARGIN, color="#e8eef2")
        _whiskers(axis, *(_column(own, name) for name in ("cell", "difference in SD", "low", "high")))
        axis.set_title(str(measure), fontsize=9, loc="left")
    axes[-1].set_xlabel("standard deviations from the rest; simultaneous 99 %")
    return figure


def _associations(table: Table) -> Figure:
    names, told = table.columns[0], strongest(table, _FAINT)[:_COLUMNS_SHOWN]
    at = {name: table.columns.index(name) for name in ("V tone", "V gender")}
    figure, axis = _axes(len(told))
    places = np.arange(len(told))
    for shift, (name, place) in enumerate(at.items()):
        values = [float(row[place] or 0) for row in told]
        axis.barh(places + 0.4 * shift - 0.2, values, height=0.38, label=name, color=("#2c7fb8", "#d95f0e")[shift])
    axis.set_yticks(places, [str(row[0]) for row in told])
    axis.set_ylim(max(len(told), 1) - 0.5, -0.5)
    axis.set_xlim(0, 1)
    axis.set_xlabel(f"Cramer's V of each {names}, bias-corrected")
    figure.legend(loc="outside upper center", ncols=2, frameon=False)
    return figure
