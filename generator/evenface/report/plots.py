"""Plots as SVG: one style, and the marks that several plots share. Needs matplotlib, the extra ``plots``."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike

from evenface.errors import UsageFault
from evenface.files.storage import write_file

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = [
    "BAD",
    "GOOD",
    "GRID",
    "INK",
    "SHADE",
    "UNSURE",
    "Drawing",
    "can_draw",
    "check_plots",
    "draw_heat_map",
    "draw_histogram",
    "draw_intervals",
    "draw_threshold",
    "label_rows",
    "new_figure",
    "plain_label",
    "plot_style",
    "svg_of",
    "write_svg",
]

INK, GOOD, BAD, UNSURE = "#22303c", "#1b7837", "#b2182b", "#b8860b"
GRID, SHADE = "#d7dee4", "#f0f4f7"
_STYLE: dict[Any, Any] = {
    # The salt makes equal figures equal bytes.
    "svg.hashsalt": "evenface",
    "svg.fonttype": "path",
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.axisbelow": True,
}


@dataclass(frozen=True, slots=True)
class Drawing:
    """A plot, and the words that stand for it."""

    title: str
    alt: str
    svg: bytes


def can_draw() -> bool:
    """Whether matplotlib is installed."""
    return find_spec("matplotlib") is not None


def check_plots(drawn: str = "plots are drawn", option: str = "--out") -> None:
    """Raise ``UsageFault`` where matplotlib, which ``option`` needs, is not installed."""
    try:
        import matplotlib  # noqa: F401
    except ImportError:
        what = f"{drawn} by matplotlib, which is not installed"
        raise UsageFault(what, f"python -m pip install 'evenface[plots]'; or leave {option} out") from None


@contextmanager
def plot_style(font_size: int = 9) -> Iterator[None]:
    """Draw in the one style of evenface."""
    from matplotlib import rc_context

    with rc_context(_STYLE | {"font.size": font_size}):
        yield


def new_figure(width: float, height: float, rows: int = 1, columns: int = 1) -> tuple[Figure, Any]:
    """Return a figure, inches, and its axes as an array of ``rows`` by ``columns``."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(width, height), layout="constrained")
    return figure, figure.subplots(rows, columns, squeeze=False)


def svg_of(figure: Figure) -> bytes:
    """Return a figure as SVG; equal figures are equal bytes."""
    drawn = BytesIO()
    figure.savefig(drawn, format="svg", metadata={"Date": None})
    return drawn.getvalue()


def write_svg(figure: Figure, path: Path) -> Path:
    """Write a figure as SVG, and return its path."""
    write_file(path, svg_of(figure))
    return path


def plain_label(text: object) -> str:
    """Return a text that matplotlib does not take for a formula."""
    return str(text).replace("$", r"\$")


def label_rows(axis: Any, names: Sequence[object]) -> None:  # noqa: ANN401 (matplotlib's)
    """Name the rows of a plot, the first one on top."""
    axis.set_yticks(range(len(names)), [plain_label(name) for name in names])
    axis.set_ylim(max(len(names), 1) - 0.5, -0.5)


def draw_intervals(
    axis: Any,  # noqa: ANN401 (matplotlib's)
    places: Sequence[float] | ArrayLike,
    values: ArrayLike,
    low: ArrayLike,
    high: ArrayLike,
    *,
    colour: str = INK,
    mark: str = "o",
    label: str | None = None,
) -> None:
    """Draw a dot and its interval in each row; None draws no interval."""
    value, least, most = (np.asarray(each, dtype=np.float64) for each in (values, low, high))
    axis.hlines(places, np.where(np.isnan(least), value, least), np.where(np.isnan(most), value, most), color=colour, linewidth=1)
    axis.plot(value, places, mark, color=colour, markersize=4, label=label)
    axis.grid(axis="x", color=GRID, linewidth=0.6)


def draw_histogram(axis: Any, counts: ArrayLike, reach: tuple[float, float], *, colour: str, label: str) -> None:  # noqa: ANN401
    """Draw counts in equal bins of ``reach`` as shares of their sum."""
    heights = np.asarray(counts, dtype=np.float64)
    axis.stairs(heights / max(heights.sum(), 1), np.linspace(*reach, len(heights) + 1), color=colour, label=label)
    axis.set_xlim(*reach)
    axis.set_yticks([])


def draw_threshold(axis: Any, value: float, label: str | None = None) -> None:  # noqa: ANN401 (matplotlib's)
    """Draw the threshold of a recogniser."""
    axis.axvline(value, color="black", linewidth=0.8, label=label)


def draw_heat_map(axis: Any, values: ArrayLike, reach: tuple[float, float], colours: str, counts: ArrayLike | None = None) -> Any:  # noqa: ANN401
    """Draw a matrix of values in ``reach``, each with its count where there are counts, and return what a colour bar needs."""
    cells = np.asarray(values, dtype=np.float64)
    aspect = "equal" if counts is None else "auto"
    shown = axis.imshow(cells, vmin=reach[0], vmax=reach[1], cmap=colours, aspect=aspect, interpolation="nearest")
    for (row, column), count in np.ndenumerate(np.asarray([] if counts is None else counts)):
        if count:
            colour = "white" if cells[row, column] > 0.6 else INK
            axis.text(column, row, f"{count:.0f}", ha="center", va="center", color=colour, fontsize=8)
    return shown
