"""People: the same whatever else is in the plan, alike in every tone, and with overlapping cues of presentation."""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict, is_dataclass, replace
from functools import cache
from typing import get_type_hints

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from evenface.people.identity import (
    FACIAL_HAIR_STYLES,
    FRINGE_STYLES,
    FRINGES,
    GENDER_CUES,
    HAIR_STYLES,
    HAIR_TEXTURES,
    IRISES,
    STYLE_TEXTURES,
    person,
    sample_age,
    sample_brows,
    sample_complexion,
    sample_facial_hair,
    sample_hair,
    sample_makeup,
)
from evenface.people.plan import make_plan
from evenface.records import Identity, Slot
from evenface.records.fields import Range, Rgb
from evenface.rng import rng_for
from evenface.spec import Spec, override
from evenface.vocabulary import AGE_BANDS, DESIGNS, GENDERS, SCALES, Cell

ALPHA = 0.001
"""Chance of a false alarm in a whole family of tests; the seed is fixed, so that it is either always there or never."""
LONG = ("waves_long", "straight_long", "layered_long", "long_bob", "bob", "half_up", "ponytail", "bun")
NAMES = {"identity_id", "family_id", "cell", "index"}


def people(spec):
    return [person(spec.seed, spec.design, slot) for slot in make_plan(spec).slots()]


@cache
def two_thousand():
    found = people(Spec(identities_per_cell=100, seed=11))
    assert len(found) == 2000
    return found


def attributes(identity):
    """Return every drawn attribute under its dotted name, tuples taken apart as ``head.traits[3]``."""
    found = {}
    for room, value in asdict(identity).items():
        if room in NAMES:
            continue
        for key, part in value.items() if isinstance(value, dict) else [("", value)]:
            name = f"{room}.{key}" if key else room
            parts = enumerate(part) if isinstance(part, tuple) else [(None, part)]
            found |= {name if at is None else f"{name}[{at}]": piece for at, piece in parts}
    return found


def dependence(values, groups):
    """Return the p value of "the values have the same distribution in every group"."""
    if len(set(values)) == 1:
        return 1.0
    if isinstance(values[0], str):
        rows, columns = sorted(set(groups)), sorted(set(values))
        pairs = Counter(zip(groups, values, strict=True))
        return float(stats.chi2_contingency([[pairs[row, column] for column in columns] for row in rows]).pvalue)
    table = {}
    for value, group in zip(values, groups, strict=True):
        table.setdefault(group, []).append(value)
    return float(stats.kruskal(*table.values()).pvalue)


def p_values(identities, groups):
    columns = [attributes(identity) for identity in identities]
    return {name: dependence([column[name] for column in columns], groups) for name in columns[0]}


def test_no_attribute_depends_on_the_tone():
    crowd = two_thousand()
    found = p_values(crowd, [identity.cell.tone for identity in crowd])
    assert len(found) > 60
    assert {name: p for name, p in found.items() if p < ALPHA / len(found)} == {}


def test_only_the_listed_cues_depend_on_the_gender():
    crowd = two_thousand()
    found = p_values(crowd, [identity.cell.gender for identity in crowd])
    strict = {name: p for name, p in found.items() if p < ALPHA / len(found)}
    assert {name for name in strict if name.split("[")[0] not in GENDER_CUES} == set()
    assert {"hair.style", "brows.thickness", "complexion.lip_depth", "facial_hair.style", "head.presentation"} <= set(strict)


def test_the_test_of_dependence_would_find_one():
    crowd = two_thousand()
    tones = [identity.cell.tone for identity in crowd]
    step = {tone.name: tone.step for tone in SCALES["monk"].tones}
    darker = [identity.hair.melanin + 0.02 * step[identity.cell.tone] for identity in crowd]
    irises = ["blue" if at % 3 == 0 and step[tone] < 4 else crowd[at].eyes.iris for at, tone in enumerate(tones)]
    assert dependence(darker, tones) < 1e-6
    assert dependence(irises, tones) < 1e-6


def test_every_listed_cue_is_an_attribute():
    assert set(GENDER_CUES) <= {name.split("[")[0] for name in attributes(two_thousand()[0])}


def test_no_two_people_are_alike():
    crowd = two_thousand()
    assert len({replace(identity, identity_id="", family_id="", cell=None, index=0) for identity in crowd}) == len(crowd)


def ranges(record):
    """Return the range of each field that states one; colours lie between 0 and 1."""
    found = {}
    for name, hint in get_type_hints(record, include_extras=True).items():
        marks = [mark for mark in getattr(hint, "__metadata__", ()) if isinstance(mark, Range)]
        if marks or hint == Rgb:
            found[name] = marks[0] if marks else Range(0, 1)
    return found


