"""A report as one HTML page that needs nothing else: no script, no font, no address is loaded."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import version

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from evenface.examine.audit.metrics.comparisons import CORRECTION
from evenface.examine.audit.metrics.tone_effects import LIMITS
from evenface.examine.audit.report import details
from evenface.examine.audit.report.plots import Drawing, can_draw, draw_curves, draw_rates
from evenface.examine.audit.report.records import HEADLINES, Report
from evenface.examine.audit.report.skin import skin_alone
from evenface.examine.audit.report.summary import heading
from evenface.examine.audit.report.tables import Shown, cell_table, comparison_table, power_table, shade_tables
from evenface.examine.audit.report.wording import chance_of_any, conclusions, findings
from evenface.examine.audit.report.worst import Worst
from evenface.files.resources import folder

__all__ = ["page_of"]

_TEMPLATE = "audit.html.j2"
_PROBLEMS = 20


@dataclass(frozen=True, slots=True)
class _Part:
    """A drawing, the table behind it, or one of both."""

    drawing: Drawing | None = None
    table: Shown | None = None
    folded: bool = False


@dataclass(frozen=True, slots=True)
class _Section:
    title: str
    lead: tuple[str, ...]
    parts: tuple[_Part, ...]


def page_of(report: Report, worst: Sequence[Worst], pictures: Mapping[int, str], image_ids: Sequence[str]) -> str:
    """Return the page.

    Args:
        pictures: Thumbnails, JPEG in base64, by the number of the picture; empty where none may be shown.
        image_ids: Of all pictures.
    """
    jinja = Environment(
        loader=FileSystemLoader(str(folder("datasheets"))),
        undefined=StrictUndefined,
        # Names of systems and people come from anybody.
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    jinja.filters |= {"base64": lambda data: b64encode(data).decode()}
    told = findings(report)
    return jinja.get_template(_TEMPLATE).render(
        report=report,
        heading=heading(report),
        power=power_table(report),
        shades=tuple(shade_tables(report)),
        heads=[each for each in told if each.heads],
        others=[each for each in told if not each.heads],
        chance=chance_of_any(report),
        skin=tuple(skin_alone(report)),
        limits=LIMITS,
        conclusions=tuple(conclusions(report)),
        sections=[each for each in _sections(report) if each.parts],
        worst=worst,
        pictures=pictures,
        image_ids=image_ids,
        records=tuple(details.record_tables(report)),
        problems=report.problems[:_PROBLEMS],
        correction=CORRECTION,
        can_draw=can_draw(),
        version=version("evenface"),
    )


def _sections(report: Report) -> Iterator[_Section]:
    yield _Section("All cells", (), tuple(_cells(report)))
    yield _Section("ROC, DET and thresholds", (), tuple(_verification(report)))
    yield _Section("Largest gaps and indices", (), _tables(details.gap_table(report), details.index_table(report)))
    yield _Section("What the skin alone did, tone by tone", (LIMITS,), _tables(*details.effect_tables(report)))
    yield _Section("Systems against each other", (), _tables(details.system_table(report)))
    lead = "Tones are measured in the picture; light and camera have their part in that."
    yield _Section("By the other label of tone", (lead,), _tables(details.sensitivity_table(report)))
    tasks = list(dict.fromkeys(each.estimate.task for each in report.comparisons))
    folded = [_Part(table=comparison_table(report, task), folded=True) for task in tasks]
    confusion = [_Part(table=table, folded=True) for table in (details.confusion_table(report),) if table.rows]
    yield _Section("All comparisons", (f"Corrected by {CORRECTION}.",), (*folded, *confusion))


def _tables(*tables: Shown) -> tuple[_Part, ...]:
    return tuple(_Part(table=table) for table in tables if table.rows)


def _cells(report: Report) -> Iterator[_Part]:
    for task, metrics in HEADLINES.items():
        for metric in metrics:
            table = cell_table(report, task, metric)
            if table.rows:
                yield _Part(draw_rates(report, task, metric) if can_draw() else None, table)
        others = dict.fromkeys(row.metric for row in report.estimates if row.task == task and row.metric in report.rates)
        for metric in others:
            if metric not in metrics:
                yield _Part(table=cell_table(report, task, metric), folded=True)


def _verification(report: Report) -> Iterator[_Part]:
    if can_draw():
        yield from (_Part(drawing=drawing) for drawing in draw_curves(report))
    yield from (_Part(table=table, folded=at > 0) for at, table in enumerate(details.verification_tables(report)))
    rates = [row for row in report.estimates if row.metric in ("FMR", "FNMR", "generalised FNMR") and row.other is None]
    for threshold in dict.fromkeys(row.threshold for row in rates if (row.threshold or "").startswith("pooled")):
        for metric in ("FMR", "generalised FNMR"):
            yield _Part(table=cell_table(report, "verification", metric, threshold), folded=True)
