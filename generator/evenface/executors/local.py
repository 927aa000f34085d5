"""Run tasks in worker processes of this machine, in waves: after ``workers x life`` tasks a new pool replaces the old one.

Waves, because a worker that renders grows and may crash, and the library's own ways to replace workers hang:
``ProcessPoolExecutor(max_tasks_per_child=...)`` deadlocks at the limit (cpython gh-115634), ``multiprocessing.Pool`` waits
for ever for a worker that died (bpo-22393). Workers are spawned, not forked: Blender and CUDA do not work after a fork.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from collections.abc import Callable, Generator, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from itertools import chain, islice
from multiprocessing.process import BaseProcess
from typing import Generic, TypeVar

from evenface.executors import Done, Failed, attempt

__all__ = ["run"]

T = TypeVar("T")
R = TypeVar("R")


def run(work: Callable[[T], R], tasks: Iterable[T], workers: int, life: int) -> Generator[Done[T, R] | Failed[T], None, None]:
    """Yield the outcome of every task when it is known; if a worker dies, only the task that killed it fails."""
    queue = iter(tasks)
    for first in queue:  # taken first, so that no pool is opened without tasks
        # If a worker dies, the next wave takes the remaining tasks of this one.
        wave = _Wave(work, workers)
        yield from wave.outcomes(chain([first], islice(queue, workers * life - 1)))
        for suspect in wave.suspects:
            alone = _Wave(work, 1)
            yield from alone.outcomes(iter([suspect]))
            for guilty in alone.suspects:
                yield Failed(guilty, *_describe_exit(alone.processes), "")


class _Wave(Generic[T, R]):
    """One pool of workers."""

    def __init__(self, work: Callable[[T], R], workers: int) -> None:
        self.work = work
        self.workers = workers
        self.suspects: list[T] = []
        """Tasks in flight when a worker died: one of them did it."""
        self.processes: list[BaseProcess] = []

    def outcomes(self, tasks: Iterator[T]) -> Generator[Done[T, R] | Failed[T], None, None]:
        """Feed the pool from ``tasks`` and yield outcomes, until all are known or a worker dies."""
        running: dict[Future[Done[T, R] | Failed[T]], T] = {}
        pool = ProcessPoolExecutor(self.workers, multiprocessing.get_context("spawn"), _watch_parent)
        try:
            # One task waits, so that no worker idles; not more, since every task in flight is a suspect.
            self._feed(pool, running, islice(tasks, self.workers + 1))
            while running:
                known = [self._outcome(future, running.pop(future)) for future in wait(running, None, FIRST_COMPLETED).done]
                if not self.suspects:
                    self._feed(pool, running, islice(tasks, self.workers + 1 - len(running)))
                yield from (outcome for outcome in known if outcome is not None)
        except BaseException:
            self._kill()
            raise
        finally:
            pool.shutdown(cancel_futures=True)

    def _outcome(self, future: Future[Done[T, R] | Failed[T]], task: T) -> Done[T, R] | Failed[T] | None:
        error = future.exception()
        if error is None:
            return future.result()
        if not isinstance(error, BrokenProcessPool):  # the value could not be sent
            return Failed(task, f"{type(error).__name__}: {error}", "", "")
        self.suspects.append(task)
        return None

    def _feed(self, pool: ProcessPoolExecutor, running: dict[Future[Done[T, R] | Failed[T]], T], tasks: Iterable[T]) -> None:
        for task in tasks:
            try:
                with _block_interrupts():
                    running[pool.submit(attempt, self.work, task)] = task
                    # Private, but Python before 3.14 has no other way to end a worker in the middle of a task.
                    self.processes = list((pool._processes or {}).values()) or self.processes
            except BrokenProcessPool:
                self.suspects.append(task)
                return

    def _kill(self) -> None:
        for process in self.processes:
            process.kill()


def _watch_parent() -> None:
    """End this worker when its parent is killed; it would wait for ever otherwise."""
    threading.Thread(target=_exit_with_parent, daemon=True).start()


def _exit_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


@contextmanager
def _block_interrupts() -> Iterator[None]:
    """Start workers with Ctrl-C blocked: a terminal sends it to them too, but the parent ends them."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _describe_exit(processes: list[BaseProcess]) -> tuple[str, str]:
    code = next((process.exitcode for process in processes), None)
    if code is None or code >= 0:
        return f"the worker process ended with exit code {code} in the middle of this task", "run the same command again"
    name = signal.Signals(-code).name
    hint = "memory may have run out: use fewer workers" if name == "SIGKILL" else "run the same command again"
    return f"the worker process was killed by {name} in the middle of this task", hint
