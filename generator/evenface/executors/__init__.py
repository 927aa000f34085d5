"""Apply a function to tasks, in this process or in workers, and yield each outcome when it is known.

An outcome is ``Done`` with a value or ``Failed`` with a message; a failure does not end the other tasks.
"""

from __future__ import annotations

import traceback
from collections.abc import Callable, Generator, Iterable
from dataclasses import dataclass
from importlib import import_module
from typing import Generic, Protocol, TypeVar, cast

from evenface.errors import EvenfaceError, UsageFault

__all__ = ["EXECUTORS", "Done", "Executor", "Failed", "attempt", "run", "run_serially"]

T = TypeVar("T")
R = TypeVar("R")

EXECUTORS: dict[str, str] = {
    "serial": "evenface.executors:run_serially",
    "local": "evenface.executors.local:run",
}


@dataclass(frozen=True, slots=True)
class Done(Generic[T, R]):
    """A task and what the work returned for it."""

    task: T
    value: R


@dataclass(frozen=True, slots=True)
class Failed(Generic[T]):
    """A task that failed: an exception, or a dead worker without a ``traceback``."""

    task: T
    what: str
    hint: str
    traceback: str


class Executor(Protocol):
    """Maps ``work`` over ``tasks``; takes a task only when it is about to start it; yields in any order."""

    def __call__(
        self, work: Callable[[T], R], tasks: Iterable[T], workers: int, life: int
    ) -> Generator[Done[T, R] | Failed[T], None, None]: ...


def run(
    work: Callable[[T], R], tasks: Iterable[T], workers: int = 1, *, life: int = 25, executor: str = "local"
) -> Generator[Done[T, R] | Failed[T], None, None]:
    """Do every task and yield its outcome as soon as it is known.

    Closing the iterator, or an interrupt, ends the workers at once.

    Args:
        work: A function of a module (workers are spawned and import it by name).
        tasks: Taken one by one, only when a worker is about to be free: may be endless.
        workers: Number of processes; even a single one protects the caller from a crash. ``serial`` has none.
        life: Tasks per worker before all workers are replaced.
        executor: A name of ``EXECUTORS``.
    """
    if executor not in EXECUTORS:
        raise UsageFault(f"there is no executor {executor!r}", f"choose one of: {', '.join(EXECUTORS)}")
    for name, value in (("workers", workers), ("life", life)):
        if value < 1:
            raise UsageFault(f"{name} is {value}, but at least 1 is needed", f"give {name} a whole number from 1 up")
    module, _, function = EXECUTORS[executor].partition(":")
    chosen = cast(Executor, getattr(import_module(module), function))
    return chosen(work, tasks, workers, life)


def attempt(work: Callable[[T], R], task: T) -> Done[T, R] | Failed[T]:
    """Do ``task`` and turn an exception into text, since many exceptions cannot be sent between processes."""
    try:
        return Done(task, work(task))
    except EvenfaceError as error:
        return Failed(task, error.what, error.hint, traceback.format_exc())
    except (Exception, SystemExit) as error:
        return Failed(task, f"{type(error).__name__}: {error}", "", traceback.format_exc())


def run_serially(work: Callable[[T], R], tasks: Iterable[T], *_unused: int) -> Generator[Done[T, R] | Failed[T], None, None]:
    """Yield the outcome of every task, in order; the number and life of workers are ignored."""
    return (attempt(work, task) for task in tasks)
