"""The drawn distribution: the survey's figures, adults only, and the same for every tone."""

from __future__ import annotations

import inspect

import numpy as np
import pytest

from evenface.errors import EvenfaceError
from evenface.people.anthropometry import ANSUR, ASYMMETRIES, CORRELATIONS, MEASURES, TRAIT_LIMIT, TRAITS, sample_head
from evenface.people.anthropometry.kinds import KINDS, sample_kinds
from evenface.people.anthropometry.traits import spread_of
from evenface.rng import rng_for

SURVEYED = ("man", "woman")


def drawn(gender, count, age=40):
    return [sample_head(rng_for(7, gender, i), gender=gender, age_years=age) for i in range(count)]


def test_tables_are_complete_and_name_nothing_twice():
    for survey in ANSUR.values():
        assert len(survey.mean_mm) == len(survey.sd_mm) == len(MEASURES) == 13
    assert CORRELATIONS.shape == (13, 13)
    assert np.array_equal(CORRELATIONS, CORRELATIONS.T)
    assert np.linalg.eigvalsh(CORRELATIONS).min() > 0
    for names in (MEASURES, TRAITS, ASYMMETRIES):
        assert len(set(names)) == len(names)


@pytest.mark.parametrize("gender", SURVEYED)
def test_targets_follow_the_survey(gender):
    targets = np.array([head.measures_mm for head in drawn(gender, 2000)])
    survey = ANSUR[gender]
    assert np.abs((targets.mean(axis=0) - survey.mean_mm) / survey.sd_mm).max() < 0.1
    assert np.abs(targets.std(axis=0) / survey.sd_mm - 1).max() < 0.06
    assert np.abs(np.corrcoef(targets.T) - CORRELATIONS).max() < 0.08


def test_androgynous_heads_lie_between_and_overlap_both():
    means = {gender: np.mean([head.measures_mm for head in drawn(gender, 600)], axis=0) for gender in (*SURVEYED, "androgynous")}
    assert np.all(means["androgynous"] < means["man"])
    assert np.all(means["androgynous"] > means["woman"])
    axis = {gender: np.array([head.presentation for head in drawn(gender, 600)]) for gender in means}
    assert axis["man"].mean() < 0.25 < 0.4 < axis["androgynous"].mean() < 0.6 < 0.75 < axis["woman"].mean()
    assert axis["man"].max() > np.quantile(axis["androgynous"], 0.25)
    assert axis["woman"].min() < np.quantile(axis["androgynous"], 0.75)


def test_traits_spread_as_their_area_does_and_end_at_the_limit():
    traits = np.array([head.traits for head in drawn("woman", 4000)])
    assert traits.shape[1] == len(TRAITS)
    assert np.abs(traits).max() == TRAIT_LIMIT
    stated = np.array([spread_of(name) for name in TRAITS])
    # Age and presentation add to the spread of a trait, its kinds may take a little, and the limit cuts a little off.
    assert np.all((traits.std(axis=0) > 0.7 * stated) & (traits.std(axis=0) < 1.25 * stated))
    lips = [TRAITS.index(name) for name in ("lip_fullness_upper", "lip_fullness_lower")]
    assert np.corrcoef(traits[:, lips].T)[0, 1] > 0.4


def test_kinds_are_shares_of_everybody_and_move_no_mean():
    for area in KINDS:
        assert sum(kind.share for kind in area) == pytest.approx(1)
        assert all(name in TRAITS for kind in area for name in kind.shifts)
    drawn_kinds = np.array([sample_kinds(rng_for(3, i)) for i in range(4000)])
    assert np.abs(drawn_kinds.mean(axis=0)).max() < 0.08
    assert len(np.unique(drawn_kinds, axis=0)) > 0.9 * np.prod([len(area) for area in KINDS])


def test_eyes_and_noses_come_in_clusters_not_along_one_curve():
    traits = np.array([head.traits for head in drawn("woman", 1500)])
    for one, other in (("lid_crease", "epicanthus"), ("nose_dorsum", "nose_width"), ("jaw_angle", "outline_square")):
        i, j = TRAITS.index(one), TRAITS.index(other)
        assert abs(np.corrcoef(traits[:, i], traits[:, j])[0, 1]) > 0.15


def test_forms_are_drawn_alike_for_every_annotation_and_age():
    forms = [i for i, name in enumerate(TRAITS) if "_form_" in name]
    assert len(forms) == 12
    for gender in SURVEYED:
        for age in (20, 75):
            scores = np.array([head.traits for head in drawn(gender, 1000, age)])[:, forms]
            assert np.abs(scores.mean(axis=0)).max() < 0.12


def test_cues_overlap_between_annotations():
    woman, man = (np.array([head.traits for head in drawn(gender, 1000)]) for gender in ("woman", "man"))
    apart = woman.mean(axis=0) - man.mean(axis=0)
    for name in ("brow_bone", "larynx", "shoulder_width", "jaw_angle"):
        assert apart[TRAITS.index(name)] < -0.8
    # In every single trait some women lie beyond the mean man, and the other way round.
    assert np.all((woman * np.sign(-apart) > man.mean(axis=0) * np.sign(-apart)).mean(axis=0) > 0.01)


def test_age_moves_traits_but_no_measure():
    young, old = (drawn("man", 400, age) for age in (20, 75))
    assert [head.measures_mm for head in young] == [head.measures_mm for head in old]
    folds = TRAITS.index("smile_folds")
    assert np.mean([head.traits[folds] for head in old]) > np.mean([head.traits[folds] for head in young]) + 0.5


def test_the_same_key_draws_the_same_head_and_another_key_another():
    one, again, other = (sample_head(rng_for(1, "head", k), gender="woman", age_years=30) for k in (0, 0, 1))
    assert one == again
    assert one.traits != other.traits
    assert all(isinstance(value, float) for value in (*one.measures_mm, *one.traits, *one.asymmetries, one.fullness))


def test_no_head_can_depend_on_the_tone():
    assert list(inspect.signature(sample_head).parameters) == ["rng", "gender", "age_years"]


@pytest.mark.parametrize("age", [0, 17, -1])
def test_heads_are_those_of_adults(age):
    with pytest.raises(EvenfaceError, match="adults") as caught:
        sample_head(rng_for(0), gender="woman", age_years=age)
    assert caught.value.hint == "use 18 to 100 years"


def test_an_unknown_annotation_lists_the_known():
    with pytest.raises(EvenfaceError, match="'girl'") as caught:
        sample_head(rng_for(0), gender="girl", age_years=30)
    assert "woman" in caught.value.hint
