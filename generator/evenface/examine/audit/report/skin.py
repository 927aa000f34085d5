"""What the skin alone did, in words: paired effects and flips of a crossed set come in, a sentence for each metric goes out."""

from __future__ import annotations

from collections.abc import Iterator

from evenface.examine.audit.metrics.comparisons import ALPHA
from evenface.examine.audit.metrics.contrasts import SLOPE
from evenface.examine.audit.metrics.tone_effects import Effect, Flips
from evenface.examine.audit.report.records import Report
from evenface.examine.audit.report.spelling import amount, from_to, p_value, unit_of

__all__ = ["skin_alone"]


def skin_alone(report: Report) -> Iterator[str]:
    """Say of the metrics that head the report what the skin of the same heads did; nothing of a set that is not crossed."""
    darkest = {(each.system, each.task, each.metric, each.threshold): each for each in report.flips}  # the last is the darkest
    for effect in report.effects:
        row = effect.estimate
        if row.group != SLOPE or not report.heads(row):
            continue
        metric = row.metric.removesuffix(", within families")
        at = f" ({row.threshold})" if row.threshold else ""
        flips = darkest.get((row.system, row.task, metric, row.threshold))
        told = _slope(effect, unit_of(row.metric, report.rates))
        yield f"{row.system}, {row.task}, {metric}{at}: {told}.{_changes(flips) if flips else ''}"


def _slope(effect: Effect, unit: str) -> str:
    row = effect.estimate
    if row.value is None:
        return "there was nothing to compare"
    way, low, high = ("more", row.low, row.high) if row.value >= 0 else ("less", _minus(row.high), _minus(row.low))
    none = "too few heads" if effect.adjusted is None else "the same in every head"
    interval = f"no interval: {none}" if low is None else f"95 % interval {from_to(low, high, unit)}"
    chance = "not tested" if effect.adjusted is None else f"{p_value(effect.adjusted)} after Holm"
    told = f"{amount(abs(row.value), unit)} {way} for each step from light to dark in the same heads ({interval}, {chance})"
    shown = effect.adjusted is not None and effect.adjusted <= ALPHA and (low is None or low > 0)
    return told if shown else f"no effect was shown; {told}"


def _minus(value: float | None) -> float | None:
    return None if value is None else -value


def _changes(flips: Flips) -> str:
    """Say whose answers flip between the lightest and the darkest tone."""
    return (
        f" Of {flips.pairs:,} shots, {flips.worse:,} are an error in {flips.tone} alone and {flips.better:,} in "
        f"{flips.reference} alone: {flips.families_worse} heads worse, {flips.families_better} better "
        f"(sign test over heads, {p_value(flips.family_adjusted)} after Holm)."
    )
