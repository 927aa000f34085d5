"""The run of an audit: labels as columns, pairs, stored answers, continued runs, and what no system may see."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections import Counter

import numpy as np
import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner

from evenface.cli import main
from evenface.dataset import Dataset
from evenface.dataset.foreign import open_labelled
from evenface.errors import EvenfaceError, UsageFault
from evenface.examine.audit import answers as keeping
from evenface.examine.audit.answers import Answers, AnswerStore, folder_of
from evenface.examine.audit.pairs import LISTS, Pairs, limit_pairs, pairs_of, score_pairs
from evenface.examine.audit.records import About, Answer, Detection
from evenface.examine.audit.run import Asked, audit
from evenface.examine.audit.subjects import read_subjects
from evenface.files.storage import lock

ABOUT = About("own", "1", ("detect", "embed"), threshold=0.5)

SYSTEM = """
import json, os, time
from pathlib import Path
from hashlib import sha256
from evenface.examine.audit.records import About, Answer, Detection
from evenface.examine.audit.systems import Compared

LOG = Path(os.environ["EVENFACE_TEST_LOG"])

def record(picture):
    with LOG.open("a") as file:
        file.write(json.dumps([picture.number, sha256(picture.data).hexdigest()]) + "\\n")

class Own:
    about = About("own", "1", ("detect", "embed"), threshold=0.5)
    def answer(self, pictures):
        time.sleep(float(os.environ.get("EVENFACE_TEST_PAUSE", 0)))
        return [self.one(picture) for picture in pictures]
    def one(self, picture):
        record(picture)
        value = float(len(picture.data) % 97)
        return Answer(faces=(Detection((1.0, 2.0, 30.0, 40.0), 0.5),), embedding=(1.0, value))

class Newer(Own):
    about = About("own", "2", ("detect", "embed"), threshold=0.5)

class Weak(Own):
    about = About("weak", "1", ("detect", "embed"))
    def one(self, picture):
        found = super().one(picture)
        return Answer(failure="asleep") if int(picture.number) % 2 and not os.environ.get("EVENFACE_TEST_AWAKE") else found

class Uneven(Own):
    about = About("uneven", "1", ("embed",))
    def one(self, picture):
        size = 3 if picture.number == "1" else 2
        value = float("nan") if picture.number == "2" else 1.0
        return Answer(embedding=(value,) * size)

class Asked(Own):
    about = About("asked", "1", ("compare",))
    def compare(self, pairs):
        for pair in pairs:
            record(pair[0])
        return [Compared(0.5 if int(one.number) % 2 else None) for one, other in pairs]
