"""Drawings of a report: rates with intervals by cell, ROC and DET by cell; SVG goes out. By matplotlib, the extra ``plots``."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from io import BytesIO
from typing import TYPE_CHECKING, Any

import numpy as np

from evenface.examine.audit.metrics.curves import Point
from evenface.examine.audit.metrics.estimate import CELL, TONE, Estimate
from evenface.examine.audit.report.records import Report
from evenface.examine.audit.report.spelling import MISSING, is_share
from evenface.examine.audit.report.tables import rows_of
from evenface.examine.measure.plots import STYLE

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["Drawing", "can_draw", "draw_curves", "draw_rates"]

_FIXED = STYLE | {"font.size": 9, "axes.spines.top": False, "axes.spines.right": False, "axes.axisbelow": True}
_COLOURS = ("#0b5394", "#b45309", "#1b7837", "#7b3294", "#b2182b", "#4d4d4d")
"""Dark enough on white (4.5 : 1 and more); systems differ in their marks as well."""
_MARKS = "osD^vX"
_LINES = {"woman": "solid", "man": "dashed"}
_AXIS = np.array([0.001, 0.01, 0.05, 0.2, 0.5, 0.8])
_REACH = 0.0008, 0.9
"""Of a DET, on normal deviates."""


@dataclass(frozen=True, slots=True)
class Drawing:
    """A picture, and the words that stand for it."""

    title: str
    alt: str
    svg: bytes


def can_draw() -> bool:
    """Whether matplotlib is there; without it the tables stand alone."""
    return find_spec("matplotlib") is not None


def draw_rates(report: Report, task: str, metric: str) -> Drawing | None:
    """Draw a metric of every cell with its interval, systems side by side; None where there is nothing to draw."""
    rows = [row for row in rows_of(report, task, metric) if row.margin in (CELL, TONE)]
    margin = CELL if any(row.margin == CELL for row in rows) else TONE
    rows = [row for row in rows if row.margin == margin and row.value is not None]
    if not rows:
        return None
    from matplotlib import rc_context

    with rc_context(_FIXED):
        return Drawing(f"{task}: {metric}, by {margin}", _alt(report, rows, margin), _svg(_forest(report, rows)))


def draw_curves(report: Report) -> Iterator[Drawing]:
    """Draw ROC and DET of every cell, a picture for each system."""
    from matplotlib import rc_context

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
            with rc_context(_FIXED):
                yield Drawing(f"{system}: ROC and DET, by {margin}", alt, _svg(_curves(own)))


def _svg(figure: Figure) -> bytes:
    drawn = BytesIO()
    figure.savefig(drawn, format="svg", metadata={"Date": None})
    return drawn.getvalue()


def _alt(report: Report, rows: Sequence[Estimate], margin: str) -> str:
    share = is_share(rows[0].metric, report.rates)
    told = []
    for system in dict.fromkeys(row.system for row in rows):
        own = sorted((row for row in rows if row.system == system), key=lambda row: row.value or 0.0)
        least, most = (f"{_told(row.value, share)} ({row.group})" for row in (own[0], own[-1]))
        told.append(f"{system} from {least} to {most}")
    return f"{rows[0].metric} by {margin} with 95 % intervals: {'; '.join(told)}. The table below has the figures."


def _told(value: float | None, share: bool) -> str:
    return MISSING if value is None else f"{100 * value:.0f} %" if share else f"{value:.3g}"


def _forest(report: Report, rows: Sequence[Estimate]) -> Figure:
    from matplotlib.figure import Figure

    groups, systems = (list(dict.fromkeys(getattr(row, name) for row in rows)) for name in ("group", "system"))
    scale = 100 if is_share(rows[0].metric, report.rates) else 1
    figure = Figure(figsize=(6.4, 1.2 + len(groups) * (0.14 + 0.08 * len(systems))), layout="constrained")
    axis = figure.subplots()
    for number, system in enumerate(systems):
        own = [row for row in rows if row.system == system]
        places = [groups.index(row.group) + (number - (len(systems) - 1) / 2) * 0.7 / len(systems) for row in own]
        values = np.array([scale * (row.value or 0.0) for row in own])
        ends = np.array([[row.value if end is None else end for end in (row.low, row.high)] for row in own], dtype=float).T
        reach = np.abs(scale * ends - values)
        colour, mark = _COLOURS[number % len(_COLOURS)], _MARKS[number % len(_MARKS)]
        axis.errorbar(values, places, xerr=reach, fmt=mark, color=colour, markersize=3.5, linewidth=1, label=system)
    _finish(axis, [f"{group} *" if group in report.flagged else group for group in groups], scale, rows[0].metric)
    figure.legend(loc="outside upper left", ncols=min(len(systems), 4), frameon=False)
    return figure


def _finish(axis: Any, groups: Sequence[str], scale: int, metric: str) -> None:  # noqa: ANN401 (matplotlib's)
    axis.set_yticks(range(len(groups)), [_plain(group) for group in groups])
    axis.set_ylim(len(groups) - 0.4, -0.6)
    axis.set_xlabel(_plain(f"{metric}{', %' if scale == 100 else ''}"))
    axis.grid(axis="x", color="#d7dee4", linewidth=0.6)
    if scale == 100:
        axis.set_xlim(-1, 101)
    for at in range(1, len(groups), 2):
        axis.axhspan(at - 0.5, at + 0.5, color="#f4f7f9", zorder=-1)


def _plain(text: str) -> str:
    """Return a text that matplotlib does not take for a formula."""
    return text.replace("$", r"\$")


def _curves(points: Sequence[Point]) -> Figure:
    from matplotlib import colormaps
    from matplotlib.figure import Figure
    from scipy.special import ndtri  # heavy

    figure = Figure(figsize=(7.4, 4.6), layout="constrained")
    roc, det = figure.subplots(1, 2)
    groups = list(dict.fromkeys(point.group for point in points))
    tones = list(dict.fromkeys(group.partition("/")[0] for group in groups))
    for group in groups:
        own = [point for point in points if point.group == group]
        fmr, fnmr = (np.array([getattr(point, name) for point in own]) for name in ("fmr", "fnmr"))
        tone, _, gender = group.partition("/")
        # From gold, which can be told from white, to dark blue.
        colour = colormaps["plasma"](0.85 * (1 - tones.index(tone) / max(len(tones) - 1, 1)))
        look = {"color": colour, "linestyle": _LINES.get(gender, "dotted"), "linewidth": 0.9}
        roc.plot(fmr, 1 - fnmr, **look, label=_plain(group))
        inside = (fmr > 0) & (fmr < 1) & (fnmr > 0) & (fnmr < 1)
        det.plot(ndtri(fmr[inside]), ndtri(fnmr[inside]), **look)
    roc.set(title="ROC", xlabel="FMR", ylabel="1 - FNMR", xlim=(0, 1), ylim=(0, 1.01))
    ticks = ndtri(_AXIS), [f"{100 * each:g}" for each in _AXIS]
    det.set(title="DET, without rates of 0", xlabel="FMR, %", ylabel="FNMR, %", xlim=ndtri(_REACH), ylim=ndtri(_REACH))
    det.set_xticks(*ticks)
    det.set_yticks(*ticks)
    for axis in (roc, det):
        axis.grid(color="#d7dee4", linewidth=0.6)
    figure.legend(loc="outside lower center", ncols=min(5, len(groups)), frameon=False, fontsize=7)
    return figure
