"""What an examination comes to: findings, each with a code, its place and what to do, and tables for people and programs."""

from __future__ import annotations

import unicodedata
from collections import Counter
from dataclasses import asdict, dataclass, field
from math import isfinite
from typing import Any

from evenface.report import Table

__all__ = ["CODES", "FAMILY", "FORMAT", "LIMIT", "Collector", "Finding", "Report", "printable"]

FAMILY = 0.01
"""The chance of one false alarm over all cells, for each kind of finding that is a test."""
FORMAT = 2
"""Of the report as JSON; it grows when a key changes its meaning or goes."""
SEVERITIES = ("error", "warning", "note")
LIMIT = 20
"""Findings of one code that are told one by one; the rest are counted."""

_AGAIN = "package the run again: evenface package RUN --out DATASET"
_RESTORE = "restore the file from where it came, or " + _AGAIN

CODES: dict[str, tuple[str, str]] = {
    # code: severity, hint
    "shard-missing": ("error", _RESTORE),
    "shard-changed": ("error", _RESTORE),
    "shard-unreadable": ("error", _RESTORE),
    "shard-extra": ("error", "remove the file: load_dataset would read it too"),
    "cell-undeclared": ("error", "remove these pictures, or declare the cell in a new plan"),
    "cell-people": ("error", _AGAIN),
    "cell-pictures": ("error", _AGAIN),
    "people-changed": ("error", _AGAIN),
    "identity-unknown": ("error", _AGAIN),
    "identity-without-pictures": ("error", _AGAIN),
    "identity-duplicate": ("error", _AGAIN),
    "label-missing": ("error", _AGAIN),
    "label-contradiction": ("error", _AGAIN),
    "family-shared": ("error", "in an independent design, every person has a family of their own"),
    "family-incomplete": ("error", "in a crossed design, every head is there once in every tone"),
    "family-differs": ("error", "in a crossed design, only the skin differs within a family"),
    "plan-mixed": ("error", "keep the pictures of each plan in a dataset of their own"),
    "shot-missing": ("error", _AGAIN),
    "shot-duplicate": ("error", _AGAIN),
    "nuisance-unequal": ("error", "every cell must have the same schedule; render the plan again"),
    "label-unreadable": ("error", "spell it in plain letters: programs take it for another label than people do"),
    "label-unknown": ("error", "give a step of the scale, or name the scale with --scale; a label that is not known is no label"),
    "label-spelling": ("warning", "spell one label in one way: programs count each spelling as a group of its own"),
    "tone-flips": ("error", "one person has one tone: find the row that is wrong, or the picture of somebody else"),
    "gender-flips": ("error", "one person has one annotation: find the row that is wrong, or the picture of somebody else"),
    "cell-missing": ("error", "add people to the cell, or declare another target with --target"),
    "cell-unbalanced": ("error", "add people to the cells that lack them; evenface makes people of any cell"),
    "cell-darker": ("error", "look at the skin, the light and the exposure of its pictures; label what is seen, or render again"),
    "cell-lighter": (
        "error",
        "look at the skin, the light and the exposure of its pictures; label what is seen, or render again",
    ),
    "cell-light": ("error", "give every cell the same light: an error rate would be that of the light"),
    "cell-sharpness": ("error", "give every cell the same camera: an error rate would be that of the blur"),
    "cell-nuisance": ("warning", "give every cell the same values of this column: an error rate would be theirs"),
    "attribute-associated": ("warning", "draw this attribute alike for all tones: an error rate would be its own"),
    "tone-unrelated": ("error", "labels and measured tones have nothing to do with each other: a column may be shuffled"),
    "image-id-missing": ("error", _AGAIN),
    "image-id-duplicate": ("error", _AGAIN),
    "picture-outside": ("error", "name pictures within the folder of the table; nothing outside of it is opened"),
    "picture-missing": ("error", "put the file there, or remove the row"),
    "picture-unlisted": ("warning", "add its row, or remove the file"),
    "picture-undecodable": ("error", "put a whole PNG, JPEG or WEBP file in its place"),
    "picture-changed": ("error", _AGAIN),
    "picture-swapped": ("error", _AGAIN),
    "picture-size": ("error", _AGAIN),
    "pixels-changed": ("error", _AGAIN),
    "pixels-duplicate": ("error", "two pictures must not be the same; render the plan again"),
    "near-duplicate": ("warning", "look at both; keep one, if they are the same"),
    "person-leaked": ("error", "one person must not have two ids: join them, or remove the picture"),
    "person-alike": ("warning", "look at both: recognisers take them for one person; join them, or remove one"),
    "picture-misplaced": ("warning", "look at it: recognisers take it for somebody else's; correct the id, or remove it"),
    "name-unsafe": ("warning", "rename it: letters, digits, dots and dashes are safe everywhere"),
    "mask-missing": ("error", _AGAIN),
    "mask-undecodable": ("error", _AGAIN),
    "mask-size": ("error", _AGAIN),
    "mask-without-picture": ("error", _AGAIN),
    "measurement-differs": ("error", "measure again: evenface package RUN --out DATASET"),
    "tone-off": ("error", "render these people again, or leave the tone out of the claim"),
    "tone-unmeasured": ("error", "a reference shot must show skin; render these people again"),
    "probe-unmeasured": ("warning", "little skin is in view; nothing need be done"),
    "recipe-unknown": ("error", _AGAIN),
    "making-contradiction": ("error", _AGAIN),
    "marking-contradiction": ("error", _AGAIN),
    "licence-too-wide": ("error", "write a licence for non-commercial use in [maker] of the spec, and package the run again"),
    "pictures-failed": ("warning", "leave these rows out of a claim (outcome = failed), or make them again with more tries"),
    "pictures-unchecked": ("warning", "make them with checks; nobody knows whether they show what their labels say"),
    "fallbacks-unequal": ("warning", "allow more tries, or compare cells without fall-backs too: an error rate would be theirs"),
    "rejections-unequal": ("warning", "the model, or its checks, serve these people less well: say so beside any comparison"),
    "datasheet-unanswered": ("note", "answer them in [maker] of the spec, and package the run again"),
}
"""Every code, in the order of a report, with its severity and what to do."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is not as declared."""

    code: str
    severity: str
    """``error``, ``warning`` or ``note``; only an error makes a dataset fail."""
    where: str
    what: str
    hint: str

    def __str__(self) -> str:
        return f"{self.code} [{self.where}] {self.what}"


