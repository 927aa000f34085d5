"""A spec is read whole or refused with every mistake, its place and what to write instead."""

from __future__ import annotations

import tomllib
from dataclasses import fields

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evenface.errors import UsageFault
from evenface.people.plan import make_plan
from evenface.records.diffusion import Diffusion
from evenface.spec import PRESETS, Spec, as_document, from_document, override, preset, read_spec
from evenface.vocabulary import AGE_BANDS, DESIGNS, GENDERS, SCALES

MONK = tuple(tone.name for tone in SCALES["monk"].tones)
ITA = tuple(tone.name for tone in SCALES["ita"].tones)

MISTAKES = {
    "unknown key": (
        "[cells]\ntonnes = [1]",
        "[cells] tonnes: unknown key",
        "did you mean 'tones'? keys here: scale, tones, genders, age_bands, identities_per_cell",
    ),
    "unknown key at the top": (
        "sede = 3",
        "sede: unknown key",
        "did you mean 'seed'? keys here: seed, design, [cells], [people], [shots], [diffusion], [protocols], [maker]",
    ),
    "key in the wrong table": ("size_px = 64", "size_px: unknown key", "'size_px' belongs under [shots]"),
    "key below the tables": (
        "[shots]\nseed = 1",
        "[shots] seed: unknown key",
        "'seed' belongs at the top of the file, above every table",
    ),
    "wrong type": (
        '[cells]\nidentities_per_cell = "five"',
        '[cells] identities_per_cell: must be a whole number, found "five"',
        "write identities_per_cell = 1",
    ),
    "truth for a number": (
        "[shots]\nsamples = true",
        "[shots] samples: must be a whole number, found true",
        "write samples = 12",
    ),
    "fraction": ("seed = 1.5", "seed: must be a whole number, found 1.5", "write seed = 0"),
    "text for a list": (
        '[cells]\ngenders = "woman"',
        '[cells] genders: must be a list in square brackets, found "woman"',
        'write genders = ["woman", "man"]',
    ),
    "number for a table": (
        "cells = 3",
        "cells: must be a table, found 3",
        "write [cells] on a line of its own, and its keys below",
    ),
    "list for a word": (
        '[cells]\nscale = ["monk"]',
        '[cells] scale: must be a text in quotes, found ["monk"]',
        'write scale = "monk"',
    ),
    "zero people": (
        "[cells]\nidentities_per_cell = 0",
        "[cells] identities_per_cell: must be 1 or more, found 0",
        "write identities_per_cell = 1 or more",
    ),
    "zero probes": (
        "[shots]\nimages_per_identity = 0",
        "[shots] images_per_identity: must be 1 or more, found 0",
        "write images_per_identity = 1 or more",
    ),
    "negative seed": ("seed = -1", "seed: must be 0 or more, found -1", "write seed = 0 or more"),
    "seed too large": (
        "seed = 9007199254740992",
        "seed: must be 9007199254740991 or less, found 9007199254740992",
        "write seed = 9007199254740991 or less",
    ),
    "too small": ("[shots]\nsize_px = 31", "[shots] size_px: must be 32 or more, found 31", "write size_px = 32 or more"),
    "too large": ("[shots]\nsize_px = 2049", "[shots] size_px: must be 2048 or less, found 2049", "write size_px = 2048 or less"),
    "no backend": ('[shots]\nbackend = ""', '[shots] backend: must not be empty, found ""', 'write backend = "cycles"'),
    "tone 11": (
        "[cells]\ntones = [1, 6, 11]",
        "[cells] tones[2]: the scale monk has no tone 11",
        'write a number from 1 to 10, or a name from "monk_01" to "monk_10"',
    ),
    "tone of another scale": (
        '[cells]\nscale = "ita"\ntones = ["monk_01"]',
        '[cells] tones[0]: the scale ita has no tone "monk_01"',
        'write a number from 1 to 6, or a name from "ita_very_light" to "ita_dark"',
    ),
    "truth for a tone": (
        "[cells]\ntones = [true]",
        "[cells] tones[0]: the scale monk has no tone true",
        'write a number from 1 to 10, or a name from "monk_01" to "monk_10"',
    ),
    "duplicate tone": ('[cells]\ntones = [6, "monk_06"]', '[cells] tones[1]: "monk_06" is listed twice', "name it once"),
    "empty tones": (
        "[cells]\ntones = []",
        "[cells] tones: the list is empty",
        "name at least one, or leave the key out: tones = [" + ", ".join(f'"{name}"' for name in MONK) + "]",
    ),
    "unknown gender": (
        '[cells]\ngenders = ["women"]',
        '[cells] genders[0]: there is no gender annotation "women"',
        "did you mean 'woman'? gender annotations: woman, man, androgynous",
    ),
    "number for a gender": (
        "[cells]\ngenders = [1]",
        "[cells] genders[0]: there is no gender annotation 1",
        "gender annotations: woman, man, androgynous",
    ),
    "empty genders": (
        "[cells]\ngenders = []",
        "[cells] genders: the list is empty",
        'name at least one, or leave the key out: genders = ["woman", "man"]',
    ),
    "minors": (
        '[cells]\nage_bands = ["13-17"]',
        '[cells] age_bands[0]: there is no age band "13-17"; every person is an adult of 18 to 80 years',
        'adults only: write one of "18-80", "18-29", "30-44", "45-59", "60-80"',
    ),
    "band that reaches below 18": (
        '[cells]\nage_bands = ["18-29", "16-29"]',
        '[cells] age_bands[1]: there is no age band "16-29"; every person is an adult of 18 to 80 years',
        'adults only: write one of "18-80", "18-29", "30-44", "45-59", "60-80"',
    ),
    "overlapping bands": (
        '[cells]\nage_bands = ["18-29", "18-80"]',
        '[cells] age_bands[1]: "18-80" contains the other bands: cells would overlap',
        'write ["18-80"] alone, or leave it out',
    ),
    "unknown scale": (
        '[cells]\nscale = "monks"',
        '[cells] scale: there is no scale "monks"',
        "did you mean 'monk'? scales: monk, ita",
    ),
    "unknown design": (
        'design = "cross"',
        'design: there is no design "cross"',
        "did you mean 'crossed'? designs: independent, crossed",
    ),
}


