"""Recipes of a run folder: how a trained model made its pictures comes in, one file named by its digest goes out.

All photographs of a run are of one recipe: other weights, settings, libraries or another card would be another set.
"""

from __future__ import annotations

import fcntl
import json
from hashlib import sha256
from pathlib import Path

from evenface.codec import canonical, from_json, to_json
from evenface.errors import EvenfaceError, UsageFault
from evenface.records import Recipe
from evenface.storage import in_words, make_folder, sync_folder, write_file

__all__ = ["claim_recipe", "digest_of", "read_recipes"]

_LOCK = ".lock"
_MOST_BYTES = 16_000_000
"""Of one recipe, which names every file of its models."""


def digest_of(recipe: Recipe) -> str:
    """Return the SHA-256 of the recipe's canonical JSON."""
    return sha256(canonical(to_json(recipe))).hexdigest()


def claim_recipe(recipe: Recipe, folder: Path) -> str:
    """Make ``recipe`` the one of the run, or find that it is, and return its digest.

    Raises:
        UsageFault: The pictures of the run are made by another one.
    """
    digest = digest_of(recipe)
    if (folder / f"{digest}.json").is_file():
        return digest
    make_folder(folder)
    with (folder / _LOCK).open("ab") as lock:
        # Workers begin side by side, and on unlike cards they would each bring a recipe of their own.
        fcntl.flock(lock, fcntl.LOCK_EX)
        for other, found in read_recipes(folder).items():
            if other != digest:
                raise _another(folder.parent, other, digest, _differing(found, recipe))
        write_file(folder / f"{digest}.json", canonical(to_json(recipe)))
        sync_folder(folder)
    return digest


def read_recipes(folder: Path) -> dict[str, Recipe]:
    """Return the recipes of a folder by their digests; one that was changed is refused."""
    found = {}
    for path in sorted(folder.glob("*.json")):
        with in_words(path):
            data = path.read_bytes() if path.stat().st_size <= _MOST_BYTES else b""
        try:
            recipe = from_json(Recipe, json.loads(data))
        except (ValueError, EvenfaceError):
            recipe = None
        if recipe is None or digest_of(recipe) != path.stem:
            hint = f"type: rm {path}; then the command that made the run makes its photographs again"
            raise EvenfaceError(f"the recipe {path} is damaged: its content has not the digest that is its name", hint)
        found[path.stem] = recipe
    return found


def _differing(one: Recipe, other: Recipe) -> str:
    before, now = to_json(one), to_json(other)
    return ", ".join(key for key in before if before[key] != now[key])


def _another(run_dir: Path, found: str, wanted: str, differing: str) -> UsageFault:
    what = f"{run_dir} holds photographs of the recipe {found}, and they would now be made by {wanted}; other: {differing}"
    return UsageFault(what, "go on with the same weights, libraries and device, or choose another folder with --out")
