"""Options that several commands share. Each stands here once, with one wording."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

from evenface.records.diffusion import CONDITIONS, PROFILES
from evenface.vocabulary import DESIGNS, SELECTIONS

__all__ = [
    "all_of",
    "column_options",
    "dataset_argument",
    "json_option",
    "label_options",
    "path",
    "quiet_option",
    "readers_option",
    "render_options",
    "scale_option",
    "signing_options",
    "spec_options",
    "workers_option",
]

F = TypeVar("F", bound=Callable[..., Any])


def all_of(*decorators: Callable[[F], F]) -> Callable[[F], F]:
    """Return one decorator for several, in the order in which ``--help`` is to show them."""

    def apply(command: F) -> F:
        for decorator in reversed(decorators):
            command = decorator(command)
        return command

    return apply


def _some(_context: click.Context, _option: click.Parameter, given: tuple[str, ...]) -> tuple[str, ...] | None:
    """Return the values, or None as for an option that was left out."""
    return given or None


path = click.Path(path_type=Path)
dataset_argument = click.argument("dataset", metavar="DATASET", type=path)
quiet_option = click.option("--quiet", is_flag=True, help="Show no progress.")
json_option = click.option("--json", "as_json", is_flag=True, help="Write the result as JSON to stdout.")
workers_option = click.option(
    "--workers", type=click.IntRange(min=1), default=1, show_default=True, help="Number of render processes."
)
readers_option = click.option(
    "--workers", type=click.IntRange(min=1), default=1, show_default=True, help="Number of processes that read pictures."
)

spec_options = all_of(
    click.argument("spec", metavar="[SPEC.toml]", type=path, required=False),
    click.option("--preset", type=click.Choice(("demo", "audit")), help="Use a spec that is part of evenface instead of a file."),
    click.option("--identities-per-cell", type=int, metavar="N", help="People in each cell of tone x gender."),
    click.option("--images-per-identity", type=int, metavar="M", help="Pictures of each person besides the reference shot."),
    click.option("--size", "size_px", type=int, metavar="PX", help="Width and height of a picture in pixels."),
    click.option("--seed", type=int, metavar="S", help="Another seed makes other people."),
    click.option("--design", type=click.Choice(DESIGNS), help="crossed: every head in every tone."),
    click.option("--select", type=click.Choice(SELECTIONS), help="Recognisers that choose dissimilar people among candidates."),
    click.option("--candidates", type=int, metavar="C", help="Candidates for each person, with --select."),
    click.option(
        "--backend",
        metavar="NAME",
        help="cycles (rendered heads), swatch (flat ovals), diffusion (photographs), or your own module:Class.",
    ),
    click.option("--profile", type=click.Choice(PROFILES), help="How the backend diffusion makes photographs."),
    click.option("--model", metavar="ID|FOLDER", help="Model of the profile: an id in the Hub's cache, or a folder."),
    click.option(
        "--controlnet",
        "controlnets",
        multiple=True,
        callback=_some,
        metavar="KIND=MODEL",
        help=f"ControlNet for the profile controlnet; once for each kind: {', '.join(CONDITIONS)}.",
    ),
    click.option("--ip-adapter", metavar="ID|FOLDER", help="IP-Adapter for the profile controlnet, conditioned on the anchor."),
)

render_options = all_of(
    workers_option,
    click.option("--device", default="auto", show_default=True, help="Device for photographs: cpu, cuda, cuda:N or mps."),
    click.option("--offload", is_flag=True, help="Keep only the active part of the model in the card's memory."),
    click.option("--compile", "compiled", is_flag=True, help="Compile the model first: minutes at the start, faster after."),
    click.option("--yes", is_flag=True, help="Start even if the plan is large."),
    quiet_option,
)

signing_options = all_of(
    click.option(
        "--c2pa-cert",
        type=path,
        metavar="CHAIN.pem",
        help="Sign every picture (C2PA) with this certificate, followed by its issuers'.",
    ),
    click.option(
        "--c2pa-key", type=path, metavar="KEY.pem", help="Private key of the certificate. Signed files differ from run to run."
    ),
)

_IMAGE = click.option("--image-column", "image", metavar="NAME", help="Column with the picture, or with the name of its file.")
_IDENTITY = click.option("--identity-column", "identity", metavar="NAME", help="Column with the identity of the person.")
_LABELS = all_of(
    click.option("--tone-column", "tone", metavar="NAME", help="Column with the skin tone; defines cells, with the gender."),
    click.option("--gender-column", "gender", metavar="NAME", help="Column with the gender annotation."),
)
column_options = all_of(
    _IMAGE,
    _IDENTITY,
    click.option(
        "--family-column", "family", metavar="NAME", help="Column of people who share a head; they are never non-mated pairs."
    ),
    _LABELS,
)
label_options = all_of(
    _IMAGE,
    _IDENTITY,
    _LABELS,
    click.option("--measured-tone-column", "measured_tone", metavar="NAME", help="Column with a measured tone."),
)
scale_option = click.option(
    "--scale", type=click.Choice(("mst", "ita", "fitzpatrick")), help="Scale of the tones in the tone column."
)
