"""Skin colour is read as it is, through shadow, gloss and noise, and too little skin is said, not guessed."""

from __future__ import annotations

import math
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from evenface.errors import EvenfaceError
from evenface.faces.tone import (
    MINIMUM_PIXELS,
    TooFewPixels,
    delta_e_2000,
    distances_2000,
    lab_of,
    linear_of,
    linear_of_lab,
    measure_tone,
    name_tones,
    read_skin,
)
from evenface.vocabulary import SCALES

MONK = SCALES["monk"]
ROOT = Path(__file__).parents[1]
APART = [2.9, 2.8, 3.4, 4.4, 5.6, 7.0, 7.1, 5.7, 5.8]
"""CIEDE2000 between neighbouring skin colours of the Monk steps."""
EVERY_TONE = [(scale, tone) for scale in SCALES.values() for tone in scale.tones]


def rgb(tone):
    return np.array([int(tone.srgb_hex[at : at + 2], 16) for at in (1, 3, 5)])


def ita(lab):
    return math.degrees(math.atan2(lab[0] - 50, lab[2]))


def to_linear(code):
    return np.where(code <= 0.04045, code / 12.92, ((code + 0.055) / 1.055) ** 2.4)


def to_code(linear):
    coded = np.where(linear <= 0.0031308, linear * 12.92, 1.055 * np.clip(linear, 0, None) ** (1 / 2.4) - 0.055)
    return np.round(255 * np.clip(coded, 0, 1)).astype(np.uint8)


def flat(colour, side=32):
    return np.full((side, side, 3), colour, np.uint8), np.full((side, side), 255, np.uint8)


def shaded(tone, *, shadow, gloss, side=64):
    """A patch in a tone with soft shading of +-6 %, a part in deep shadow and a part under gloss, in no order."""
    rng = np.random.default_rng(tone.step)
    pixels = side * side
    light = 1 + 0.06 * (2 * rng.random(pixels) - 1)
    kinds = rng.permutation(pixels)
    light[kinds[: int(shadow * pixels)]] = 0.2
    linear = to_linear(rgb(tone) / 255) * light[:, None]
    linear[kinds[pixels - int(gloss * pixels) :]] += 0.4
    return to_code(linear).reshape(side, side, 3), np.full((side, side), 255, np.uint8)


@pytest.mark.parametrize(("scale", "tone"), EVERY_TONE, ids=lambda value: value.name)
def test_a_flat_skin_colour_measures_as_itself(scale, tone):
    found = measure_tone(*flat(rgb(tone)), scale)
    # Codes of 8 bits lie up to half a step beside the colour of the table.
    assert (found.l_star, found.a_star, found.b_star) == pytest.approx(tone.lab, abs=0.6)
    assert found.nearest == tone.name != found.runner_up
    assert found.nearest_delta_e_2000 < 0.6 < found.runner_up_delta_e_2000
    assert found.spread_delta_e == 0


@pytest.mark.parametrize(("scale", "tone"), EVERY_TONE, ids=lambda value: value.name)
def test_the_hex_codes_are_those_of_the_colours(scale, tone):
    assert tone.srgb_hex == "#" + bytes(to_code(linear_of_lab(tone.lab))).hex()
    shown = np.array([int(tone.swatch_hex[at : at + 2], 16) for at in (1, 3, 5)], np.uint8)
    assert tuple(lab_of(shown)) == pytest.approx(tone.swatch_lab, abs=0.5 if scale.name == "ita" else 0.001)


@pytest.mark.parametrize("scale", SCALES.values(), ids=lambda scale: scale.name)
def test_a_scale_falls_in_lightness_and_in_ita(scale):
    lightness, degrees = zip(*((tone.lab[0], ita(tone.lab)) for tone in scale.tones), strict=True)
    assert list(lightness) == sorted(set(lightness), reverse=True)
    assert list(degrees) == sorted(set(degrees), reverse=True)


def test_the_monk_steps_are_even_and_lie_in_the_bands_of_the_ita():
    assert [-1 if degrees < -30 else int(degrees > 30) for degrees in map(ita, (tone.lab for tone in MONK.tones))] == [
        *(1, 1, 1, 1),
        *(0, 0, 0),
        *(-1, -1, -1),
    ]
    lightness = np.array([tone.lab[0] for tone in MONK.tones])
    assert (np.diff(lightness) <= -3.5).all()
    assert (np.diff(lightness) >= -7.5).all()


def test_the_chroma_of_skin_is_greatest_in_the_middle_and_falls_to_both_ends():
    chroma = np.array([np.hypot(*tone.lab[1:]) for tone in MONK.tones])
    top = int(chroma.argmax())
    assert 3 <= top <= 6
    assert (np.diff(chroma[: top + 1]) > 0).all()
    assert (np.diff(chroma[top:]) < 0).all()


