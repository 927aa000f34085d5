"""Evidence: the counts and measurements of a dataset that its documents state beyond its manifest.

Documents are functions of a manifest and an ``Evidence`` alone. What was not measured is None, and the documents state that.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from evenface.dataset import (
    AGREEMENT_COLUMNS,
    MAKING_COLUMNS,
    Dataset,
    Manifest,
    Row,
    agreement_table,
    composition_table,
    making_tables,
    steps_apart,
)
from evenface.dataset.protocols.power import Power, power_of_dataset
from evenface.examine.results import Separation, Validation, read_separation, read_validation
from evenface.report import Entry, Table
from evenface.statistics.clusters import Share, share_of
from evenface.vocabulary import REFERENCE, SCALES, Scale

__all__ = ["LIGHTEST", "Agreement", "Evidence", "gather"]

LIGHTEST = 100
"""L* of white; lightness is counted in bins of width 1 from 0 on, white in the last bin."""

_LABELS = ("kind", "cell", "family_id", "tone", "age_years", "measured_tone", "measured_l_star")


@dataclass(frozen=True, slots=True)
class Agreement:
    """Designed and measured tone of pictures of one kind, compared."""

    same: Share
    near: Share
    """Within one step."""
    unmeasured: int
    """Pictures with too little skin; they count as disagreeing."""
    confusion: Table
    """Numbers of pictures: a row for each designed tone, a column for each tone of the scale."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """Counts and measurements of a dataset."""

    composition: Table
    uneven: tuple[str, ...]
    """Cells with counts of people or pictures that differ from the manifest."""
    youngest: int
    oldest: int
    """Years, as designed."""
    per_tone: Table
    """``dataset.agreement_table`` of the reference shots."""
    reference: Agreement
    probes: Agreement
    lightness: tuple[tuple[int, ...], ...]
    """Reference shots by designed tone and bin of measured L*."""
    power: Power
    """The power statement of the verification pairs."""
    separation: Separation | None
    validation: Validation | None
    remarks: tuple[str, ...]
    """Why a report beside the dataset was not used."""
    making: tuple[Table, ...] = ()
    """``dataset.making_tables``; empty without a trained model."""


def gather(dataset: Dataset, *, reports: Path | None = None, examined: bool = True) -> Evidence:
    """Count the rows of a dataset, and read the reports beside them.

    Args:
        reports: The folder with ``figures/report.json`` and ``validation.json``; the dataset's own by default.
        examined: Whether ``validation.json`` can be about these files.
    """
    manifest, scale = dataset.manifest, SCALES[dataset.manifest.spec.scale]
    census = _take_census(dataset.rows("default", _LABELS), scale)
    people = Counter(row["cell"] for row in dataset.rows("identities", ("cell",)))
    remarks: list[str] = []
    reports = dataset.root if reports is None else reports
    return Evidence(
        composition=composition_table(dataset),
        uneven=tuple(_uneven(manifest, people, census.cells)),
        youngest=min(census.ages, default=0),
        oldest=max(census.ages, default=0),
        per_tone=agreement_table(dataset.rows(REFERENCE, AGREEMENT_COLUMNS), scale, manifest.spec.tones),
        reference=_agreement(census, REFERENCE, manifest),
        probes=_agreement(census, "probe", manifest),
        lightness=tuple(tuple(census.lightness[tone][at] for at in range(LIGHTEST)) for tone in manifest.spec.tones),
        power=power_of_dataset(dataset),
        separation=read_separation(dataset, reports, remarks),
        validation=read_validation(manifest, reports, remarks) if examined else None,
        remarks=tuple(remarks),
        making=_making(dataset),
    )


def _making(dataset: Dataset) -> tuple[Table, ...]:
    manifest = dataset.manifest
    if not manifest.recipes:
        return ()
    return making_tables(dataset.rows("default", MAKING_COLUMNS), [cell.cell for cell in manifest.cells])


class _Census:
    """Counts of one pass over the pictures."""

    def __init__(self) -> None:
        self.cells: Counter[str] = Counter()
        self.ages: set[int] = set()
        self.tones: Counter[tuple[str, str, str | None]] = Counter()
        """Kind, designed tone, measured tone."""
        self.families: dict[tuple[str, str], list[int]] = defaultdict(lambda: [0, 0, 0])
        """By kind and family: number of pictures with the same tone, within one step, and of all."""
        self.lightness: dict[str, Counter[int]] = defaultdict(Counter)


def _take_census(rows: Iterable[Row], scale: Scale) -> _Census:
    census = _Census()
    for row in rows:
        kind, tone, measured = row["kind"], row["tone"], row["measured_tone"]
        steps = None if measured is None or tone is None else steps_apart(scale, tone, measured)
        census.cells[row["cell"]] += 1
        census.ages.add(row["age_years"])
        census.tones[kind, tone, measured] += 1
        family = census.families[kind, row["family_id"]]
        family[0] += steps == 0
        family[1] += steps is not None and steps <= 1
        family[2] += 1
        if kind == REFERENCE and row["measured_l_star"] is not None:
            census.lightness[tone][min(max(int(row["measured_l_star"]), 0), LIGHTEST - 1)] += 1
    return census


def _uneven(manifest: Manifest, people: Counter[str], pictures: Counter[str]) -> Iterator[str]:
    declared = {target.cell: (target.people, target.pictures) for target in manifest.cells}
    for cell in sorted({*declared, *people, *pictures}, key=str):
        if declared.get(cell, (0, 0)) != (people[cell], pictures[cell]):
            yield str(cell)


def _agreement(census: _Census, kind: str, manifest: Manifest) -> Agreement:
    spec = manifest.spec
    families = [counts for (of, _), counts in sorted(census.families.items(), key=str) if of == kind]
    same, near = (share_of((counts[at], counts[2]) for counts in families) for at in (0, 1))
    unmeasured = sum(count for (of, _, measured), count in census.tones.items() if of == kind and measured is None)
    return Agreement(same, near, unmeasured, _confusion(census, kind, spec.tones, SCALES[spec.scale]))


def _confusion(census: _Census, kind: str, tones: Sequence[str], scale: Scale) -> Table:
    columns: list[str | None] = [*(tone.name for tone in scale.tones), None]
    rows: tuple[tuple[Entry, ...], ...] = tuple(
        (tone, *(census.tones[kind, tone, measured] for measured in columns)) for tone in tones
    )
    return Table(f"Designed by measured tone, {kind} pictures", ("designed", *(name or "not measured" for name in columns)), rows)
