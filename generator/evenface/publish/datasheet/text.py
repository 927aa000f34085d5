"""Writes the datasheet as Markdown, and as a page of HTML that loads nothing else."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Sequence
from io import BytesIO
from itertools import groupby

from markdown_it import MarkdownIt
from markupsafe import Markup
from PIL import Image

from evenface.dataset import Manifest
from evenface.publish.datasheet import NOT_APPLICABLE, UNANSWERED, Answer, Datasheet
from evenface.publish.datasheet.charts import charts_of
from evenface.publish.datasheet.facts import facts_of
from evenface.publish.evidence import Evidence
from evenface.report.page import open_templates

__all__ = ["DATASHEET_HTML", "DATASHEET_MD", "datasheet_html", "datasheet_markdown"]

DATASHEET_MD, DATASHEET_HTML = "datasheet.md", "datasheet.html"

_PICTURE_SIDES = (720, 1_600)
"""Width and height of the picture on the page, at most."""
_PICTURE_QUALITY = 80


def datasheet_markdown(datasheet: Datasheet, manifest: Manifest, evidence: Evidence) -> str:
    """Return the datasheet as Markdown; no text of a maker or a manifest is markup in it."""
    return open_templates().get_template("datasheet.md.j2").render(_context(datasheet, manifest, evidence)).strip() + "\n"


def datasheet_html(datasheet: Datasheet, manifest: Manifest, evidence: Evidence, sheet: bytes | None) -> str:
    """Return the datasheet as one page of HTML with its plots: no script, nothing to load.

    Args:
        sheet: The PNG of a contact sheet, of which a smaller copy is put on the page.
    """
    # Answers are Markdown, and HTML in Markdown is text.
    markdown = MarkdownIt("commonmark", {"html": False}).enable("table")

    def render(text: str) -> Markup:
        # markdown-it has escaped it: html is off.
        return Markup(_scrollable(markdown.render(text)))

    jinja = open_templates(html=True)
    jinja.filters["rendered"] = render
    context = _context(datasheet, manifest, evidence)
    picture = _picture(sheet) if sheet else None
    return jinja.get_template("datasheet.html.j2").render(context, charts=charts_of(manifest, evidence), picture=picture)


def _context(datasheet: Datasheet, manifest: Manifest, evidence: Evidence) -> dict[str, object]:
    sections = [(title, list(answers)) for title, answers in groupby(datasheet.answers, lambda answer: answer.section)]
    return facts_of(manifest, evidence) | {
        "sections": sections,
        "total": len(datasheet.answers),
        "open": datasheet.of(UNANSWERED),
        "not_applicable": datasheet.of(NOT_APPLICABLE),
        "keys": _keys(datasheet.of(UNANSWERED)),
        "UNANSWERED": UNANSWERED,
    }


def _keys(answers: Sequence[Answer]) -> list[str]:
    return list(dict.fromkeys(key for answer in answers for key in answer.maker))


def _scrollable(html: str) -> str:
    """Let a wide table scroll by itself on a narrow screen."""
    return html.replace("<table>", '<div class="scroll"><table>').replace("</table>", "</table></div>")


def _picture(sheet: bytes) -> str:
    """Return a copy that is small enough for a page, as the address of an image."""
    with Image.open(BytesIO(sheet)) as opened:
        image = opened.convert("RGB")
    image.thumbnail(_PICTURE_SIDES, Image.Resampling.LANCZOS)
    data = BytesIO()
    image.save(data, "JPEG", quality=_PICTURE_QUALITY, optimize=True)
    return f"data:image/jpeg;base64,{b64encode(data.getvalue()).decode()}"
