"""Under which licence weights are: what their card states, else what is known of their id, else what the user says of them."""

from __future__ import annotations

import re
from typing import Any

from evenface.backends.diffusion.weights.known import known
from evenface.backends.diffusion.weights.place import Place

__all__ = ["NOT_STATED", "licence_of", "research_only"]

NOT_STATED = "not stated"
_MAXIMUM_CARD_BYTES = 1_000_000
_CLOSED = re.compile(r"(^|[^a-z])(nc|non-?commercial|research(-?only)?)([^a-z]|$)")
"""Ids of licences that leave out commercial use: cc-by-nc-4.0, flux-1-dev-non-commercial-license ... Those of OpenRAIL do not:
they forbid uses, not sales."""
_RESEARCH_ROLES = ("face_id", "embedder")
"""What reads embeddings of InsightFace, whose weights are for research."""


def licence_of(place: Place, said: str = "") -> str:
    """Return the id of a licence, or ``not stated``."""
    about = known(place.model)
    told = about.licence if about and about.licence != NOT_STATED else ""
    return _of_card(place) or told or said or NOT_STATED


def research_only(place: Place, role: str, licence: str) -> bool:
    """Whether commercial use is left out: by the licence, by the role, or by what is known of the weights."""
    about = known(place.model)
    return role in _RESEARCH_ROLES or bool(_CLOSED.search(licence.lower())) or bool(about and about.research_only)


def _of_card(place: Place) -> str:
    """Read the licence off the front matter of the model's card: its name, where the Hub has no id for it."""
    import yaml

    card = place.folder / "README.md"
    if not card.is_file() or card.stat().st_size > _MAXIMUM_CARD_BYTES:
        return ""
    front = re.match(r"\ufeff?---\s*\n(.*?)\n---\s*(\n|$)", card.read_text(encoding="utf-8", errors="replace"), re.DOTALL)
    try:
        told: Any = yaml.safe_load(front[1]) if front else None
    except (yaml.YAMLError, ValueError, RecursionError):
        return ""
    if not isinstance(told, dict):
        return ""
    licence, name = told.get("license"), told.get("license_name")
    found = name if licence == "other" and name else licence
    # One line of sensible letters: it is printed into documents.
    return found.strip() if isinstance(found, str) and re.fullmatch(r"[\w+. -]{1,80}", found.strip()) else ""
