"""What people read of an audit: one HTML page that loads no script, font or address, and a summary in Markdown."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from evenface.examine.audit.metrics.comparisons import CORRECTION
from evenface.examine.audit.metrics.tone_effects import CROSSED, LIMITS
from evenface.examine.audit.report import tables
from evenface.examine.audit.report.plots import draw_curves, draw_rates
from evenface.examine.audit.report.records import HEADLINES, AuditReport
from evenface.examine.audit.report.words import Finding, chance_of_any, conclusions, findings, skin_alone
from evenface.examine.audit.report.worst import Worst
from evenface.report import Table, markdown_table, plain
from evenface.report.page import render_page
from evenface.report.plots import Drawing, can_draw

__all__ = ["finding_line", "page_of", "summary_of"]

_PROBLEMS = 20


@dataclass(frozen=True, slots=True)
class _Part:
    """A drawing, the table behind it, or one of both."""

    drawing: Drawing | None = None
    table: Table | None = None
    folded: bool = False


@dataclass(frozen=True, slots=True)
class _Section:
    title: str
    lead: tuple[str, ...]
    parts: tuple[_Part, ...]


def page_of(report: AuditReport, worst: Sequence[Worst], pictures: Mapping[int, str], image_ids: Sequence[str]) -> str:
    """Return the page.

    Args:
        pictures: Thumbnails, JPEG in base64, by the number of the picture; empty where none may be shown.
        image_ids: Of all pictures.
    """
    found = findings(report)
    return render_page(
        "audit.html.j2",
        report=report,
        heading=heading(report),
        power=tables.power_table(report),
        shades=tuple(tables.shade_tables(report)),
        heads=[each for each in found if each.heads],
        others=[each for each in found if not each.heads],
        chance=chance_of_any(report),
        skin=tuple(skin_alone(report)),
        limits=LIMITS,
        conclusions=tuple(conclusions(report)),
        sections=[each for each in _sections(report) if each.parts],
        worst=worst,
        pictures=pictures,
        image_ids=image_ids,
        records=tuple(tables.record_tables(report)),
        problems=report.problems[:_PROBLEMS],
        correction=CORRECTION,
        can_draw=can_draw(),
    )


def _sections(report: AuditReport) -> Iterator[_Section]:
    yield _Section("All cells", (), tuple(_cells(report)))
    yield _Section("ROC, DET and thresholds", (), tuple(_verification(report)))
    yield _Section("Largest gaps and indices", (), _parts(tables.gap_table(report), tables.index_table(report)))
    yield _Section("What the skin alone did, tone by tone", (LIMITS,), _parts(*tables.effect_tables(report)))
    yield _Section("Systems against each other", (), _parts(tables.system_table(report)))
    lead = "Tones are measured in the picture; light and camera influence them."
    yield _Section("By the other label of tone", (lead,), _parts(tables.sensitivity_table(report)))
    tasks = dict.fromkeys(each.estimate.task for each in report.comparisons)
    folded = [_Part(table=tables.comparison_table(report, task), folded=True) for task in tasks]
    confusion = [_Part(table=table, folded=True) for table in (tables.confusion_table(report),) if table.rows]
    yield _Section("All comparisons", (f"Corrected by {CORRECTION}.",), (*folded, *confusion))


def _parts(*shown: Table) -> tuple[_Part, ...]:
    return tuple(_Part(table=table) for table in shown if table.rows)


def _cells(report: AuditReport) -> Iterator[_Part]:
    for task, metrics in HEADLINES.items():
        for metric in metrics:
            table = tables.cell_table(report, task, metric)
            if table.rows:
                yield _Part(draw_rates(report, task, metric) if can_draw() else None, table)
        others = dict.fromkeys(row.metric for row in report.estimates if row.task == task and row.metric in report.rates)
        for metric in others:
            if metric not in metrics:
                yield _Part(table=tables.cell_table(report, task, metric), folded=True)


def _verification(report: AuditReport) -> Iterator[_Part]:
    if can_draw():
        yield from (_Part(drawing=drawing) for drawing in draw_curves(report))
    yield from (_Part(table=table, folded=at > 0) for at, table in enumerate(tables.verification_tables(report)))
    rates = [row for row in report.estimates if row.metric in ("FMR", "FNMR", "generalised FNMR") and row.other is None]
    for threshold in dict.fromkeys(row.threshold for row in rates if (row.threshold or "").startswith("pooled")):
        for metric in ("FMR", "generalised FNMR"):
            yield _Part(table=tables.cell_table(report, "verification", metric, threshold), folded=True)


def heading(report: AuditReport) -> str:
    """Return the contents of the set in a line."""
    source = report.source
    lost = f"; {source.unlabelled:,} pictures are in no cell and in no figure" if source.unlabelled else ""
    scale = f", tones of the scale {source.scale}" if source.scale else ""
    design = f", design {source.design}" if source.design else ""
    cells = "1 cell" if len(source.cells) == 1 else f"{len(source.cells)} cells"
    heads = f" ({source.families:,} heads, each in every tone)" if source.design == CROSSED else ""
    people = f"{source.pictures:,} pictures of {source.people:,} people{heads} in {cells}"
    return f"{people}{scale}{design}; tones as {source.label}{lost}"


def finding_line(finding: Finding) -> str:
    """Return all that one metric shows, in a line."""
    at = f" ({finding.threshold})" if finding.threshold else ""
    return f"{finding.system}, {finding.task}, {finding.metric}{at}: {' '.join((*finding.shown, finding.unseen))}"


def summary_of(report: AuditReport) -> str:
    """Return the Markdown; names of systems and sets are no markup in it."""
    return "\n".join(_summary_lines(report)) + "\n"


def _summary_lines(report: AuditReport) -> Iterator[str]:
    yield f"# Audit of {plain(report.source.name)}"
    yield f"\n{plain(heading(report))}.\n"
    yield "## Smallest difference this test can detect\n"
    yield from _titled(tables.power_table(report))
    yield "\n## Darker and lighter, women and men\n"
    shades = [line for table in tables.shade_tables(report) for line in (*_titled(table), "")]
    yield from shades or ["The tones, or genders, of this set make no such groups.\n"]
    yield "## What was shown\n"
    yield from (f"- {plain(finding_line(each))}" for each in findings(report) if each.heads)
    yield f"\n{chance_of_any(report)} All metrics, cells, gaps and indices: report.html.\n"
    yield from _skin(report)
    yield "## What has to be known\n"
    yield from (f"- {plain(where)}: {plain(what)}." for what, where in report.merged_flags().items())
    yield from (f"- {plain(name)}" for name in _failures(report))
    yield "\n## What can be concluded, and what cannot\n"
    yield from (f"- {plain(each)}" for each in conclusions(report))


def _skin(report: AuditReport) -> Iterator[str]:
    effects = [f"- {plain(each)}" for each in skin_alone(report)]
    if effects:
        yield from ("## What the skin alone did\n", plain(LIMITS), "", *effects, "")


def _failures(report: AuditReport) -> Iterator[str]:
    for each in report.systems:
        if each.failures:
            failed = sum(each.failures.values())
            yield f"{each.name}: no answer to {failed:,} of {each.pictures:,} pictures; they count as failures"
    if report.problems:
        yield f"{len(report.problems):,} problems were met, the first: {report.problems[0].name}: {report.problems[0].why}"


def _titled(table: Table) -> Iterator[str]:
    """Yield a table in Markdown with its title and note."""
    yield f"{plain(table.title)}\n"
    yield markdown_table(table)
    if table.note:
        yield f"\n{plain(table.note)}"
