"""The tables of a report: figures become tables for people, each with a title that says what it holds."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from evenface.examine.audit.metrics.comparisons import Comparison
from evenface.examine.audit.metrics.contrasts import DARKER_TO_LIGHTER, REST, SLOPE
from evenface.examine.audit.metrics.gaps import DIFFERENCE, RATIO
from evenface.examine.audit.metrics.groups import ALL, CELL, GENDER, OVERALL, SHADE, TONE, Estimate
from evenface.examine.audit.report.records import HEADLINES, AuditReport, is_gap
from evenface.examine.audit.report.words import amount, contrast_name, from_to, is_share, unit_of, with_interval
from evenface.report import MISSING, Table

__all__ = [
    "SHADES",
    "cell_table",
    "comparison_table",
    "confusion_table",
    "effect_tables",
    "gap_table",
    "index_table",
    "power_table",
    "record_tables",
    "rows_of",
    "sensitivity_table",
    "shade_tables",
    "system_table",
    "verification_tables",
]

SHADES = ("darker/woman", "darker/man", "lighter/woman", "lighter/man")

_INDICES = ("FDR", "IR", "GARBE", "FMR, worst case", "FNMR, worst case")


def rows_of(report: AuditReport, task: str, metric: str) -> list[Estimate]:
    """Return the rates of every group in a metric, at the threshold that heads the report."""
    return [row for row in report.estimates if (row.task, row.metric) == (task, metric) and report.heads(row)]


def _unit(metric: str, report: AuditReport) -> str:
    return "percent" if is_share(metric, report.rates) else "numbers"


def shade_tables(report: AuditReport) -> Iterator[Table]:
    """Yield the table of Gender Shades of each metric that heads the report: lighter and darker, by woman and man."""
    for task, metrics in HEADLINES.items():
        for metric in metrics:
            lines = [*_shade_lines(report, task, metric)]
            if lines:
                caption = f"{task}: {metric}, {_unit(metric, report)} with 95 % intervals"
                columns = ("system", "all", *SHADES, "darker women less lighter men", "of that")
                yield Table(caption, columns, tuple(lines), _threshold_note(report) if task == "verification" else "")


def _shade_lines(report: AuditReport, task: str, metric: str) -> Iterator[tuple[str, ...]]:
    rows = rows_of(report, task, metric)
    for system in dict.fromkeys(row.system for row in rows):
        own = {(row.margin, row.group): row for row in rows if row.system == system}
        shown = [own.get(key) for key in ((OVERALL, ALL), *((SHADE, name) for name in SHADES))]
        if any(row is not None for row in shown[1:]):
            gap = next(_compared(report, system, task, metric), None)
            ends = (with_interval(gap.estimate, report.rates), _gap_word(gap)) if gap else (MISSING, "not compared")
            yield (system, *(MISSING if row is None else with_interval(row, report.rates) for row in shown), *ends)


def _compared(report: AuditReport, system: str, task: str, metric: str) -> Iterator[Comparison]:
    for each in report.comparisons:
        row = each.estimate
        wanted = (system, task, f"{metric}, difference", *DARKER_TO_LIGHTER)
        if (row.system, row.task, row.metric, row.group, row.other) == wanted and report.heads(row):
            yield each


def _gap_word(comparison: Comparison) -> str:
    return "a gap" if is_gap(comparison) else "not shown"


def _threshold_note(report: AuditReport) -> str:
    return "Thresholds: " + "; ".join(f"{system}: {how}" for system, how in report.operating.items()) + "."


def power_table(report: AuditReport) -> Table:
    """Return the smallest difference that the test can detect with a power of 80 %, of each metric that heads the report."""
    groups: dict[tuple[str, str, str], list[Comparison]] = {}
    for each in report.comparisons:
        if report.heads(each.estimate):
            groups.setdefault((each.estimate.task, each.estimate.metric, each.estimate.system), []).append(each)
    lines = []
    order = list(HEADLINES)
    for (task, metric, system), rows in sorted(groups.items(), key=lambda each: (order.index(each[0][0]), each[0][1])):
        unit = unit_of(metric, report.rates)
        cells = [each for each in rows if each.estimate.other == REST]
        single = [_single_size(rows, unit, *names) for names in (DARKER_TO_LIGHTER, ("woman", "man"), (SLOPE, None))]
        people, number = (max(getattr(each.estimate, name) for each in rows) for name in ("people", "n"))
        lines.append(
            (
                f"{task}: {metric.removesuffix(', difference')}",
                system,
                f"{number:,}",
                f"{people:,}",
                _size_range(cells, unit),
                *single,
            )
        )
    columns = ("metric", "system", "n", "people", "a cell against the others", "darker women against lighter men")
    caption = "Smallest true difference that is detected in 80 of 100 such sets, after correction"
    note = (
        "n: pictures, or pairs of pictures. None: the test can detect no difference of any size, or its power is unknown because "
        "each cell has one person or all people are alike."
    )
    return Table(caption, (*columns, "women against men", "slope, per step of tone"), tuple(lines), note)


def _single_size(rows: Sequence[Comparison], unit: str, group: str, other: str | None) -> str:
    found = [each for each in rows if (each.estimate.group, each.estimate.other) == (group, other)]
    return _size(found[0].smallest_gap, unit) if found else MISSING


def _size_range(cells: Sequence[Comparison], unit: str) -> str:
    sizes = sorted(each.smallest_gap for each in cells if each.smallest_gap is not None)
    if not sizes:
        return "none" if cells else MISSING
    span = _size(sizes[0], unit) if sizes[0] == sizes[-1] else from_to(sizes[0], sizes[-1], unit)
    return span + (f"; in {len(cells) - len(sizes)} of {len(cells)} cells none" if len(sizes) < len(cells) else "")


def _size(value: float | None, unit: str) -> str:
    return "none" if value is None else amount(value, unit)


def cell_table(report: AuditReport, task: str, metric: str, threshold: str | None = None) -> Table:
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
    report: AuditReport, rows: Iterable[Estimate], caption: str, *, margins: Sequence[str] = (OVERALL, TONE, GENDER, CELL)
) -> Table:
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
        values = (MISSING if row is None else with_interval(row, report.rates) for row in own)
        lines.append((f"{group}{mark}", f"{one.n:,}", f"{one.people:,}", *values))
    notes = [f"n and people: of {systems[0]}."] if len(systems) > 1 else []
    why = list(dict.fromkeys(row.note for row in found if row.value is None and row.note))
    notes += [f"{MISSING} {why[0]}{' (and the like)' if len(why) > 1 else ''}."] if why else []
    notes += ["* its pictures failed validation."] if any(line[0].endswith(" *") for line in lines) else []
    return Table(caption, ("group", "n", "people", *systems), tuple(lines), " ".join(notes))


def comparison_table(report: AuditReport, task: str) -> Table:
    """Return every comparison of a task, and of each whether it is a gap."""
    lines = []
    for each in report.comparisons:
        row = each.estimate
        if row.task == task:
            unit = unit_of(row.metric, report.rates)
            adjusted = MISSING if each.adjusted is None else amount(each.adjusted, "")
            name, at = row.metric.removesuffix(", difference"), f" ({row.threshold})" if row.threshold else ""
            values = (with_interval(row, report.rates), adjusted, _size(each.smallest_gap, unit), _gap_word(each))
            lines.append((row.system, f"{name}{at}", contrast_name(row), *values))
    columns = (
        "system",
        "metric",
        "compared",
        "difference (95 % interval)",
        "p after Holm",
        "smallest detectable, 80 % power",
        "verdict",
    )
    return Table(f"{task}: all comparisons, shares in points", columns, tuple(lines))


def gap_table(report: AuditReport) -> Table:
    """Return the largest difference and ratio of every margin, of the metrics that head the report."""
    by: dict[tuple[str, str, str], dict[str, Estimate]] = {}
    for row in report.gaps:
        metric, _, what = row.metric.rpartition(", ")
        if metric in HEADLINES[row.task] and row.threshold in (None, report.operating.get(row.system)):
            by.setdefault((row.system, f"{row.task}: {metric}", row.margin), {})[what] = row
    lines = []
    for (system, metric, margin), both in by.items():
        apart, ratio = both[DIFFERENCE], both.get(RATIO)
        ratio_text = MISSING if ratio is None else with_interval(ratio, report.rates)
        lines.append((system, metric, margin, f"{apart.group} to {apart.other}", with_interval(apart, report.rates), ratio_text))
    note = (
        "Intervals hold for all pairs of groups at once, because the extreme groups were chosen after looking. One that begins "
        "at 0 (a ratio: 1) shows nothing. No ratio is given over a rate of 0."
    )
    caption = "Largest differences (shares in points) and ratios between groups, with intervals of at least 95 %"
    return Table(caption, ("system", "metric", "between", "highest to lowest", "difference", "ratio"), tuple(lines), note)


def index_table(report: AuditReport) -> Table:
    """Return the indices over cells, at the thresholds that head the report."""
    rows = [row for row in report.estimates if row.metric.startswith(_INDICES)]
    rows = [row for row in rows if row.margin == CELL and row.threshold == report.operating.get(row.system)]
    lines = tuple((row.system, row.metric, with_interval(row, frozenset()), row.group) for row in rows)
    note = (
        "Chance moves every index: equal groups still give a value off the best one (FDR 1, IR 1, GARBE 0). "
        "FDR is near 1 for every system at a low FMR; IR and the worst case over the geometric mean are undefined where a group "
        "has no error; GARBE does not say which group is worse off. They are given for comparison with other reports; "
        "they decide nothing."
    )
    return Table("Indices over the cells", ("system", "index", "value", "highest rate"), lines, note)


def verification_tables(report: AuditReport) -> Iterator[Table]:
    """Yield the FNMR at own thresholds, the shift of scores and d', of every cell."""
    own = [row for row in report.estimates if row.metric == "FNMR" and (row.threshold or "").startswith("own")]
    for threshold in dict.fromkeys(row.threshold for row in own):
        rows = [row for row in own if row.threshold == threshold]
        yield wide(report, rows, f"FNMR, percent, each cell at a threshold of its own: {threshold}", margins=(CELL,))
    for metric in ("mated score shift", "non-mated score shift", "d'"):
        rows = [row for row in report.estimates if row.metric == metric]
        if rows:
            yield wide(report, rows, f"{metric}, with 95 % intervals; a greater score is more alike")


