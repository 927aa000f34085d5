"""Store the recipes of a run folder, each in a file named by its digest.

All renders of a run have one recipe, and all photographs have one: another renderer, processor, card, library, weights or
settings would make another set.
"""

from __future__ import annotations

import json
from pathlib import Path

from evenface.errors import EvenfaceError, UsageFault
from evenface.files.codec import canonical_json, digest_of, from_json, to_json
from evenface.files.storage import explain_os_errors, make_folder, sync_folder, write_file
from evenface.records import Recipe, RenderRecipe

__all__ = ["AnyRecipe", "claim_recipe", "describe_recipe", "read_recipes"]

AnyRecipe = Recipe | RenderRecipe

_LOCK = ".lock"
_MOST_BYTES = 16_000_000
"""Greatest size of a recipe, which lists every file of its models."""


def claim_recipe(recipe: AnyRecipe, folder: Path) -> str:
    """Store ``recipe`` as the only one of its kind in the run, and return its digest.

    Raises:
        UsageFault: The run has another recipe of this kind.
    """
    digest = digest_of(recipe)
    if (folder / f"{digest}.json").is_file():
        return digest
    make_folder(folder)
    from filelock import FileLock  # heavy

    # Workers start at the same time, and on different cards each would have another recipe.
    with FileLock(folder / _LOCK):
        for other, found in read_recipes(folder).items():
            if other != digest and type(found) is type(recipe):
                raise _other_recipe(folder.parent, found, recipe)
        write_file(folder / f"{digest}.json", canonical_json(to_json(recipe)))
        sync_folder(folder)
    return digest


def read_recipes(folder: Path) -> dict[str, AnyRecipe]:
    """Return the recipes of a folder by their digests; a changed one is an error."""
    found = {}
    for path in sorted(folder.glob("*.json")):
        with explain_os_errors(path):
            data = path.read_bytes() if path.stat().st_size <= _MOST_BYTES else b""
        recipe = _parse(data)
        if recipe is None or digest_of(recipe) != path.stem:
            hint = f"type: rm {path}; then the command that made the run makes its pictures again"
            raise EvenfaceError(f"the recipe {path} is damaged: its content does not match the SHA-256 in its file name", hint)
        found[path.stem] = recipe
    return found


def describe_recipe(recipe: AnyRecipe) -> str:
    """Return a recipe in one line, such as ``cycles, revision 3, bpy 5.0.1, numpy 1.26.4, x86_64 GenuineIntel v4``."""
    if isinstance(recipe, Recipe):
        return f"{recipe.pipeline}, {', '.join(part.model for part in recipe.weights)}, {recipe.dtype} on {recipe.device}"
    packages = ", ".join(" ".join(each) for each in recipe.packages)
    return f"{recipe.backend}, revision {recipe.revision}, {packages}, {recipe.processor}"


def _parse(data: bytes) -> AnyRecipe | None:
    try:
        found = json.loads(data)
        kind: type[AnyRecipe] = RenderRecipe if isinstance(found, dict) and "backend" in found else Recipe
        return from_json(kind, found)
    except (ValueError, EvenfaceError):
        return None


def _other_recipe(run_dir: Path, found: AnyRecipe, wanted: AnyRecipe) -> UsageFault:
    before, now = to_json(found), to_json(wanted)
    other = ", ".join(key for key in before if before[key] != now[key])
    kind, same = (
        ("photographs", "weights, libraries and device")
        if isinstance(found, Recipe)
        else ("renders", "version of evenface, libraries and family of processors")
    )
    what = (
        f"{run_dir} holds {kind} made by the recipe {digest_of(found)[:12]} ({describe_recipe(found)}), "
        f"and this machine would use {digest_of(wanted)[:12]} ({describe_recipe(wanted)}); different: {other}"
    )
    return UsageFault(what, f"go on with the same {same}, or choose another folder with --out")
