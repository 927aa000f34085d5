"""Pictures of a search: where nearest neighbours lie, how many exceed which threshold. Needs matplotlib, the extra ``plots``."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from evenface.examine.leakage.search import PICTURE, Search
from evenface.examine.measure.figures import HISTOGRAM_BINS
from evenface.examine.measure.plots import STYLE, check_plots, write_svg
from evenface.files.storage import make_folder

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["draw_leakage"]

_DATASET, _GALLERY = "#b2182b", "#4d4d4d"


def draw_leakage(searches: Sequence[Search], out: Path) -> tuple[Path, ...]:
    """Write a figure of each recogniser into ``out``, and return the files; equal figures, equal bytes."""
    check_plots()
    from matplotlib import rc_context

    made = []
    make_folder(out)
    with rc_context(STYLE):
        for name in dict.fromkeys(each.recogniser.name for each in searches):
            own = [each for each in searches if each.recogniser.name == name]
            made.append(write_svg(_figure(own), out / f"leakage_{name}.svg"))
    return tuple(made)


def _figure(searches: Sequence[Search]) -> Figure:
    from matplotlib.figure import Figure

    figure = Figure(figsize=(8, 2.8 * len(searches)), layout="constrained")
    axes = figure.subplots(len(searches), 2, squeeze=False)
    for (left, right), each in zip(axes, searches, strict=True):
        what = "picture" if each.against == PICTURE else "centre of a person"
        line = f"{'calibrated' if each.threshold.calibrated else 'public'} threshold"
        _histogram(left, each)
        _curve(right, each)
        left.set_title(f"Nearest {what} in the gallery")
        right.set_title("Share that exceeds a threshold")
        for axis in (left, right):
            axis.axvline(each.threshold.value, color="black", linewidth=0.8, label=line)
            axis.set_xlim(*each.recogniser.plotted)
            axis.set_xlabel(f"{each.recogniser.name}: {each.recogniser.unit}")
    figure.legend(*axes[0][0].get_legend_handles_labels(), loc="outside upper center", ncols=3)
    return figure


def _sides(found: Search) -> list[tuple[NDArray[np.float64], str, str]]:
    """Return the values of both sides in the unit of the recogniser, with colour and name."""
    sign = 1 if found.recogniser.unit == "cosine" else -1
    scores = ((found.found.scores, _DATASET, "dataset"), (found.baseline.scores, _GALLERY, "gallery, itself"))
    return [(sign * values[~np.isnan(values)], colour, name) for values, colour, name in scores]


def _histogram(axis: Any, found: Search) -> None:  # noqa: ANN401 (matplotlib's)
    low, high = found.recogniser.plotted
    for values, colour, name in _sides(found):
        counts, edges = np.histogram(np.clip(values, low, high), bins=HISTOGRAM_BINS, range=(low, high))
        axis.stairs(counts / max(counts.sum(), 1), edges, color=colour, label=name)
    axis.set_yticks([])


def _curve(axis: Any, found: Search) -> None:  # noqa: ANN401 (matplotlib's)
    thresholds = np.linspace(*found.recogniser.plotted, 400)
    for values, colour, _ in _sides(found):
        ordered = np.sort(values)
        below = np.searchsorted(ordered, thresholds, side="left" if found.recogniser.unit == "cosine" else "right")
        count = len(ordered) - below if found.recogniser.unit == "cosine" else below
        axis.plot(thresholds, count / max(len(ordered), 1), color=colour)
    axis.set_ylim(0, 1.02)
