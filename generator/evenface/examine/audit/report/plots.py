"""Plots of an audit: rates with intervals by cell, ROC and DET by cell. Needs matplotlib, the extra ``plots``."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import numpy as np

from evenface.examine.audit.metrics.groups import CELL, TONE, Estimate
from evenface.examine.audit.metrics.verification import Point
from evenface.examine.audit.report.records import AuditReport
from evenface.examine.audit.report.tables import rows_of
from evenface.examine.audit.report.words import is_share
from evenface.report import MISSING
from evenface.report.plots import GRID, SHADE, Drawing, draw_intervals, label_rows, new_figure, plain_label, plot_style, svg_of

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["draw_curves", "draw_rates"]

_COLOURS = ("#0b5394", "#b45309", "#1b7837", "#7b3294", "#b2182b", "#4d4d4d")
"""Dark enough on white (4.5 : 1 and more); systems differ in their marks as well."""
_MARKS = "osD^vX"
_LINES = {"woman": "solid", "man": "dashed"}
_AXIS = np.array([0.001, 0.01, 0.05, 0.2, 0.5, 0.8])
_REACH = 0.0008, 0.9
"""Of a DET, on normal deviates."""


def draw_rates(report: AuditReport, task: str, metric: str) -> Drawing | None:
    """Draw a metric of every cell with its interval, systems side by side; None where there is nothing to draw."""
    rows = [row for row in rows_of(report, task, metric) if row.margin in (CELL, TONE)]
    margin = CELL if any(row.margin == CELL for row in rows) else TONE
    rows = [row for row in rows if row.margin == margin and row.value is not None]
    if not rows:
        return None
    with plot_style():
        return Drawing(f"{task}: {metric}, by {margin}", _alt(report, rows, margin), svg_of(_rates(report, rows)))


def draw_curves(report: AuditReport) -> Iterator[Drawing]:
    """Draw ROC and DET of every cell, a picture for each system."""
    for system in dict.fromkeys(point.system for point in report.curves):
        own = [point for point in report.curves if point.system == system]
        margin = CELL if any(point.margin == CELL for point in own) else TONE
        own = [point for point in own if point.margin == margin]
        if own:
            groups = len({point.group for point in own})
            alt = (
                f"ROC and DET of {system}: a curve for each of {groups} groups, without intervals. "
                "The tables of FMR, FNMR and own thresholds hold the figures with theirs."
            )
            with plot_style():
                yield Drawing(f"{system}: ROC and DET, by {margin}", alt, svg_of(_curves(own)))


def _alt(report: AuditReport, rows: Sequence[Estimate], margin: str) -> str:
    share = is_share(rows[0].metric, report.rates)
    ranges = []
    for system in dict.fromkeys(row.system for row in rows):
        own = sorted((row for row in rows if row.system == system), key=lambda row: row.value or 0.0)
        least, most = (f"{_spell(row.value, share)} ({row.group})" for row in (own[0], own[-1]))
        ranges.append(f"{system} from {least} to {most}")
    return f"{rows[0].metric} by {margin} with 95 % intervals: {'; '.join(ranges)}. The table below has the figures."


def _spell(value: float | None, share: bool) -> str:
    return MISSING if value is None else f"{100 * value:.0f} %" if share else f"{value:.3g}"


def _rates(report: AuditReport, rows: Sequence[Estimate]) -> Figure:
    groups, systems = (list(dict.fromkeys(getattr(row, name) for row in rows)) for name in ("group", "system"))
    scale = 100 if is_share(rows[0].metric, report.rates) else 1
    figure, axes = new_figure(6.4, 1.2 + len(groups) * (0.14 + 0.08 * len(systems)))
    axis = axes[0, 0]
    for number, system in enumerate(systems):
        own = [row for row in rows if row.system == system]
        places = [groups.index(row.group) + (number - (len(systems) - 1) / 2) * 0.7 / len(systems) for row in own]
        figures = (scale * np.array([getattr(row, name) for row in own], dtype=np.float64) for name in ("value", "low", "high"))
        colour, mark = _COLOURS[number % len(_COLOURS)], _MARKS[number % len(_MARKS)]
        draw_intervals(axis, places, *figures, colour=colour, mark=mark, label=plain_label(system))
    label_rows(axis, [f"{group} *" if group in report.flagged else group for group in groups])
    axis.set_xlabel(plain_label(f"{rows[0].metric}{', %' if scale == 100 else ''}"))
    if scale == 100:
        axis.set_xlim(-1, 101)
    for at in range(1, len(groups), 2):
        axis.axhspan(at - 0.5, at + 0.5, color=SHADE, zorder=-1)
    figure.legend(loc="outside upper left", ncols=min(len(systems), 4), frameon=False)
    return figure


def _curves(points: Sequence[Point]) -> Figure:
    from matplotlib import colormaps
    from scipy.special import ndtri  # heavy

    figure, axes = new_figure(7.4, 4.6, columns=2)
    roc, det = axes[0]
    groups = list(dict.fromkeys(point.group for point in points))
    tones = list(dict.fromkeys(group.partition("/")[0] for group in groups))
    for group in groups:
        own = [point for point in points if point.group == group]
        fmr, fnmr = (np.array([getattr(point, name) for point in own]) for name in ("fmr", "fnmr"))
        tone, _, gender = group.partition("/")
        # From gold, which differs from white, to dark blue.
        colour = colormaps["plasma"](0.85 * (1 - tones.index(tone) / max(len(tones) - 1, 1)))
        look = {"color": colour, "linestyle": _LINES.get(gender, "dotted"), "linewidth": 0.9}
        roc.plot(fmr, 1 - fnmr, **look, label=plain_label(group))
        inside = (fmr > 0) & (fmr < 1) & (fnmr > 0) & (fnmr < 1)
        det.plot(ndtri(fmr[inside]), ndtri(fnmr[inside]), **look)
    roc.set(title="ROC", xlabel="FMR", ylabel="1 - FNMR", xlim=(0, 1), ylim=(0, 1.01))
    ticks = ndtri(_AXIS), [f"{100 * each:g}" for each in _AXIS]
    det.set(title="DET, without rates of 0", xlabel="FMR, %", ylabel="FNMR, %", xlim=ndtri(_REACH), ylim=ndtri(_REACH))
    det.set_xticks(*ticks)
    det.set_yticks(*ticks)
    for axis in (roc, det):
        axis.grid(color=GRID, linewidth=0.6)
    figure.legend(loc="outside lower center", ncols=min(5, len(groups)), frameon=False, fontsize=7)
    return figure
