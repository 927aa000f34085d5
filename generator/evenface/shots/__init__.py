"""Turns a slot of the plan into complete descriptions of its pictures, the reference first.

The design is matched: everything but caption and prompt depends on (seed, number of the person in the cell, number of the shot)
alone, so that the k-th person of every cell gets the same poses, expressions, lights, cameras, backgrounds and clothes. Angles of
the gaze are those of the eyes in the head, so that a person who looks into the camera has them opposite to yaw and pitch.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, replace
from typing import Any

from evenface.files.codec import round_record
from evenface.people.identity import person
from evenface.records import Background, Camera, Light, Pose, Shot, Slot, Worn
from evenface.rng import rng_for, seed_for
from evenface.shots.pose import EXPRESSIONS, reference_pose, sample_pose
from evenface.shots.scene import (
    BACKGROUND_PALETTE,
    BACKGROUNDS,
    ENVIRONMENTS,
    LAMPS,
    LIGHTS,
    REFERENCE_BACKGROUND,
    SOFTBOXES,
    reference_camera,
    reference_light,
    sample_background,
    sample_camera,
    sample_light,
)
from evenface.shots.schedule import halton_point, schedule
from evenface.shots.words import CAPTIONS, caption_for, longest_prompts, name_pose, negative_prompt, prompt_for
from evenface.shots.worn import CLOTHING, CLOTHING_PALETTE, GLASSES_WORN, PATTERNS, REFERENCE_WORN, is_hair_tied, worn_for
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

_REFERENCE = ("yaw", "light_yaw", "pitch", "light_pitch", "focal_length", "roll", "light_radius")
"""What differs between reference shots, from 0 to 1, by the dimensions of a Halton sequence."""


def shots_for(spec: Spec, slot: Slot) -> tuple[Shot, ...]:
    """Return every shot of the person in ``slot``: the reference, then ``spec.images_per_identity`` probes."""
    shots = [reference_shot(spec, slot)]
    for number, point in enumerate(schedule(spec.seed, slot.index, spec.images_per_identity)):
        shots.append(sample_probe(point, spec=spec, slot=slot, number=number))
    return _add_prompts(spec, slot, shots)


def anchor_for(spec: Spec, slot: Slot) -> Shot:
    """Return the shot of the photograph that a trained model makes the person's other pictures from: another reference."""
    anchor = replace(reference_shot(spec, slot), shot_id=ANCHOR, seed=seed_for(spec.seed, "cycles", slot.index, ANCHOR))
    return _add_prompts(spec, slot, [anchor])[0]


def _add_prompts(spec: Spec, slot: Slot, shots: list[Shot]) -> tuple[Shot, ...]:
    """Return the shots with their prompts, where a trained model makes the pictures."""
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

    As before a passport camera the head turns by a few degrees (ISO/IEC 39794-5 allows five). Turn, lamp and lens differ from
    one number in the cell to another, and are the same in all cells.
    """
    place = dict(zip(_REFERENCE, halton_point(spec.seed, "references", slot.index), strict=False))
    return _describe(
        spec,
        slot,
        REFERENCE,
        reference_pose(place),
        reference_camera(place["focal_length"]),
        reference_light(place["light_yaw"], place["light_pitch"], place["light_radius"]),
        REFERENCE_BACKGROUND,
        REFERENCE_WORN,
    )


def sample_probe(point: Mapping[str, float], *, spec: Spec, slot: Slot, number: int) -> Shot:
    """Describe one probe shot from its place in the schedule; only the caption knows the cell. It has no prompt yet.

    Args:
        point: A number from 0 to 1 for each nuisance that is spread evenly, as ``schedule`` gives them.
    """
    shot_id = _probe_id(number)
    pose_rng, camera_rng, light_rng, background_rng = (
        rng_for(spec.seed, part, slot.index, shot_id) for part in ("shot", "camera", "light", "background")
    )
    light = sample_light(light_rng, point)
    shot = _describe(
        spec,
        slot,
        shot_id,
        sample_pose(pose_rng, point),
        sample_camera(camera_rng, point),
        light,
        sample_background(background_rng, point, light),
        worn_for(spec.seed, slot.index, shot_id, point["clothing"]),
    )
    return replace(shot, hair_tied=is_hair_tied(spec.seed, slot.index, shot_id))


def _describe(
    spec: Spec, slot: Slot, shot_id: str, pose: Pose, camera: Camera, light: Light, background: Background, worn: Worn
) -> Shot:
    """Put the parts of a shot together, and caption it."""
    labels = {
        "expression": pose.expression,
        "light": light.light,
        "background": background.background,
        "clothing": worn.clothing,
        "pose": name_pose(pose.yaw_degrees),
    }
    parts: dict[str, Any] = {}
    for part in (pose, camera, light, background, worn):
        parts |= asdict(part)
    shot = Shot(
        shot_id=shot_id,
        **parts,
        caption=caption_for(spec, slot, shot_id, labels),
        size_px=spec.size_px,
        samples=spec.samples,
        seed=seed_for(spec.seed, "cycles", slot.index, shot_id),
    )
    return round_record(shot)
