"""Systems are found by name and opened: what can be trusted runs here, anybody's own in processes that may crash."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from functools import cache
from importlib.metadata import entry_points
from typing import Any, NamedTuple, Protocol, TypeVar

from evenface.errors import EvenfaceError, UsageFault
from evenface.examine.audit.records import About, Answer
from evenface.examine.audit.systems import CAPABILITIES, SYSTEMS, Compared, Picture, Settings, look
from evenface.executors import Done, Failed, run
from evenface.plugins import Kind, is_place, load_class

__all__ = ["GROUP", "LOT", "Opened", "find_system", "open_system"]

GROUP = "evenface.systems"
"""Entry points of this group are systems by name."""
_WITH_ARGUMENT = {"command": "a program and its arguments", "scores": "a file"}
_GUARDED = ("deepface", "insightface")
"""Of ours, those that load what may crash."""
_INSTALL = {
    "boto3": "pip install 'evenface[aws]'",
    "botocore": "pip install 'evenface[aws]'",
    "cv2": "pip install opencv-python-headless",
}
_KIND = Kind("system", lambda package: _INSTALL.get(package, f"pip install {package}"), "look whether it imports")
_LIFE = 1_000_000
LOT = 16
"""Pictures for one worker, where the system itself asks for no other number (``lot``)."""

T = TypeVar("T")
R = TypeVar("R")
Pair = tuple[Picture, Picture]


class Opened(Protocol):
    """A system that is being asked."""

    about: About
    system: Any
    """What there is in this process; None where the system runs in others."""
    lot: int
    """Pictures, or pairs, that it is handed at once: what is lost when it ends in the middle of them."""

    def answers(self, lots: Iterable[Sequence[Picture]]) -> Iterator[tuple[Sequence[Picture], Sequence[Answer]]]:
        """Yield lots of pictures with what the system says of each, in any order of the lots."""
        ...

    def comparisons(self, lots: Iterable[Sequence[Pair]]) -> Iterator[tuple[Sequence[Pair], Sequence[Compared]]]:
        """Yield lots of pairs with what the system says of each."""
        ...


class _Place(NamedTuple):
    module: str
    kind: str
    ours: bool


def find_system(name: str) -> tuple[_Place, str]:
    """Return where the system called ``name`` is, and its argument, without importing it."""
    head, colon, argument = name.partition(":")
    known = {each.name: each.value for each in entry_points(group=GROUP)}
    if head in _WITH_ARGUMENT:
        if not argument.strip():
            raise UsageFault(
                f"the system {head} needs {_WITH_ARGUMENT[head]}",
                f"name it as {head}:{'FILE' if head == 'scores' else 'PROGRAM'}",
            )
        return _place(SYSTEMS[head], ours=True), argument
    place = SYSTEMS.get(name) or known.get(name) or (name if colon else "")
    if not is_place(place):
        names = ", ".join((*SYSTEMS, *known))
        raise UsageFault(f"there is no system {name!r}", f"choose one of: {names}; or your own as module:Class")
    return _place(place, ours=name in SYSTEMS), ""


def _place(place: str, *, ours: bool) -> _Place:
    module, _, kind = place.partition(":")
    return _Place(module, kind, ours)


@contextmanager
def open_system(name: str, settings: Settings) -> Iterator[Opened]:
    """Open the system called ``name``; one that is not there, or does not start, says what to type."""
    place, argument = find_system(name)
    settings = replace(settings, argument=argument)
    opened: Opened = _Guarded(name, place, settings) if not place.ours or name in _GUARDED else _Here(name, place, settings)
    try:
        yield opened
    finally:
        close = getattr(opened.system, "close", None)
        if close is not None:
            close()


class _Here:
    """A system of this process."""

    def __init__(self, name: str, place: _Place, settings: Settings) -> None:
        self.system = _started(name, place, settings)
        self.about: About = _checked(name, self.system)
        self.lot: int = getattr(self.system, "lot", LOT * settings.workers)

    def answers(self, lots: Iterable[Sequence[Picture]]) -> Iterator[tuple[Sequence[Picture], Sequence[Answer]]]:
        return ((lot, look(self.system, lot)) for lot in lots)

    def comparisons(self, lots: Iterable[Sequence[Pair]]) -> Iterator[tuple[Sequence[Pair], Sequence[Compared]]]:
        return ((lot, _compare(self.system, lot)) for lot in lots)


class _Task(NamedTuple):
    """What a worker process is handed."""

    name: str
    place: _Place
    settings: Settings
    pictures: Sequence[Picture] = ()
    pairs: Sequence[Pair] = ()


class _Guarded:
    """A system in worker processes: what it raises, or dies of, costs the picture at fault an answer and nobody else."""

    system = None

    def __init__(self, name: str, place: _Place, settings: Settings) -> None:
        self._task, self._workers, self.lot = _Task(name, place, settings), settings.workers, LOT
        (outcome,) = run(_about, [self._task], 1)
        if isinstance(outcome, Failed):
            raise EvenfaceError(f"the system {name} does not start: {outcome.what}", outcome.hint or "try it in Python first")
        self.about: About = outcome.value

    def answers(self, lots: Iterable[Sequence[Picture]]) -> Iterator[tuple[Sequence[Picture], Sequence[Answer]]]:
        tasks = (self._task._replace(pictures=lot) for lot in lots)
        for task, found in self._asked(_answer, tasks, lambda task: [task._replace(pictures=[one]) for one in task.pictures]):
            failed = [Answer(failure=found)] * len(task.pictures) if isinstance(found, str) else found
            yield task.pictures, failed

    def comparisons(self, lots: Iterable[Sequence[Pair]]) -> Iterator[tuple[Sequence[Pair], Sequence[Compared]]]:
        tasks = (self._task._replace(pairs=lot) for lot in lots)
        for task, found in self._asked(_comparison, tasks, lambda task: [task._replace(pairs=[one]) for one in task.pairs]):
            yield task.pairs, [Compared(None, found)] * len(task.pairs) if isinstance(found, str) else found

    def _asked(
        self, work: Callable[[_Task], R], tasks: Iterable[_Task], split: Callable[[_Task], list[_Task]]
    ) -> Iterator[tuple[_Task, R | str]]:
        """Yield what became of each task; one that failed is done again in its parts, and only a part of one can be at fault."""
        answered = False
        for outcome in run(work, tasks, self._workers, life=_LIFE):
            parts = [outcome] if isinstance(outcome, Done) else list(run(work, split(outcome.task), 1, life=_LIFE))
            answered = answered or any(isinstance(each, Done) for each in parts)
            if not answered:
                # Told before any of it is kept: what never answers is broken, which is no finding about pictures.
                last = next(each.what for each in parts if isinstance(each, Failed))
                raise EvenfaceError(f"the system {self._task.name} answers nothing: {last}", "try it in Python first")
            for each in parts:
                yield (each.task, each.value) if isinstance(each, Done) else (each.task, f"crashed: {each.what}")


@cache
def _kept(name: str, place: _Place, settings: Settings) -> Any:  # noqa: ANN401 (one of several Protocols)
    """Return the system of this worker, started on its first use."""
    return _started(name, place, settings)


def _about(task: _Task) -> About:
    return _checked(task.name, _kept(task.name, task.place, task.settings))


def _answer(task: _Task) -> list[Answer]:
    return look(_kept(task.name, task.place, task.settings), task.pictures)


def _comparison(task: _Task) -> list[Compared]:
    return _compare(_kept(task.name, task.place, task.settings), task.pairs)


def _compare(system: Any, pairs: Sequence[Pair]) -> list[Compared]:  # noqa: ANN401
    found = list(system.compare(pairs))
    if len(found) != len(pairs) or not all(isinstance(each, Compared) for each in found):
        what = f"the system {system.about.name} gave {len(found)} scores for {len(pairs)} pairs"
        raise EvenfaceError(what, "compare() returns one evenface.examine.audit.systems.Compared for each pair, in their order")
    return found


def _started(name: str, place: _Place, settings: Settings) -> Any:  # noqa: ANN401
    return load_class(_KIND, name, f"{place.module}:{place.kind}", lambda found: found(settings) if place.ours else found())


def _checked(name: str, system: Any) -> About:  # noqa: ANN401
    about = getattr(system, "about", None)
    if not isinstance(about, About):
        raise UsageFault(f"the system {name!r} does not say what it is", "give it about, an evenface.examine.audit.records.About")
    wrong = [each for each in about.capabilities if each not in CAPABILITIES]
    if wrong or not about.capabilities:
        what = f"the system {name!r} says that it can {', '.join(map(str, wrong)) or 'nothing'}"
        raise UsageFault(what, f"its capabilities are some of: {', '.join(CAPABILITIES)}")
    if about.scores not in ("similarity", "distance"):
        raise UsageFault(f"the system {name!r} has scores of {about.scores!r}", "scores are similarity or distance")
    return about
