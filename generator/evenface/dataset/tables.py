"""Tables about a dataset: its composition, and how the measured tone agrees with the designed one."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from statistics import fmean

from evenface.dataset.read import Dataset
from evenface.dataset.rows import Row
from evenface.report import Entry, Table
from evenface.statistics.intervals import wilson_interval
from evenface.vocabulary import Scale

__all__ = ["AGREEMENT_COLUMNS", "agreement_table", "composition_table", "steps_apart"]

AGREEMENT_COLUMNS = ("tone", "measured_tone", "measured_l_star", "measured_a_star", "measured_b_star")
"""What ``agreement_table`` reads of a row."""


def steps_apart(scale: Scale, one: str, other: str) -> int:
    """Return how many steps lie between two tones."""
    return abs(scale.tone(one).step - scale.tone(other).step)


def composition_table(dataset: Dataset) -> Table:
    """Return people and pictures by tone and gender annotation, counted in the rows; cells of all age bands together."""
    people, pictures = (
        Counter((row["tone"], row["gender"]) for row in dataset.rows(config, ("tone", "gender")))
        for config in ("identities", "default")
    )
    spec = dataset.manifest.spec
    rows: list[tuple[Entry, ...]] = [
        (tone, *(count for gender in spec.genders for count in (people[tone, gender], pictures[tone, gender])))
        for tone in spec.tones
    ]
    columns = (f"{gender}, {what}" for gender in spec.genders for what in ("people", "pictures"))
    return Table("People and pictures", ("tone", *columns), tuple(rows))


def agreement_table(rows: Iterable[Row], scale: Scale, tones: Sequence[str]) -> Table:
    """Compare designed with measured tone; ``rows`` are those of the reference shots.

    The distance and the difference of lightness are to the skin colour of the *designed* tone.
    """
    by_tone: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        if row["tone"] is not None:
            by_tone[row["tone"]].append(row)
    columns = (
        "tone",
        "pictures",
        "measured",
        "same tone",
        "low",
        "high",
        "within one step",
        "mean L* difference",
        "mean delta E 2000",
    )
    lines = tuple(_agreement(tone, by_tone[tone], scale) for tone in tones)
    return Table("Designed against measured tone, reference shots", columns, lines)


def _agreement(tone: str, rows: Sequence[Row], scale: Scale) -> tuple[Entry, ...]:
    from evenface.faces.tone import delta_e_2000  # heavy

    measured = [row for row in rows if row["measured_tone"] is not None]
    apart = [steps_apart(scale, tone, row["measured_tone"]) for row in measured]
    # A picture that could not be measured counts as one that disagrees.
    low, high = wilson_interval(apart.count(0), len(rows))
    if not measured:
        return (tone, len(rows), 0, None, low, high, None, None, None)
    designed = scale.tone(tone).lab
    same, near = apart.count(0) / len(rows), sum(steps <= 1 for steps in apart) / len(rows)
    colours = [(row["measured_l_star"], row["measured_a_star"], row["measured_b_star"]) for row in measured]
    lightness = fmean(colour[0] for colour in colours) - designed[0]
    return (tone, len(rows), len(measured), same, low, high, near, lightness, fmean(delta_e_2000(colours, designed)))
