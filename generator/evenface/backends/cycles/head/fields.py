"""Smooth random fields over the face: what makes one ordinary face another one, beside the traits that have names.

A Gaussian process morphable model (Luethi, Gerig, Jud & Vetter 2018, IEEE TPAMI 40, 1860): a displacement with a smooth kernel
at several scales, for which no person is scanned. Each scale is a sum of ``WAVES`` cosines of fixed directions (random Fourier
features, Rahimi & Recht 2007), which are the modes of every head; a person's amplitudes are drawn. Recognisers separate faces
by such coordinated changes of a whole area, and hardly by single sliders.

``modes_of`` gives the modes by vertex from the other arrays of the model, ``displace`` the displacement in metres by a
person's seed.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from evenface.backends.cycles.head.model import Floats, HeadModel, Indices
from evenface.backends.cycles.head.rise import rise
from evenface.rng import rng_for

__all__ = ["SCALES", "WAVES", "amplitudes", "displace", "modes_of", "soft_ears"]

Values = NDArray[np.floating[Any]]

WAVES = 40
"""Cosines of one scale: enough for a field of this smoothness to have nearly its kernel."""
SCALES = (
    ("face", 60.0, 2.25),
    ("face", 35.0, 1.5),
    ("face", 22.0, 0.7),
    ("features", 22.0, 1.4),
    ("features", 13.0, 0.95),
    ("features", 8.0, 0.45),
)
"""Area, length of the kernel and standard deviation of the displacement along each axis, millimetres."""
UNEVEN = 0.10
"""Amplitude of the part that differs between the sides, as a share of the part that they have in common."""
LIKELIHOOD = 1.12
"""The root mean square of a person's amplitudes ends here: the two hundred modes together stay a likely head."""


def modes_of(model: HeadModel, lash_anchors: Indices) -> tuple[Floats, Floats]:
    """Return the even and the odd part of every mode at the vertices of the mean bust, two arrays ``(scales * WAVES, V)``.

    Args:
        model: All arrays but these.
        lash_anchors: The vertices of the skin that each vertex of the lashes goes with, ``(lashes, 3)``.
    """
    parts = model.parts
    mean = model.floats("corners")[:, 0, 1].mean(axis=0)
    mean = mean - sum(mean[parts[name]].mean(axis=0) for name in ("eye_left", "eye_right")) / 2
    eyes = np.stack([mean[parts[name]].mean(axis=0) for name in ("eye_left", "eye_right")])
    rigid = {"left": parts["eye_left"], "right": parts["eye_right"]}
    rigid["mouth"] = np.concatenate([parts[name] for name in ("teeth_upper", "teeth_lower", "tongue")])
    ears = soft_ears(model.regions["ears"], model.faces)
    pair = _modes(mean, eyes, model.landmark_points(mean)[[62, 66]].mean(axis=0), ears, rigid)
    for modes in pair:
        modes[:, np.concatenate([parts["lashes_left"], parts["lashes_right"]])] = modes[:, lash_anchors].mean(axis=2)
    return pair


def soft_ears(ears: Floats, faces: Indices) -> Floats:
    """Spread the ears' weights over three rings of neighbours, so that their roots move softly."""
    soft = ears.copy()
    for _ in range(3):
        around = np.full_like(soft, 0.0)
        count = np.zeros_like(soft)
        for shift in (1, 2, 3):
            np.add.at(around, faces, soft[np.roll(faces, shift, axis=1)])
            np.add.at(count, faces, 1.0)
        soft = np.maximum(ears, around / np.maximum(count, 1)).astype(np.float32)
    return soft


def _modes(mean: Floats, eyes: Values, mouth: Values, ears: Values, rigid: dict[str, Indices]) -> tuple[Floats, Floats]:
    """Return the even and the odd part of every mode at the vertices, two arrays ``(scales * WAVES, V)``.

    They are without a unit: a mode of a scale has the deviation 1 where its area is whole.

    Lids, lips and teeth must go on meeting: eyes with what lies round them, and the mouth, are moved as wholes.

    Args:
        mean: The mean bust ``(V, 3)``, metres, origin between the eyes.
        eyes: The centres of the left and the right eyeball ``(2, 3)``.
        mouth: The middle of the line between the lips.
        ears: 1 on the ears, 0 elsewhere, soft at their roots: they stay as they are.
        rigid: Vertices of the parts of the mouth, and of each eye under ``left`` and ``right``.
    """
    points = mean.astype(np.float64) * 1000.0
    # NumPy 1 and 2 differ in the type of a whole number times a single: it is stated.
    places = [np.array([side * np.abs(eyes[:, 0]).mean(), *eyes[:, 1:].mean(0)], np.float64) * 1000.0 for side in (1, -1)]
    places.append(np.array([0.0, *mouth[1:]]) * 1000.0)
    held = _rigid_shares(points, places, rigid)
    parts = [_scale(points, places, held, number) for number in range(len(SCALES))]
    even, odd = (np.concatenate([part[way] for part in parts]) * (1 - ears) for way in (0, 1))
    return np.asarray(even, np.float32), np.asarray(odd, np.float32)


