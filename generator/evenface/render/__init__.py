"""Render the pictures of a plan into a run folder: ``people/<two digits>/<identity>/<shot>.{png,mask.png,json}``.

``recipes/<digest>.json`` lists renderer, libraries, processor and weights.

The JSON file is written last and marks a picture as done: it has the person, the shot, and size and digest of both images. A
picture that is missing or does not match is rendered again. So an interrupted run, continued, has the bytes of a complete one.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Container, Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path

from evenface.backends import Backend, PhotoBackend, PhotoSetup, executor_for, find_backend, make_frames, recipe_of, reuse_backend
from evenface.errors import EvenfaceError, UsageFault
from evenface.executors import Failed, run
from evenface.files.codec import canonical_json, from_json, to_json
from evenface.files.storage import TEMPORARY, explain_os_errors, lock, make_folder, sync_folder, write_file
from evenface.people.identity import person
from evenface.people.plan import Plan, read_plan, write_plan
from evenface.records import Frame, Identity, Making, Point, Shot, Slot
from evenface.records.diffusion import Machine
from evenface.render.recipes import AnyRecipe, claim_recipe, read_recipes
from evenface.shots import anchor_for, shots_for
from evenface.vocabulary import SCALES, Tone

__all__ = ["RenderReport", "RenderTask", "Rendered", "pictures", "recipes", "render_run"]

PORTION = 8
"""Greatest number of pictures in a task. Progress is reported by task, so a person with many shots is split."""

_LOCK, _PLAN, _PEOPLE, _RECIPES = ".lock", "plan.json", "people", "recipes"


@dataclass(frozen=True, slots=True)
class RenderTask:
    """Missing pictures of one person."""

    identity: Identity
    tone: Tone
    shots: tuple[Shot, ...]
    anchor: Shot
    """The shot that photographs are made from; renders do not use it."""
    backend: str
    photography: PhotoSetup | None
    """Settings of a trained model; None for a backend that renders."""
    run_dir: Path
    folder: Path


@dataclass(slots=True)
class RenderReport:
    """Counts of pictures; ``failed`` is empty if the run folder is complete."""

    done: int = 0
    """Pictures made now."""
    skipped: int = 0
    """Pictures that were there already."""
    failed: list[Failed[RenderTask]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Rendered:
    """One finished picture, read back."""

    identity: Identity
    shot: Shot
    frame: Frame
    recipe: str
    """Digest of its recipe."""


@dataclass(frozen=True, slots=True)
class _File:
    bytes: int
    sha256: str


@dataclass(frozen=True, slots=True)
class _Geometry:
    landmarks_68: tuple[Point, ...]
    landmarks_5: tuple[Point, ...]
    face_box: tuple[float, float, float, float]


@dataclass(frozen=True, slots=True)
class _Record:
    """The json beside a picture."""

    identity: Identity
    shot: Shot
    backend: str
    recipe: str
    frame: _Geometry
    image: _File
    mask: _File
    making: Making | None


def render_run(
    plan: Plan,
    run_dir: str | Path,
    *,
    backend: str,
    workers: int = 1,
    on_progress: Callable[[int], None] = lambda _pictures: None,
    executor: str | None = None,
    machine: Machine | None = None,
) -> RenderReport:
    """Make the pictures of ``plan`` that are missing in ``run_dir``.

    Args:
        on_progress: Called after each task with the number of pictures found or made.
        executor: A name of ``executors.EXECUTORS``; by default processes, except for a light backend with one worker.
        machine: Where a trained model runs on the machine; chosen automatically by default.
    """
    run_dir, report = Path(run_dir), RenderReport()
    if not plan.is_complete:
        what = f"the people of this plan are still to be chosen (select = {plan.spec.select})"
        raise UsageFault(what, "choose them first: evenface select PLAN.json --out PLAN.json")
    find_backend(backend)
    if executor is None:
        executor = executor_for(backend, workers)
    # Lazy: nothing is read before the folder is locked.
    tasks = _find_missing(plan, run_dir, backend, _photo_setup(plan, machine or Machine()), report, on_progress)
    outcomes = run(_render, tasks, workers, executor=executor)
    with _claim_folder(plan, run_dir), closing(outcomes):
        for outcome in outcomes:
            if isinstance(outcome, Failed):
                report.failed.append(outcome)
            elif isinstance(outcome.value, EvenfaceError):
                # This error would meet every task.
                raise outcome.value
            else:
                report.done += outcome.value
                on_progress(outcome.value)
    return report


def _photo_setup(plan: Plan, machine: Machine) -> PhotoSetup | None:
    spec = plan.spec
    return PhotoSetup(spec.diffusion, spec.seed, spec.scale, machine) if spec.diffusion else None


def recipes(run_dir: str | Path) -> dict[str, AnyRecipe]:
    """Return the recipes of the pictures of ``run_dir`` by their digests."""
    return read_recipes(Path(run_dir) / _RECIPES)


def pictures(plan: Plan, run_dir: str | Path) -> Iterator[Rendered]:
    """Read the pictures of ``plan``, in the order of the plan."""
    run_dir = Path(run_dir)
    if not (run_dir / _PLAN).is_file():
        hint = f"type: evenface render plan.json --out {run_dir}"
        raise UsageFault(f"{run_dir} is not a run folder: it holds no {_PLAN}", hint)
    _check_plan(plan, run_dir)
    return _read_pictures(plan, run_dir)


def _read_pictures(plan: Plan, run_dir: Path) -> Iterator[Rendered]:
    known = recipes(run_dir)
    for slot in plan.slots():
        identity, folder = person(plan.spec.seed, plan.spec.design, slot), _folder(run_dir, slot)
        for shot in shots_for(plan.spec, slot):
            with explain_os_errors(folder):
                found = _read(folder, identity, shot)
            if found is None or found.recipe not in known:
                what = f"the picture {shot.shot_id} of {identity.identity_id} is missing from {run_dir}, or is damaged"
                raise EvenfaceError(what, f"type: evenface render {run_dir / _PLAN} --out {run_dir}")
            yield found


@contextmanager
def _claim_folder(plan: Plan, run_dir: Path) -> Iterator[None]:
    """Lock ``run_dir`` for this plan and this process."""
    with explain_os_errors(run_dir):
        make_folder(run_dir)
        _check_ours(run_dir)
    with lock(run_dir / _LOCK, f"rendering into {run_dir}"):
        with explain_os_errors(run_dir):
            if (run_dir / _PLAN).exists():
                _check_plan(plan, run_dir)
            # Parts of a plan that do not affect pictures may have changed.
            if not (run_dir / _PLAN).exists() or read_plan(run_dir / _PLAN) != plan:
                write_plan(plan, run_dir / _PLAN)
        yield


def _check_plan(plan: Plan, run_dir: Path) -> None:
    found = read_plan(run_dir / _PLAN).plan_hash
    if found != plan.plan_hash:
        what = f"{run_dir} holds the pictures of another plan: {found}, not {plan.plan_hash}"
        raise UsageFault(what, "choose another folder with --out, or remove this one if its pictures are not wanted")


def _check_ours(run_dir: Path) -> None:
    """Raise UsageFault for a folder with other content, before a lock file is created in it."""
    if (run_dir / _PLAN).exists():
        return
    strangers = sorted(entry.name for entry in run_dir.iterdir() if entry.name != _LOCK and entry.suffix != TEMPORARY)
    if strangers:
        what = f"{run_dir} is not empty and holds no {_PLAN}: found {', '.join(strangers[:3])}"
        raise UsageFault(what, "choose a new or an empty folder with --out")


def _folder(run_dir: Path, slot: Slot) -> Path:
    name = slot.identity_id
    return run_dir / _PEOPLE / name.removeprefix("id_")[:2] / name


def _find_missing(
    plan: Plan,
    run_dir: Path,
    backend: str,
    photography: PhotoSetup | None,
    report: RenderReport,
    on_progress: Callable[[int], None],
) -> Iterator[RenderTask]:
    """Yield the missing pictures, person by person, and count the others."""
    spec, scale = plan.spec, SCALES[plan.spec.scale]
    known = recipes(run_dir)
    for slot in plan.slots():
        identity, folder = person(spec.seed, spec.design, slot), _folder(run_dir, slot)
        shots = shots_for(spec, slot)
        with explain_os_errors(folder):
            for leftover in folder.glob(f"*{TEMPORARY}"):
                leftover.unlink()
            missing = tuple(shot for shot in shots if not _is_made(_read(folder, identity, shot, backend), known))
        if len(missing) < len(shots):
            report.skipped += len(shots) - len(missing)
            on_progress(len(shots) - len(missing))
        for start in range(0, len(missing), PORTION):
            portion, tone = missing[start : start + PORTION], scale.tone(slot.cell.tone)
            yield RenderTask(identity, tone, portion, anchor_for(spec, slot), backend, photography, run_dir, folder)


def _is_made(found: Rendered | None, known: Container[str]) -> bool:
    """Return whether a picture is there and its recipe is one of the run."""
    return found is not None and found.recipe in known


def _render(task: RenderTask) -> int | EvenfaceError:
    """Make the pictures of a task; return an error that would meet every task, raise others."""
    try:
        backend = reuse_backend(task.backend, task.photography)
        recipe = _claim_recipes(task, backend)
    except EvenfaceError as error:
        return error
    made = make_frames(backend, task.identity, task.tone, task.shots, task.anchor)
    for shot, frame in zip(task.shots, made, strict=True):
        try:
            with explain_os_errors(task.folder):
                _write(task, shot, frame, recipe)
        except EvenfaceError as error:
            return error
    return len(task.shots)


def _claim_recipes(task: RenderTask, backend: Backend) -> str:
    """Claim the recipes of a backend for the run; return the digest of the one of its pictures."""
    rendered = recipe_of(backend, task.backend)
    own = backend.recipe if isinstance(backend, PhotoBackend) else None
    with explain_os_errors(task.run_dir):
        claimed = [claim_recipe(each, task.run_dir / _RECIPES) for each in (rendered, own) if each is not None]
    return claimed[-1]


def _write(task: RenderTask, shot: Shot, frame: Frame, recipe: str) -> None:
    make_folder(task.folder)
    geometry = _Geometry(_round_points(frame.landmarks_68), _round_points(frame.landmarks_5), _round_box(frame.face_box))
    image, mask = _describe(frame.image_png), _describe(frame.mask_png)
    record = _Record(task.identity, shot, task.backend, recipe, geometry, image, mask, frame.making)
    write_file(task.folder / f"{shot.shot_id}.png", frame.image_png)
    write_file(task.folder / f"{shot.shot_id}.mask.png", frame.mask_png)
    write_file(task.folder / f"{shot.shot_id}.json", canonical_json(to_json(record)))
    sync_folder(task.folder)


def _read(folder: Path, identity: Identity, shot: Shot, backend: str | None = None) -> Rendered | None:
    """Return a picture if its files are whole and match person and shot."""
    with suppress(FileNotFoundError):
        text = (folder / f"{shot.shot_id}.json").read_bytes()
        image = (folder / f"{shot.shot_id}.png").read_bytes()
        mask = (folder / f"{shot.shot_id}.mask.png").read_bytes()
        try:
            record = from_json(_Record, json.loads(text))
        except (ValueError, EvenfaceError):
            return None
        expected = (identity, shot, backend or record.backend, _describe(image), _describe(mask))
        if (record.identity, record.shot, record.backend, record.image, record.mask) == expected:
            geometry = record.frame
            frame = Frame(image, mask, geometry.landmarks_68, geometry.landmarks_5, geometry.face_box, record.making)
            return Rendered(identity, shot, frame, record.recipe)
    return None


def _describe(data: bytes) -> _File:
    return _File(len(data), sha256(data).hexdigest())


def _round_points(points: tuple[Point, ...]) -> tuple[Point, ...]:
    return tuple((_round(x), _round(y)) for x, y in points)


def _round_box(box: tuple[float, float, float, float]) -> tuple[float, float, float, float]:
    x, y, width, height = (_round(value) for value in box)
    return x, y, width, height


def _round(value: float) -> float:
    return round(float(value), 3) + 0.0  # no -0.0
