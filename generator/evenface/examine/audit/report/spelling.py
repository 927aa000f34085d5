"""Figures as people read them: shares in percent, differences of shares in points, everything else as a number."""

from __future__ import annotations

from collections.abc import Set as AbstractSet

from evenface.examine.audit.metrics.groups import Estimate

__all__ = ["MISSING", "amount", "from_to", "is_share", "p_value", "unit_of", "with_interval"]

MISSING = "–"
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


def p_value(value: float) -> str:
    """Spell a p value: ``p = 0.012``, or ``p < 0.001``."""
    return "p < 0.001" if value < 0.001 else f"p = {value:.3f}"


def with_interval(row: Estimate, rates: AbstractSet[str]) -> str:
    """Spell a figure with its interval, in percent (or points) where it is a share: ``12.5 (3.1 to 20.4)``."""
    share = is_share(row.metric, rates)

    def spelled(value: float | None) -> str:
        return MISSING if value is None else _percent(value) if share else f"{value:.3g}"

    if row.value is None and row.low is None and row.high is None:
        return MISSING
    if row.low is None and row.high is None:
        return f"{spelled(row.value)} (no interval)"
    interval = f"at least {spelled(row.low)}" if row.high is None else f"{spelled(row.low)} to {spelled(row.high)}"
    return f"{spelled(row.value)} ({interval})"


def _percent(value: float) -> str:
    """Two digits behind the point of what is under a tenth of a percent, one of all else."""
    return f"{100 * value:.2f}" if 0 < abs(value) < 0.001 else f"{100 * value:.1f}"