"""


@pytest.fixture
def log(tmp_path, monkeypatch):
    """Make the systems of this file known, and return what tells the pictures that they were shown."""
    (tmp_path / "modules").mkdir()
    (tmp_path / "modules" / "run_systems.py").write_text(SYSTEM)
    monkeypatch.syspath_prepend(tmp_path / "modules")
    monkeypatch.setenv("EVENFACE_TEST_LOG", str(tmp_path / "log"))

    def shown():
        path = tmp_path / "log"
        lines = [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []
        path.unlink(missing_ok=True)
        return lines

    return shown


@pytest.fixture(scope="module")
def rows(tiny_dataset):
    return list(Dataset.open(tiny_dataset).rows("default"))


@pytest.fixture(scope="module")
def subjects(tiny_dataset):
    return read_subjects(open_labelled(tiny_dataset, whole=True), dataset=Dataset.open(tiny_dataset))[0]


def run(tiny_dataset, tmp_path, *systems, **asked):
    return audit(tiny_dataset, Asked(systems=tuple(f"run_systems:{name}" for name in systems), out=tmp_path / "out", **asked))


def spelled(codes, words):
    return [None if code < 0 else words[code] for code in codes]


# Labels


def test_labels_of_a_dataset_are_columns(subjects, rows):
    words = subjects.words
    assert subjects.image_ids == tuple(row["image_id"] for row in rows)
    assert subjects.sha256 == tuple(row["image_sha256"] for row in rows)
    columns = {
        "identity_id": spelled(subjects.person, words.people),
        "family_id": spelled(subjects.family, words.families),
        "tone": spelled(subjects.tone, words.tones),
        "gender": spelled(subjects.gender, words.genders),
        "cell": spelled(subjects.cell, words.cells),
        "measured_tone": spelled(subjects.measured_tone, words.tones),
        "shot_id": spelled(subjects.shot, words.shots),
        "age_years": subjects.age_years.tolist(),
        "face_box": subjects.box.tolist(),
    }
    for name, column in columns.items():
        assert column == [row[name] for row in rows], name
    assert subjects.reference.tolist() == [row["kind"] == "reference" for row in rows]
    assert (subjects.scale, subjects.design) == ("monk", "independent")
    assert words.genders == ("woman", "man")
    assert list(words.tones) == sorted(words.tones), "in the order of the scale"


def test_a_crossed_design_is_read(made, tiny_spec):
    from evenface.spec import override

    folder = made(override(tiny_spec, design="crossed", identities_per_cell=1, images_per_identity=1))
    found, _ = read_subjects(open_labelled(folder, whole=True), dataset=Dataset.open(folder))
    assert found.design == "crossed"
    assert len(found.words.families) < len(found.words.people)


def foreign(folder, rows, people=3, each=2):
    """A CSV beside pictures: people of two tones by Fitzpatrick's scale, one picture missing, one person without labels."""
    folder.mkdir(exist_ok=True)
    lines = ["file,subject,tone,sex,age"]
    for person in range(people):
        for at in range(each):
            name = f"{person}-{at}.png"
            (folder / name).write_bytes(rows[person * each + at]["image"]["bytes"])
            lines.append(f"{name},p{person},fitzpatrick_{5 if person else 2},{'f' if person % 2 else 'm'},{20 + person}")
    lines += ["absent.png,p1,fitzpatrick_5,f,", "0-0.png,,,,"]
    (folder / "faces.csv").write_text("\n".join(lines))
    return folder / "faces.csv"


def test_labels_of_others(tmp_path, rows):
    from evenface.dataset.foreign import Columns

    table = foreign(tmp_path / "theirs", rows)
    found, problems = read_subjects(open_labelled(table, Columns(gender="sex"), whole=True))
    assert found.image_ids == ("0-0.png", "0-1.png", "1-0.png", "1-1.png", "2-0.png", "2-1.png", "0-0.png (2)")
    assert spelled(found.person, found.words.people) == ["p0", "p0", "p1", "p1", "p2", "p2", None]
    assert found.cell[-1] == -1
    assert spelled(found.cell[:4], found.words.cells) == ["fitzpatrick_2/man"] * 2 + ["fitzpatrick_5/woman"] * 2
    np.testing.assert_array_equal(found.age_years, [20, 20, 21, 21, 22, 22, np.nan])
    assert (found.scale, found.design) == ("fitzpatrick", None)
    assert np.isnan(found.box).all()
    assert not found.reference.any()
    assert [problem.why for problem in problems] == [f"the file {tmp_path}/theirs/absent.png does not exist"]


def test_numbers_in_names_are_sorted_by_value(tmp_path, rows):
    folder = tmp_path / "theirs"
    foreign(folder, rows)
    (folder / "faces.csv").write_text("file,subject,tone\n0-0.png,p10,10\n0-1.png,p9,9\n1-0.png,p1,1\n")
    found, _ = read_subjects(open_labelled(folder / "faces.csv", whole=True))
    assert found.words.tones == ("1", "9", "10")
    assert found.scale is None


def test_tones_of_a_scale_are_read_however_they_are_spelled(tmp_path, rows):
    folder = tmp_path / "theirs"
    foreign(folder, rows)
    (folder / "faces.csv").write_text(
        "file,subject,tone\n0-0.png,a,MST 5\n0-1.png,b,10\n1-0.png,c,monk_01\n1-1.png,d,tan\n2-0.png,e,tan\n"
    )
    found, problems = read_subjects(open_labelled(folder / "faces.csv", whole=True), scale="mst")
    assert spelled(found.tone, found.words.tones) == ["monk_05", "monk_10", "monk_01", None, None]
    assert (found.scale, found.words.tones) == ("monk", ("monk_01", "monk_05", "monk_10"))
    assert [(each.name, each.why) for each in problems] == [("2 pictures", "the tone tan is not a step of mst")]


# Pairs


