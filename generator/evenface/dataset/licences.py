"""Licences: what the maker states and the weights that took part come in, the licence of the dataset goes out, or a refusal.

No legal advice, and no reading of licence texts: a model is for research only because its card, or what it was trained with, says
so; then no licence is written that lets others make money with the pictures.
"""

from __future__ import annotations

from collections.abc import Sequence

from evenface.dataset.manifest import Manifest
from evenface.errors import UsageFault
from evenface.records import Recipe
from evenface.records.maker import LICENCES, Licence, Maker

__all__ = ["check_licence", "conflicting_models", "licence_of"]

RESEARCH = "cc-by-nc-4.0"
"""Written where the maker says nothing and a model that took part is for research only."""
_RENDERED = "cc-by-4.0"
_RENDERERS = ("cycles", "swatch")


def licence_of(manifest: Manifest) -> Licence | None:
    """Return the licence of a dataset: the maker's, or else CC BY 4.0 for renders of ours, or that of research-only weights.

    Nothing is known about pictures of others, nor about those of models whose terms the maker has to read.
    """
    if manifest.spec.maker.licence:
        return LICENCES.get(manifest.spec.maker.licence)
    if manifest.research_only:
        return LICENCES[RESEARCH]
    return LICENCES[_RENDERED] if manifest.spec.backend in _RENDERERS and not manifest.recipes else None


def conflicting_models(maker: Maker, recipes: Sequence[Recipe]) -> tuple[str, ...]:
    """Return the research-only models that a stated licence, which lets others make money with the pictures, disregards."""
    stated = LICENCES.get(maker.licence)
    if stated is None or not stated.commercial:
        return ()
    return tuple(dict.fromkeys(each.model for recipe in recipes for each in recipe.weights if each.research_only))


def check_licence(maker: Maker, recipes: Sequence[Recipe]) -> None:
    """Refuse a licence that is wider than the weights allow."""
    models = conflicting_models(maker, recipes)
    if models:
        what = f"the licence {maker.licence} lets others make money with pictures of research-only weights: {', '.join(models)}"
        hint = f'write licence = "{RESEARCH}" in [maker] of the spec, make the plan again and render it into the same folder'
        raise UsageFault(what, hint)
