"""What the figures allow to say, and no more: comparisons come in, sentences go out, made of the figures alone."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from evenface.examine.audit.metrics.comparisons import ALPHA, Comparison
from evenface.examine.audit.metrics.contrasts import REST, SLOPE
from evenface.examine.audit.metrics.groups import Estimate
from evenface.examine.audit.metrics.tone_effects import CROSSED
from evenface.examine.audit.report.flags import OURS
from evenface.examine.audit.report.records import HEADLINES, Report, called
from evenface.examine.audit.report.spelling import amount, from_to, p_value, unit_of

__all__ = ["Finding", "chance_of_any", "conclusions", "contrast_name", "findings", "verdict"]

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
    """What is said of one metric of one system."""

    system: str
    task: str
    metric: str
    threshold: str | None
    heads: bool
    shown: tuple[str, ...]
    """Differences that may be called gaps."""
    unseen: str
    """What was not shown, and what could not have been."""


def findings(report: Report) -> tuple[Finding, ...]:
    """Say of every metric what was shown and what could not have been seen."""
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
    shown = tuple(_gap(each, unit, flagged) for each in rows if called(each))
    cells = [each for each in rows if each.estimate.other == REST]
    others = [each for each in cells if not called(each)]
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
    return shown, f"{unseen}; {_power(others, unit)}"


def _power(rows: Sequence[Comparison], unit: str) -> str:
    sizes = [each.smallest_gap for each in rows if each.smallest_gap is not None]
    if not sizes:
        return "none of any size would have been seen with a power of 80 %."
    told = f"one of {amount(max(sizes), unit)} or more would have been seen with a power of 80 %"
    blind = len(rows) - len(sizes)
    return f"{told}, but in {blind} of {len(rows)} cells none of any size." if blind else f"{told}."


def _gap(each: Comparison, unit: str, flagged: Mapping[str, str]) -> str:
    row = each.estimate
    value, low, high = (0.0 if part is None else part for part in (row.value, row.low, row.high))
    way = "more" if value > 0 else "less"
    if value < 0:
        low, high = -high, -low
    size = f"{amount(abs(value), unit)} {way}"
    told = f"{size} for each step from light to dark" if row.group == SLOPE else f"{contrast_name(row)}: {size}"
    chance = p_value(each.adjusted or 0.0)
    warning = "; its pictures failed validation, so this is not laid to the system" if row.group in flagged else ""
    return f"{told} (95 % interval {from_to(low, high, unit)}, {chance} after Holm){warning}."


def contrast_name(row: Estimate) -> str:
    """Name who is compared with whom."""
    if row.group == SLOPE:
        return SLOPE
    one, other = (_NAMES.get(each or "", each or "") for each in (row.group, row.other))
    return f"{one} against {other}"


def chance_of_any(report: Report) -> str:
    """Say how often chance alone would show something, over all metrics and systems."""
    metrics = len({(row.system, row.task, row.metric, row.threshold) for row in (each.estimate for each in report.comparisons)})
    showing = len({(each.system, each.metric, each.threshold, each.task) for each in findings(report) if each.shown})
    return (
        f"{metrics} metrics were tested, each with all its comparisons at {100 * ALPHA:g} % together. Were there no difference "
        f"at all, about {ALPHA * metrics:.1f} of them would still show one; {showing} do. Metrics of one system go together."
    )


def conclusions(report: Report) -> Iterator[str]:
    """Say what can be concluded from such a set, and what cannot."""
    yield (
        "A gap is a difference that is significant after Holm's correction and whose 95 % interval does not hold 0. "
        "No other difference in a table is one, however large it looks. That none was shown does not say that there is none. "
        "A cell is compared with the mean of all others: where one is far off, others lie apart from a mean that it is part of."
    )
    if report.source.kind == OURS:
        yield (
            "The people and their pictures are made by a renderer; they are not photographs. A rate found here is not the rate "
            "that people meet, and a system that is even here need not be even on photographs. A gap says that the system "
            "treats cells differently on these pictures; the renderer may have its part in it (noise, shadow, contrast, hair)."
        )
        yield (
            "The true box of a face runs from brows to chin. Detectors have conventions of their own, many of them wider: the "
            "overlap with the true box measures that convention too, so that miss rates at an IoU are compared between cells, "
            "not between systems."
        )
    else:
        yield "Labels of tone, gender and person were believed as they stand; an error in them is counted as the system's."
    if report.source.design == CROSSED:
        yield (
            "The design is crossed: the same heads are there in every tone, so that effects within families are of the skin "
            "alone, as it is rendered. Comparisons between cells still pair different pictures of the same heads."
        )
    else:
        yield (
            "People of different cells differ in more than tone and gender, here as anywhere: a gap is one between cells, not an "
            "effect of skin colour. A crossed design tells that apart."
        )
    yield (
        "FMR is of people of one cell, who are taken for each other; it is not to be set beside an FMR over all pairs. Intervals "
        "are of whom and what might have been drawn for this set; they hold nothing about other cameras, light or poses."
    )
