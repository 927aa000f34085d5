"""Records go to JSON and back without loss; anything else is an error with its place."""

from __future__ import annotations

import json
from dataclasses import dataclass

import pytest

from evenface.errors import EvenfaceError
from evenface.files.codec import canonical_json, from_json, to_json
from evenface.people.identity import person
from evenface.people.plan import make_plan
from evenface.records import Identity, Shot
from evenface.shots import shots_for
from evenface.spec import Spec


@dataclass(frozen=True, slots=True)
class Inner:
    share: float
    on: bool = False


@dataclass(frozen=True, slots=True)
class Outer:
    name: str
    count: int
    inner: Inner
    pairs: tuple[tuple[str, float], ...]
    box: tuple[float, float]


RECORD = Outer("ä", 2, Inner(0.1), (("a", 1.0), ("b", 2.5)), (1.0, 1e-300))
GOOD = to_json(RECORD)


def test_a_record_survives():
    assert from_json(Outer, json.loads(canonical_json(to_json(RECORD)))) == RECORD


def test_people_and_shots_survive():
    spec = Spec()
    slot = next(make_plan(spec).slots())
    identity = person(spec.seed, spec.design, slot)
    assert from_json(Identity, json.loads(canonical_json(to_json(identity)))) == identity
    for shot in shots_for(spec, slot):
        assert from_json(Shot, json.loads(canonical_json(to_json(shot)))) == shot


def test_one_spelling():
    assert canonical_json({"b": 0.1, "a": ["ä", 1.0]}) == '{\n "a": [\n  "ä",\n  1.0\n ],\n "b": 0.1\n}\n'.encode()


def test_what_is_not_a_number_has_no_spelling():
    with pytest.raises(ValueError, match="not JSON compliant"):
        canonical_json({"a": float("nan")})


def test_only_records_have_a_form():
    for wrong in ({"a": 1}, Outer):
        with pytest.raises(TypeError, match="is not a record"):
            to_json(wrong)


@pytest.mark.parametrize(
    ("change", "what"),
    [
        ({"count": "2"}, "Outer.count is '2', not int"),
        ({"count": True}, "Outer.count is True, not int"),
        ({"count": 2.0}, "Outer.count is 2.0, not int"),
        ({"name": None}, "Outer.name is None, not str"),
        ({"inner": {"share": 1.0}}, "Outer.inner should have on, share; found share"),
        ({"inner": [1.0]}, "Outer.inner should have on, share; found [1.0]"),
        ({"inner": {"share": "x", "on": True}}, "Outer.inner.share is 'x', not float"),
        ({"pairs": [["a", 1.0], ["b"]]}, "Outer.pairs[1] has 1 entries, not 2"),
        ({"pairs": "ab"}, "Outer.pairs is 'ab', not a list"),
        ({"box": [1.0, None]}, "Outer.box[1] is None, not float"),
        ({"more": 1}, "Outer should have box, count, inner, name, pairs; found box, count, inner, more, name, pairs"),
    ],
)
def test_other_data_is_refused_with_its_place(change, what):
    with pytest.raises(EvenfaceError) as error:
        from_json(Outer, GOOD | change)
    assert error.value.what == what


def test_a_whole_number_is_a_float_where_one_is_due():
    read = from_json(Inner, {"share": 1, "on": True})
    assert repr(read.share) == "1.0"


@dataclass(frozen=True, slots=True)
class Loose:
    entries: tuple[str | int | float | None, ...]
    inner: Inner | None = None


def test_what_may_be_one_of_several_kinds_survives():
    for record in (Loose(("a", 1, 1.0, None)), Loose((), Inner(0.5, True))):
        found = from_json(Loose, json.loads(canonical_json(to_json(record))))
        assert found == record
        assert [type(entry) for entry in found.entries] == [type(entry) for entry in record.entries]


@pytest.mark.parametrize(
    ("data", "what"),
    [
        ({"entries": [True], "inner": None}, "Loose.entries[0] is True, not str or int or float or NoneType"),
        ({"entries": [], "inner": {"share": "x"}}, "Loose.inner is {'share': 'x'}, not Inner or NoneType"),
    ],
)
def test_a_value_of_no_allowed_type_is_an_error(data, what):
    with pytest.raises(EvenfaceError) as error:
        from_json(Loose, data)
    assert error.value.what == what
