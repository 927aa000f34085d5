"""The shots room: a slot of the plan comes in, complete descriptions of its pictures go out, the reference first.

The design is matched: everything but the caption depends on (seed, number of the person in the cell, number of the shot)
alone, so that the k-th person of every cell gets the same poses, expressions, lights, cameras, backgrounds and clothes. Angles of
the gaze are those of the eyes in the head, so that a person who looks into the camera has them opposite to yaw and pitch.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import cache, lru_cache
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from evenface.errors import EvenfaceError
from evenface.records import Rgb, Shot, Slot
from evenface.resources import folder
from evenface.rng import rng_for, seed_for
from evenface.spec import Spec
from evenface.vocabulary import REFERENCE, SCALES

__all__ = [
    "BACKGROUNDS",
    "BACKGROUND_PALETTE",
    "CAPTIONS",
    "CLOTHING",
    "CLOTHING_PALETTE",
    "ENVIRONMENTS",
    "EXPRESSIONS",
    "PATTERNS",
    "SOFTBOXES",
    "caption_for",
    "halton_point",
    "reference_shot",
    "sample_probe",
    "schedule",
    "shots_for",
]

T = TypeVar("T")
Floats = NDArray[np.float64]
Indices = NDArray[np.int64]

CAPTIONS = "captions.v1.toml"
"""The caption family in use, a file of ``prompts/``."""

SOFTBOXES = "softboxes"
"""The even light of the reference shot."""
ENVIRONMENTS = ("city", "courtyard", "forest", "interior", "night", "studio", "sunrise", "sunset")
"""The lights of the probe shots; all eight are drawn alike."""
BACKGROUNDS = ("grey", "flat", "environment")
CLOTHING = ("crew_neck", "v_neck", "scoop_neck", "collar", "turtleneck", "hoodie", "jacket")
PATTERNS = ("plain", "striped", "checked", "printed")
_PATTERN_EDGES = (0.6, 0.78, 0.89)

GLASSES_WORN = 0.8
"""Share of the probe shots in which those who own glasses have them on."""

MID_GREY: Rgb = (0.18, 0.18, 0.18)
CLOTHING_PALETTE: tuple[Rgb, ...] = (
    (0.03, 0.03, 0.03),
    (0.10, 0.10, 0.10),
    MID_GREY,
    (0.36, 0.36, 0.36),
    (0.62, 0.61, 0.58),
    (0.02, 0.04, 0.10),
    (0.06, 0.12, 0.20),
    (0.05, 0.13, 0.09),
    (0.16, 0.05, 0.05),
    (0.20, 0.15, 0.09),
    (0.34, 0.30, 0.22),
    (0.14, 0.10, 0.17),
    (0.30, 0.04, 0.04),
    (0.05, 0.20, 0.38),
    (0.44, 0.26, 0.07),
    (0.10, 0.24, 0.13),
    (0.44, 0.24, 0.26),
    (0.70, 0.68, 0.62),
)
"""Fabrics, worn alike by everybody; linear light."""
BACKGROUND_PALETTE: tuple[Rgb, ...] = (
    (0.08, 0.08, 0.08),
    MID_GREY,
    (0.40, 0.40, 0.40),
    (0.66, 0.66, 0.65),
    (0.16, 0.19, 0.23),
    (0.20, 0.22, 0.18),
    (0.28, 0.25, 0.21),
    (0.36, 0.39, 0.43),
)


def _units(*both: tuple[str, float], middle: tuple[tuple[str, float], ...] = ()) -> tuple[tuple[str, float], ...]:
    sides = tuple((name + side, weight) for name, weight in both for side in ("Left", "Right"))
    return sides + middle


EXPRESSIONS: dict[str, tuple[tuple[str, float], ...]] = {
    "neutral": (),
    "slight_smile": _units(("mouthSmile", 0.28), ("cheekSquint", 0.10), ("eyeSquint", 0.06)),
    "smile": _units(("mouthSmile", 0.52), ("cheekSquint", 0.28), ("eyeSquint", 0.16), ("mouthDimple", 0.12)),
    "broad_smile": _units(
        ("mouthSmile", 0.62),
        ("cheekSquint", 0.38),
        ("eyeSquint", 0.22),
        ("mouthUpperUp", 0.26),
        ("mouthLowerDown", 0.16),
        middle=(("jawOpen", 0.16),),
    ),
    "talking": _units(("mouthLowerDown", 0.14), ("mouthUpperUp", 0.08), middle=(("jawOpen", 0.20), ("mouthFunnel", 0.14))),
    "surprised": _units(
        ("browOuterUp", 0.50), ("eyeWide", 0.42), middle=(("browInnerUp", 0.55), ("jawOpen", 0.22), ("mouthFunnel", 0.10))
    ),
    "frown": _units(("browDown", 0.48), ("mouthFrown", 0.34), ("eyeSquint", 0.10), middle=(("mouthShrugLower", 0.18),)),
    "squint": _units(("eyeSquint", 0.55), ("cheekSquint", 0.30), ("browDown", 0.20), ("noseSneer", 0.08)),
    "pursed": _units(("mouthPress", 0.24), middle=(("mouthPucker", 0.34),)),
    "raised_brows": _units(("browOuterUp", 0.34), ("mouthPress", 0.12), middle=(("browInnerUp", 0.40),)),
}
"""Mild, everyday faces: weights of ARKit's named shapes before the strength of the single shot."""

