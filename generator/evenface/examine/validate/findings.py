"""The report of an examination: findings, each with a code, a place and a hint, and tables."""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from math import isfinite
from typing import Any

from evenface.report import Table

__all__ = ["CODES", "FAMILY", "FORMAT", "LIMIT", "Collector", "Finding", "Report", "place_of", "printable"]

FAMILY = 0.01
"""Family-wise error rate over all cells, for each kind of finding that is a test."""
FORMAT = 2
"""Format of the JSON report; raise it when a key changes its meaning or is removed."""
SEVERITIES = ("error", "warning", "note")
LIMIT = 20
"""Number of findings of one code that are listed; further ones are counted."""

_AGAIN = "package the run again: evenface package RUN --out DATASET"
_RESTORE = "restore the file from its source, or " + _AGAIN

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
    "family-shared": ("error", "in an independent design, every person has their own family_id"),
    "family-incomplete": ("error", "in a crossed design, every head occurs once in every tone"),
    "family-differs": ("error", "in a crossed design, only the skin differs within a family"),
    "plan-mixed": ("error", "make one dataset for each plan"),
    "shot-missing": ("error", _AGAIN),
    "shot-duplicate": ("error", _AGAIN),
    "nuisance-unequal": ("error", "every cell must have the same schedule; render the plan again"),
    "label-unreadable": ("error", "spell it in plain letters: programs and people read this label differently"),
    "label-unknown": ("error", "give a step of the scale, or name another scale with --scale; an unknown label is ignored"),
    "label-spelling": ("warning", "spell each label in one way: programs count each spelling as a group"),
    "tone-flips": ("error", "one person has one tone: correct the wrong row, or remove the picture of another person"),
    "gender-flips": ("error", "one person has one annotation: correct the wrong row, or remove the picture of another person"),
    "cell-missing": ("error", "add people to the cell, or declare another target with --target"),
    "cell-unbalanced": ("error", "add people to the cells that lack them; evenface can make people for any cell"),
    "cell-darker": ("error", "check skin, light and exposure of its pictures; correct the labels, or render again"),
    "cell-lighter": ("error", "check skin, light and exposure of its pictures; correct the labels, or render again"),
    "cell-light": ("error", "give every cell the same light, which otherwise changes error rates"),
    "cell-sharpness": ("error", "give every cell the same camera: blur changes error rates"),
    "cell-nuisance": ("warning", "give every cell the same values of this column, which otherwise can change error rates"),
    "attribute-associated": (
        "warning",
        "draw this attribute from one distribution for all tones: otherwise it can change error rates",
    ),
    "tone-unrelated": ("error", "labels and measured tones are unrelated: check whether a column was shuffled"),
    "image-id-missing": ("error", _AGAIN),
    "image-id-duplicate": ("error", _AGAIN),
    "picture-outside": ("error", "name pictures inside the folder of the table; files outside it are not opened"),
    "picture-missing": ("error", "add the file, or remove the row"),
    "picture-unlisted": ("warning", "add its row, or remove the file"),
    "picture-undecodable": ("error", "replace it by a complete PNG, JPEG or WEBP file"),
    "picture-changed": ("error", _AGAIN),
    "picture-swapped": ("error", _AGAIN),
    "picture-size": ("error", _AGAIN),
    "pixels-changed": ("error", _AGAIN),
    "pixels-duplicate": ("error", "remove one of the two, or render the plan again"),
    "near-duplicate": ("warning", "compare the two, and keep one if they are the same"),
    "person-leaked": ("error", "one person must have one id: join the two, or remove the picture"),
    "person-alike": ("warning", "recognisers take the two for one person: compare them; join them, or remove one"),
    "picture-misplaced": ("warning", "recognisers take it for another person: check it; correct the id, or remove it"),
    "name-unsafe": ("warning", "rename it with letters, digits, dots and dashes only"),
    "mask-missing": ("error", _AGAIN),
    "mask-undecodable": ("error", _AGAIN),
    "mask-size": ("error", _AGAIN),
    "mask-without-picture": ("error", _AGAIN),
    "measurement-differs": ("error", "measure again: evenface package RUN --out DATASET"),
    "tone-off": ("error", "render these people again, or exclude the tone from claims"),
    "tone-unmeasured": ("error", "a reference shot must show skin; render these people again"),
    "probe-unmeasured": ("warning", "little skin is visible; nothing need be done"),
    "recipe-unknown": ("error", _AGAIN),
    "making-contradiction": ("error", _AGAIN),
    "marking-contradiction": ("error", _AGAIN),
    "licence-too-wide": ("error", "set a licence for non-commercial use in [maker] of the spec, and package the run again"),
    "pictures-failed": ("warning", "exclude these rows (outcome = failed) from claims, or make them again with more tries"),
    "pictures-unchecked": ("warning", "make them with checks; whether they show what their labels state is unknown"),
    "fallbacks-unequal": ("warning", "allow more tries, or compare cells without fall-backs too, which can change error rates"),
    "rejections-unequal": ("warning", "the model, or its checks, serve these people less well: state this beside any comparison"),
    "datasheet-unanswered": ("note", "answer them in [maker] of the spec, and package the run again"),
}
"""Every code, in the order of a report, with its severity and its hint."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One problem that was found."""

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
    """``evenface``, or the kind of a foreign set."""
    source: dict[str, Any]
    """What was examined: columns, scale, counts."""
    plan_hash: str | None
    findings: tuple[Finding, ...]
    tables: tuple[Table, ...]
    summary: str
    """What is shown about the balance, in one line."""
    balanced: bool
    """Whether the share of every cell is shown to be within the margin of its target."""
    method: dict[str, Any]
    """Parameters of the figures: seed, resamples, levels, margins."""

    @property
    def ok(self) -> bool:
        """Whether there is no error; warnings and notes do not count."""
        return not any(finding.severity == "error" for finding in self.findings)

    def count(self, severity: str) -> int:
        """Return the number of findings of a severity."""
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
    """Return at most 300 characters of ``text``, with control and invisible characters spelled as code points."""
    shown = "".join(f"<U+{ord(sign):04X}>" if unicodedata.category(sign)[0] == "C" else sign for sign in text[:300])
    return shown + ("..." if len(text) > 300 else "")


def place_of(row: Mapping[str, Any]) -> str:
    """Return the place of a finding about the picture of a row: its ``image_id``, or else its person."""
    return row["image_id"] or f"a picture of {row['identity_id']}"


@dataclass(slots=True)
class Collector:
    """Collects findings in any order, and returns them in the order of ``CODES``."""

    _found: dict[str, list[Finding]] = field(default_factory=lambda: {code: [] for code in CODES})
    _more: Counter[str] = field(default_factory=Counter)

    def add(self, code: str, where: str, what: str) -> None:
        """Add a finding; beyond ``LIMIT`` of its code it is only counted."""
        if len(self._found[code]) < LIMIT:
            self._found[code].append(Finding(code, CODES[code][0], printable(where), printable(what), CODES[code][1]))
        else:
            self._more[code] += 1

    def all(self) -> tuple[Finding, ...]:
        """Return the findings, with a line for those that were only counted."""
        for code, count in self._more.items():
            self._found[code].append(Finding(code, CODES[code][0], "elsewhere", f"{count} more of this kind", CODES[code][1]))
        self._more.clear()
        return tuple(finding for findings in self._found.values() for finding in findings)
