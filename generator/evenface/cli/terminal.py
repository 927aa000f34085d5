"""What a person at a terminal sees: lines, a progress bar, tables. Beside ``cli.py`` the only file that writes to a screen.

Results go to stdout, everything that is said on the way goes to stderr.
"""

from __future__ import annotations

import sys
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager

import click

from evenface.report import spell

__all__ = ["counting", "duration", "measure_of", "say", "say_error", "show_table", "size"]

_WINDOW_SECONDS = 30.0
"""The rate is that of the last half minute: pictures that were there already would flatter the mean."""
_LINE_SECONDS = 10.0
"""How often a line is written where there is no terminal to draw a bar on."""


def say(line: str) -> None:
    """Write a line for people."""
    click.echo(line, err=True)


def say_error(what: str, hint: str) -> None:
    """Write what went wrong, and what to do about it where something can be done."""
    say(f"Error: {what}")
    if hint:
        say(f"Try: {hint}")


@contextmanager
def counting(total: int, quiet: bool) -> Iterator[Callable[[int], None]]:
    """Show how many of ``total`` pictures are done, at what rate, and the time left; the yielded function counts on."""
    if quiet:
        yield lambda _more: None
    elif sys.stderr.isatty():
        with _bar(total) as advance:
            yield advance
    else:
        yield _Lines(total)


class _Pace:
    """Counts, and knows the rate of late and the time left."""

    def __init__(self, total: int) -> None:
        self.total, self.done = total, 0
        self._marks = deque([(time.monotonic(), 0)])

    def advance(self, more: int) -> None:
        now = time.monotonic()
        self.done += more
        self._marks.append((now, self.done))
        while len(self._marks) > 2 and now - self._marks[0][0] > _WINDOW_SECONDS:
            self._marks.popleft()

    def __str__(self) -> str:
        (start, before), (now, done) = self._marks[0], self._marks[-1]
        if done == before or now == start:
            return ""
        rate = (done - before) / (now - start)
        return f"{rate:.1f}/s, {duration((self.total - self.done) / rate)} left"


class _Lines:
    def __init__(self, total: int) -> None:
        self._pace = _Pace(total)
        self._next = time.monotonic() + 1

    def __call__(self, more: int) -> None:
        self._pace.advance(more)
        if time.monotonic() >= self._next or self._pace.done >= self._pace.total:
            self._next = time.monotonic() + _LINE_SECONDS
            say(", ".join(filter(None, (f"pictures {self._pace.done}/{self._pace.total}", str(self._pace)))))


@contextmanager
def _bar(total: int) -> Iterator[Callable[[int], None]]:
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

    pace = _Pace(total)
    columns = (TextColumn("pictures"), BarColumn(), MofNCompleteColumn(), TextColumn("{task.fields[pace]}"))
    with Progress(*columns, console=Console(stderr=True)) as progress:
        task = progress.add_task("pictures", total=total, pace="")

        def advance(more: int) -> None:
            pace.advance(more)
            progress.update(task, advance=more, pace=str(pace))

        yield advance


def show_table(title: str, columns: Iterable[str], rows: Iterable[Iterable[object]]) -> None:
    """Write a table to stdout; numbers stand to the right."""
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
    # A pipe has no width of its own; 80 columns would fold every table.
    Console(width=None if sys.stdout.isatty() else 160, highlight=False, markup=False).print(table)


def duration(seconds: float) -> str:
    """Spell a time in the two units that matter, e.g. ``14 s``, ``3 min 20 s``, ``5 h 10 min``, ``12 days``."""
    whole = max(round(seconds), 0)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60} s"
    if whole < 48 * 3600:
        return f"{whole // 3600} h {whole % 3600 // 60} min"
    return f"{whole / 86400:,.0f} days"


def size(count: int) -> str:
    """Spell a number of bytes, e.g. ``3.2 MB``."""
    for unit, step in (("TB", 10**12), ("GB", 10**9), ("MB", 10**6), ("kB", 10**3)):
        if count >= step:
            return f"{count / step:,.1f} {unit}"
    return f"{count} bytes"


def measure_of(pictures: int, seconds: float, count: int) -> str:
    """Spell how much a plan is, e.g. ``80 pictures, about 25 s and 5.2 MB``."""
    return f"{pictures:,} pictures, about {duration(seconds)} and {size(count)}"
