"""Labels and counts of a dataset: who is in it, how often, and whether every row states the same of them.

In a crossed design, every head must be there once in every tone, with nothing but the skin different. Only labels are read here,
no pictures. In memory are the people, and of each picture its name.
"""

from __future__ import annotations

from array import array
from collections import Counter, defaultdict
from collections.abc import Iterator
from hashlib import sha256
from math import nan
from sys import intern
from typing import Any

import numpy as np

from evenface.dataset import Dataset, Manifest, Row, schema_of
from evenface.examine.validate.findings import Collector, place_of
from evenface.examine.validate.labelling import Codes, Ints, Labelling, Names, Skin
from evenface.examine.validate.labels import check_name
from evenface.examine.validate.shards import Sound
from evenface.statistics.association import contingency
from evenface.vocabulary import GENDERS, REFERENCE, SCALES, Cell

__all__ = ["Census", "examine_counts", "examine_families", "examine_people", "take_census"]

# Columns of a picture about its person, with the same column of the identities table.
_LABELS = {name: name for name in ("family_id", "tone", "gender", "age_band", "age_years", "hair_style", "hair_texture")} | {
    "facial_hair": "facial_hair_style"
}
_NEEDED = ("identity_id", "family_id", "tone", "gender", "age_band", "shot_id")
_AXES = ("l_star", "a_star", "b_star")
_COLUMNS = (
    *("image_id", "identity_id", "cell", "kind", "shot_id", "plan_hash", "seed", "measured_tone"),
    *(*_LABELS, *(f"measured_{axis}" for axis in _AXES)),
)
# What is kept of every picture, with its type code.
_KEPT = {
    **dict.fromkeys(("person", "family", "shot"), "i"),
    **dict.fromkeys(("tone", "gender", "cell", "measured", "measured_cell"), "h"),
    "reference": "b",
    "block": "q",
}
SKIN_TOLERANCE = 2.5
"""Largest difference in L* of the mean skin of a cell from its label; steps are 3.5 to 7.5 L* wide."""


class Census:
    """People and pictures that were found in the rows."""

    def __init__(self, dataset: Dataset) -> None:
        spec = dataset.manifest.spec
        self.people: dict[str | None, tuple[Any, ...]] = {}
        """Labels of every person of the identities table, in the order of ``_LABELS``."""
        self.shots = Codes()
        self.persons = Codes()
        """People in the order of their first pictures."""
        self.pictures: Counter[str] = Counter()
        """Pictures by labelled cell."""
        self.identities: Counter[str] = Counter()
        """People by the labelled cell of their first picture."""
        self.names = Names()
        self.spec, self.scale = spec, SCALES[spec.scale]
        self._families = Codes()
        self._cells = {target.cell: at for at, target in enumerate(dataset.manifest.cells)}
        self._targets = [target.share for target in dataset.manifest.cells]
        self._tones = {tone.name: at for at, tone in enumerate(self.scale.tones)}
        self._rows = {name: array(kind) for name, kind in _KEPT.items()}
        self._lab = array("f")

    def keep(self, row: Row, where: str, cell: str | None) -> None:
        """Keep the values of a picture that checks of the whole set use."""
        tone, measured, band = row["tone"], row["measured_tone"], row["age_band"]
        seen = Cell(measured, row["gender"], band).key if None not in (measured, row["gender"], band) else None
        values = {
            "person": self.persons.of(row["identity_id"]),
            "family": self._families.of(row["family_id"]),
            "shot": self.shots.of(str(row["shot_id"])),
            "tone": self._tones.get(tone, -1),
            "gender": GENDERS.index(row["gender"]) if row["gender"] in GENDERS else -1,
            "cell": self._cells.get(cell or "", -1),
            "measured": self._tones.get(measured, -1),
            "measured_cell": self._cells.get(seen or "", -1),
            "reference": row["kind"] == REFERENCE,
            "block": row["seed"] or 0,
        }
        for name, value in values.items():
            self._rows[name].append(value)
        lab = (row[f"measured_{axis}"] for axis in _AXES)
        self._lab.extend(nan if value is None else value for value in lab)
        self.names.append(where)

    def labelling(self) -> Labelling:
        """Return what was kept, without a copy; ``keep`` cannot be called afterwards."""
        codes = {name: np.asarray(kept) for name, kept in self._rows.items()}
        designed = np.array([*(tone.lab[0] for tone in self.scale.tones), nan])
        lab = np.asarray(self._lab).reshape(-1, len(_AXES))
        skin = Skin(codes["measured"], lab[:, 0] - designed[codes["tone"]], "L*", SKIN_TOLERANCE, lab)
        return Labelling(
            names=self.names,
            people=self.persons.words,
            tones=tuple(self._tones),
            genders=GENDERS,
            cells=tuple(self._cells),
            targets=tuple(self._targets),
            person=codes["person"],
            family=codes["family"],
            tone=codes["tone"],
            gender=codes["gender"],
            cell=codes["cell"],
            measured_cell=codes["measured_cell"],
            judged=codes["reference"] == 1,
            skin=skin,
            block=codes["block"],
        )

    def shots_of_people(self) -> Ints:
        """Return the number of pictures of each person and shot: people x shots."""
        person, shot = (np.asarray(self._rows[name]) for name in ("person", "shot"))
        return contingency(person, shot, (len(self.persons.words), len(self.shots.words)))


