"""The page of a validation, with plots of its tables. Needs matplotlib, the extra ``plots``."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from evenface.examine.validate.association import strongest_rows
from evenface.examine.validate.findings import SEVERITIES, Report
from evenface.examine.validate.parity import MARGIN
from evenface.report import Table
from evenface.report.page import render_page
from evenface.report.plots import (
    BAD,
    GOOD,
    SHADE,
    UNSURE,
    Drawing,
    check_plots,
    draw_heat_map,
    draw_intervals,
    label_rows,
    new_figure,
    plot_style,
    svg_of,
)
from evenface.statistics.balance import BALANCED, NOT_SHOWN, UNBALANCED

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["check_page", "page_of"]

_VERDICTS = {BALANCED: GOOD, UNBALANCED: BAD, NOT_SHOWN: UNSURE}
_TARGET = "#8fa3b0"
_WIDTH = 4.7
"""Inches: narrow enough for a telephone."""
_COLUMNS_SHOWN = 30
_FAINT = 0.005
"""An association below this is not drawn."""


def check_page() -> None:
    """Raise ``UsageFault`` where the plots of a page cannot be drawn."""
    check_plots("the page has plots, drawn", "--html")


def page_of(report: Report, name: str, verdict: str) -> str:
    """Return the page of a report; equal tables give equal bytes.

    Args:
        name: Of the set, as the user gave it.
        verdict: The outcome in a line.
    """
    check_page()
    severities = [(severity, report.count(severity)) for severity in SEVERITIES]
    with plot_style():
        drawings = tuple(_drawings(report))
    return render_page("validation.html.j2", report=report, name=name, verdict=verdict, severities=severities, drawings=drawings)


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
                yield Drawing(table.title, f"{table.title}; the table of this name has the numbers", svg_of(make(table)))


def _height(lines: int) -> float:
    return 0.9 + 0.2 * max(lines, 3)


def _axes(lines: int) -> tuple[Figure, Any]:
    figure, axes = new_figure(_WIDTH, _height(lines))
    return figure, axes[0, 0]


def _column(table: Table, name: str) -> list[Any]:
    at = table.columns.index(name)
    return [row[at] for row in table.rows]


def _numbers(table: Table, *names: str) -> list[NDArray[np.float64]]:
    return [np.array(_column(table, name), dtype=np.float64) for name in names]


def _shares(table: Table) -> Figure:
    figure, axis = _axes(len(table.rows))
    target, value, low, high = (100 * numbers for numbers in _numbers(table, "target", "share", "low", "high"))
    margin = float(table.title.partition("within ")[2].partition(" ")[0])
    places = np.arange(len(target))
    axis.barh(places, 2 * margin, left=target - margin, height=0.8, color=SHADE, label="target and margin")
    draw_intervals(axis, places, value, low, high)
    axis.scatter(value, places, color=[_VERDICTS[verdict] for verdict in _column(table, "verdict")], s=22, zorder=3)
    axis.vlines(target, places - 0.4, places + 0.4, color=_TARGET, linewidth=1)
    label_rows(axis, _column(table, "cell"))
    axis.set_xlabel("% of people, 90 % interval")
    for verdict, colour in _VERDICTS.items():
        axis.scatter([], [], color=colour, s=22, label=verdict)
    figure.legend(loc="outside upper center", ncols=2, frameon=False, fontsize=8)
    return figure


def _confusion(table: Table) -> Figure:
    names = table.columns[1:]
    counts = np.array([row[1:] for row in table.rows], dtype=np.float64)
    figure, axis = _axes(len(table.rows) + 3)
    draw_heat_map(axis, counts / np.maximum(counts.sum(axis=1, keepdims=True), 1), (0, 1), "Blues", counts)
    axis.set_xticks(range(len(names)), names, rotation=60, ha="right")
    label_rows(axis, [row[0] for row in table.rows])
    axis.set_xlabel("measured")
    axis.set_ylabel("designed")
    return figure


def _offsets(table: Table) -> Figure:
    figure, axis = _axes(len(table.rows))
    tolerance = float(table.title.rpartition(" ")[2])
    axis.axvspan(-tolerance, tolerance, color=SHADE)
    axis.axvline(0, color=_TARGET, linewidth=1)
    draw_intervals(axis, range(len(table.rows)), *_numbers(table, "mean", "low", "high"))
    label_rows(axis, _column(table, "cell"))
    axis.set_xlabel("mean of the people, simultaneous 99 %")
    return figure


def _parity(table: Table) -> Figure:
    measures = list(dict.fromkeys(_column(table, "measure")))
    cells = list(dict.fromkeys(_column(table, "cell")))
    figure, axes = new_figure(_WIDTH, _height(len(cells)) * len(measures), rows=len(measures))
    for measure, axis in zip(measures, axes[:, 0], strict=True):
        own = Table(table.title, table.columns, tuple(row for row in table.rows if row[0] == measure))
        axis.axvspan(-MARGIN, MARGIN, color=SHADE)
        draw_intervals(axis, range(len(own.rows)), *_numbers(own, "difference in SD", "low", "high"))
        label_rows(axis, _column(own, "cell"))
        axis.set_title(str(measure), fontsize=9, loc="left")
    axes[-1, 0].set_xlabel("standard deviations from the rest; simultaneous 99 %")
    return figure


def _associations(table: Table) -> Figure:
    rows = strongest_rows(table, _FAINT)[:_COLUMNS_SHOWN]
    at = {name: table.columns.index(name) for name in ("V tone", "V gender")}
    figure, axis = _axes(len(rows))
    places = np.arange(len(rows))
    for shift, (name, place) in enumerate(at.items()):
        values = [float(row[place] or 0) for row in rows]
        axis.barh(places + 0.4 * shift - 0.2, values, height=0.38, label=name, color=("#2c7fb8", "#d95f0e")[shift])
    label_rows(axis, [row[0] for row in rows])
    axis.set_xlim(0, 1)
    axis.set_xlabel(f"Cramer's V of each {table.columns[0]}, bias-corrected")
    figure.legend(loc="outside upper center", ncols=2, frameon=False)
    return figure