def system_table(report: AuditReport) -> Table:
    """Return how much more one system has than another, of all and in the shades."""
    by: dict[tuple[str, str, str], dict[str, Estimate]] = {}
    for row in report.between:
        if row.margin in (OVERALL, SHADE):
            at = f" ({row.threshold})" if row.threshold else ""
            key = f"{row.metric.removesuffix(', difference')}{at}", row.system, row.other or ""
            by.setdefault(key, {})[row.group] = row
    groups = (ALL, *SHADES)
    lines = tuple(
        (
            metric,
            f"{one} less {other}",
            *(with_interval(rows[name], report.rates) if name in rows else MISSING for name in groups),
        )
        for (metric, one, other), rows in by.items()
    )
    note = "On the pictures and pairs that both answered. Intervals are of each figure alone, uncorrected: none is tested."
    return Table(
        "Differences between systems, shares in points, with 95 % intervals", ("metric", "systems", *groups), lines, note
    )


def confusion_table(report: AuditReport) -> Table:
    """Return the counts behind the rates of gender."""
    lines = tuple(
        (each.system, each.cell, each.label, each.answer or "no answer", f"{each.pictures:,}") for each in report.confusions
    )
    return Table("Gender: pictures by cell, annotation and answer", ("system", "cell", "annotation", "answer", "pictures"), lines)


