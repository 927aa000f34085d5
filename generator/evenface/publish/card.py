"""The dataset card ``README.md`` and ``CITATION.cff``, as functions of a manifest and evidence.

A value that the template uses and does not get is an error.
"""

from __future__ import annotations

import re
from typing import Any

import yaml

from evenface.dataset import CONFIGS, Dataset, Manifest, features, schema_of
from evenface.dataset.licences import licence_of
from evenface.publish.datasheet.facts import facts_of
from evenface.publish.evidence import Evidence, gather
from evenface.records.maker import LICENCES
from evenface.report.page import open_templates

__all__ = ["CARD", "CITATION", "card_of", "card_text", "citation_text", "configs_of", "metadata"]

CARD, CITATION = "README.md", "CITATION.cff"
UNKNOWN = "unknown"
"""The Hub's word for a licence that is not stated."""

_TEMPLATE = "card.md.j2"
_SIZES = ((10**3, "n<1K"), (10**4, "1K<n<10K"), (10**5, "10K<n<100K"), (10**6, "100K<n<1M"), (10**7, "1M<n<10M"))


def card_of(dataset: Dataset) -> str:
    """Return the card of a dataset, whose rows are counted for its tables."""
    return card_text(dataset.manifest, gather(dataset))


def card_text(manifest: Manifest, evidence: Evidence) -> str:
    """Return the card of the dataset that ``manifest`` and ``evidence`` describe."""
    facts = facts_of(manifest, evidence) | {
        "metadata": _yaml(metadata(manifest)),
        "configs": configs_of(manifest),
        "authors": _latex(" and ".join(_authors(manifest))),
    }
    return open_templates().get_template(_TEMPLATE).render(facts)


def configs_of(manifest: Manifest) -> list[str]:
    """Return the configs that have files in a dataset."""
    return [name for name, places in CONFIGS.items() if any(manifest.rows(place) for place in places)]


def metadata(manifest: Manifest) -> dict[str, Any]:
    """Return the metadata block that the Hub reads: configs to load, and tags."""
    pictures = sum(cell.pictures for cell in manifest.cells)
    return {
        "license": next((key for key, licence in LICENCES.items() if licence == licence_of(manifest)), UNKNOWN),
        "pretty_name": f"evenface: {pictures:,} synthetic faces in {len(manifest.cells)} balanced cells",
        "language": ["en"],
        "size_categories": [next((name for limit, name in _SIZES if pictures < limit), "n>10M")],
        "task_categories": ["image-classification"],
        "annotations_creators": ["machine-generated"],
        "source_datasets": ["original"],
        "tags": ["synthetic", "faces", "fairness", "bias", "evaluation", "skin-tone", "monk-skin-tone-scale", _origin(manifest)],
        "configs": [_config(name) for name in configs_of(manifest)],
        "dataset_info": [_info(manifest, name) for name in configs_of(manifest)],
    }


def _origin(manifest: Manifest) -> str:
    return "generated" if manifest.recipes else "rendered"


def _config(name: str) -> dict[str, Any]:
    paths = [f"{place}/*.parquet" for place in CONFIGS[name]]
    default = {"default": True} if name == "default" else {}
    return {"config_name": name, **default, "data_files": [{"split": "test", "path": paths}]}


def _info(manifest: Manifest, name: str) -> dict[str, Any]:
    shards = [shard for shard in manifest.shards if shard.path.rpartition("/")[0] in CONFIGS[name]]
    rows, size = sum(shard.rows for shard in shards), sum(shard.arrow_bytes for shard in shards)
    kinds = features(schema_of(CONFIGS[name][0], manifest.spec.scale))
    return {
        "config_name": name,
        "features": [{"name": column, **_spell(kind)} for column, kind in kinds.items()],
        "splits": [{"name": "test", "num_bytes": size, "num_examples": rows}],
        "download_size": sum(shard.bytes for shard in shards),
        "dataset_size": size,
    }


def _spell(kind: dict[str, Any] | list[dict[str, Any]]) -> dict[str, Any]:
    """Return a feature as the YAML of a card has it, which differs from the JSON of a parquet file."""
    if isinstance(kind, list):
        return {"list": [{"name": name, **_spell(entry)} for name, entry in kind[0].items()]}
    if kind["_type"] == "Sequence":
        inner = _spell(kind["feature"])
        length = {"length": kind["length"]} if "length" in kind else {}
        return {"sequence": inner.get("dtype", inner), **length}
    if kind["_type"] == "ClassLabel":
        return {"dtype": {"class_label": {"names": {str(number): name for number, name in enumerate(kind["names"])}}}}
    return {"dtype": kind["dtype"] if kind["_type"] == "Value" else kind["_type"].lower()}


def citation_text(manifest: Manifest) -> str | None:
    """Return ``CITATION.cff`` (Citation File Format 1.2.0), which needs an author; None where the maker gave no name."""
    maker = manifest.spec.maker
    if not _authors(manifest):
        return None
    pictures = sum(cell.pictures for cell in manifest.cells)
    content = {
        "cff-version": "1.2.0",
        "message": "If you use this dataset, please cite it.",
        "type": "dataset",
        "title": f"{pictures:,} synthetic faces in {len(manifest.cells)} balanced cells",
        "authors": [{"name": name} for name in _authors(manifest)],
        "version": maker.version,
        "date-released": maker.released,
        "url": maker.url,
        "identifiers": [{"type": "other", "value": manifest.plan_hash, "description": "plan of evenface"}],
    }
    return _yaml({key: value for key, value in content.items() if value})


def _yaml(data: dict[str, Any]) -> str:
    return str(yaml.safe_dump(data, sort_keys=False, allow_unicode=True, width=120))


def _authors(manifest: Manifest) -> list[str]:
    maker = manifest.spec.maker
    names = [" ".join(name.split()) for name in maker.name.split(";") if name.strip()]
    return names or ([" ".join(maker.organisation.split())] if maker.organisation else [])


_LATEX = {"\\": r"\textbackslash ", "{": r"\{", "}": r"\}", "~": r"\textasciitilde ", "^": r"\textasciicircum "}


def _latex(text: str) -> str:
    """Return ``text`` escaped for BibTeX, without backticks, which would close the code block of Markdown."""
    return re.sub(r"[\\{}~^]|[&%$#_]", lambda found: _LATEX.get(found[0], f"\\{found[0]}"), text).replace("`", "'")
