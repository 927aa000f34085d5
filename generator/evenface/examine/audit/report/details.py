"""The tables behind the first ones: gaps and indices, systems against each other, the skin alone, the other label of tone."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from evenface.examine.audit.metrics.gaps import DIFFERENCE, RATIO
from evenface.examine.audit.metrics.groups import ALL, CELL, OVERALL, SHADE, Estimate
from evenface.examine.audit.report.records import HEADLINES, Report
from evenface.examine.audit.report.spelling import MISSING, amount, with_interval
from evenface.examine.audit.report.tables import SHADES, Shown, wide

__all__ = [
    "confusion_table",
    "effect_tables",
    "gap_table",
    "index_table",
    "record_tables",
    "sensitivity_table",
    "system_table",
    "verification_tables",
]

_INDICES = ("FDR", "IR", "GARBE", "FMR, worst case", "FNMR, worst case")


def gap_table(report: Report) -> Shown:
    """Return the largest difference and ratio of every margin, of the metrics that head the report."""
    by: dict[tuple[str, str, str], dict[str, Estimate]] = {}
    for row in report.gaps:
        metric, _, what = row.metric.rpartition(", ")
        if metric in HEADLINES[row.task] and row.threshold in (None, report.operating.get(row.system)):
            by.setdefault((row.system, f"{row.task}: {metric}", row.margin), {})[what] = row
    lines = []
    for (system, metric, margin), both in by.items():
        apart, ratio = both[DIFFERENCE], both.get(RATIO)
        told = MISSING if ratio is None else with_interval(ratio, report.rates)
        lines.append((system, metric, margin, f"{apart.group} to {apart.other}", with_interval(apart, report.rates), told))
    note = (
        "Intervals hold for all pairs of groups at once, since the two were looked for. One that begins at 0 (a ratio: 1) "
        "shows nothing. No ratio is given over a rate of 0."
    )
    caption = "Largest differences (shares in points) and ratios between groups, with intervals of at least 95 %"
    return Shown(caption, ("system", "metric", "between", "highest to lowest", "difference", "ratio"), tuple(lines), note)


def index_table(report: Report) -> Shown:
    """Return the indices over cells, at the thresholds that head the report."""
    rows = [row for row in report.estimates if row.metric.startswith(_INDICES)]
    rows = [row for row in rows if row.margin == CELL and row.threshold == report.operating.get(row.system)]
    lines = tuple((row.system, row.metric, with_interval(row, frozenset()), row.group) for row in rows)
    note = (
        "No index is free of chance: groups that are all alike still have one off its best value (FDR 1, IR 1, GARBE 0). "
        "FDR is near 1 for every system at a low FMR; IR and the worst case over the geometric mean are undefined where a group "
        "has no error; GARBE does not say who is worse off. They are given for other reports, not to decide anything."
    )
    return Shown("Indices over the cells", ("system", "index", "value", "highest rate"), lines, note)


def verification_tables(report: Report) -> Iterator[Shown]:
    """Yield the FNMR at own thresholds, the shift of scores and d', of every cell."""
    own = [row for row in report.estimates if row.metric == "FNMR" and (row.threshold or "").startswith("own")]
    for threshold in dict.fromkeys(row.threshold for row in own):
        rows = [row for row in own if row.threshold == threshold]
        yield wide(report, rows, f"FNMR, percent, each cell at a threshold of its own: {threshold}", margins=(CELL,))
    for metric in ("mated score shift", "non-mated score shift", "d'"):
        rows = [row for row in report.estimates if row.metric == metric]
        if rows:
            yield wide(report, rows, f"{metric}, with 95 % intervals; a greater score is more alike")


def system_table(report: Report) -> Shown:
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
    note = (
        "On the pictures and pairs that both answered. Intervals are of each figure alone, uncorrected: none of these is tested."
    )
    return Shown(
        "Differences between systems, shares in points, with 95 % intervals", ("metric", "systems", *groups), lines, note
    )


