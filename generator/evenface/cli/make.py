"""Commands that make a dataset: ``generate``, its steps ``plan``, ``select``, ``render`` and ``package``, and ``remake``."""

from __future__ import annotations

import json
import os
import re
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import click

from evenface.cli.check import validate_set, verdict
from evenface.cli.options import (
    dataset_argument,
    json_option,
    path,
    quiet_option,
    render_options,
    signing_options,
    spec_options,
    workers_option,
)
from evenface.cli.share import save_report
from evenface.cli.terminal import counting, finish, plan_size, say, show_tables
from evenface.errors import EvenfaceError, UsageFault
from evenface.records.diffusion import Machine

if TYPE_CHECKING:
    from evenface.examine.remake import Remake
    from evenface.people.plan import Plan
    from evenface.publish.signing import PictureSigner
    from evenface.render import RenderReport
    from evenface.spec import Spec

__all__ = ["generate", "package", "plan", "plan_with_people", "remake", "render", "select"]

MANY_PICTURES = 20_000
MANY_SECONDS = 6 * 3600
"""A plan over either limit is rendered only with --yes."""


@click.command()
@spec_options
@click.option("--out", type=path, required=True, metavar="DIR", help="The dataset to write. Its run folder is DIR.run.")
@signing_options
@render_options
def generate(
    spec: Path | None,
    preset: str | None,
    out: Path,
    c2pa_cert: Path | None,
    c2pa_key: Path | None,
    workers: int,
    device: str,
    offload: bool,
    compiled: bool,
    yes: bool,
    quiet: bool,
    **changes: object,
) -> None:
    """Make a dataset from a spec, in one command.

    Plans, selects, renders, measures, packages, draws the contact sheet and validates.

    Run the same command again to resume after an interruption.

    \b
    Example:
      evenface generate --preset demo --out faces-demo
      evenface generate spec.toml --out faces --workers 4
      evenface generate spec.toml --out photographs --backend diffusion --profile edit
    """
    made, machine = make_plan_of(spec, preset, changes), Machine(device, offload, compiled)
    signer = open_signer_of(c2pa_cert, c2pa_key, made.spec.backend)
    run = out.absolute().with_name(f"{out.absolute().name}.run")
    made = plan_with_people(made, out, run, workers, yes, quiet, machine)
    render_plan(made, run, workers, yes, quiet, machine)
    package_run(run, out, quiet, signer)
    report = validate_set(str(out), quiet, workers=workers)
    save_report(report, out)
    say(f"{verdict(report)} Tables: evenface validate {out}")
    say(f"Dataset:       {out}\nContact sheet: {out / 'contact_sheet.png'}")
    say(f"Run folder:    {run} (needed only to package again)")
    finish(report.ok)


@click.command()
@spec_options
@click.option("--out", type=path, required=True, metavar="FILE", help="The plan to write.")
def plan(spec: Path | None, preset: str | None, out: Path, **changes: object) -> None:
    """Turn a spec into a balanced plan with a hash.

    \b
    Example:
      evenface plan spec.toml --out plan.json
    """
    from evenface.people.plan import write_plan

    made = make_plan_of(spec, preset, changes)
    write_plan(made, out)
    say(f"{out}: {len(made.cells)} cells, {made.people_count:,} people, {describe_size(made)}; plan {made.plan_hash}")


@click.command()
@click.argument("plan", metavar="PLAN.json", type=path)
@click.option("--out", type=path, required=True, metavar="PLAN.json", help="The same plan with its people selected.")
@workers_option
@quiet_option
def select(plan: Path, out: Path, workers: int, quiet: bool) -> None:
    """Select people who look dissimilar to face recognisers.

    For a plan whose spec asks for it. Several candidates are previewed for each person; recognisers embed
    them; the candidate that is least similar to the people before is kept. The embeddings are stored in
    PLAN.json.previews.

    \b
    Example:
      evenface select plan.json --out plan.json --workers 2
    """
    from evenface.people.plan import read_plan, write_plan

    made = select_people(read_plan(plan), out.with_name(f"{out.name}.previews"), workers, quiet)
    write_plan(made, out)
    say(f"{out}: {made.people_count:,} people selected by {made.spec.select}; plan {made.plan_hash}")


@click.command()
@click.argument("plan", metavar="PLAN.json", type=path)
@click.option("--out", type=path, required=True, metavar="RUN", help="The run folder, new or of the same plan.")
@render_options
def render(plan: Path, out: Path, workers: int, device: str, offload: bool, compiled: bool, yes: bool, quiet: bool) -> None:
    """Make the pictures of a plan.

    Finished pictures in the run folder are kept.

    \b
    Example:
      evenface render plan.json --out run
    """
    from evenface.people.plan import read_plan

    report = render_plan(read_plan(plan), out, workers, yes, quiet, Machine(device, offload, compiled))
    say(f"{out}: {report.done:,} pictures made, {report.skipped:,} already there")


