"""Apply a function to tasks, in this process or in workers, and yield each outcome when it is known."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable
from importlib import import_module
from typing import Protocol, TypeVar, cast

from evenface.errors import UsageFault
from evenface.executors.outcome import Done, Failed

__all__ = ["EXECUTORS", "Done", "Executor", "Failed", "run"]

T = TypeVar("T")
R = TypeVar("R")

EXECUTORS: dict[str, str] = {
    "serial": "evenface.executors.serial:run",
    "local": "evenface.executors.local:run",
}


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
