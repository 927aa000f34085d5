"""Words for documents: templates of ``datasheets/``, and the filters that make text from outside harmless in Markdown."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from evenface.dataset import Entry, Table
from evenface.files.resources import folder
from evenface.statistics.clusters import Share

__all__ = ["in_short", "markdown_table", "percent", "plain", "shown", "templates"]

_MARKUP = re.compile(r"([\\`*_{}\[\]<>#|~$&])")
_LEADING = re.compile(r"^(?:(\d+)(?=[.)](?:\s|$))|(?=[-+=]))")
"""What stands before a sign that would begin a list, a rule or a heading."""


def templates(*, html: bool = False) -> Environment:
    """Return the templates; in those of HTML whatever is not said to be markup is escaped, in those of Markdown use ``plain``."""
    jinja = Environment(
        loader=FileSystemLoader(str(folder("datasheets"))),
        undefined=StrictUndefined,
        autoescape=html,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    jinja.filters |= {
        "plain": plain,
        "table": markdown_table,
        "short": in_short,
        "percent": percent,
        "shown": shown,
        "listed": listed,
    }
    return jinja


def plain(text: object) -> str:
    """Return ``text`` so that Markdown shows it as it is, on one line."""
    return _LEADING.sub(r"\1\\", _MARKUP.sub(r"\\\1", " ".join(str(text).split())))


def listed(words: Iterable[object]) -> str:
    """Return words as a sentence lists them, each made plain."""
    *first, last = (plain(word) for word in words)
    return f"{', '.join(first)} and {last}" if first else last


def percent(share: float | None) -> str:
    """Return a share in per cent, and a dash for none."""
    return "-" if share is None else f"{100 * share:.1f} %"


def shown(share: Share) -> str:
    """Return a share with its counts and interval."""
    if share.value is None:
        return "none of 0"
    return (
        f"{share.hits:,} of {share.total:,}, {percent(share.value)} (95 % interval {percent(share.low)} to {percent(share.high)})"
    )


def markdown_table(table: Table) -> str:
    """Return ``table`` in Markdown, numbers to the right."""
    texts = [all(isinstance(row[at], str) for row in table.rows) for at in range(len(table.columns))]
    lines = [table.columns, tuple("---" if at == 0 or text else "---:" for at, text in enumerate(texts))]
    lines += [tuple(_cell(entry, column) for entry, column in zip(row, table.columns, strict=True)) for row in table.rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def in_short(table: Table) -> Table:
    """Return ``table`` with rows that differ in their name alone told once, where there are three or more; not that of all."""
    alike = Counter(row[1:] for row in table.rows if not str(row[0]).startswith("all "))

    def told(row: tuple[Entry, ...]) -> tuple[Entry, ...]:
        shared = alike[row[1:]] > 2 and not str(row[0]).startswith("all ")
        return (f"each of {alike[row[1:]]} {table.columns[0]}s", *row[1:]) if shared else row

    return Table(table.title, table.columns, tuple(dict.fromkeys(map(told, table.rows))))


def _cell(entry: Entry, column: str) -> str:
    if entry is None:
        return "-"
    if isinstance(entry, float):
        if "d'" in column:
            return f"{entry:.2f}"
        if "L*" in column or "delta E" in column:
            entry = round(entry, 1) + 0.0  # no -0.0
            return f"{entry:+.1f}" if "L*" in column else f"{entry:.1f}"
        if "FMR" in column or "FNMR" in column:
            return f"{100 * entry:.2g} %"
        return percent(round(entry, 3) + 0.0)
    return plain(entry)