_DIMENSIONS = (
    "yaw",
    "expression",
    "light",
    "pitch",
    "exposure",
    "background",
    "light_yaw",
    "focal_length",
    "roll",
    "width",
    "clothing",
    "fill",
)
_JITTER = 0.10
_SENSOR_MM = 36.0
_EYES_IN_HEAD_DEGREES = 25.0


def shots_for(spec: Spec, slot: Slot) -> tuple[Shot, ...]:
    """Return every shot of the person in ``slot``: the reference, then ``spec.images_per_identity`` probes."""
    shots = [reference_shot(spec, slot)]
    for number, point in enumerate(schedule(spec.seed, slot.index, spec.images_per_identity)):
        shots.append(sample_probe(point, spec=spec, slot=slot, number=number))
    return tuple(shots)


def reference_shot(spec: Spec, slot: Slot) -> Shot:
    """Describe the frontal, neutral, evenly lit picture before grey that every person has."""
    words = {"expression": "neutral", "light": SOFTBOXES, "background": "grey", "clothing": "crew_neck", "pose": "frontal"}
    return Shot(
        shot_id=REFERENCE,
        yaw_degrees=0.0,
        pitch_degrees=0.0,
        roll_degrees=0.0,
        expression="neutral",
        action_units=EXPRESSIONS["neutral"],
        gaze_yaw_degrees=0.0,
        gaze_pitch_degrees=0.0,
        focal_length_mm=85.0,
        camera_distance_m=_distance(85.0, 0.34),
        offset_x=0.0,
        offset_y=0.055,
        light=SOFTBOXES,
        light_yaw_degrees=0.0,
        light_fill=1.0,
        exposure_ev=0.0,
        background="grey",
        background_rgb=MID_GREY,
        background_blur=0.0,
        clothing="crew_neck",
        clothing_rgb=MID_GREY,
        clothing_pattern="plain",
        clothing_second_rgb=MID_GREY,
        # The reference shows the whole face: nothing lies over the places where the tone is read.
        glasses_worn=False,
        caption=caption_for(spec, slot, REFERENCE, words),
        size_px=spec.size_px,
        samples=spec.samples,
        seed=seed_for(spec.seed, "cycles", slot.index, REFERENCE),
    )


def sample_probe(point: Mapping[str, float], *, spec: Spec, slot: Slot, number: int) -> Shot:
    """Describe one probe shot from its place in the schedule; only the caption knows the cell.

    Args:
        point: A number from 0 to 1 for each nuisance that is spread evenly, as ``schedule`` gives them.
    """
    shot_id = f"probe_{number:02d}"
    rng = rng_for(spec.seed, "shot", slot.index, shot_id)
    fabric = rng_for(spec.seed, "fabric", slot.index, shot_id)
    # Powers above 1 gather the poses round the frontal one without leaving out the sides.
    yaw = 35.0 * _bend(point["yaw"], 1.3)
    pitch = 15.0 * _bend(point["pitch"], 1.4)
    expression = _pick(tuple(EXPRESSIONS), point["expression"])
    units = _animate(rng, EXPRESSIONS[expression])
    gaze_yaw, gaze_pitch = _gaze(rng, yaw, pitch)
    focal_length = 50.0 * 2.1 ** point["focal_length"]
    light = _pick(ENVIRONMENTS, point["light"])
    background = "environment" if point["background"] < 0.65 else "flat"
    clothing = _pick(CLOTHING, point["clothing"])
    words = {"expression": expression, "light": light, "background": background, "clothing": clothing, "pose": _pose(yaw)}
    return Shot(
        shot_id=shot_id,
        yaw_degrees=yaw,
        pitch_degrees=pitch,
        roll_degrees=8.0 * _bend(point["roll"], 1.3),
        expression=expression,
        action_units=units,
        gaze_yaw_degrees=gaze_yaw,
        gaze_pitch_degrees=gaze_pitch,
        focal_length_mm=focal_length,
        camera_distance_m=_distance(focal_length, 0.31 + 0.07 * point["width"]),
        offset_x=float(rng.uniform(-0.03, 0.03)),
        offset_y=float(rng.uniform(0.04, 0.075)),
        light=light,
        light_yaw_degrees=360.0 * point["light_yaw"],
        light_fill=0.25 + 0.35 * point["fill"],
        exposure_ev=point["exposure"] - 0.5,
        background=background,
        background_rgb=_pick(BACKGROUND_PALETTE, rng.random()),
        background_blur=float(rng.uniform(0.35, 0.9)),
        clothing=clothing,
        clothing_rgb=_pick(CLOTHING_PALETTE, rng.random()),
        clothing_pattern=_pattern(fabric.random(), clothing),
        clothing_second_rgb=_pick(CLOTHING_PALETTE, fabric.random()),
        glasses_worn=bool(rng_for(spec.seed, "glasses", slot.index, shot_id).random() < GLASSES_WORN),
        caption=caption_for(spec, slot, shot_id, words),
        size_px=spec.size_px,
        samples=spec.samples,
        seed=seed_for(spec.seed, "cycles", slot.index, shot_id),
    )