def test_every_number_lies_within_the_range_of_its_field():
    for name, record in get_type_hints(Identity).items():
        drawn = [getattr(identity, name) for identity in two_thousand()]
        for field, (least, greatest) in (ranges(record) if is_dataclass(record) else {}).items():
            numbers = np.array([getattr(part, field) for part in drawn])
            assert least <= numbers.min() <= numbers.max() <= greatest, f"{name}.{field}"
    least, greatest = ranges(Identity)["age_years"]
    assert all(least <= identity.age_years <= greatest for identity in two_thousand())


def test_every_number_of_a_person_has_a_range_but_measures_and_seeds():
    without = set()
    for name, record in get_type_hints(Identity).items():
        if is_dataclass(record):
            known = ranges(record)
            without |= {f"{name}.{key}" for key, kind in get_type_hints(record).items() if kind is not str and key not in known}
    assert {key for key in without if not key.endswith("seed")} == {"head.measures_mm"}


def test_styles_are_those_of_the_lists():
    for identity in two_thousand():
        eyes, hair, beard = identity.eyes, identity.hair, identity.facial_hair
        assert hair.fringe in FRINGES
        assert hair.fringe == "none" or hair.style in FRINGE_STYLES
        assert (beard.length == 0) == (beard.density == 0) == (beard.style == "none")
        assert (eyes.iris in IRISES, hair.style in HAIR_STYLES, hair.texture in HAIR_TEXTURES) == (True, True, True)
        assert beard.style in FACIAL_HAIR_STYLES


# The person and what else is in the plan


def slots():
    return st.builds(
        Slot,
        identity_id=st.just("id_x"),
        family_id=st.just("fam_x"),
        cell=st.builds(
            Cell,
            tone=st.sampled_from([tone.name for tone in SCALES["monk"].tones]),
            gender=st.sampled_from(GENDERS),
            age_band=st.sampled_from(sorted(AGE_BANDS)),
        ),
        index=st.integers(0, 10**9),
    )


@settings(max_examples=40, deadline=None)
@given(slot=slots(), seed=st.integers(0, 2**53 - 1), tone=st.sampled_from([tone.name for tone in SCALES["monk"].tones]))
def test_a_crossed_person_is_the_same_in_every_tone_but_for_cell_and_id(slot, seed, tone):
    other = Slot("id_y", "fam_x", replace(slot.cell, tone=tone), slot.index)
    one, two = person(seed, "crossed", slot), person(seed, "crossed", other)
    assert replace(two, cell=one.cell, identity_id=one.identity_id) == one


@settings(max_examples=25, deadline=None)
@given(slot=slots(), seed=st.integers(0, 2**53 - 1))
def test_an_independent_person_is_another_one_in_every_tone(slot, seed):
    heads = {
        person(seed, "independent", replace(slot, cell=replace(slot.cell, tone=tone.name))).head for tone in SCALES["monk"].tones
    }
    assert len(heads) == 10


@settings(max_examples=15, deadline=None)
@given(
    seed=st.integers(0, 2**53 - 1),
    design=st.sampled_from(DESIGNS),
    tones=st.lists(st.integers(1, 10), min_size=1, max_size=3, unique=True),
    genders=st.lists(st.sampled_from(GENDERS), min_size=1, unique=True),
)
def test_adding_people_tones_or_genders_changes_nobody(seed, design, tones, genders):
    small = override(Spec(), seed=seed, design=design, tones=tones, genders=genders)
    large = override(small, tones=list(range(1, 11)), genders=list(GENDERS), identities_per_cell=2, images_per_identity=9)
    known = {identity.identity_id: identity for identity in people(large)}
    found = people(small)
    assert len(found) == len(tones) * len(genders) * small.identities_per_cell
    assert found == [known[identity.identity_id] for identity in found]


def test_families_hold_one_person_each_when_crossed():
    crowd = people(Spec(design="crossed", identities_per_cell=2, tones=("monk_01", "monk_06", "monk_10")))
    families = {}
    for identity in crowd:
        families.setdefault(identity.family_id, set()).add(replace(identity, identity_id="", cell=None))
    assert [len(same) for same in families.values()] == [1] * 4


def test_another_seed_gives_other_people():
    slot = Slot("id_x", "fam_x", Cell("monk_01", "woman"), 0)
    assert person(0, "independent", slot) != person(1, "independent", slot)


# Distributions


@cache
def hairs(gender, age_years=None, number=4000):
    ages = np.random.default_rng(5).integers(18, 81, number)
    return [
        sample_hair(rng_for(1, "hair", gender, at), gender=gender, age_years=age_years or int(ages[at])) for at in range(number)
    ]


