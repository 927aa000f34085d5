"""What can be told of a model that is not there: how to fetch it, how large it is, under which licence."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path

__all__ = ["Known", "how_to_fetch", "known"]


@dataclass(frozen=True, slots=True)
class Known:
    """One line of ``models.toml``, where the fields are explained."""

    source: str
    gb: float = 0.0
    licence: str = "not stated"
    research_only: bool = False
    gated: bool = False
    fetch: str = ""


def known(model: str) -> Known | None:
    """Return what is known of a Hub id."""
    return _table().get(model)


def how_to_fetch(model: str, revision: str) -> str:
    """Return the one command that fetches ``model``, with its size and its licence as far as they are known."""
    about = known(model) or Known("")
    command = " ".join(part for part in ("hf download", model, f"--revision {revision}" if revision else "", about.fetch) if part)
    size = f"about {about.gb:g} GB" if about.gb else "its size is not known here"
    terms = f"licence {about.licence}" if about.licence != "not stated" else "its licence is not known here"
    rest = ["research only"] if about.research_only else []
    rest += ["accept its licence on its page first, and type: hf auth login"] if about.gated else []
    return f"type: {command} ({'; '.join([size, terms, *rest, 'its card has the last word'])})"


@cache
def _table() -> dict[str, Known]:
    lines = tomllib.loads(Path(__file__).with_name("models.toml").read_text(encoding="utf-8"))
    return {model: Known(**line) for model, line in lines.items()}
