"""The page of a validation, in HTML."""

from __future__ import annotations

from evenface.examine.validate.findings import SEVERITIES, Report
from evenface.examine.validate.plots import draw
from evenface.report.page import render_page

__all__ = ["page_of"]


def page_of(report: Report, name: str, verdict: str) -> str:
    """Return the page of a report.

    Args:
        name: Of the set, as the user gave it.
        verdict: The outcome in a line.
    """
    severities = [(severity, report.count(severity)) for severity in SEVERITIES]
    return render_page(
        "validation.html.j2", report=report, name=name, verdict=verdict, severities=severities, drawings=draw(report)
    )