def refusal(path) -> UsageFault:
    with pytest.raises(UsageFault) as caught:
        read_spec(path)
    return caught.value


@pytest.mark.parametrize("case", MISTAKES)
def test_a_mistake_is_named_with_its_place_and_a_hint(case, tmp_path):
    text, what, hint = MISTAKES[case]
    path = tmp_path / "spec.toml"
    path.write_text(text)
    fault = refusal(path)
    assert (fault.what, fault.hint, fault.exit_code) == (f"{path}: {what}", hint, 2)


def test_all_mistakes_are_reported_at_once(tmp_path):
    path = tmp_path / "spec.toml"
    path.write_text('seed = -4\n[cells]\ntones = [11, 2, 2]\ngender = ["man"]\n')
    fault = refusal(path)
    assert fault.what == (
        f"{path}: 4 mistakes:\n"
        "  seed: must be 0 or more, found -4 (write seed = 0 or more)\n"
        "  [cells] gender: unknown key (did you mean 'genders'? "
        "keys here: scale, tones, genders, age_bands, identities_per_cell)\n"
        "  [cells] tones[2]: 2 is listed twice (name it once)\n"
        '  [cells] tones[0]: the scale monk has no tone 11 (write a number from 1 to 10, or a name from "monk_01" to "monk_10")'
    )
    assert fault.hint == "correct these places and run the command again"


