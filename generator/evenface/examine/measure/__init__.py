"""How far the people of a labelled set are apart, as public face models see them.

The models see pixels alone; the set states who is who, and of which cell, and both are joined here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass

from evenface.dataset.foreign import LabelledSet
from evenface.examine.measure.figures import (
    ALL,
    SAME_CELL,
    Scores,
    detection,
    gender_recovered,
    pair_estimates,
    scores_of,
)
from evenface.examine.measure.matrix import Matrix, build_matrix, closest_of
from evenface.examine.measure.pairs import Group, build_group, join_groups
from evenface.examine.measure.report import SeparationReport, Source
from evenface.examine.readings import Reading, Readings, may_keep, read_set
from evenface.faces.reader import DETECTORS, FaceModel, open_face_models
from evenface.faces.recognisers import RECOGNISERS, Recogniser

__all__ = ["Separation", "build_separation", "measure_set"]


@dataclass(frozen=True, slots=True, eq=False)
class Separation:
    """A report, and the matrices that its plots are drawn from."""

    report: SeparationReport
    matrices: tuple[Matrix, ...]


def measure_set(
    opened: LabelledSet, *, workers: int = 1, seed: int = 0, on_progress: Callable[[int], None] = lambda _pictures: None
) -> Separation:
    """Show a set of labelled faces (``dataset.foreign.open_labelled``) to the face models and return the figures.

    Args:
        workers: Processes that look at pictures side by side.
        seed: Of the bootstrap, and of the choice of people where not all can be compared.
        on_progress: Is called with how many more pictures were looked at.
    """
    with open_face_models(workers=workers) as models:
        readings = read_set(opened.pictures, models, on_progress, keep=may_keep(opened.kind))
    return build_separation(readings, opened, models.about, seed=seed)


def build_separation(readings: Readings, opened: LabelledSet, face_models: Sequence[FaceModel], *, seed: int) -> Separation:
    """Return the figures of what was read."""
    pictures = readings.pictures
    cells = {name: [picture for picture in pictures if picture.labels.cell == name] for name in _cells(pictures)}
    groups = {(each, name): build_group(each, own, seed=seed) for each in RECOGNISERS for name, own in cells.items()}
    whole = {each: build_group(each, pictures, seed=seed) for each in RECOGNISERS}
    compared = [part for each in RECOGNISERS for part in _compared(each, whole[each], {n: groups[each, n] for n in cells})]
    matrices = tuple(build_matrix(each, pictures) for each in RECOGNISERS)
    report = SeparationReport(
        source=_source(pictures, opened, tuple(cells)),
        face_models=tuple(face_models),
        seed=seed,
        pooled=_pooled(whole, groups),
        estimates=(
            *(one for each, group, name, who in compared for one in pair_estimates(each, group, name, who, seed=seed)),
            *(one for name, own in (("overall", pictures), *cells.items()) for one in detection(DETECTORS, own, name)),
            *(one for name, own in (("overall", pictures), *cells.items()) for one in gender_recovered(own, name)),
        ),
        scores=tuple(one for part in compared for one in _scores(*part)),
        closest=tuple(pair for matrix in matrices for pair in closest_of(matrix)),
        problems=tuple(readings.problems),
    )
    return Separation(report, matrices)


def _cells(pictures: Sequence[Reading]) -> list[str]:
    return sorted({picture.labels.cell for picture in pictures if picture.labels.cell})


def _compared(recogniser: Recogniser, whole: Group, cells: dict[str, Group]) -> Iterator[tuple[Recogniser, Group, str, str]]:
    """Yield what is compared: everybody with everybody, everybody within their cell, and each cell by itself."""
    yield recogniser, whole, "overall", ALL
    if cells:
        yield recogniser, join_groups(list(cells.values())), "overall", SAME_CELL
        for name, group in cells.items():
            yield recogniser, group, name, SAME_CELL


def _scores(recogniser: Recogniser, group: Group, name: str, impostors: str) -> Iterator[Scores]:
    if impostors == ALL or name != "overall":
        yield scores_of(recogniser, group.mated, name, "mated")
    yield scores_of(recogniser, group.non_mated, name, impostors)


def _pooled(whole: dict[Recogniser, Group], cells: dict[tuple[Recogniser, str], Group]) -> dict[str, tuple[int, int]]:
    groups = {(each, "overall"): group for each, group in whole.items()} | cells
    drawn = {(each.name, name): (group.pool_families, len(group.families)) for (each, name), group in groups.items()}
    return {f"{system}, {name}": (pool, there) for (system, name), (pool, there) in drawn.items() if pool < there}


def _source(pictures: Sequence[Reading], opened: LabelledSet, cells: tuple[str, ...]) -> Source:
    return Source(
        kind=opened.kind,
        columns=asdict(opened.columns),
        pictures=len(pictures),
        people=len({picture.labels.identity for picture in pictures}),
        families=len({picture.labels.family for picture in pictures}),
        cells=cells,
    )
