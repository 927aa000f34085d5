"""Plots of a search: where nearest neighbours lie, and how many exceed which threshold. Needs matplotlib, the extra ``plots``."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from evenface.examine.leakage.search import PICTURE, Search
from evenface.examine.measure.figures import HISTOGRAM_BINS
from evenface.files.storage import make_folder
from evenface.report.plots import BAD, check_plots, draw_histogram, draw_threshold, new_figure, plot_style, write_svg

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["draw_leakage"]

_DATASET, _GALLERY = BAD, "#4d4d4d"


def draw_leakage(searches: Sequence[Search], out: Path) -> tuple[Path, ...]:
    """Write a figure of each recogniser into ``out``, and return the files; equal figures, equal bytes."""
    check_plots()
    made = []
    make_folder(out)
    with plot_style(8):
        for name in dict.fromkeys(each.recogniser.name for each in searches):
            own = [each for each in searches if each.recogniser.name == name]
            made.append(write_svg(_figure(own), out / f"leakage_{name}.svg"))
    return tuple(made)


def _figure(searches: Sequence[Search]) -> Figure:
    figure, axes = new_figure(8, 2.8 * len(searches), len(searches), 2)
    for (left, right), each in zip(axes, searches, strict=True):
        what = "picture" if each.against == PICTURE else "centre of a person"
        line = f"{'calibrated' if each.threshold.calibrated else 'public'} threshold"
        for values, colour, name in _sides(each):
            counts, _ = np.histogram(np.clip(values, *each.recogniser.plotted), HISTOGRAM_BINS, each.recogniser.plotted)
            draw_histogram(left, counts, each.recogniser.plotted, colour=colour, label=name)
        _curve(right, each)
        left.set_title(f"Nearest {what} in the gallery")
        right.set_title("Share that exceeds a threshold")
        for axis in (left, right):
            draw_threshold(axis, each.threshold.value, line)
            axis.set_xlim(*each.recogniser.plotted)
            axis.set_xlabel(f"{each.recogniser.name}: {each.recogniser.unit}")
    figure.legend(*axes[0][0].get_legend_handles_labels(), loc="outside upper center", ncols=3)
    return figure


def _sides(found: Search) -> list[tuple[NDArray[np.float64], str, str]]:
    """Return the values of both sides in the unit of the recogniser, with colour and name."""
    sign = 1 if found.recogniser.unit == "cosine" else -1
    scores = ((found.found.scores, _DATASET, "dataset"), (found.baseline.scores, _GALLERY, "gallery, itself"))
    return [(sign * values[~np.isnan(values)], colour, name) for values, colour, name in scores]


def _curve(axis: Any, found: Search) -> None:  # noqa: ANN401 (matplotlib's)
    thresholds = np.linspace(*found.recogniser.plotted, 400)
    for values, colour, _ in _sides(found):
        ordered = np.sort(values)
        below = np.searchsorted(ordered, thresholds, side="left" if found.recogniser.unit == "cosine" else "right")
        count = len(ordered) - below if found.recogniser.unit == "cosine" else below
        axis.plot(thresholds, count / max(len(ordered), 1), color=colour)
    axis.set_ylim(0, 1.02)