def schedule(seed: int, index: int, images: int) -> tuple[dict[str, float], ...]:
    """Return a point of the unit cube for each probe shot of the ``index``-th person of every cell.

    The places are the sum, modulo 1, of a point for the person and a point for the shot, both of scrambled Halton sequences:
    one person's shots lie far apart, and so do the first shots of many people. More people or more shots leave the others as
    they are. A small keyed jitter keeps the steps from one shot to the next from being the same for everybody.
    """
    person = halton_point(seed, "people", index)
    points = []
    for number in range(images):
        jitter = rng_for(seed, "schedule", index, number).uniform(-_JITTER, _JITTER, len(_DIMENSIONS))
        place = (person + halton_point(seed, "shots", number) + jitter) % 1.0
        points.append({name: float(value) for name, value in zip(_DIMENSIONS, place, strict=True)})
    return tuple(points)


_BASES = (2, 3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37)


@lru_cache(maxsize=8)
def _permutations(seed: int, sequence: str) -> tuple[Indices, ...]:
    """Return for each base the permutation of every digit down to the last that a 64 bit number holds."""
    found = []
    for base in _BASES:
        rng = rng_for(seed, "halton", sequence, base)
        found.append(np.array([rng.permutation(base) for _ in range(int(np.ceil(53 / np.log2(base))))]))
    return tuple(found)


def halton_point(seed: int, sequence: str, number: int) -> Floats:
    """Return one point of a Halton sequence whose digits are permuted; scipy's would have to draw all points before it."""
    place = []
    for base, permutations in zip(_BASES, _permutations(seed, sequence), strict=True):
        depth = np.arange(len(permutations))
        digits = np.array([number // base**at % base for at in range(len(permutations))])
        place.append(float((permutations[depth, digits] * float(base) ** -(depth + 1.0)).sum()))
    return np.array(place)


def _pattern(unit: float, clothing: str) -> str:
    """Sweatshirts and jackets are of one colour."""
    return "plain" if clothing in ("hoodie", "jacket") else PATTERNS[int(np.searchsorted(_PATTERN_EDGES, unit))]


def _distance(focal_length_mm: float, width_m: float) -> float:
    """Return the distance at which the picture is ``width_m`` wide at the face."""
    return width_m * focal_length_mm / _SENSOR_MM


def _bend(unit: float, power: float) -> float:
    side = 2.0 * unit - 1.0
    return float(np.sign(side) * abs(side) ** power)


def _pick(choices: tuple[T, ...], unit: float) -> T:
    return choices[min(int(unit * len(choices)), len(choices) - 1)]


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


def _pose(yaw: float) -> str:
    if abs(yaw) < 8.0:
        return "frontal"
    return "right" if yaw > 0 else "left"


@cache
def _captions() -> dict[str, Any]:
    path = folder("prompts") / CAPTIONS
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as problem:
        raise EvenfaceError(f"the captions in {path} cannot be read: {problem}", "install evenface again") from problem


def caption_for(spec: Spec, slot: Slot, shot_id: str, words: Mapping[str, str]) -> str:
    """Put the shot into words; every person of the same number gets the same phrasing.

    Args:
        words: The shot's expression, light, background, clothing and pose, keys of the tables in the caption file.
    """
    family = _captions()
    phrasing = _pick(tuple(family["phrasings"]), rng_for(spec.seed, "caption", slot.index, shot_id).random())
    said = {table: family[table][word] for table, word in words.items()}
    cell = slot.cell
    step = SCALES[spec.scale].tone(cell.tone).step
    tone = family["tone"][spec.scale].format(step=step, name=cell.tone.removeprefix(f"{spec.scale}_").replace("_", " "))
    caption: str = phrasing.format(gender=family["gender"][cell.gender], tone=tone, **said)
    return caption[0].upper() + caption[1:]