@click.command()
@click.argument("run", metavar="RUN", type=path)
@click.option("--out", type=path, required=True, metavar="DATASET", help="The dataset folder, new or of the same plan.")
@signing_options
@quiet_option
def package(run: Path, out: Path, c2pa_cert: Path | None, c2pa_key: Path | None, quiet: bool) -> None:
    """Measure the pictures of a run, mark them and package them.

    The XMP metadata of every picture, and the column digital_source_type, state by what kind of process it
    was made. With a certificate and its key every picture is signed as well: its file then differs from run
    to run; its pixels (pixel_sha256) do not.

    \b
    Example:
      evenface package run --out faces
      evenface package run --out faces --c2pa-cert chain.pem --c2pa-key key.pem
    """
    from evenface.publish.package import plan_of_run

    # A folder that is not a run is refused before a certificate is read.
    backend = plan_of_run(run).spec.backend
    package_run(run, out, quiet, open_signer_of(c2pa_cert, c2pa_key, backend))
    say(f"Dataset: {out}")


@click.command()
@dataset_argument
@click.option("--sample", type=click.IntRange(min=1), default=10, show_default=True, metavar="N", help="Pictures to make again.")
@click.option("--seed", type=click.IntRange(min=0), default=0, show_default=True, help="Another seed picks other pictures.")
@workers_option
@json_option
@quiet_option
def remake(dataset: Path, sample: int, seed: int, workers: int, as_json: bool, quiet: bool) -> None:
    """Make pictures of a dataset again and compare.

    The manifest states the people, the shots and the software. Each picture has the same bytes, the same
    pixels, pixels within dE 1.0 and landmarks within 0.5 px (expected on another kind of processor or
    another version of a library; both are named), or is different.

    Exit code 1 if a picture is different or could not be made.

    \b
    Example:
      evenface remake faces --sample 20
    """
    found = _remake(dataset, sample, seed, workers, quiet)
    if as_json:
        click.echo(json.dumps(found.to_json(), indent=1))
    else:
        _show_remade(found)
    finish(found.ok)


def make_plan_of(spec: Path | None, preset: str | None, changes: dict[str, object]) -> Plan:
    """Return the plan of a spec or a preset, with the options' changes."""
    from evenface.people.plan import make_plan
    from evenface.spec import override, read_spec
    from evenface.spec import preset as preset_spec

    if (spec is None) == (preset is None):
        what = (
            "neither a spec nor a preset is given" if spec is None else f"both the spec {spec} and the preset {preset} are given"
        )
        raise UsageFault(what, "give one of them: a SPEC.toml, or --preset demo")
    model = changes.get("model")
    found = read_spec(spec, model=None if model is None else str(model)) if spec is not None else preset_spec(str(preset))
    return make_plan(override(found, **changes))


def describe_size(plan: Plan) -> str:
    """Return the number of pictures, the time and the bytes that a plan is expected to take."""
    from evenface.people.plan import estimate

    seconds, count = estimate(plan)
    size = plan_size(plan.pictures_count, seconds * 2 / (os.cpu_count() or 2), count)
    # The time for photographs depends on weights and card.
    return f"{size} for the renders; photographs: not measured on this machine" if plan.spec.diffusion else size


def check_free(out: Path, plan: Plan) -> None:
    """Refuse a folder that the dataset cannot be written to, before pictures are made."""
    from evenface.dataset import DatasetWriter

    with DatasetWriter(out, plan):
        pass


def plan_with_people(plan: Plan, out: Path, run: Path, workers: int, yes: bool, quiet: bool, machine: Machine) -> Plan:
    """Return the plan of the dataset ``out`` with its people selected. A selection stored in the run folder is kept."""
    from evenface.people.plan import make_plan, read_plan, with_selection

    if not plan.is_complete and (run / "plan.json").is_file():
        held = read_plan(run / "plan.json")
        if (
            held.selection
            and make_plan(held.spec).plan_hash == plan.plan_hash
            and held.generator_version == plan.generator_version
        ):
            plan = with_selection(plan, held.selection)
    check_machine(machine, plan)
    check_free(out, plan)
    _check_size(plan, yes)
    # A missing model is reported before people are selected, which takes minutes.
    _prepare_photographs(plan.spec)
    return select_people(plan, out.absolute().with_name(f"{out.absolute().name}.previews"), workers, quiet)


def select_people(plan: Plan, previews: Path, workers: int, quiet: bool) -> Plan:
    """Let recognisers select the people of a plan whose spec asks for it."""
    from evenface.render.select import select as select_from

    if plan.is_complete:
        return plan
    _prepare_renderer(plan.spec.renderer)
    heads = sum(1 for _ in plan.heads())
    if not quiet:
        say(f"selecting {heads:,} people among {heads * plan.spec.candidates:,} candidates")
    with counting(heads * plan.spec.candidates, quiet) as advance:
        return select_from(plan, previews, workers=workers, on_progress=advance)


