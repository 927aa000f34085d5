"""Shots in words: captions of pictures, and prompts for trained models, both from the families of ``prompts/``.

Captions and prompts alone name the cell. Their wordings are drawn alike in every cell.
"""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Iterable, Mapping
from functools import cache
from typing import Any

from evenface.errors import EvenfaceError
from evenface.files.storage import data_folder
from evenface.records import Hair, Identity, Shot, Slot
from evenface.records.diffusion import Diffusion
from evenface.rng import rng_for
from evenface.shots.schedule import pick
from evenface.spec import Spec
from evenface.vocabulary import ADULT, AGE_BANDS, ANCHOR, REFERENCE, SCALES

__all__ = [
    "CAPTIONS",
    "HAIR_COLOURS",
    "TIED_STYLES",
    "caption_for",
    "fill",
    "longest_prompts",
    "name_hair_colour",
    "name_pose",
    "negative_prompt",
    "prompt_for",
    "prompt_wordings",
    "read_family",
    "wordings",
]

Wordings = tuple[str, ...]


# Families


@cache
def read_family(name: str) -> dict[str, Any]:
    """Return a family with its tables of words. The result is shared: do not change it.

    Args:
        name: The file name without its ending, never a path.
    """
    path = data_folder("prompts") / f"{name}.toml"
    try:
        family = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as problem:
        raise EvenfaceError(f"the words in {path} cannot be read: {problem}", "install evenface again") from problem
    return (read_family(family["words"]) if "words" in family else {}) | family


def wordings(entry: str | Iterable[str]) -> Wordings:
    """Return the wordings of a label; captions use the first."""
    return (entry,) if isinstance(entry, str) else tuple(entry)


def prompt_wordings(entry: str | Iterable[str]) -> Wordings:
    """Return the wordings of a label that prompts choose from: all but the first, where there are others."""
    first, *others = wordings(entry)
    return tuple(others) or (first,)


def fill(phrasing: str, words: Mapping[str, str]) -> str:
    """Put words into the braces of a phrasing, and begin with a capital letter."""
    text = phrasing.format(**words)
    return text[0].upper() + text[1:]


def _join(words: Iterable[str]) -> str:
    """Spell a list, e.g. ``a turtleneck, round glasses and a headband``."""
    *others, last = words
    return f"{', '.join(others)} and {last}" if others else last


# Captions

CAPTIONS = "captions.v1"
"""The caption family in use, a file of ``prompts/``."""


def caption_for(spec: Spec, slot: Slot, shot_id: str, labels: Mapping[str, str]) -> str:
    """Put the shot into words; every person of the same number gets the same phrasing.

    Args:
        labels: The shot's expression, light, background, clothing and pose, keys of the tables of words.
    """
    family = read_family(CAPTIONS)
    phrasings = tuple(family["phrasings_of_photographs" if spec.diffusion else "phrasings"])
    phrasing = pick(phrasings, rng_for(spec.seed, "caption", slot.index, shot_id).random())
    texts = {table: wordings(family[table][label])[0] for table, label in labels.items()}
    cell = slot.cell
    step = SCALES[spec.scale].tone(cell.tone).step
    tone = family["tone"][spec.scale].format(step=step, name=cell.tone.removeprefix(f"{spec.scale}_").replace("_", " "))
    return fill(phrasing, {"gender": family["gender"][cell.gender], "tone": tone, **texts})


# Labels: names of what a person looks like in a shot, keys of the tables of words

TIED_STYLES = ("waves_long", "straight_long", "layered_long", "long_bob", "half_up", "coils_long")
"""The styles that a shot may show tied."""
_FRONTAL_DEGREES = 8.0
HAIR_COLOURS = ("black", "dark_brown", "brown", "blond", "red", "greying", "grey", "dyed")


def name_pose(yaw_degrees: float) -> str:
    """Name a pose: ``frontal``, or the side of the picture that the face is turned to."""
    if abs(yaw_degrees) < _FRONTAL_DEGREES:
        return "frontal"
    return "right" if yaw_degrees > 0 else "left"


def name_hair_colour(hair: Hair) -> str:
    """Name the colour that most of the hair has: one of ``HAIR_COLOURS``."""
    if hair.grey > 0.25:
        return "grey" if hair.grey > 0.6 else "greying"
    if min(hair.dye) < 1.0:
        return "dyed"
    if hair.redness > 0.5 and hair.melanin < 0.75:
        return "red"
    # Between the means from which the pigments of people are drawn.
    return next(
        (name for name, least in (("black", 0.87), ("dark_brown", 0.68), ("brown", 0.4)) if hair.melanin > least), "blond"
    )


