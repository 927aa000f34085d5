"""Finds systems by name and opens them: built-in ones run in this process, others in worker processes, which can crash."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from functools import cache
from importlib.metadata import entry_points
from typing import Any, NamedTuple, Protocol, TypeVar

from evenface.errors import EvenfaceError, UsageFault
from evenface.examine.audit.records import About, Answer
from evenface.examine.audit.systems import CAPABILITIES, SYSTEMS, Compared, Picture, Settings, ask_system
from evenface.executors import Done, Failed, run
from evenface.plugins import Kind, is_place, load_class

__all__ = ["GROUP", "LOT", "Opened", "find_system", "open_system"]

GROUP = "evenface.systems"
"""Entry points of this group are systems by name."""
_WITH_ARGUMENT = {"command": "a program and its arguments", "scores": "a file"}
_GUARDED = ("deepface", "insightface")
"""Built-in systems whose libraries can crash."""
_INSTALL = {
    "boto3": "pip install 'evenface[aws]'",
    "botocore": "pip install 'evenface[aws]'",
    "cv2": "pip install opencv-python-headless",
}
_KIND = Kind("system", lambda package: _INSTALL.get(package, f"pip install {package}"), "check that it can be imported")
_LIFE = 1_000_000
LOT = 16
"""Pictures in a batch for each worker, unless the system states another number (``lot``)."""

T = TypeVar("T")
R = TypeVar("R")
Pair = tuple[Picture, Picture]


class Opened(Protocol):
    """An opened system."""

    about: About
    system: Any
    """The system, or None if it runs in worker processes."""
    lot: int
    """Number of pictures, or pairs, in a batch; a crash loses one batch."""

    def answers(self, lots: Iterable[Sequence[Picture]]) -> Iterator[tuple[Sequence[Picture], Sequence[Answer]]]:
        """Yield batches of pictures with the answers, in any order of the batches."""
        ...

    def comparisons(self, lots: Iterable[Sequence[Pair]]) -> Iterator[tuple[Sequence[Pair], Sequence[Compared]]]:
        """Yield batches of pairs with their scores."""
        ...


class _Place(NamedTuple):
    module: str
    kind: str
    built_in: bool


def find_system(name: str) -> tuple[_Place, str]:
    """Return the place of the system ``name``, and its argument, without importing it."""
    head, colon, argument = name.partition(":")
    known = {each.name: each.value for each in entry_points(group=GROUP)}
    if head in _WITH_ARGUMENT:
        if not argument.strip():
            raise UsageFault(
                f"the system {head} needs {_WITH_ARGUMENT[head]}",
                f"give it as {head}:{'FILE' if head == 'scores' else 'PROGRAM'}",
            )
        return _place(SYSTEMS[head], built_in=True), argument
    place = SYSTEMS.get(name) or known.get(name) or (name if colon else "")
    if not is_place(place):
        names = ", ".join((*SYSTEMS, *known))
        raise UsageFault(f"the system {name!r} does not exist", f"choose one of: {names}; or give another as module:Class")
    return _place(place, built_in=name in SYSTEMS), ""


def _place(place: str, *, built_in: bool) -> _Place:
    module, _, kind = place.partition(":")
    return _Place(module, kind, built_in)


@contextmanager
def open_system(name: str, settings: Settings) -> Iterator[Opened]:
    """Open the system ``name``; a system that is missing, or does not start, is an error."""
    place, argument = find_system(name)
    settings = replace(settings, argument=argument)
    opened: Opened = _Guarded(name, place, settings) if not place.built_in or name in _GUARDED else _Here(name, place, settings)
    try:
        yield opened
    finally:
        close = getattr(opened.system, "close", None)
        if close is not None:
            close()


class _Here:
    """A system in this process."""

    def __init__(self, name: str, place: _Place, settings: Settings) -> None:
        self.system = _start(name, place, settings)
        self.about: About = _check_about(name, self.system)
        self.lot: int = getattr(self.system, "lot", LOT * settings.workers)

    def answers(self, lots: Iterable[Sequence[Picture]]) -> Iterator[tuple[Sequence[Picture], Sequence[Answer]]]:
        return ((lot, ask_system(self.system, lot)) for lot in lots)

    def comparisons(self, lots: Iterable[Sequence[Pair]]) -> Iterator[tuple[Sequence[Pair], Sequence[Compared]]]:
        return ((lot, _compare(self.system, lot)) for lot in lots)


class _Task(NamedTuple):
    """The task of a worker process."""

    name: str
    place: _Place
    settings: Settings
    pictures: Sequence[Picture] = ()
    pairs: Sequence[Pair] = ()


class _Guarded:
    """A system in worker processes: an exception or crash leaves only the picture at fault without an answer."""

    system = None

    def __init__(self, name: str, place: _Place, settings: Settings) -> None:
        self._task, self._workers, self.lot = _Task(name, place, settings), settings.workers, LOT
        (outcome,) = run(_about, [self._task], 1)
        if isinstance(outcome, Failed):
            raise EvenfaceError(f"the system {name} does not start: {outcome.what}", outcome.hint or "try it in Python first")
        self.about: About = outcome.value

    def answers(self, lots: Iterable[Sequence[Picture]]) -> Iterator[tuple[Sequence[Picture], Sequence[Answer]]]:
        tasks = (self._task._replace(pictures=lot) for lot in lots)
        for task, found in self._ask(_answer, tasks, lambda task: [task._replace(pictures=[one]) for one in task.pictures]):
            failed = [Answer(failure=found)] * len(task.pictures) if isinstance(found, str) else found
            yield task.pictures, failed

    def comparisons(self, lots: Iterable[Sequence[Pair]]) -> Iterator[tuple[Sequence[Pair], Sequence[Compared]]]:
        tasks = (self._task._replace(pairs=lot) for lot in lots)
        for task, found in self._ask(_comparison, tasks, lambda task: [task._replace(pairs=[one]) for one in task.pairs]):
            yield task.pairs, [Compared(None, found)] * len(task.pairs) if isinstance(found, str) else found

    def _ask(
        self, work: Callable[[_Task], R], tasks: Iterable[_Task], split: Callable[[_Task], list[_Task]]
    ) -> Iterator[tuple[_Task, R | str]]:
        """Yield the result of each task; a failed task is repeated picture by picture, so that only the one at fault fails."""
        answered = False
        for outcome in run(work, tasks, self._workers, life=_LIFE):
            parts = [outcome] if isinstance(outcome, Done) else list(run(work, split(outcome.task), 1, life=_LIFE))
            answered = answered or any(isinstance(each, Done) for each in parts)
            if not answered:
                # Raise before anything is stored: a system that never answers is broken, which is not a result about pictures.
                last = next(each.what for each in parts if isinstance(each, Failed))
                raise EvenfaceError(f"the system {self._task.name} fails at every picture: {last}", "try it in Python first")
            for each in parts:
                yield (each.task, each.value) if isinstance(each, Done) else (each.task, f"crashed: {each.what}")


@cache
def _worker_system(name: str, place: _Place, settings: Settings) -> Any:  # noqa: ANN401 (one of several Protocols)
    """Return the system of this worker, which starts on its first use."""
    return _start(name, place, settings)


def _about(task: _Task) -> About:
    return _check_about(task.name, _worker_system(task.name, task.place, task.settings))


def _answer(task: _Task) -> list[Answer]:
    return ask_system(_worker_system(task.name, task.place, task.settings), task.pictures)


def _comparison(task: _Task) -> list[Compared]:
    return _compare(_worker_system(task.name, task.place, task.settings), task.pairs)


def _compare(system: Any, pairs: Sequence[Pair]) -> list[Compared]:  # noqa: ANN401
    found = list(system.compare(pairs))
    if len(found) != len(pairs) or not all(isinstance(each, Compared) for each in found):
        what = f"the system {system.about.name} returned {len(found)} scores for {len(pairs)} pairs"
        raise EvenfaceError(what, "make compare() return one evenface.examine.audit.systems.Compared for each pair, in order")
    return found


def _start(name: str, place: _Place, settings: Settings) -> Any:  # noqa: ANN401
    return load_class(_KIND, name, f"{place.module}:{place.kind}", lambda found: found(settings) if place.built_in else found())


def _check_about(name: str, system: Any) -> About:  # noqa: ANN401
    about = getattr(system, "about", None)
    if not isinstance(about, About):
        raise UsageFault(f"the system {name!r} has no description", "give it about, an evenface.examine.audit.records.About")
    wrong = [each for each in about.capabilities if each not in CAPABILITIES]
    if wrong or not about.capabilities:
        what = f"the system {name!r} has the capabilities {', '.join(map(str, wrong)) or 'none'}"
        raise UsageFault(what, f"choose from: {', '.join(CAPABILITIES)}")
    if about.scores not in ("similarity", "distance"):
        raise UsageFault(f"the system {name!r} states scores of {about.scores!r}", "choose similarity or distance")
    return about
