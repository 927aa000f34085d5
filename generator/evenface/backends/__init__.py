"""Backends: each makes a picture of a person, in a tone, as a shot describes it. ``BACKENDS`` names those of evenface."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import cache
from importlib.metadata import version
from inspect import getsourcefile
from pathlib import Path
from typing import NamedTuple, Protocol, cast, runtime_checkable

from evenface.errors import UsageFault
from evenface.files.storage import sha256_of
from evenface.plugins import Kind, is_place, load_class
from evenface.processor import processor_family
from evenface.records import Frame, Identity, Recipe, RenderRecipe, Shot
from evenface.records.diffusion import Diffusion, Machine
from evenface.vocabulary import Tone

__all__ = [
    "BACKENDS",
    "LIGHT",
    "Backend",
    "PhotoBackend",
    "PhotoSetup",
    "executor_for",
    "find_backend",
    "load_backend",
    "make_frames",
    "recipe_of",
    "render_recipe",
    "reuse_backend",
]


class Backend(Protocol):
    """Makes pictures. Lives as long as its worker and may keep a scene, but a frame depends on the arguments alone.

    An attribute ``recipe``, a ``RenderRecipe``, states what its bytes depend on (``render_recipe`` makes one). For a backend
    without it the recipe holds the digest of its source file.
    """

    def render(self, identity: Identity, tone: Tone, shot: Shot) -> Frame:
        """Make one picture of ``identity`` in ``tone`` as ``shot`` describes it."""
        ...


@runtime_checkable
class PhotoBackend(Backend, Protocol):
    """A backend that makes the pictures of one person together, from one photograph of them: the anchor.

    Its ``render`` returns the render behind a photograph. An attribute ``renders``, a ``RenderRecipe``, states how those renders
    are made.
    """

    recipe: Recipe

    def photograph(self, identity: Identity, tone: Tone, anchor: Shot, shots: Sequence[Shot]) -> Iterator[Frame]:
        """Make the pictures of one person in the order of ``shots``; each depends on its own arguments alone."""
        ...


class PhotoSetup(NamedTuple):
    """What a ``PhotoBackend`` is started with: what its pictures depend on, and the device that draws them."""

    settings: Diffusion
    seed: int
    """Of the spec."""
    scale: str
    machine: Machine = Machine()


BACKENDS: dict[str, str] = {
    "cycles": "evenface.backends.cycles.engine:Cycles",
    "swatch": "evenface.backends.swatch:Swatch",
    "diffusion": "evenface.backends.diffusion.photographs:DiffusionBackend",
}

LIGHT = frozenset({"swatch"})
"""Backends that neither grow nor crash: a single worker runs in this process."""

_INSTALL = {"PIL": "pillow"}
"""Names to install that differ from the names to import."""
_KIND = Kind(
    "backend",
    lambda package: f"pip install {_INSTALL.get(package, package)}; evenface doctor lists what each backend needs",
    "a library of the system may be missing; evenface doctor lists what each backend needs",
)


def find_backend(name: str) -> str:
    """Return the ``module:Class`` behind ``name``, which may be one itself, without importing it."""
    place = BACKENDS.get(name, name)
    if not is_place(place):
        raise UsageFault(f"there is no backend {name!r}", f"choose one of: {', '.join(BACKENDS)}; or your own as module:Class")
    return place


def make_frames(backend: Backend, identity: Identity, tone: Tone, shots: Sequence[Shot], anchor: Shot) -> Iterator[Frame]:
    """Make pictures of one person, together where the backend can."""
    if isinstance(backend, PhotoBackend):
        return backend.photograph(identity, tone, anchor, shots)
    return (backend.render(identity, tone, shot) for shot in shots)


def load_backend(name: str, setup: PhotoSetup | None = None) -> Backend:
    """Import the backend called ``name`` and start it, a ``PhotoBackend`` with its setup."""
    return load_class(_KIND, name, find_backend(name), lambda found: cast(Backend, found() if setup is None else found(setup)))


def executor_for(name: str, workers: int) -> str:
    """Return the executor for a backend: processes, except for a single worker of a light backend."""
    return "serial" if workers == 1 and name in LIGHT else "local"


def render_recipe(backend: str, revision: int, packages: Sequence[str], data: Sequence[tuple[str, str]] = ()) -> RenderRecipe:
    """Return the recipe of a backend on this machine.

    Args:
        packages: Names of the installed distributions that the bytes depend on.
        data: What else they depend on, by name with its digest.
    """
    return RenderRecipe(backend, revision, tuple((name, version(name)) for name in packages), tuple(data), processor_family())


def recipe_of(backend: Backend, name: str) -> RenderRecipe | None:
    """Return what the renders of ``backend``, which the user calls ``name``, depend on; None for photographs without renders."""
    if isinstance(backend, PhotoBackend):
        behind: RenderRecipe | None = getattr(backend, "renders", None)
        return behind
    stated = getattr(backend, "recipe", None)
    if isinstance(stated, RenderRecipe):
        return replace(stated, backend=name)
    return render_recipe(name, 0, ("numpy", "pillow"), _source(type(backend)))


def _source(kind: type) -> tuple[tuple[str, str], ...]:
    """Return the digest of the source file of a class; nothing where there is no such file."""
    try:
        return (("source", sha256_of(Path(getsourcefile(kind) or ""))),)
    except (OSError, TypeError):
        return ()


@cache
def reuse_backend(name: str, setup: PhotoSetup | None = None) -> Backend:
    """Return the backend called ``name`` of this process, started on its first use."""
    return load_backend(name, setup)
