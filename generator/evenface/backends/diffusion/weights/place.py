"""Find a model on this machine, its licence, its size and the command that fetches it. Nothing is fetched.

A name is a folder (or a file in one), or an id of the Hub, ``owner/name``, which may go on with the path of a file in it. The
licence is the one that the model's card states, else the one known of its id, else the one that the user names.
"""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from evenface.errors import UsageFault

__all__ = ["NOT_STATED", "KnownModel", "Place", "how_to_fetch", "is_research_only", "licence_of", "place_of"]

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
        """Return the error for this model; its hint is the command that fetches the model anew where none is given."""
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
    return _find_cached(named[1], named[2].strip("/"), revision)


def _find_cached(model: str, within: str, revision: str) -> Place:
    """Find a model in the cache of the Hub, without asking the Hub for anything."""
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import HFValidationError, LocalEntryNotFoundError

    try:
        folder = Path(snapshot_download(model, revision=revision or None, local_files_only=True))
    except HFValidationError as error:
        raise UsageFault(
            f"{model!r} is not the name of a model: {error}", "name a folder, or a model of the Hub as owner/name"
        ) from error
    except LocalEntryNotFoundError as error:
        wanted = f"{model} at revision {revision}" if revision else model
        what = f"the model {wanted} is not on this machine: there is no such folder, and the cache of the Hub does not have it"
        raise UsageFault(what, how_to_fetch(model, revision)) from error
    place = Place(model, folder.name, folder, within)
    if within and not (folder / within).is_file():
        raise place.fault(f"there is no file {within} in it")
    return place


@dataclass(frozen=True, slots=True)
class KnownModel:
    """One line of ``models.toml``, where the fields are explained."""

    source: str
    gb: float = 0.0
    licence: str = "not stated"
    research_only: bool = False
    gated: bool = False
    fetch: str = ""


def _find_known(model: str) -> KnownModel | None:
    """Return what is known of a Hub id."""
    return _table().get(model)


def how_to_fetch(model: str, revision: str) -> str:
    """Return the one command that fetches ``model``, with its size and its licence as far as they are known."""
    about = _find_known(model) or KnownModel("")
    command = " ".join(part for part in ("hf download", model, f"--revision {revision}" if revision else "", about.fetch) if part)
    size = f"about {about.gb:g} GB" if about.gb else "size unknown"
    terms = f"licence {about.licence}" if about.licence != "not stated" else "licence unknown"
    rest = ["research only"] if about.research_only else []
    rest += ["accept its licence on its page first, and type: hf auth login"] if about.gated else []
    return f"type: {command} ({'; '.join([size, terms, *rest, 'see its card'])})"


@cache
def _table() -> dict[str, KnownModel]:
    lines = tomllib.loads(Path(__file__).with_name("models.toml").read_text(encoding="utf-8"))
    return {model: KnownModel(**line) for model, line in lines.items()}


NOT_STATED = "not stated"
_MAXIMUM_CARD_BYTES = 1_000_000
_CLOSED = re.compile(r"(^|[^a-z])(nc|non-?commercial|research(-?only)?)([^a-z]|$)")
"""Ids of licences that leave out commercial use: cc-by-nc-4.0, flux-1-dev-non-commercial-license ... Those of OpenRAIL do not:
they forbid uses, not sales."""
_RESEARCH_ROLES = ("face_id", "embedder")
"""They read embeddings of InsightFace, and its weights are for research."""


def licence_of(place: Place, said: str = "") -> str:
    """Return the id of a licence, or ``not stated``."""
    about = _find_known(place.model)
    listed = about.licence if about and about.licence != NOT_STATED else ""
    return _of_card(place) or listed or said or NOT_STATED


def is_research_only(place: Place, role: str, licence: str) -> bool:
    """Return whether commercial use is excluded: by the licence, by the role, or by what is known of the weights."""
    about = _find_known(place.model)
    return role in _RESEARCH_ROLES or bool(_CLOSED.search(licence.lower())) or bool(about and about.research_only)


def _of_card(place: Place) -> str:
    """Read the licence off the front matter of the model's card: its name, where the Hub has no id for it."""
    import yaml

    card = place.folder / "README.md"
    if not card.is_file() or card.stat().st_size > _MAXIMUM_CARD_BYTES:
        return ""
    front = re.match(r"\ufeff?---\s*\n(.*?)\n---\s*(\n|$)", card.read_text(encoding="utf-8", errors="replace"), re.DOTALL)
    try:
        header: Any = yaml.safe_load(front[1]) if front else None
    except (yaml.YAMLError, ValueError, RecursionError):
        return ""
    if not isinstance(header, dict):
        return ""
    licence, name = header.get("license"), header.get("license_name")
    found = name if licence == "other" and name else licence
    # One line of sensible letters: it is printed into documents.
    return found.strip() if isinstance(found, str) and re.fullmatch(r"[\w+. -]{1,80}", found.strip()) else ""
