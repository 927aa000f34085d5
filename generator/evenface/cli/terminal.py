"""Output on a terminal: lines, a progress bar, tables. Results go to stdout; progress and messages go to stderr."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, NoReturn

import click

from evenface.report import spell

if TYPE_CHECKING:
    from rich.progress import Task

    from evenface.report import Table

__all__ = ["counting", "duration", "finish", "plan_size", "say", "say_error", "show_table", "show_tables", "size"]

_WINDOW_SECONDS = 30.0
"""The rate is that of the last half minute: finished pictures of an earlier run would raise the mean."""
_LINE_SECONDS = 10.0
"""Interval between progress lines where stderr is not a terminal."""


def say(line: str) -> None:
    """Write a line to stderr."""
    click.echo(line, err=True)


def say_error(what: str, hint: str) -> None:
    """Write an error and, where there is one, its hint."""
    say(f"Error: {what}")
    if hint:
        say(f"Try: {hint}")


@contextmanager
def counting(total: int, quiet: bool) -> Iterator[Callable[[int], None]]:
    """Show how many of ``total`` pictures are done, the rate and the time left; call the yielded function with each increment.

    On a terminal this is a bar; elsewhere a line now and then.
    """
    if quiet:
        yield lambda _more: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

    bar = sys.stderr.isatty()
    columns = (TextColumn("pictures"), BarColumn(), MofNCompleteColumn(), TextColumn("{task.fields[pace]}"))
    with Progress(*columns, console=Console(stderr=True), disable=not bar, speed_estimate_period=_WINDOW_SECONDS) as progress:
        progress.add_task("pictures", total=total, pace="")
        (task,) = progress.tasks
        written = time.monotonic() - _LINE_SECONDS + 1

        def advance(more: int) -> None:
            nonlocal written
            progress.advance(task.id, more)
            progress.update(task.id, pace=_pace(task))
            now = time.monotonic()
            if not bar and (now - written >= _LINE_SECONDS or task.finished):
                written = now
                say(", ".join(filter(None, (f"pictures {task.completed:.0f}/{total}", task.fields["pace"]))))

        yield advance


def _pace(task: Task) -> str:
    """Return the recent rate and the time left, or nothing as long as they are unknown."""
    speed = task.finished_speed if task.finished else task.speed
    if not speed:
        return ""
    return f"{speed:.1f}/s, {duration(task.remaining / speed if task.remaining else 0)} left"


def show_table(title: str, columns: Iterable[str], rows: Iterable[Iterable[object]]) -> None:
    """Write a table to stdout; columns of numbers are aligned to the right."""
    from rich.box import SIMPLE_HEAD
    from rich.console import Console
    from rich.table import Table

    table = Table(title=title, box=SIMPLE_HEAD, title_justify="left", title_style="bold", pad_edge=False)
    lines = [list(row) for row in rows]
    for at, column in enumerate(columns):
        numbers = all(isinstance(line[at], (int, float, type(None))) for line in lines)
        table.add_column(column, justify="right" if numbers else "left", overflow="fold")
    for line in lines:
        table.add_row(*map(spell, line))
    # A pipe has no width; the default of 80 columns would fold every table.
    Console(width=None if sys.stdout.isatty() else 160, highlight=False, markup=False).print(table)


def show_tables(tables: Iterable[Table]) -> None:
    """Write tables to stdout."""
    for table in tables:
        show_table(table.title, table.columns, table.rows)


def finish(ok: bool) -> NoReturn:
    """End the command: exit code 0 if ``ok``, else 1."""
    click.get_current_context().exit(0 if ok else 1)


def duration(seconds: float) -> str:
    """Return a time in its two largest units, e.g. ``14 s``, ``3 min 20 s``, ``5 h 10 min``, ``12 days``."""
    whole = max(round(seconds), 0)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60} s"
    if whole < 48 * 3600:
        return f"{whole // 3600} h {whole % 3600 // 60} min"
    return f"{whole / 86400:,.0f} days"


def size(count: int) -> str:
    """Return a number of bytes as text, e.g. ``3.2 MB``."""
    for unit, step in (("TB", 10**12), ("GB", 10**9), ("MB", 10**6), ("kB", 10**3)):
        if count >= step:
            return f"{count / step:,.1f} {unit}"
    return f"{count} bytes"


def plan_size(pictures: int, seconds: float, count: int) -> str:
    """Return the size of a plan in words, e.g. ``80 pictures, about 25 s and 5.2 MB``."""
    return f"{pictures:,} pictures, about {duration(seconds)} and {size(count)}"
