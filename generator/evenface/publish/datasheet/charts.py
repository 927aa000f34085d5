"""The data of the datasheet's plots.

The template draws them as SVG and coloured tables, so they need no matplotlib and equal evidence gives equal bytes everywhere.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from evenface.dataset import Manifest
from evenface.examine.results import Histogram
from evenface.publish.evidence import Evidence
from evenface.report import Table
from evenface.vocabulary import SCALES

__all__ = ["Charts", "Curves", "Heat", "Strip", "charts_of"]


@dataclass(frozen=True, slots=True)
class Heat:
    """A table of counts with the shade of each, 0 to 100."""

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, tuple[tuple[int, int], ...]], ...]
    """Name of the row, and count and shade of each cell."""


@dataclass(frozen=True, slots=True)
class Strip:
    """The distribution of measured lightness of one designed tone."""

    tone: str
    colour: str
    designed_l_star: float
    bars: tuple[tuple[int, float], ...]
    """Lower end of the bin, and its height as a share of the highest of this tone."""


@dataclass(frozen=True, slots=True)
class Curves:
    """The scores of one recogniser, as shares of each kind of pairs."""

    system: str
    unit: str
    threshold: float
    low: float
    high: float
    mated: tuple[float, ...]
    non_mated: tuple[float, ...]
    """Heights as shares of the highest bin of both."""


@dataclass(frozen=True, slots=True)
class Charts:
    """The plots of a datasheet."""

    composition: Heat
    confusions: tuple[Heat, ...]
    lightness: tuple[Strip, ...]
    scores: tuple[Curves, ...]


def charts_of(manifest: Manifest, evidence: Evidence) -> Charts:
    """Return the plots that there is evidence for."""
    scale = SCALES[manifest.spec.scale]
    strips = (
        Strip(tone, scale.tone(tone).srgb_hex, scale.tone(tone).lab[0], _bars(counts))
        for tone, counts in zip(manifest.spec.tones, evidence.lightness, strict=True)
    )
    histograms = evidence.separation.histograms if evidence.separation else ()
    return Charts(
        composition=_heat(evidence.composition, by_row=False),
        confusions=tuple(_heat(found.confusion, by_row=True) for found in (evidence.reference, evidence.probes)),
        lightness=tuple(strips),
        scores=tuple(_curves(each) for each in histograms),
    )


def _heat(table: Table, *, by_row: bool) -> Heat:
    """Shade counts by their share of the row, or against the greatest of their column's kind."""
    rows = []
    for name, *entries in table.rows:
        counts = [entry if isinstance(entry, int) else 0 for entry in entries]
        limits = [sum(counts)] * len(counts) if by_row else [_greatest(table, at) for at in range(1, len(counts) + 1)]
        shades = (round(100 * count / limit) if limit else 0 for count, limit in zip(counts, limits, strict=True))
        rows.append((str(name), tuple(zip(counts, shades, strict=True))))
    return Heat(table.title, table.columns, tuple(rows))


def _greatest(table: Table, column: int) -> int:
    """Return the greatest count in the columns of the same kind: people, or pictures."""
    kind = table.columns[column].rpartition(", ")[2]
    alike = [at for at, name in enumerate(table.columns) if at and name.rpartition(", ")[2] == kind]
    return max((entry for row in table.rows for at in alike if isinstance(entry := row[at], int)), default=0)


def _bars(counts: Sequence[int]) -> tuple[tuple[int, float], ...]:
    highest = max(counts, default=0)
    return tuple((at, round(count / highest, 3)) for at, count in enumerate(counts) if count)


def _curves(each: Histogram) -> Curves:
    kinds = [[count / max(sum(counts), 1) for count in counts] for counts in (each.mated, each.non_mated)]
    highest = max(max(shares, default=0.0) for shares in kinds) or 1.0
    mated, non_mated = (tuple(round(share / highest, 3) for share in shares) for shares in kinds)
    return Curves(each.system, each.unit, each.threshold, each.low, each.high, mated, non_mated)