def take_census(dataset: Dataset, sound: Sound, found: Collector) -> Census:
    """Read the labels of all people and pictures, compare them, and report differences."""
    census = Census(dataset)
    for shard in sound.identities:
        for row in dataset.shard_rows(shard, ("identity_id", "cell", *_LABELS.values())):
            _check_person(row, census, found)
    for shard in sound.pictures:
        for row in dataset.shard_rows(shard, _COLUMNS):
            _check_picture(row, dataset.manifest, census, found)
    for at in census.names.repeated():
        found.add("image-id-duplicate", census.names[at], "several pictures have this image_id")
    return census


def _check_person(row: Row, census: Census, found: Collector) -> None:
    name = row["identity_id"]
    if name in census.people:
        found.add("identity-duplicate", name or "?", "it has several rows in the identities table")
        return
    _check_labels(row, name or "a row of identities", ("identity_id", "family_id", "tone", "gender", "age_band"), found)
    # Interning keeps one copy of a word that many people share.
    labels = (row[column] for column in _LABELS.values())
    census.people[name] = tuple(intern(label) if isinstance(label, str) else label for label in labels)


def _check_picture(row: Row, manifest: Manifest, census: Census, found: Collector) -> None:
    name, person = row["image_id"], row["identity_id"]
    where = place_of(row)
    for column in ("image_id", "identity_id"):
        if row[column] is not None:
            check_name(row[column], where, f"{column} is {row[column]}, which", found)
    if name is None:
        found.add("image-id-missing", where, f"the shot {row['shot_id']} has no image_id")
    if row["plan_hash"] != manifest.plan_hash:
        found.add("plan-mixed", where, f"it is of the plan {row['plan_hash']}, but the dataset is of {manifest.plan_hash}")
    cell = _check_labels(row, where, _NEEDED, found)
    if (row["kind"] == REFERENCE) != (row["shot_id"] == REFERENCE):
        found.add("label-contradiction", where, f"kind is {row['kind']}, but shot_id is {row['shot_id']}")
    if person is not None:
        _compare_with_person(row, where, census, found)
        if cell and person not in census.persons.known:
            census.identities[cell] += 1
    if cell:
        census.pictures[cell] += 1
    census.keep(row, where, cell)


def _check_labels(row: Row, where: str, needed: tuple[str, ...], found: Collector) -> str | None:
    """Report missing and contradicting labels, and return the labelled cell, or None."""
    missing = [column for column in needed if row[column] is None]
    if missing:
        found.add("label-missing", where, f"no value in {', '.join(missing)}")
    if {"tone", "gender", "age_band"} & set(missing):
        return None
    cell = Cell(row["tone"], row["gender"], row["age_band"]).key
    if row["cell"] != cell:
        found.add("label-contradiction", where, f"cell is {row['cell']}, but tone, gender and age_band give {cell}")
    return cell


