"""Choosing people far apart: the rule on made-up embeddings, plans that hold a choice, and a real choice by real recognisers."""

from __future__ import annotations

import json
from dataclasses import fields, replace
from itertools import islice

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evenface.errors import EvenfaceError, UsageFault
from evenface.people.identity import CHOSEN, person
from evenface.people.plan import Selection, make_plan, read_plan, with_selection, write_plan
from evenface.render import render_run
from evenface.render.select import Chooser, select
from evenface.spec import Spec, override

TINY = override(Spec(), tones=[3, 8], identities_per_cell=2, genders=["woman", "man"], select="sface+dlib", candidates=2)


def vectors(rng, count, length=128):
    drawn = rng.normal(size=(count, length))
    return [tuple(row) for row in drawn / np.linalg.norm(drawn, axis=1, keepdims=True)]


def near(vector, rng, amount=0.02):
    moved = np.array(vector) + amount * rng.normal(size=len(vector))
    return tuple(moved / np.linalg.norm(moved))


# The rule


@pytest.mark.parametrize("place", range(4))
def test_the_candidate_least_like_the_people_before_is_kept(place):
    rng = np.random.default_rng(place)
    first, stranger = vectors(rng, 2)
    candidates = [near(first, rng) for _ in range(4)]
    candidates[place] = stranger
    chooser = Chooser(["sface"])
    assert chooser.choose({"sface": [first]}, "a") == 0
    assert chooser.choose({"sface": candidates}, "b") == place


def test_both_recognisers_have_a_say():
    rng = np.random.default_rng(1)
    first, other, third = vectors(rng, 3)
    far = tuple(2 * x for x in other)
    # Alike for one recogniser: the other one decides.
    candidates = {"sface": [other, third], "dlib": [first, far]}
    chooser = Chooser(["sface", "dlib"])
    chooser.choose({"sface": [first], "dlib": [first]}, "a")
    assert chooser.choose(candidates, "a") == 1


def test_a_person_of_the_same_cell_counts_more_than_one_of_another():
    rng = np.random.default_rng(2)
    mine, theirs = vectors(rng, 2)
    chooser = Chooser(["sface"])
    chooser.choose({"sface": [mine]}, "a")
    chooser.choose({"sface": [theirs]}, "b")
    assert chooser.choose({"sface": [near(mine, rng, 0.05), near(theirs, rng, 0.05)]}, "a") == 1


def test_candidates_without_a_face_come_last_and_one_is_always_kept():
    rng = np.random.default_rng(3)
    first = vectors(rng, 1)[0]
    chooser = Chooser(["sface"])
    chooser.choose({"sface": [first]}, "a")
    assert chooser.choose({"sface": [None, first]}, "a") == 1
    assert chooser.choose({"sface": [None, None]}, "a") == 0
    assert chooser.choose({"sface": vectors(rng, 2)}, "a") in (0, 1)


@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 2**32 - 1), order=st.permutations(range(4)))
def test_who_is_kept_does_not_depend_on_the_order_of_the_candidates(seed, order):
    rng = np.random.default_rng(seed)
    before, candidates = vectors(rng, 3, 8), vectors(rng, 4, 8)
    kept = []
    for arranged in (candidates, [candidates[at] for at in order]):
        chooser = Chooser(["sface"])
        for vector in before:
            chooser.choose({"sface": [vector]}, "a")
        kept.append(arranged[chooser.choose({"sface": arranged}, "a")])
    assert kept[0] == kept[1]


# Plans that hold a choice


def chosen(spec, attempts):
    return with_selection(make_plan(spec), Selection(("sface: nobody 1.0, sha256 0",), tuple(attempts)))


@pytest.mark.parametrize("design", ["independent", "crossed"])
def test_the_people_of_a_plan_are_those_that_were_chosen(design):
    spec = override(TINY, design=design)
    heads = sum(1 for _ in make_plan(spec).heads())
    assert heads == (8 if design == "independent" else 4)
    plan = chosen(spec, [at % 2 for at in range(heads)])
    by_head = {}
    for slot in plan.slots():
        by_head.setdefault((slot.index, slot.cell.gender, slot.cell.tone if design == "independent" else ""), set()).add(
            slot.attempt
        )
    assert list(by_head.values()) == [{at % 2} for at in range(heads)]


