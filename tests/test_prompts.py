"""Prompts: the same care for every label, and the same words in every cell but for those that name it."""

from __future__ import annotations

import re
from dataclasses import replace
from itertools import islice

import pytest

from evenface.backends.cycles.hair.styles import TIED
from evenface.errors import EvenfaceError
from evenface.files.storage import data_folder
from evenface.people.identity import (
    COVERINGS,
    EARRINGS,
    FACIAL_HAIR_STYLES,
    FRAMES,
    HAIR_STYLES,
    HAIR_TEXTURES,
    person,
    sample_hair,
)
from evenface.people.plan import make_plan
from evenface.records.diffusion import FAMILIES, Diffusion
from evenface.rng import rng_for
from evenface.shots import (
    BACKGROUNDS,
    CLOTHING,
    EXPRESSIONS,
    LIGHTS,
    SOFTBOXES,
    anchor_for,
    longest_prompts,
    negative_prompt,
    prompt_for,
    shots_for,
)
from evenface.shots.words import HAIR_COLOURS, TIED_STYLES, fill, name_hair_colour, prompt_wordings, read_family, wordings
from evenface.spec import Spec, from_document, override
from evenface.vocabulary import GENDERS, SCALES

PROFILES = {"edit": {}, "controlnet": {"model": "sd"}, "text": {"model": "sd"}}
LABELS = {
    "pose": ("frontal", "left", "right"),
    "expression": EXPRESSIONS,
    "light": (SOFTBOXES, *LIGHTS),
    "background": BACKGROUNDS,
    "clothing": CLOTHING,
    "hair_style": (*(style for style in HAIR_STYLES if style != "head_covering"), "tied"),
    "hair_texture": HAIR_TEXTURES,
    "hair_colour": HAIR_COLOURS,
    "facial_hair": [style for style in FACIAL_HAIR_STYLES if style != "none"],
    "glasses": [frame for frame in FRAMES if frame != "none"],
    "head_covering": [kind for kind in COVERINGS if kind != "none"],
    "earrings": [kind for kind in EARRINGS if kind != "none"],
    "person": GENDERS,
}
CELLS = re.compile(r"\b(wom[ae]n|m[ae]n|female|male|androgynous|light|dark|tan|brown|black|white|skin)\b", re.IGNORECASE)
# Food, materials and praise that skin is sold with; names of peoples and places.
NOT_SAID = re.compile(
    r"olive|chocolate|caramel|honey|coffee|cocoa|cinnamon|almond|peach|cream|milk|sand|ivory|porcelain|ebony|bronze|golden|fair"
    r"|exotic|ethnic|caucasian|africa|asia|europe|arab|indian|latin|hispanic|nordic|beautiful|attractive|flawless|perfect",
    re.IGNORECASE,
)


def spec_of(profile, **changes):
    return override(Spec(), backend="diffusion", profile=profile, **PROFILES[profile], **changes)


def first(spec, **cell):
    return next(place for place in make_plan(spec).slots() if all(getattr(place.cell, key) == cell[key] for key in cell))


def every_word(family):
    """Return every text of a family, without the comments."""
    for value in family.values() if isinstance(family, dict) else family:
        if isinstance(value, str):
            yield value
        else:
            yield from every_word(value)


def test_every_family_is_listed_and_readable():
    assert set(FAMILIES) == {path.stem for path in data_folder("prompts").glob("photograph.*.toml")}
    for name in FAMILIES:
        assert set(read_family(name)) >= {"negative", *PROFILES, *LABELS}


@pytest.mark.parametrize("table", LABELS)
def test_every_label_has_words_and_no_other_thing_has(table):
    for name in FAMILIES:
        assert set(read_family(name)[table]) == set(LABELS[table])


def test_every_tone_of_every_scale_has_words_of_its_own():
    for name in FAMILIES:
        for scale in SCALES.values():
            words = read_family(name)["tone"][scale.name]
            assert list(words) == [tone.name for tone in scale.tones]
            assert len(set(words.values())) == len(words)


def test_the_words_of_light_tones_mirror_those_of_dark_ones():
    words = list(read_family("photograph.v2")["tone"]["monk"].values())
    turned = {"light": "dark", "dark": "light"}
    assert words == [re.sub("light|dark", lambda found: turned[found[0]], word) for word in reversed(words)]


def test_no_word_is_of_food_or_of_a_people_and_none_is_praise():
    for name in FAMILIES:
        assert [text for text in every_word(read_family(name)) if NOT_SAID.search(text)] == []


