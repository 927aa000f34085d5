"""Find the data folders ``prompts/`` and ``datasheets/`` in an installed wheel or at the root of a checkout."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

from evenface.errors import EvenfaceError

__all__ = ["folder"]


def folder(name: str) -> Path:
    """Return the folder called ``name``; a wheel carries it under ``_shipped``, a checkout beside ``generator``."""
    shipped = Path(str(files("evenface"))) / "_shipped" / name
    found = shipped if shipped.is_dir() else Path(__file__).parents[3] / name
    if not found.is_dir():
        raise EvenfaceError(
            f"the data folder '{name}' is missing: neither {shipped} nor {found} exists",
            "install evenface again: python -m pip install --force-reinstall evenface",
        )
    return found
