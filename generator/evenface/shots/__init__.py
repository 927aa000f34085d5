"""The shots room: a slot of the plan comes in, complete descriptions of its pictures go out, the reference first.

The design is matched: everything but caption and prompt depends on (seed, number of the person in the cell, number of the shot)
alone, so that the k-th person of every cell gets the same poses, expressions, lights, cameras, backgrounds and clothes. Angles of
the gaze are those of the eyes in the head, so that a person who looks into the camera has them opposite to yaw and pitch.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from evenface.files.codec import rounded
from evenface.people.identity import person
from evenface.records import Shot, Slot
from evenface.rng import rng_for, seed_for
from evenface.shots.background import BACKGROUND_PALETTE, BACKGROUNDS, REFERENCE_BACKGROUND, sample_background
from evenface.shots.camera import reference_camera, sample_camera
from evenface.shots.captions import CAPTIONS, caption_for
from evenface.shots.light import ENVIRONMENTS, LAMPS, LIGHTS, SOFTBOXES, reference_light, sample_light
from evenface.shots.prompts import longest_prompts, negative_prompt, pose_of, prompt_for
from evenface.shots.schedule import bend, halton_point, pick, schedule
from evenface.shots.worn import CLOTHING, CLOTHING_PALETTE, GLASSES_WORN, PATTERNS, REFERENCE_WORN, worn_for
from evenface.spec import Spec
from evenface.vocabulary import ANCHOR, REFERENCE

__all__ = [
    "BACKGROUNDS",
    "BACKGROUND_PALETTE",
    "CAPTIONS",
    "CLOTHING",
    "CLOTHING_PALETTE",
    "ENVIRONMENTS",
    "EXPRESSIONS",
    "GLASSES_WORN",
    "LAMPS",
    "LIGHTS",
    "PATTERNS",
    "SOFTBOXES",
    "anchor_for",
    "caption_for",
    "halton_point",
    "longest_prompts",
    "negative_prompt",
    "prompt_for",
    "reference_shot",
    "sample_probe",
    "schedule",
    "shot_ids",
    "shots_for",
]


def _units(*both: tuple[str, float], middle: tuple[tuple[str, float], ...] = ()) -> tuple[tuple[str, float], ...]:
    sides = tuple((name + side, weight) for name, weight in both for side in ("Left", "Right"))
    return sides + middle


EXPRESSIONS: dict[str, tuple[tuple[str, float], ...]] = {
    "neutral": (),
    "slight_smile": _units(("mouthSmile", 0.28), ("cheekSquint", 0.10), ("eyeSquint", 0.06)),
    "smile": _units(
        ("mouthSmile", 0.54),
        ("cheekSquint", 0.28),
        ("eyeSquint", 0.14),
        ("mouthDimple", 0.10),
        ("mouthUpperUp", 0.34),
        ("mouthLowerDown", 0.14),
        middle=(("jawOpen", 0.07),),
    ),
    "broad_smile": _units(
        ("mouthSmile", 0.68),
        ("cheekSquint", 0.38),
        ("eyeSquint", 0.20),
        ("mouthUpperUp", 0.36),
        ("mouthLowerDown", 0.18),
        middle=(("jawOpen", 0.12),),
    ),
    "talking": _units(("mouthLowerDown", 0.14), ("mouthUpperUp", 0.30), middle=(("jawOpen", 0.12), ("mouthFunnel", 0.05))),
    "surprised": _units(
        ("browOuterUp", 0.50),
        ("eyeWide", 0.42),
        ("mouthUpperUp", 0.24),
        middle=(("browInnerUp", 0.55), ("jawOpen", 0.18), ("mouthFunnel", 0.05)),
    ),
    "frown": _units(("browDown", 0.48), ("mouthFrown", 0.34), ("eyeSquint", 0.10), middle=(("mouthShrugLower", 0.18),)),
    "squint": _units(("eyeSquint", 0.55), ("cheekSquint", 0.30), ("browDown", 0.20), ("noseSneer", 0.08)),
    "pursed": _units(("mouthPress", 0.24), middle=(("mouthPucker", 0.34),)),
    "raised_brows": _units(("browOuterUp", 0.34), ("mouthPress", 0.12), middle=(("browInnerUp", 0.40),)),
}
"""Mild, everyday faces: weights of ARKit's named shapes before the strength of the single shot."""

_SPREAD = (
    *("neutral", "slight_smile", "smile", "broad_smile", "talking", "smile", "slight_smile", "raised_brows"),
    *("neutral", "smile", "slight_smile", "surprised", "broad_smile", "frown", "squint", "pursed"),
)
"""The faces of probes in their shares, alike in every cell: half of everyday pictures smile."""
_EYES_IN_HEAD_DEGREES = 25.0
_REFERENCE = ("yaw", "light_yaw", "pitch", "light_pitch", "focal_length", "roll", "light_radius")
"""What differs between reference shots, from 0 to 1, by the dimensions of a Halton sequence."""
_REFERENCE_TURN = {"yaw": 4.0, "pitch": 3.5, "roll": 3.0}
"""The most by which a head is turned in a reference shot, degrees."""


def shots_for(spec: Spec, slot: Slot) -> tuple[Shot, ...]:
    """Return every shot of the person in ``slot``: the reference, then ``spec.images_per_identity`` probes."""
    shots = [reference_shot(spec, slot)]
    for number, point in enumerate(schedule(spec.seed, slot.index, spec.images_per_identity)):
        shots.append(sample_probe(point, spec=spec, slot=slot, number=number))
    return _told(spec, slot, shots)


