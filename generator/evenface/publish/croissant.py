"""``croissant.json``, the JSON-LD that describes a dataset to machines, from its manifest, evidence and datasheet.

The vocabulary is Croissant 1.1 (http://mlcommons.org/croissant/1.1) with all twenty properties of its responsible-AI extension
(http://mlcommons.org/croissant/RAI/1.0), named as in the extension's own ontology.
"""

from __future__ import annotations

import json
import re
import tomllib
from typing import Any

from evenface.dataset import CONFIGS, Manifest, features, schema_of
from evenface.dataset.licences import licence_of
from evenface.files.storage import data_folder
from evenface.publish.card import configs_of
from evenface.publish.datasheet import Datasheet
from evenface.publish.datasheet.facts import facts_of
from evenface.publish.evidence import Evidence
from evenface.report.page import open_templates

__all__ = ["CROISSANT", "croissant_text", "rai_properties"]

CROISSANT = "croissant.json"

_CONFORMS_TO = ["http://mlcommons.org/croissant/1.1", "http://mlcommons.org/croissant/RAI/1.0"]
_PARQUET = ["application/vnd.apache.parquet", "application/x-parquet"]
"""The registered type, and the one that readers of Croissant use."""
_CR = (
    *("arrayShape", "citeAs", "column", "containedIn", "equivalentProperty", "extract", "field", "fileObject", "fileProperty"),
    *("fileSet", "format", "includes", "isArray", "isLiveDataset", "jsonPath", "key", "md5", "parentField", "path", "recordSet"),
    *("references", "regex", "repeated", "replace", "samplingRate", "separator", "source", "subField", "transform"),
)
_CONTEXT = {
    "@language": "en",
    "@vocab": "https://schema.org/",
    "cr": "http://mlcommons.org/croissant/",
    "dct": "http://purl.org/dc/terms/",
    "rai": "http://mlcommons.org/croissant/RAI/",
    "sc": "https://schema.org/",
    "conformsTo": "dct:conformsTo",
    "data": {"@id": "cr:data", "@type": "@json"},
    "dataType": {"@id": "cr:dataType", "@type": "@vocab"},
    "description": {"@container": "@language"},
    "examples": {"@id": "cr:examples", "@type": "@json"},
    "name": {"@container": "@language"},
    **{term: f"cr:{term}" for term in _CR},
}
_TYPES = {"string": "sc:Text", "int64": "cr:Int64", "float64": "cr:Float64", "float32": "cr:Float32", "bool": "sc:Boolean"}
_KEYS = {"default": "image_id", "reference": "image_id", "masks": "image_id", "identities": "identity_id"}
_ABOUT = {
    "default": "One row a picture: reference and probe pictures.",
    "reference": "One row a person: the frontal, evenly lit picture.",
    "masks": "One row a picture: its skin mask; 0 is no skin, 128 skin, 255 cheeks and forehead.",
    "identities": "One row a person: attributes that are the same in all their pictures.",
    "verification": "One row a pair of pictures, to be compared one to one.",
    "identification": "One row a picture, with its role in a search.",
}


def croissant_text(manifest: Manifest, evidence: Evidence, datasheet: Datasheet) -> str:
    """Return ``croissant.json``."""
    maker, licence = manifest.spec.maker, licence_of(manifest)
    people = [{"@type": "Person", "name": name.strip()} for name in maker.name.split(";") if name.strip()]
    makers = [*people, *([{"@type": "Organization", "name": maker.organisation}] if maker.organisation else [])]
    pictures = sum(cell.pictures for cell in manifest.cells)
    about = {
        "@context": _CONTEXT,
        "@type": "sc:Dataset",
        "conformsTo": _CONFORMS_TO,
        "name": f"evenface-{manifest.plan_hash[:12]}",
        "description": f"{pictures:,} synthetic pictures in {len(manifest.cells)} cells of skin tone x gender, to evaluate.",
        "version": maker.version or "1.0.0",
        "keywords": ["synthetic", "faces", "fairness", "evaluation", "skin tone"],
        "license": licence.url if licence else None,
        "url": maker.url or None,
        "datePublished": maker.released or None,
        "creator": makers or None,
        "citeAs": f"evenface {manifest.generator_version}, plan {manifest.plan_hash}",
        **{f"rai:{name}": text for name, text in rai_properties(manifest, evidence, datasheet).items()},
        "distribution": [*_files(manifest), *(_file_set(name) for name in configs_of(manifest))],
        "recordSet": [_record_set(name, manifest) for name in configs_of(manifest)],
    }
    return json.dumps({key: value for key, value in about.items() if value is not None}, indent=1, ensure_ascii=False) + "\n"