def _compare_with_person(row: Row, where: str, census: Census, found: Collector) -> None:
    person, labels = row["identity_id"], tuple(row[column] for column in _LABELS)
    if person not in census.people:
        found.add("identity-unknown", where, f"its person {person} is not in the identities table")
        # Further pictures of this person are compared with this one.
        census.people[person] = labels
    for column, here, there in zip(_LABELS, labels, census.people[person], strict=True):
        if here is not None and here != there:
            found.add("label-contradiction", where, f"{column} is {here}, but its person {person} has {there}")


def examine_counts(census: Census, manifest: Manifest, found: Collector) -> None:
    """Compare the counts of people and pictures in every cell with the declared ones."""
    declared = {target.cell: target for target in manifest.cells}
    for cell, target in declared.items():
        if census.identities[cell] != target.people:
            found.add("cell-people", cell, f"{census.identities[cell]} people, but {target.people} are declared")
        if census.pictures[cell] != target.pictures:
            found.add("cell-pictures", cell, f"{census.pictures[cell]} pictures, but {target.pictures} are declared")
    for cell in sorted(census.pictures.keys() - declared.keys()):
        found.add("cell-undeclared", cell, f"{census.pictures[cell]} pictures are in an undeclared cell")


def examine_people(census: Census, manifest: Manifest, found: Collector) -> None:
    """Compare the people with those of the plan, and the shots of each person with those of all others."""
    digest = sha256("\n".join(sorted(map(str, census.people))).encode()).hexdigest()
    if digest != manifest.identities_sha256:
        found.add("people-changed", "identities", f"the {len(census.people)} people are not those of the plan")
    for person in sorted(map(str, census.people.keys() - census.persons.known.keys())):
        found.add("identity-without-pictures", person, "it is in the identities table but in no picture")
    counts, words = census.shots_of_people(), np.array(census.shots.words)
    order = np.argsort(words)
    counts, words = counts[:, order], words[order]
    for at in np.flatnonzero((counts != 1).any(axis=1)):
        missing, repeated = words[counts[at] == 0], words[counts[at] > 1]
        if missing.size:
            found.add("shot-missing", census.persons.words[at], f"no picture of {', '.join(missing)}")
        if repeated.size:
            found.add("shot-duplicate", census.persons.words[at], f"several pictures of {', '.join(repeated)}")
    if manifest.spec.design == "independent":
        for family, members in _families(census):
            if len(members) > 1:
                found.add("family-shared", family, f"{len(members)} people share it: {', '.join(members[:4])}")


def _families(census: Census) -> Iterator[tuple[str, list[str]]]:
    members: dict[str, list[str]] = defaultdict(list)
    for person, labels in census.people.items():
        if labels[0] is not None:
            members[labels[0]].append(str(person))
    yield from members.items()


_PERSONAL = ("identity_id", "cell", "tone")


def examine_families(dataset: Dataset, sound: Sound, found: Collector) -> None:
    """Compare the members of every family of a crossed design; in another design, do nothing."""
    spec = dataset.manifest.spec
    if spec.design != "crossed":
        return
    columns = [name for name in schema_of("identities", spec.scale).names if not name.startswith("complexion_")]
    families: dict[str, dict[str, Row]] = {}
    for shard in sound.identities:
        for row in dataset.shard_rows(shard, columns):
            members = families.setdefault(row["family_id"], {})
            _compare_member(row, members, found)
            members.setdefault(row["tone"], row)
            if members.keys() >= set(spec.tones):
                # The members of a family follow each other, so a complete family need not be kept.
                families[row["family_id"]] = {tone: {} for tone in members}
    for family, members in families.items():
        missing = [tone for tone in spec.tones if tone not in members]
        if missing:
            found.add("family-incomplete", str(family), f"it lacks a member with the tone {', '.join(missing)}")


def _compare_member(row: Row, members: dict[str, Row], found: Collector) -> None:
    family, person = str(row["family_id"]), row["identity_id"]
    if row["tone"] in members:
        found.add("family-incomplete", family, f"{person} is a second person with the tone {row['tone']}")
    first: dict[str, Any] = next(iter(members.values()), {})
    if first:
        differing = [column for column in row if column not in _PERSONAL and row[column] != first[column]]
        if differing:
            found.add("family-differs", family, f"{person} and {first['identity_id']} differ in {', '.join(differing[:5])}")
