"""The dataset card: a manifest and two tables come in, the text of ``README.md`` goes out.

The text is a function of what comes in; a value that the template wants and does not get is an error.
"""

from __future__ import annotations

import re
from typing import Any

import yaml
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from evenface.dataset import AGREEMENT_COLUMNS, CONFIGS, Dataset, Entry, Manifest, Table, agreement_table, composition_table
from evenface.dataset.schema import features, schema_of
from evenface.resources import folder
from evenface.vocabulary import SCALES

__all__ = ["CARD", "LICENSE", "card_of", "card_text", "metadata"]

CARD = "README.md"
LICENSE = "cc-by-4.0"

_TEMPLATE = "card.md.j2"
_SIZES = ((10**3, "n<1K"), (10**4, "1K<n<10K"), (10**5, "10K<n<100K"), (10**6, "100K<n<1M"), (10**7, "1M<n<10M"))
_MARKUP = re.compile(r"([\\`*_{}\[\]<>#|~$])")


def card_of(dataset: Dataset) -> str:
    """Return the card of a dataset; its tables are counted in the rows."""
    spec = dataset.manifest.spec
    reference = dataset.rows("reference", AGREEMENT_COLUMNS)
    agreement = agreement_table(reference, SCALES[spec.scale], spec.tones)
    return card_text(dataset.manifest, composition_table(dataset), agreement)


def card_text(manifest: Manifest, composition: Table, agreement: Table) -> str:
    """Return the card of what ``manifest`` and the tables describe."""
    jinja = Environment(
        loader=FileSystemLoader(str(folder("datasheets"))),
        undefined=StrictUndefined,
        # Markdown, not HTML: what comes from outside goes through the filter ``plain``.
        autoescape=False,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    jinja.filters |= {"plain": _plain, "table": _markdown}
    return jinja.get_template(_TEMPLATE).render(
        metadata=yaml.safe_dump(metadata(manifest), sort_keys=False, allow_unicode=True, width=120),
        manifest=manifest,
        spec=manifest.spec,
        people=sum(cell.people for cell in manifest.cells),
        pictures=sum(cell.pictures for cell in manifest.cells),
        composition=composition,
        agreement=agreement,
    )


def metadata(manifest: Manifest) -> dict[str, Any]:
    """Return the block that the Hub reads: how to load the data, and what to list it under."""
    pictures = sum(cell.pictures for cell in manifest.cells)
    return {
        "license": LICENSE,
        "pretty_name": f"evenface: {pictures:,} synthetic faces in {len(manifest.cells)} balanced cells",
        "language": ["en"],
        "size_categories": [next((name for limit, name in _SIZES if pictures < limit), "n>10M")],
        "task_categories": ["image-classification"],
        "annotations_creators": ["machine-generated"],
        "source_datasets": ["original"],
        "tags": ["synthetic", "faces", "fairness", "bias", "evaluation", "skin-tone", "monk-skin-tone-scale", "rendered"],
        "configs": [_config(name) for name in CONFIGS],
        "dataset_info": [_info(manifest, name) for name in CONFIGS],
    }


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
        "features": [{"name": column, **_spelled(kind)} for column, kind in kinds.items()],
        "splits": [{"name": "test", "num_bytes": size, "num_examples": rows}],
        "download_size": sum(shard.bytes for shard in shards),
        "dataset_size": size,
    }


def _spelled(kind: dict[str, Any] | list[dict[str, Any]]) -> dict[str, Any]:
    """Spell a feature as the YAML of a card does, which differs from the JSON of a parquet file."""
    if isinstance(kind, list):
        return {"list": [{"name": name, **_spelled(entry)} for name, entry in kind[0].items()]}
    if kind["_type"] == "Sequence":
        inner = _spelled(kind["feature"])
        length = {"length": kind["length"]} if "length" in kind else {}
        return {"sequence": inner.get("dtype", inner), **length}
    if kind["_type"] == "ClassLabel":
        return {"dtype": {"class_label": {"names": {str(number): name for number, name in enumerate(kind["names"])}}}}
    return {"dtype": kind["dtype"] if kind["_type"] == "Value" else kind["_type"].lower()}


def _plain(text: object) -> str:
    """Return ``text`` so that Markdown shows it as it is, on one line."""
    return _MARKUP.sub(r"\\\1", " ".join(str(text).split()))


def _markdown(table: Table) -> str:
    """Return ``table`` in Markdown, numbers to the right."""
    lines = [table.columns, tuple("---" if at == 0 else "---:" for at in range(len(table.columns)))]
    lines += [tuple(_cell(entry, column) for entry, column in zip(row, table.columns, strict=True)) for row in table.rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _cell(entry: Entry, column: str) -> str:
    if entry is None:
        return "-"
    if isinstance(entry, float):
        if "FMR" in column or "FNMR" in column:
            return f"{100 * entry:.2g} %"
        entry = round(entry, 1 if "L*" in column or "delta E" in column else 3) + 0.0  # no -0.0
        return f"{entry:+.1f}" if "L*" in column else f"{entry:.1f}" if "delta E" in column else f"{100 * entry:.1f} %"
    return _plain(entry)
