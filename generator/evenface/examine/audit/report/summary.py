"""A short summary in Markdown: a report comes in, what heads it goes out."""

from __future__ import annotations

import re
from collections.abc import Iterator

from evenface.examine.audit.metrics.tone_effects import CROSSED, LIMITS
from evenface.examine.audit.report.records import Report
from evenface.examine.audit.report.skin import skin_alone
from evenface.examine.audit.report.tables import Shown, power_table, shade_tables
from evenface.examine.audit.report.wording import Finding, chance_of_any, conclusions, findings

__all__ = ["heading", "said", "summary_of"]

_SIGNS = re.compile(r"([\\`*_{}\[\]<>#|!~&$])")


def heading(report: Report) -> str:
    """Say what was shown to the systems, in a line."""
    source = report.source
    lost = f"; {source.unlabelled:,} pictures are in no cell and in no figure" if source.unlabelled else ""
    scale = f", tones of the scale {source.scale}" if source.scale else ""
    design = f", design {source.design}" if source.design else ""
    cells = "1 cell" if len(source.cells) == 1 else f"{len(source.cells)} cells"
    heads = f" ({source.families:,} heads, each in every tone)" if source.design == CROSSED else ""
    people = f"{source.pictures:,} pictures of {source.people:,} people{heads} in {cells}"
    return f"{people}{scale}{design}; tones as {source.label}{lost}"


def said(finding: Finding) -> str:
    """Say all of one metric, in a line."""
    at = f" ({finding.threshold})" if finding.threshold else ""
    return f"{finding.system}, {finding.task}, {finding.metric}{at}: {' '.join((*finding.shown, finding.unseen))}"


def summary_of(report: Report) -> str:
    """Return the Markdown; whatever comes from outside is no markup in it."""
    return "\n".join(_lines(report)) + "\n"


def _lines(report: Report) -> Iterator[str]:
    yield f"# Audit of {_plain(report.source.name)}"
    yield f"\n{_plain(heading(report))}.\n"
    yield "## What could not have been seen\n"
    yield from _table(power_table(report))
    yield "\n## Darker and lighter, women and men\n"
    told = [line for table in shade_tables(report) for line in (*_table(table), "")]
    yield from told or ["The tones, or genders, of this set make no such groups.\n"]
    yield "## What was shown\n"
    yield from (f"- {_plain(said(each))}" for each in findings(report) if each.heads)
    yield f"\n{chance_of_any(report)} All metrics, cells, gaps and indices: report.html.\n"
    yield from _skin(report)
    yield "## What has to be known\n"
    yield from (f"- {_plain(where)}: {_plain(what)}." for what, where in report.told_flags().items())
    yield from (f"- {_plain(name)}" for name in _failures(report))
    yield "\n## What can be concluded, and what cannot\n"
    yield from (f"- {_plain(each)}" for each in conclusions(report))


def _skin(report: Report) -> Iterator[str]:
    told = [f"- {_plain(each)}" for each in skin_alone(report)]
    if told:
        yield from ("## What the skin alone did\n", _plain(LIMITS), "", *told, "")


def _failures(report: Report) -> Iterator[str]:
    for each in report.systems:
        if each.failures:
            failed = sum(each.failures.values())
            yield f"{each.name}: no answer to {failed:,} of {each.pictures:,} pictures; they count as failures"
    if report.problems:
        yield f"{len(report.problems):,} problems were met, the first: {report.problems[0].name}: {report.problems[0].why}"


def _table(table: Shown) -> Iterator[str]:
    yield f"{_plain(table.caption)}\n"
    yield "| " + " | ".join(map(_plain, table.columns)) + " |"
    yield "|" + "---|" * len(table.columns)
    yield from ("| " + " | ".join(map(_plain, row)) + " |" for row in table.rows)
    if table.note:
        yield f"\n{_plain(table.note)}"


def _plain(text: str) -> str:
    return _SIGNS.sub(r"\\\1", " ".join(text.split()))