def effect_tables(report: AuditReport) -> Iterator[Table]:
    """Yield the effect of changing the skin of the same heads, and the answers that flip; nothing where that is unknown."""
    effects = [each for each in report.effects if report.heads(each.estimate) or "standard deviation" in each.estimate.metric]
    if effects:
        lines = []
        for each in effects:
            row = each.estimate
            adjusted = MISSING if each.adjusted is None else amount(each.adjusted, "")
            lines.append((row.system, row.metric, row.group, row.other or MISSING, with_interval(row, report.rates), adjusted))
        columns = ("system", "metric", "tone", "against", "difference within families (95 % interval)", "p after Holm")
        yield Table("Paired effects of tone, shares in points", columns, tuple(lines))
    if report.flips:
        rows = tuple(
            (
                *(each.system, each.metric, f"{each.tone} against {each.reference}", f"{each.pairs:,}"),
                *(f"{each.worse:,}", f"{each.better:,}", amount(each.mcnemar_p, "")),
                *(f"{each.families_worse:,}", f"{each.families_better:,}", amount(each.family_adjusted, "")),
            )
            for each in report.flips
        )
        tests = ("worse", "better", "McNemar, exact p", "families worse", "families better", "sign test, p after Holm")
        note = "McNemar's test takes pictures of one head as independent, which they are not; base a claim on the sign test."
        caption = "The same head in the same shot: pictures that become an error, or stop being one"
        yield Table(caption, ("system", "metric", "tones", "pictures", *tests), rows, note)


