"""Answers of a face system, and ``About``, which describes the system. No label is part of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

__all__ = ["About", "Answer", "Detection"]


@dataclass(frozen=True, slots=True)
class Detection:
    """One detected face."""

    box: tuple[float, float, float, float]
    """x, y, width, height in pixels."""
    score: float | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """The answer of a system to one picture; a value that was not requested, or is unknown, is None."""

    faces: tuple[Detection, ...] | None = None
    gender: str | None = None
    """``woman``, ``man``, or another word of the system."""
    gender_confidence: float | None = None
    age_years: float | None = None
    embedding: tuple[float, ...] | None = None
    failure: str | None = None
    """Why there is no answer (crashed, timed out, refused ...): counts as a failure to acquire or to enrol, never dropped."""


@dataclass(frozen=True, slots=True)
class About:
    """Description of a system."""

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
    """The vendor's threshold: a comparison at or beyond it is a match."""
    scores: str = "similarity"
    """``similarity`` (a greater score is more alike) or ``distance``."""
    notes: tuple[str, ...] = ()