@pytest.mark.parametrize(
    ("text", "said", "hint"),
    [
        ("seed = 1\nsize_px = = 3\n", "line 2, column 11: Invalid value", "correct line 2"),
        ("[cells]\ntones = [1, 2", "line 2, column 14: Unclosed array", "correct line 2"),
        ("seed = 1\nseed = 2\n", "line 2, column 9: Cannot overwrite a value", "correct line 2"),
    ],
)
def test_broken_toml_is_reported_with_line_and_column(text, said, hint, tmp_path):
    path = tmp_path / "spec.toml"
    path.write_text(text)
    fault = refusal(path)
    assert (fault.what, fault.hint) == (f"the spec {path} is not TOML: {said}", hint)


def test_a_missing_file_a_folder_and_bytes_are_refused(tmp_path):
    missing, latin = tmp_path / "none.toml", tmp_path / "latin.toml"
    latin.write_bytes(b"# caf\xe9\n")
    said = [(fault.what, fault.hint) for fault in map(refusal, (missing, tmp_path, latin))]
    assert said == [
        (f"the spec {missing} does not exist", "give the path of a TOML file, or --preset demo"),
        (f"the spec {tmp_path} is a folder", "give the path of a TOML file in it"),
        (f"the spec {latin} is not text in UTF-8: invalid continuation byte", "save it again as UTF-8"),
    ]


def test_an_unknown_preset_names_the_known_ones():
    with pytest.raises(UsageFault) as caught:
        preset("dmeo")
    assert (caught.value.what, caught.value.hint) == ("there is no preset 'dmeo'", "did you mean 'demo'? presets: demo, audit")


def test_the_presets_are_what_they_are_called():
    demo, audit = map(preset, PRESETS)
    assert demo == Spec(size_px=128, identities_per_cell=1, images_per_identity=3, seed=76)
    assert audit == Spec(size_px=256, identities_per_cell=25, images_per_identity=6, select="sface+dlib")


def test_an_empty_file_is_the_default_spec(tmp_path):
    path = tmp_path / "spec.toml"
    path.write_text("")
    assert read_spec(path) == Spec(tones=MONK)


def test_a_full_file_is_read_and_its_lists_take_the_order_of_the_vocabulary(tmp_path):
    path = tmp_path / "spec.toml"
    path.write_text(
        'seed = 7\ndesign = "crossed"\n[cells]\ntones = ["monk_10", 1, 6]\ngenders = ["androgynous", "woman"]\n'
        'age_bands = ["60-80", "18-29"]\nidentities_per_cell = 2\n'
        '[shots]\nimages_per_identity = 4\nsize_px = 64\nsamples = 3\nbackend = "swatch"\n'
    )
    assert read_spec(path) == Spec(
        tones=("monk_01", "monk_06", "monk_10"),
        genders=("woman", "androgynous"),
        age_bands=("18-29", "60-80"),
        design="crossed",
        identities_per_cell=2,
        images_per_identity=4,
        size_px=64,
        samples=3,
        seed=7,
        backend="swatch",
    )


def test_the_ita_scale_takes_its_own_tones():
    assert Spec(scale="ita").tones == ITA
    assert from_document(tomllib.loads('[cells]\nscale = "ita"\ntones = ["ita_dark", 1]'), "x").tones == (ITA[0], ITA[-1])


def test_override_changes_what_is_asked_and_ignores_none():
    spec = preset("demo")
    assert override(spec, seed=None, size_px=None) == spec
    assert override(spec, seed=0, size_px=256, tones=(3,), backend="swatch") == Spec(
        size_px=256, tones=("monk_03",), backend="swatch"
    )
    assert override(spec, scale="ita").tones == ITA


def test_override_checks_like_a_file():
    with pytest.raises(UsageFault) as caught:
        override(preset("demo"), size_px=8, colour="red")
    assert caught.value.what == (
        "the options: 2 mistakes:\n"
        "  [shots] size_px: must be 32 or more, found 8 (write size_px = 32 or more)\n"
        "  colour: unknown key (keys here: seed, design, [cells], [people], [shots], [diffusion], [protocols], [maker])"
    )


def some(words):
    return st.lists(st.sampled_from(words), min_size=1, unique=True)


