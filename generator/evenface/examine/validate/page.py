"""A report as one HTML page that needs nothing else: no script, no font, no address is loaded."""

from __future__ import annotations

from base64 import b64encode
from importlib.metadata import version

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from evenface.dataset import Entry
from evenface.examine.validate.findings import SEVERITIES, Report
from evenface.examine.validate.plots import draw
from evenface.files.resources import folder

__all__ = ["page_of"]

_TEMPLATE = "validation.html.j2"


def page_of(report: Report, name: str, verdict: str) -> str:
    """Return the page of a report.

    Args:
        name: What was looked at, as it was called.
        verdict: The outcome in a line.
    """
    jinja = Environment(
        loader=FileSystemLoader(str(folder("datasheets"))),
        undefined=StrictUndefined,
        # Labels and names of files come from anybody.
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    jinja.filters |= {"entry": _entry}
    jinja.tests["number"] = lambda entry: isinstance(entry, int | float)
    return jinja.get_template(_TEMPLATE).render(
        report=report,
        name=name,
        verdict=verdict,
        severities=[(severity, report.count(severity)) for severity in SEVERITIES],
        drawings=[(each.title, b64encode(each.svg).decode()) for each in draw(report)],
        version=version("evenface"),
    )


def _entry(value: Entry) -> str:
    if value is None:
        return "–"
    return f"{value:.3g}" if isinstance(value, float) else str(value)