def test_pairs_to_be_asked_for_are_those_of_the_protocol(tiny_dataset, subjects):
    pairs, problems = pairs_of(subjects, Dataset.open(tiny_dataset), every=False)
    listed = [(row["image_id_a"], row["image_id_b"], row["list"]) for row in Dataset.open(tiny_dataset).rows("verification")]
    ids = subjects.image_ids
    assert [(ids[a], ids[b], LISTS[at]) for a, b, at in zip(pairs.first, pairs.second, pairs.which, strict=True)] == listed
    assert problems == ()
    assert (pairs.mated == (subjects.person[pairs.first] == subjects.person[pairs.second])).all()


def test_templates_and_sets_of_others_are_compared_on_all_pairs(tiny_dataset, subjects, monkeypatch):
    pairs, _ = pairs_of(subjects, None, every=False)
    ours, _ = pairs_of(subjects, Dataset.open(tiny_dataset), every=True)
    assert all((getattr(pairs, name) == getattr(ours, name)).all() for name in ("first", "second", "which"))
    assert len({*zip(pairs.first.tolist(), pairs.second.tolist(), strict=True)}) == len(pairs)
    one, other = pairs.first, pairs.second
    assert (subjects.person[one] == subjects.person[other])[pairs.mated].all()
    assert (subjects.family[one] != subjects.family[other])[~pairs.mated].all()
    assert ((subjects.cell[one] == subjects.cell[other]) == (pairs.which < 2)).all()
    # Three pictures of each of 12 people, two people in each of 6 cells.
    assert Counter(pairs.which.tolist()) == {0: 12 * 3, 1: 6 * 9, 2: 15 * 36}
    monkeypatch.setattr("evenface.examine.audit.pairs.PAIRS_PER_CELL", 2)
    monkeypatch.setattr("evenface.examine.audit.pairs.PAIRS_ACROSS", 20)
    fewer, _ = pairs_of(subjects, None, every=True)
    counts = Counter(fewer.which.tolist())
    assert (counts[0], counts[1]) == (12 * 3, 6 * 2)
    assert 10 <= counts[2] <= 20
    everything = {*zip(pairs.first.tolist(), pairs.second.tolist(), strict=True)}
    assert {*zip(fewer.first.tolist(), fewer.second.tolist(), strict=True)} <= everything


def test_a_limit_takes_evenly_of_all_cells_and_lists_and_more_holds_less(tiny_dataset, subjects):
    pairs, _ = pairs_of(subjects, Dataset.open(tiny_dataset), every=False)
    few, more = (limit_pairs(pairs, subjects, most) for most in (36, 60))
    assert (len(few), len(more)) == (36, 60)
    groups = Counter(zip(few.which.tolist(), subjects.cell[few.first].tolist(), strict=True))
    assert max(groups.values()) - min(groups.values()) <= 1
    assert {*zip(few.first, few.second, strict=True)} < {*zip(more.first, more.second, strict=True)}
    assert limit_pairs(pairs, subjects, 10**6) is pairs


def test_scores_are_cosines_or_distances_and_missing_where_a_template_is():
    answers = Answers.of(
        [Answer(embedding=(3.0, 4.0)), Answer(embedding=(4.0, 3.0)), Answer(faces=()), Answer(embedding=(0.0, 1.0))]
    )
    pairs = Pairs(*np.array([[0, 1, 0], [0, 2, 0], [0, 3, 1]]).T)
    found = score_pairs(answers, pairs, ABOUT)
    np.testing.assert_allclose(found.scores, [24 / 25, np.nan, 4 / 5], rtol=1e-6)
    assert found.failures == {"a picture without a template": 1}
    apart = score_pairs(answers, pairs, About("far", "1", ("embed",), scores="distance"))
    np.testing.assert_allclose(apart.scores, [np.sqrt(2), np.nan, np.sqrt(18)], rtol=1e-6)


# What is kept