@given(
    scale=st.sampled_from(sorted(SCALES)),
    data=st.data(),
    genders=some(GENDERS),
    bands=some([band for band in AGE_BANDS if band != "18-80"]),
    design=st.sampled_from(DESIGNS),
    people=st.integers(1, 10**9),
    size=st.integers(32, 2048),
)
def test_any_spec_survives_its_document(scale, data, genders, bands, design, people, size):
    tones = data.draw(some([tone.name for tone in SCALES[scale].tones]))
    spec = override(
        Spec(scale=scale), tones=tones, genders=genders, age_bands=bands, design=design, identities_per_cell=people, size_px=size
    )
    assert from_document(as_document(spec), "x") == spec
    assert (spec.identities_per_cell, spec.size_px, set(spec.tones)) == (people, size, set(tones))


ANYTHING = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-20, 20)
    | st.floats()
    | st.text(max_size=3)
    | st.sampled_from([*MONK, *GENDERS, *AGE_BANDS]),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["tones", "genders", "seed", "x"]), inner, max_size=3)
    ),
    max_leaves=8,
)
KEYS = ["seed", "design", "scale", "tones", "genders", "age_bands", "identities_per_cell", "size_px", "backend", "x"]
TABLES = st.dictionaries(st.sampled_from(KEYS), ANYTHING, max_size=4)


@settings(deadline=None)
@given(
    document=st.fixed_dictionaries(
        {}, optional={"seed": ANYTHING, "design": ANYTHING, "cells": ANYTHING | TABLES, "shots": TABLES}
    )
)
def test_any_document_is_a_spec_or_a_fault_with_a_place_and_a_hint(document):
    spec = fault = None
    try:
        spec = from_document(document, "x")
    except UsageFault as refused:
        fault = refused
    if fault:
        assert fault.what.startswith("x: ")
        assert fault.hint
    else:
        assert from_document(as_document(spec), "x") == spec


# ------------------------------------------------------------------------------------------------------------------- photographs