def test_neighbouring_skin_colours_are_as_far_apart_as_the_pages_say():
    colours = [tone.lab for tone in MONK.tones]
    apart = delta_e_2000(colours[:-1], colours[1:])
    assert apart.round(1).tolist() == APART
    stated = ", ".join(f"{each:.1f}" for each in APART)
    pages = [ROOT / page for page in ("datasheets/questions/2_composition.toml", "datasheets/card.md.j2", "docs/limits.md")]
    assert [page for page in pages if stated not in " ".join(page.read_text().split())] == []
    # To no tone is one that is more steps away nearer than its neighbours are.
    distances = distances_2000(colours, colours)
    steps = np.abs(np.subtract.outer(np.arange(10), np.arange(10)))
    assert all(row[far == 1].max() < row[far > 1].min() for row, far in zip(distances, steps, strict=True))


def test_the_classes_of_the_ita_lie_on_the_locus_well_inside_their_borders():
    borders = (90, 55, 41, 28, 10, -30, -90)
    degrees = [ita(tone.lab) for tone in SCALES["ita"].tones]
    assert all(high - 4 > each > low + 4 for high, low, each in zip(borders, borders[1:], degrees, strict=False))
    known = [ita(tone.lab) for tone in MONK.tones][::-1]
    for tone, each in zip(SCALES["ita"].tones, degrees, strict=True):
        locus = [np.interp(each, known, [step.lab[axis] for step in MONK.tones][::-1]) for axis in range(3)]
        assert tone.lab == pytest.approx(locus, abs=0.3)
        assert (tone.swatch_hex, tone.swatch_lab) == (tone.srgb_hex, tone.lab)


@pytest.mark.parametrize("tone", MONK.tones, ids=lambda tone: tone.name)
def test_a_flat_swatch_is_the_nearest_swatch_and_some_skin_colour(tone):
    found = measure_tone(*flat([int(tone.swatch_hex[at : at + 2], 16) for at in (1, 3, 5)]), MONK)
    assert (found.nearest_swatch, found.nearest_swatch_delta_e_2000) == (tone.name, pytest.approx(0, abs=0.001))
    distances = {step.name: delta_e_2000([tone.swatch_lab], step.lab)[0] for step in MONK.tones}
    assert found.nearest == min(distances, key=distances.__getitem__)
    assert found.nearest_delta_e_2000 == pytest.approx(min(distances.values()), abs=0.01)


def test_swatch_and_skin_colour_name_one_picture_in_two_ways():
    """The swatch of Monk 5 is lighter than any skin of the table, so that the lightest skin colour is the nearest to it."""
    swatch = measure_tone(*flat((0xD7, 0xBD, 0x96)), MONK)
    assert (swatch.nearest_swatch, swatch.nearest) == ("monk_05", "monk_01")
    skin = measure_tone(*flat(rgb(MONK.tones[0])), MONK)
    assert (skin.nearest_swatch, skin.nearest) == ("monk_05", "monk_01")
    assert skin.nearest_swatch_delta_e_2000 > 5 > 0.5 > skin.nearest_delta_e_2000


def test_a_scale_without_swatches_names_its_skin_colours():
    found = measure_tone(*flat(rgb(MONK.tones[5])), SCALES["ita"])
    assert (found.nearest_swatch, found.nearest_swatch_delta_e_2000) == (found.nearest, found.nearest_delta_e_2000)


@pytest.mark.parametrize("tone", MONK.tones, ids=lambda tone: tone.name)
@pytest.mark.parametrize(("shadow", "gloss"), [(0, 0), (0.2, 0), (0, 0.2), (0.2, 0.1), (0.1, 0.2)])
def test_shadow_and_gloss_do_not_move_the_colour(tone, shadow, gloss):
    found = measure_tone(*shaded(tone, shadow=shadow, gloss=gloss), MONK)
    measured = (found.l_star, found.a_star, found.b_star)
    # What is shaded and what shines drops out whole; a plain mean is off by 1.1 to 17.
    assert delta_e_2000([measured], tone.lab)[0] < 0.8
    assert found.nearest == tone.name


def a_face(tone, *, fringe=0.0, shade=0.6, exposure=1.0, seed=0):
    """Two cheeks and a forehead as large as both, modelled by +-12 % of light, a share of the forehead under a fringe."""
    rng = np.random.default_rng(seed)
    light = exposure * (1 + 0.12 * np.sin(np.linspace(0, 9, 64 * 64)) + 0.01 * rng.standard_normal(64 * 64))
    light[: int(fringe * 32 * 64)] *= shade
    return to_code(to_linear(rgb(tone) / 255) * light[:, None]).reshape(64, 64, 3), np.full((64, 64), 255, np.uint8)