def _check_size(plan: Plan, yes: bool) -> None:
    from evenface.people.plan import estimate

    if not yes and (plan.pictures_count > MANY_PICTURES or estimate(plan).seconds > MANY_SECONDS):
        raise UsageFault(f"this plan is large: {describe_size(plan)} on this machine", "add --yes to start, or plan fewer people")


def render_plan(plan: Plan, run: Path, workers: int, yes: bool, quiet: bool, machine: Machine) -> RenderReport:
    """Render a plan.

    Raises:
        EvenfaceError: Some people could not be rendered; ``failures.txt`` in the run folder holds the reasons.
    """
    from evenface.render import render_run

    check_machine(machine, plan)
    _check_size(plan, yes)
    _prepare_photographs(plan.spec)
    if not (plan.spec.diffusion and plan.spec.diffusion.profile == "text"):
        _prepare_renderer(plan.spec.renderer)
    with counting(plan.pictures_count, quiet) as advance:
        report = render_run(plan, run, backend=plan.spec.backend, workers=workers, on_progress=advance, machine=machine)
    (run / "failures.txt").unlink(missing_ok=True)
    if report.failed:
        for failed in report.failed[:10]:
            say(f"  {failed.task.identity.identity_id}: {failed.what}" + (f" ({failed.hint})" if failed.hint else ""))
        (run / "failures.txt").write_text("\n".join(failed.traceback or failed.what for failed in report.failed))
        what = f"{len(report.failed)} people of {plan.people_count:,} could not be rendered; reasons: {run / 'failures.txt'}"
        raise EvenfaceError(what, "run the same command again: it retries them and keeps the rest")
    return report


def _prepare_renderer(backend: str) -> None:
    """Build what the workers of a backend share, before they start."""
    if backend == "cycles":
        from evenface.backends.cycles.head import load_head_model

        load_head_model(progress=say)


@cache
def _prepare_photographs(spec: Spec) -> None:
    """Check the files of a model and the length of prompts before workers start."""
    if spec.diffusion is None:
        return
    from evenface.backends.diffusion.quiet import require_libraries
    from evenface.backends.diffusion.tokens import check
    from evenface.backends.diffusion.weights import prepare
    from evenface.shots import longest_prompts

    require_libraries()
    prepare(spec.diffusion)
    check(spec.diffusion, longest_prompts(spec))


def check_machine(machine: Machine, plan: Plan) -> None:
    """Refuse an invalid device, and options for photographs where a plan makes none."""
    if plan.spec.diffusion is None and machine != Machine():
        what = f"--device, --offload and --compile apply to photographs; the backend of this plan is {plan.spec.backend}"
        raise UsageFault(what, "omit them, or plan with --backend diffusion")
    if not re.fullmatch(r"auto|cpu|cuda(:\d{1,3})?|mps", machine.device, re.ASCII):
        raise UsageFault(f"there is no device {machine.device!r}", "give --device auto, cpu, cuda, cuda:0 or mps")


def package_run(run: Path, out: Path, quiet: bool, signer: PictureSigner | None = None) -> None:
    """Measure, mark and package a run."""
    from evenface.publish.package import package as package_pictures
    from evenface.publish.package import plan_of_run

    plan = plan_of_run(run)
    if not quiet:
        say("measuring and packaging")
    with counting(plan.pictures_count, quiet) as advance:
        package_pictures(run, out, signer=signer, on_progress=advance)


def open_signer_of(certificate: Path | None, key: Path | None, backend: str) -> PictureSigner | None:
    """Return a tested signer for the pictures of ``backend``; None without a certificate and key."""
    if certificate is None and key is None:
        return None
    if certificate is None or key is None:
        given, lacking = ("--c2pa-cert", "--c2pa-key") if key is None else ("--c2pa-key", "--c2pa-cert")
        raise UsageFault(f"{given} is given without {lacking}", "give both, or neither")
    from evenface.dataset.marking import digital_source_type
    from evenface.publish.signing import open_signer

    return open_signer(certificate, key, digital_source_type(backend))


def _remake(dataset: Path, sample: int, seed: int, workers: int, quiet: bool) -> Remake:
    """Make pictures of a dataset again."""
    from evenface.dataset import Dataset
    from evenface.examine.remake import remake as remake_pictures

    opened = Dataset.open(dataset)
    manifest = opened.manifest
    _prepare_photographs(manifest.spec)
    _prepare_renderer(manifest.spec.renderer)
    with counting(min(sample, sum(cell.pictures for cell in manifest.cells)), quiet) as advance:
        return remake_pictures(opened, sample=sample, seed=seed, workers=workers, on_progress=advance)


def _show_remade(found: Remake) -> None:
    """Write the comparison to stdout, and the software then and now."""
    show_tables([found.table()])
    for recipe, here in found.recipes:
        click.echo(f"made by {recipe}" + ("; same as here" if recipe == here else f"\nhere: {here}"))
    click.echo(found.summary)