PHOTOGRAPHS = '[shots]\nbackend = "diffusion"\n[diffusion]\n'
PAINTED = PHOTOGRAPHS + 'profile = "controlnet"\nmodel = "sd"\n'
WORDED = PHOTOGRAPHS + 'profile = "text"\nmodel = "sd"\n'
ONE_LINE = "must be one line of at most 300 characters without spaces at its ends"
NOT_SEEN = "write it without line breaks, tabs and invisible characters"
NO_MODEL = 'write model = "stabilityai/stable-diffusion-xl-base-1.0" or a folder; as an option: --model ID-OR-FOLDER'
OF_PHOTOGRAPHS = {
    "table of another backend": (
        "[diffusion]\nsteps = 4",
        'diffusion: is for backend = "diffusion" alone, found backend = "cycles"',
        'write backend = "diffusion" under [shots], as an option --backend diffusion; or leave the table out',
    ),
    "no table": (
        "diffusion = 4",
        "diffusion: must be a table, found 4",
        "write [diffusion] on a line of its own, and its keys below",
    ),
    "unknown profile": (
        PHOTOGRAPHS + 'profile = "edits"',
        '[diffusion] profile: there is no profile "edits"',
        "did you mean 'edit'? profiles: edit, controlnet, text",
    ),
    "unknown dtype": (
        PHOTOGRAPHS + 'dtype = "int8"',
        '[diffusion] dtype: there is no dtype "int8"',
        "dtypes: bfloat16, float16, float32",
    ),
    "path for prompts": (
        PHOTOGRAPHS + 'prompts = "../secret"',
        '[diffusion] prompts: there is no prompt version "../secret"',
        "prompt versions: photograph.v2",
    ),
    "no model": (
        PHOTOGRAPHS + 'profile = "controlnet"',
        "[diffusion] model: the profile controlnet has no default model",
        NO_MODEL,
    ),
    "number for a model": (
        PHOTOGRAPHS + "model = 3",
        "[diffusion] model: must be a text in quotes, found 3",
        'write model = "..."',
    ),
    "line break": (PHOTOGRAPHS + 'model = "a\\nb"', f"[diffusion] model: {ONE_LINE}", NOT_SEEN),
    "turned text": (PHOTOGRAPHS + 'licence = "a\u202eb"', f"[diffusion] licence: {ONE_LINE}", NOT_SEEN),
    "strength of an edit": (
        PHOTOGRAPHS + "strength = 0.5",
        "[diffusion] strength: the profile edit has no strength",
        'leave it out, or write profile = "controlnet"',
    ),
    "controlnet of words": (
        WORDED + 'controlnets = ["depth=x"]',
        "[diffusion] controlnets: the profile text has no controlnets",
        'leave it out, or write profile = "controlnet"',
    ),
    "identity of words": (
        WORDED + 'checks = ["face", "identity"]',
        "[diffusion] checks: the profile text has no picture of the person to compare with",
        'write checks = ["face", "tone"]',
    ),
    "people chosen by words": (
        '[people]\nselect = "sface"\n' + WORDED,
        '[people] select: people are chosen by their renders, and the profile text has none; found "sface"',
        'write select = "none"',
    ),
    "photographs of photographs": (
        PHOTOGRAPHS + 'render = "diffusion"',
        "[diffusion] render: the render behind a photograph cannot be a photograph itself",
        'write render = "cycles" or "swatch", or your own backend as module:Class',
    ),
    "size of an edit": (
        PHOTOGRAPHS.replace("\n", "\nsize_px = 40\n", 1),
        "[shots] size_px: must be divisible by 16 for the profile edit, found 40",
        "write size_px = 32 or 48",
    ),
    "size of a painting": (
        PAINTED.replace("\n", "\nsize_px = 2047\n", 1),
        "[shots] size_px: must be divisible by 8 for the profile controlnet, found 2047",
        "write size_px = 2040 or 2048",
    ),
    "unknown condition": (
        PAINTED + 'controlnets = ["pose=x"]',
        '[diffusion] controlnets[0]: must be a kind and its model, found "pose=x"',
        'write it as "depth=FOLDER-OR-ID"; kinds: depth, normal, landmarks',
    ),
    "condition without a model": (
        PAINTED + 'controlnets = ["depth="]',
        '[diffusion] controlnets[0]: must be a kind and its model, found "depth="',
        'write it as "depth=FOLDER-OR-ID"; kinds: depth, normal, landmarks',
    ),
    "condition twice": (
        PAINTED + 'controlnets = ["depth=x", "normal=y", "depth=z"]',
        '[diffusion] controlnets[2]: there are two models for "depth"',
        "name each kind once",
    ),
    "face without an embedder": (
        PAINTED + 'face_id = "x"',
        "[diffusion] embedder: face_id needs an embedder for the face of the anchor",
        'write embedder = "insightface", or your own as module:Class',
    ),
    "embedder without a face": (
        PAINTED + 'embedder = "insightface"',
        "[diffusion] embedder: is used only with face_id",
        "leave it out, or name the model with face_id",
    ),
    "code for an embedder": (
        PAINTED + 'face_id = "x"\nembedder = "os.system(1)"',
        '[diffusion] embedder: there is no embedder "os.system(1)"',
        'write embedder = "insightface", or your own as module:Class',
    ),
    "unknown check": (
        PHOTOGRAPHS + 'checks = ["tones"]',
        '[diffusion] checks[0]: there is no check "tones"',
        "did you mean 'tone'? checks: face, tone, identity",
    ),
    "check twice": (
        PHOTOGRAPHS + 'checks = ["tone", "tone"]',
        '[diffusion] checks[1]: "tone" is listed twice',
        "name it once",
    ),
    "correction under tolerance": (
        PHOTOGRAPHS + "tone_correction_delta_e = 1",
        "[diffusion] tone_correction_delta_e: must not be under tone_tolerance_delta_e, which is 2.0; found 1",
        "write tone_correction_delta_e = 2.0 or more",
    ),
    "guidance between": (
        PHOTOGRAPHS + "guidance = -0.5",
        "[diffusion] guidance: must be 0 or more, found -0.5",
        "write guidance = 0 or more, or leave it out for the profile's own",
    ),
    "no number": (PAINTED + "strength = nan", "[diffusion] strength: must be a number, found nan", "write strength = 0.0"),
    "no tries": (PHOTOGRAPHS + "tries = 0", "[diffusion] tries: must be 1 or more, found 0", "write tries = 1 or more"),
    "key of photographs elsewhere": ("[shots]\nmodel = 'x'", "[shots] model: unknown key", "'model' belongs under [diffusion]"),
}


