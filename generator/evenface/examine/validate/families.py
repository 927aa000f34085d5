"""Crossed designs: is every head there once in every tone, and does nothing but the skin differ?"""

from __future__ import annotations

from typing import Any

from evenface.dataset import Dataset, Row, schema_of
from evenface.examine.validate.findings import Collector
from evenface.examine.validate.shards import Sound

__all__ = ["examine_families"]

_PERSONAL = ("identity_id", "cell", "tone")


def examine_families(dataset: Dataset, sound: Sound, found: Collector) -> None:
    """Compare the members of every family; nothing is looked at when the design is not crossed."""
    spec = dataset.manifest.spec
    if spec.design != "crossed":
        return
    columns = [name for name in schema_of("identities", spec.scale).names if not name.startswith("complexion_")]
    families: dict[str, dict[str, Row]] = {}
    for shard in sound.identities:
        for row in dataset.shard_rows(shard, columns):
            members = families.setdefault(row["family_id"], {})
            _compare(row, members, found)
            members.setdefault(row["tone"], row)
            if members.keys() >= set(spec.tones):
                # A plan puts the members of a family side by side: what is complete need not be kept.
                families[row["family_id"]] = {tone: {} for tone in members}
    for family, members in families.items():
        missing = [tone for tone in spec.tones if tone not in members]
        if missing:
            found.add("family-incomplete", str(family), f"nobody has the tone {', '.join(missing)}")


def _compare(row: Row, members: dict[str, Row], found: Collector) -> None:
    family, person = str(row["family_id"]), row["identity_id"]
    if row["tone"] in members:
        found.add("family-incomplete", family, f"{person} is a second person with the tone {row['tone']}")
    first: dict[str, Any] = next(iter(members.values()), {})
    if first:
        differing = [column for column in row if column not in _PERSONAL and row[column] != first[column]]
        if differing:
            found.add("family-differs", family, f"{person} and {first['identity_id']} differ in {', '.join(differing[:5])}")