def test_answers_come_back_as_they_were(tmp_path):
    said = {
        "a": Answer((Detection((1.5, 2, 3, 4), 0.5), Detection((1, 2, 3, 4))), "woman", 0.75, 30.5, (0.5, 0.25)),
        "b": Answer(faces=()),
        "c": Answer(failure="crashed"),
        "d": Answer(embedding=(1.0,)),
    }
    with AnswerStore(tmp_path, ABOUT) as kept:
        for name, answer in said.items():
            kept.add(name, answer)
    assert kept.hashes() == {*said}
    assert list(kept.collect(["b", "a", "c", "b", "e"])) == [
        *(said[name] for name in "bacb"),
        Answer(failure="no answer"),
    ]
    both = list(AnswerStore(tmp_path, ABOUT).collect(["a", "d"]))
    assert both[0] == said["a"] or both[1] == said["d"]
    assert AnswerStore(tmp_path, ABOUT, again=True).hashes() == {"a", "b", "d"}


def test_templates_of_another_size_are_failures():
    found = Answers.of([Answer(embedding=(1.0, 2.0)), Answer(embedding=(1.0, 2.0)), Answer(embedding=(1.0, 2.0, 3.0))])
    assert [each.failure for each in found] == [None, None, "a template of 3 numbers, but others have 2"]
    assert found.embeddings.shape == (3, 2)


def test_parts_are_written_as_answers_come_and_are_whole(tmp_path, monkeypatch):
    monkeypatch.setattr(keeping, "PART_PICTURES", 3)
    kept = AnswerStore(tmp_path, ABOUT)
    for at in range(8):
        kept.add(str(at), Answer(faces=()))
    folder = folder_of(tmp_path, ABOUT)
    assert sorted(path.name for path in folder.iterdir()) == ["00000.parquet", "00001.parquet", "about.json"]
    monkeypatch.setattr(keeping, "PART_SECONDS", 0.0)
    kept.add("8", Answer(faces=()))
    assert kept.hashes() == {*map(str, range(9))}


def test_a_name_is_never_a_path(tmp_path):
    folder = folder_of(tmp_path, About("../../etc/passwd", "1", ("detect",)))
    assert folder.parent == tmp_path / "answers"
    assert folder.name.startswith("etc-passwd-")


# The run


def test_a_system_sees_no_label(tiny_dataset, tmp_path, log, subjects):
    found = run(tiny_dataset, tmp_path, "Own")
    shown = log()
    assert [number for number, _ in shown] == [str(at) for at in range(1, len(subjects) + 1)]
    assert {digest for _, digest in shown} == {*subjects.sha256}
    answers = list(found.answers["own"])
    assert len(answers) == len(subjects)
    assert {each.failure for each in answers} == {None}
    scored = found.comparisons["own"]
    assert len(scored.scores) == 36 * 35 // 2, "every two pictures"
    assert np.isfinite(scored.scores).all()
    assert (found.kind, found.problems, found.choosers) == ("evenface", (), ())


def test_the_same_again_asks_nothing_and_another_version_asks_all(tiny_dataset, tmp_path, log):
    first = run(tiny_dataset, tmp_path, "Own")
    count = len(log())
    again = run(tiny_dataset, tmp_path, "Own")
    assert log() == []
    assert list(again.answers["own"]) == list(first.answers["own"])
    np.testing.assert_array_equal(again.comparisons["own"].scores, first.comparisons["own"].scores)
    run(tiny_dataset, tmp_path, "Newer")
    assert len(log()) == count


def test_answers_depend_on_neither_workers_nor_order(tiny_dataset, tmp_path, log):
    one = run(tiny_dataset, tmp_path / "one", "Own")
    two = run(tiny_dataset, tmp_path / "two", "Own", workers=2)
    assert list(one.answers["own"]) == list(two.answers["own"])


def test_two_systems_of_one_name_are_kept_apart(tiny_dataset, tmp_path, log):
    found = run(tiny_dataset, tmp_path, "Own", "Newer")
    assert [*found.abouts] == ["own", "own (2)"]
    assert found.abouts["own (2)"].version == "2"


