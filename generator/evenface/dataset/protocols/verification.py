"""1:1 verification: the rows of its pairs, and the same pairs as LFW's ``pairs.txt``.

Three lists: ``mated`` (two pictures of one person), ``non_mated_within_cell``, ``non_mated_across_cells``. Both people of a pair
are of one fold. Members of one family are one head in several tones: they are never a non-mated pair. ``pairs_per_cell`` of the
spec bounds what a list has of a cell. Each fold gets its even part of it; across cells, each two cells get their even part of
that, at least one.

A comparison is chosen once, by numbers of people and pictures, and then taken in every cell. Every two people are compared once
before any two are compared again, in a random but fixed order, round by round, until all comparisons are taken or the limit is
reached. Draws are keyed by the later person of the two: below the limit, more people add comparisons and remove none; from the
limit on, they replace some.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from evenface.dataset import Dataset, Row, image_id_of, pair_id_of
from evenface.dataset.protocols.folds import folds_of, picture_numbers
from evenface.people.plan import Plan
from evenface.records import Shot, Slot
from evenface.rng import rng_for
from evenface.shots import shots_for
from evenface.vocabulary import Cell

__all__ = [
    "ACROSS",
    "LFW_PAIRS",
    "MATED",
    "WITHIN",
    "Pick",
    "across_picks",
    "mated_picks",
    "pairs_texts",
    "rounds_of_cells",
    "verification_rows",
    "within_picks",
]

Ints = NDArray[np.int64]


class Pick(NamedTuple):
    """One comparison: numbers of two people in their cells, numbers of their two pictures, all from 0 on."""

    first: int
    second: int
    first_picture: int
    second_picture: int


class _Couples(NamedTuple):
    """Couples of people who can be compared, with their order and the walk through their pictures."""

    people: Ints
    """n x 2 numbers."""
    priority: NDArray[np.float64]
    start: Ints
    step: Ints


def mated_picks(seed: int, members: Sequence[int], pictures: int, limit: int) -> Iterator[Pick]:
    """Yield comparisons of two pictures of one person.

    Args:
        members: Numbers of the people of a fold, ascending.
        pictures: Number of pictures of each person.
        limit: Largest number of comparisons.
    """
    size = pictures * (pictures - 1) // 2
    couples = _couples(seed, "mated", {number: [(number, number)] for number in members}, size, limit)
    for one, other, place in _rounds(couples, size, limit):
        # Every two of m pictures once: a start and a distance on a circle.
        apart, start = divmod(place, pictures)
        low, high = sorted((start, (start + apart + 1) % pictures))
        yield Pick(one, other, low, high)


def within_picks(seed: int, members: Sequence[int], pictures: int, limit: int) -> Iterator[Pick]:
    """Yield comparisons of two people of one cell, the lower number first."""
    arrivals = {number: [(other, number) for other in members[:at]] for at, number in enumerate(members)}
    yield from _picks_of_two(_couples(seed, "within", arrivals, pictures**2, limit), pictures, limit)


def across_picks(seed: int, members: Sequence[int], pictures: int, limit: int, *, same_number: bool) -> Iterator[Pick]:
    """Yield comparisons of a person of one cell with one of another.

    Args:
        same_number: Whether people with the same number are compared; in the crossed design they share a head.
    """
    arrivals = {}
    for at, number in enumerate(members):
        arrivals[number] = [pair for other in members[:at] for pair in ((other, number), (number, other))]
        if same_number:
            arrivals[number].append((number, number))
    yield from _picks_of_two(_couples(seed, "across", arrivals, pictures**2, limit), pictures, limit)


def _picks_of_two(couples: _Couples, pictures: int, limit: int) -> Iterator[Pick]:
    for one, other, place in _rounds(couples, pictures**2, limit):
        yield Pick(one, other, *divmod(place, pictures))


def _couples(seed: int, name: str, arrivals: Mapping[int, Sequence[tuple[int, int]]], size: int, limit: int) -> _Couples:
    """Draw the order and the walk of the couples of each person, and keep the first ``limit`` in that order."""
    kept = _Couples(np.empty((0, 2), np.int64), np.empty(0), np.empty(0, np.int64), np.empty(0, np.int64))
    for number, couples in arrivals.items():
        rng = rng_for(seed, "pairs", name, number)
        priority, (start, step) = rng.random(len(couples)), rng.integers(size, size=(2, len(couples)))
        new = _Couples(np.array(couples, np.int64).reshape(-1, 2), priority, start, step)
        kept = _Couples._make(np.concatenate(parts) for parts in zip(kept, new, strict=True))
        if len(kept.priority) > 2 * limit:
            kept = _first(kept, limit)
    return _first(kept, limit)


def _first(couples: _Couples, limit: int) -> _Couples:
    order = np.argsort(couples.priority, kind="stable")[:limit]
    return _Couples._make(part[order] for part in couples)


def _rounds(couples: _Couples, size: int, limit: int) -> Iterator[tuple[int, int, int]]:
    """Yield two people and a number below ``size``, each combination once, round by round."""
    count = len(couples.priority)
    step = couples.step + 1
    while (shared := np.gcd(step, size) > 1).any():
        step = step + shared  # coprime to the size, so that the walk visits every number once
    for at in range(min(limit, count * size)):
        turn, who = divmod(at, count)
        one, other = couples.people[who]
        yield int(one), int(other), int((couples.start[who] + turn * step[who]) % size)


MATED, WITHIN, ACROSS = "mated", "non_mated_within_cell", "non_mated_across_cells"

CellPairs = Sequence[tuple[Cell, Cell]]


class _Picture(NamedTuple):
    """One picture of a pair."""

    slot: Slot
    shot: Shot
    number: int
    image_id: str


def verification_rows(plan: Plan) -> Iterator[Row]:
    """Yield the rows of ``verification``; one fold is in memory."""
    for fold, members in enumerate(folds_of(plan.spec.seed, plan.spec.identities_per_cell)):
        pictures = _pictures(plan, members)
        for name, picks, cells in _lists(plan, members):
            for pick in picks:
                for one, other in cells:
                    first = pictures[one, pick.first][pick.first_picture]
                    second = pictures[other, pick.second][pick.second_picture]
                    yield _row(name, fold, first, second)


def rounds_of_cells(cells: Sequence[Cell]) -> CellPairs:
    """Return every two cells once, as a round robin: each part of the order has all cells about equally often."""
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
    """Yield each list of a fold: its name, its picks, and the cells that each pick applies to."""
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
    """Return the pictures of all people in a fold by cell and number of the person, in the order of their numbers."""
    found: dict[tuple[Cell, int], list[_Picture]] = {}
    shots: dict[int, tuple[Shot, ...]] = {}
    for slot in plan.slots(members):
        if slot.index not in shots:
            # Shots depend on the number of the person alone, except for their caption.
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


LFW_PAIRS = 300
_LFW_FILES = {"protocols/pairs_within_cell.txt": WITHIN, "protocols/pairs_across_cells.txt": ACROSS}
_LFW_COLUMNS = ("fold", "list", *(f"{name}_{side}" for name in ("identity_id", "picture_number") for side in "ab"))


def pairs_texts(dataset: Dataset) -> dict[str, str]:
    """Return LFW's ``pairs.txt``, within cells and across, by path; one without mated or non-mated pairs is left out.

    Each text has as many non-mated as mated pairs, fold by fold, and at most ``LFW_PAIRS`` of either for each cell. LFW has as
    many in all, RFW for each group. Every fold has the same number, and so has every cell within a fold (across an odd number of
    cells, to within two pairs).
    """
    cells = len(dataset.manifest.cells)
    lines = _lines(dataset.rows("verification", _LFW_COLUMNS), LFW_PAIRS * cells)
    texts = {path: _text(lines[MATED], lines[name], cells) for path, name in _LFW_FILES.items()}
    return {path: text for path, text in texts.items() if text is not None}


def _lines(rows: Iterable[Row], limit: int) -> dict[str, dict[int, list[str]]]:
    """Return the first lines of each list and fold."""
    found: dict[str, dict[int, list[str]]] = defaultdict(lambda: defaultdict(list))
    for row in rows:
        lines = found[row["list"]][row["fold"]]
        if len(lines) < limit:
            second = [] if row["list"] == MATED else [row["identity_id_b"]]
            entries = (row["identity_id_a"], row["picture_number_a"], *second, row["picture_number_b"])
            lines.append("\t".join(map(str, entries)))
    return found


def _text(mated: Mapping[int, list[str]], non_mated: Mapping[int, list[str]], cells: int) -> str | None:
    if not mated or set(mated) != set(non_mated):
        return None
    count = min(len(lines) for part in (mated, non_mated) for lines in part.values())
    # Each comparison is taken in all cells before the next, so whole rounds have equal numbers.
    count -= count % cells if count >= cells else 0
    blocks = [[*mated[fold][:count], *non_mated[fold][:count]] for fold in sorted(mated)]
    return "\n".join([f"{len(blocks)}\t{count}", *(line for block in blocks for line in block), ""])
