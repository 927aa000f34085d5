"""What commands have in common: each function here calls one room, with its progress on the screen."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import click

from evenface.cli.terminal import counting, measure_of, say, show_table
from evenface.errors import EvenfaceError, UsageFault
from evenface.records.diffusion import Machine

if TYPE_CHECKING:
    from evenface.examine.measure import Separation
    from evenface.examine.remake import Remake
    from evenface.examine.validate import Report
    from evenface.people.plan import Plan
    from evenface.publish.signing import PictureSigner
    from evenface.render import RenderReport
    from evenface.report import Table
    from evenface.spec import Spec

__all__ = [
    "MANY_PICTURES",
    "MANY_SECONDS",
    "check_free",
    "check_machine",
    "chosen",
    "examined",
    "exit_with",
    "expected",
    "measured",
    "packaged",
    "planned",
    "remade",
    "rendered",
    "settled",
    "sheet_of",
    "show_remade",
    "show_tables",
]

MANY_PICTURES = 20_000
MANY_SECONDS = 6 * 3600
"""A plan over either is rendered only with --yes."""


def planned(spec: Path | None, preset: str | None, changes: dict[str, object]) -> Plan:
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


def expected(plan: Plan) -> str:
    """Spell how much a plan is."""
    from evenface.people.plan import estimate

    seconds, count = estimate(plan)
    much = measure_of(plan.pictures_count, seconds * 2 / (os.cpu_count() or 2), count)
    # Whose weights, and on which card, nobody knows here.
    return f"{much} for the renders; photographs: not measured on this machine" if plan.spec.diffusion else much


def check_free(out: Path, plan: Plan) -> None:
    """Refuse a folder that the dataset could not be written to, before hours go into its pictures."""
    from evenface.dataset import DatasetWriter

    with DatasetWriter(out, plan):
        pass


def settled(plan: Plan, out: Path, run: Path, workers: int, yes: bool, quiet: bool, machine: Machine) -> Plan:
    """Return the plan of the dataset ``out`` with its people chosen; a choice that a run holds already is kept."""
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
    _agree(plan, yes)
    # A model that is missing is told before people are chosen, which takes a while.
    _prepare_photographs(plan.spec)
    return chosen(plan, out.absolute().with_name(f"{out.absolute().name}.previews"), workers, quiet)


def chosen(plan: Plan, previews: Path, workers: int, quiet: bool) -> Plan:
    """Let recognisers choose the people of a plan, if it wants that."""
    from evenface.render.select import select

    if plan.is_complete:
        return plan
    _prepare(plan.spec.renderer)
    heads = sum(1 for _ in plan.heads())
    if not quiet:
        say(f"choosing {heads:,} people among {heads * plan.spec.candidates:,}")
    with counting(heads * plan.spec.candidates, quiet) as advance:
        return select(plan, previews, workers=workers, on_progress=advance)


def _agree(plan: Plan, yes: bool) -> None:
    from evenface.people.plan import estimate

    if not yes and (plan.pictures_count > MANY_PICTURES or estimate(plan).seconds > MANY_SECONDS):
        raise UsageFault(f"this is much: {expected(plan)} on this machine", "add --yes to begin, or ask for fewer people")


def rendered(plan: Plan, run: Path, workers: int, yes: bool, quiet: bool, machine: Machine) -> RenderReport:
    """Render a plan; people who could not be rendered are an error."""
    from evenface.render import render_run

    check_machine(machine, plan)
    _agree(plan, yes)
    _prepare_photographs(plan.spec)
    if not (plan.spec.diffusion and plan.spec.diffusion.profile == "text"):
        _prepare(plan.spec.renderer)
    with counting(plan.pictures_count, quiet) as advance:
        report = render_run(plan, run, backend=plan.spec.backend, workers=workers, on_progress=advance, machine=machine)
    (run / "failures.txt").unlink(missing_ok=True)
    if report.failed:
        for failed in report.failed[:10]:
            say(f"  {failed.task.identity.identity_id}: {failed.what}" + (f" ({failed.hint})" if failed.hint else ""))
        (run / "failures.txt").write_text("\n".join(failed.traceback or failed.what for failed in report.failed))
        what = f"{len(report.failed)} people of {plan.people_count:,} could not be rendered; {run / 'failures.txt'} tells more"
        raise EvenfaceError(what, "the same command tries them again and keeps the rest")
    return report


def _prepare(backend: str) -> None:
    """Make what the workers of a backend share, once and with a line about it, before there are workers."""
    if backend == "cycles":
        from evenface.backends.cycles.head import load_head_model

        load_head_model(progress=say)


@cache
def _prepare_photographs(spec: Spec) -> None:
    """Find what a model needs before there are workers, each of which would find it missing."""
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
    """Refuse a device that cannot be, or choices that a plan has no use for."""
    if plan.spec.diffusion is None and machine != Machine():
        what = f"--device, --offload and --compile are for photographs; the backend of this plan is {plan.spec.backend}"
        raise UsageFault(what, "leave them out, or plan with --backend diffusion")
    if not re.fullmatch(r"auto|cpu|cuda(:\d{1,3})?|mps", machine.device, re.ASCII):
        raise UsageFault(f"there is no device {machine.device!r}", "give --device auto, cpu, cuda, cuda:0 or mps")


def packaged(run: Path, out: Path, quiet: bool, signer: PictureSigner | None = None) -> None:
    """Measure, mark and pack a run."""
    from evenface.publish.package import package, plan_of_run

    plan = plan_of_run(run)
    if not quiet:
        say("measuring and packing")
    with counting(plan.pictures_count, quiet) as advance:
        package(run, out, signer=signer, on_progress=advance)


def remade(dataset: Path, sample: int, seed: int, workers: int, quiet: bool) -> Remake:
    """Make pictures of a dataset again."""
    from evenface.dataset import Dataset
    from evenface.examine.remake import remake

    opened = Dataset.open(dataset)
    manifest = opened.manifest
    _prepare_photographs(manifest.spec)
    _prepare(manifest.spec.renderer)
    with counting(min(sample, sum(cell.pictures for cell in manifest.cells)), quiet) as advance:
        return remake(opened, sample=sample, seed=seed, workers=workers, on_progress=advance)


def show_remade(found: Remake) -> None:
    """Write what became of the pictures to stdout, and what they were made by."""
    show_tables([found.table()])
    for recipe, here in found.recipes:
        click.echo(f"made by {recipe}" + ("; the same here" if recipe == here else f"\nhere by {here}"))
    click.echo(found.summary)


def sheet_of(dataset: Path, out: Path) -> Path:
    """Draw the contact sheet of a dataset, and return its path."""
    from evenface.publish.sheet import contact_sheet

    contact_sheet(dataset, out)
    return out


def measured(dataset: Path, columns: dict[str, str | None], out: Path | None, workers: int, quiet: bool) -> Separation:
    """Show a set of labelled faces to the face models, and write the figures into ``out``."""
    from evenface.dataset.foreign import Columns, open_labelled
    from evenface.examine.measure import measure_set
    from evenface.examine.measure.plots import draw_plots
    from evenface.examine.results import write_separation
    from evenface.report.plots import check_plots

    if out is not None:
        check_plots()
    opened = open_labelled(dataset, Columns(**columns))
    if not quiet:
        say("looking at pictures")
    with counting(opened.count, quiet) as advance:
        found = measure_set(opened, workers=workers, on_progress=advance)
    if out is not None:
        plots = draw_plots(found.report, found.matrices, out)
        write_separation(found.report, out)
        say(f"{out}: report.json, {', '.join(plot.name for plot in plots)}")
    return found


def show_tables(tables: Iterable[Table]) -> None:
    """Write tables to stdout."""
    for table in tables:
        show_table(table.title, table.columns, table.rows)


def exit_with(report: Report) -> None:
    """End the command: 0 when all is well, 1 with findings."""
    click.get_current_context().exit(0 if report.ok else 1)


def examined() -> bool:
    """Show what doctor finds, and return whether all that is needed is well."""
    from evenface.cli.doctor import examine

    sections = examine()
    for section in sections:
        rows = [(check.name, "ok" if check.good else "no", check.found, check.hint) for check in section.checks]
        show_table(section.title, ("what", "state", "found", "try"), rows)
    return all(section.good for section in sections)