def anchor_for(spec: Spec, slot: Slot) -> Shot:
    """Return the shot of the photograph that a trained model makes the person's other pictures from: another reference."""
    anchor = replace(reference_shot(spec, slot), shot_id=ANCHOR, seed=seed_for(spec.seed, "cycles", slot.index, ANCHOR))
    return _told(spec, slot, [anchor])[0]


def _told(spec: Spec, slot: Slot, shots: list[Shot]) -> tuple[Shot, ...]:
    """Give the shots their prompts, where a trained model makes the pictures."""
    if spec.diffusion is None:
        return tuple(shots)
    identity = person(spec.seed, spec.design, slot)
    return tuple(replace(shot, prompt=prompt_for(spec, identity, shot)) for shot in shots)


def shot_ids(spec: Spec) -> tuple[str, ...]:
    """Return the names of the shots of every person, in the order of ``shots_for``."""
    return (REFERENCE, *map(_probe_id, range(spec.images_per_identity)))


def _probe_id(number: int) -> str:
    return f"probe_{number:02d}"


def reference_shot(spec: Spec, slot: Slot) -> Shot:
    """Describe the frontal, neutral, softly lit picture before grey that every person has.

    As before a passport camera nobody stands quite like the next: the head turns by a few degrees (ISO/IEC 39794-5 allows five),
    and the lamp's place and the lens differ from one number in the cell to another, alike in all cells.
    """
    place = dict(zip(_REFERENCE, halton_point(spec.seed, "references", slot.index), strict=False))
    yaw, pitch, roll = (limit * bend(place[turn], 1.2) for turn, limit in _REFERENCE_TURN.items())
    words = {"expression": "neutral", "light": SOFTBOXES, "background": "grey", "clothing": "crew_neck", "pose": "frontal"}
    shot = Shot(
        shot_id=REFERENCE,
        yaw_degrees=yaw,
        pitch_degrees=pitch,
        roll_degrees=roll,
        expression="neutral",
        action_units=EXPRESSIONS["neutral"],
        gaze_yaw_degrees=-yaw,
        gaze_pitch_degrees=-pitch,
        **reference_camera(place["focal_length"])._asdict(),
        **reference_light(place["light_yaw"], place["light_pitch"], place["light_radius"])._asdict(),
        **REFERENCE_BACKGROUND._asdict(),
        **REFERENCE_WORN._asdict(),
        caption=caption_for(spec, slot, REFERENCE, words),
        size_px=spec.size_px,
        samples=spec.samples,
        seed=seed_for(spec.seed, "cycles", slot.index, REFERENCE),
    )
    return rounded(shot)


def sample_probe(point: Mapping[str, float], *, spec: Spec, slot: Slot, number: int) -> Shot:
    """Describe one probe shot from its place in the schedule; only the caption knows the cell. It has no prompt yet.

    Args:
        point: A number from 0 to 1 for each nuisance that is spread evenly, as ``schedule`` gives them.
    """
    shot_id = _probe_id(number)
    rng, camera_rng, light_rng, background_rng = (
        rng_for(spec.seed, part, slot.index, shot_id) for part in ("shot", "camera", "light", "background")
    )
    yaw, pitch, roll = _turn(point)
    expression = pick(_SPREAD, point["expression"])
    units = _animate(rng, EXPRESSIONS[expression])
    gaze_yaw, gaze_pitch = _gaze(rng, yaw, pitch)
    light = sample_light(light_rng, point)
    background = sample_background(background_rng, point, light.light, light.light_yaw_degrees)
    worn = worn_for(spec.seed, slot.index, shot_id, point["clothing"])
    words = {
        "expression": expression,
        "light": light.light,
        "background": background.background,
        "clothing": worn.clothing,
        "pose": pose_of(yaw),
    }
    shot = Shot(
        shot_id=shot_id,
        yaw_degrees=yaw,
        pitch_degrees=pitch,
        roll_degrees=roll,
        expression=expression,
        action_units=units,
        gaze_yaw_degrees=gaze_yaw,
        gaze_pitch_degrees=gaze_pitch,
        **sample_camera(camera_rng, point)._asdict(),
        **light._asdict(),
        **background._asdict(),
        **worn._asdict(),
        caption=caption_for(spec, slot, shot_id, words),
        size_px=spec.size_px,
        samples=spec.samples,
        seed=seed_for(spec.seed, "cycles", slot.index, shot_id),
    )
    return rounded(shot)


def _turn(point: Mapping[str, float]) -> tuple[float, float, float]:
    """Return yaw, pitch and roll; a face that is turned to the side is not tipped as far as well."""
    # Powers above 1 gather the poses round the frontal one without leaving out the sides.
    side = bend(point["yaw"], 1.3)
    pitch = 10.0 * bend(point["pitch"], 1.4) * (1.0 - 0.5 * abs(side))
    return 25.0 * side, pitch, 8.0 * bend(point["roll"], 1.3)


def _animate(rng: np.random.Generator, units: tuple[tuple[str, float], ...]) -> tuple[tuple[str, float], ...]:
    """Give the expression its strength, and each side of the face a little of its own."""
    strength = rng.uniform(0.75, 1.15)
    return tuple((name, float(np.clip(weight * strength * rng.uniform(0.9, 1.1), 0.0, 1.0))) for name, weight in units)


def _gaze(rng: np.random.Generator, yaw: float, pitch: float) -> tuple[float, float]:
    """Turn the eyes to the camera as far as eyes go; three times in twenty they rest beside it."""
    spread = 9.0 if rng.random() < 0.15 else 0.8
    limit = _EYES_IN_HEAD_DEGREES
    return (
        float(np.clip(-yaw + spread * rng.normal(), -limit, limit)),
        float(np.clip(-pitch + 0.5 * spread * rng.normal(), -limit, limit)),
    )