@pytest.mark.parametrize("case", OF_PHOTOGRAPHS)
def test_a_mistake_about_photographs_is_named_with_its_place_and_a_hint(case):
    text, what, hint = OF_PHOTOGRAPHS[case]
    with pytest.raises(UsageFault) as caught:
        from_document(tomllib.loads(text), "x")
    assert (caught.value.what, caught.value.hint) == (f"x: {what}", hint)


def test_photographs_are_asked_for_in_one_line():
    spec = override(Spec(), backend="diffusion")
    assert spec == Spec(backend="diffusion")
    assert spec.diffusion == Diffusion(model="black-forest-labs/FLUX.2-klein-4B")
    assert (spec.renderer, Spec(backend="swatch").renderer) == ("cycles", "swatch")
    worded = override(Spec(), backend="diffusion", profile="text", model="sd").diffusion
    assert (worded.model, worded.checks) == ("sd", ("face", "tone"))


def test_the_table_of_photographs_is_part_of_the_plan_and_of_no_other():
    spec = from_document(
        tomllib.loads(PAINTED + 'controlnets = ["depth=a=b"]\nchecks = ["tone", "face"]\nguidance = 3\ntries = 2\nstrength = 1'),
        "x",
    )
    assert spec.diffusion == Diffusion(
        profile="controlnet",
        model="sd",
        controlnets=("depth=a=b",),
        checks=("face", "tone"),
        guidance=3.0,
        tries=2,
        strength=1.0,
    )
    assert type(spec.diffusion.guidance) is float
    assert from_document(as_document(spec), "x") == spec
    assert make_plan(override(spec, tries=3)).plan_hash != make_plan(spec).plan_hash
    assert "diffusion" not in as_document(Spec())


def test_another_profile_or_backend_leaves_behind_what_was_the_others_own():
    edited = Spec(backend="diffusion")
    assert override(edited, profile="text", model="sd") == from_document(tomllib.loads(WORDED), "x")
    with pytest.raises(UsageFault, match="the profile controlnet has no default model"):
        override(edited, profile="controlnet")
    assert override(edited, backend="swatch") == Spec(backend="swatch")
    with pytest.raises(UsageFault, match='is for backend = "diffusion" alone, found backend = "swatch"'):
        override(edited, backend="swatch", tries=2)


def test_every_setting_of_photographs_has_a_place_in_the_file():
    table = as_document(Spec(backend="diffusion"))["diffusion"]
    assert set(table) == {field.name for field in fields(Diffusion)}


def test_plans_without_photographs_have_the_hashes_they_had(monkeypatch):
    # Of version 0.1.0, before there were photographs.
    monkeypatch.setattr("evenface.people.plan.__version__", "0.1.0")
    monkeypatch.setattr("evenface.people.plan.PLAN_FORMAT", 2)
    many = Spec(scale="ita", genders=GENDERS, age_bands=("18-29", "60-80"), design="crossed", backend="swatch", seed=5)
    assert [make_plan(spec).plan_hash[:16] for spec in (preset("demo"), preset("audit"), many)] == [
        "da3e1e2305027ea6",
        "fc57278c5770d1eb",
        "2b565eaa7e9e94a3",
    ]


