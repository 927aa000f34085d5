"""Does the audit measure what it says? Simulated systems with planted errors, judged by the audit's own metrics.

Counts how often the 95 % intervals cover what was planted, how often a planted gap is found against the power that was promised,
and how often a gap is called where there is none. Prints the tables of benchmarks/README.md.

python benchmarks/audit_proof.py [--seeds 200] [--people 4 20]
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from evenface.audit.metrics.groups import Grouping, grouping_of
from evenface.vocabulary import SCALES

Floats = NDArray[np.float64]

TONES = tuple(tone.name for tone in SCALES["monk"].tones)
GENDERS = ("woman", "man")
STEP, GENDER = np.repeat(np.arange(1, 11), 2), np.tile([0, 1], 10)
SHOTS = 4

WORLDS: dict[str, Floats] = {
    "equal everywhere": np.full(20, 0.1),
    "20 points more for tones 8 to 10": np.where(STEP >= 8, 0.3, 0.1),
    "dark-skinned women alone": np.where((STEP >= 6) & (GENDER == 0), 0.35, 0.05),
    "grows with darkness": 0.02 + 0.03 * (STEP - 1),
}
"""Rates of the twenty cells."""


def world(people: int, *, crossed: bool = False) -> Grouping:
    """Return the labels of ten tones x two genders x ``people`` x four pictures."""
    tone = np.repeat(STEP - 1, people * SHOTS)
    gender = np.repeat(GENDER, people * SHOTS)
    person = np.repeat(np.arange(20 * people), SHOTS)
    place = person % people
    return grouping_of(
        tone=tone,
        gender=gender,
        person=person,
        family=gender * people + place if crossed else person,
        tones=TONES,
        genders=GENDERS,
        scale="monk",
        design="crossed" if crossed else "independent",
    )


def errors(rng: np.random.Generator, grouping: Grouping, rates: Floats, likeness: float) -> Floats:
    """Draw errors whose rate is planted, pictures of one person correlated by ``likeness`` (beta-binomial).

    In a crossed world the family brings half of what is alike, the person the other half.
    """
    from scipy.stats import beta, norm

    people = int(grouping.person.max()) + 1
    first = np.unique(grouping.person, return_index=True)[1]
    share = 0.5 if grouping.design == "crossed" else 0.0
    shared = rng.standard_normal(int(grouping.family.max()) + 1)[grouping.family[first]]
    normal = np.sqrt(share) * shared + np.sqrt(1 - share) * rng.standard_normal(people)
    planted = rates[grouping.cell[first]]
    scale = (1 - likeness) / likeness
    own = beta.ppf(norm.cdf(normal), planted * scale, (1 - planted) * scale)
    return (rng.random(len(grouping.person)) < own[grouping.person]).astype(np.float64)
