"""Leakage: how near each picture of a set is to people of a gallery of photographs.

A report states what was compared with what, and how near the people of the gallery are to each other.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from evenface.dataset.foreign import LabelledSet
from evenface.errors import EvenfaceError, UsageFault
from evenface.examine.leakage.faces import Faces, read_faces
from evenface.examine.leakage.report import LeakageReport, Neighbour, neighbours, side_of
from evenface.examine.leakage.search import CENTRE, PICTURE, Search, search_gallery
from evenface.faces.reader import FaceModel, open_face_models
from evenface.faces.recognisers import RECOGNISERS

__all__ = ["Leakage", "build_leakage", "measure_leakage"]


@dataclass(frozen=True, slots=True, eq=False)
class Leakage:
    """A report, and what it was made of."""

    report: LeakageReport
    searches: tuple[Search, ...]
    dataset: Faces
    gallery: Faces

    def neighbours(self) -> list[Neighbour]:
        """Return the nearest of the gallery to every picture, of each recogniser and kind of reference."""
        return [each for found in self.searches for each in neighbours(found, self.dataset)]


def measure_leakage(
    opened: LabelledSet,
    gallery: LabelledSet | Faces,
    *,
    fmr: float,
    workers: int = 1,
    seed: int = 0,
    on_progress: Callable[[int], None] = lambda _pictures: None,
) -> Leakage:
    """Show both sides to two recognisers and search the gallery with every picture.

    Args:
        gallery: Pictures, or embeddings of them by the same recognisers.
        fmr: Share of the comparisons of two different people of the gallery that may match.
        on_progress: Is called with how many more pictures were looked at, of both sides.
    """
    check_rate(fmr)
    with open_face_models(want=[each.name for each in RECOGNISERS], workers=workers) as models:
        theirs = gallery if isinstance(gallery, Faces) else read_faces(gallery, models, on_progress)
        own = read_faces(opened, models, on_progress, keep=True)
    return build_leakage(own, theirs, models.about, fmr=fmr, seed=seed)


def check_rate(fmr: float) -> None:
    """Check that 0 < fmr < 0.5."""
    if not 0 < fmr < 0.5:
        raise UsageFault(f"a false match rate of {fmr:g} was asked for", "ask for one between 0 and 0.5, e.g. --fmr 1e-3")


def build_leakage(dataset: Faces, gallery: Faces, face_models: Sequence[FaceModel], *, fmr: float, seed: int) -> Leakage:
    """Return the figures of what was read."""
    check_rate(fmr)
    kinds = (PICTURE, CENTRE) if gallery.people is not None else (PICTURE,)
    found = (search_gallery(each, kind, dataset, gallery, fmr=fmr, seed=seed) for each in RECOGNISERS for kind in kinds)
    searches = tuple(each for each in found if each is not None)
    systems = tuple(each.name for each in RECOGNISERS)
    sides = [
        side_of(faces, systems, {each.name: len(faces.of(each).rows) for each in RECOGNISERS}) for faces in (dataset, gallery)
    ]
    if not searches:
        raise _nothing(sides[0].source, sides[1].source)
    report = LeakageReport(
        dataset=sides[0],
        gallery=sides[1],
        face_models=tuple(face_models),
        fmr=fmr,
        seed=seed,
        baseline_pictures=max(len(each.baseline_rows) for each in searches),
        thresholds=tuple(each.threshold for each in searches),
        rates=tuple(rate for each in searches for rate in each.rates),
        exceeding=tuple(one for each in searches for one in _exceeding(each, dataset)),
        problems=(*dataset.problems, *gallery.problems),
    )
    return Leakage(report, searches, dataset, gallery)


def _exceeding(found: Search, dataset: Faces) -> list[Neighbour]:
    beyond = [each for each in neighbours(found, dataset) if each.exceeds]
    return sorted(beyond, key=lambda each: (-found.recogniser.as_score(each.value), each.picture))


def _nothing(dataset: str, gallery: str) -> EvenfaceError:
    what = f"nothing could be compared: no recogniser saw a face both in {dataset} and in {gallery}"
    return EvenfaceError(what, "see whether faces are found at all: evenface measure DATASET")
