"""Work in lots: tasks go to processes side by side, their results come back in the order of the tasks."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Generic, TypeVar

from evenface.errors import EvenfaceError
from evenface.executors import Failed, run

__all__ = ["in_order"]

T = TypeVar("T")
R = TypeVar("R")

_LIFE = 100_000
_FEW = 2_000
"""Pictures for which no process is worth its start."""


def in_order(work: Callable[[T], R], tasks: Iterable[T], workers: int, pictures: int) -> Iterator[R]:
    """Yield what ``work`` returns for each task; with one worker, or few pictures, in this process, which needs no start."""
    numbered: Iterator[tuple[int, T]] = iter(enumerate(tasks))
    waiting: dict[int, R] = {}
    following = 0
    executor = "local" if workers > 1 and pictures >= _FEW else "serial"
    for outcome in run(_Numbered(work), numbered, workers, life=_LIFE, executor=executor):
        if isinstance(outcome, Failed):
            raise EvenfaceError(outcome.what, outcome.hint)
        waiting[outcome.task[0]] = outcome.value
        while following in waiting:
            yield waiting.pop(following)
            following += 1


@dataclass(frozen=True, slots=True)
class _Numbered(Generic[T, R]):
    """Work on a task that has a number."""

    work: Callable[[T], R]

    def __call__(self, task: tuple[int, T]) -> R:
        return self.work(task[1])
