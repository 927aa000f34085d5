"""Check that a drawn picture is the one that was asked for, against the labels that its render is exact in.

Nothing here knows how a picture was drawn. The skin is measured by the instrument that measures every published picture, and
faces are found and recognised by face models: neither is independent evidence of what those say of the finished set.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal, Protocol

import numpy as np

from evenface.backends.diffusion.sampler import Drawn, Pixels
from evenface.backends.diffusion.tone import Lab, distance, keep_tone, skin_lab
from evenface.errors import EvenfaceError
from evenface.faces.reader import SFACE_THRESHOLD
from evenface.faces.tone import TooFewPixels, name_tones, read_skin
from evenface.files.pictures import Undecodable, decode_image, intersection_over_union
from evenface.records import REJECTIONS, Frame, Point
from evenface.records.diffusion import Diffusion
from evenface.vocabulary import Scale, Tone

__all__ = [
    "OVERLAP",
    "Box",
    "Checks",
    "Embedding",
    "FaceModel",
    "Seen",
    "SeenFace",
    "Target",
    "Verdict",
    "needs_face_model",
    "pixels_of",
    "target_of",
]

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


class FaceModel(Protocol):
    """A face model: finds faces, and recognises them."""

    def look(self, pictures: Sequence[Pixels]) -> Sequence[Seen]:
        """Return what is found in each picture; it does not depend on the others."""


@dataclass(frozen=True, slots=True, eq=False)
class Verdict:
    """A picture as it would be published, and what was found of it."""

    pixels: Pixels
    reasons: tuple[str, ...] = ()
    """Why it is rejected, words of ``REJECTIONS``; empty where it passes."""
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


def needs_face_model(settings: Diffusion) -> bool:
    """Return whether a face model is needed: for the checks, and without a render for every label."""
    return settings.profile == "text" or not {"face", "identity"}.isdisjoint(settings.checks)


class Checks:
    """The checks of a run. Without a face model, faces are neither found nor recognised."""

    def __init__(self, settings: Diffusion, scale: Scale, face_model: FaceModel | None) -> None:
        self._settings, self._scale, self._face_model = settings, scale, face_model

    def examine(self, drawn: Sequence[Drawn], targets: Sequence[Target]) -> list[Verdict]:
        """Return the verdict on each picture; it does not depend on the others."""
        verdicts = [self._check_tone(one, target) for one, target in zip(drawn, targets, strict=True)]
        shown = [at for at, verdict in enumerate(verdicts) if "blank" not in verdict.reasons]
        if self._face_model and shown:
            found = self._face_model.look([verdicts[at].pixels for at in shown])
            for at, seen in zip(shown, found, strict=True):
                verdicts[at] = self._check_face(verdicts[at], seen, targets[at])
        return verdicts

    @property
    def outcome(self) -> str:
        """What a picture is that passes."""
        return "photograph" if self._settings.checks else "unchecked"

    def embed(self, pixels: Pixels) -> Embedding | None:
        """Return the face in a picture, where it is to be recognised."""
        if self._face_model is None or "identity" not in self._settings.checks:
            return None
        return self._face_model.look([pixels])[0].embedding

    def _check_tone(self, drawn: Drawn, target: Target) -> Verdict:
        """Check the skin under the mask of the render."""
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

    def _check_face(self, verdict: Verdict, seen: Seen, target: Target) -> Verdict:
        """Check the face that was found in the picture."""
        verdict = replace(verdict, seen=seen)
        if "face" in self._settings.checks and not _is_the_face(seen, target.box):
            verdict = verdict.against("face")
        if target.mask is None:
            return self._check_named_tone(verdict, seen, target.tone)
        return self._check_identity(verdict, seen, target) if "identity" in self._settings.checks else verdict

    def _check_identity(self, verdict: Verdict, seen: Seen, target: Target) -> Verdict:
        """Check that the face is that of the anchor."""
        if seen.embedding is None:
            return verdict.against("face")
        if not target.compared:
            return verdict
        if target.anchor is None:
            return verdict.against("identity")
        similarity = float(np.dot(seen.embedding, target.anchor))
        verdict = replace(verdict, similarity=similarity)
        return verdict if similarity >= SFACE_THRESHOLD else verdict.against("identity")

    def _check_named_tone(self, verdict: Verdict, seen: Seen, tone: Tone) -> Verdict:
        """Check the skin at the places that the face's points give.

        The prompt only names the tone: a picture has it if no other of the scale is nearer, or if it is within the tolerance.
        Nothing is corrected, since the mask is an estimate.
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
    """Return whether there is one face, at the place of the render's."""
    return len(seen.faces) == 1 and (box is None or intersection_over_union(seen.faces[0].box, box) >= OVERLAP)


Box = tuple[float, float, float, float]
"""x, y, width, height in pixels."""
Embedding = tuple[float, ...]
"""Of a face, of unit length."""


@dataclass(frozen=True, slots=True, eq=False)
class Target:
    """What a picture is held against."""

    tone: Tone
    mask: Pixels | None = None
    """Of the render; None where there is none."""
    skin: Lab | None = None
    """Skin of the render: the designed tone in the light of the shot. None where the render shows too little of it."""
    box: Box | None = None
    compared: bool = False
    """Whether there is an anchor to be compared with; the anchor itself has only to show a face that can be."""
    anchor: Embedding | None = None
    """Its face; None where none was found in it."""


def target_of(frame: Frame, tone: Tone) -> Target:
    """Return what a photograph of a render is held against."""
    mask = _decode(frame.mask_png, "L")
    return Target(tone, mask, skin_lab(pixels_of(frame), mask), frame.face_box)


def pixels_of(frame: Frame) -> Pixels:
    """Return the render itself, height x width x 3."""
    return _decode(frame.image_png, "RGB")


def _decode(data: bytes, mode: Literal["RGB", "L"]) -> Pixels:
    pixels = decode_image(data, mode)
    if isinstance(pixels, Undecodable):
        raise EvenfaceError(f"the backend behind the photographs made no picture: {pixels.why}")
    return pixels
