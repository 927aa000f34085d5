"""A plan is balanced, hashed, streamed, and read back only unchanged."""

from __future__ import annotations

import json
import re
import tracemalloc
from collections import Counter
from itertools import islice

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evenface import __version__
from evenface.errors import EvenfaceError, UsageFault
from evenface.people.plan import estimate, make_plan, read_plan, write_plan
from evenface.spec import Spec, override, preset
from evenface.vocabulary import AGE_BANDS, DESIGNS, GENDERS, SCALES, Cell

BANDS = [band for band in AGE_BANDS if band != "18-80"]


@st.composite
def specs(draw, most=4):
    scale = draw(st.sampled_from(sorted(SCALES)))
    tones = [tone.name for tone in SCALES[scale].tones]
    return override(
        Spec(scale=scale),
        tones=draw(st.lists(st.sampled_from(tones), min_size=1, unique=True)),
        genders=draw(st.lists(st.sampled_from(GENDERS), min_size=1, unique=True)),
        age_bands=draw(st.just(["18-80"]) | st.lists(st.sampled_from(BANDS), min_size=1, unique=True)),
        design=draw(st.sampled_from(DESIGNS)),
        identities_per_cell=draw(st.integers(1, most)),
        images_per_identity=draw(st.integers(1, 9)),
        seed=draw(st.integers(0, 2**53 - 1)),
    )


@given(spec=specs())
def test_every_cell_has_the_same_number_of_people_and_every_person_a_name_of_their_own(spec):
    plan = make_plan(spec)
    slots = list(plan.slots())
    assert Counter(slot.cell for slot in slots) == dict.fromkeys(plan.cells, spec.identities_per_cell)
    assert len({slot.identity_id for slot in slots}) == len(slots) == plan.people_count
    assert plan.pictures_count == plan.people_count * (spec.images_per_identity + 1)


@given(spec=specs())
def test_the_first_person_of_every_cell_comes_before_the_second_of_any(spec):
    assert [slot.index for slot in make_plan(spec).slots()] == sorted(slot.index for slot in make_plan(spec).slots())


@given(spec=specs(), more=st.integers(1, 3))
def test_adding_people_leaves_the_others_as_they_are(spec, more):
    grown = override(spec, identities_per_cell=spec.identities_per_cell + more)
    before = list(make_plan(spec).slots())
    assert list(make_plan(grown).slots())[: len(before)] == before


@given(spec=specs())
def test_taking_tones_genders_or_bands_away_leaves_the_others_as_they_are(spec):
    fewer = override(spec, tones=spec.tones[-1:], genders=spec.genders[:1], age_bands=spec.age_bands[-1:])
    assert set(make_plan(fewer).slots()) <= set(make_plan(spec).slots())


def test_a_family_is_one_head_in_every_tone_when_crossed_and_one_person_otherwise():
    for design, tones in (("crossed", 10), ("independent", 1)):
        spec = Spec(design=design, identities_per_cell=3, age_bands=("18-29", "60-80"))
        families = Counter(slot.family_id for slot in make_plan(spec).slots())
        assert set(families.values()) == {tones}
        assert len(families) == 120 // tones
    crossed = [slot for slot in make_plan(Spec(design="crossed")).slots() if slot.cell.gender == "man"]
    assert {slot.cell.tone for slot in crossed} == {tone.name for tone in SCALES["monk"].tones}
    assert len({slot.family_id for slot in crossed}) == 1


def test_the_cells_of_three_axes():
    spec = Spec(tones=("monk_01", "monk_10"), genders=("woman", "androgynous"), age_bands=("18-29",))
    keys = [cell.key for cell in make_plan(spec).cells]
    assert keys == ["monk_01/woman/18-29", "monk_01/androgynous/18-29", "monk_10/woman/18-29", "monk_10/androgynous/18-29"]


@settings(max_examples=50)
@given(spec=specs(), other=specs())
def test_the_hash_is_that_of_the_spec(spec, other):
    assert re.fullmatch("[0-9a-f]{64}", make_plan(spec).plan_hash)
    assert (make_plan(spec).plan_hash == make_plan(other).plan_hash) == (spec == other)


def test_every_field_of_the_spec_and_the_version_are_in_the_hash(monkeypatch):
    base = preset("demo")
    changes = {
        "scale": "ita",
        "tones": (1,),
        "genders": ("man",),
        "age_bands": ("18-29",),
        "design": "crossed",
        "identities_per_cell": 2,
        "images_per_identity": 2,
        "size_px": 64,
        "samples": 1,
        "seed": 1,
        "backend": "swatch",
        "select": "dlib",
        "candidates": 3,
    }
    hashes = {make_plan(override(base, **{key: value})).plan_hash for key, value in changes.items()}
    hashes.add(make_plan(base).plan_hash)
    monkeypatch.setattr("evenface.people.plan.__version__", "9.9.9")
    hashes.add(make_plan(base).plan_hash)
    assert len(hashes) == len(changes) + 2


def test_a_million_people_stream_in_flat_memory():
    plan = make_plan(Spec(identities_per_cell=50_000))
    assert (plan.people_count, plan.pictures_count) == (1_000_000, 4_000_000)
    list(islice(plan.slots(), 100))
    tracemalloc.start()
    try:
        count = sum(1 for _ in islice(plan.slots(), 30_000))
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert count == 30_000
    assert peak < 200_000  # a list of 30,000 slots takes 10 MB


