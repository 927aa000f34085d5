"""Pictures of the figures: a report and its matrices come in, SVG files go out. Needs matplotlib, the extra ``plots``."""

from __future__ import annotations

from collections.abc import Sequence
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from evenface.errors import UsageFault
from evenface.examine.measure.figures import ALL, HISTOGRAM_BINS, SAME_CELL, Scores
from evenface.examine.measure.matrix import Matrix
from evenface.examine.measure.report import Report
from evenface.faces.recognisers import RECOGNISERS, Recogniser
from evenface.files.storage import make_folder, write_file

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["STYLE", "check_plots", "draw_plots", "write_svg"]

_COLOURS = {"mated": "#1b7837", ALL: "#9970ab", SAME_CELL: "#b2182b"}
_COLUMNS = 4
STYLE: dict[Any, Any] = {"svg.hashsalt": "evenface", "svg.fonttype": "path", "font.size": 8}
"""Of every figure; the salt makes equal figures equal bytes."""


def check_plots(drawn: str = "plots are drawn", option: str = "--out") -> None:
    """Refuse to begin where what ``option`` asks for could not be drawn."""
    try:
        import matplotlib  # noqa: F401
    except ImportError:
        what = f"{drawn} by matplotlib, which is not installed"
        raise UsageFault(what, f"python -m pip install 'evenface[plots]'; or leave {option} out") from None


def draw_plots(report: Report, matrices: Sequence[Matrix], out: Path) -> tuple[Path, ...]:
    """Write the histograms and the matrix of each recogniser into ``out``, and return the files; equal figures, equal bytes."""
    check_plots()
    from matplotlib import rc_context

    made = []
    make_folder(out)
    with rc_context(STYLE):
        for recogniser in RECOGNISERS:
            own = [scores for scores in report.scores if scores.system == recogniser.name]
            if own:
                made.append(write_svg(_histograms(recogniser, own), out / f"scores_{recogniser.name}.svg"))
        made += [
            write_svg(_picture(matrix), out / f"people_{matrix.recogniser.name}.svg") for matrix in matrices if matrix.people
        ]
    return tuple(made)


def write_svg(figure: Figure, path: Path) -> Path:
    """Write a figure so that equal ones are equal bytes, and return its path."""
    drawn = BytesIO()
    figure.savefig(drawn, format="svg", metadata={"Date": None})
    write_file(path, drawn.getvalue())
    return path


def _histograms(recogniser: Recogniser, scores: Sequence[Scores]) -> Figure:
    from matplotlib.figure import Figure

    groups = list(dict.fromkeys(each.group for each in scores))
    columns = min(_COLUMNS, len(groups))
    rows = -(-len(groups) // columns)
    figure = Figure(figsize=(2.9 * columns, 1.9 * rows + 0.5), layout="constrained")
    axes = figure.subplots(rows, columns, squeeze=False).ravel()
    for group, axis in zip(groups, axes, strict=False):
        _histogram(axis, recogniser, [each for each in scores if each.group == group], group)
    for axis in axes[len(groups) :]:
        axis.axis("off")
    figure.legend(*axes[0].get_legend_handles_labels(), loc="outside upper center", ncols=3)
    figure.supxlabel(f"{recogniser.name}: {recogniser.unit}; the line is the public threshold, {recogniser.public_threshold}")
    return figure


def _histogram(axis: Any, recogniser: Recogniser, scores: Sequence[Scores], group: str) -> None:  # noqa: ANN401 (matplotlib's)
    edges = np.linspace(*recogniser.plotted, HISTOGRAM_BINS + 1)
    for each in scores:
        total = sum(each.histogram)
        if total:
            axis.stairs(np.array(each.histogram) / total, edges, color=_COLOURS[each.pairs], label=_label(each.pairs), fill=False)
    axis.axvline(recogniser.public_threshold, color="black", linewidth=0.8)
    axis.set_xlim(*recogniser.plotted)
    axis.set_title(group)
    axis.set_yticks([])


def _label(pairs: str) -> str:
    return "one person" if pairs == "mated" else f"two people, {pairs}"


def _picture(matrix: Matrix) -> Figure:
    from matplotlib.figure import Figure

    figure = Figure(figsize=(8, 7), layout="constrained")
    axis = figure.subplots()
    low, high = (0.0, 1.0) if matrix.recogniser.unit == "cosine" else (0.2, 1.0)
    shown = axis.imshow(matrix.means, vmin=low, vmax=high, cmap="magma" if low == 0 else "magma_r", interpolation="nearest")
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
