"""Intervals for what is counted, figures of comparison scores, the bootstrap over people. Pure: numbers in, numbers out."""

from __future__ import annotations

from evenface.statistics.intervals import RESAMPLES, Interval, expected_width, percentile_interval, wilson_interval

__all__ = ["RESAMPLES", "Interval", "expected_width", "percentile_interval", "wilson_interval"]
