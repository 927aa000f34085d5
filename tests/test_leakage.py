"""Planted copies are found, rates are those that geometry fixes, and no word claims more than was compared."""

from __future__ import annotations

import csv
import io
import json
import pickle
import re
import zipfile
from contextlib import nullcontext
from dataclasses import replace
from math import dist, sqrt
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner
from PIL import Image, ImageOps

from evenface.cli import main
from evenface.dataset.foreign import Columns, Labelled, LabelledSet, Labels
from evenface.errors import EvenfaceError, UsageFault
from evenface.examine.leakage import build_leakage, embeddings, measure_leakage, nearest
from evenface.examine.leakage.embeddings import is_embeddings, read_embeddings, write_embeddings
from evenface.examine.leakage.faces import Faces
from evenface.examine.leakage.plots import draw_leakage
from evenface.examine.leakage.rates import Rate, difference, weights_of
from evenface.examine.leakage.report import neighbours_csv
from evenface.examine.leakage.threshold import calibrate
from evenface.faces.reader import DLIB_THRESHOLD, SFACE_THRESHOLD, Face
from evenface.faces.recognisers import RECOGNISERS
from evenface.statistics.clusters import share_of
from evenface.statistics.intervals import RESAMPLES, percentile_interval

SFACE, DLIB = RECOGNISERS
DOCS = Path(__file__).parents[1] / "docs"
HINT = "it needs sface or dlib, pictures x 128 numbers, and may have id, identity, family, tone, gender: a row for each picture"


def unit(vectors):
    return vectors / np.linalg.norm(vectors, axis=-1, keepdims=True)


def faces(vectors, people=None, source="made-up", cells=None, dlib=None):
    """A side of made-up embeddings; ``dlib`` has twice the distances unless given."""
    vectors = np.asarray(vectors, dtype=float)
    names = tuple(f"{source}-{at}" for at in range(len(vectors)))
    people = None if people is None else tuple(map(str, people))
    both = {"sface": vectors, "dlib": 2 * vectors if dlib is None else dlib}
    return Faces(source, "embeddings", names, people, people, tuple(cells or (None,) * len(names)), both)


def at_cosine(cosine, axis, other):
    """A vector of unit length at a cosine to one axis, and otherwise along another."""
    vector = np.zeros(128)
    vector[axis], vector[other] = cosine, sqrt(1 - cosine**2)
    return vector


def rate(report, metric, system="sface", against="picture", group="overall"):
    (found,) = [
        each for each in report.rates if (each.metric, each.system, each.against, each.group) == (metric, system, against, group)
    ]
    return found


def line(report, system="sface", against="picture"):
    (found,) = [each for each in report.thresholds if (each.system, each.against) == (system, against)]
    return found


# Rates that geometry fixes


def corner_gallery():
    """A hundred people at right angles, and ten more, each at a cosine of 0.50 ... 0.77 to one of them and to nobody else."""
    axes = np.eye(128)[:100]
    near = [at_cosine(0.5 + 0.03 * at, at, 100 + at) for at in range(10)]
    return faces([*axes, *near], range(110), "gallery")


def test_thresholds_and_rates_are_the_exact_ones():
    gallery = corner_gallery()
    # Comparisons: 110 x 109. Twenty are above zero, two of each pair; ten may match, which five pairs do.
    mine = faces(
        [at_cosine(cosine, 50 + at, 120) for at, cosine in enumerate((0.1, 0.6, 0.64, 0.66, 0.9, 1.0))], range(6), "dataset"
    )
    report = build_leakage(mine, gallery, (), fmr=10 / (110 * 109), seed=0).report
    found = line(report)
    assert (found.comparisons, found.people, found.calibrated) == (110 * 109, 110, True)
    assert found.value == pytest.approx(0.5 + 0.03 * 4, abs=1e-12)
    assert found.value > 0.5 + 0.03 * 4, "the sixth pair must not match any more"
    assert found.false_match_rate == 10 / (110 * 109)
    assert found.low <= found.false_match_rate <= found.high
    assert found.false_matches_expected == pytest.approx(10 / 109)
    assert (rate(report, "baseline").exceeding, rate(report, "baseline").n) == (10, 110)
    own = rate(report, "exceedance")
    assert (own.exceeding, own.n, own.people, own.value) == (4, 6, 6, pytest.approx(4 / 6))
    assert rate(report, "excess").value == pytest.approx(4 / 6 - 10 / 110)
    # The same geometry in distances: twice sqrt(2 - 2 cos), on the other side.
    assert line(report, "dlib").value == pytest.approx(2 * sqrt(2 - 2 * 0.62))
    assert rate(report, "exceedance", "dlib").exceeding == 4