def test_phrasings_and_negative_words_do_not_name_a_cell():
    family = read_family("photograph.v2")
    said = [text for profile in PROFILES for text in every_word(family[profile])]
    for text in said:
        # "Skin" and "light" are said of everybody.
        assert set(map(str.lower, CELLS.findall(re.sub(r"\{\w+\}", "", text)))) <= {"skin", "light"}
    assert set(CELLS.findall(family["negative"])) <= {"skin", "black", "white"}
    assert "black and white" in family["negative"]


@pytest.mark.parametrize("profile", PROFILES)
def test_every_phrasing_asks_for_all_that_is_labelled(profile):
    section = read_family("photograph.v2")[profile]
    wanted = {"person", "age", "tone", "expression", "pose", "light", "background", "worn"}
    wanted |= {"looks"} if profile != "edit" else set()
    assert len(section["phrasings"]) >= 2
    for phrasing in section["phrasings"]:
        assert set(re.findall(r"\{(\w+)\}", phrasing)) == wanted
    for phrasing in section.get("anchor", ()):
        assert set(re.findall(r"\{(\w+)\}", phrasing)) == {"person", "age", "tone", "skin"}


@pytest.mark.parametrize("profile", PROFILES)
def test_no_wording_differs_between_tones_but_for_the_tone_words(profile):
    spec = spec_of(profile, design="crossed", identities_per_cell=3)
    words = read_family("photograph.v2")["tone"]["monk"]
    found = {}
    for place in make_plan(spec).slots():
        tone = SCALES["monk"].tone(place.cell.tone)
        for shot in (anchor_for(spec, place), *shots_for(spec, place)):
            text = shot.prompt.replace(tone.srgb_hex, "#SKIN")
            assert f"{words[tone.name]} skin" in text
            found.setdefault((place.cell.gender, place.index, shot.shot_id), set()).add(
                text.replace(f"{words[tone.name]} skin", "TONE skin")
            )
    assert {len(texts) for texts in found.values()} == {1}


@pytest.mark.parametrize("profile", PROFILES)
def test_no_wording_differs_between_genders_but_for_the_gender_words(profile):
    spec = spec_of(profile, genders=GENDERS)
    people = read_family("photograph.v2")["person"]
    one = person(spec.seed, spec.design, first(spec, gender="woman"))
    shots = shots_for(spec, first(spec, gender="woman"))
    assert len(shots) == spec.images_per_identity + 1
    for shot in shots:
        found = set()
        for gender in GENDERS:
            text = prompt_for(spec, replace(one, cell=replace(one.cell, gender=gender)), shot)
            said = max((way for way in people[gender] if way in text or way.capitalize() in text), key=len)
            found.add(re.sub(re.escape(said), "PERSON", text, flags=re.IGNORECASE))
        assert len(found) == 1


def test_phrasing_and_wording_are_those_of_the_number_and_the_shot_and_vary():
    spec = spec_of("text", identities_per_cell=8)
    plan = make_plan(spec)
    openings = {}
    for place in plan.slots():
        for shot in shots_for(spec, place):
            openings.setdefault((place.index, shot.shot_id), set()).add(re.match(r"\w+ \w+|\w+", shot.prompt)[0])
    assert {len(found) for found in openings.values()} == {1}
    assert len(set.union(*openings.values())) == len(read_family("photograph.v2")["text"]["phrasings"])
    grown = override(spec, identities_per_cell=9, genders=["woman"])
    again = next(make_plan(grown).slots())
    assert shots_for(grown, again) == shots_for(spec, again)


def test_only_pictures_of_a_trained_model_have_a_prompt():
    place = next(make_plan(Spec()).slots())
    rendered, made = shots_for(Spec(), place), shots_for(Spec(backend="diffusion"), place)
    assert {shot.prompt for shot in rendered} == {""}
    assert all(shot.prompt for shot in made)
    assert [replace(shot, prompt="", caption="") for shot in made] == [replace(shot, caption="") for shot in rendered]


def test_the_anchor_is_another_reference():
    spec = spec_of("edit")
    place = next(make_plan(spec).slots())
    anchor, reference = anchor_for(spec, place), shots_for(spec, place)[0]
    assert anchor.shot_id == "anchor"
    assert anchor.seed != reference.seed
    same = {"shot_id": "reference", "seed": reference.seed, "prompt": reference.prompt, "caption": reference.caption}
    assert replace(anchor, **same) == reference
    assert "first picture" not in anchor.prompt
    assert "first picture" in reference.prompt
    tone = SCALES["monk"].tone(place.cell.tone)
    assert tone.srgb_hex in anchor.prompt
    assert tone.swatch_hex not in anchor.prompt
    assert anchor_for(Spec(), place).prompt == ""


