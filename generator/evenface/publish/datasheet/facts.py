"""Names that the templates of documents use, with their values from a manifest and evidence."""

from __future__ import annotations

from hashlib import sha256
from typing import Any

from evenface.dataset import PROTOCOLS, Manifest, schema_of
from evenface.dataset.licences import licence_of
from evenface.dataset.questions import inputs_of
from evenface.files.codec import canonical_json, to_json
from evenface.publish.evidence import Evidence
from evenface.report import Entry, Table

__all__ = ["TRAINED", "facts_of", "kind_of", "renderer_of"]

_OURS = ("cycles", "swatch")
TRAINED = "trained"


def kind_of(manifest: Manifest) -> str:
    """Return ``cycles``, ``swatch``, ``trained`` or ``other``, which decides what is known about the pictures."""
    if manifest.recipes:
        return TRAINED
    return manifest.spec.backend if manifest.spec.backend in _OURS else "other"


def renderer_of(manifest: Manifest) -> str | None:
    """Return the backend of the renders that the pictures are, or were made from; None without renders, or if it is foreign."""
    if manifest.recipes and all(recipe.profile == "text" for recipe in manifest.recipes):
        return None
    found = manifest.spec.renderer
    return found if found in _OURS else None


def facts_of(manifest: Manifest, evidence: Evidence | None) -> dict[str, Any]:
    """Return the values of the names that templates use."""
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
        "renderer": renderer_of(manifest),
        "profiles": sorted({recipe.profile for recipe in manifest.recipes}),
        "checks": _checks(manifest),
        "made": _made(evidence),
        "weights": _weights(manifest),
        "research": manifest.research_only,
    }


def _checks(manifest: Manifest) -> set[str]:
    """Return the checks of tries; pictures drawn from words alone have no anchor to be compared with."""
    every = {(check, recipe.profile) for recipe in manifest.recipes for check in recipe.checks}
    return {check for check, _ in every - {("identity", "text")}}


def _made(evidence: Evidence | None) -> dict[str, Entry]:
    """Return what the pictures of all cells show, by column of ``dataset.making_tables``; empty without a trained model."""
    if evidence is None or not evidence.making:
        return {}
    shown = evidence.making[0]
    return dict(zip(shown.columns, shown.rows[-1], strict=True))


def _weights(manifest: Manifest) -> Table:
    """Return the models that took part, each once."""
    every = dict.fromkeys(each for recipe in manifest.recipes for each in recipe.weights)
    columns = ("model", "role", "revision", "licence", "research only", "files", "bytes", "SHA-256 of the list of files")
    rows = tuple(
        (
            each.model,
            each.role,
            each.revision[:12] or "none",
            each.licence,
            "yes" if each.research_only else "no",
            len(each.files),
            sum(file.bytes for file in each.files),
            sha256(canonical_json(to_json(each)["files"])).hexdigest()[:16],
        )
        for each in every
    )
    return Table("Models that took part", columns, rows)


def _inputs(manifest: Manifest) -> Table:
    keys = ("name", "gives", "licence", "read_in", "persons")
    rows = tuple(tuple(each[key] for key in keys) for each in inputs_of(renderer_of(manifest) or "", manifest.spec.scale))
    return Table("Inputs", ("input", "what it gives", "licence", "read in", "real people in it"), rows)
