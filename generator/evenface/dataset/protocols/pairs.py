"""1:1 verification: a plan comes in, the rows of its pairs go out, fold by fold, each comparison in all cells before the next.

Three lists: ``mated`` (two pictures of one person), ``non_mated_within_cell``, ``non_mated_across_cells``. Both people of a pair
are of one fold. Members of one family are one head in several tones: they are never a non-mated pair.

``pairs_per_cell`` of the spec bounds what a list has of a cell. Each fold gets its even part of it; across cells, each
two cells get their even part of that, one at least.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from evenface.dataset import Row, image_id_of, pair_id_of
from evenface.dataset.protocols.folds import folds_of
from evenface.dataset.protocols.numbering import picture_numbers
from evenface.dataset.protocols.picks import Pick, across_picks, mated_picks, within_picks
from evenface.people.plan import Plan
from evenface.records import Shot, Slot
from evenface.shots import shots_for
from evenface.vocabulary import Cell

__all__ = ["ACROSS", "MATED", "WITHIN", "rounds_of_cells", "verification_rows"]

MATED, WITHIN, ACROSS = "mated", "non_mated_within_cell", "non_mated_across_cells"

CellPairs = Sequence[tuple[Cell, Cell]]


class _Picture(NamedTuple):
    """What a pair's row says of one of its pictures."""

    slot: Slot
    shot: Shot
    number: int
    image_id: str


def verification_rows(plan: Plan) -> Iterator[Row]:
    """Yield the rows of ``verification``; in memory is one fold."""
    for fold, members in enumerate(folds_of(plan.spec.seed, plan.spec.identities_per_cell)):
        pictures = _pictures(plan, members)
        for name, picks, cells in _lists(plan, members):
            for pick in picks:
                for one, other in cells:
                    first = pictures[one, pick.first][pick.first_picture]
                    second = pictures[other, pick.second][pick.second_picture]
                    yield _row(name, fold, first, second)


def rounds_of_cells(cells: Sequence[Cell]) -> CellPairs:
    """Return every two cells once, in an order of which each part has all cells about equally often: a round robin."""
    circle: list[Cell | None] = [*cells, *([None] if len(cells) % 2 else [])]
    found = []
    for _ in circle[1:]:
        half = len(circle) // 2
        for one, other in zip(circle[:half], reversed(circle[half:]), strict=True):
            if one is not None and other is not None:
                found.append((one, other) if cells.index(one) < cells.index(other) else (other, one))
        circle = [circle[0], circle[-1], *circle[1:-1]]
    return found


def _lists(plan: Plan, members: Sequence[int]) -> Iterator[tuple[str, Iterator[Pick], CellPairs]]:
    """Yield each list of a fold: its name, its picks, and the cells in which each pick is taken."""
    spec, cells = plan.spec, plan.cells
    pictures, own = spec.images_per_identity + 1, [(cell, cell) for cell in cells]
    limit = max(1, spec.pairs_per_cell // len(folds_of(spec.seed, spec.identities_per_cell)))
    yield MATED, mated_picks(spec.seed, members, pictures, limit), own
    yield WITHIN, within_picks(spec.seed, members, pictures, limit), own
    if len(cells) > 1:
        each = max(1, limit // (len(cells) - 1))
        shared = spec.design == "crossed"
        yield ACROSS, across_picks(spec.seed, members, pictures, each, same_number=not shared), rounds_of_cells(cells)


def _pictures(plan: Plan, members: Sequence[int]) -> dict[tuple[Cell, int], list[_Picture]]:
    """Return the pictures of everybody in a fold, by cell and number of the person, in the order of their own numbers."""
    found: dict[tuple[Cell, int], list[_Picture]] = {}
    shots: dict[int, tuple[Shot, ...]] = {}
    for slot in plan.slots(members):
        if slot.index not in shots:
            # Shots depend on the number of the person alone, but for their caption.
            shots[slot.index] = shots_for(plan.spec, slot)
        numbers = picture_numbers(shot.shot_id for shot in shots[slot.index])
        own = (
            _Picture(slot, shot, numbers[shot.shot_id], image_id_of(slot.identity_id, shot.shot_id)) for shot in shots[slot.index]
        )
        found[slot.cell, slot.index] = sorted(own, key=lambda picture: picture.number)
    return found


def _row(name: str, fold: int, a: _Picture, b: _Picture) -> Row:
    return {
        "pair_id": pair_id_of(a.image_id, b.image_id),
        "fold": fold,
        "list": name,
        "mated": name == MATED,
        "image_id_a": a.image_id,
        "image_id_b": b.image_id,
        "identity_id_a": a.slot.identity_id,
        "identity_id_b": b.slot.identity_id,
        "family_id_a": a.slot.family_id,
        "family_id_b": b.slot.family_id,
        "cell_a": a.slot.cell.key,
        "cell_b": b.slot.cell.key,
        "picture_number_a": a.number,
        "picture_number_b": b.number,
        **_difficulty(a.shot, b.shot),
    }


def _difficulty(a: Shot, b: Shot) -> dict[str, Any]:
    return {
        "yaw_gap_degrees": abs(a.yaw_degrees - b.yaw_degrees),
        "pitch_gap_degrees": abs(a.pitch_degrees - b.pitch_degrees),
        "exposure_gap_ev": abs(a.exposure_ev - b.exposure_ev),
        "light_differs": a.light != b.light,
        "expression_differs": a.expression != b.expression,
        "background_differs": a.background != b.background,
    }
