"""States that tests share, made once a session: a tiny spec, its plan, its run and its dataset, drawn by the swatch backend."""

from __future__ import annotations

import os
import shutil
import signal
from pathlib import Path

import pytest

from evenface.people.plan import make_plan
from evenface.spec import Spec, override

HERE = Path(__file__).parent

# Face models are asked anew: what a cache keeps of an earlier run would hide what has changed.
os.environ["EVENFACE_KEEP_READINGS"] = "0"
# A shell that runs the suite in the background hands SIGINT down ignored, and every command started here would ignore it too.
signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(scope="session")
def tiny_spec():
    tones = ["monk_01", "monk_06", "monk_10"]
    return override(Spec(), tones=tones, identities_per_cell=2, images_per_identity=2, size_px=64, backend="swatch")


@pytest.fixture(scope="session")
def tiny_plan(tiny_spec):
    return make_plan(tiny_spec)


@pytest.fixture(scope="session")
def made(tmp_path_factory):
    """Return a function that renders and packages a spec, and gives back the folder of the dataset; ``.run`` is beside it."""
    from evenface.publish.package import package
    from evenface.render import render_run

    def make(spec):
        folder = tmp_path_factory.mktemp("made") / "faces"
        plan = make_plan(spec)
        assert not render_run(plan, f"{folder}.run", backend="swatch").failed
        package(f"{folder}.run", folder)
        return folder

    return make


@pytest.fixture(scope="session")
def tiny_dataset(made, tiny_spec):
    """The folder of a dataset; to be read, never changed."""
    return made(tiny_spec)


@pytest.fixture(scope="session")
def tiny_run(tiny_dataset):
    """The folder of the run that ``tiny_dataset`` was packaged from; to be read, never changed."""
    return Path(f"{tiny_dataset}.run")


@pytest.fixture(scope="session")
def real_faces(tmp_path_factory):
    """The folder of a dataset of rendered heads, four people with two pictures each; to be read, never changed."""
    from evenface.publish.package import package
    from evenface.render import render_run

    spec = override(Spec(), tones=[3, 8], genders=["woman", "man"], identities_per_cell=1, images_per_identity=1, size_px=112)
    folder = tmp_path_factory.mktemp("real") / "faces"
    assert not render_run(make_plan(spec), f"{folder}.run", backend="cycles").failed
    package(f"{folder}.run", folder)
    return folder


@pytest.fixture
def own_dataset(tiny_dataset, tmp_path):
    """A copy of ``tiny_dataset`` that a test may change."""
    return Path(shutil.copytree(tiny_dataset, tmp_path / "faces"))


@pytest.fixture(scope="session")
def model(tmp_path_factory):
    """The head model, distilled once a session."""
    from evenface.backends.cycles.head import load_head_model

    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("EVENFACE_CACHE", str(tmp_path_factory.mktemp("cache")))
        return load_head_model()


@pytest.fixture(scope="session")
def heads(model):
    """Neutral vertices of five people of three annotations; to be read, never changed."""
    from evenface.backends.cycles.head import build_head
    from evenface.people.anthropometry import sample_head
    from evenface.rng import rng_for

    return [
        build_head(model, sample_head(rng_for(5, g, i), gender=g, age_years=25 + 9 * i), 25 + 9 * i)
        for g, i in [("woman", 0), ("man", 1), ("woman", 2), ("man", 3), ("androgynous", 4)]
    ]


@pytest.fixture
def golden(request):
    """Return a function that compares a text with a file under tests/ and says how to refresh the file."""

    def compare(name, text):
        path = HERE / name
        if os.environ.get("EVENFACE_REFRESH"):
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        command = f"EVENFACE_REFRESH=1 python -m pytest {request.node.nodeid!r}"
        found = path.read_text(encoding="utf-8") if path.is_file() else None
        assert text == found, f"tests/{name} differs; if the new text is right, refresh it with:\n  {command}"

    return compare
