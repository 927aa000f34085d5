"""Plots of a measurement: histograms of scores, and people against people. Needs matplotlib, the extra ``plots``."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from evenface.examine.measure.figures import ALL, SAME_CELL, Scores
from evenface.examine.measure.matrix import Matrix
from evenface.examine.measure.report import SeparationReport
from evenface.faces.recognisers import RECOGNISERS, Recogniser
from evenface.files.storage import make_folder
from evenface.report.plots import (
    BAD,
    GOOD,
    check_plots,
    draw_heat_map,
    draw_histogram,
    draw_threshold,
    new_figure,
    plot_style,
    write_svg,
)

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["draw_plots"]

_COLOURS = {"mated": GOOD, ALL: "#9970ab", SAME_CELL: BAD}
_COLUMNS = 4


def draw_plots(report: SeparationReport, matrices: Sequence[Matrix], out: Path) -> tuple[Path, ...]:
    """Write the histograms and the matrix of each recogniser into ``out``, and return the files; equal figures, equal bytes."""
    check_plots()
    made = []
    make_folder(out)
    with plot_style(8):
        for recogniser in RECOGNISERS:
            own = [scores for scores in report.scores if scores.system == recogniser.name]
            if own:
                made.append(write_svg(_histograms(recogniser, own), out / f"scores_{recogniser.name}.svg"))
        made += [write_svg(_people(matrix), out / f"people_{matrix.recogniser.name}.svg") for matrix in matrices if matrix.people]
    return tuple(made)


def _histograms(recogniser: Recogniser, scores: Sequence[Scores]) -> Figure:
    groups = list(dict.fromkeys(each.group for each in scores))
    columns = min(_COLUMNS, len(groups))
    rows = -(-len(groups) // columns)
    figure, grid = new_figure(2.9 * columns, 1.9 * rows + 0.5, rows, columns)
    axes = grid.ravel()
    for group, axis in zip(groups, axes, strict=False):
        for each in scores:
            if each.group == group and any(each.histogram):
                draw_histogram(
                    axis, each.histogram, recogniser.plotted, colour=_COLOURS[each.pairs], label=_pairs_label(each.pairs)
                )
        draw_threshold(axis, recogniser.public_threshold)
        axis.set_xlim(*recogniser.plotted)
        axis.set_yticks([])
        axis.set_title(group)
    for axis in axes[len(groups) :]:
        axis.axis("off")
    figure.legend(*axes[0].get_legend_handles_labels(), loc="outside upper center", ncols=3)
    figure.supxlabel(f"{recogniser.name}: {recogniser.unit}; the line is the public threshold, {recogniser.public_threshold}")
    return figure


def _pairs_label(pairs: str) -> str:
    return "one person" if pairs == "mated" else f"two people, {pairs}"


def _people(matrix: Matrix) -> Figure:
    figure, axes = new_figure(8, 7)
    axis = axes[0, 0]
    reach, colours = ((0.0, 1.0), "magma") if matrix.recogniser.unit == "cosine" else ((0.2, 1.0), "magma_r")
    shown = draw_heat_map(axis, matrix.means, reach, colours)
    figure.colorbar(shown, ax=axis, label=f"{matrix.recogniser.name}: mean {matrix.recogniser.unit}")
    names = list(dict.fromkeys(matrix.cells))
    starts = [matrix.cells.index(name) for name in names]
    ends = [*starts[1:], len(matrix.people)]
    axis.set_xticks([])
    axis.set_yticks([(start + end - 1) / 2 for start, end in zip(starts, ends, strict=True)], names)
    for start in starts[1:]:
        axis.axhline(start - 0.5, color="white", linewidth=0.4)
        axis.axvline(start - 0.5, color="white", linewidth=0.4)
    axis.set_title("People against people; brighter is more alike")
    return figure
