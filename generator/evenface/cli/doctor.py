"""The room that looks at the machine: nothing comes in, what is installed, what works and what is missing goes out.

It must itself work where everything else is missing, so it reads names and versions from installed metadata and tries a backend
only in a process of its own.
"""

from __future__ import annotations

import os
import platform
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import metadata

from packaging.requirements import Requirement

from evenface import __version__
from evenface.backends import BACKENDS
from evenface.backends.diffusion.quiet import LIBRARIES
from evenface.errors import EvenfaceError

__all__ = ["Check", "Section", "examine", "photographs"]

_NAME = "evenface"
_PROBE_SECONDS = 120
_PROBE = """
import sys
from evenface.backends import load_backend
from evenface.errors import EvenfaceError
try:
    load_backend(sys.argv[1])
except EvenfaceError as error:
    sys.exit(f"{error.what}\\n{error.hint}")
except (ImportError, OSError) as error:
    sys.exit(f"{error}\\n")
"""
_PROBE_PACKAGES = """
import sys
from importlib import import_module
for name in sys.argv[1:]:
    try:
        import_module(name)
    except (ImportError, OSError, RuntimeError) as error:
        print(f"{name} does not start: {error}".replace("\\n", " "))
        break
"""
_PROBE_DEVICES = """
import torch
for at in range(torch.cuda.device_count()):
    card = torch.cuda.get_device_properties(at)
    print(f"cuda:{at}, {card.name}, {card.total_memory / 2**30:.0f} GiB")
if torch.backends.mps.is_available():
    print("mps, which shares the memory of the processor")
"""
_LIBRARIES = "libx11-6 libxrender1 libxfixes3 libxi6 libxkbcommon0 libsm6 libice6 libgl1"
"""Debian's names of the system libraries that Blender's module is linked with."""


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was looked at."""

    name: str
    found: str
    """A version, a number, a path; or what is wrong."""
    good: bool = True
    hint: str = ""


@dataclass(frozen=True, slots=True)
class Section:
    """Checks of one kind."""

    title: str
    checks: tuple[Check, ...]
    needed: bool = True
    """Whether anything wrong here keeps evenface from working; an extra that is not installed does not."""

    @property
    def good(self) -> bool:
        """True when nothing that is needed is wrong."""
        return not self.needed or all(check.good for check in self.checks)


def examine() -> tuple[Section, ...]:
    """Look at the machine, the packages, the backends, the face models, the extras and the cache."""
    requirements = _requirements()
    return (
        Section("Machine", tuple(_machine())),
        Section("Packages", tuple(_packages(requirements, ""))),
        Section("Backends", tuple(_backend(name) for name in BACKENDS if name != "diffusion")),
        Section("Photographs", (photographs(),), needed=False),
        Section("Face models", tuple(_face_models()), needed=False),
        *(Section(f"Extra [{extra}]", tuple(_packages(requirements, extra)), needed=False) for extra in _extras()),
        Section("Cache", tuple(_cache()), needed=False),
    )


def _machine() -> Iterator[Check]:
    yield Check(_NAME, __version__)
    supported = sys.version_info[:2] in ((3, 11), (3, 13))
    yield Check(
        "python", f"{platform.python_version()} at {sys.executable}", supported, "" if supported else "use CPython 3.11 or 3.13"
    )
    yield Check("system", platform.platform())
    yield Check("device", f"processor with {os.cpu_count()} cores; renders are made by it alone")
    yield from (Check("device", card) for card in _probed(_PROBE_DEVICES) or ())


def _requirements() -> tuple[Requirement, ...]:
    try:
        return tuple(map(Requirement, metadata.requires(_NAME) or ()))
    except metadata.PackageNotFoundError:
        return ()


def _extras() -> list[str]:
    try:
        # The face models have a section of their own: they need not be installed where evenface is.
        return sorted(set(metadata.metadata(_NAME).get_all("Provides-Extra") or ()) - {"judges"})
    except metadata.PackageNotFoundError:
        return []


def _packages(requirements: tuple[Requirement, ...], extra: str) -> Iterator[Check]:
    if not requirements:
        yield Check(_NAME, "is run from its sources and not installed", False, "python -m pip install .")
    for requirement in sorted(requirements, key=lambda each: each.name):
        if _applies(requirement, extra) and (not extra or not _applies(requirement, "")):
            yield _package(requirement, extra)


def _applies(requirement: Requirement, extra: str) -> bool:
    return requirement.marker is None or requirement.marker.evaluate({"extra": extra})


def _package(requirement: Requirement, extra: str) -> Check:
    name, wanted = requirement.name, str(requirement.specifier)
    hint = f"python -m pip install '{_NAME}[{extra}]'" if extra else f"python -m pip install '{name}{wanted}'"
    try:
        found = metadata.version(name)
    except metadata.PackageNotFoundError:
        return Check(name, f"not installed; needs {wanted}", False, hint)
    if not requirement.specifier.contains(found, prereleases=True):
        return Check(name, f"{found}; needs {wanted}", False, hint)
    return Check(name, found)


def _backend(name: str) -> Check:
    command = [sys.executable, "-c", _PROBE, name]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=_PROBE_SECONDS, check=False)
    except subprocess.TimeoutExpired:
        return Check(name, f"did not start within {_PROBE_SECONDS} s", False, "look whether the machine is out of memory")
    if done.returncode == 0:
        return Check(name, "starts")
    what, _, hint = done.stderr.strip().partition("\n")
    if "cannot open shared object file" in what:
        hint = f"apt-get install {_LIBRARIES}"
    return Check(name, what or f"ended with exit code {done.returncode}", False, hint)


def photographs() -> Check:
    """Look at the packages of the backend diffusion; weights are looked at when they are named."""
    wrong = _probed(_PROBE_PACKAGES, *LIBRARIES)
    if wrong is None:
        return Check("diffusion", f"did not start within {_PROBE_SECONDS} s", False, "look whether the machine is out of memory")
    if wrong:
        return Check("diffusion", wrong[0], False, f"python -m pip install '{_NAME}[diffusion]'")
    return Check("diffusion", "starts; which weights are there is looked at when --model names them")


def _probed(code: str, *args: str) -> list[str] | None:
    """Return the lines that ``code`` prints in a process of its own; None where it does not come to an end."""
    command = [sys.executable, "-W", "ignore", "-c", code, *args]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=_PROBE_SECONDS, check=False)
    except subprocess.TimeoutExpired:
        return None
    return done.stdout.splitlines()


def _face_models() -> Iterator[Check]:
    try:
        from evenface.faces.reader import open_face_models

        with open_face_models() as models:
            yield Check("environment", str(models.python))
            for each in models.about:
                yield Check(each.name, f"{each.model}; {each.package} {each.version}; {each.licence}")
    except EvenfaceError as error:
        yield Check("environment", error.what, False, error.hint)
    except ImportError as error:  # of what evenface itself needs
        yield Check("environment", f"not looked for: {error}", False)


def _cache() -> Iterator[Check]:
    from evenface.backends.cycles.head.cache import cache_folder, read_arrays
    from evenface.faces.cache import readings_file

    folder, readings = cache_folder(), readings_file()
    yield Check("folder", str(folder))
    kept = f"{readings.stat().st_size / 1e6:.1f} MB; may be deleted" if readings.is_file() else "none yet"
    yield Check("face readings", kept)
    models = sorted(folder.glob("head-*.npy")) if folder.is_dir() else []
    if not models:
        yield Check("head model", "none yet; made when it is first needed")
        return
    megabytes = sum(path.stat().st_size for path in models) / 1e6
    yield Check("head model", f"{len(models)} in {megabytes:.0f} MB; any may be deleted, the one in use is made again")
    for path in models:
        if read_arrays(path) is None:
            yield Check(path.name, "damaged", False, f"nothing: it is made again when needed; or rm {path}")
