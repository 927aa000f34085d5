"""Statistics of the reports: intervals, figures of comparison scores, bootstrap over people, tests. Only numbers, no files."""

from __future__ import annotations

from evenface.statistics.intervals import RESAMPLES, Interval, expected_width, percentile_interval, wilson_interval

__all__ = ["RESAMPLES", "Interval", "expected_width", "percentile_interval", "wilson_interval"]
