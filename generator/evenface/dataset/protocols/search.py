"""1:N identification: a plan comes in, the role of every picture in a search goes out.

The reference picture of each person is enrolled, the others are probes. Closed set: all references are enrolled. Open set: for
each fold, the references of all other folds are enrolled, and the probes of that fold are searched for people who are not there.
In the crossed design a probe can meet its own head in another tone; ``family_id`` tells.
"""

from __future__ import annotations

from collections.abc import Iterator

from evenface.dataset import Row, image_id_of
from evenface.dataset.protocols.folds import fold_count, fold_of
from evenface.dataset.protocols.numbering import picture_numbers
from evenface.people.plan import Plan
from evenface.shots import shot_ids
from evenface.vocabulary import REFERENCE

__all__ = ["identification_rows"]


def identification_rows(plan: Plan) -> Iterator[Row]:
    """Yield the rows of ``identification``, a person after another in the order of the plan."""
    spec = plan.spec
    folds, numbers = fold_count(spec.identities_per_cell), picture_numbers(shot_ids(spec))
    for slot in plan.slots():
        for shot_id, number in numbers.items():
            yield {
                "image_id": image_id_of(slot.identity_id, shot_id),
                "identity_id": slot.identity_id,
                "family_id": slot.family_id,
                "cell": slot.cell.key,
                "role": "reference" if shot_id == REFERENCE else "probe",
                "fold": fold_of(spec.seed, slot.index, folds),
                "picture_number": number,
            }
