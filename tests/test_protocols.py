"""Pairs match their list, in folds that share no person, alike in every cell; the power statement matches the counts."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from functools import cache
from itertools import combinations
from math import comb

import pytest
from click.testing import CliRunner
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from scipy.stats import binom

from evenface.cli import main, make
from evenface.dataset import Dataset
from evenface.dataset.protocols.folds import FOLDS, fold_count, fold_of, folds_of, identification_rows, lfw_file, picture_numbers
from evenface.dataset.protocols.power import ALL, NOTES, power_of
from evenface.dataset.protocols.verification import (
    ACROSS,
    LFW_PAIRS,
    MATED,
    WITHIN,
    across_picks,
    mated_picks,
    pairs_texts,
    rounds_of_cells,
    verification_rows,
    within_picks,
)
from evenface.people.plan import Selection, make_plan, with_selection, write_plan
from evenface.publish.package import package
from evenface.records.diffusion import Machine
from evenface.render import render_run
from evenface.shots import shots_for
from evenface.spec import Spec, as_document, override
from evenface.statistics.intervals import expected_width, wilson_interval

DIFFICULTY = (
    *("yaw_gap_degrees", "pitch_gap_degrees", "exposure_gap_ev", "light_differs", "expression_differs", "background_differs"),
)


@cache
def plan_of(**changes):
    tones = ["monk_02", "monk_05", "monk_09"][: changes.pop("tones", 3)]
    return make_plan(override(Spec(), **({"tones": tones, "size_px": 32, "backend": "swatch"} | changes)))


@cache
def rows_of(plan):
    found = tuple(verification_rows(plan))
    assert {row["list"] for row in found} <= {MATED, WITHIN, ACROSS}
    assert MATED in {row["list"] for row in found}
    return found


designs = st.fixed_dictionaries(
    {
        "design": st.sampled_from(["independent", "crossed"]),
        "tones": st.integers(1, 3),
        "genders": st.sampled_from([("woman",), ("woman", "man"), ("woman", "man", "androgynous")]),
        "identities_per_cell": st.integers(1, 24),
        "images_per_identity": st.integers(1, 3),
        "pairs_per_cell": st.sampled_from([1, 40, 300, 30_000]),
        "seed": st.integers(0, 3),
    }
)
few = settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])


# --------------------------------------------------------------------------------------------------------- what a pair must be


@few
@given(designs)
def test_lists_hold_what_they_say_in_folds_that_share_nobody(changes):
    plan = plan_of(**changes)
    slots = {slot.identity_id: slot for slot in plan.slots()}
    folds = defaultdict(set)
    for row in rows_of(plan):
        a, b = slots[row["identity_id_a"]], slots[row["identity_id_b"]]
        assert (row["cell_a"], row["cell_b"]) == (a.cell.key, b.cell.key)
        assert (row["family_id_a"], row["family_id_b"]) == (a.family_id, b.family_id)
        assert row["image_id_a"] != row["image_id_b"]
        assert row["mated"] == (row["list"] == MATED) == (a == b) == (a.family_id == b.family_id)
        assert (row["list"] == ACROSS) == (a.cell != b.cell)
        for slot in (a, b):
            folds[slot.identity_id].add(row["fold"])
            folds[slot.family_id].add(row["fold"])
    assert {len(found) for found in folds.values()} <= {1}


@few
@given(designs)
def test_no_pair_is_there_twice_and_every_picture_is_of_the_plan(changes):
    plan = plan_of(**changes)
    known = {row["image_id"]: row["picture_number"] for row in identification_rows(plan)}
    rows = rows_of(plan)
    for side in "ab":
        assert all(known[row[f"image_id_{side}"]] == row[f"picture_number_{side}"] for row in rows)
    assert len({frozenset((row["image_id_a"], row["image_id_b"])) for row in rows}) == len(rows)
    assert len({row["pair_id"] for row in rows}) == len(rows)


@few
@given(designs)
def test_every_cell_has_as_many_pairs_as_any_other_just_as_hard_and_no_more_than_asked_for(changes):
    plan = plan_of(**changes)
    cells, folds = len(plan.cells), fold_count(plan.spec.identities_per_cell)
    found = defaultdict(Counter)
    for row in rows_of(plan):
        for cell in {row["cell_a"], row["cell_b"]}:
            found[row["list"], row["fold"], cell][tuple(row[name] for name in DIFFICULTY)] += 1
    for name in (MATED, WITHIN, ACROSS):
        for fold in range(folds):
            alike = [found[name, fold, cell.key] for cell in plan.cells]
            assert alike == alike[:1] * cells, (name, fold)
        for cell in plan.cells:
            # One at least in each fold, and of each two cells, however few are asked for.
            least = folds * (cells - 1 if name == ACROSS else 1)
            total = sum(found[name, fold, cell.key].total() for fold in range(folds))
            assert total <= max(plan.spec.pairs_per_cell, least)


@pytest.mark.parametrize("design", ["independent", "crossed"])
def test_every_two_cells_meet_equally_often(design):
    met = Counter(
        frozenset((row["cell_a"], row["cell_b"]))
        for row in rows_of(plan_of(design=design, identities_per_cell=6, images_per_identity=1))
        if row["list"] == ACROSS
    )
    assert len(met) == comb(6, 2)
    assert len(set(met.values())) == 1


def test_without_a_limit_every_pair_of_a_fold_is_there():
    plan = plan_of(identities_per_cell=5, images_per_identity=2, pairs_per_cell=10**6)
    counts = Counter(row["list"] for row in rows_of(plan))
    # Two folds: three people and two, of three pictures each, in six cells.
    assert counts == {MATED: 6 * 5 * 3, WITHIN: 6 * (3 + 1) * 9, ACROSS: 15 * (9 + 4) * 9}


def test_the_difficulty_is_that_of_the_shots():
    plan = plan_of(identities_per_cell=4, images_per_identity=3)
    slots = {slot.identity_id: slot for slot in plan.slots()}
    for row in rows_of(plan)[::37]:
        one, other = (
            next(
                shot
                for shot in shots_for(plan.spec, slots[row[f"identity_id_{side}"]])
                if row[f"image_id_{side}"].endswith(f"_{shot.shot_id}")
            )
            for side in "ab"
        )
        assert {name: row[name] for name in DIFFICULTY} == {
            "yaw_gap_degrees": abs(one.yaw_degrees - other.yaw_degrees),
            "pitch_gap_degrees": abs(one.pitch_degrees - other.pitch_degrees),
            "exposure_gap_ev": abs(one.exposure_ev - other.exposure_ev),
            "light_differs": one.light != other.light,
            "expression_differs": one.expression != other.expression,
            "background_differs": one.background != other.background,
        }


# -------------------------------------------------------------------------------------------------------- picks by numbers alone


@given(st.integers(0, 99), st.integers(1, 9), st.integers(2, 6))
def test_picks_go_through_everything_once(seed, people, pictures):
    members = [3 * number for number in range(people)]
    every = 10**9
    mated = Counter(mated_picks(seed, members, pictures, every))
    assert mated == Counter((who, who, *two) for who in members for two in combinations(range(pictures), 2))
    within = {(one, other) for one, other in combinations(members, 2)}
    shots = [(s, t) for s in range(pictures) for t in range(pictures)]
    assert Counter(within_picks(seed, members, pictures, every)) == Counter((*two, *shot) for two in within for shot in shots)
    for same in (True, False):
        across = {(one, other) for one in members for other in members if same or one != other}
        found = Counter(across_picks(seed, members, pictures, every, same_number=same))
        assert found == Counter((*two, *shot) for two in across for shot in shots)


@given(st.integers(0, 99), st.integers(2, 12), st.integers(1, 150))
def test_a_limit_spreads_over_people_before_it_repeats_any(seed, people, limit):
    met = Counter((pick.first, pick.second) for pick in within_picks(seed, range(people), 3, limit))
    assert met.total() == min(limit, 9 * comb(people, 2))
    if met.total() < comb(people, 2):
        assert set(met.values()) == {1}
    else:
        assert len(met) == comb(people, 2)
        assert max(met.values()) - min(met.values()) <= 1


@given(st.integers(0, 99), st.integers(2, 8), st.integers(1, 5))
def test_more_people_take_no_pair_away(seed, people, more):
    for picks in (mated_picks, within_picks):
        assert set(picks(seed, range(people), 4, 10**9)) <= set(picks(seed, range(people + more), 4, 10**9))


def test_a_person_of_very_many_pictures_costs_no_more_than_the_limit():
    assert len(set(mated_picks(0, range(4), 10_001, 500))) == 500
    assert len(set(within_picks(0, range(4), 10_001, 500))) == 500


def test_what_is_kept_on_the_way_is_what_would_be_kept_at_the_end():
    # Past twice the limit couples are dropped early; the first round of a larger limit begins with the same.
    small, large = (list(within_picks(1, range(60), 2, limit)) for limit in (40, 10**6))
    assert small == large[:40]


# ----------------------------------------------------------------------------------------------------------------------- folds


@given(st.integers(0, 2**40), st.integers(20, 400), st.integers(1, 400))
def test_more_people_move_nobodys_fold(seed, people, more):
    before, after = folds_of(seed, people), folds_of(seed, people + more)
    assert len(before) == len(after) == FOLDS
    assert all(set(one) <= set(other) for one, other in zip(before, after, strict=True))


def test_each_block_of_people_is_dealt_anew():
    blocks = [tuple(fold_of(0, index, FOLDS) for index in range(start, start + FOLDS)) for start in range(0, 50, FOLDS)]
    assert [sorted(block) for block in blocks] == [list(range(FOLDS))] * 5
    assert len(set(blocks)) == 5


@given(st.integers(0, 2**40), st.integers(1, 200))
def test_folds_are_even_and_hold_everybody(seed, people):
    folds = folds_of(seed, people)
    assert sorted(index for fold in folds for index in fold) == list(range(people))
    assert max(map(len, folds)) - min(map(len, folds)) <= 1
    assert all(fold_of(seed, index, len(folds)) == number for number, fold in enumerate(folds) for index in fold)
    assert people < 2 or min(map(len, folds)) >= 2


@pytest.mark.parametrize(("people", "folds"), [(1, 1), (3, 1), (4, 2), (19, 9), (20, 10), (10_000, 10)])
def test_few_people_make_fewer_folds(people, folds):
    assert fold_count(people) == folds


def test_the_same_people_keep_fold_and_pairs_in_a_larger_plan():
    small, large = (plan_of(tones=1, identities_per_cell=people, images_per_identity=1) for people in (20, 23))
    assert {row["pair_id"] for row in rows_of(small)} < {row["pair_id"] for row in rows_of(large)}
    folds = {row["image_id"]: row["fold"] for row in identification_rows(large)}
    assert all(folds[row["image_id"]] == row["fold"] for row in identification_rows(small))


def test_another_limit_does_not_change_the_plan(tmp_path, made):
    few_pairs, spec = plan_of(identities_per_cell=3, pairs_per_cell=7), plan_of(identities_per_cell=3).spec
    assert few_pairs.plan_hash == make_plan(spec).plan_hash
    assert "protocols" not in as_document(spec)
    folder = made(spec)
    report = render_run(few_pairs, f"{folder}.run", backend="swatch")
    assert (report.done, report.skipped) == (0, few_pairs.pictures_count)
    before = Dataset.open(folder).manifest.rows("protocols/verification")
    after = package(f"{folder}.run", folder).manifest
    assert after.spec.pairs_per_cell == 7
    assert after.rows("protocols/verification") == 6 * (7 + 7) + 15 < before


def test_a_choice_of_people_outlives_another_limit(tmp_path):
    plan = plan_of(select="sface", candidates=2)
    chosen = with_selection(plan, Selection(("sface: x 1.0",), (1,) * 6))
    write_plan(chosen, tmp_path / "faces.run" / "plan.json")
    asked = make_plan(override(plan.spec, pairs_per_cell=7))
    found = make.plan_with_people(asked, tmp_path / "faces", tmp_path / "faces.run", 1, True, True, Machine())
    assert (found.selection, found.spec.pairs_per_cell) == (chosen.selection, 7)


# -------------------------------------------------------------------------------------------------------------- searches and LFW


def test_a_search_has_one_reference_of_each_person_and_all_other_pictures_as_probes(tiny_dataset):
    dataset = Dataset.open(tiny_dataset)
    pictures = {row["image_id"]: row for row in dataset.rows("default", ("image_id", "identity_id", "family_id", "cell", "kind"))}
    rows = list(dataset.rows("identification"))
    assert sorted(row["image_id"] for row in rows) == sorted(pictures)
    for row in rows:
        assert pictures[row["image_id"]] == {name: row[name] for name in ("image_id", "identity_id", "family_id", "cell")} | {
            "kind": row["role"]
        }
        assert (row["picture_number"] == 1) == (row["role"] == "reference")


def test_pictures_are_numbered_from_the_reference_on():
    shots = ["probe_100", "probe_09", "reference", "probe_11", "probe_10", "probe_99"]
    assert list(picture_numbers(shots)) == ["reference", "probe_09", "probe_10", "probe_11", "probe_99", "probe_100"]
    assert list(picture_numbers(reversed(shots)).values()) == [1, 2, 3, 4, 5, 6]
    assert lfw_file("id_00ff", 12) == "id_00ff/id_00ff_0012.jpg"


def parse(text):
    """Read pairs.txt as those do who have only LFW's own description."""
    head, *lines = text.splitlines()
    folds, count = map(int, head.split("\t"))
    assert len(lines) == 2 * folds * count
    blocks = [lines[at : at + count] for at in range(0, len(lines), count)]
    return count, [
        ([line.split("\t") for line in same], [line.split("\t") for line in other])
        for same, other in zip(blocks[::2], blocks[1::2], strict=True)
    ]


