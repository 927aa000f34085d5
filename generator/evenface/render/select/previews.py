"""Render previews of candidates and embed them; the embeddings of a head are a file, so that a choice can be resumed."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass, replace
from pathlib import Path

from evenface.backends import executor_for, reuse_backend
from evenface.errors import EvenfaceError
from evenface.executors import Failed, run
from evenface.faces.reader import FaceModels
from evenface.files.codec import canonical_json, from_json, to_json
from evenface.files.storage import explain_os_errors, make_folder, write_file
from evenface.people.identity import person
from evenface.people.plan import Plan
from evenface.records import Identity, Shot, Slot
from evenface.rng import digest
from evenface.shots import reference_shot
from evenface.vocabulary import SCALES, Tone

__all__ = ["PREVIEW_PX", "PREVIEW_SAMPLES", "HeadEmbeddings", "Vectors", "embed_candidates"]

PREVIEW_PX = 112
"""About the size to which both recognisers scale a face."""
PREVIEW_SAMPLES = 4

Vectors = Mapping[str, Sequence[tuple[float, ...]]]
"""By recogniser, the embedding of each candidate; empty where no face was found."""

_Embeddings = tuple[tuple[float, ...], ...]
"""Embedding of each candidate; empty if no face was found."""


@dataclass(frozen=True, slots=True)
class _Candidates:
    """The candidates for one head."""

    key: str
    """Depends on everything that the embeddings depend on."""
    name: str
    people: tuple[Identity, ...]
    tone: Tone
    shot: Shot
    backend: str


@dataclass(frozen=True, slots=True)
class HeadEmbeddings:
    """Embeddings of the candidates for one head."""

    key: str
    sface: _Embeddings
    dlib: _Embeddings

    @property
    def vectors(self) -> Vectors:
        return {"sface": self.sface, "dlib": self.dlib}


def embed_candidates(
    plan: Plan,
    folder: Path,
    models: FaceModels,
    recognisers: tuple[str, ...],
    *,
    workers: int,
    on_progress: Callable[[int], None],
) -> dict[str, HeadEmbeddings]:
    """Return the embeddings for every head, by the identity id of its slot; make only missing ones."""
    with explain_os_errors(folder):
        make_folder(folder)
    found: dict[str, HeadEmbeddings] = {}
    tasks = _find_missing(plan, folder, recognisers, found, on_progress)
    with closing(run(_preview, tasks, workers, executor=executor_for(plan.spec.renderer, workers))) as outcomes:
        for outcome in outcomes:
            if isinstance(outcome, Failed):
                raise EvenfaceError(f"the candidates for {outcome.task.name}: {outcome.what}", outcome.hint)
            if isinstance(outcome.value, EvenfaceError):
                raise outcome.value
            read = _read(models, outcome.task, outcome.value)
            with explain_os_errors(folder):
                write_file(folder / f"{outcome.task.name}.json", canonical_json(to_json(read)))
            found[outcome.task.name] = read
            on_progress(len(outcome.value))
    return found


def _find_missing(
    plan: Plan, folder: Path, recognisers: tuple[str, ...], found: dict[str, HeadEmbeddings], on_progress: Callable[[int], None]
) -> Iterator[_Candidates]:
    for slot in plan.heads():
        task = _candidates(plan, slot, recognisers)
        with suppress(OSError, ValueError, EvenfaceError):
            stored = from_json(HeadEmbeddings, json.loads((folder / f"{task.name}.json").read_bytes()))
            if stored.key == task.key:
                found[task.name] = stored
                on_progress(len(task.people))
                continue
        yield task


def _candidates(plan: Plan, slot: Slot, recognisers: tuple[str, ...]) -> _Candidates:
    spec = plan.spec
    people = tuple(person(spec.seed, spec.design, replace(slot, attempt=at)) for at in range(spec.candidates))
    shot = replace(reference_shot(spec, slot), size_px=PREVIEW_PX, samples=PREVIEW_SAMPLES)
    key = digest(plan.generator_version, spec.renderer, *recognisers, *map(repr, people), repr(shot), size=16)
    return _Candidates(key, slot.identity_id, people, SCALES[spec.scale].tone(slot.cell.tone), shot, spec.renderer)


def _preview(task: _Candidates) -> tuple[bytes, ...] | EvenfaceError:
    """Render the candidates; return an error that would meet every head, raise others."""
    try:
        backend = reuse_backend(task.backend)
    except EvenfaceError as error:
        return error
    return tuple(backend.render(who, task.tone, task.shot).image_png for who in task.people)


def _read(models: FaceModels, task: _Candidates, previews: tuple[bytes, ...]) -> HeadEmbeddings:
    # Opaque names: face models do not get the identity of a picture.
    faces = models.read([(str(at), data) for at, data in enumerate(previews)], keep=True)
    return HeadEmbeddings(task.key, tuple(face.sface or () for face in faces), tuple(face.dlib or () for face in faces))
