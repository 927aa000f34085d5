"""Words of others for what a gender annotation can be: a word comes in, the one that every room uses goes out."""

from __future__ import annotations

__all__ = ["gender_word"]

_KNOWN = {"woman": "woman", "female": "woman", "f": "woman", "man": "man", "male": "man", "m": "man"}


def gender_word(word: str | None) -> str | None:
    """Return ``woman`` or ``man`` for the usual English words and letters; any other word as it is."""
    return None if word is None else _KNOWN.get(word.strip().casefold(), word)
