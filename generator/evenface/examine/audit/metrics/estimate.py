"""One figure of an audit, with everything that a reader needs to judge it: the row of every table."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["CELL", "DESIGNED", "GENDER", "MARGINS", "MEASURED", "OVERALL", "SHADE", "TONE", "Estimate"]

DESIGNED, MEASURED = "designed", "measured"
"""Which labels of tone the groups are made of."""
OVERALL, TONE, GENDER, CELL, SHADE = "overall", "tone", "gender", "cell", "shade"
MARGINS = (OVERALL, TONE, GENDER, CELL, SHADE)


@dataclass(frozen=True, slots=True)
class Estimate:
    """A figure of a system in a group, or between two groups, with its 95 % interval."""

    system: str
    task: str
    """``detection``, ``gender``, ``age``, ``enrolment`` or ``verification``."""
    metric: str
    label: str
    margin: str
    group: str
    other: str | None
    """The group, or the system, that this one is compared with."""
    threshold: str | None
    """How the threshold was set, and to what; None where there is none."""
    n: int
    """Pictures, or pairs of pictures."""
    people: int
    value: float | None
    """None where it is undefined, or cannot be told from so few; the note says why."""
    low: float | None
    high: float | None
    method: str
    note: str | None = None