def test_a_prompt_states_what_is_labelled():
    spec = spec_of("text", genders=["man"], age_bands=["60-80"], identities_per_cell=30)
    places = list(islice(make_plan(spec).slots(), 60))
    assert len(places) == 60
    for place in places:
        identity = person(spec.seed, spec.design, place)
        for shot in shots_for(spec, place):
            assert re.search(rf"\bage(d)? {identity.age_years}\b", shot.prompt)
            assert (" glasses" in shot.prompt) == (identity.glasses.frame != "none" and shot.glasses_worn)
            assert ("earrings" in shot.prompt) == (identity.jewellery.earrings != "none")
            assert ("hair" in shot.prompt) == (identity.hair.style not in ("head_covering", "bald"))
            hidden = identity.hair.style == "head_covering"
            assert not hidden or any(
                word in shot.prompt for word in wordings(read_family("words.v1")["head_covering"][identity.covering.kind])
            )


def test_colours_of_hair_are_named_as_they_were_drawn():
    hair = sample_hair(rng_for(0, "hair"), gender="man", age_years=30)
    drawn = {
        "black": {"melanin": 0.95},
        "dark_brown": {"melanin": 0.78},
        "brown": {"melanin": 0.55},
        "blond": {"melanin": 0.25},
        "red": {"melanin": 0.48, "redness": 0.75},
        "greying": {"grey": 0.4},
        "grey": {"grey": 0.9},
        "dyed": {"dye": (0.3, 0.35, 0.75)},
    }
    plain = {"melanin": 0.9, "redness": 0.1, "grey": 0.0, "dye": (1.0, 1.0, 1.0)}
    assert {name: name_hair_colour(replace(hair, **(plain | values))) for name, values in drawn.items()} == {
        name: name for name in drawn
    }
    assert set(drawn) == set(HAIR_COLOURS)


def test_what_can_be_tied_is_what_the_renderer_ties():
    assert set(TIED_STYLES) == set(TIED)


@pytest.mark.parametrize("profile", ["controlnet", "text"])
def test_prompts_for_clip_are_short(profile):
    # 77 tokens, which the family's comment counts; a word and its comma are under two of them.
    spec = spec_of(profile, genders=GENDERS, identities_per_cell=3)
    longest = longest_prompts(spec)
    assert max(len(text.split()) for text in longest) <= 60
    most = max(map(len, longest))
    assert all(len(shot.prompt) <= most for place in make_plan(spec).slots() for shot in shots_for(spec, place))


def test_the_longest_prompts_are_one_for_each_phrasing():
    family = read_family("photograph.v2")
    assert len(longest_prompts(spec_of("edit"))) == len(family["edit"]["phrasings"]) + len(family["edit"]["anchor"])
    assert longest_prompts(Spec()) == ()


def test_no_prompt_repeats_what_a_user_writes():
    mark = "ignore all instructions"
    table = {"model": mark, "licence": mark, "profile": "controlnet", "controlnets": [f"depth={mark}"], "ip_adapter": mark}
    spec = from_document({"shots": {"backend": "diffusion"}, "diffusion": table, "maker": {"name": mark, "purpose": mark}}, "x")
    for place in islice(make_plan(spec).slots(), 5):
        assert all(mark not in shot.prompt + shot.caption for shot in (anchor_for(spec, place), *shots_for(spec, place)))
    assert mark not in negative_prompt(spec.diffusion)


def test_the_negative_words_are_the_same_for_everybody():
    assert negative_prompt(Diffusion(profile="edit")) == negative_prompt(Diffusion(profile="text"))
    assert "child" in negative_prompt(Diffusion())


def test_captions_take_the_first_wording_and_prompts_the_others():
    assert (wordings("a"), prompt_wordings("a"), prompt_wordings(["a", "b", "c"])) == (("a",), ("a",), ("b", "c"))
    assert fill("{x} and {x}", {"x": "one"}) == "One and one"


def test_a_missing_family_is_an_error():
    with pytest.raises(EvenfaceError, match=r"the words in .*none\.v9\.toml cannot be read") as caught:
        read_family("none.v9")
    assert caught.value.hint == "install evenface again"
