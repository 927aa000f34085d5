"""The room that makes pictures: a person, a tone and a shot come in, a frame goes out; one table names who can do it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cache
from typing import NamedTuple, Protocol, cast, runtime_checkable

from evenface.diffusion import Diffusion, Machine
from evenface.errors import UsageFault
from evenface.named import Kind, is_place, started
from evenface.records import Frame, Identity, Recipe, Shot
from evenface.vocabulary import Tone

__all__ = [
    "BACKENDS",
    "LIGHT",
    "Backend",
    "Photographer",
    "Photography",
    "executor_for",
    "find_backend",
    "frames",
    "kept_backend",
    "load_backend",
]


class Backend(Protocol):
    """Makes pictures. Lives as long as its worker and may keep a scene, but a frame depends on the arguments alone."""

    def render(self, identity: Identity, tone: Tone, shot: Shot) -> Frame:
        """Make one picture of ``identity`` in ``tone`` as ``shot`` describes it."""
        ...


@runtime_checkable
class Photographer(Backend, Protocol):
    """A backend that makes the pictures of one person together, from one photograph of them: the anchor.

    Its ``render`` gives the render behind a photograph.
    """

    recipe: Recipe

    def photograph(self, identity: Identity, tone: Tone, anchor: Shot, shots: Sequence[Shot]) -> Iterator[Frame]:
        """Make the pictures of one person in the order of ``shots``; each depends on its own arguments alone."""
        ...


class Photography(NamedTuple):
    """What a photographer is started with: what pictures depend on, and how the work is laid on the machine."""

    settings: Diffusion
    seed: int
    """Of the spec."""
    scale: str
    machine: Machine = Machine()


BACKENDS: dict[str, str] = {
    "cycles": "evenface.backends.cycles.engine:Cycles",
    "swatch": "evenface.backends.swatch:Swatch",
    "diffusion": "evenface.backends.diffusion.photographs:Photographs",
}

LIGHT = frozenset({"swatch"})
"""Backends that neither grow nor crash: a single worker needs no process of its own."""

_INSTALL = {"PIL": "pillow"}
"""Names to install, where they are not the names to import."""
_KIND = Kind(
    "backend",
    lambda package: f"pip install {_INSTALL.get(package, package)}; evenface doctor tells what each backend needs",
    "a library of the system may be missing; evenface doctor tells what each backend needs",
)


def find_backend(name: str) -> str:
    """Return the ``module:Class`` behind ``name``, which may be one itself, without importing it."""
    place = BACKENDS.get(name, name)
    if not is_place(place):
        raise UsageFault(f"there is no backend {name!r}", f"choose one of: {', '.join(BACKENDS)}; or your own as module:Class")
    return place


def frames(backend: Backend, identity: Identity, tone: Tone, shots: Sequence[Shot], anchor: Shot) -> Iterator[Frame]:
    """Make pictures of one person, together where the backend can."""
    if isinstance(backend, Photographer):
        return backend.photograph(identity, tone, anchor, shots)
    return (backend.render(identity, tone, shot) for shot in shots)


def load_backend(name: str, photography: Photography | None = None) -> Backend:
    """Import the backend called ``name`` and start it, a photographer with its settings."""
    return started(
        _KIND, name, find_backend(name), lambda found: cast(Backend, found() if photography is None else found(photography))
    )


def executor_for(name: str, workers: int) -> str:
    """Return the name of the executor that a backend's pictures are made by: processes, except for one worker of a light one."""
    return "serial" if workers == 1 and name in LIGHT else "local"


@cache
def kept_backend(name: str, photography: Photography | None = None) -> Backend:
    """Return the backend called ``name`` of this process, started on its first use."""
    return load_backend(name, photography)
