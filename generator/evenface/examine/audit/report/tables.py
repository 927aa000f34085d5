"""The tables of a report: rows of figures come in, tables for people go out, each with a caption that says what it holds."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from evenface.examine.audit.metrics.comparisons import Comparison
from evenface.examine.audit.metrics.contrasts import DARKER_TO_LIGHTER, REST, SLOPE
from evenface.examine.audit.metrics.groups import ALL, CELL, GENDER, OVERALL, SHADE, TONE, Estimate
from evenface.examine.audit.report.records import HEADLINES, Report, called
from evenface.examine.audit.report.spelling import MISSING, amount, from_to, is_share, unit_of, with_interval
from evenface.examine.audit.report.wording import contrast_name

__all__ = ["SHADES", "Shown", "cell_table", "comparison_table", "power_table", "rows_of", "shade_tables", "wide"]

SHADES = ("darker/woman", "darker/man", "lighter/woman", "lighter/man")


@dataclass(frozen=True, slots=True)
class Shown:
    """A table; the first column heads each row."""

    caption: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    note: str = ""


def rows_of(report: Report, task: str, metric: str) -> list[Estimate]:
    """Return the rates of every group in a metric, at the threshold that heads the report."""
    return [row for row in report.estimates if (row.task, row.metric) == (task, metric) and report.heads(row)]


def _unit(metric: str, report: Report) -> str:
    return "percent" if is_share(metric, report.rates) else "numbers"


def shade_tables(report: Report) -> Iterator[Shown]:
    """Yield the table of Gender Shades of each metric that heads the report: lighter and darker, by woman and man."""
    for task, metrics in HEADLINES.items():
        for metric in metrics:
            lines = [*_shade_lines(report, task, metric)]
            if lines:
                caption = f"{task}: {metric}, {_unit(metric, report)} with 95 % intervals"
                columns = ("system", "all", *SHADES, "darker women less lighter men", "of that")
                yield Shown(caption, columns, tuple(lines), _thresholds(report) if task == "verification" else "")


def _shade_lines(report: Report, task: str, metric: str) -> Iterator[tuple[str, ...]]:
    rows = rows_of(report, task, metric)
    for system in dict.fromkeys(row.system for row in rows):
        own = {(row.margin, row.group): row for row in rows if row.system == system}
        told = [own.get(key) for key in ((OVERALL, ALL), *((SHADE, name) for name in SHADES))]
        if any(row is not None for row in told[1:]):
            gap = next(_compared(report, system, task, metric), None)
            ends = (with_interval(gap.estimate, report.rates), _said(gap)) if gap else (MISSING, "not compared")
            yield (system, *(MISSING if row is None else with_interval(row, report.rates) for row in told), *ends)


def _compared(report: Report, system: str, task: str, metric: str) -> Iterator[Comparison]:
    for each in report.comparisons:
        row = each.estimate
        wanted = (system, task, f"{metric}, difference", *DARKER_TO_LIGHTER)
        if (row.system, row.task, row.metric, row.group, row.other) == wanted and report.heads(row):
            yield each


def _said(comparison: Comparison) -> str:
    return "a gap" if called(comparison) else "not shown"


def _thresholds(report: Report) -> str:
    return "Thresholds: " + "; ".join(f"{system}: {how}" for system, how in report.operating.items()) + "."


def power_table(report: Report) -> Shown:
    """Return, for each metric that heads the report, the least difference that n could have shown with a power of 80 %."""
    groups: dict[tuple[str, str, str], list[Comparison]] = {}
    for each in report.comparisons:
        if report.heads(each.estimate):
            groups.setdefault((each.estimate.task, each.estimate.metric, each.estimate.system), []).append(each)
    lines = []
    order = list(HEADLINES)
    for (task, metric, system), rows in sorted(groups.items(), key=lambda each: (order.index(each[0][0]), each[0][1])):
        unit = unit_of(metric, report.rates)
        cells = [each for each in rows if each.estimate.other == REST]
        single = [_one(rows, unit, *names) for names in (DARKER_TO_LIGHTER, ("woman", "man"), (SLOPE, None))]
        people, number = (max(getattr(each.estimate, name) for each in rows) for name in ("people", "n"))
        lines.append(
            (
                f"{task}: {metric.removesuffix(', difference')}",
                system,
                f"{number:,}",
                f"{people:,}",
                _range(cells, unit),
                *single,
            )
        )
    columns = ("metric", "system", "n", "people", "a cell against the others", "darker women against lighter men")
    caption = "The least true difference that would have been shown in 80 of 100 such sets, after correction"
    note = (
        "n: pictures, or pairs of pictures. None: no difference of any size would have been shown, or nothing tells, because "
        "there is one person a cell or all people are alike."
    )
    return Shown(caption, (*columns, "women against men", "slope, per step of tone"), tuple(lines), note)


def _one(rows: Sequence[Comparison], unit: str, group: str, other: str | None) -> str:
    found = [each for each in rows if (each.estimate.group, each.estimate.other) == (group, other)]
    return _size(found[0].smallest_gap, unit) if found else MISSING


def _range(cells: Sequence[Comparison], unit: str) -> str:
    sizes = sorted(each.smallest_gap for each in cells if each.smallest_gap is not None)
    if not sizes:
        return "none" if cells else MISSING
    told = _size(sizes[0], unit) if sizes[0] == sizes[-1] else from_to(sizes[0], sizes[-1], unit)
    return told + (f"; in {len(cells) - len(sizes)} of {len(cells)} cells none" if len(sizes) < len(cells) else "")


def _size(value: float | None, unit: str) -> str:
    return "none" if value is None else amount(value, unit)


def cell_table(report: Report, task: str, metric: str, threshold: str | None = None) -> Shown:
    """Return a metric of every tone, gender and cell, systems side by side.

    Args:
        threshold: At which; that which heads the report when None.
    """
    rows = [row for row in report.estimates if (row.task, row.metric) == (task, metric)]
    if threshold is None:
        rows = [row for row in rows if row.threshold in (None, report.operating.get(row.system))]
    else:
        rows = [row for row in rows if row.threshold == threshold]
    at = f", threshold: {threshold}" if threshold else ""
    return wide(
        report, [row for row in rows if row.other is None], f"{task}: {metric}, {_unit(metric, report)} with 95 % intervals{at}"
    )


def wide(
    report: Report, rows: Iterable[Estimate], caption: str, *, margins: Sequence[str] = (OVERALL, TONE, GENDER, CELL)
) -> Shown:
    """Return rows as a table: groups down, systems across, with n of the first system that has the group."""
    found = [row for row in rows if row.margin in margins]
    systems = list(dict.fromkeys(row.system for row in found))
    groups = list(dict.fromkeys((row.margin, row.group) for row in sorted(found, key=lambda row: margins.index(row.margin))))
    by = {(row.margin, row.group, row.system): row for row in found}
    lines = []
    for margin, group in groups:
        own = [by.get((margin, group, system)) for system in systems]
        one = next(row for row in own if row is not None)
        mark = " *" if group in report.flagged else ""
        told = (MISSING if row is None else with_interval(row, report.rates) for row in own)
        lines.append((f"{group}{mark}", f"{one.n:,}", f"{one.people:,}", *told))
    notes = [f"n and people: of {systems[0]}."] if len(systems) > 1 else []
    why = list(dict.fromkeys(row.note for row in found if row.value is None and row.note))
    notes += [f"{MISSING} {why[0]}{' (and the like)' if len(why) > 1 else ''}."] if why else []
    notes += ["* its pictures failed validation."] if any(line[0].endswith(" *") for line in lines) else []
    return Shown(caption, ("group", "n", "people", *systems), tuple(lines), " ".join(notes))


def comparison_table(report: Report, task: str) -> Shown:
    """Return every comparison of a task, and of each whether it is a gap."""
    lines = []
    for each in report.comparisons:
        row = each.estimate
        if row.task == task:
            unit = unit_of(row.metric, report.rates)
            adjusted = MISSING if each.adjusted is None else amount(each.adjusted, "")
            name, at = row.metric.removesuffix(", difference"), f" ({row.threshold})" if row.threshold else ""
            told = (with_interval(row, report.rates), adjusted, _size(each.smallest_gap, unit), _said(each))
            lines.append((row.system, f"{name}{at}", contrast_name(row), *told))
    columns = (
        "system",
        "metric",
        "compared",
        "difference (95 % interval)",
        "p after Holm",
        "least seen with 80 % power",
        "verdict",
    )
    return Shown(f"{task}: all comparisons, shares in points", columns, tuple(lines))
