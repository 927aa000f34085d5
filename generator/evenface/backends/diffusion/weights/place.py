"""Where a model lies: a name as a user gives it comes in, a folder goes out. Nothing is fetched.

A name is a folder (or a file in one), or an id of the Hub, ``owner/name``, which may go on with the path of a file in it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from evenface.backends.diffusion.weights.known import how_to_fetch
from evenface.errors import UsageFault

__all__ = ["Place", "place_of"]

_ID = re.compile(r"([\w.-]+/[\w.-]+)((?:/[\w.-]+)*)")


@dataclass(frozen=True, slots=True)
class Place:
    """A model on this machine."""

    model: str
    """Hub id, or the name of the folder without its path."""
    revision: str
    """Commit on the Hub, or empty for a folder."""
    folder: Path
    within: str = ""
    """A file of the folder, where one was named; with forward slashes."""

    def fault(self, what: str, hint: str = "") -> UsageFault:
        """Return the error that says what is wrong with it, and how to fetch it anew where nothing else helps."""
        again = (
            how_to_fetch(self.model, self.revision) if self.revision else "choose another folder, or put in it what is missing"
        )
        return UsageFault(f"the model {self.model} cannot be used: {what}", hint or again)


def place_of(model: str, revision: str = "") -> Place:
    """Return where ``model`` lies.

    Raises:
        UsageFault: It is neither a folder nor an id in the cache of the Hub; with the command that fetches it.
    """
    path = Path(model).expanduser()
    if path.is_dir():
        return Place(path.resolve().name, "", path.resolve())
    if path.is_file():
        return Place(path.resolve().parent.name, "", path.resolve().parent, path.name)
    named = _ID.fullmatch(model)
    if not named or model.startswith((".", "/", "~")) or ".." in model:
        raise UsageFault(f"there is no model at {model}", "name a folder that is there, or a model of the Hub as owner/name")
    return _cached(named[1], named[2].strip("/"), revision)


def _cached(model: str, within: str, revision: str) -> Place:
    """Find a model in the cache of the Hub, without asking the Hub for anything."""
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import HFValidationError, LocalEntryNotFoundError

    try:
        folder = Path(snapshot_download(model, revision=revision or None, local_files_only=True))
    except HFValidationError as error:
        raise UsageFault(
            f"{model!r} is no name of a model: {error}", "name a folder, or a model of the Hub as owner/name"
        ) from error
    except LocalEntryNotFoundError as error:
        wanted = f"{model} at revision {revision}" if revision else model
        what = (
            f"the model {wanted} is not on this machine: there is no folder of that name, and it is not in the cache of the Hub"
        )
        raise UsageFault(what, how_to_fetch(model, revision)) from error
    place = Place(model, folder.name, folder, within)
    if within and not (folder / within).is_file():
        raise place.fault(f"there is no file {within} in it")
    return place