def test_every_attempt_is_another_person_and_the_first_is_the_person_without_a_choice():
    slots = list(chosen(TINY, [0, 1, 0, 1, 0, 1, 0, 1]).slots())
    unchosen = list(make_plan(override(TINY, select="none")).slots())
    people, others = ([person(0, "independent", slot) for slot in group] for group in (slots, unchosen))
    assert [one == other for one, other in zip(people, others, strict=True)] == [True, False] * 4
    assert [one.identity_id for one in people] == [other.identity_id for other in others]


def test_candidates_differ_in_bone_skin_and_brows_alone():
    slot = next(iter(make_plan(TINY).slots()))
    people = [person(0, "independent", replace(slot, attempt=at)) for at in range(8)]
    different = {field.name: len({repr(getattr(one, field.name)) for one in people}) for field in fields(people[0])}
    assert different == dict.fromkeys(different, 1) | dict.fromkeys(CHOSEN, 8)


@given(attempts=st.lists(st.integers(0, 1), min_size=12, max_size=12))
@settings(max_examples=10, deadline=None)
def test_a_plan_with_more_people_keeps_those_of_the_smaller_one(attempts):
    small, large = chosen(TINY, attempts[:8]), chosen(override(TINY, identities_per_cell=3), attempts)
    assert list(islice(large.slots(), 8)) == list(small.slots())


def test_a_chosen_plan_is_read_back_equal_and_has_a_hash_of_its_own(tmp_path):
    plan = chosen(TINY, [1, 0, 0, 1, 1, 0, 1, 0])
    write_plan(plan, tmp_path / "plan.json")
    assert read_plan(tmp_path / "plan.json") == plan
    hashes = {plan.plan_hash, make_plan(TINY).plan_hash, chosen(TINY, [0] * 8).plan_hash}
    assert len(hashes) == 3


def test_a_choice_that_was_changed_by_hand_is_refused(tmp_path):
    write_plan(chosen(TINY, [1] * 8), tmp_path / "plan.json")
    content = json.loads((tmp_path / "plan.json").read_text())
    content["selection"]["attempts"][0] = 0
    (tmp_path / "plan.json").write_text(json.dumps(content))
    with pytest.raises(UsageFault, match="was changed"):
        read_plan(tmp_path / "plan.json")


def test_a_choice_for_another_number_of_heads_is_refused():
    with pytest.raises(EvenfaceError, match="names 3 candidates for 8 heads"):
        chosen(TINY, [0, 0, 0])


def test_a_plan_whose_people_are_still_to_be_chosen_is_not_rendered(tmp_path):
    with pytest.raises(UsageFault) as caught:
        render_run(make_plan(override(TINY, backend="swatch")), tmp_path / "run", backend="swatch")
    assert caught.value.what == "the people of this plan are still to be chosen (select = sface+dlib)"
    assert not (tmp_path / "run").exists()


# A real choice


def test_a_plan_without_a_choice_is_returned_unchanged(tmp_path):
    plan = make_plan(override(TINY, select="none"))
    assert select(plan, tmp_path / "previews") is plan
    assert not (tmp_path / "previews").exists()


@pytest.fixture(scope="module")
def choice(tmp_path_factory):
    folder, reported = tmp_path_factory.mktemp("choice") / "previews", []
    return select(make_plan(TINY), folder, workers=2, on_progress=reported.append), folder, reported


def test_recognisers_choose_and_are_named(choice):
    plan, folder, reported = choice
    assert plan.is_complete
    assert len(plan.selection.attempts) == 8
    assert set(plan.selection.attempts) <= {0, 1}
    assert [name.split(":")[0] for name in plan.selection.recognisers] == ["sface", "dlib"]
    assert sum(reported) == 16
    read = [json.loads(path.read_text()) for path in sorted(folder.iterdir())]
    assert len(read) == 8
    assert all(len(vector) == 128 for head in read for vector in (*head["sface"], *head["dlib"]))


def test_an_interrupted_choice_goes_on_to_the_same_people(choice):
    plan, folder, _ = choice
    gone, damaged, *kept = sorted(folder.iterdir())
    before = {path: path.stat().st_mtime_ns for path in kept}
    gone.unlink()
    damaged.write_text("{")
    again = select(make_plan(TINY), folder)
    assert again == plan
    assert {path: path.stat().st_mtime_ns for path in kept} == before


def test_candidates_of_another_generator_are_not_taken_for_ours(choice):
    plan, folder, _ = choice
    path = sorted(folder.iterdir())[0]
    kept = path.read_bytes()
    path.write_text(json.dumps(json.loads(kept) | {"key": "of something else"}))
    assert select(make_plan(TINY), folder) == plan
    assert path.read_bytes() == kept
