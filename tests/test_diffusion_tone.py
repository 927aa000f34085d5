"""Skin of a photograph is moved to the designed tone: all of it that is skin, nothing else, and never further than is honest."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evenface.backends.diffusion.tone import CLOSE, FACTORS, correct_tone, distance, keep_tone, reach_px, skin_lab
from evenface.faces.tone import linear_of, linear_of_lab
from evenface.vocabulary import SCALES

SIDE = 96
TONES = [tone for scale in SCALES.values() for tone in scale.tones]


def codes(linear):
    coded = np.where(linear <= 0.0031308, linear * 12.92, 1.055 * np.clip(linear, 0, None) ** (1 / 2.4) - 0.055)
    return np.rint(255 * np.clip(coded, 0, 1)).astype(np.uint8)


def ball(tone, *, factors=(1.0, 1.0, 1.0), gloss=0.0, seed=0):
    """A ball of skin before a grey wall, lit from above, with grain, and its mask; the lit skin is the tone times ``factors``."""
    y, x = (np.mgrid[0:SIDE, 0:SIDE] + 0.5) / SIDE - 0.5
    height = np.sqrt(np.clip(0.16 - x**2 - y**2, 0, None)) / 0.4
    mask = np.where(height > 0, 128, 0).astype(np.uint8)
    mask[height > 0.8] = 255
    # Under 45 to 75 % of the light lies the lit skin; the shading is scaled so that it has the colour of the tone.
    light = np.clip(0.55 * height - 0.9 * y + 0.35, 0.05, None)
    light /= np.quantile(light[mask == 255], 0.6)
    linear = linear_of_lab(tone.lab) * light[..., None] * factors
    linear *= np.exp(np.random.default_rng(seed).normal(0, 0.03, (SIDE, SIDE, 1)))
    linear[(x + 0.1) ** 2 + (y + 0.2) ** 2 < 0.002] += gloss
    linear[mask == 0] = 0.2
    return codes(linear), mask


@pytest.mark.parametrize("tone", TONES, ids=lambda tone: tone.name)
@settings(max_examples=8, deadline=None)
@given(stops=st.tuples(*[st.floats(-0.6, 0.6)] * 3), seed=st.integers(0, 99))
def test_any_small_shift_of_any_tone_is_taken_back(tone, stops, seed):
    designed, mask = ball(tone, seed=seed)
    target = skin_lab(designed, mask)
    drawn, _ = ball(tone, factors=2.0 ** np.array(stops) * (0.6 if tone.lab[0] > 85 else 1.0), seed=seed + 1)
    toned = keep_tone(drawn, mask, target, tolerance=1.0, limit=8.0)
    assert toned.error == distance(skin_lab(drawn, mask), target)
    assert toned.kept == (toned.error <= 8.0)
    if toned.kept:
        assert distance(skin_lab(toned.pixels, mask), target) <= 1.0
        assert toned.correction == distance(skin_lab(toned.pixels, mask), skin_lab(drawn, mask))
    else:
        assert toned.pixels is drawn


def test_nothing_beyond_the_soft_edge_is_touched():
    target = skin_lab(*ball(TONES[5]))
    drawn, mask = ball(TONES[5], factors=(1.3, 1.0, 0.8))
    corrected = correct_tone(drawn, mask, target)
    skin = np.argwhere(mask > 0)
    away = np.array([[np.abs(skin - (row, column)).max(axis=1).min() for column in range(SIDE)] for row in range(SIDE)])
    changed = (corrected != drawn).any(axis=2)
    assert changed[mask == 255].mean() > 0.9
    assert not changed[away > reach_px(SIDE)].any()


def test_no_seam_is_left_at_the_edge_of_the_mask():
    """The skin goes on where the mask ends, as it does where a photograph does not quite follow its render."""
    drawn = np.full((SIDE, SIDE, 3), (150, 110, 85), np.uint8)
    mask = np.zeros((SIDE, SIDE), np.uint8)
    mask[:, : SIDE // 2] = 255
    corrected = correct_tone(drawn, mask, skin_lab(codes(linear_of(drawn) * 1.5), mask)).astype(int)
    whole = np.abs(corrected[0, 0] - corrected[0, -1])
    steps = np.abs(np.diff(corrected[0], axis=0))
    assert (whole > 15).all()
    assert (steps < 0.6 * whole).all()
    assert np.count_nonzero(steps.max(axis=1)) >= 3


def test_to_correct_twice_is_to_correct_once():
    for tone in TONES:
        target = skin_lab(*ball(tone))
        drawn, mask = ball(tone, factors=(0.8, 0.9, 1.05), seed=1)
        once = correct_tone(drawn, mask, target)
        assert distance(skin_lab(once, mask), target) <= CLOSE
        assert correct_tone(once, mask, target) is once
        assert not np.array_equal(once, drawn)


def test_shading_is_multiplied_and_gloss_is_left():
    target = skin_lab(*ball(TONES[9]))
    mat, mask = ball(TONES[9], factors=(1.4, 1.4, 1.4))
    shiny, _ = ball(TONES[9], factors=(1.4, 1.4, 1.4), gloss=0.5)
    corrected, glossy = (linear_of(correct_tone(picture, mask, target)) for picture in (mat, shiny))
    inner = (mask == 255) & (linear_of(shiny) == linear_of(mat)).all(axis=2)
    ratios = corrected[inner] / linear_of(mat)[inner]
    assert np.median(ratios) == pytest.approx(1 / 1.4, rel=0.03)
    assert ratios.std() < 0.03
    spot = (linear_of(shiny) - linear_of(mat)).min(axis=2) > 0.4
    assert spot.any()
    # A plain ratio would leave 0.36 of what the lamp adds, and turn it grey.
    assert (glossy - corrected)[spot].min() > 0.45


def test_what_is_within_the_tolerance_is_not_touched():
    drawn, mask = ball(TONES[4], factors=(1.02, 1.0, 1.0))
    target = skin_lab(*ball(TONES[4]))
    toned = keep_tone(drawn, mask, target, tolerance=2.0, limit=8.0)
    assert toned.pixels is drawn
    assert (toned.kept, toned.correction) == (True, 0.0)
    assert 0 < toned.error < 2.0


def test_what_is_too_far_is_refused_though_it_could_be_corrected():
    drawn, mask = ball(TONES[4], factors=(0.5, 0.5, 0.5))
    target = skin_lab(*ball(TONES[4]))
    toned = keep_tone(drawn, mask, target, tolerance=2.0, limit=8.0)
    assert (toned.pixels is drawn, toned.kept, toned.correction) == (True, False, 0.0)
    assert toned.error > 8.0
    assert keep_tone(drawn, mask, target, tolerance=2.0, limit=60.0).kept


def test_the_factors_are_bounded_and_what_they_cannot_reach_is_refused():
    drawn, mask = ball(TONES[4], factors=(0.1, 0.1, 0.1))
    target = skin_lab(*ball(TONES[4]))
    toned = keep_tone(drawn, mask, target, tolerance=2.0, limit=99.0)
    assert (toned.pixels is drawn, toned.kept) == (True, False)
    lifted = linear_of(correct_tone(drawn, mask, target))[mask == 255] / linear_of(drawn)[mask == 255].clip(1e-3)
    assert np.median(lifted) == pytest.approx(FACTORS[1], rel=0.05)


@pytest.mark.parametrize("pixels", [0, 15])
def test_too_little_skin_is_no_verdict(pixels):
    drawn, mask = ball(TONES[4])
    mask[:] = 0
    mask.flat[:pixels] = 128
    assert keep_tone(drawn, mask, TONES[4].lab, tolerance=2.0, limit=8.0) is None
    assert correct_tone(drawn, mask, TONES[4].lab) is drawn