@dataclass(frozen=True, slots=True)
class Report:
    """The result of an examination."""

    kind: str
    """``evenface``, or the kind of foreign set."""
    source: dict[str, Any]
    """What was looked at: columns, scale, counts."""
    plan_hash: str | None
    findings: tuple[Finding, ...]
    tables: tuple[Table, ...]
    summary: str
    """What is shown of the balance, in a line."""
    balanced: bool
    """Whether every cell is shown to be within the margin of its target."""
    method: dict[str, Any]
    """What the figures were made with: seed, resamples, levels, margins."""

    @property
    def ok(self) -> bool:
        """Whether there is no error; warnings and notes do not count."""
        return not any(finding.severity == "error" for finding in self.findings)

    def count(self, severity: str) -> int:
        """Return how many findings have a severity."""
        return sum(finding.severity == severity for finding in self.findings)

    def table(self, title: str) -> Table:
        """Return the table whose title begins with ``title``."""
        return next(table for table in self.tables if table.title.startswith(title))

    def to_json(self) -> dict[str, Any]:
        """Return the report as JSON data; a number that is not finite is null."""
        return {
            "format": FORMAT,
            "ok": self.ok,
            "kind": self.kind,
            "source": self.source,
            "plan_hash": self.plan_hash,
            "summary": self.summary,
            "balanced": self.balanced,
            "method": self.method,
            "counts": {severity: self.count(severity) for severity in SEVERITIES},
            "findings": [asdict(finding) for finding in self.findings],
            "tables": [_table_json(table) for table in self.tables],
        }


def _table_json(table: Table) -> dict[str, Any]:
    rows = [[None if isinstance(entry, float) and not isfinite(entry) else entry for entry in row] for row in table.rows]
    return {"title": table.title, "columns": list(table.columns), "rows": rows}


def printable(text: str) -> str:
    """Return ``text`` with what a terminal would obey, or nobody could see, spelled as its code point; at most 300 characters."""
    told = "".join(f"<U+{ord(sign):04X}>" if unicodedata.category(sign)[0] == "C" else sign for sign in text[:300])
    return told + ("..." if len(text) > 300 else "")


@dataclass(slots=True)
class Collector:
    """Takes findings in any order, gives them in the order of ``CODES``."""

    _found: dict[str, list[Finding]] = field(default_factory=lambda: {code: [] for code in CODES})
    _more: Counter[str] = field(default_factory=Counter)

    def add(self, code: str, where: str, what: str) -> None:
        """Take a finding; past ``LIMIT`` of its code it is only counted."""
        if len(self._found[code]) < LIMIT:
            self._found[code].append(Finding(code, CODES[code][0], printable(where), printable(what), CODES[code][1]))
        else:
            self._more[code] += 1

    def all(self) -> tuple[Finding, ...]:
        """Return what was found."""
        for code, count in self._more.items():
            self._found[code].append(Finding(code, CODES[code][0], "elsewhere", f"{count} more of this kind", CODES[code][1]))
        self._more.clear()
        return tuple(finding for findings in self._found.values() for finding in findings)