@pytest.mark.parametrize("gender", GENDERS)
def test_every_hair_style_occurs_in_every_presentation_and_none_dominates(gender):
    found = Counter(hair.style for hair in hairs(gender))
    assert set(found) == set(HAIR_STYLES)
    assert max(found.values()) < 0.3 * found.total()


def test_styles_differ_between_presentations_and_androgynous_lies_between():
    found = {gender: Counter(hair.style for hair in hairs(gender)) for gender in GENDERS}
    long = {gender: sum(count[style] for style in LONG) / 4000 for gender, count in found.items()}
    thin = {gender: (count["receding"] + count["bald"]) / 4000 for gender, count in found.items()}
    assert 0.02 < long["man"] + 0.1 < long["androgynous"] < long["woman"] - 0.1
    assert 0 < thin["woman"] + 0.03 < thin["androgynous"] < thin["man"] - 0.05 < 0.4


def test_styles_are_worn_with_textures_that_can():
    for hair in (hair for gender in GENDERS for hair in hairs(gender)):
        assert hair.texture in STYLE_TEXTURES.get(hair.style, HAIR_TEXTURES)
    for style in set(HAIR_STYLES) - set(STYLE_TEXTURES):
        assert {hair.texture for gender in GENDERS for hair in hairs(gender) if hair.style == style} == set(HAIR_TEXTURES)
    assert not {"straight", "wavy"} & {*STYLE_TEXTURES["locs"], *STYLE_TEXTURES["coils_short"], *STYLE_TEXTURES["coils_long"]}


def test_grey_and_thin_hair_follow_the_age():
    young, middle, old = (hairs("man", age) for age in (20, 50, 78))
    grey = [np.mean([hair.grey for hair in group]) for group in (young, middle, old)]
    thin = [np.mean([hair.style in ("receding", "bald") for hair in group]) for group in (young, middle, old)]
    assert 0 <= grey[0] < 0.02 < 0.1 < grey[1] < 0.5 < grey[2] < 1
    assert 0.01 < thin[0] < thin[1] - 0.05 < thin[2] - 0.1 < 0.5
    assert np.mean([hair.grey < 0.3 for hair in old]) > 0.05


def test_hair_spans_the_natural_colours():
    melanin = np.array([hair.melanin for gender in GENDERS for hair in hairs(gender)])
    redness = np.array([hair.redness for gender in GENDERS for hair in hairs(gender)])
    for low, high, least in ((0, 0.4, 0.07), (0.4, 0.7, 0.12), (0.7, 0.88, 0.15), (0.88, 1.01, 0.25)):
        assert np.mean((melanin >= low) & (melanin < high)) > least
    assert 0.03 < np.mean(redness > 0.6) < 0.12


def test_brows_and_lips_overlap_between_presentations_and_androgynous_lies_between():
    drawn = {
        gender: [
            [
                sample_brows(rng_for(2, gender, at), gender=gender).thickness,
                sample_complexion(rng_for(3, gender, at), gender=gender, age_years=40).lip_depth,
            ]
            for at in range(2000)
        ]
        for gender in GENDERS
    }
    woman, androgynous, man = (np.array(drawn[gender]).T for gender in ("woman", "androgynous", "man"))
    assert woman[0].mean() < androgynous[0].mean() < man[0].mean()
    assert man[1].mean() < androgynous[1].mean() < woman[1].mean()
    for brow in (woman[0] > man[0], woman[1] < man[1]):
        assert 0.05 < brow.mean() < 0.35


@pytest.mark.parametrize(("name", "feminine"), [("density", -1), ("arch", 1), ("height", 1), ("gap", 1), ("hair_length", -1)])
def test_no_cue_of_the_brows_is_a_switch(name, feminine):
    drawn = {
        gender: feminine * np.array([getattr(sample_brows(rng_for(11, gender, at), gender=gender), name) for at in range(1500)])
        for gender in GENDERS
    }
    assert drawn["man"].mean() < drawn["androgynous"].mean() < drawn["woman"].mean()
    assert (drawn["man"] > drawn["woman"]).mean() > 0.05
    assert (drawn["woman"] < drawn["man"].mean()).mean() > 0.01


def test_skin_leans_with_the_presentation_and_overlaps():
    ages = (25, 45, 70)
    skins = {
        gender: [sample_complexion(rng_for(12, gender, at), gender=gender, age_years=age) for at in range(500) for age in ages]
        for gender in GENDERS
    }
    for found in (
        {gender: np.array([np.mean(skin.folds) for skin in drawn]) for gender, drawn in skins.items()},
        {gender: np.array([skin.pores for skin in drawn]) for gender, drawn in skins.items()},
    ):
        assert found["woman"].mean() < found["androgynous"].mean() < found["man"].mean()
        assert (found["woman"] > found["man"]).mean() > 0.1