def rai_properties(manifest: Manifest, evidence: Evidence, datasheet: Datasheet) -> dict[str, str]:
    """Return the properties of the responsible-AI extension, in the order of ``datasheets/rai.toml``."""
    wanted = tomllib.loads((data_folder("datasheets") / "rai.toml").read_text(encoding="utf-8"))
    facts = facts_of(manifest, evidence) | {"answer": {each.id: each.answer for each in datasheet.answers}}
    jinja = open_templates()
    return {name: _unescape(jinja.from_string(text).render(facts)) for name, text in wanted.items()}


def _unescape(text: str) -> str:
    """Return Markdown without its escapes, since JSON-LD is plain text."""
    return re.sub(r"\\([!-/:-@\[-`{-~])", r"\1", text).strip()


def _files(manifest: Manifest) -> list[dict[str, Any]]:
    return [
        {
            "@type": "cr:FileObject",
            "@id": shard.path,
            "name": shard.path,
            "contentUrl": shard.path,
            "contentSize": f"{shard.bytes} B",
            "encodingFormat": _PARQUET,
            "sha256": shard.sha256,
        }
        for shard in manifest.shards
    ]


def _file_set(config: str) -> dict[str, Any]:
    return {
        "@type": "cr:FileSet",
        "@id": f"shards-of-{config}",
        "name": f"shards-of-{config}",
        "description": f"The parquet files of the config {config}, split test.",
        "encodingFormat": _PARQUET,
        "includes": [f"{place}/*.parquet" for place in CONFIGS[config]],
    }


def _record_set(config: str, manifest: Manifest) -> dict[str, Any]:
    kinds = features(schema_of(CONFIGS[config][0], manifest.spec.scale))
    key = {"key": {"@id": f"{config}/{_KEYS[config]}"}} if config in _KEYS else {}
    return {
        "@type": "cr:RecordSet",
        "@id": config,
        "name": config,
        "description": _ABOUT.get(config, f"The config {config}."),
        **key,
        "field": [_field(config, column, kind) for column, kind in kinds.items()],
    }


def _field(config: str, column: str, kind: Any) -> dict[str, Any]:  # noqa: ANN401 (JSON of a feature)
    source: dict[str, Any] = {"fileSet": {"@id": f"shards-of-{config}"}, "extract": {"column": column}}
    field = {"@type": "cr:Field", "@id": f"{config}/{column}", "name": column}
    if isinstance(kind, list):
        parts = [
            {"@type": "cr:Field", "@id": f"{config}/{column}/{name}", "name": name, **_type_of(part)}
            | {"source": source | {"transform": {"jsonPath": name}}}
            for name, part in kind[0].items()
        ]
        return field | {"repeated": True, "subField": parts}
    if kind["_type"] == "Image":
        return field | {"dataType": "sc:ImageObject", "source": source | {"transform": {"jsonPath": "bytes"}}}
    return field | _type_of(kind) | {"source": source}


def _type_of(kind: dict[str, Any]) -> dict[str, Any]:
    """Return type and shape of a feature; a class label is a number, whose names are in the description."""
    if kind["_type"] == "ClassLabel":
        names = ", ".join(f"{number} {name}" for number, name in enumerate(kind["names"]))
        return {"dataType": "cr:Int64", "description": f"Class label: {names}."}
    shape = []
    while kind["_type"] == "Sequence":
        shape.append(str(kind.get("length", -1)))
        kind = kind["feature"]
    array = {"isArray": True, "arrayShape": ",".join(shape)} if shape else {}
    return {"dataType": _TYPES[kind["dtype"]], **array}
