"""Metrics of an audit against hand-made cases, fairlearn, and simulated systems with planted errors."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path

import numpy as np
import pytest

from evenface.examine.audit.metrics.contrasts import SLOPE, contrasts_of
from evenface.examine.audit.metrics.figures import figures_of
from evenface.examine.audit.metrics.gaps import gaps
from evenface.examine.audit.metrics.groups import grouping_of
from evenface.examine.audit.metrics.observations import MEAN, RATE, Observations, estimates
from evenface.examine.audit.metrics.pictures import age, confusion, detection, enrolment, gender, tabulate
from evenface.examine.audit.records import Answer, Detection
from evenface.files.pictures import intersection_over_union
from evenface.statistics.clusters import Sample, effective_wilson, rate_interval, spread_of
from evenface.statistics.intervals import wilson_interval


def proof():
    """The benchmark whose figures are published: its worlds are those of these tests."""
    if "audit_proof" not in sys.modules:
        path = Path(__file__).parents[1] / "benchmarks" / "audit_proof.py"
        spec = importlib.util.spec_from_file_location("audit_proof", path)
        sys.modules["audit_proof"] = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(sys.modules["audit_proof"])
    return sys.modules["audit_proof"]


def small(tones=("monk_01", "monk_10"), people=2, shots=2, scale="monk", **options):
    """Return groups of ``tones`` x woman, man x people x shots, and the labels they are made of."""
    count = len(tones) * 2 * people
    person = np.repeat(np.arange(count), shots)
    columns = {
        "tone": np.repeat(np.arange(len(tones)), 2 * people * shots),
        "gender": np.tile(np.repeat([0, 1], people * shots), len(tones)),
        "person": person,
        "family": person,
    }
    return grouping_of(**{**columns, "tones": tones, "genders": ("woman", "man"), "scale": scale, **options})


def observed(values, *, kind=RATE, task="gender", metric="rate", system="toy"):
    found = np.asarray(values, dtype=np.float64)
    return Observations(system, task, metric, kind, found, np.arange(len(found)))


def row(rows, group, metric=None):
    (found,) = [each for each in rows if each.group == group and metric in (None, each.metric)]
    return found


# Groups


def test_groups_are_those_of_every_margin_and_the_shades_of_gender_shades():
    grouping = small(tones=("monk_05", "monk_06"))
    names = {margin: [group.name for group in grouping.margin(margin)] for margin in ("tone", "gender", "cell", "shade")}
    assert names == {
        "tone": ["monk_05", "monk_06"],
        "gender": ["woman", "man"],
        "cell": ["monk_05/woman", "monk_05/man", "monk_06/woman", "monk_06/man"],
        "shade": ["lighter/woman", "lighter/man", "darker/woman", "darker/man"],
    }
    lighter = next(group for group in grouping.groups if group.name == "lighter/woman")
    assert [grouping.cells[at] for at in np.flatnonzero(lighter.cells)] == ["monk_05/woman"]


@pytest.mark.parametrize(
    ("scale", "tones", "darker"),
    [
        ("ita", ("ita_intermediate", "ita_tan"), "ita_tan"),
        ("fitzpatrick", ("fitzpatrick_3", "fitzpatrick_4"), "fitzpatrick_4"),
    ],
)
def test_the_border_of_the_shades_of_other_scales(scale, tones, darker):
    grouping = small(tones=tones, scale=scale)
    group = next(each for each in grouping.groups if each.name == "darker/man")
    assert [grouping.cells[at] for at in np.flatnonzero(group.cells)] == [f"{darker}/man"]


def test_a_scale_without_an_order_has_neither_shades_nor_a_slope():
    grouping = small(tones=("pale", "deep"), scale="own")
    assert grouping.margin("shade") == ()
    assert SLOPE not in [each.group for each in contrasts_of(grouping, np.ones(4, dtype=bool))]


def test_pictures_without_a_label_are_in_no_group():
    grouping = small(tone=np.repeat([0, -1], 8))
    assert grouping.unlabelled == 8
    assert row(estimates(observed(np.ones(16)), grouping), "all").n == 8


def test_a_set_without_genders_has_cells_of_tones():
    grouping = small(gender=np.full(16, -1), genders=())
    assert grouping.cells == ("monk_01", "monk_10")
    assert grouping.margin("cell") == ()


# Rates by hand


def test_rates_of_every_group_by_hand():
    # monk_01/woman, monk_01/man, monk_10/woman, monk_10/man: two people of two pictures each
    rows = estimates(observed([1, 1, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 0, 0, 0]), small())
    values = {each.group: (each.value, each.n, each.people) for each in rows}
    assert values["all"] == (7 / 16, 16, 8)
    assert values["monk_10"] == (5 / 8, 8, 4)
    assert values["woman"] == (6 / 8, 8, 4)
    assert values["monk_01/woman"] == (0.5, 4, 2)
    assert values["darker/woman"] == (1.0, 4, 2)
    assert all(0 <= each.low <= each.value <= each.high <= 1 for each in rows)
    assert values["monk_01/man"][0] == 0.0
    assert row(rows, "monk_01/man", "rate").margin == "cell"


def test_rates_by_group_are_those_of_fairlearn():
    fairlearn = pytest.importorskip("fairlearn.metrics")
    rng = np.random.default_rng(3)
    grouping = small(tones=("monk_01", "monk_05", "monk_09"), people=5, shots=3)
    truth = np.array(["woman", "man"])[np.array([cell % 2 for cell in grouping.cell])]
    said = np.where(rng.random(len(truth)) < 0.2, np.where(truth == "man", "woman", "man"), truth)
    answers = [Answer(gender=str(word)) for word in said]
    rows = estimates(gender("toy", tabulate(answers, np.full((len(truth), 4), np.nan)), list(truth))[0], grouping)
    tones = np.array([grouping.cells[cell].partition("/")[0] for cell in grouping.cell])
    frame = fairlearn.MetricFrame(
        metrics=lambda y_true, y_pred: float((y_true != y_pred).mean()),
        y_true=truth,
        y_pred=said,
        sensitive_features={"tone": tones, "gender": truth},
    )
    for (tone, word), value in frame.by_group.items():
        assert row(rows, f"{tone}/{word}").value == pytest.approx(value)
    assert row(rows, "all").value == pytest.approx(frame.overall)
    largest = next(each for each in gaps(observed(said != truth), grouping) if each.margin == "cell")
    assert largest.value == pytest.approx(frame.difference())


def test_one_picture_a_person_has_wilsons_interval_but_for_t():
    errors = np.array([1.0] * 12 + [0.0] * 48)
    sample = Sample(errors, np.zeros(60, np.int64), np.arange(60), None, 1)
    (found,), worth = rate_interval(spread_of(sample, np.ones((1, 1))), np.array([60]))
    assert worth[0] == pytest.approx(60, rel=0.02)
    assert found == pytest.approx(wilson_interval(12, 60), abs=0.003)


def test_alike_pictures_of_a_person_count_as_one():
    once = np.array([1.0] * 12 + [0.0] * 48)
    sample = Sample(np.repeat(once, 4), np.zeros(240, np.int64), np.repeat(np.arange(60), 4), None, 1)
    _, worth = rate_interval(spread_of(sample, np.ones((1, 1))), np.array([240]))
    assert worth[0] == pytest.approx(60, rel=0.02)


def test_wilson_of_an_effective_number_is_wilson_where_that_is_whole():
    assert effective_wilson(0.3, 10, 1.959963984540054) == pytest.approx(wilson_interval(3, 10))
    assert effective_wilson(0.0, 10, 2.0).low == 0.0
    assert effective_wilson(1.0, 10, 2.0).high == 1.0
    assert effective_wilson(0.5, 0, 2.0) == (0.0, 1.0)


def test_no_error_at_all_counts_each_family_once():
    rows = estimates(observed(np.zeros(16)), small())
    assert row(rows, "monk_01").value == 0
    assert row(rows, "monk_01").high == pytest.approx(effective_wilson(0.0, 4, 2.776).high, abs=0.001)


def test_means_have_the_t_interval_of_people():
    from scipy.stats import t

    values = np.array([1.0, 3.0, 2.0, 8.0])
    grouping = small(
        tones=("monk_01",),
        people=4,
        shots=1,
        gender=np.zeros(4, np.int64),
        tone=np.zeros(4, np.int64),
        person=np.arange(4),
        family=np.arange(4),
    )
    found = row(estimates(observed(values, kind=MEAN), grouping), "all")
    half = t.ppf(0.975, 3) * values.std(ddof=1) / 2
    assert (found.value, found.low, found.high) == pytest.approx((3.5, 3.5 - half, 3.5 + half))


def test_one_person_a_cell_has_a_value_and_no_interval_of_a_mean():
    found = row(estimates(observed([1, 2, 3, 4], kind=MEAN), small(people=1, shots=1)), "monk_01/woman")
    assert (found.value, found.low, found.high) == (1.0, None, None)
    assert "one family" in found.note


def test_a_group_without_values_has_a_note():
    found = Observations("toy", "age", "rate", RATE, np.array([1.0]), np.array([0]))
    empty = row(estimates(found, small()), "monk_10/man")
    assert (empty.n, empty.value, empty.note) == (0, None, "nothing was measured here")


# Detection, gender, age, enrolment


BOX = (10.0, 10.0, 20.0, 20.0)


def test_overlap_of_boxes():
    assert intersection_over_union(BOX, BOX) == 1
    assert intersection_over_union(BOX, (20, 10, 20, 20)) == pytest.approx(200 / 600)
    assert intersection_over_union(BOX, (100, 100, 5, 5)) == 0
    assert np.isnan(intersection_over_union(BOX, (np.nan,) * 4))


def columns(*answers, boxes=None):
    return tabulate(answers, [BOX] * len(answers) if boxes is None else boxes)


def values_of(observations, metric):
    (found,) = [each for each in observations if each.metric == metric]
    return found.values.tolist()


def test_a_face_in_the_wrong_place_is_found_at_all_but_not_there():
    right, wrong = Detection(BOX), Detection((60.0, 60.0, 5.0, 5.0))
    answers = columns(Answer(faces=(right, wrong)), Answer(faces=(wrong,)), Answer(faces=()), Answer(failure="crashed"), None)
    found = detection("toy", answers)
    assert values_of(found, "miss rate") == [0, 0, 1, 1, 1]
    assert values_of(found, "miss rate, IoU >= 0.5") == [0, 1, 1, 1, 1]
    assert values_of(found, "mean IoU of faces found") == [1, 0]
    assert values_of(found, "extra faces per picture") == [1, 0, 0]
    assert values_of(found, "failure to acquire") == [0, 0, 0, 1, 1]


def test_without_true_boxes_the_place_is_not_asked():
    found = detection("toy", columns(Answer(faces=()), boxes=[(np.nan,) * 4]))
    assert [each.metric for each in found] == ["miss rate", "extra faces per picture", "failure to acquire"]


def test_gender_without_an_answer_counts_separately_and_as_an_error():
    answers = columns(*(Answer(gender=word) for word in ("woman", "man", None, "unsure", "man")), Answer(failure="refused"))
    found = gender("toy", answers, ["woman", "woman", "woman", "man", "androgynous", "man"])
    assert values_of(found, "misclassification rate") == [0, 1]
    assert values_of(found, "misclassification rate, no answer an error") == [0, 1, 1, 1, 1]
    assert values_of(found, "no answer") == [0, 0, 1, 1, 1]


def test_the_confusion_counts_every_picture_once():
    grouping = small(people=1, shots=1)
    answers = columns(*(Answer(gender=word) for word in ("woman", "woman", "man", None)))
    found = confusion("toy", answers, ["woman", "man", "woman", "man"], grouping)
    assert sum(each.pictures for each in found) == 4
    counts = {(each.cell, each.answer): each.pictures for each in found}
    assert counts["monk_10/woman", "man"] == 1
    assert counts["monk_10/man", None] == 1


def test_age_errors_have_a_sign_and_a_size():
    found = age("toy", columns(Answer(age_years=30), Answer(age_years=50), Answer()), np.array([40.0, 45.0, 20.0]))
    assert values_of(found, "mean error, years") == [-10, 5]
    assert values_of(found, "mean absolute error, years") == [10, 5]
    assert values_of(found, "no answer") == [0, 0, 1]


def test_who_has_no_template_failed_to_enrol():
    answers = columns(Answer(embedding=(1.0, 2.0)), Answer(), Answer(embedding=(1.0, float("nan"))), Answer(failure="timed out"))
    assert values_of(enrolment("toy", answers), "failure to enrol") == [0, 1, 1, 1]


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("kind", [RATE, MEAN])
@pytest.mark.parametrize("values", [[0, 1] * 8, [0] * 16, [1] + [0] * 15])
def test_one_person_a_cell_does_not_show_how_people_differ(kind, values):
    found = figures_of([observed(values, kind=kind)], small(people=1, shots=4), seed=0)
    rows = (*found.estimates, *found.gaps, *(each.estimate for each in found.comparisons))
    assert {(each.low, each.high) for each in rows} == {(None, None)}
    assert row(found.estimates, "all").value == pytest.approx(np.mean(values))
    assert [each.smallest_gap for each in found.comparisons] == [None] * 7, "no power is promised"
    assert not any(each.shown for each in found.comparisons)
