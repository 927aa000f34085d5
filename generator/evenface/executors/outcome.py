"""The outcome of a task: ``Done`` with a value, or ``Failed`` with a message. A failure does not end the other tasks."""

from __future__ import annotations

import traceback
from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

from evenface.errors import EvenfaceError

__all__ = ["Done", "Failed", "attempt"]

T = TypeVar("T")
R = TypeVar("R")


@dataclass(frozen=True, slots=True)
class Done(Generic[T, R]):
    """A task and what the work returned for it."""

    task: T
    value: R


@dataclass(frozen=True, slots=True)
class Failed(Generic[T]):
    """A task whose work raised, or whose worker died; ``traceback`` is empty if the worker died."""

    task: T
    what: str
    hint: str
    traceback: str


def attempt(work: Callable[[T], R], task: T) -> Done[T, R] | Failed[T]:
    """Do ``task`` and turn an exception into text, since many exceptions cannot be sent between processes."""
    try:
        return Done(task, work(task))
    except EvenfaceError as error:
        return Failed(task, error.what, error.hint, traceback.format_exc())
    except (Exception, SystemExit) as error:
        return Failed(task, f"{type(error).__name__}: {error}", "", traceback.format_exc())