def test_failures_are_kept_and_asked_again_on_demand(tiny_dataset, tmp_path, log, monkeypatch):
    found = run(tiny_dataset, tmp_path, "Weak")
    failed = found.answers["weak"].failures
    assert failed == {"asleep": len(log()) // 2}
    monkeypatch.setenv("EVENFACE_TEST_AWAKE", "1")
    assert run(tiny_dataset, tmp_path, "Weak").answers["weak"].failures == failed
    assert log() == []
    assert not run(tiny_dataset, tmp_path, "Weak", again=True).answers["weak"].failures
    assert len(log()) == failed["asleep"]


def test_what_never_answers_leaves_no_failure_behind(tiny_dataset, tmp_path, log, monkeypatch):
    monkeypatch.setenv("EVENFACE_TEST_PAUSE", "not a number")
    with pytest.raises(EvenfaceError, match="the system run_systems:Own fails at every picture: ValueError: could not convert"):
        run(tiny_dataset, tmp_path, "Own")
    monkeypatch.setenv("EVENFACE_TEST_PAUSE", "0")
    assert not run(tiny_dataset, tmp_path, "Own").answers["own"].failures


def test_uneven_and_unreal_templates_are_failures(tiny_dataset, tmp_path, log):
    found = run(tiny_dataset, tmp_path, "Uneven").answers["uneven"]
    assert found.failures == {
        "a template of 3 numbers, but others have 2": 1,
        "a template with an entry that is not a finite number": 1,
    }


def test_pairs_are_shown_to_who_gives_no_template(tiny_dataset, tmp_path, log):
    found = run(tiny_dataset, tmp_path, "Asked", max_pairs=20).comparisons["asked"]
    assert len(found.pairs) == len(log()) == 20
    assert found.failures["no score"] == np.isnan(found.scores).sum()
    # Twenty of these are there already.
    assert len(run(tiny_dataset, tmp_path, "Asked", max_pairs=30).comparisons["asked"].pairs) == 30
    assert len(log()) == 10


def test_a_killed_run_loses_no_finished_part(tiny_dataset, tmp_path, log, monkeypatch):
    code = (
        "from evenface.examine.audit import answers; answers.PART_PICTURES = 16\n"
        "from evenface.examine.audit.run import Asked, audit\n"
        "from pathlib import Path\n"
        "if __name__ == '__main__':\n"
        f"    audit({str(tiny_dataset)!r}, Asked(systems=('run_systems:Own',), out=Path({str(tmp_path / 'out')!r})))\n"
    )
    (tmp_path / "killed.py").write_text(code)
    paths = os.pathsep.join([str(tmp_path / "modules"), os.environ.get("PYTHONPATH", "")])
    environment = os.environ | {"PYTHONPATH": paths, "EVENFACE_TEST_PAUSE": "1"}
    process = subprocess.Popen([sys.executable, str(tmp_path / "killed.py")], env=environment)
    part = folder_of(tmp_path / "out", ABOUT) / "00000.parquet"
    deadline = time.monotonic() + 60
    while not part.exists() and time.monotonic() < deadline:
        time.sleep(0.02)
    process.send_signal(signal.SIGKILL)
    process.wait()
    done = {*pq.read_table(part).column("sha256").to_pylist()}
    assert len(done) == 16
    log()
    found = run(tiny_dataset, tmp_path, "Own")
    assert not {digest for _, digest in log()} & done
    assert not found.answers["own"].failures


def test_two_audits_do_not_share_a_folder(tiny_dataset, tmp_path, log):
    run(tiny_dataset, tmp_path, "Own")
    with lock(tmp_path / "out" / "answers" / ".lock", "x"), pytest.raises(UsageFault) as fault:
        run(tiny_dataset, tmp_path, "Own")
    assert fault.value.what == f"another process is auditing into {tmp_path / 'out'}"
    assert fault.value.hint == "wait for it to end, or choose another folder with --out"
    run(tiny_dataset, tmp_path, "Own")


def test_a_damaged_part_says_what_to_remove(tiny_dataset, tmp_path, log):
    run(tiny_dataset, tmp_path, "Own")
    part = folder_of(tmp_path / "out", ABOUT) / "00000.parquet"
    part.write_bytes(b"PAR1")
    with pytest.raises(EvenfaceError) as caught:
        run(tiny_dataset, tmp_path, "Own")
    assert caught.value.hint == f"remove it to ask its pictures again: rm {part}"


def test_a_file_of_scores_is_held_against_the_set(tiny_dataset, tmp_path, rows):
    table = tmp_path / "theirs.csv"
    names = [row["image_id"] for row in rows]
    table.write_text("image_id,gender\n" + "".join(f"{name},woman\n" for name in [*names[1:], "stranger"]))
    found = audit(tiny_dataset, Asked(systems=(f"scores:{table}",), out=tmp_path / "out"))
    assert found.answers["theirs"].failures == {"not in the file": 1}
    assert [problem.why for problem in found.problems] == [
        "answers 1 pictures that are not in the set, e.g. stranger",
        "has no answer for 1 pictures: they count as failures",
    ]
    table.write_text("image_id,gender\nstranger,woman\n")
    with pytest.raises(UsageFault) as caught:
        audit(tiny_dataset, Asked(systems=(f"scores:{table}",), out=tmp_path / "out"))
    assert caught.value.what == "theirs has no answer to any picture or pair of the set"


def test_scores_of_pairs_by_their_ids(tiny_dataset, tmp_path):
    listed = list(Dataset.open(tiny_dataset).rows("verification", ["pair_id", "mated"]))
    table = tmp_path / "theirs.csv"
    table.write_text("pair_id,score\n" + "".join(f"{row['pair_id']},{float(row['mated'])}\n" for row in listed[1:]))
    found = audit(tiny_dataset, Asked(systems=(f"scores:{table}",), out=tmp_path / "out")).comparisons["theirs"]
    assert np.isnan(found.scores[0])
    np.testing.assert_array_equal(found.scores[1:], found.pairs.mated[1:].astype(float))
    assert found.failures == {"not in the file": 1}


def test_a_foreign_set_is_audited_too(tmp_path, rows, log):
    table = foreign(tmp_path / "theirs", rows)
    found = run(table, tmp_path, "Own")
    assert found.kind == "csv"
    assert len(found.answers["own"]) == 7
    # One picture stands in the table twice, and is shown once.
    assert len(log()) == 6
    assert [problem.why for problem in found.problems] == [f"the file {tmp_path}/theirs/absent.png does not exist"]


@pytest.mark.parametrize(
    ("systems", "what"),
    [
        ((), "no system is given"),
        (("haar", "haar"), "the system haar is given twice"),
        (("harr",), "the system 'harr' does not exist"),
    ],
)
def test_wrong_use_is_found_before_anything_is_read(tmp_path, systems, what):
    with pytest.raises(UsageFault) as caught:
        audit(tmp_path / "nowhere", Asked(systems=systems, out=tmp_path / "out"))
    assert caught.value.what == what
    assert not (tmp_path / "out").exists()


def test_out_may_hold_an_audit_and_nothing_else(tiny_dataset, tmp_path, log):
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "thesis.txt").write_text("")
    with pytest.raises(UsageFault, match="is not empty and holds no audit"):
        run(tiny_dataset, tmp_path, "Own")
    (tmp_path / "out" / "thesis.txt").unlink()
    assert run(tiny_dataset, tmp_path, "Own").answers


