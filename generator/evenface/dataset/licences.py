"""The licence of a dataset, from what the maker states and the weights that took part.

This is no legal advice, and licence texts are not interpreted. A model is for research only where its card, or that of its
training data, states so; the dataset then gets no licence that permits commercial use.
"""

from __future__ import annotations

from collections.abc import Sequence

from evenface.dataset.manifest import Manifest
from evenface.errors import UsageFault
from evenface.records import Recipe
from evenface.records.maker import LICENCES, Licence, Maker

__all__ = ["check_licence", "conflicting_models", "licence_of"]

RESEARCH = "cc-by-nc-4.0"
"""The default where a model that took part is for research only."""
_RENDERED = "cc-by-4.0"
_RENDERERS = ("cycles", "swatch")


def licence_of(manifest: Manifest) -> Licence | None:
    """Return the licence that the maker states, or else CC BY-NC 4.0 with research-only weights, or CC BY 4.0 for plain renders.

    It is None for pictures of other backends and of other models, whose terms the maker has to read.
    """
    if manifest.spec.maker.licence:
        return LICENCES.get(manifest.spec.maker.licence)
    if manifest.research_only:
        return LICENCES[RESEARCH]
    return LICENCES[_RENDERED] if manifest.spec.backend in _RENDERERS and not manifest.recipes else None


def conflicting_models(maker: Maker, recipes: Sequence[Recipe]) -> tuple[str, ...]:
    """Return the research-only models that took part, where the stated licence permits commercial use."""
    stated = LICENCES.get(maker.licence)
    if stated is None or not stated.commercial:
        return ()
    return tuple(dict.fromkeys(each.model for recipe in recipes for each in recipe.weights if each.research_only))


def check_licence(maker: Maker, recipes: Sequence[Recipe]) -> None:
    """Raise where the licence permits more than the weights."""
    models = conflicting_models(maker, recipes)
    if models:
        what = f"the licence {maker.licence} permits commercial use, but these models are for research only: {', '.join(models)}"
        hint = f'set licence = "{RESEARCH}" in [maker] of the spec, make the plan again and render it into the same folder'
        raise UsageFault(what, hint)
