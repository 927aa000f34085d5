"""Labels and counts: who is in the dataset, how often, and does every row say the same of them?

Only labels are read here, no pictures. In memory are the people, and of each picture its name.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

from evenface.dataset import Dataset, Manifest, Row
from evenface.validate.findings import Collector
from evenface.validate.shards import Sound
from evenface.vocabulary import REFERENCE, Cell

__all__ = ["Census", "examine_counts", "examine_people", "take_census"]

# What a picture says of its person, with the column of the identities table that says it too.
_LABELS = {name: name for name in ("family_id", "tone", "gender", "age_band", "age_years", "hair_style", "hair_texture")} | {
    "facial_hair": "facial_hair_style"
}
_NEEDED = ("identity_id", "family_id", "tone", "gender", "age_band", "shot_id")
_COLUMNS = ("image_id", "identity_id", "cell", "kind", "shot_id", "plan_hash", *_LABELS)


@dataclass(slots=True)
class Census:
    """Who was met in the rows."""

    people: dict[str, tuple[Any, ...]] = field(default_factory=dict)
    """Labels of every person of the identities table, in the order of ``_LABELS``."""
    shots: dict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    """Shots by person, counted in the pictures."""
    pictures: Counter[str] = field(default_factory=Counter)
    """Pictures by cell, as their labels say."""
    identities: Counter[str] = field(default_factory=Counter)
    """People by cell, as the labels of their first picture say."""
    image_ids: set[str] = field(default_factory=set)


def take_census(dataset: Dataset, sound: Sound, found: Collector) -> Census:
    """Read the labels of all people and pictures and compare them."""
    census = Census()
    for shard in sound.identities:
        for row in dataset.shard_rows(shard, ("identity_id", "cell", *_LABELS.values())):
            _meet_person(row, census, found)
    for shard in sound.pictures:
        for row in dataset.shard_rows(shard, _COLUMNS):
            _meet_picture(row, dataset.manifest, census, found)
    return census


def _meet_person(row: Row, census: Census, found: Collector) -> None:
    name = row["identity_id"]
    if name in census.people:
        found.add("identity-duplicate", name or "?", "it has more than one row in the identities table")
        return
    _check_labels(row, name or "a row of identities", ("identity_id", "family_id", "tone", "gender", "age_band"), found)
    census.people[name] = tuple(row[column] for column in _LABELS.values())


def _meet_picture(row: Row, manifest: Manifest, census: Census, found: Collector) -> None:
    name, person = row["image_id"], row["identity_id"]
    where = name or f"a picture of {person}"
    if name is None:
        found.add("image-id-missing", where, f"the shot {row['shot_id']} has no image_id")
    elif name in census.image_ids:
        found.add("image-id-duplicate", where, "more than one picture has this image_id")
    census.image_ids.add(where)
    if row["plan_hash"] != manifest.plan_hash:
        found.add("plan-mixed", where, f"it is of the plan {row['plan_hash']}, the dataset of {manifest.plan_hash}")
    cell = _check_labels(row, where, _NEEDED, found)
    if (row["kind"] == REFERENCE) != (row["shot_id"] == REFERENCE):
        found.add("label-contradiction", where, f"kind is {row['kind']}, but shot_id is {row['shot_id']}")
    if person is not None:
        _compare_with_person(row, where, census, found)
        if cell and person not in census.shots:
            census.identities[cell] += 1
        census.shots[person][row["shot_id"]] += 1
    if cell:
        census.pictures[cell] += 1


def _check_labels(row: Row, where: str, needed: tuple[str, ...], found: Collector) -> str | None:
    """Return the cell that the labels name, if they name one."""
    missing = [column for column in needed if row[column] is None]
    if missing:
        found.add("label-missing", where, f"no value in {', '.join(missing)}")
    if {"tone", "gender", "age_band"} & set(missing):
        return None
    cell = Cell(row["tone"], row["gender"], row["age_band"]).key
    if row["cell"] != cell:
        found.add("label-contradiction", where, f"cell is {row['cell']}, but tone, gender and age_band say {cell}")
    return cell


def _compare_with_person(row: Row, where: str, census: Census, found: Collector) -> None:
    person, labels = row["identity_id"], tuple(row[column] for column in _LABELS)
    if person not in census.people:
        found.add("identity-unknown", where, f"its person {person} is not in the identities table")
        # The next pictures of this person are compared with the first.
        census.people[person] = labels
    for column, here, there in zip(_LABELS, labels, census.people[person], strict=True):
        if here is not None and here != there:
            found.add("label-contradiction", where, f"{column} is {here}, but its person {person} has {there}")


def examine_counts(census: Census, manifest: Manifest, found: Collector) -> None:
    """Compare people and pictures in every cell with the declared target."""
    declared = {target.cell: target for target in manifest.cells}
    for cell, target in declared.items():
        if census.identities[cell] != target.people:
            found.add("cell-people", cell, f"{census.identities[cell]} people, declared are {target.people}")
        if census.pictures[cell] != target.pictures:
            found.add("cell-pictures", cell, f"{census.pictures[cell]} pictures, declared are {target.pictures}")
    for cell in sorted(census.pictures.keys() - declared.keys()):
        found.add("cell-undeclared", cell, f"{census.pictures[cell]} pictures are in a cell that is not declared")


def examine_people(census: Census, manifest: Manifest, found: Collector) -> None:
    """Compare the people with the plan's, and everybody's shots with everybody else's."""
    digest = sha256("\n".join(sorted(map(str, census.people))).encode()).hexdigest()
    if digest != manifest.identities_sha256:
        found.add("people-changed", "identities", f"the {len(census.people)} people are not those of the plan")
    for person in sorted(map(str, census.people.keys() - census.shots.keys())):
        found.add("identity-without-pictures", person, "it is in the identities table but in no picture")
    expected = sorted({shot for shots in census.shots.values() for shot in shots if shot is not None})
    for person, shots in census.shots.items():
        missing = [shot for shot in expected if not shots[shot]]
        repeated = [shot for shot in expected if shots[shot] > 1]
        if missing:
            found.add("shot-missing", person, f"no picture of {', '.join(missing)}")
        if repeated:
            found.add("shot-duplicate", person, f"more than one picture of {', '.join(repeated)}")
    if manifest.spec.design == "independent":
        for family, members in _families(census):
            if len(members) > 1:
                found.add("family-shared", family, f"{len(members)} people share it: {', '.join(members[:4])}")


def _families(census: Census) -> Iterator[tuple[str, list[str]]]:
    members: dict[str, list[str]] = defaultdict(list)
    for person, labels in census.people.items():
        if labels[0] is not None:
            members[labels[0]].append(person)
    yield from members.items()