# ------------------------------------------------------------------------------------------------------------------------- maker


def maker_fault(tmp_path, lines):
    (tmp_path / "spec.toml").write_text(f"[maker]\n{lines}\n", encoding="utf-8")
    with pytest.raises(UsageFault) as fault:
        read_spec(tmp_path / "spec.toml")
    return fault.value.what.removeprefix(f"{tmp_path / 'spec.toml'}: "), fault.value.hint


def test_the_maker_is_read_and_is_no_part_of_the_plan(tmp_path):
    text = '[maker]\nname = "Ada Quill; Ben Orr"\nlicence = "odc-by"\nmade_from = "2026-05-01"\nmade_until = "2026-05-01"\n'
    (tmp_path / "spec.toml").write_text(text)
    spec = read_spec(tmp_path / "spec.toml")
    assert (spec.maker.name, spec.maker.licence, spec.maker.funding) == ("Ada Quill; Ben Orr", "odc-by", "")
    assert from_document(as_document(spec), "x") == spec
    assert as_document(spec)["maker"] == {
        "name": "Ada Quill; Ben Orr",
        "made_from": "2026-05-01",
        "made_until": "2026-05-01",
        "licence": "odc-by",
    }
    assert "maker" not in as_document(Spec())
    assert make_plan(spec).plan_hash == make_plan(Spec()).plan_hash


@pytest.mark.parametrize(
    ("lines", "what", "hint"),
    [
        ('nmae = "x"', "[maker] nmae: unknown key", "did you mean 'name'? keys here: name, organisation"),
        ("name = 3", "[maker] name: must be a text in quotes, found 3", 'write name = "..."'),
        ('name = "  "', "[maker] name: must not be empty", "write a text, or leave name out"),
        ("released = 2026-05-01", "[maker] released: must be a text in quotes, found 2026-05-01", 'write released = "..."'),
        ('released = "May"', "[maker] released: must be a date, found 'May'", 'write it as released = "2026-05-31"'),
        (
            'released = "2026-02-30"',
            "[maker] released: must be a date, found '2026-02-30'",
            'write it as released = "2026-05-31"',
        ),
        ('licence = "MIT"', "[maker] licence: there is no licence 'MIT'", "write one of: cc-by-4.0, cc-by-sa-4.0"),
        ('url = "javascript:x"', "[maker] url: must be the address of a page, found 'javascript:x'", 'write url = "https://..."'),
        ('version = "1"', "[maker] version: must be three numbers, found '1'", 'write version = "1.0.0"'),
        ('impact = "a\\u202eb"', "[maker] impact: contains the invisible character U+202E", "remove it"),
        ('impact = "a\\u0000b"', "[maker] impact: contains the invisible character U+0000", "remove it"),
        (
            'made_from = "2026-05-02"\nmade_until = "2026-05-01"',
            "[maker] made_until: 2026-05-01 lies before made_from, 2026-05-02",
            "give the later date",
        ),
        (f'purpose = "{"x" * 2001}"', "[maker] purpose: has 2,001 characters; at most 2,000 are allowed", "shorten it, and name"),
    ],
)
def test_a_mistake_of_the_maker_is_named(tmp_path, lines, what, hint):
    found, tried = maker_fault(tmp_path, lines)
    assert found == what
    assert tried.startswith(hint)


def test_all_mistakes_of_the_maker_are_reported_at_once(tmp_path):
    found, _ = maker_fault(tmp_path, 'name = ""\nlicence = "x"\nseed = 3')
    assert found.startswith("3 mistakes:")
    assert "[maker] seed: unknown key ('seed' belongs at the top of the file" in found


def test_a_maker_that_is_not_a_table_is_an_error(tmp_path):
    (tmp_path / "spec.toml").write_text('maker = "me"')
    with pytest.raises(UsageFault, match='maker: must be a table, found "me"') as fault:
        read_spec(tmp_path / "spec.toml")
    assert fault.value.hint == "write [maker] on a line of its own, and its keys below"
