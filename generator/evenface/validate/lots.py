"""Work in lots: tasks go to processes side by side, their results come back in the order of the tasks."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import TypeVar

from evenface.errors import EvenfaceError
from evenface.executors import Done, run

__all__ = ["in_order"]

T = TypeVar("T")
R = TypeVar("R")

_LIFE = 100_000


def in_order(work: Callable[[T], R], tasks: Iterable[T], workers: int) -> Iterator[R]:
    """Yield what ``work`` returns for each task; with one worker in this process, which needs no start."""
    numbered = ((at, task) for at, task in enumerate(tasks))
    waiting: dict[int, R] = {}
    following = 0
    executor = "local" if workers > 1 else "serial"
    for outcome in run(_Numbered(work), numbered, workers, life=_LIFE, executor=executor):
        if not isinstance(outcome, Done):
            raise EvenfaceError(outcome.what, outcome.hint)
        waiting[outcome.value[0]] = outcome.value[1]
        while following in waiting:
            yield waiting.pop(following)
            following += 1


class _Numbered:
    """Work that keeps the number of its task; of a module, so that a worker can import it."""

    def __init__(self, work: Callable[..., object]) -> None:
        self.work = work

    def __call__(self, task: tuple[int, T]) -> tuple[int, R]:
        return task[0], self.work(task[1])  # type: ignore[return-value]