def test_the_plan_file_declares_cells_and_totals_but_no_people(tmp_path):
    plan = make_plan(Spec(tones=("monk_01", "monk_06"), identities_per_cell=3, images_per_identity=2))
    write_plan(plan, tmp_path / "plan.json")
    found = json.loads((tmp_path / "plan.json").read_text())
    assert found["totals"] == {"cells": 4, "people": 12, "pictures": 36}
    assert found["cells"][1] == {
        "cell": "monk_01/man",
        "tone": "monk_01",
        "gender": "man",
        "age_band": "18-80",
        "people": 3,
        "pictures": 9,
        "share": 0.25,
    }
    assert (found["plan_hash"], found["generator_version"]) == (plan.plan_hash, __version__)
    assert sorted(found) == ["cells", "format", "generator_version", "plan_hash", "selection", "spec", "totals"]
    assert [path.name for path in tmp_path.iterdir()] == ["plan.json"]


@settings(max_examples=25, deadline=None)
@given(spec=specs())
def test_a_plan_is_read_back_equal_and_written_again_the_same(spec, tmp_path_factory):
    folder = tmp_path_factory.mktemp("plans")
    plan = make_plan(spec)
    write_plan(plan, folder / "one.json")
    write_plan(read_plan(folder / "one.json"), folder / "two.json")
    assert read_plan(folder / "one.json") == plan
    assert (folder / "one.json").read_bytes() == (folder / "two.json").read_bytes()


def touched(path, change) -> UsageFault:
    content = json.loads(path.read_text())
    change(content)
    path.write_text(json.dumps(content))
    with pytest.raises(UsageFault) as caught:
        read_plan(path)
    return caught.value


@pytest.fixture
def plan_file(tmp_path):
    write_plan(make_plan(preset("demo")), tmp_path / "plan.json")
    return tmp_path / "plan.json"


def test_a_changed_spec_is_refused_with_both_hashes(plan_file):
    fault = touched(plan_file, lambda content: content["spec"].update(seed=5))
    stated, real = make_plan(preset("demo")).plan_hash, make_plan(override(preset("demo"), seed=5)).plan_hash
    assert fault.what == f"the plan {plan_file} was changed: it states the hash {stated}, but its content has {real}"
    assert fault.hint == f"make it again: evenface plan SPEC.toml --out {plan_file}"


def test_changed_cells_are_refused_with_both_hashes(plan_file):
    fault = touched(plan_file, lambda content: content["cells"][0].update(people=5))
    assert re.search(r"gives cells and totals with the hash [0-9a-f]{64}, but it holds [0-9a-f]{64}$", fault.what)


def test_a_plan_whose_spec_is_wrong_says_where(plan_file):
    fault = touched(plan_file, lambda content: content["spec"]["cells"].update(tones=["monk_99"]))
    assert fault.what == f'{plan_file}: [cells] tones[0]: the scale monk has no tone "monk_99"'


def test_files_that_are_not_plans_are_refused(tmp_path, plan_file):
    broken, other, missing = tmp_path / "broken.json", tmp_path / "other.json", tmp_path / "none.json"
    broken.write_text('{"plan')
    other.write_text("[1]")
    found = []
    for path in (broken, other, missing, tmp_path):
        with pytest.raises(UsageFault) as caught:
            read_plan(path)
        found.append(caught.value.what)
    assert found == [
        f"the plan {broken} is not JSON: Unterminated string starting at: line 1 column 2 (char 1)",
        f"{other} is not a plan",
        f"the plan {missing} does not exist",
        f"the plan {tmp_path} cannot be read: Is a directory",
    ]
    assert touched(plan_file, lambda content: content.update(format=99)).what == (
        f"the plan {plan_file} has the format 99, and this version reads 4"
    )


def test_a_plan_that_cannot_be_written_leaves_nothing(tmp_path):
    (tmp_path / "plan.json").mkdir()
    with pytest.raises(EvenfaceError, match=r"plan\.json"):
        write_plan(make_plan(preset("demo")), tmp_path / "plan.json")
    assert [path.name for path in tmp_path.iterdir()] == ["plan.json"]


def test_the_estimate_grows_with_people_size_and_samples():
    base = estimate(make_plan(preset("demo")))
    assert 5 < base.seconds < 120
    twice = estimate(make_plan(override(preset("demo"), identities_per_cell=2)))
    assert twice == pytest.approx((2 * base.seconds, 2 * base.bytes), abs=2)
    larger = estimate(make_plan(override(preset("demo"), size_px=256)))
    assert larger.seconds > 2 * base.seconds
    assert larger.bytes > 2 * base.bytes
    assert estimate(make_plan(override(preset("demo"), samples=48))).seconds > 2 * base.seconds
    assert estimate(make_plan(override(preset("demo"), backend="swatch"))).seconds < base.seconds / 10
    assert estimate(make_plan(override(preset("demo"), backend="own:Backend"))) == base
    chosen = estimate(make_plan(override(preset("demo"), select="sface+dlib", candidates=8)))
    assert chosen.seconds > 2 * base.seconds
    assert chosen.bytes == base.bytes


def test_every_cell_has_its_own_key():
    cells = make_plan(Spec(genders=GENDERS, age_bands=tuple(BANDS))).cells
    assert len({cell.key for cell in cells}) == len(cells) == 120
    assert Cell("monk_06", "woman").key == "monk_06/woman"


def test_the_folder_of_a_model_is_no_part_of_the_plan():
    changes = {"backend": "diffusion", "profile": "controlnet", "size_px": 64}
    here, there, other = (
        make_plan(override(Spec(), **changes, model=model, controlnets=[f"depth={net}"]))
        for model, net in (("/a/painter", "./depth"), ("/b/c/painter", "~/depth"), ("/a/editor", "./depth"))
    )
    assert here.plan_hash == there.plan_hash != other.plan_hash
    assert here.spec.diffusion.model == "/a/painter"