def _hair_style(identity: Identity, shot: Shot) -> str | None:
    """Return the label of the hair in this shot; None where a covering hides it."""
    style = identity.hair.style
    if style == "head_covering":
        return None
    return "tied" if shot.hair_tied and style in TIED_STYLES else style


def _worn_things(identity: Identity, shot: Shot) -> tuple[tuple[str, str], ...]:
    """Return table and label of everything that the person wears, clothes first."""
    things = (
        ("clothing", shot.clothing),
        ("glasses", identity.glasses.frame if shot.glasses_worn else "none"),
        ("head_covering", identity.covering.kind),
        ("earrings", identity.jewellery.earrings),
    )
    return tuple((table, label) for table, label in things if label != "none")


# Prompts

_WORN = ("clothing", "glasses", "head_covering", "earrings")
_SHOT = ("expression", "pose", "light", "background", *_WORN)
_TABLES = ("person", "age", "tone", *_SHOT)
"""The tables with several wordings, in the order in which those are drawn."""
Choose = Callable[[str, Wordings], str]
"""Picks one of the wordings of a table."""


def prompt_for(spec: Spec, identity: Identity, shot: Shot) -> str:
    """Return the prompt of a shot; an empty text where no trained model makes the pictures.

    Phrasing and wordings depend on (seed, number of the person in the cell, name of the shot) alone.
    """
    if spec.diffusion is None:
        return ""
    rng = rng_for(spec.seed, "prompt", identity.index, shot.shot_id)
    family = read_family(spec.diffusion.prompts)
    phrasing = pick(_phrasings(spec.diffusion, shot.shot_id), rng.random())
    units = dict(zip(_TABLES, rng.random(len(_TABLES)), strict=True))
    return fill(phrasing, _words(family, spec.scale, identity, shot, lambda table, ways: pick(ways, units[table])))


def negative_prompt(settings: Diffusion) -> str:
    """Return the negative prompt, which is the same for every picture."""
    text: str = read_family(settings.prompts)["negative"]
    return text


def longest_prompts(spec: Spec) -> tuple[str, ...]:
    """Return a prompt for each phrasing, filled with the longest words in letters: none of the plan's prompts is longer."""
    if spec.diffusion is None:
        return ()
    family = read_family(spec.diffusion.prompts)
    ways = {table: [way for entry in family[table].values() for way in prompt_wordings(entry)] for table in _SHOT}
    longest = {table: max(each, key=len) for table, each in ways.items()}
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
        "worn": _join(longest[table] for table in _WORN),
    }
    phrasings = {*_phrasings(spec.diffusion, ANCHOR), *_phrasings(spec.diffusion, REFERENCE)}
    return tuple(fill(phrasing, words) for phrasing in sorted(phrasings))


def _phrasings(settings: Diffusion, shot_id: str) -> Wordings:
    section = read_family(settings.prompts)[settings.profile]
    return tuple(section["anchor"] if shot_id == ANCHOR and "anchor" in section else section["phrasings"])


def _words(family: dict[str, Any], scale: str, identity: Identity, shot: Shot, choose: Choose) -> dict[str, str]:
    tone = identity.cell.tone
    labels = {
        "expression": shot.expression,
        "light": shot.light,
        "background": shot.background,
        "pose": name_pose(shot.yaw_degrees),
    }
    return {
        **{table: choose(table, prompt_wordings(family[table][label])) for table, label in labels.items()},
        "person": choose("person", wordings(family["person"][identity.cell.gender])),
        "age": choose("age", wordings(family["age"]["words"])).format(years=identity.age_years),
        "tone": choose("tone", wordings(family["tone"]["words"])).format(name=family["tone"][scale][tone]),
        "skin": SCALES[scale].tone(tone).srgb_hex,
        "looks": _looks(family, identity, shot),
        "worn": _join(choose(table, prompt_wordings(family[table][label])) for table, label in _worn_things(identity, shot)),
    }


def _looks(family: dict[str, Any], identity: Identity, shot: Shot) -> str:
    """Spell hair and beard, each after a comma."""
    hair, beard = identity.hair, identity.facial_hair.style
    looks = []
    style = _hair_style(identity, shot)
    if style:
        colour, texture = family["hair_colour"][name_hair_colour(hair)], family["hair_texture"][hair.texture]
        looks.append(family["hair_style"][style].format(hair=f"{texture} {colour} hair"))
    if beard != "none":
        looks.append(family["facial_hair"][beard])
    return "".join(f", {each}" for each in looks)
