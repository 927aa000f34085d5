"""The templates of ``datasheets/``: HTML pages that extend one base page, and documents in Markdown."""

from __future__ import annotations

from base64 import b64encode
from importlib.metadata import version
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from evenface.files.storage import data_folder
from evenface.report.table import MISSING, list_words, markdown_table, merge_alike, percent, plain, spell, spell_share

__all__ = ["open_templates", "render_page"]


def open_templates(*, html: bool = False) -> Environment:
    """Return the templates. A value that a template wants and does not get is an error.

    Args:
        html: Escape every value that is not marked as markup. In Markdown the filter ``plain`` does that.
    """
    jinja = Environment(
        loader=FileSystemLoader(str(data_folder("datasheets"))),
        undefined=StrictUndefined,
        autoescape=html,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    jinja.globals["version"] = version("evenface")
    jinja.filters |= {
        "base64": lambda data: b64encode(data).decode(),
        "entry": lambda value: spell(value, MISSING),
        "plain": plain,
        "table": markdown_table,
        "short": merge_alike,
        "percent": percent,
        "shown": spell_share,
        "listed": list_words,
    }
    jinja.tests["number"] = lambda value: isinstance(value, int | float)
    return jinja


def render_page(template: str, **facts: Any) -> str:  # noqa: ANN401 (whatever a template shows)
    """Return a page of HTML that loads no script, no font and no address."""
    return open_templates(html=True).get_template(template).render(facts)
