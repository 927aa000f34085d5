"""Tables for people and programs, and how their values read on a page, in a terminal, in Markdown and in a CSV."""

from __future__ import annotations

import csv
import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from io import StringIO
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from evenface.statistics.clusters import Share

__all__ = [
    "MISSING",
    "Entry",
    "Table",
    "csv_entry",
    "csv_table",
    "list_words",
    "markdown_table",
    "merge_alike",
    "percent",
    "plain",
    "spell",
    "spell_share",
]

MISSING = "–"
"""Stands on a page where there is no value; plain text has a hyphen."""

Entry = str | int | float | None

_MARKUP = re.compile(r"([\\`*_{}\[\]<>#|~$&])")
_LEADING = re.compile(r"^(?:(\d+)(?=[.)](?:\s|$))|(?=[-+=]))")
"""What stands before a sign that would begin a list, a rule or a heading."""
_FORMULA = re.compile(r"[=+\-@\t\r＝＋－＠]")
_NUMBER = re.compile(r"[+-]?\d+(\.\d+)?", re.ASCII)


@dataclass(frozen=True, slots=True)
class Table:
    """A table; the first column names each row. Numbers are numbers where programs read them too."""

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[Entry, ...], ...]
    note: str = ""
    """What a reader has to know, shown below the table."""


def spell(value: object, missing: str = "-") -> str:
    """Spell one value: numbers with three digits, ``yes`` and ``no``, ``missing`` for None."""
    if value is None:
        return missing
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"{value:.3g}" if isinstance(value, float) else str(value)


def percent(share: float | None) -> str:
    """Spell a share in per cent; a hyphen for None."""
    return "-" if share is None else f"{100 * share:.1f} %"


def spell_share(share: Share) -> str:
    """Spell a share with its counts and interval."""
    if share.value is None:
        return "none of 0"
    return (
        f"{share.hits:,} of {share.total:,}, {percent(share.value)} (95 % interval {percent(share.low)} to {percent(share.high)})"
    )


def plain(text: object) -> str:
    """Return ``text`` so that Markdown shows it as it is, on one line of its own."""
    return _LEADING.sub(r"\1\\", _escape(text))


def _escape(text: object) -> str:
    return _MARKUP.sub(r"\\\1", " ".join(str(text).split()))


def list_words(words: Iterable[object]) -> str:
    """Return words as a sentence lists them, each as Markdown shows it unchanged."""
    *first, last = (plain(word) for word in words)
    return f"{', '.join(first)} and {last}" if first else last


def markdown_table(table: Table) -> str:
    """Return ``table`` in Markdown without its title and note; columns of numbers are aligned to the right."""
    texts = [all(isinstance(row[at], str) for row in table.rows) for at in range(len(table.columns))]
    lines = [
        tuple(map(_escape, table.columns)),
        tuple("---" if at == 0 or text else "---:" for at, text in enumerate(texts)),
        *(tuple(_markdown_entry(entry, column) for entry, column in zip(row, table.columns, strict=True)) for row in table.rows),
    ]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _markdown_entry(entry: Entry, column: str) -> str:
    """Spell a value by the quantity that its column names; a share where it names none."""
    if entry is None:
        return "-"
    if not isinstance(entry, float):
        return _escape(entry)
    if "d'" in column:
        return f"{entry:.2f}"
    if "L*" in column or "delta E" in column:
        entry = round(entry, 1) + 0.0  # no -0.0
        return f"{entry:+.1f}" if "L*" in column else f"{entry:.1f}"
    if "FMR" in column or "FNMR" in column:
        return f"{100 * entry:.2g} %"
    return percent(round(entry, 3) + 0.0)


def merge_alike(table: Table) -> Table:
    """Return ``table`` with three or more rows that differ in their name alone as one row; rows of all stay."""
    alike = Counter(row[1:] for row in table.rows if not str(row[0]).startswith("all "))

    def merge(row: tuple[Entry, ...]) -> tuple[Entry, ...]:
        shared = alike[row[1:]] > 2 and not str(row[0]).startswith("all ")
        return (f"each of {alike[row[1:]]} {table.columns[0]}s", *row[1:]) if shared else row

    return replace(table, rows=tuple(dict.fromkeys(map(merge, table.rows))))


def csv_entry(value: object) -> object:
    """Return a value for a CSV: an apostrophe stands before text that a spreadsheet would run as a formula. Numbers stay.

    As OWASP advises under "CSV injection". No text of evenface begins so; names of files and ids of other sets may.
    """
    if isinstance(value, str) and _FORMULA.match(value) and not _NUMBER.fullmatch(value):
        return f"'{value}"
    return value


def csv_table(columns: Iterable[str], rows: Iterable[Mapping[str, object]]) -> bytes:
    """Return a CSV with a line of names; each value is spelled by ``csv_entry``."""
    text = StringIO(newline="")
    writer = csv.DictWriter(text, list(columns), lineterminator="\n")
    writer.writeheader()
    writer.writerows({name: csv_entry(value) for name, value in row.items()} for row in rows)
    return text.getvalue().encode()