@pytest.mark.parametrize("tone", MONK.tones, ids=lambda tone: tone.name)
@pytest.mark.parametrize(("fringe", "shade"), [(1 / 3, 0.75), (1 / 3, 0.4), (1 / 2, 0.75), (1 / 2, 0.4), (1.0, 0.6)])
def test_the_shade_of_a_fringe_hardly_moves_the_lightness(tone, fringe, shade):
    bare, shaded = (measure_tone(*a_face(tone, fringe=part, shade=shade), MONK).l_star for part in (0, fringe))
    assert abs(shaded - bare) < 1.0


@given(step=st.integers(0, 9), fringe=st.floats(0, 1), shade=st.floats(0.2, 0.7), seed=st.integers(0, 99))
def test_shade_of_any_share_and_depth_is_separated(step, fringe, shade, seed):
    bare, shaded = (measure_tone(*a_face(MONK.tones[step], fringe=part, shade=shade, seed=seed), MONK) for part in (0, fringe))
    # With the whole forehead goes half of the modelling: what is left need not be as bright in the mean.
    assert abs(shaded.l_star - bare.l_star) < 1.5


@given(step=st.integers(0, 9), gloss=st.floats(0, 0.19), seed=st.integers(0, 99))
def test_highlights_do_not_count(step, gloss, seed):
    image, mask = a_face(MONK.tones[step], fringe=0.3, seed=seed)
    dull = measure_tone(image, mask, MONK).l_star
    image.reshape(-1, 3)[np.random.default_rng(seed).permutation(64 * 64)[: int(gloss * 64 * 64)]] = 255
    assert abs(measure_tone(image, mask, MONK).l_star - dull) < 1.0


@given(step=st.integers(0, 9), stops=st.floats(-0.5, 0.3), fringe=st.floats(0, 0.5))
def test_more_light_on_everything_moves_the_lightness_by_as_much(step, stops, fringe):
    dim, bright = (
        linear_of_lab(read_skin(*zip(a_face(MONK.tones[step], fringe=fringe, exposure=factor), strict=True))[0].lab)
        for factor in (1.0, 2.0**stops)
    )
    # Codes of 8 bits near black are 5 % of light wide, and choose some pixels more or fewer.
    assert np.log2(bright[0] / dim[0]) == pytest.approx(stops, abs=0.06)


def test_the_order_of_the_pixels_does_not_matter():
    image, mask = a_face(MONK.tones[4], fringe=0.4)
    order = np.random.default_rng(1).permutation(64 * 64)
    shuffled = np.ascontiguousarray(image.reshape(-1, 3)[order].reshape(image.shape))
    assert measure_tone(shuffled, mask, MONK) == measure_tone(image, mask, MONK)
    assert measure_tone(image[:, ::-1], mask, MONK) == measure_tone(image, mask, MONK)


def test_a_mask_of_one_value_reads_the_same():
    image, mask = a_face(MONK.tones[4], fringe=0.4)
    assert measure_tone(image, np.full_like(mask, 128), MONK) == measure_tone(image, mask, MONK)


def test_gloss_is_in_the_spread_though_not_in_the_centre():
    calm = measure_tone(*shaded(MONK.tones[5], shadow=0, gloss=0), MONK)
    assert 0 < calm.spread_delta_e < 2
    half = shaded(MONK.tones[5], shadow=0.24, gloss=0.24)
    assert measure_tone(*half, MONK).spread_delta_e > calm.spread_delta_e


def test_many_pixels_are_finer_than_one_step_of_eight_bits():
    """Between two neighbouring codes near black, the mean finds the place; a median could only say one or the other."""
    image, mask = flat((41, 36, 32))
    rng = np.random.default_rng(0)
    image += (rng.random(image.shape[:2]) < 0.5)[..., None].astype(np.uint8)
    low = measure_tone(*flat((41, 36, 32)), MONK).l_star
    high = measure_tone(*flat((42, 37, 33)), MONK).l_star
    assert low + 0.05 < measure_tone(image, mask, MONK).l_star <= high


def test_the_patch_of_cheeks_and_forehead_goes_before_other_skin():
    image, mask = flat(rgb(MONK.tones[5]))
    mask[:] = 128
    image[:10, :10], mask[:10, :10] = rgb(MONK.tones[2]), 255
    found = measure_tone(image, mask, MONK)
    assert (found.nearest, found.pixels) == ("monk_03", 100)


def test_a_patch_that_is_hardly_in_view_gives_way_to_all_skin():
    image, mask = flat(rgb(MONK.tones[5]))
    mask[:] = 128
    image[:7, :7], mask[:7, :7] = rgb(MONK.tones[2]), 255
    found = measure_tone(image, mask, MONK)
    assert (found.nearest, found.pixels) == ("monk_06", 32 * 32)


