"""Every field of a person and of a shot states whether it may differ between two pictures, and a person stays the same."""

from __future__ import annotations

from dataclasses import fields, is_dataclass

import numpy as np
import pytest

from evenface.people.identity import FRAMES, person
from evenface.people.plan import make_plan
from evenface.records import Identity, Shot
from evenface.records.fields import Constancy, fields_that_are
from evenface.shots import GLASSES_WORN, shots_for
from evenface.spec import Spec
from evenface.vocabulary import SCALES


@pytest.mark.parametrize("record", [Identity, Shot])
def test_every_field_has_exactly_one_constancy(record):
    marked = [name for kind in Constancy for name in fields_that_are(record, kind)]
    assert sorted(marked) == sorted(field.name for field in fields(record))


def test_a_person_has_lasting_fields_and_a_shot_has_those_that_differ():
    assert fields_that_are(Identity, Constancy.PER_SHOT) == ()
    assert fields_that_are(Identity, Constancy.SHOWN_BY_SHOT) == ("hair", "glasses")
    assert fields_that_are(Identity, Constancy.LABEL) == ("identity_id", "family_id", "cell", "index")
    assert fields_that_are(Shot, Constancy.CONSTANT, Constancy.SHOWN_BY_SHOT) == ()
    assert fields_that_are(Shot, Constancy.LABEL) == ("shot_id", "caption", "size_px", "samples", "prompt")


def test_what_is_drawn_per_shot_does_change():
    spec = Spec(tones=("monk_05",), genders=("woman",), identities_per_cell=8, images_per_identity=6)
    shots = [shot for slot in make_plan(spec).slots() for shot in shots_for(spec, slot)[1:]]
    assert len(shots) == 8 * 6
    changing = {field.name for field in fields(Shot) if len({getattr(shot, field.name) for shot in shots}) > 1}
    assert changing == {*fields_that_are(Shot, Constancy.PER_SHOT), "caption", "shot_id"}


def test_glasses_are_off_in_the_reference_and_on_in_most_probes():
    spec = Spec(tones=("monk_05",), genders=("woman",), identities_per_cell=300, images_per_identity=3)
    shots = [shots_for(spec, slot) for slot in make_plan(spec).slots()]
    assert not any(first.glasses_worn for first, *_ in shots)
    assert np.mean([shot.glasses_worn for _, *probes in shots for shot in probes]) == pytest.approx(GLASSES_WORN, abs=0.05)


def test_the_pictures_of_a_person_leave_the_person_as_it_was():
    pytest.importorskip("bpy")
    from evenface.backends.cycles.engine import Cycles

    spec = Spec(tones=("monk_05",), genders=("woman",), identities_per_cell=12, images_per_identity=3, size_px=32, samples=1)
    slots = list(make_plan(spec).slots())
    slot = next(slot for slot in slots if person(spec.seed, spec.design, slot).glasses.frame != FRAMES[0])
    identity, tone = person(spec.seed, spec.design, slot), SCALES["monk"].tone("monk_05")
    reference, *probes = shots_for(spec, slot)
    backend = Cycles()
    first = backend.render(identity, tone, reference)
    body, before = backend._body, frozen(backend._body)
    for shot in probes:
        backend.render(identity, tone, shot)
        assert backend._body is body
    assert frozen(backend._body) == before
    assert backend.render(identity, tone, reference) == first


def frozen(thing):
    """Every array that hangs on a record, as bytes."""
    if isinstance(thing, np.ndarray):
        return thing.tobytes()
    if is_dataclass(thing):
        return tuple(frozen(getattr(thing, field.name)) for field in fields(thing))
    return repr(thing) if isinstance(thing, (int, float, str)) else None
