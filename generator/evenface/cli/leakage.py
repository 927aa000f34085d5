"""What ``leakage`` does: both sides are opened and looked at, and what was found is written."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

from evenface.cli.calls import show_tables
from evenface.cli.options import all_of, column_options, path
from evenface.cli.terminal import counting, say
from evenface.errors import UsageFault

if TYPE_CHECKING:
    from evenface.dataset.foreign import LabelledSet
    from evenface.examine.leakage import Leakage
    from evenface.examine.leakage.faces import Faces

__all__ = ["leakage_options", "near", "show"]

leakage_options = all_of(
    click.option("--gallery", type=path, required=True, metavar="PATH", help="Pictures, or embeddings as .npz or .parquet."),
    click.option(
        "--fmr", type=float, default=1e-3, show_default=True, help="False match rate of the thresholds, in the gallery."
    ),
    click.option("--out", type=path, metavar="DIR", help="Write leakage.json, neighbours.csv and plots into this folder too."),
    click.option("--json", "as_json", is_flag=True, help="Write the report as JSON."),
    click.option("--save-embeddings", "kept", type=path, metavar="FILE.npz", help="Keep what was read of the gallery."),
    click.option(
        "--gallery-identity-column", "gallery_identity", metavar="NAME", help="Column of the gallery that says who is seen."
    ),
    column_options,
    click.option("--workers", type=click.IntRange(min=1), default=1, show_default=True, help="Processes that look side by side."),
    click.option("--quiet", is_flag=True, help="Show no progress."),
)


def near(
    dataset: Path,
    gallery: Path,
    fmr: float,
    out: Path | None,
    kept: Path | None,
    columns: dict[str, str | None],
    workers: int,
    quiet: bool,
) -> Leakage:
    """Search a gallery with every picture of a set; write all into ``out``, and what was read of the gallery to ``kept``."""
    from evenface.dataset.foreign import Columns, open_labelled
    from evenface.examine.leakage import measure_leakage
    from evenface.examine.leakage.embeddings import write_embeddings
    from evenface.examine.measure.plots import check_plots

    if out is not None:
        check_plots()
    theirs = _gallery(gallery, columns.pop("gallery_identity"))
    opened = open_labelled(dataset, Columns(**columns))
    if kept is not None and not hasattr(theirs, "pictures"):
        raise UsageFault(f"{gallery} is embeddings already", "leave --save-embeddings out")
    total = opened.count + getattr(theirs, "count", 0)
    if not quiet:
        say("looking at pictures")
    with counting(total, quiet) as advance:
        found = measure_leakage(opened, theirs, fmr=fmr, workers=workers, on_progress=advance)
    if kept is not None:
        write_embeddings(found.gallery, kept)
        say(f"{kept}: embeddings of the gallery; of photographs of people these are biometric data")
    if out is not None:
        _write(found, out)
    return found


def _gallery(path: Path, identity: str | None) -> LabelledSet | Faces:
    from evenface.dataset.foreign import Columns, open_labelled
    from evenface.dataset.foreign.loose import open_loose
    from evenface.examine.leakage.embeddings import is_embeddings, read_embeddings

    if is_embeddings(path):
        return read_embeddings(path)
    try:
        return open_loose(path) or open_labelled(path, Columns(identity=identity))
    except UsageFault as fault:  # it names the options of the dataset
        hint = fault.hint.replace("--identity-column", "--gallery-identity-column")
        hint = "call that column image or file_name" if "--image-column" in hint else hint
        raise UsageFault(fault.what, hint) from None


def _write(found: Leakage, out: Path) -> None:
    from evenface.examine.leakage.plots import draw_leakage
    from evenface.examine.leakage.report import neighbours_csv
    from evenface.files.storage import in_words, write_file

    with in_words(out):
        plots = draw_leakage(found.searches, out)
        write_file(out / "neighbours.csv", neighbours_csv(iter(found.neighbours())))
        write_file(out / "leakage.json", json.dumps(found.report.to_json(), indent=1).encode())
    say(f"{out}: leakage.json, neighbours.csv, {', '.join(plot.name for plot in plots)}")


def show(found: Leakage, as_json: bool) -> None:
    """Write the report, and end with 1 where a picture could not be looked at."""
    if as_json:
        click.echo(json.dumps(found.report.to_json(), indent=1))
    else:
        show_tables(found.report.tables())
        click.echo("\n".join(found.report.words()))
    click.get_current_context().exit(0 if found.report.ok else 1)