def confusion_table(report: Report) -> Shown:
    """Return the counts behind the rates of gender."""
    lines = tuple(
        (each.system, each.cell, each.label, each.answer or "no answer", f"{each.pictures:,}") for each in report.confusions
    )
    return Shown("Gender: pictures by cell, annotation and answer", ("system", "cell", "annotation", "answer", "pictures"), lines)


def effect_tables(report: Report) -> Iterator[Shown]:
    """Yield what changing the skin of the same heads does, and whose answer flips; nothing where that cannot be told."""
    effects = [each for each in report.effects if report.heads(each.estimate) or "standard deviation" in each.estimate.metric]
    if effects:
        lines = []
        for each in effects:
            row = each.estimate
            adjusted = MISSING if each.adjusted is None else amount(each.adjusted, "")
            lines.append((row.system, row.metric, row.group, row.other or MISSING, with_interval(row, report.rates), adjusted))
        columns = ("system", "metric", "tone", "against", "difference within families (95 % interval)", "p after Holm")
        yield Shown("Paired effects of tone, shares in points", columns, tuple(lines))
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
        note = "McNemar's test takes pictures of one head as independent, which they are not; a claim rests on the sign test."
        caption = "The same head in the same shot: pictures that become an error, or stop being one"
        yield Shown(caption, ("system", "metric", "tones", "pictures", *tests), rows, note)


def sensitivity_table(report: Report) -> Shown:
    """Return what heads the report in the shades by both labels of tone."""
    lines = []
    for row in _heads(report, report.sensitivity):
        same = next((each for each in _heads(report, report.estimates) if _key(each) == _key(row)), None)
        told = MISSING if same is None else with_interval(same, report.rates), with_interval(row, report.rates)
        lines.append((row.system, row.metric, row.group, f"{same.n if same else 0:,}", told[0], f"{row.n:,}", told[1]))
    label, other = report.source.label, report.sensitivity[0].label if report.sensitivity else ""
    columns = ("system", "metric", "group", f"n, {label}", f"{label}", f"n, {other}", f"{other}")
    caption = f"By the {label} and by the {other} tone, shares in percent, with 95 % intervals"
    return Shown(caption, columns, tuple(lines), "Thresholds are the same in both. Nothing is tested again by the second label.")


def _heads(report: Report, rows: Sequence[Estimate]) -> Iterator[Estimate]:
    return (row for row in rows if row.margin in (OVERALL, SHADE) and row.other is None and report.heads(row))


def _key(row: Estimate) -> tuple[str, ...]:
    return row.system, row.task, row.metric, row.group, row.threshold or ""


def record_tables(report: Report) -> Iterator[Shown]:
    """Yield what is on record about the systems, and why there was no answer."""
    rows = []
    for each in report.systems:
        about, failed = each.about, sum(each.failures.values())
        vendor = MISSING if about.threshold is None else f"{about.scores} {about.threshold:g}"
        pairs = MISSING if each.pairs is None else f"{each.pairs:,} ({each.not_compared:,} not compared)"
        can, answered = ", ".join(about.capabilities), f"{each.pictures:,} ({failed:,} failures)"
        rows.append((each.name, about.version, can, about.licence or MISSING, vendor, answered, pairs, "; ".join(about.notes)))
    columns = ("system", "version", "does", "licence", "vendor's threshold", "pictures asked", "pairs", "notes")
    yield Shown("The systems", columns, tuple(rows))
    weights = [(each.name, file, digest) for each in report.systems for file, digest in sorted(each.about.weights_sha256.items())]
    if weights:
        yield Shown("Weights", ("system", "file", "SHA-256"), tuple(weights))
    why = [(each.name, reason, f"{count:,}") for each in report.systems for reason, count in each.failures.items()]
    if why:
        yield Shown("Why there was no answer", ("system", "reason", "pictures"), tuple(why))
