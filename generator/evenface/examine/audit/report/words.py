"""The sentences of a report: spelled figures, what they show, what this set cannot detect, and what follows from either."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass

from evenface.examine.audit.metrics.comparisons import ALPHA, Comparison
from evenface.examine.audit.metrics.contrasts import REST, SLOPE
from evenface.examine.audit.metrics.groups import Estimate
from evenface.examine.audit.metrics.tone_effects import CROSSED, Effect, Flips
from evenface.examine.audit.report.flags import OURS
from evenface.examine.audit.report.records import HEADLINES, AuditReport, is_gap
from evenface.report import MISSING

__all__ = [
    "Finding",
    "amount",
    "chance_of_any",
    "conclusions",
    "contrast_name",
    "findings",
    "from_to",
    "is_share",
    "skin_alone",
    "unit_of",
    "verdict",
    "with_interval",
]

_OF_SHARES = (", difference", ", largest difference", ", within families")


def is_share(metric: str, rates: AbstractSet[str]) -> bool:
    """Whether a metric, or what it is a difference of, is a share.

    Args:
        rates: The metrics that are.
    """
    base = metric
    for ending in _OF_SHARES:
        base = base.removesuffix(ending)
    return base in rates


def unit_of(metric: str, rates: AbstractSet[str]) -> str:
    """Return the unit of differences of a metric; empty where it has none."""
    return "points" if is_share(metric, rates) else "years" if ", years" in metric else ""


def amount(value: float | None, unit: str) -> str:
    """Spell a difference: ``12.5 points``, ``3.2 years``, or a number with three digits."""
    if value is None:
        return MISSING
    number = _percent(value) if unit == "points" else f"{value:.3g}"
    return f"{number} {unit}".strip()


def from_to(low: float | None, high: float | None, unit: str) -> str:
    """Spell a range: ``1.2 to 3.4 points``."""
    return f"{amount(low, unit).removesuffix(unit).strip()} to {amount(high, unit)}"


def _p_value(value: float) -> str:
    """Spell a p value: ``p = 0.012``, or ``p < 0.001``."""
    return "p < 0.001" if value < 0.001 else f"p = {value:.3f}"


def with_interval(row: Estimate, rates: AbstractSet[str]) -> str:
    """Spell a figure with its interval, in percent (or points) where it is a share: ``12.5 (3.1 to 20.4)``."""
    share = is_share(row.metric, rates)

    def spell(value: float | None) -> str:
        return MISSING if value is None else _percent(value) if share else f"{value:.3g}"

    if row.value is None and row.low is None and row.high is None:
        return MISSING
    if row.low is None and row.high is None:
        return f"{spell(row.value)} (no interval)"
    interval = f"at least {spell(row.low)}" if row.high is None else f"{spell(row.low)} to {spell(row.high)}"
    return f"{spell(row.value)} ({interval})"


def _percent(value: float) -> str:
    """Spell a share in percent with one decimal; two where it is below a tenth of a percent."""
    return f"{100 * value:.2f}" if 0 < abs(value) < 0.001 else f"{100 * value:.1f}"


_NAMES = {
    "woman": "women",
    "man": "men",
    "darker/woman": "darker women",
    "darker/man": "darker men",
    "lighter/woman": "lighter women",
    "lighter/man": "lighter men",
}


@dataclass(frozen=True, slots=True)
class Finding:
    """What one metric of one system shows."""

    system: str
    task: str
    metric: str
    threshold: str | None
    heads: bool
    shown: tuple[str, ...]
    """Differences that may be called gaps."""
    unseen: str
    """What was not shown, and the smallest difference this test can detect."""


def findings(report: AuditReport) -> tuple[Finding, ...]:
    """Return what every metric shows, and the smallest difference that its test can detect."""
    groups: dict[tuple[str, str, str, str | None], list[Comparison]] = {}
    for each in report.comparisons:
        row = each.estimate
        groups.setdefault((row.system, row.task, row.metric, row.threshold), []).append(each)
    found = []
    for (system, task, metric, threshold), rows in groups.items():
        shown, unseen = verdict(rows, unit=unit_of(metric, report.rates), flagged=report.flagged)
        name = metric.removesuffix(", difference")
        found.append(Finding(system, task, name, threshold, report.heads(rows[0].estimate), shown, unseen))
    order = list(HEADLINES)
    return tuple(sorted(found, key=lambda each: order.index(each.task)))


def verdict(rows: Sequence[Comparison], *, unit: str, flagged: Mapping[str, str]) -> tuple[tuple[str, ...], str]:
    """Return a sentence for each difference that was shown, and one on the cells that were not shown to differ."""
    shown = tuple(_gap_sentence(each, unit, flagged) for each in rows if is_gap(each))
    cells = [each for each in rows if each.estimate.other == REST]
    others = [each for each in cells if not is_gap(each)]
    if not cells:
        return shown, "There was nothing to compare."
    if not others:
        return shown, "Every cell was shown to differ."
    if not shown:
        unseen = "No difference between cells was shown"
    elif len(others) == len(cells):
        unseen = "No single cell was shown to differ from the others"
    else:
        unseen = "No other cell was shown to differ"
    return shown, f"{unseen}; {_detectable(others, unit)}"


def _detectable(rows: Sequence[Comparison], unit: str) -> str:
    sizes = [each.smallest_gap for each in rows if each.smallest_gap is not None]
    if not sizes:
        return "none of any size would have been seen with a power of 80 %."
    least = f"one of {amount(max(sizes), unit)} or more would have been seen with a power of 80 %"
    blind = len(rows) - len(sizes)
    return f"{least}, but in {blind} of {len(rows)} cells none of any size." if blind else f"{least}."


def _gap_sentence(each: Comparison, unit: str, flagged: Mapping[str, str]) -> str:
    row = each.estimate
    value, low, high = (0.0 if part is None else part for part in (row.value, row.low, row.high))
    way = "more" if value > 0 else "less"
    if value < 0:
        low, high = -high, -low
    size = f"{amount(abs(value), unit)} {way}"
    contrast = f"{size} for each step from light to dark" if row.group == SLOPE else f"{contrast_name(row)}: {size}"
    chance = _p_value(each.adjusted or 0.0)
    warning = "; its pictures failed validation, so this is not laid to the system" if row.group in flagged else ""
    return f"{contrast} (95 % interval {from_to(low, high, unit)}, {chance} after Holm){warning}."


def contrast_name(row: Estimate) -> str:
    """Name who is compared with whom."""
    if row.group == SLOPE:
        return SLOPE
    one, other = (_NAMES.get(each or "", each or "") for each in (row.group, row.other))
    return f"{one} against {other}"


def chance_of_any(report: AuditReport) -> str:
    """Return how many metrics would show a difference by chance alone, over all metrics and systems."""
    metrics = len({(row.system, row.task, row.metric, row.threshold) for row in (each.estimate for each in report.comparisons)})
    showing = len({(each.system, each.metric, each.threshold, each.task) for each in findings(report) if each.shown})
    return (
        f"{metrics} metrics were tested, each with all its comparisons at {100 * ALPHA:g} % together. Without any "
        f"true difference, about {ALPHA * metrics:.1f} of them would still show one; {showing} do. "
        "Metrics of one system are correlated."
    )


def conclusions(report: AuditReport) -> Iterator[str]:
    """Yield what can be concluded from such a set, and what cannot."""
    yield (
        "A gap is a difference that is significant after Holm's correction and whose 95 % interval does not contain 0. "
        "No other difference in a table is a gap, however large it looks. A gap that was not shown may still exist. "
        "A cell is compared with the mean of all others; one cell that is far off moves the mean that others are compared with."
    )
    if report.source.kind == OURS:
        yield (
            "The people and their pictures are made by a renderer; they are not photographs. A rate found here is not the rate "
            "that people meet, and a system that is even here need not be even on photographs. A gap says that the system "
            "treats cells differently on these pictures; the renderer may contribute to it (noise, shadow, contrast, hair)."
        )
        yield (
            "The true box of a face runs from brows to chin. Detectors have conventions of their own, many of them wider: the "
            "overlap with the true box measures that convention too, so compare miss rates at an IoU between cells, not "
            "between systems."
        )
    else:
        yield "Labels of tone, gender and person were not checked; an error in them counts as an error of the system."
    if report.source.design == CROSSED:
        yield (
            "The design is crossed: the same heads are there in every tone, so effects within families are of the skin alone, "
            "as it is rendered. Comparisons between cells still pair different pictures of the same heads."
        )
    else:
        yield (
            "People of different cells differ in more than tone and gender: a gap is a difference between cells, not an effect "
            "of skin colour alone. A crossed design separates the two."
        )
    yield (
        "FMR is of pairs of two people of one cell; do not compare it with an FMR over all pairs. Intervals cover the chance in "
        "which people and shots were drawn for this set; they say nothing about other cameras, light or poses."
    )


def skin_alone(report: AuditReport) -> Iterator[str]:
    """Yield the effect of the skin of the same heads on each metric that heads the report; none of a set that is not crossed."""
    darkest = {(each.system, each.task, each.metric, each.threshold): each for each in report.flips}  # the last is the darkest
    for effect in report.effects:
        row = effect.estimate
        if row.group != SLOPE or not report.heads(row):
            continue
        metric = row.metric.removesuffix(", within families")
        at = f" ({row.threshold})" if row.threshold else ""
        flips = darkest.get((row.system, row.task, metric, row.threshold))
        slope = _slope(effect, unit_of(row.metric, report.rates))
        yield f"{row.system}, {row.task}, {metric}{at}: {slope}.{_changes(flips) if flips else ''}"


def _slope(effect: Effect, unit: str) -> str:
    row = effect.estimate
    if row.value is None:
        return "there was nothing to compare"
    way, low, high = ("more", row.low, row.high) if row.value >= 0 else ("less", _minus(row.high), _minus(row.low))
    none = "too few heads" if effect.adjusted is None else "the same in every head"
    interval = f"no interval: {none}" if low is None else f"95 % interval {from_to(low, high, unit)}"
    chance = "not tested" if effect.adjusted is None else f"{_p_value(effect.adjusted)} after Holm"
    slope = f"{amount(abs(row.value), unit)} {way} for each step from light to dark in the same heads ({interval}, {chance})"
    shown = effect.adjusted is not None and effect.adjusted <= ALPHA and (low is None or low > 0)
    return slope if shown else f"no effect was shown; {slope}"


def _minus(value: float | None) -> float | None:
    return None if value is None else -value


def _changes(flips: Flips) -> str:
    """Return how many answers flip between the lightest and the darkest tone."""
    return (
        f" Of {flips.pairs:,} shots, {flips.worse:,} are an error in {flips.tone} alone and {flips.better:,} in "
        f"{flips.reference} alone: {flips.families_worse} heads worse, {flips.families_better} better "
        f"(sign test over heads, {_p_value(flips.family_adjusted)} after Holm)."
    )
