"""What face models said is kept for invented people: the same numbers without asking, and nothing where nothing may be kept."""

from __future__ import annotations

import json
import sqlite3
import subprocess
import sys
from hashlib import sha256

import pytest

from evenface.dataset import Dataset
from evenface.errors import EvenfaceError
from evenface.examine.audit.systems import Picture, Settings
from evenface.examine.audit.systems.opening import open_system
from evenface.faces import cache
from evenface.faces.cache import VARIABLE, ReadingCache
from evenface.faces.detection import DetectorAndRecogniser
from evenface.faces.models.process import Worker
from evenface.faces.reader import open_face_models

PRINTS = {"yunet": "y1", "sface": "s1"}


@pytest.fixture(scope="module")
def pictures(real_faces):
    return [(f"id-{at}", row["image"]["bytes"]) for at, row in enumerate(Dataset.open(real_faces).rows("default"))]


@pytest.fixture(scope="module")
def models():
    with open_face_models() as opened:
        yield opened


@pytest.fixture(scope="module")
def fresh(models, pictures):
    return models.read(pictures)


@pytest.fixture
def folder(monkeypatch, tmp_path):
    """The cache folder of a test in which readings are kept."""
    monkeypatch.delenv(VARIABLE)
    monkeypatch.setenv("EVENFACE_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


@pytest.fixture
def asked(monkeypatch):
    """The picture files that the processes of face models are asked about."""
    files, ask = [], Worker.ask

    def noted(worker, blobs):
        files.extend(blobs)
        return ask(worker, blobs)

    monkeypatch.setattr(Worker, "ask", noted)
    return files


def file_of(folder):
    return folder / "face-readings.sqlite"


def test_a_second_reading_asks_nothing_and_gives_the_same_numbers(folder, asked, models, pictures, fresh):
    assert models.read(pictures, keep=True) == fresh
    assert len(asked) == len(pictures)
    assert models.read(pictures[::-1], keep=True) == fresh[::-1]
    with open_face_models(want=("dlib",)) as few:
        (face,) = few.read(pictures[:1], keep=True)
        assert (face.found, face.dlib, face.sface) == (("yunet",), fresh[0].dlib, None)
    assert len(asked) == len(pictures)
    with open_face_models(want=("dlib", "haar")) as others:
        assert set(others.read(pictures[:1], keep=True)[0].boxes) == {"yunet", "haar"}
    assert len(asked) == len(pictures) + 1, "what was not asked before is asked"


def test_only_what_is_missing_is_asked_and_each_file_once(folder, asked, models, pictures, fresh):
    models.read(pictures[:2], keep=True)
    repeated = [*pictures, *((f"again {name}", data) for name, data in pictures)]
    assert [face.sface for face in models.read(repeated, keep=True)] == [face.sface for face in fresh] * 2
    assert asked == [data for _, data in pictures]


def test_a_changed_byte_or_another_model_is_asked_again(folder, asked, models, pictures, fresh, monkeypatch):
    models.read(pictures[:1], keep=True)
    models.read([("a", pictures[0][1] + b"\0")], keep=True)
    assert len(asked) == 2
    (process,) = models._processes
    monkeypatch.setattr(process, "fingerprints", process.fingerprints | {"hog": "of another version"})
    assert models.read(pictures[:1], keep=True) == fresh[:1]
    assert len(asked) == 3
    monkeypatch.undo()


def test_a_fingerprint_is_of_the_models_that_an_answer_depends_on(models):
    before = models._processes[0].fingerprints
    assert len(set(before.values())) == len(before)
    with open_face_models(want=("sface", "dlib_own", "mmod")) as others:
        prints = others._processes[0].fingerprints
    assert prints["sface"] == before["sface"]
    with open_face_models(want=("dlib_own", "hog")) as others:
        assert others._processes[0].fingerprints["dlib_own"] != prints["dlib_own"], "the face is another detector's"


def test_a_problem_with_a_file_is_found_anew(folder, asked, models):
    for _ in range(2):
        (face,) = models.read([("a", b"hello")], keep=True)
        assert face.problem == "the 5 bytes are not a PNG, JPEG or WEBP file"
    assert asked == [b"hello"] * 2


def test_what_is_read_while_processes_are_dead_comes_from_the_cache_and_the_rest_from_others(folder, pictures):
    with open_face_models(want=("yunet",)) as few:
        (face,) = few.read(pictures[:1], keep=True)
        few._processes[0]._process.kill()
        assert few.read(pictures[:1], keep=True) == [face]
        with pytest.raises(EvenfaceError, match="with signal 9"):
            few.read(pictures[1:2], keep=True)
        assert few.read(pictures[1:2], keep=True)[0].found == ("yunet",)


def test_an_audit_and_the_loop_of_photographs_take_what_a_measurement_kept(folder, asked, models, pictures, fresh):
    models.read(pictures, keep=True)
    asked.clear()
    with open_system("yunet-sface", Settings(keep=True)) as opened:
        ((_, answers),) = opened.answers([[Picture(*each) for each in pictures]])
    with DetectorAndRecogniser() as others:
        seen = others.look([data for _, data in pictures])
    assert [each.embedding for each in answers] == [each.embedding for each in seen] == [face.sface for face in fresh]
    assert asked == []
    with open_system("yunet-sface", Settings()) as opened:
        list(opened.answers([[Picture(*pictures[0])]]))
    assert len(asked) == 1, "of pictures that may show real people nothing is kept, or taken"


# Nothing that must not be there


def test_the_file_has_numbers_and_hashes_and_no_names(folder, models, pictures):
    models.read([("monk_03-woman-0000", pictures[0][1])], keep=True)
    assert b"monk_03" not in file_of(folder).read_bytes()
    with sqlite3.connect(file_of(folder)) as file:
        assert {name for (name,) in file.execute("SELECT DISTINCT picture FROM readings")} == {sha256(pictures[0][1]).hexdigest()}
    file.close()
    assert file_of(folder).stat().st_mode & 0o077 == 0, "readable by its owner alone"


def test_nothing_is_left_where_nothing_may_be_kept(folder, models, pictures, monkeypatch):
    models.read(pictures[:1])
    monkeypatch.setenv(VARIABLE, "0")
    models.read(pictures[:1], keep=True)
    assert not folder.exists()


# Damage, size and other processes


def entries(path, *pictures):
    found = ReadingCache(PRINTS, path)
    found.keep({picture: {"yunet": [[1.5, 2.25]], "sface": [0.1]} for picture in pictures})
    return found


def test_a_damaged_entry_or_file_counts_as_none_and_is_written_anew(tmp_path):
    path = tmp_path / "cache" / "readings.sqlite"
    found = entries(path, "a", "b")
    with sqlite3.connect(path) as file:
        file.execute("UPDATE readings SET said = '[0.2]' WHERE picture = 'a' AND model = 's1'")
    file.close()
    assert found.find(["a", "b"]).keys() == {"b"}
    entries(path, "a")
    assert found.find(["a"]) == {"a": {"yunet": [[1.5, 2.25]], "sface": [0.1]}}
    path.write_bytes(b"not a database " * 100)
    assert found.find(["a"]) == {}
    entries(path, "a")
    assert found.find(["a"]).keys() == {"a"}


def test_where_no_file_can_be_written_nothing_is_kept_and_nothing_fails(tmp_path):
    (tmp_path / "file").write_text("")
    found = entries(tmp_path / "file" / "cache" / "readings.sqlite", "a")
    assert found.find(["a"]) == {}


def test_the_oldest_entries_give_way(tmp_path, monkeypatch):
    monkeypatch.setattr(cache, "MAXIMUM_BYTES", 200_000)
    path = tmp_path / "readings.sqlite"
    found = ReadingCache(PRINTS, path)
    for at in range(100):
        found.keep({f"{at:064d}": {"yunet": [], "sface": [0.123456789] * 500}})
    assert path.stat().st_size < 220_000
    left = sorted(map(int, found.find(f"{at:064d}" for at in range(100))))
    assert left == list(range(left[0], 100)), "the newest are there"
    assert 10 < len(left) < 40


def test_several_processes_keep_at_once(tmp_path):
    path = tmp_path / "cache" / "readings.sqlite"
    code = """
import sys
from pathlib import Path
from evenface.faces.cache import ReadingCache
found = ReadingCache({"yunet": "y1"}, Path(sys.argv[1]))
for at in range(25):
    found.keep({f"{sys.argv[2]}-{at}": {"yunet": [at + 0.1]}})
"""
    running = [subprocess.Popen([sys.executable, "-c", code, str(path), str(who)]) for who in range(4)]
    assert [each.wait() for each in running] == [0] * 4
    names = [f"{who}-{at}" for who in range(4) for at in range(25)]
    found = ReadingCache({"yunet": "y1"}, path).find(names)
    assert {name: found[name]["yunet"] for name in names} == {name: [int(name.split("-")[1]) + 0.1] for name in names}


@pytest.mark.parametrize("number", [0.1, 1e-320, -0.0, 1.7976931348623157e308, 0.30000000000000004])
def test_numbers_come_back_bit_for_bit(tmp_path, number):
    found = ReadingCache({"yunet": "y1"}, tmp_path / "readings.sqlite")
    found.keep({"a": {"yunet": [number]}})
    assert json.dumps(found.find(["a"])["a"]["yunet"]) == json.dumps([number])
