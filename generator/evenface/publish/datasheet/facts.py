"""What templates of documents may speak of: a manifest and evidence come in, names for them go out."""

from __future__ import annotations

from typing import Any

from evenface.dataset import PROTOCOLS, Manifest, Table, schema_of
from evenface.maker import LICENCES, Licence
from evenface.publish.datasheet.questions import inputs_of
from evenface.publish.evidence import Evidence

__all__ = ["facts_of", "kind_of", "licence_of"]

_OURS = ("cycles", "swatch")


def kind_of(manifest: Manifest) -> str:
    """Return ``cycles``, ``swatch`` or ``other``: what is known about the pictures goes by it."""
    return manifest.spec.backend if manifest.spec.backend in _OURS else "other"


def licence_of(manifest: Manifest) -> Licence | None:
    """Return the licence of a dataset: the maker's, or CC BY 4.0 for pictures of ours; nothing is known about those of others."""
    stated = manifest.spec.maker.licence or ("cc-by-4.0" if kind_of(manifest) in _OURS else "")
    return LICENCES.get(stated)


def facts_of(manifest: Manifest, evidence: Evidence | None) -> dict[str, Any]:
    """Return the names that templates know."""
    spec = manifest.spec
    rows = [(name.rpartition("/")[2], manifest.rows(name)) for name in PROTOCOLS]
    return {
        "manifest": manifest,
        "spec": spec,
        "maker": spec.maker,
        "evidence": evidence,
        "kind": kind_of(manifest),
        "licence": licence_of(manifest),
        "people": sum(cell.people for cell in manifest.cells),
        "pictures": sum(cell.pictures for cell in manifest.cells),
        "columns": len(schema_of("pictures/probe", spec.scale).names) - 1,
        "protocols": [(name, count) for name, count in rows if count],
        "inputs": _inputs(manifest),
    }


def _inputs(manifest: Manifest) -> Table:
    keys = ("name", "gives", "licence", "read_in", "persons")
    rows = tuple(tuple(each[key] for key in keys) for each in inputs_of(manifest.spec.backend, manifest.spec.scale))
    return Table("Inputs", ("input", "what it gives", "licence", "read in", "real people in it"), rows)
