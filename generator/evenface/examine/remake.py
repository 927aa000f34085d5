"""Remake: makes some pictures of a dataset again from its manifest, and compares them with the stored ones.

This checks that a published set is what its spec, its generator and its recipes make, without making all of it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from evenface.backends import PhotoBackend, PhotoSetup, executor_for, find_backend, make_frames, recipe_of, reuse_backend
from evenface.dataset import Dataset, Pixels, Row, Undecodable, decode_image, image_id_of
from evenface.dataset.marking import mark_if_known
from evenface.executors import Failed, run
from evenface.faces.tone import delta_e_2000, lab_of
from evenface.files.codec import digest_of
from evenface.people.identity import person
from evenface.people.plan import Plan
from evenface.records import Frame, Identity, Shot
from evenface.render.recipes import AnyRecipe, describe_recipe
from evenface.report import Table
from evenface.rng import rng_for
from evenface.shots import anchor_for, shots_for
from evenface.vocabulary import SCALES, Tone

__all__ = ["DIFFERENT", "MOST_DELTA_E", "MOST_PX", "SAME_BYTES", "SAME_PIXELS", "WITHIN", "Remade", "Remake", "remake"]

MOST_DELTA_E, MOST_PX = 1.0, 0.5
"""Largest mean CIEDE2000 of the pixels, and largest move of a landmark, of the same picture made on another machine."""
SAME_BYTES, SAME_PIXELS, DIFFERENT = "same bytes", "same pixels", "different"
WITHIN = f"within dE {MOST_DELTA_E} and {MOST_PX} px"

_COLUMNS = ("image_id", "recipe", "landmarks_68", "digital_source_type")


@dataclass(frozen=True, slots=True)
class Remade:
    """The comparison of one picture that was made again."""

    image_id: str
    verdict: str
    """``SAME_BYTES``, ``SAME_PIXELS``, ``WITHIN`` (by another recipe alone) or ``DIFFERENT``."""
    mean_delta_e_2000: float | None
    """Mean over the pixels; None if the two pictures cannot be compared."""
    landmark_px: float | None
    """The largest move of one of the 68 landmarks; None for pictures without landmarks."""
    why: str
    """Why the two cannot be compared; usually empty."""
    recipe: str
    """The recipe of the stored picture, in one line."""
    here: str
    """The recipe on this machine."""


@dataclass(frozen=True, slots=True)
class Remake:
    """The comparisons of all pictures that were made again."""

    pictures: tuple[Remade, ...]

    @property
    def ok(self) -> bool:
        """Whether no picture is different."""
        return all(each.verdict != DIFFERENT for each in self.pictures)

    @property
    def summary(self) -> str:
        """Return one line, such as ``5 pictures: 4 same bytes, 1 different``."""
        counts = {verdict: sum(each.verdict == verdict for each in self.pictures) for verdict in _VERDICTS}
        counted = ", ".join(f"{count} {verdict}" for verdict, count in counts.items() if count)
        return f"{len(self.pictures)} pictures: {counted}"

    @property
    def recipes(self) -> tuple[tuple[str, str], ...]:
        """Return each pair of stored recipe and recipe on this machine, once."""
        return tuple(dict.fromkeys((each.recipe, each.here) for each in self.pictures))

    def table(self) -> Table:
        """Return a line for each picture."""
        columns = ("picture", "verdict", "mean dE 2000", "landmarks moved, px", "why")
        rows = tuple((p.image_id, p.verdict, p.mean_delta_e_2000, p.landmark_px, p.why) for p in self.pictures)
        return Table("Pictures made again", columns, rows)

    def to_json(self) -> dict[str, object]:
        """Return the report as JSON data."""
        return {"format": 1, "ok": self.ok, "pictures": [asdict(each) for each in self.pictures]}


_VERDICTS = (SAME_BYTES, SAME_PIXELS, WITHIN, DIFFERENT)


@dataclass(frozen=True, slots=True)
class _Task:
    """The pictures of one person that are made again."""

    identity: Identity
    tone: Tone
    shots: tuple[Shot, ...]
    anchor: Shot
    backend: str
    photography: PhotoSetup | None


@dataclass(frozen=True, slots=True)
class _Stored:
    row: Row
    image: bytes


def remake(
    dataset: Dataset | str | Path,
    *,
    sample: int,
    seed: int = 0,
    workers: int = 1,
    on_progress: Callable[[int], None] = lambda _pictures: None,
) -> Remake:
    """Make ``sample`` pictures of a dataset again, or all of a smaller one, and compare them.

    Args:
        dataset: The dataset, or its folder.
        seed: Chooses the pictures; a checker takes a seed that the maker of the set does not know.

    Raises:
        EvenfaceError: The manifest does not give the plan that it names.
    """
    dataset = dataset if isinstance(dataset, Dataset) else Dataset.open(dataset)
    plan = dataset.manifest.plan()
    find_backend(plan.spec.backend)
    tasks = list(_tasks(plan, _draw_numbers(plan, sample, seed)))
    stored = _read_stored(dataset, {image_id for task in tasks for image_id in _ids(task)})
    known: dict[str, AnyRecipe] = {**dataset.manifest.renders_by_digest(), **dataset.manifest.recipes_by_digest()}
    found: list[Remade] = []
    with closing(run(_make, tasks, workers, executor=executor_for(plan.spec.backend, workers))) as outcomes:
        for outcome in outcomes:
            if isinstance(outcome, Failed):
                found += [_failure(image_id, outcome.what) for image_id in _ids(outcome.task)]
            else:
                recipe, made = outcome.value
                found += [_compare(*each, recipe, known, stored) for each in zip(_ids(outcome.task), made, strict=True)]
            on_progress(len(outcome.task.shots))
    return Remake(tuple(sorted(found, key=lambda each: each.image_id)))


def _draw_numbers(plan: Plan, sample: int, seed: int) -> set[int]:
    """Return the numbers of the chosen pictures, counted person by person."""
    count = plan.pictures_count
    chosen = rng_for(seed, "remake", plan.plan_hash).choice(count, size=min(sample, count), replace=False)
    return set(chosen.tolist())


def _tasks(plan: Plan, numbers: set[int]) -> Iterator[_Task]:
    spec, each = plan.spec, plan.spec.images_per_identity + 1
    people = {number // each for number in numbers}
    photography = PhotoSetup(spec.diffusion, spec.seed, spec.scale) if spec.diffusion else None
    for at, slot in enumerate(plan.slots()):
        if at in people:
            shots = tuple(shot for number, shot in enumerate(shots_for(spec, slot)) if at * each + number in numbers)
            tone = SCALES[spec.scale].tone(slot.cell.tone)
            yield _Task(person(spec.seed, spec.design, slot), tone, shots, anchor_for(spec, slot), spec.backend, photography)


def _ids(task: _Task) -> list[str]:
    return [image_id_of(task.identity.identity_id, shot.shot_id) for shot in task.shots]


def _read_stored(dataset: Dataset, wanted: set[str]) -> dict[str, _Stored]:
    """Return the rows and files of the wanted pictures by id; missing ones are left out."""
    shards = dataset.shards("default")
    rows = {at: row for at, row in enumerate(dataset.rows("default", _COLUMNS)) if row["image_id"] in wanted}
    images = dict(dataset.images(shards, sorted(rows)))
    return {row["image_id"]: _Stored(row, images.get(at) or b"") for at, row in rows.items()}


def _make(task: _Task) -> tuple[AnyRecipe | None, tuple[Frame, ...]]:
    backend = reuse_backend(task.backend, task.photography)
    recipe = backend.recipe if isinstance(backend, PhotoBackend) else recipe_of(backend, task.backend)
    return recipe, tuple(make_frames(backend, task.identity, task.tone, task.shots, task.anchor))


def _compare(
    image_id: str, frame: Frame, recipe: AnyRecipe | None, known: Mapping[str, AnyRecipe], stored: Mapping[str, _Stored]
) -> Remade:
    if image_id not in stored:
        return _failure(image_id, "the dataset lacks this picture", _describe(recipe))
    row = stored[image_id].row
    before, here = _describe(known.get(row["recipe"])), _describe(recipe)
    verdict, distance, why = _verdict(stored[image_id], frame)
    moved = _landmark_shift(row["landmarks_68"], frame)
    if verdict == WITHIN and before == here:
        verdict, why = DIFFERENT, "the recipe is the same, so the pixels should be too"
    elif verdict == WITHIN and moved is not None and moved > MOST_PX:
        verdict = DIFFERENT
    return Remade(image_id, verdict, distance, moved, why, before, here)


def _verdict(stored: _Stored, frame: Frame) -> tuple[str, float | None, str]:
    """Return the verdict, the distance of the pixels, and why they cannot be compared."""
    if mark_if_known(frame.image_png, stored.row["digital_source_type"]) == stored.image:
        return SAME_BYTES, 0.0, ""
    before, now = decode_image(stored.image), decode_image(frame.image_png)
    if isinstance(before, Undecodable) or isinstance(now, Undecodable):
        return DIFFERENT, None, "the stored picture cannot be read"
    if before.shape != now.shape:
        return DIFFERENT, None, "the two pictures differ in size"
    if np.array_equal(before, now):
        return SAME_PIXELS, 0.0, ""
    distance = _distance(before, now)
    return (WITHIN if distance <= MOST_DELTA_E else DIFFERENT), distance, ""


def _landmark_shift(landmarks: list[list[float]] | None, frame: Frame) -> float | None:
    """Return the largest move of a landmark in pixels; infinite where only one of the two pictures has landmarks."""
    if not landmarks and not frame.landmarks_68:
        return None
    before, now = np.array(landmarks or []).reshape(-1, 2), np.array(frame.landmarks_68).reshape(-1, 2)
    if before.shape != now.shape:
        return float("inf")
    # The dataset stores thousandths of a pixel.
    return round(float(np.hypot(*(before - now).T).max()), 2)


def _distance(one: Pixels, other: Pixels) -> float:
    pair = (lab_of(pixels.reshape(-1, 3)) for pixels in (one, other))
    return round(float(delta_e_2000(*pair).mean()), 4)


def _failure(image_id: str, why: str, here: str = "not started") -> Remade:
    return Remade(image_id, DIFFERENT, None, None, why, "not compared", here)


def _describe(recipe: AnyRecipe | None) -> str:
    return "not stated" if recipe is None else f"{describe_recipe(recipe)} (recipe {digest_of(recipe)[:12]})"
