"""A shot as a trained model is told of it: words of ours alone, drawn alike in every cell."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from evenface.records import Identity, Shot
from evenface.records.diffusion import Diffusion
from evenface.rng import rng_for
from evenface.shots.looks import hair_colour, hair_style, worn_things
from evenface.shots.schedule import pick
from evenface.shots.wording import Wordings, listed, prompted, put, read_family, wordings
from evenface.spec import Spec
from evenface.vocabulary import ADULT, AGE_BANDS, ANCHOR, REFERENCE, SCALES

__all__ = ["longest_prompts", "negative_prompt", "pose_of", "prompt_for"]

_WORN = ("clothing", "glasses", "head_covering", "earrings")
_SHOT = ("expression", "pose", "light", "background", *_WORN)
_TABLES = ("person", "age", "tone", *_SHOT)
"""What may have several wordings, in the order in which they are drawn."""
_FRONTAL_DEGREES = 8.0
Choose = Callable[[str, Wordings], str]
"""Chooses among the wordings of a table."""


def pose_of(yaw_degrees: float) -> str:
    """Name a pose: ``frontal``, or the side of the picture that the face is turned to."""
    if abs(yaw_degrees) < _FRONTAL_DEGREES:
        return "frontal"
    return "right" if yaw_degrees > 0 else "left"


def prompt_for(spec: Spec, identity: Identity, shot: Shot) -> str:
    """Return what the model is told of a shot; nothing where no trained model makes pictures.

    Phrasing and wordings depend on (seed, number of the person in the cell, name of the shot) alone.
    """
    if spec.diffusion is None:
        return ""
    rng = rng_for(spec.seed, "prompt", identity.index, shot.shot_id)
    family = read_family(spec.diffusion.prompts)
    phrasing = pick(_phrasings(spec.diffusion, shot.shot_id), rng.random())
    units = dict(zip(_TABLES, rng.random(len(_TABLES)), strict=True))
    return put(phrasing, _words(family, spec.scale, identity, shot, lambda table, ways: pick(ways, units[table])))


def negative_prompt(settings: Diffusion) -> str:
    """Return what a model is told to keep away from: the same for every picture."""
    text: str = read_family(settings.prompts)["negative"]
    return text


def longest_prompts(spec: Spec) -> tuple[str, ...]:
    """Return a prompt for each phrasing that is no shorter than any of the plan's: of the longest words, by their letters."""
    if spec.diffusion is None:
        return ()
    family = read_family(spec.diffusion.prompts)
    longest = {table: max((way for entry in family[table].values() for way in prompted(entry)), key=len) for table in _SHOT}
    hair = {table: max(family[table].values(), key=len) for table in ("hair_texture", "hair_colour", "facial_hair")}
    style = max(family["hair_style"].values(), key=len).format(hair=f"{hair['hair_texture']} {hair['hair_colour']} hair")
    words = longest | {
        "person": max((way for gender in spec.genders for way in wordings(family["person"][gender])), key=len),
        "age": max(wordings(family["age"]["words"]), key=len).format(years=AGE_BANDS[ADULT][1]),
        "tone": max(wordings(family["tone"]["words"]), key=len).format(
            name=max((family["tone"][spec.scale][tone] for tone in spec.tones), key=len)
        ),
        "skin": "#000000",
        "looks": f", {style}, {hair['facial_hair']}",
        "worn": listed(longest[table] for table in _WORN),
    }
    phrasings = {*_phrasings(spec.diffusion, ANCHOR), *_phrasings(spec.diffusion, REFERENCE)}
    return tuple(put(phrasing, words) for phrasing in sorted(phrasings))


def _phrasings(settings: Diffusion, shot_id: str) -> Wordings:
    section = read_family(settings.prompts)[settings.profile]
    return tuple(section["anchor"] if shot_id == ANCHOR and "anchor" in section else section["phrasings"])


def _words(family: dict[str, Any], scale: str, identity: Identity, shot: Shot, choose: Choose) -> dict[str, str]:
    tone = identity.cell.tone
    labels = {
        "expression": shot.expression,
        "light": shot.light,
        "background": shot.background,
        "pose": pose_of(shot.yaw_degrees),
    }
    return {
        **{table: choose(table, prompted(family[table][label])) for table, label in labels.items()},
        "person": choose("person", wordings(family["person"][identity.cell.gender])),
        "age": choose("age", wordings(family["age"]["words"])).format(years=identity.age_years),
        "tone": choose("tone", wordings(family["tone"]["words"])).format(name=family["tone"][scale][tone]),
        "skin": SCALES[scale].tone(tone).srgb_hex,
        "looks": _looks(family, identity, shot),
        "worn": listed(choose(table, prompted(family[table][label])) for table, label in worn_things(identity, shot)),
    }


def _looks(family: dict[str, Any], identity: Identity, shot: Shot) -> str:
    """Spell hair and beard, each after a comma."""
    hair, beard = identity.hair, identity.facial_hair.style
    said = []
    style = hair_style(identity, shot)
    if style:
        colour, texture = family["hair_colour"][hair_colour(hair)], family["hair_texture"][hair.texture]
        said.append(family["hair_style"][style].format(hair=f"{texture} {colour} hair"))
    if beard != "none":
        said.append(family["facial_hair"][beard])
    return "".join(f", {each}" for each in said)
