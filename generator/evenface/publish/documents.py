"""Makes the documents of a dataset from its manifest, its rows and the reports beside it."""

from __future__ import annotations

from pathlib import Path

from evenface.dataset import Dataset, Manifest
from evenface.dataset.protocols.verification import pairs_texts
from evenface.errors import UsageFault
from evenface.files.storage import explain_os_errors, make_folder, write_file
from evenface.publish.card import CARD, CITATION, card_text, citation_text
from evenface.publish.croissant import CROISSANT, croissant_text
from evenface.publish.datasheet import Datasheet, build_datasheet
from evenface.publish.datasheet.text import DATASHEET_HTML, DATASHEET_MD, datasheet_html, datasheet_markdown
from evenface.publish.evidence import Evidence, gather
from evenface.publish.sheet import SHEET, sheet_png

__all__ = ["documents_of", "write_datasheet"]


def documents_of(dataset: Dataset, *, reports: Path | None = None) -> dict[str, bytes]:
    """Return all documents of a dataset that is being packaged and is not yet validated.

    Args:
        reports: The folder that holds ``figures/report.json`` of the same pictures; the dataset's own when left out.
    """
    manifest, evidence = dataset.manifest, gather(dataset, reports=reports, examined=False)
    sheet, datasheet = sheet_png(dataset), build_datasheet(manifest, evidence)
    texts = {
        CARD: card_text(manifest, evidence),
        CITATION: citation_text(manifest),
        **_reporting_documents(datasheet, manifest, evidence, sheet),
        **pairs_texts(dataset),
    }
    return {SHEET: sheet} | {name: text.encode() for name, text in texts.items() if text is not None}


def write_datasheet(dataset: Dataset, out: Path) -> Datasheet:
    """Write datasheet and Croissant of a dataset, its reports included, into ``out``."""
    manifest, evidence = dataset.manifest, gather(dataset)
    datasheet = build_datasheet(manifest, evidence)
    texts = _reporting_documents(datasheet, manifest, evidence, sheet_png(dataset))
    if out.exists() and not out.is_dir():
        raise UsageFault(f"{out} is a file", "choose a folder with --out")
    with explain_os_errors(out):
        make_folder(out)
        for name, text in texts.items():
            write_file(out / name, text.encode())
    return datasheet


def _reporting_documents(datasheet: Datasheet, manifest: Manifest, evidence: Evidence, sheet: bytes) -> dict[str, str]:
    """Return the documents that quote reports; they change with each report."""
    return {
        CROISSANT: croissant_text(manifest, evidence, datasheet),
        DATASHEET_MD: datasheet_markdown(datasheet, manifest, evidence),
        DATASHEET_HTML: datasheet_html(datasheet, manifest, evidence, sheet),
    }
