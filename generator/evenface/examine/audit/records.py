"""What a face system says of pictures, and what is on record about the system; nothing here knows a label."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

__all__ = ["About", "Answer", "Detection"]


@dataclass(frozen=True, slots=True)
class Detection:
    """One face that a system found."""

    box: tuple[float, float, float, float]
    """x, y, width, height in pixels."""
    score: float | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """What a system says of one picture; what it was not asked for, or cannot tell, is None."""

    faces: tuple[Detection, ...] | None = None
    gender: str | None = None
    """``woman``, ``man``, or another word of the system's own."""
    gender_confidence: float | None = None
    age_years: float | None = None
    embedding: tuple[float, ...] | None = None
    failure: str | None = None
    """Why there is no answer (crashed, timed out, refused ...): counted as a failure to acquire or to enrol, never dropped."""


@dataclass(frozen=True, slots=True)
class About:
    """What is on record about a system."""

    name: str
    version: str
    capabilities: tuple[str, ...]
    """Of ``detect``, ``attributes``, ``embed`` and ``compare``."""
    licence: str | None = None
    weights_sha256: Mapping[str, str] = field(default_factory=dict)
    """By file."""
    packages: Mapping[str, str] = field(default_factory=dict)
    """Versions by package."""
    threshold: float | None = None
    """The vendor's: a comparison at or beyond it is a match."""
    scores: str = "similarity"
    """``similarity`` (a greater score is more alike) or ``distance``."""
    notes: tuple[str, ...] = ()