# The command


def test_the_command_lists_what_was_answered(tiny_dataset, tmp_path, log):
    command = ["audit", str(tiny_dataset), "--system", "run_systems:Own", "--out", str(tmp_path / "out"), "--quiet"]
    done = CliRunner().invoke(main, command, catch_exceptions=False)
    assert (done.exit_code, done.stderr) == (0, "")
    assert "own" in done.stdout
    data = json.loads(CliRunner().invoke(main, [*command, "--json"]).stdout)
    assert data["problems"] == []
    assert data["systems"][0] == {
        "system": "own",
        "version": "1",
        "pictures": 36,
        "failures": 0,
        "face found": 36,
        "templates": 36,
        "pairs": data["systems"][0]["pairs"],
        "not compared": 0,
        "why": {},
    }


def test_no_set_is_wrong_use(tmp_path):
    done = CliRunner().invoke(main, ["audit", str(tmp_path / "x"), "--system", "haar", "--out", str(tmp_path / "out")])
    assert done.exit_code == 2
    hint = "give a dataset, a folder of parquet files, a CSV, or a folder with a folder for each person"
    assert done.stderr == f"Error: {tmp_path}/x does not exist\nTry: {hint}\n"
    assert not (tmp_path / "out").exists(), "nothing is begun"


def test_an_answer_is_bound_to_the_bytes_of_its_picture(tiny_dataset, tmp_path, log):
    copy = shutil.copytree(tiny_dataset, tmp_path / "copy")
    run(tiny_dataset, tmp_path, "Own")
    log()
    run(copy, tmp_path, "Own")
    assert log() == []
