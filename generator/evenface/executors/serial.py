"""Run tasks one after the other in the caller's process: for debugging, and for light work."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable
from typing import TypeVar

from evenface.executors.outcome import Done, Failed, attempt

__all__ = ["run"]

T = TypeVar("T")
R = TypeVar("R")


def run(work: Callable[[T], R], tasks: Iterable[T], *_unused: int) -> Generator[Done[T, R] | Failed[T], None, None]:
    """Yield the outcome of every task, in order; the number and life of workers are ignored."""
    return (attempt(work, task) for task in tasks)
