"""Options that several commands share, or that are many."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

from evenface.records.diffusion import CONDITIONS, PROFILES
from evenface.vocabulary import DESIGNS, SELECTIONS

__all__ = ["all_of", "column_options", "path", "render_options", "signing_options", "spec_options", "workers_option"]

F = TypeVar("F", bound=Callable[..., Any])


def all_of(*decorators: Callable[[F], F]) -> Callable[[F], F]:
    """Return one decorator for several, in the order in which ``--help`` is to show them."""

    def apply(command: F) -> F:
        for decorator in reversed(decorators):
            command = decorator(command)
        return command

    return apply


def _some(_context: click.Context, _option: click.Parameter, given: tuple[str, ...]) -> tuple[str, ...] | None:
    """Return what was given, or None like an option that was not."""
    return given or None


path = click.Path(path_type=Path)
spec_options = all_of(
    click.argument("spec", metavar="[SPEC.toml]", type=path, required=False),
    click.option("--preset", type=click.Choice(("demo", "audit")), help="A spec that comes with evenface, in place of a file."),
    click.option("--identities-per-cell", type=int, metavar="N", help="People in each cell of tone x gender."),
    click.option("--images-per-identity", type=int, metavar="M", help="Pictures of each person besides the reference shot."),
    click.option("--size", "size_px", type=int, metavar="PX", help="Width and height of a picture in pixels."),
    click.option("--seed", type=int, metavar="S", help="Another seed gives other people."),
    click.option("--design", type=click.Choice(DESIGNS), help="crossed: every head in every tone."),
    click.option("--select", type=click.Choice(SELECTIONS), help="Recognisers that choose people far apart among candidates."),
    click.option("--candidates", type=int, metavar="C", help="People drawn for each place, where recognisers choose."),
    click.option(
        "--backend",
        metavar="NAME",
        help="cycles (rendered heads), swatch (flat ovals), diffusion (photographs), or your own module:Class.",
    ),
    click.option("--profile", type=click.Choice(PROFILES), help="How the backend diffusion makes photographs."),
    click.option("--model", metavar="ID|FOLDER", help="Its model: an id whose files the Hub's cache holds, or a folder."),
    click.option(
        "--controlnet",
        "controlnets",
        multiple=True,
        callback=_some,
        metavar="KIND=MODEL",
        help=f"A ControlNet for the profile controlnet, once for each kind: {', '.join(CONDITIONS)}.",
    ),
    click.option("--ip-adapter", metavar="ID|FOLDER", help="An IP-Adapter for that profile: it is shown the anchor."),
)
workers_option = click.option(
    "--workers", type=click.IntRange(min=1), default=1, show_default=True, help="Processes that render side by side."
)
render_options = all_of(
    workers_option,
    click.option("--device", default="auto", show_default=True, help="Where photographs are made: cpu, cuda, cuda:N or mps."),
    click.option("--offload", is_flag=True, help="Keep only the part of the model that is at work in the card's memory."),
    click.option("--compile", "compiled", is_flag=True, help="Compile the model first: minutes at the start, quicker later."),
    click.option("--yes", is_flag=True, help="Begin even when it will take long."),
    click.option("--quiet", is_flag=True, help="Show no progress."),
)
signing_options = all_of(
    click.option(
        "--c2pa-cert", type=path, metavar="CHAIN.pem", help="Sign every picture (C2PA): its certificate, then its issuers'."
    ),
    click.option("--c2pa-key", type=path, metavar="KEY.pem", help="Key of the certificate. Signed files differ in every run."),
)
column_options = all_of(
    click.option("--image-column", "image", metavar="NAME", help="Column with the picture, or with the name of its file."),
    click.option("--identity-column", "identity", metavar="NAME", help="Column that says who is seen."),
    click.option("--family-column", "family", metavar="NAME", help="Column of those who share a head: never impostors."),
    click.option("--tone-column", "tone", metavar="NAME", help="Column with the skin tone; makes cells, with the gender."),
    click.option("--gender-column", "gender", metavar="NAME", help="Column with the gender annotation."),
)
