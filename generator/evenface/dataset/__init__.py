"""The dataset folder: parquet shards with a manifest, written from rendered and measured pictures, and read as rows.

Every later room sees pictures only through such a folder. The names here are those that other rooms use.
"""

from __future__ import annotations

from evenface.dataset.making import MAKING_COLUMNS, TAKEN, count_rejections, making_tables
from evenface.dataset.manifest import MANIFEST, CellTarget, Manifest, Shard
from evenface.dataset.read import Dataset, Masks, name_labels
from evenface.dataset.rows import Picture, Row, image_id_of, pair_id_of
from evenface.dataset.schema import CONFIGS, FOLDERS, PROTOCOLS, features, schema_of
from evenface.dataset.tables import AGREEMENT_COLUMNS, agreement_table, composition_table, steps_apart
from evenface.dataset.write import GROUP_ROWS, PACKAGES, SHARD_BYTES, DatasetWriter
from evenface.files.pictures import Pixels, Undecodable, decode_image, pixel_digest

__all__ = [
    "AGREEMENT_COLUMNS",
    "CONFIGS",
    "FOLDERS",
    "GROUP_ROWS",
    "MAKING_COLUMNS",
    "MANIFEST",
    "PACKAGES",
    "PROTOCOLS",
    "SHARD_BYTES",
    "TAKEN",
    "CellTarget",
    "Dataset",
    "DatasetWriter",
    "Manifest",
    "Masks",
    "Picture",
    "Pixels",
    "Row",
    "Shard",
    "Undecodable",
    "agreement_table",
    "composition_table",
    "count_rejections",
    "decode_image",
    "features",
    "image_id_of",
    "making_tables",
    "name_labels",
    "pair_id_of",
    "pixel_digest",
    "schema_of",
    "steps_apart",
]
