"""The table of backends: names, users' own classes, and what is said when a package is missing."""

from __future__ import annotations

import sys

import pytest

from evenface.backends import BACKENDS, LIGHT, find_backend, load_backend
from evenface.backends.swatch import Swatch
from evenface.errors import UsageFault

OWN = {
    "own_backend": "class Own:\n    def render(self, identity, tone, shot): ...\n",
    "needs_package": "import a_package_that_nobody_has.part\nclass Own: ...\n",
    "needs_pillow": "raise ModuleNotFoundError(\"No module named 'PIL'\", name='PIL')\n",
    "needs_library": "raise ImportError('libXi.so.6: cannot open shared object file')\n",
}


@pytest.fixture
def own_backends(tmp_path, monkeypatch):
    for name, text in OWN.items():
        (tmp_path / f"{name}.py").write_text(text)
    monkeypatch.syspath_prepend(tmp_path)
    yield
    for name in OWN:
        sys.modules.pop(name, None)


def said(name):
    with pytest.raises(UsageFault) as fault:
        load_backend(name)
    return fault.value.what, fault.value.hint


def test_a_name_finds_its_class_without_importing_it():
    assert [find_backend(name) for name in BACKENDS] == list(BACKENDS.values())
    assert find_backend("no_such_module_here:Own") == "no_such_module_here:Own"
    assert set(BACKENDS) >= LIGHT


def test_a_known_backend_is_started():
    assert isinstance(load_backend("swatch"), Swatch)


def test_a_backend_of_ones_own(own_backends):
    assert type(load_backend("own_backend:Own")).__name__ == "Own"


@pytest.mark.parametrize("name", ["cyclse", "", ":", "module:", ":Class", "a b:C", "a.:C", "a:b:c"])
def test_an_unknown_name_lists_the_known(name):
    assert said(name) == (
        f"there is no backend {name!r}",
        "choose one of: cycles, swatch, diffusion; or your own as module:Class",
    )


@pytest.mark.parametrize("name", ["no_such_module_here:Own", "no_such_module_here.part:Own"])
def test_a_module_that_is_not_there(name):
    what, hint = said(name)
    assert what == f"there is no module no_such_module_here for the backend '{name}'"
    assert hint == "check the name, and that PYTHONPATH has the folder of the module"


def test_a_class_that_is_not_there(own_backends):
    assert said("own_backend:Other")[0] == "the module own_backend has no Other"


def test_a_missing_package_is_named_with_what_to_install(own_backends):
    what, hint = said("needs_package:Own")
    python = f"{sys.version_info.major}.{sys.version_info.minor}"
    assert what == (
        "the backend 'needs_package:Own' needs the package a_package_that_nobody_has, "
        f"which is not installed for this Python ({python})"
    )
    assert hint == "type: pip install a_package_that_nobody_has; evenface doctor lists what each backend needs"
    assert said("needs_pillow:Own")[1].startswith("type: pip install pillow;")


def test_a_missing_library_of_the_system_is_passed_on(own_backends):
    assert said("needs_library:Own")[0] == (
        "the backend 'needs_library:Own' is installed but does not start: libXi.so.6: cannot open shared object file"
    )
