"""What an examination comes to: findings, each with a code, its place and what to do, and tables for people and programs."""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict, dataclass, field
from typing import Any

from evenface.dataset import Table

__all__ = ["CODES", "LIMIT", "Collector", "Finding", "Report"]

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
    "image-id-missing": ("error", _AGAIN),
    "image-id-duplicate": ("error", _AGAIN),
    "picture-undecodable": ("error", _AGAIN),
    "picture-changed": ("error", _AGAIN),
    "picture-swapped": ("error", _AGAIN),
    "picture-size": ("error", _AGAIN),
    "pixels-changed": ("error", _AGAIN),
    "pixels-duplicate": ("error", "two pictures must not be the same; render the plan again"),
    "mask-missing": ("error", _AGAIN),
    "mask-undecodable": ("error", _AGAIN),
    "mask-size": ("error", _AGAIN),
    "mask-without-picture": ("error", _AGAIN),
    "measurement-differs": ("error", "measure again: evenface package RUN --out DATASET"),
    "tone-off": ("error", "render these people again, or leave the tone out of the claim"),
    "tone-unmeasured": ("error", "a reference shot must show skin; render these people again"),
    "probe-unmeasured": ("warning", "little skin is in view; nothing need be done"),
}
"""Every code, in the order of a report, with its severity and what to do."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is not as declared."""

    code: str
    severity: str
    """``error`` or ``warning``."""
    where: str
    what: str
    hint: str

    def __str__(self) -> str:
        return f"{self.code} [{self.where}] {self.what}"


@dataclass(frozen=True, slots=True)
class Report:
    """The result of an examination."""

    plan_hash: str
    findings: tuple[Finding, ...]
    tables: tuple[Table, ...]

    @property
    def ok(self) -> bool:
        """Whether the dataset is what it declares; warnings do not count."""
        return not any(finding.severity == "error" for finding in self.findings)

    def to_json(self) -> dict[str, Any]:
        """Return the report as JSON data."""
        return {
            "ok": self.ok,
            "plan_hash": self.plan_hash,
            "findings": [asdict(finding) for finding in self.findings],
            "tables": [asdict(table) for table in self.tables],
        }


@dataclass(slots=True)
class Collector:
    """Takes findings in any order, gives them in the order of ``CODES``."""

    _found: dict[str, list[Finding]] = field(default_factory=lambda: {code: [] for code in CODES})
    _more: Counter[str] = field(default_factory=Counter)

    def add(self, code: str, where: str, what: str) -> None:
        """Take a finding; past ``LIMIT`` of its code it is only counted."""
        if len(self._found[code]) < LIMIT:
            self._found[code].append(Finding(code, CODES[code][0], where, what, CODES[code][1]))
        else:
            self._more[code] += 1

    def all(self) -> tuple[Finding, ...]:
        """Return what was found."""
        for code, count in self._more.items():
            self._found[code].append(Finding(code, CODES[code][0], "elsewhere", f"{count} more of this kind", CODES[code][1]))
        self._more.clear()
        return tuple(finding for findings in self._found.values() for finding in findings)