def test_pairs_txt_is_lfws_and_means_the_same_pictures(made):
    folder = made(plan_of(identities_per_cell=7, images_per_identity=2).spec)
    dataset = Dataset.open(folder)
    names = {(row["identity_id"], row["picture_number"]): row for row in dataset.rows("identification")}
    cells = {row["identity_id"]: row["cell"] for row in names.values()}
    listed = {frozenset((row["image_id_a"], row["image_id_b"])): row for row in dataset.rows("verification")}
    for file, name in (("pairs_within_cell.txt", WITHIN), ("pairs_across_cells.txt", ACROSS)):
        count, folds = parse((folder / "protocols" / file).read_text())
        assert (count % 6, len(folds)) == (0, 3)
        seen = []
        for same, other in folds:
            assert {len(line) for line in same} == {3}
            assert {len(line) for line in other} == {4}
            pairs = [(line[0], line[1], line[0], line[2]) for line in same] + other
            met = [{names[who, int(number)]["image_id"] for who, number in (pair[:2], pair[2:])} for pair in pairs]
            rows = [listed[frozenset(two)] for two in met]
            assert [row["list"] for row in rows] == [MATED] * count + [name] * count
            assert len({row["fold"] for row in rows}) == 1
            seen.append({who for pair in pairs for who in (pair[0], pair[2])})
            # As many of every cell, in either half.
            for half in (same, other):
                of_cells = Counter(cells[who] for line in half for who in {line[0], line[-2] if len(line) == 4 else line[0]})
                assert len(of_cells) == 6
                if name == WITHIN or half is same:
                    assert set(Counter(cells[line[0]] for line in half).values()) == {count // 6}
                else:
                    assert set(of_cells.values()) == {count // 3}
        assert not any(one & other for one, other in combinations(seen, 2))


def test_pairs_txt_is_at_most_as_large_as_lfw_for_each_cell(monkeypatch, made):
    folder = made(plan_of(identities_per_cell=4, images_per_identity=3).spec)
    monkeypatch.setattr("evenface.dataset.protocols.verification.LFW_PAIRS", 5)
    texts = pairs_texts(Dataset.open(folder))
    assert {text.partition("\n")[0] for text in texts.values()} == {"2\t30"}
    assert LFW_PAIRS == 300


def test_a_list_without_pairs_makes_no_text(made):
    folder = made(plan_of(identities_per_cell=1).spec)
    assert sorted(path.name for path in (folder / "protocols").iterdir()) == [
        "identification",
        "pairs_across_cells.txt",
        "verification",
    ]


@pytest.mark.parametrize("count", [2, 3, 6, 7, 20])
def test_a_round_robin_takes_every_cell_once_a_round(count):
    met = rounds_of_cells(range(count))
    assert sorted(met) == list(combinations(range(count), 2))
    half = count // 2
    for at in range(0, len(met), half):
        assert len({cell for two in met[at : at + half] for cell in two}) == 2 * half


# ------------------------------------------------------------------------------------------------------------------------- power


def test_the_statement_is_what_was_counted_by_hand():
    plan = plan_of(tones=1, genders=("woman", "man"), identities_per_cell=20, images_per_identity=4)
    power = power_of(rows_of(plan), [cell.key for cell in plan.cells])
    pairs, rates, widths = ({row[0]: row[1:] for row in table.rows} for table in power.tables)
    # Ten folds of two people with five pictures: ten pairs of people, 25 pairs of pictures each.
    assert pairs["monk_02/woman"] == (20, 200, 250, 10, 1000)
    assert pairs[ALL] == (40, 400, 500, 20, 1000)
    assert rates["monk_02/man"] == (30 / 250, 3 / 250, 3 / 10, 30 / 1000, 30 / 200, None)
    assert rates[ALL] == (30 / 500, 3 / 500, 3 / 20, 30 / 1000, 30 / 400, 30 / 40)
    assert widths["monk_02/man"] == tuple(expected_width(rate=0.001, total=total) for total in (250, 10, 10))
    assert widths["monk_02/man"][0] < widths["monk_02/man"][1]
    assert power.folds == 10
    assert power.notes[1:] == NOTES


def test_people_who_are_in_fewer_pairs_than_others_count_for_less():
    plan = plan_of(tones=1, genders=("woman",), identities_per_cell=25, images_per_identity=1)
    power = power_of(rows_of(plan), ["monk_02/woman"])
    pairs, rates, widths = ({row[0]: row[1:] for row in table.rows} for table in power.tables)
    # Five folds of three people, each in two pairs, and five folds of two, each in one: 2 x 20^2 / (15 x 4 + 10 x 1) = 11.4.
    assert pairs["monk_02/woman"][3] == 20
    assert rates["monk_02/woman"][2] == 3 / 11
    assert widths["monk_02/woman"][1:] == tuple(expected_width(rate=0.001, total=total) for total in (20, 11))


def test_heads_that_several_people_share_count_once():
    plan = plan_of(design="crossed", genders=("woman",), identities_per_cell=6, images_per_identity=1)
    power = power_of(rows_of(plan), [cell.key for cell in plan.cells])
    pairs, rates, _ = ({row[0]: row[1:] for row in table.rows} for table in power.tables)
    assert pairs[ALL][0] == 18
    assert pairs[ALL][3] == pairs["monk_02/woman"][3] == 3
    assert rates[ALL][2] == rates["monk_02/woman"][2] == 3 / 3


def test_what_cannot_be_measured_is_missing_and_never_invented():
    plan = plan_of(identities_per_cell=1, images_per_identity=1)
    power = power_of(rows_of(plan), [*(cell.key for cell in plan.cells), "monk_09/nobody"])
    pairs, rates, widths = ({row[0]: row[1:] for row in table.rows} for table in power.tables)
    assert pairs["monk_02/woman"] == (1, 1, 0, 0, 20)
    assert set(rates["monk_02/woman"]) == set(widths["monk_02/woman"]) == set(rates["monk_09/nobody"]) == {None}
    assert power.notes[0].startswith("One fold in place of 10, ten need 20 people in each cell: a threshold cannot be chosen")


@pytest.mark.parametrize(("people", "says"), [(5, "2 folds in place of 10, ten need 20 people in each cell"), (20, "10 folds: ")])
def test_fewer_folds_are_said_aloud(people, says):
    plan = plan_of(tones=1, genders=("woman",), identities_per_cell=people, images_per_identity=1)
    assert power_of(rows_of(plan), ["monk_02/woman"]).notes[0].startswith(says)


def test_the_expected_width_is_the_mean_over_all_that_may_come():
    total, rate = 400, 0.01
    brute = sum(
        binom.pmf(errors, total, rate) * (interval.high - interval.low)
        for errors in range(total + 1)
        for interval in [wilson_interval(errors, total)]
    )
    assert expected_width(rate=rate, total=total) == pytest.approx(brute, rel=1e-6)
    # The normal approximation, where it holds: twice 1.96 standard errors.
    assert expected_width(rate=0.1, total=10**4) == pytest.approx(2 * 1.96 * (0.09 / 10**4) ** 0.5, rel=0.01)


def test_power_says_the_same_of_a_plan_and_of_its_dataset(made, tmp_path):
    plan = plan_of(identities_per_cell=3, images_per_identity=2)
    folder = made(plan.spec)
    write_plan(plan, tmp_path / "plan.json")

    def said(source, *options):
        done = CliRunner().invoke(main, ["power", str(source), *options])
        assert done.exit_code == 0, done.output
        return done.stdout

    found = json.loads(said(folder, "--json"))
    assert found == json.loads(said(tmp_path / "plan.json", "--json"))
    assert next(table["title"] for table in found["tables"]) == "Verification pairs"
    assert found["tables"][0]["rows"][0] == ["monk_02/woman", 3, 9, 27, 3, 405]
    text = said(tmp_path / "plan.json")
    assert "One fold in place of 10" in text
    assert "Hoeffding 1948" in text


def test_power_of_what_is_neither_is_wrong_use(tmp_path):
    done = CliRunner().invoke(main, ["power", str(tmp_path / "none")])
    assert (done.exit_code, done.stderr.splitlines()[0]) == (2, f"Error: the folder {tmp_path / 'none'} does not exist")
    done = CliRunner().invoke(main, ["power", str(tmp_path / "plan.json")])
    assert (done.exit_code, done.stderr.splitlines()) == (
        2,
        [
            f"Error: the plan {tmp_path / 'plan.json'} does not exist",
            f"Try: make it: evenface plan SPEC.toml --out {tmp_path / 'plan.json'}",
        ],
    )
    (tmp_path / "plan.json").write_text("{}")
    done = CliRunner().invoke(main, ["power", str(tmp_path / "plan.json")])
    assert (done.exit_code, done.stderr.splitlines()[0]) == (2, f"Error: {tmp_path / 'plan.json'} is not a plan")
