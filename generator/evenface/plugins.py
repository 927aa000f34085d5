"""Load classes named ``module:Class``, of evenface and of other packages; an error says what is missing."""

from __future__ import annotations

import sys
from collections.abc import Callable
from importlib import import_module
from typing import Any, NamedTuple, TypeVar

from evenface.errors import UsageFault

__all__ = ["Kind", "is_place", "load_class"]

T = TypeVar("T")


class Kind(NamedTuple):
    """Words for errors about one kind of class."""

    noun: str
    """``backend``, ``system``."""
    install: Callable[[str], str]
    """Return what to type for a missing package."""
    broken: str
    """What to do if it is installed but does not start."""


def is_place(place: str) -> bool:
    """Return whether ``place`` has the form ``module:Class``."""
    module, _, name = place.partition(":")
    return name.isidentifier() and all(part.isidentifier() for part in module.split("."))


def load_class(kind: Kind, name: str, place: str, start: Callable[[Any], T]) -> T:
    """Import the class at ``place`` and return ``start(class)``.

    Args:
        name: What the user calls it.

    Raises:
        UsageFault: There is no such module or class, a package is missing, or the import fails.
    """
    module, _, called = place.partition(":")
    try:
        found = getattr(import_module(module), called, None)
        if found is None:
            raise UsageFault(f"the module {module} has no {called}", f"name your {kind.noun} as module:Class")
        return start(found)
    except ModuleNotFoundError as error:
        raise _missing(kind, name, module, error.name or str(error)) from error
    except ImportError as error:
        raise UsageFault(f"the {kind.noun} {name!r} is installed but does not start: {error}", kind.broken) from error


def _missing(kind: Kind, name: str, module: str, package: str) -> UsageFault:
    if f"{module}.".startswith(f"{package}."):
        hint = "check the name, and that PYTHONPATH has the folder of the module"
        return UsageFault(f"there is no module {package} for the {kind.noun} {name!r}", hint)
    package = package.partition(".")[0]
    python = f"{sys.version_info.major}.{sys.version_info.minor}"
    what = f"the {kind.noun} {name!r} needs the package {package}, which is not installed for this Python ({python})"
    return UsageFault(what, f"type: {kind.install(package)}")