def _rigid_shares(points: Values, places: list[Values], rigid: dict[str, Indices]) -> list[Values]:
    """Return how far each vertex goes with the left eye, the right eye and the mouth, 0 to 1."""
    shares = []
    for place, name in zip(places, ("left", "right"), strict=False):
        away = np.sqrt(((points - place) ** 2).sum(1))
        share = (1 - rise(away, 11, 21)) * (points[:, 0] * place[0] > 0)
        share[rigid[name]] = 1.0
        shares.append(share)
    x, y, z = (points - places[2]).T
    share = (1 - rise(np.hypot(x / 1.9, z), 11, 21)) * (1 - rise(y, 14, 28))
    share[rigid["mouth"]] = 1.0
    return [*shares, share]


def _scale(points: Values, places: list[Values], held: list[Values], number: int) -> tuple[Values, Values]:
    even, odd = _parts(points, number)
    for place, share in zip(places, held, strict=True):
        here, there = _parts(place[None], number)
        even, odd = even + share * (here - even), odd + share * (there - odd)
    return even, odd


def _parts(points: Values, number: int) -> tuple[Values, Values]:
    """Return even and odd part of the waves of one scale at points ``(N, 3)``, millimetres."""
    area, length, _ = SCALES[number]
    rng = rng_for(0, "field waves", number)
    waves, phase = rng.standard_normal((WAVES, 3)) / length, rng.uniform(0, 2 * np.pi, WAVES)
    one, other = (np.cos(np.einsum("wx,nx->wn", waves, points * [side, 1, 1]) + phase[:, None]) for side in (1, -1))
    size = _AREAS[area](points)
    # Near the middle a place and its mirror image move alike, and their sum would be half as large again.
    alike = np.exp(-2 * (points[:, 0] / length) ** 2)
    return size * (one + other) / np.sqrt(1 + alike), size * (one - other)


def _face(points: Values) -> Values:
    """Return 1 from the forehead to the chin, soft before the ears, the hair and the throat."""
    _, y, z = points.T
    return np.asarray((1 - rise(y, 25, 75)) * rise(z, -128, -100) * (1 - rise(z, 55, 100)))


def _features(points: Values) -> Values:
    """Return 1 on brows, eyes and nose."""
    side, y, z = np.abs(points[:, 0]), points[:, 1], points[:, 2]
    band = (1 - rise(side, 42, 60)) * rise(z, -26, -12) * (1 - rise(z, 26, 44))
    nose = (1 - rise(side, 18, 30)) * rise(z, -56, -42) * (1 - rise(z, 10, 26))
    return np.asarray(np.maximum(band, nose) * (1 - rise(y, 5, 40)))


_AREAS: dict[str, Callable[[Values], Values]] = {"face": _face, "features": _features}


def amplitudes(seed: int) -> tuple[Values, Values]:
    """Draw a person's amplitudes ``(scales * WAVES, 3)``, metres, of what both sides share and of what they do not."""
    rng = rng_for(seed, "field")
    drawn = rng.standard_normal((2, len(SCALES) * WAVES, 3))
    for part in drawn.reshape(2 * len(SCALES), WAVES, 3):
        part *= min(1.0, LIKELIHOOD / float(np.sqrt((part**2).mean())))
    deviations = np.repeat([deviation / 1000.0 for *_, deviation in SCALES], WAVES)[:, None] / np.sqrt(WAVES)
    return drawn[0] * deviations, UNEVEN * drawn[1] * deviations


def displace(even: Floats, odd: Floats, seed: int) -> Values:
    """Return the displacement ``(V, 3)`` of a person, metres, of modes ``(scales * WAVES, V)``."""
    shared, apart = amplitudes(seed)
    # Mirrored, x changes its sign: an odd field across and an even one along the other axes look alike on both sides.
    ways = [(odd, shared[:, 0], even, apart[:, 0]), *((even, shared[:, k], odd, apart[:, k]) for k in (1, 2))]
    return np.stack([np.einsum("mv,m->v", a, p) + np.einsum("mv,m->v", b, q) for a, p, b, q in ways], axis=1)
