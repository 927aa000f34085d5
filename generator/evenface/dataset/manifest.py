"""``evenface.json``, the manifest: what a dataset declares about itself. A folder is a dataset if it holds a valid one."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from evenface.errors import EvenfaceError, UsageFault
from evenface.files.codec import canonical_json, digest_of, from_json, to_json
from evenface.files.storage import write_file
from evenface.people.plan import Plan, Selection, plan_of_version
from evenface.records import Recipe, RenderRecipe
from evenface.spec import Spec, as_document, from_document
from evenface.statistics.balance import shares, targets

__all__ = [
    "MANIFEST",
    "MANIFEST_FORMAT",
    "CellTarget",
    "Manifest",
    "Package",
    "Shard",
    "read_manifest",
    "target_cells",
    "write_manifest",
]

MANIFEST = "evenface.json"
MANIFEST_FORMAT = 5


@dataclass(frozen=True, slots=True)
class CellTarget:
    """Planned counts of one cell."""

    cell: str
    tone: str
    gender: str
    age_band: str
    people: int
    pictures: int
    share: float


@dataclass(frozen=True, slots=True)
class Shard:
    """One parquet file."""

    path: str
    """Relative to the dataset's folder, with forward slashes."""
    rows: int
    bytes: int
    arrow_bytes: int
    """Size of its rows in memory."""
    sha256: str


@dataclass(frozen=True, slots=True)
class Package:
    """A library that the bytes of the dataset depend on."""

    name: str
    version: str


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a dataset declares about itself."""

    format: int
    generator_version: str
    plan_hash: str
    spec: Spec
    recognisers: tuple[str, ...]
    """Recognisers that chose the people among candidates, if any did. An audit on this dataset favours them."""
    cells: tuple[CellTarget, ...]
    identities_sha256: str
    """Digest of the sorted identity ids of the plan, one per line."""
    packages: tuple[Package, ...]
    shards: tuple[Shard, ...]
    recipes: tuple[Recipe, ...] = ()
    """Recipes of photographs; empty without a trained model. Rows name one by ``digest_of``."""
    renders: tuple[RenderRecipe, ...] = ()
    """Recipes of renders, those behind photographs included. Rows of renders name one by ``digest_of``."""
    attempts: tuple[int, ...] = ()
    """Number of the chosen candidate for each head of the plan, in its order; empty without a choice."""

    @property
    def research_only(self) -> tuple[str, ...]:
        """Models that took part and exclude commercial use."""
        weights = [each for recipe in self.recipes for each in recipe.weights if each.research_only]
        return tuple(dict.fromkeys(each.model for each in weights))

    def plan(self) -> Plan:
        """Return the plan that the dataset was made from, with the people whom recognisers chose.

        Raises:
            EvenfaceError: The spec and the choice of people give another plan than the manifest names.
        """
        selection = Selection(self.recognisers, self.attempts) if self.attempts else None
        plan = plan_of_version(self.spec, self.generator_version, selection)
        if plan.plan_hash != self.plan_hash:
            what = f"{MANIFEST} names the plan {self.plan_hash}, but its spec and its choice of people give {plan.plan_hash}"
            raise EvenfaceError(what, "ask the maker for the manifest of these pictures")
        return plan

    def renders_by_digest(self) -> dict[str, RenderRecipe]:
        """Return the recipes of renders by their digest."""
        return {digest_of(recipe): recipe for recipe in self.renders}

    def recipes_by_digest(self) -> dict[str, Recipe]:
        """Return the recipes of photographs by their digest."""
        return {digest_of(recipe): recipe for recipe in self.recipes}

    def rows(self, folder: str) -> int:
        """Return the declared number of rows in one folder."""
        return sum(shard.rows for shard in self.shards if shard.path.rpartition("/")[0] == folder)


def target_cells(plan: Plan) -> tuple[CellTarget, ...]:
    """Return the planned counts of every cell."""
    people, pictures = targets(plan.people_count, plan.cells), targets(plan.pictures_count, plan.cells)
    part = shares(people)
    return tuple(
        CellTarget(cell.key, cell.tone, cell.gender, cell.age_band, people[cell], pictures[cell], part[cell])
        for cell in plan.cells
    )


def write_manifest(manifest: Manifest, folder: Path) -> None:
    """Write ``manifest`` into ``folder`` as canonical JSON."""
    write_file(folder / MANIFEST, canonical_json(to_json(manifest) | {"spec": as_document(manifest.spec)}))


def read_manifest(folder: Path) -> Manifest:
    """Return the manifest in ``folder``; a folder that is not a dataset is wrong use, a damaged manifest an error."""
    data = _load(folder)
    hint = f"package its run again: evenface package RUN --out {folder}"
    if not isinstance(data, dict) or data.get("format") != MANIFEST_FORMAT:
        stated = data.get("format") if isinstance(data, dict) else None
        raise EvenfaceError(f"{folder / MANIFEST} has format {stated}, but this version reads format {MANIFEST_FORMAT}", hint)
    try:
        document = data.get("spec")
        spec = from_document(document if isinstance(document, dict) else {"spec": document}, f"{folder / MANIFEST}")
        return from_json(Manifest, data | {"spec": to_json(spec)})
    except EvenfaceError as problem:
        raise EvenfaceError(f"{folder / MANIFEST} is damaged: {problem.what}", hint) from problem


def _load(folder: Path) -> object:
    if not folder.exists():
        raise UsageFault(f"the folder {folder} does not exist", f"make a dataset: evenface generate --preset demo --out {folder}")
    if not folder.is_dir():
        raise UsageFault(f"{folder} is a file, not a dataset folder", "give the folder that holds evenface.json")
    try:
        found: object = json.loads((folder / MANIFEST).read_bytes())
        return found
    except FileNotFoundError:
        raise _not_a_dataset(folder) from None
    except OSError as problem:
        raise EvenfaceError(f"{folder / MANIFEST} cannot be read: {problem.strerror}", "check its permissions") from None
    except ValueError as problem:
        hint = f"package its run again: evenface package RUN --out {folder}"
        raise EvenfaceError(f"{folder / MANIFEST} is damaged: {problem}", hint) from None


def _not_a_dataset(folder: Path) -> UsageFault:
    entries = sorted(entry.name for entry in folder.iterdir())
    if not entries:
        return UsageFault(f"{folder} is empty", f"make a dataset: evenface generate --preset demo --out {folder}")
    if any(folder.rglob("*.parquet")):
        hint = f"package its run again, which writes it: evenface package RUN --out {folder}"
        return UsageFault(f"{folder} has parquet files but no {MANIFEST}", hint)
    found = ", ".join(entries[:3]) + (" ..." if len(entries) > 3 else "")
    return UsageFault(
        f"{folder} is not a dataset: it has no {MANIFEST}; found {found}", "give the folder that holds evenface.json"
    )
