"""Check the words of a spec: each is in the vocabulary, and no list has duplicates."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from evenface.spec.mistakes import Mistake, as_toml, show, unknown
from evenface.spec.tables import DEFAULT
from evenface.vocabulary import ADULT, AGE_BANDS, DESIGNS, GENDERS, SCALES, SELECTIONS

__all__ = ["meaning_mistakes", "repeat_mistakes", "tone_name"]


def meaning_mistakes(flat: Mapping[str, Any]) -> list[Mistake]:
    """Find words that are not in the vocabulary, and lists that are empty or have duplicates."""
    mistakes: list[Mistake] = []
    if "design" in flat and flat["design"] not in DESIGNS:
        mistakes.append(unknown(("design",), flat["design"], DESIGNS, "design"))
    if "select" in flat and flat["select"] not in SELECTIONS:
        mistakes.append(unknown(("people", "select"), flat["select"], SELECTIONS, "selection"))
    scale = flat.get("scale", DEFAULT.scale)
    if scale not in SCALES:
        mistakes.append(unknown(("cells", "scale"), scale, tuple(SCALES), "scale"))
    elif "tones" in flat:
        mistakes += _list_mistakes("tones", [tone_name(scale, tone) for tone in flat["tones"]], flat["tones"])
        mistakes += _tone_mistakes(scale, flat["tones"])
    if "genders" in flat:
        mistakes += _list_mistakes("genders", flat["genders"], flat["genders"])
        mistakes += [
            unknown(("cells", "genders", at), word, GENDERS, "gender annotation")
            for at, word in enumerate(flat["genders"])
            if word not in GENDERS
        ]
    if "age_bands" in flat:
        mistakes += _list_mistakes("age_bands", flat["age_bands"], flat["age_bands"])
        mistakes += _band_mistakes(flat["age_bands"])
    return mistakes


def _list_mistakes(key: str, values: Sequence[Any], written: Sequence[Any]) -> list[Mistake]:
    if not values:
        hint = f"name at least one, or leave the key out: {key} = {as_toml(getattr(DEFAULT, key))}"
        return [Mistake(("cells", key), "the list is empty", hint)]
    return repeat_mistakes(("cells", key), values, written)


def repeat_mistakes(place: tuple[str, ...], values: Sequence[Any], written: Sequence[Any]) -> list[Mistake]:
    """Find duplicates among ``values``; errors show them as ``written`` in the file."""
    return [
        Mistake((*place, at), f"{show(written[at])} is listed twice", "name it once")
        for at, value in enumerate(values)
        if value in values[:at]
    ]


def tone_name(scale: str, tone: object) -> object:
    """Return the name of a tone that is written as a step; anything else as it is."""
    tones = SCALES[scale].tones
    if isinstance(tone, int) and not isinstance(tone, bool) and 1 <= tone <= len(tones):
        return tones[tone - 1].name
    return tone


def _tone_mistakes(scale: str, written: Sequence[Any]) -> list[Mistake]:
    names = [tone.name for tone in SCALES[scale].tones]
    hint = f'write a number from 1 to {len(names)}, or a name from "{names[0]}" to "{names[-1]}"'
    return [
        Mistake(("cells", "tones", at), f"the scale {scale} has no tone {show(tone)}", hint)
        for at, tone in enumerate(written)
        if tone_name(scale, tone) not in names
    ]


def _band_mistakes(written: Sequence[Any]) -> list[Mistake]:
    mistakes = []
    known = ", ".join(f'"{band}"' for band in AGE_BANDS)
    for at, band in enumerate(written):
        if band not in tuple(AGE_BANDS):
            what = f"there is no age band {show(band)}; every person is an adult of 18 to 80 years"
            mistakes.append(Mistake(("cells", "age_bands", at), what, f"adults only: write one of {known}"))
    if ADULT in written and len(set(map(str, written))) > 1:
        at = list(written).index(ADULT)
        what = f'"{ADULT}" contains the other bands: cells would overlap'
        mistakes.append(Mistake(("cells", "age_bands", at), what, f'write ["{ADULT}"] alone, or leave it out'))
    return mistakes
