"""Sentences on what was compared, and on what that does not show."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from evenface.examine.leakage.report import LeakageReport

__all__ = ["words_of"]

RULE_OF_30 = 30
"""Errors that make a rate usable: Doddington, Przybocki, Martin and Reynolds 2000, Speech Communication 31, 225-254."""


def words_of(report: LeakageReport) -> tuple[str, ...]:
    """Return the sentences of a report."""
    thresholds = _calibrated(report) if report.labelled else _unlabelled(report)
    return (*_compared(report), *thresholds, *_LIMITS)


_LIMITS = (
    "Rates are of pictures; intervals are of 95 %, over people, and take the thresholds and the gallery as they are.",
    "This says nothing of people who are not in the gallery, nor of a likeness that these recognisers do not measure. "
    "Look at each picture that exceeds; one that does not exceed shows nothing.",
)


def _compared(report: LeakageReport) -> Iterator[str]:
    own, other = report.dataset, report.gallery
    for system, count in other.with_a_face.items():
        mine = own.with_a_face[system]
        if mine and count:
            yield (
                f"{system}: {mine:,} of {own.pictures:,} pictures of {own.source} were compared with {count:,} of "
                f"{other.pictures:,} of {other.source}; in the others no face was found."
            )
        else:
            yield f"{system}: nothing was compared: faces were found in {mine:,} pictures of one side and {count:,} of the other."


def _calibrated(report: LeakageReport) -> Iterator[str]:
    yield (
        f"The thresholds are those at which {report.fmr:g} of the comparisons of two different people of the gallery match. "
        f"The baseline is the same question about {report.baseline_pictures:,} pictures of the gallery: "
        "how many have a neighbour that near among the pictures of all other people (leave one identity out)."
    )
    matches = [int(report.fmr * each.comparisons + 1e-9) for each in report.thresholds if each.comparisons]
    if matches and min(matches) < RULE_OF_30:
        yield f"A threshold rests on {min(matches)} false matches; a usable rate needs {RULE_OF_30} (rule of 30)."
    chance = max((each.false_matches_expected or 0.0 for each in report.thresholds), default=0.0)
    if chance > 1:
        yield (
            f"At this rate a picture has {chance:,.1f} false matches in this gallery by chance alone: nearly every picture, "
            "real or not, exceeds, and the rates say little. Ask for a lower --fmr."
        )


def _unlabelled(report: LeakageReport) -> Iterator[str]:
    yield (
        "The gallery has no identity labels: the thresholds are the public ones of the recognisers, not calibrated on it, "
        "and their false match rate there is unknown. There are no centres."
    )
    yield (
        f"The baseline leaves out one picture at a time ({report.baseline_pictures:,} were searched for): a neighbour is "
        "possibly the same person, so the baseline can be too high and the excess too low."
    )