def test_centres_are_means_of_people_and_ones_own_is_left_out():
    people = np.repeat(range(40), 2)
    pictures = [
        at_cosine(0.8, person, 50 + person) * (1, -1)[at % 2] ** np.isin(range(128), 50 + person)
        for at, person in enumerate(people)
    ]
    gallery = faces(pictures, people, "gallery")
    # Two pictures of a person are 0.28 alike; their centre is the axis, from which each of them is 0.8.
    mine = faces([np.eye(128)[7], at_cosine(0.9, 7, 127)], ["a", "b"], "dataset")
    leakage = build_leakage(mine, gallery, (), fmr=0.01, seed=0)
    values = {(each.against, each.picture): each.value for each in leakage.neighbours() if each.system == "sface"}
    assert values == {
        ("picture", "dataset-0"): pytest.approx(0.8),
        ("picture", "dataset-1"): pytest.approx(0.72),
        ("centre", "dataset-0"): pytest.approx(1.0),
        ("centre", "dataset-1"): pytest.approx(0.9),
    }
    assert {each.neighbour_identity for each in leakage.neighbours() if each.picture == "dataset-0"} == {"7"}
    assert {each.neighbour for each in leakage.neighbours() if each.against == "centre"} == {""}
    baseline = next(each for each in leakage.searches if each.against == "centre").baseline.scores
    assert baseline.max() == pytest.approx(0), "nobody is compared with their own centre"
    assert line(leakage.report, against="centre").comparisons == 80 * 39


def slow(system, mine, gallery, fmr, families):
    """Threshold, exceeding pictures of both sides and neighbours, spelt out."""

    def score(a, b):
        return float(np.dot(a, b)) if system is SFACE else -dist(a, b)

    own, other = mine.vectors[system.name], gallery.vectors[system.name]
    seen = [at for at in range(len(other)) if not np.isnan(other[at]).any()]
    apart = {at: [score(other[at], other[to]) for to in seen if families[at] != families[to]] for at in seen}
    every = sorted((value for values in apart.values() for value in values), reverse=True)
    count = int(fmr * len(every) + 1e-9)
    threshold = next(value for value in sorted(set(every)) if sum(each >= value for each in every) <= count)
    near = {at: max((score(own[at], other[to]), -to) for to in seen) for at in range(len(own)) if not np.isnan(own[at]).any()}
    return threshold, sum(max(values) >= threshold for values in apart.values()), near


