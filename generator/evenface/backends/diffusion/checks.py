"""Is it the picture that was asked for: pictures as drawn come in, pictures as published go out with what speaks against them.

Nothing here knows how a picture was drawn. The skin is measured by the instrument that measures every published picture,
faces are found and recognised by the judges: neither is independent evidence of what those say of the finished set.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np

from evenface.backends.diffusion.sampler import Drawn, Pixels
from evenface.backends.diffusion.target import Box, Embedding, Target
from evenface.backends.diffusion.tone import distance, keep_tone
from evenface.faces.reader import SFACE_THRESHOLD
from evenface.faces.tone import TooFewPixels, name_tones, read_skin
from evenface.files.pictures import intersection_over_union
from evenface.records import REJECTIONS, Point
from evenface.records.diffusion import Diffusion
from evenface.vocabulary import Scale, Tone

__all__ = ["OVERLAP", "Checks", "FaceFinder", "Seen", "SeenFace", "Verdict", "looks_for_faces"]

OVERLAP = 0.4
"""Intersection over union of YuNet's box with the true one from which on it is that face. What the two call a face differs: the
least overlap over 359 of our own renders was 0.56."""
FLAT = 2.0
"""Standard deviation, in codes of 8 bits, below which a picture shows nothing."""


class SeenFace(Protocol):
    """A face that was found."""

    @property
    def box(self) -> Box:
        """Where it is."""

    @property
    def points(self) -> tuple[Point, ...]:
        """As ``Frame.landmarks_5``."""


class Seen(Protocol):
    """What was found in one picture."""

    @property
    def faces(self) -> Sequence[SeenFace]:
        """The largest first."""

    @property
    def embedding(self) -> Embedding | None:
        """Of the largest face, of unit length."""


class FaceFinder(Protocol):
    """Who looks for faces, and recognises them."""

    def look(self, pictures: Sequence[Pixels]) -> Sequence[Seen]:
        """Return what is found in each picture, whatever the others are."""


@dataclass(frozen=True, slots=True, eq=False)
class Verdict:
    """A picture as it would be published, and what was found of it."""

    pixels: Pixels
    reasons: tuple[str, ...] = ()
    """What speaks against it, words of ``REJECTIONS``; nothing where it is taken."""
    mask: Pixels | None = None
    """Where its skin was measured."""
    tone_error: float | None = None
    """CIEDE2000 from the target, as drawn."""
    tone_correction: float | None = None
    """CIEDE2000 that the correction moved it."""
    similarity: float | None = None
    """Cosine with the anchor."""
    seen: Seen | None = None

    def against(self, *reasons: str) -> Verdict:
        """Return the verdict with reasons added."""
        return replace(self, reasons=tuple(word for word in REJECTIONS if word in (*self.reasons, *reasons)))


def looks_for_faces(settings: Diffusion) -> bool:
    """Say whether the judges are needed: for the checks, and without a render for every label."""
    return settings.profile == "text" or not {"face", "identity"}.isdisjoint(settings.checks)


class Checks:
    """The checks of a run. Without a ``finder`` nobody looks for faces."""

    def __init__(self, settings: Diffusion, scale: Scale, finder: FaceFinder | None) -> None:
        self._settings, self._scale, self._finder = settings, scale, finder

    def examine(self, drawn: Sequence[Drawn], targets: Sequence[Target]) -> list[Verdict]:
        """Return the verdict on each picture, whatever the others are."""
        verdicts = [self._toned(one, target) for one, target in zip(drawn, targets, strict=True)]
        shown = [at for at, verdict in enumerate(verdicts) if "blank" not in verdict.reasons]
        if self._finder and shown:
            found = self._finder.look([verdicts[at].pixels for at in shown])
            for at, seen in zip(shown, found, strict=True):
                verdicts[at] = self._looked(verdicts[at], seen, targets[at])
        return verdicts

    @property
    def outcome(self) -> str:
        """What a picture is that passes."""
        return "photograph" if self._settings.checks else "unchecked"

    def embed(self, pixels: Pixels) -> Embedding | None:
        """Return the face in a picture, where it is to be recognised."""
        if self._finder is None or "identity" not in self._settings.checks:
            return None
        return self._finder.look([pixels])[0].embedding

    def _toned(self, drawn: Drawn, target: Target) -> Verdict:
        """Look at the skin where a render says where it is."""
        verdict = Verdict(drawn.pixels, mask=target.mask)
        if drawn.flagged or drawn.pixels.std(axis=(0, 1)).max() < FLAT:
            return verdict.against("blank")
        if "tone" not in self._settings.checks or target.mask is None or target.skin is None:
            return verdict
        near, far = self._settings.tone_tolerance_delta_e, self._settings.tone_correction_delta_e
        toned = keep_tone(drawn.pixels, target.mask, target.skin, tolerance=near, limit=far)
        if toned is None:
            return verdict
        verdict = replace(verdict, pixels=toned.pixels, tone_error=toned.error, tone_correction=toned.correction)
        return verdict if toned.kept else verdict.against("tone")

    def _looked(self, verdict: Verdict, seen: Seen, target: Target) -> Verdict:
        """Look at what was found in the picture."""
        verdict = replace(verdict, seen=seen)
        if "face" in self._settings.checks and not _is_the_face(seen, target.box):
            verdict = verdict.against("face")
        if target.mask is None:
            return self._named(verdict, seen, target.tone)
        return self._recognised(verdict, seen, target) if "identity" in self._settings.checks else verdict

    def _recognised(self, verdict: Verdict, seen: Seen, target: Target) -> Verdict:
        """Look at who it is."""
        if seen.embedding is None:
            return verdict.against("face")
        if not target.compared:
            return verdict
        if target.anchor is None:
            return verdict.against("identity")
        similarity = float(np.dot(seen.embedding, target.anchor))
        verdict = replace(verdict, similarity=similarity)
        return verdict if similarity >= SFACE_THRESHOLD else verdict.against("identity")

    def _named(self, verdict: Verdict, seen: Seen, tone: Tone) -> Verdict:
        """Look at the skin where the face says where it is.

        Words name a tone: a picture has it if no other of the scale is nearer, or if it is within the tolerance. Nothing is
        corrected, since the mask is an estimate.
        """
        from evenface.faces.placing import skin_of_points

        mask = skin_of_points(seen.faces[0].points, verdict.pixels) if seen.faces else None
        verdict = replace(verdict, mask=mask)
        if "tone" not in self._settings.checks:
            return verdict
        (skin,) = read_skin([verdict.pixels], [mask]) if mask is not None else (TooFewPixels(0),)
        if isinstance(skin, TooFewPixels):
            return verdict.against("tone")
        error, (named,) = distance(skin.lab, tone.lab), name_tones([skin], self._scale)
        verdict = replace(verdict, tone_error=error, tone_correction=0.0)
        kept = named.nearest == tone.name or error <= self._settings.tone_tolerance_delta_e
        return verdict if kept else verdict.against("tone")


def _is_the_face(seen: Seen, box: Box | None) -> bool:
    """Say whether there is one face, and where the render has it."""
    return len(seen.faces) == 1 and (box is None or intersection_over_union(seen.faces[0].box, box) >= OVERLAP)