def test_what_is_not_under_the_mask_does_not_count():
    image, mask = flat(rgb(MONK.tones[5]))
    image[:16], mask[:16] = 255, 0
    mask[16] = 127
    assert measure_tone(image, mask, MONK).pixels == 15 * 32
    assert measure_tone(image, mask, MONK) == replace(measure_tone(*flat(rgb(MONK.tones[5])), MONK), pixels=15 * 32)


@pytest.mark.parametrize("pixels", [0, 1, MINIMUM_PIXELS - 1])
def test_too_little_skin_is_a_value(pixels):
    image, mask = flat(rgb(MONK.tones[5]))
    mask[:] = 0
    mask.flat[:pixels] = 128
    assert measure_tone(image, mask, MONK) == TooFewPixels(pixels)
    mask.flat[:MINIMUM_PIXELS] = 128
    assert measure_tone(image, mask, MONK).pixels == MINIMUM_PIXELS


@given(code=st.tuples(*[st.integers(0, 255)] * 3))
def test_every_colour_has_a_measurement(code):
    found = measure_tone(*flat(code, side=8), MONK)
    assert all(math.isfinite(getattr(found, name)) for name in ("l_star", "ita_degrees", "hue_degrees", "nearest_delta_e_2000"))
    assert found.nearest_delta_e_2000 <= found.runner_up_delta_e_2000
    assert found.nearest != found.runner_up


def test_bluish_pixels_do_not_turn_the_ita_over():
    """With b* below zero, arctan would make a light colour a dark one."""
    found = measure_tone(*flat((200, 205, 230)), MONK)
    assert found.b_star < 0
    assert found.ita_degrees > 90


@pytest.mark.parametrize(
    ("image", "mask"),
    [
        (np.zeros((8, 8), np.uint8), np.zeros((8, 8), np.uint8)),
        (np.zeros((8, 8, 4), np.uint8), np.zeros((8, 8), np.uint8)),
        (np.zeros((8, 8, 3), np.float64), np.zeros((8, 8), np.uint8)),
        (np.zeros((8, 8, 3), np.uint8), np.zeros((8, 9), np.uint8)),
    ],
)
def test_pixels_of_another_shape_are_an_error(image, mask):
    with pytest.raises(EvenfaceError, match=r"8 bit RGB|has shape"):
        measure_tone(image, mask, MONK)


def test_it_is_loaded_without_a_warning_and_without_blender_or_torch():
    code = "import sys; import evenface.faces.tone; print(sorted({'bpy', 'torch'} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-W", "error", "-c", code], capture_output=True, text=True, check=False)
    assert (done.stdout, done.stderr) == ("[]\n", "")


def test_many_pictures_read_as_one_by_one():
    pictures = [shaded(tone, shadow=0.2, gloss=0.1, side=24 + tone.step) for tone in MONK.tones]
    pictures.append((pictures[0][0], np.zeros_like(pictures[0][1])))
    images, masks = zip(*pictures, strict=True)
    *found, empty = read_skin(images, masks)
    assert empty == TooFewPixels(0)
    assert found == [read_skin([image], [mask])[0] for image, mask in pictures[:-1]]
    assert name_tones(found, MONK) == [measure_tone(image, mask, MONK) for image, mask in pictures[:-1]]


@pytest.mark.parametrize(
    ("code", "lab"),
    [
        ((0, 0, 0), (0.0, 0.0, 0.0)),
        ((3, 2, 1), (0.5868, 0.1225, 0.4706)),
        ((255, 255, 255), (100.0, 0.0077, 0.0035)),
        ((160, 126, 86), (55.1415, 7.7888, 26.7466)),
        ((10, 200, 90), (70.9476, -64.8977, 43.0554)),
    ],
)
def test_the_colours_are_those_of_a_library(code, lab):
    """Computed with colour-science 0.4.6: sRGB_to_XYZ and XYZ_to_Lab, the white D65 of its 2 degree observer."""
    (found,) = read_skin([flat(code)[0]], [flat(code)[1]])
    assert found.lab == pytest.approx(lab, abs=2e-3)


@given(code=st.tuples(*[st.integers(0, 255)] * 3))
def test_a_measured_colour_leads_back_to_its_light(code):
    (skin,) = read_skin([flat(code, side=4)[0]], [flat(code, side=4)[1]])
    assert linear_of(np.array(code, np.uint8)) == pytest.approx(to_linear(np.array(code) / 255), abs=1e-12)
    assert linear_of_lab(skin.lab) == pytest.approx(to_linear(np.array(code) / 255), abs=1e-9)