@pytest.mark.parametrize("system", RECOGNISERS, ids=lambda each: each.name)
def test_all_figures_are_those_of_loops(system, monkeypatch):
    monkeypatch.setattr(nearest, "_ROWS", 7)
    monkeypatch.setattr(nearest, "_COLUMNS", 11)
    rng = np.random.default_rng(0)
    people = rng.integers(12, size=60)
    heads = rng.normal(size=(12, 128))
    vectors = unit(heads[people] + rng.normal(size=(60, 128)) + 0.6)
    vectors[[3, 40]] = np.nan
    gallery = faces(vectors, people, "gallery")
    # Two people of the gallery share a head, and are no test of each other.
    gallery = replace(gallery, families=tuple("one" if name in ("1", "2") else name for name in gallery.people))
    own = unit(rng.normal(size=(25, 128)) + heads[rng.integers(12, size=25)] + 0.6)
    own[5] = np.nan
    mine = faces(own, np.arange(25) // 3, "dataset")
    leakage = build_leakage(mine, gallery, (), fmr=0.02, seed=0)
    threshold, baseline, near = slow(system, mine, gallery, 0.02, gallery.families)
    found = line(leakage.report, system.name)
    # Between the last score that may match and the first that may not.
    assert 0 <= threshold - system.as_score(found.value) < 0.05
    assert rate(leakage.report, "baseline", system.name).exceeding == baseline
    own_rate = rate(leakage.report, "exceedance", system.name)
    assert own_rate.exceeding == sum(score >= threshold for score, _ in near.values())
    assert (own_rate.n, own_rate.people) == (24, 9)
    near_ones = [each for each in leakage.neighbours() if (each.system, each.against) == (system.name, "picture")]
    assert [each.picture for each in near_ones] == [f"dataset-{at}" for at in sorted(near)]
    assert [each.value for each in near_ones] == pytest.approx([system.in_unit(near[at][0]) for at in sorted(near)])
    assert [each.neighbour for each in near_ones] == [f"gallery-{-near[at][1]}" for at in sorted(near)]
    assert sum(each.exceeds for each in near_ones) == own_rate.exceeding
    assert [each for each in leakage.report.exceeding if (each.system, each.against) == (system.name, "picture")] == sorted(
        (each for each in near_ones if each.exceeds), key=lambda each: -system.as_score(each.value)
    )


def test_rates_are_stated_by_cell_and_a_cell_that_the_gallery_lacks_has_no_baseline():
    gallery = corner_gallery()
    gallery = replace(gallery, cells=("monk_02/woman",) * 50 + ("monk_09/man",) * 60)
    cells = ["monk_02/woman"] * 2 + ["monk_05/man"] * 2
    mine = faces([at_cosine(value, 50 + at, 120) for at, value in enumerate((0.9, 0.1, 0.9, 0.9))], range(4), "dataset", cells)
    report = build_leakage(mine, gallery, (), fmr=1e-3, seed=0).report
    assert [rate(report, "exceedance", group=cell).value for cell in ("monk_02/woman", "monk_05/man")] == [0.5, 1.0]
    assert rate(report, "baseline", group="monk_02/woman").n == 50
    missing = [rate(report, metric, group="monk_05/man") for metric in ("baseline", "excess")]
    assert [(each.value, each.low, each.high) for each in missing] == [(None, None, None)] * 2


def test_a_gallery_larger_than_the_sample_is_searched_whole(monkeypatch):
    monkeypatch.setattr("evenface.examine.leakage.search.QUERIES", 30)
    gallery = corner_gallery()
    mine = faces([np.eye(128)[99]], ["a"], "dataset")
    leakage = build_leakage(mine, gallery, (), fmr=0.01, seed=0)
    assert leakage.report.baseline_pictures == 30
    assert line(leakage.report).comparisons == 30 * 109
    assert leakage.neighbours()[0].neighbour == "gallery-99"
    assert build_leakage(mine, gallery, (), fmr=0.01, seed=0).report == leakage.report
    assert build_leakage(mine, gallery, (), fmr=0.01, seed=1).report.thresholds != leakage.report.thresholds


# Intervals


def test_the_interval_of_a_threshold_is_that_of_people_drawn_anew_none_of_them_their_own_impostor():
    owners, rng = np.repeat(np.arange(6), [1, 2, 3, 1, 2, 3]), np.random.default_rng(3)
    scores = rng.random((12, 12))
    different = owners[:, None] != owners
    greatest = nearest.Greatest(21)
    greatest.add(np.where(different, scores, -np.inf), 0, 0)
    found = calibrate(SFACE, "picture", greatest, (owners, owners), np.random.default_rng(0))
    hits = different & (scores >= found.value)
    assert (found.comparisons, hits.sum()) == (different.sum(), 20)
    drawn = np.concatenate(list(weights_of(np.random.default_rng(0), 6, RESAMPLES)))[:, owners]
    twice = drawn[:, :, None] * drawn[:, None, :]
    shares = (twice * hits).sum(axis=(1, 2)) / (twice * different).sum(axis=(1, 2))
    assert (found.low, found.high) == pytest.approx(percentile_interval(values=shares))


def test_rates_have_the_interval_of_people_not_of_pictures():
    found = share_of([(10, 10)] * 60 + [(0, 10)] * 140)
    assert (found.value, found.clusters) == (0.3, 200)
    # Ten pictures that agree are one: the width is that of 200, not of 2,000.
    assert found.high - found.low == pytest.approx(2 * 1.96 * sqrt(0.21 / 200), rel=0.1)


def test_a_difference_has_the_interval_of_both():
    one = Rate("sface", "picture", "exceedance", "overall", 100, 100, 30, 0.3, 0.2, 0.4)
    two = replace(one, metric="baseline", value=0.1, low=0.07, high=0.16)
    assert difference(one, two) == pytest.approx((0.2, 0.2 - sqrt(0.1**2 + 0.06**2), 0.2 + sqrt(0.1**2 + 0.03**2)))
    assert difference(one, replace(two, low=None)) == (None, None, None)


# Without labels


def test_without_labels_the_threshold_is_public_and_that_is_said():
    twice = [*np.eye(128)[:20], *(at_cosine(0.5, at, 60 + at) for at in range(5))]
    gallery = faces(twice, None, "gallery", dlib=np.array(twice))
    mine = faces([at_cosine(SFACE_THRESHOLD + 1e-9, 1, 120), at_cosine(0.3, 2, 120)], range(2), "dataset")
    mine = replace(mine, vectors=mine.vectors | {"dlib": mine.vectors["sface"]})
    report = build_leakage(mine, gallery, (), fmr=1e-3, seed=0).report
    assert [(each.system, each.against, each.value, each.calibrated) for each in report.thresholds] == [
        ("sface", "picture", SFACE_THRESHOLD, False),
        ("dlib", "picture", DLIB_THRESHOLD, False),
    ]
    assert line(report).false_match_rate is None
    assert (rate(report, "exceedance").exceeding, rate(report, "baseline").exceeding, rate(report, "baseline").n) == (1, 10, 25)
    words = " ".join(report.words())
    assert "the thresholds are the public ones of the recognisers, not calibrated on it" in words
    assert "a neighbour is possibly the same person" in words
    assert report.to_json()["method"]["baseline"] == "leave one picture out, possibly the same person"


# Words


def test_words_say_what_was_compared_and_never_more():
    gallery = corner_gallery()
    mine = faces([*np.eye(128)[:3], np.full(128, np.nan)], range(4), "dataset")
    leakage = build_leakage(mine, gallery, (), fmr=1e-3, seed=0)
    first, *rest = leakage.report.words()
    assert first == "sface: 3 of 4 pictures of dataset were compared with 110 of 110 of gallery; in the others no face was found."
    assert "A threshold rests on 11 false matches; a usable rate needs 30 (rule of 30)." in rest
    assert rest[-1].startswith("This says nothing of people who are not in the gallery")
    everything = json.dumps(leakage.report.to_json())
    assert not re.search(r"(?i)no real|privacy|anonym|\bsafe\b|does not leak|no leak", everything)
    many = faces(unit(np.random.default_rng(3).normal(size=(110, 128))), range(110), "gallery")
    words = " ".join(build_leakage(mine, many, (), fmr=0.1, seed=0).report.words())
    assert "At this rate a picture has 11.0 false matches in this gallery by chance alone" in words
    assert "rule of 30" not in words


def test_the_csv_has_a_line_for_each_picture_recogniser_and_kind_of_reference():
    mine = faces(np.eye(128)[:3], ["=cmd|' /C calc'!A0", "-12", "c"], "dataset")
    leakage = build_leakage(mine, corner_gallery(), (), fmr=1e-3, seed=0)
    rows = list(csv.DictReader(io.StringIO(neighbours_csv(iter(leakage.neighbours())).decode())))
    assert len(rows) == 3 * 2 * 2
    assert rows[0]["exceeds"] == "True"
    assert float(rows[0]["value"]) == 1
    # A spreadsheet runs no name as a formula.
    assert list(dict.fromkeys(row["identity"] for row in rows)) == ["'=cmd|' /C calc'!A0", "-12", "c"]


def test_plots_are_equal_bytes(tmp_path):
    leakage = build_leakage(faces(np.eye(128)[:3], range(3)), corner_gallery(), (), fmr=1e-3, seed=0)
    made = [draw_leakage(leakage.searches, tmp_path / name) for name in ("a", "b")]
    assert [path.name for path in made[0]] == ["leakage_sface.svg", "leakage_dlib.svg"]
    assert [path.read_bytes() for path in made[0]] == [path.read_bytes() for path in made[1]]


# Wrong use


@pytest.mark.parametrize("fmr", [0.0, -1.0, 0.5, 2.0, float("nan")])
def test_a_rate_that_is_none_is_wrong_use(fmr):
    with pytest.raises(UsageFault, match=r"^a false match rate of .* was asked for$"):
        build_leakage(faces(np.eye(128)[:3], range(3)), corner_gallery(), (), fmr=fmr, seed=0)


def test_a_rate_that_the_gallery_cannot_tell_is_wrong_use():
    with pytest.raises(UsageFault) as caught:
        build_leakage(faces(np.eye(128)[:3], range(3)), corner_gallery(), (), fmr=1e-6, seed=0)
    assert caught.value.what == (
        "a false match rate of 1e-06 cannot be set on 11,990 comparisons of two different people of the gallery"
    )
    assert caught.value.hint == "ask for a higher rate with --fmr, or give a larger gallery"
    with pytest.raises(UsageFault, match="cannot be set on 0 comparisons"):
        build_leakage(faces(np.eye(128)[:3], range(3)), faces(np.eye(128)[:3], ["a"] * 3), (), fmr=1e-3, seed=0)


def test_nothing_to_compare_is_an_error():
    blind = faces(np.full((3, 128), np.nan), range(3), "dataset")
    with pytest.raises(
        EvenfaceError, match=r"^nothing could be compared: no recogniser saw a face both in dataset and in gallery$"
    ):
        build_leakage(blind, corner_gallery(), (), fmr=1e-3, seed=0)
    half = replace(corner_gallery(), vectors={"dlib": corner_gallery().vectors["dlib"]})
    report = build_leakage(faces(np.eye(128)[:3], range(3)), half, (), fmr=1e-3, seed=0).report
    assert {each.system for each in report.thresholds} == {"dlib"}
    assert report.words()[0] == "sface: nothing was compared: faces were found in 3 pictures of one side and 0 of the other."


# Embeddings as files


def columns(count=4):
    rng = np.random.default_rng(2)
    texts = {"id": [f"a{at}" for at in range(count)], "identity": [f"p{at // 2}" for at in range(count)]}
    texts |= {"tone": ["monk_01"] * count, "gender": ["woman"] * count}
    return {"sface": 3 * rng.normal(size=(count, 128)), "dlib": rng.normal(size=(count, 128))}, texts


@pytest.mark.parametrize("kind", ["npz", "parquet", "fixed parquet"])
def test_embeddings_of_anybody_are_read(tmp_path, kind):
    numbers, texts = columns()
    numbers["dlib"][1] = np.nan
    if kind == "npz":
        path = tmp_path / "a.npz"
        np.savez_compressed(path, **numbers, **{name: np.array(text) for name, text in texts.items()}, other=np.zeros(3))
    else:
        path = tmp_path / "a.parquet"
        size = 128 if kind == "fixed parquet" else -1
        lists = {name: pa.array([list(row) for row in values], pa.list_(pa.float32(), size)) for name, values in numbers.items()}
        pq.write_table(pa.table(lists | texts | {"other": [1, 2, 3, 4]}), path)
    assert is_embeddings(path)
    found = read_embeddings(path)
    assert (found.names, found.people) == (("a0", "a1", "a2", "a3"), ("p0", "p0", "p1", "p1"))
    assert (found.families, found.cells) == (found.people, ("monk_01/woman",) * 4)
    np.testing.assert_allclose(found.vectors["sface"], unit(numbers["sface"]), rtol=1e-5)
    np.testing.assert_allclose(found.vectors["dlib"], numbers["dlib"], rtol=1e-5)
    assert list(found.of(DLIB).rows) == [0, 2, 3]


def test_what_was_read_of_pictures_is_read_back(tmp_path):
    gallery = corner_gallery()
    write_embeddings(gallery, tmp_path / "new" / "g.npz")
    found = read_embeddings(tmp_path / "new" / "g.npz")
    assert (found.names, found.people, found.families) == (gallery.names, gallery.people, gallery.families)
    np.testing.assert_allclose(found.vectors["sface"], gallery.vectors["sface"])
    write_embeddings(replace(gallery, people=None, families=None), tmp_path / "loose.npz")
    assert read_embeddings(tmp_path / "loose.npz").people is None


class Evil:
    def __reduce__(self):
        return Path.touch, (Path("evil"),)


def npz(path, **arrays):
    np.savez(path, **arrays)
    return path


def lying_npz(path):
    """An array of 128 numbers whose header says that they are 128 million."""
    made = io.BytesIO()
    np.lib.format.write_array_header_1_0(made, {"descr": "<f8", "fortran_order": False, "shape": (10**6, 128)})
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("sface.npy", made.getvalue() + bytes(1024))
    return path


BAD = {
    "an object": (
        lambda path: npz(path, sface=np.array([Evil()], dtype=object)),
        "sface.npy of {} states (1,) of object, which its content does not match",
    ),
    "a pickle": (lambda path: path.write_bytes(pickle.dumps(Evil())), "{} cannot be read: File is not a zip file"),
    "a lie": (lying_npz, "sface.npy of {} states (1000000, 128) of float64, which its content does not match"),
    "cut short": (
        lambda path: path.write_bytes(npz(path, sface=np.zeros((9, 128))).read_bytes()[:900]),
        "{} cannot be read: File is not a zip file",
    ),
    "nothing of ours": (lambda path: npz(path, faces=np.zeros((2, 128))), "{} has neither sface nor dlib"),
    "other numbers": (
        lambda path: npz(path, sface=np.zeros((2, 512))),
        "sface of {} is (2, 512) of float64, not 2 x 128 numbers",
    ),
    "texts": (lambda path: npz(path, sface=np.full((2, 128), "a")), "sface of {} is (2, 128) of <U1, not 2 x 128 numbers"),
    "other rows": (
        lambda path: npz(path, sface=np.ones((2, 128)), dlib=np.ones((3, 128))),
        "dlib of {} is (3, 128) of float64, not 2 x 128 numbers",
    ),
    "other labels": (
        lambda path: npz(path, sface=np.ones((2, 128)), identity=np.array(["a"])),
        "identity of {} is (1,) of <U1, not 2 texts or whole numbers",
    ),
    "infinite": (lambda path: npz(path, sface=np.full((2, 128), np.inf)), "sface of {} holds an infinite number"),
}


@pytest.mark.parametrize("case", BAD)
def test_a_bad_file_of_embeddings_is_an_error(tmp_path, monkeypatch, case):
    monkeypatch.chdir(tmp_path)
    make, what = BAD[case]
    path = tmp_path / "bad.npz"
    make(path)
    with pytest.raises(EvenfaceError) as caught:
        read_embeddings(path)
    assert caught.value.what == what.format(path)
    assert caught.value.hint
    assert not Path("evil").exists()


def test_a_file_that_would_unpack_to_too_much_is_not_unpacked(tmp_path, monkeypatch):
    monkeypatch.setattr(embeddings, "MAXIMUM_BYTES", 10_000)
    path = npz(tmp_path / "a.npz", sface=np.zeros((20, 128)))
    with pytest.raises(EvenfaceError, match=r"would unpack to 20,608 bytes, more than 10,000$"):
        read_embeddings(path)
    pq.write_table(pa.table({"sface": [[0.0] * 128] * 20}), tmp_path / "a.parquet")
    with pytest.raises(EvenfaceError, match=r"would unpack to [0-9,]+ bytes, more than 10,000$"):
        read_embeddings(tmp_path / "a.parquet")


@pytest.mark.parametrize(
    ("column", "what"),
    [
        ([[0.0] * 127], "the column sface of {} has a row of other than 128 numbers"),
        (["a"], "the column sface of {} holds string, not lists of 128 numbers"),
        ([["a"] * 128], "{} cannot be read: could not convert string to float: 'a'"),
    ],
)
def test_a_bad_parquet_of_embeddings_is_an_error(tmp_path, column, what):
    path = tmp_path / "a.parquet"
    pq.write_table(pa.table({"sface": column}), path)
    with pytest.raises(EvenfaceError) as caught:
        read_embeddings(path)
    assert (caught.value.what, caught.value.hint) == (what.format(path), HINT)


class Stand(nullcontext):
    """Face models that note whether what they say is kept."""

    workers, about = 1, ()

    def read(self, pictures, *, keep):
        self.kept = [*getattr(self, "kept", ()), keep]
        return [Face(name) for name, _ in pictures]

    def __enter__(self):
        return self


def test_nothing_that_was_read_of_a_gallery_is_kept(monkeypatch):
    models = Stand()
    monkeypatch.setattr("evenface.examine.leakage.open_face_models", lambda want, workers: models)
    one = [Labelled("a", Labels("a", "a", None, None), b"x")]
    mine, theirs = (LabelledSet(Path(kind), kind, Columns(), 1, iter(one)) for kind in ("evenface", "evenface"))
    with pytest.raises(EvenfaceError, match="no recogniser saw a face"):
        measure_leakage(mine, theirs, fmr=0.1)
    assert models.kept == [False, True]


# From end to end

PLANTED = {"jpeg": (0, lambda tile: tile), "flipped": (12, ImageOps.mirror), "resized": (24, lambda tile: tile.resize((96, 96)))}


@pytest.fixture(scope="module")
def sides(tmp_path_factory):
    """Rendered people of the contact sheet in docs/: ten are the set; fifty others, and copies of three, the gallery."""
    folder = tmp_path_factory.mktemp("sides")
    sheet = Image.open(DOCS / "people.png").convert("RGB")
    assert sheet.size == (1682, 1326), "docs/people.png has another layout: say here where its tiles lie"
    corners = [(116 + 786 * g + 130 * k, 26 + 130 * t) for t in range(10) for g in range(2) for k in range(6)]
    tiles = [sheet.crop((x, y, x + 128, y + 128)) for x, y in corners]
    for at, tile in enumerate(tiles):
        if at % 12 == 0 or at % 2:
            side = folder / ("gallery" if at % 12 else "faces") / f"p{at:03d}"
            side.mkdir(parents=True)
            tile.save(side / "1.png")
    for name, (at, change) in PLANTED.items():
        (folder / "gallery" / name).mkdir()
        change(tiles[at]).save(folder / "gallery" / name / "copy.jpg", quality=60)
    (folder / "loose").mkdir()
    for at in (12, 13, 14):
        tiles[at].save(folder / "loose" / f"{at}.png")
    return folder


def run(*args):
    return CliRunner().invoke(main, ["leakage", *map(str, args)], catch_exceptions=False)


def test_planted_copies_are_found(sides, tmp_path):
    out, kept = tmp_path / "out", tmp_path / "gallery.npz"
    done = run(
        sides / "faces",
        "--gallery",
        sides / "gallery",
        "--fmr",
        "1e-3",
        "--out",
        out,
        "--save-embeddings",
        kept,
        "--json",
        "--quiet",
    )
    assert done.exit_code == 0, done.stderr
    report = json.loads(done.stdout)
    assert report == json.loads((out / "leakage.json").read_text())
    assert [each["judge"] for each in report["judges"]] == ["yunet", "sface", "dlib"]
    for system, against in (("sface", "picture"), ("sface", "centre"), ("dlib", "picture"), ("dlib", "centre")):
        found = {
            each["picture"]: each["neighbour_identity"]
            for each in report["exceeding"]
            if (each["system"], each["against"]) == (system, against)
        }
        assert {f"p{at:03d}/1.png": name for name, (at, _) in PLANTED.items()}.items() <= found.items()
        assert len(found) < 10
    with (out / "neighbours.csv").open(newline="") as file:
        assert len(list(csv.DictReader(file))) == 4 * 10
    assert {path.name for path in out.iterdir()} == {"leakage.json", "neighbours.csv", "leakage_sface.svg", "leakage_dlib.svg"}
    assert f"{kept}: embeddings of the gallery; of photographs of people these are biometric data" in done.stderr
    # A gallery that was read once need not be looked at again.
    again = json.loads(run(sides / "faces", "--gallery", kept, "--json", "--quiet").stdout)
    assert [again[part] for part in ("thresholds", "rates", "exceeding")] == [
        report[part] for part in ("thresholds", "rates", "exceeding")
    ]


def test_a_folder_of_loose_pictures_is_a_gallery_without_labels(sides):
    done = run(sides / "faces", "--gallery", sides / "loose", "--quiet")
    assert done.exit_code == 0, done.stderr
    assert "The gallery has no identity labels: the thresholds are the public ones" in done.stdout
    assert re.search(r"p012/1\.png +- +sface +picture +12\.png", done.stdout)
    (sides / "loose" / "bad.png").write_bytes(b"nothing")
    done = run(sides / "faces", "--gallery", sides / "loose", "--quiet")
    (sides / "loose" / "bad.png").unlink()
    assert done.exit_code == 1, "a picture could not be looked at"
    assert "bad.png" in done.stdout


def test_the_command_says_what_is_wrong(sides, tmp_path):
    kept, nobody, nothing = tmp_path / "g.npz", tmp_path / "nobody.csv", tmp_path / "nothing.csv"
    write_embeddings(corner_gallery(), kept)
    nobody.write_text("file_name,label\n0.png,ada\n")
    nothing.write_text("photo,identity_id\n0.png,ada\n")
    for args, what in (
        (
            ("--gallery", nobody),
            f"Error: {nobody} has no column for the identity; it has file_name, label\n"
            "Try: name it with --gallery-identity-column NAME\n",
        ),
        (
            ("--gallery", nobody, "--gallery-identity-column", "name"),
            f"Error: {nobody} has no column name; it has file_name, label\nTry: --gallery-identity-column NAME\n",
        ),
        (
            ("--gallery", nothing),
            f"Error: {nothing} has no column for the image; it has photo, identity_id\n"
            "Try: call that column image or file_name\n",
        ),
        (("--gallery", tmp_path / "none"), f"Error: {tmp_path / 'none'} does not exist\n"),
        (("--gallery", kept, "--fmr", "0"), "Error: a false match rate of 0 was asked for\n"),
        (("--gallery", kept, "--save-embeddings", tmp_path / "x.npz"), f"Error: {kept} holds embeddings, not pictures\n"),
        (("--gallery", kept, "--tone-column", "tone"), f"Error: {sides / 'faces'} has no table, so there is no column tone\n"),
    ):
        done = run(sides / "faces", *args, "--quiet")
        assert done.exit_code == 2, done.stderr
        assert done.stderr.startswith(what)
    assert not (tmp_path / "x.npz").exists()