def test_grey_is_dyed_over_by_some_of_everybody_and_shown_by_some_of_everybody():
    shown = {gender: np.mean([hair.grey > 0.3 for hair in hairs(gender, 70)]) for gender in GENDERS}
    assert 0.3 < shown["woman"] < shown["androgynous"] < shown["man"] < 0.9


def test_facial_hair_is_none_for_women_and_varied_for_men():
    found = {
        gender: Counter(sample_facial_hair(rng_for(4, gender, at), gender=gender, age_years=40).style for at in range(3000))
        for gender in GENDERS
    }
    assert set(found["woman"]) == {"none"}
    assert set(found["man"]) == set(found["androgynous"]) == set(FACIAL_HAIR_STYLES)
    assert 0.12 < found["man"]["none"] / 3000 < 0.5 < found["androgynous"]["none"] / 3000 < 0.95


@pytest.mark.parametrize("band", [band for band in AGE_BANDS if band != "18-80"])
def test_ages_are_uniform_within_a_band(band):
    low, high = AGE_BANDS[band]
    found = Counter(sample_age(rng_for(5, band, at), age_band=band) for at in range(3000))
    assert set(found) == set(range(low, high + 1))
    assert stats.chisquare(list(found.values())).pvalue > ALPHA


def test_the_band_of_all_adults_is_broad():
    ages = np.array([sample_age(rng_for(6, at), age_band="18-80") for at in range(4000)])
    assert (ages.min(), ages.max()) == (18, 80)
    assert 40 < ages.mean() < 50
    for low, high in ((18, 29), (30, 44), (45, 59), (60, 80)):
        assert 0.12 < np.mean((ages >= low) & (ages <= high)) < 0.35


def test_wrinkles_follow_the_age_with_a_spread_of_their_own():
    found = {
        age: [sample_complexion(rng_for(7, at), gender="man", age_years=age).wrinkles for at in range(800)]
        for age in (20, 45, 75)
    }
    means = [np.mean(drawn) for drawn in found.values()]
    assert 0 <= means[0] < 0.15 < means[1] < 0.6 < means[2] <= 1
    assert np.std(found[45]) > 0.05


def test_make_up_is_worn_by_many_women_by_some_others_and_by_all_alike_where_it_is_worn():
    drawn = {gender: [sample_makeup(rng_for(8, gender, at), gender=gender) for at in range(3000)] for gender in GENDERS}
    worn = {gender: np.mean([paint.lipstick > 0 for paint in people]) for gender, people in drawn.items()}
    assert 0.3 < worn["woman"] < 0.7
    assert 0.01 < worn["man"] < 0.1 < worn["androgynous"] < worn["woman"] - 0.1
    strengths = [[paint.lipstick for paint in people if paint.lipstick > 0] for people in drawn.values()]
    assert stats.kruskal(*strengths).pvalue > ALPHA
    colours = [Counter(paint.lipstick_colour[0] > 0.2 for paint in people)[True] for people in drawn.values()]
    assert max(colours) - min(colours) < 150
    for paint in drawn["woman"]:
        strength = (paint.lipstick, paint.eyeliner, paint.eye_shadow, paint.mascara, paint.blush, paint.brow_pencil)
        assert all(value == 0 or 0.1 <= value <= 1 for value in strength)


def test_folds_come_with_the_years_each_in_its_own_time():
    ages = (20, 40, 60, 80)
    folds = np.array(
        [[sample_complexion(rng_for(9, at), gender="man", age_years=age).folds for at in range(500)] for age in ages]
    )
    means = folds.mean(axis=1)
    assert (np.diff(means, axis=0) > 0.05).all()
    assert (means[0] < 0.3).all()
    assert (means[3] > 0.6).all()
    assert (folds[1].std(axis=0) > 0.04).all()
    # A face that has deep lines on the forehead need not have deep ones elsewhere.
    together = np.corrcoef(folds[2].T)[0, 1:]
    assert (together < 0.9).all()


def test_marks_range_from_none_to_many():
    people = [sample_complexion(rng_for(10, at), gender="woman", age_years=45) for at in range(3000)]
    for name, least, most in (
        ("freckles", 0.25, 0.5),
        ("birthmark", 0.01, 0.06),
        ("melasma", 0.03, 0.2),
        ("acne_scars", 0.08, 0.25),
    ):
        assert least < np.mean([getattr(one, name) > 0 for one in people]) < most, name
    moles = np.array([one.moles for one in people])
    assert (moles.min(), moles.max()) == (0, 12)
    shadow = {
        gender: np.mean([sample_complexion(rng_for(10, at), gender=gender, age_years=45).beard_shadow > 0.3 for at in range(600)])
        for gender in GENDERS
    }
    assert shadow["woman"] < 0.05 < shadow["androgynous"] < shadow["man"]