def sensitivity_table(report: AuditReport) -> Table:
    """Return what heads the report in the shades by both labels of tone."""
    lines = []
    for row in _heads(report, report.sensitivity):
        same = next((each for each in _heads(report, report.estimates) if _key(each) == _key(row)), None)
        before = MISSING if same is None else with_interval(same, report.rates)
        after = f"{row.n:,}", with_interval(row, report.rates)
        lines.append((row.system, row.metric, row.group, f"{same.n if same else 0:,}", before, *after))
    label, other = report.source.label, report.sensitivity[0].label if report.sensitivity else ""
    columns = ("system", "metric", "group", f"n, {label}", f"{label}", f"n, {other}", f"{other}")
    caption = f"By the {label} and by the {other} tone, shares in percent, with 95 % intervals"
    return Table(caption, columns, tuple(lines), "Thresholds are the same in both. Nothing is tested again by the second label.")


def _heads(report: AuditReport, rows: Sequence[Estimate]) -> Iterator[Estimate]:
    return (row for row in rows if row.margin in (OVERALL, SHADE) and row.other is None and report.heads(row))


def _key(row: Estimate) -> tuple[str, ...]:
    return row.system, row.task, row.metric, row.group, row.threshold or ""


def record_tables(report: AuditReport) -> Iterator[Table]:
    """Yield what the systems state about themselves, and why there was no answer."""
    rows = []
    for each in report.systems:
        about, failed = each.about, sum(each.failures.values())
        vendor = MISSING if about.threshold is None else f"{about.scores} {about.threshold:g}"
        pairs = MISSING if each.pairs is None else f"{each.pairs:,} ({each.not_compared:,} not compared)"
        can, answered = ", ".join(about.capabilities), f"{each.pictures:,} ({failed:,} failures)"
        rows.append((each.name, about.version, can, about.licence or MISSING, vendor, answered, pairs, "; ".join(about.notes)))
    columns = ("system", "version", "does", "licence", "vendor's threshold", "pictures asked", "pairs", "notes")
    yield Table("The systems", columns, tuple(rows))
    weights = [(each.name, file, digest) for each in report.systems for file, digest in sorted(each.about.weights_sha256.items())]
    if weights:
        yield Table("Weights", ("system", "file", "SHA-256"), tuple(weights))
    why = [(each.name, reason, f"{count:,}") for each in report.systems for reason, count in each.failures.items()]
    if why:
        yield Table("Why there was no answer", ("system", "reason", "pictures"), tuple(why))
