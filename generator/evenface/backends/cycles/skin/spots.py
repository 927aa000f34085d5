"""Spots: freckles, moles, age spots, blemishes, scars and a birthmark, each where people have them; pure numpy."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from evenface.backends.cycles.skin.canvas import Canvas, stamp, waves
from evenface.backends.cycles.skin.facemap import SIZE, FaceMap
from evenface.records import Complexion
from evenface.rng import rng_for

__all__ = ["scatter_spots"]

Floats = NDArray[np.float32]
Places = NDArray[np.int64]


def scatter_spots(canvas: Canvas, face: FaceMap, complexion: Complexion, reach: float) -> None:
    """Paint every spot of a person.

    Args:
        reach: How much melanin a dark place adds on this skin.
    """
    _freckles(canvas, face, complexion, reach)
    _age_spots(canvas, face, complexion, reach)
    _moles(canvas, face, complexion, reach)
    _blemishes(canvas, face, complexion, reach)
    _acne_scars(canvas, face, complexion, reach)
    _scars(canvas, face, complexion, reach)
    _birthmark(canvas, face, complexion, reach)


def _places(rng: np.random.Generator, face: FaceMap, density: Floats, count: int) -> Places:
    """Draw texels ``(count, 2)``, likelier where ``density`` is higher, in equal numbers for equal areas of skin."""
    step = 4
    weight = (density * face.texel_mm * face.inside * _open(face))[::step, ::step].astype(np.float64)
    edges = np.cumsum(weight.ravel())
    if edges[-1] <= 0:
        return np.zeros((0, 2), np.int64)
    found = np.searchsorted(edges, rng.random(count) * edges[-1])
    rows, columns = np.divmod(np.minimum(found, weight.size - 1), weight.shape[1])
    return np.stack([rows, columns], axis=1) * step + rng.integers(0, step, (count, 2))


def _open(face: FaceMap) -> Floats:
    """Return the share of skin that can carry a spot, 0 to 1."""
    area = face.texels
    return np.clip(1 - area["lips"] - area["eyelids"] - area["nostrils"] - area["scalp"] - area["neck"], 0, 1)


def _freckles(canvas: Canvas, face: FaceMap, complexion: Complexion, reach: float) -> None:
    rng = rng_for(complexion.seed, "freckles")
    area, spread = face.texels, complexion.freckle_spread
    most = np.maximum.reduce([area["nose"], area["cheekbones"], area["apple"]])
    density = np.maximum(
        most, spread * np.maximum.reduce([area["forehead_all"], 0.8 * area["cheeks"], 0.5 * area["mouth"]]) + 0.06
    )
    count = int(1000 * complexion.freckles * (0.6 + 0.8 * spread))
    at = _places(rng, face, density, count)
    radii = np.clip(rng.lognormal(-0.45, 0.30, len(at)), 0.4, 1.2).astype(np.float32)
    amounts = (reach * (0.45 + 0.65 * complexion.freckles) * rng.uniform(0.3, 1.3, len(at))).astype(np.float32)
    stamp(canvas.melanin, face, at, radii, amounts, _turns(rng, at), power=3.0)


def _age_spots(canvas: Canvas, face: FaceMap, complexion: Complexion, reach: float) -> None:
    rng = rng_for(complexion.seed, "age spots")
    area = face.texels
    density = np.maximum.reduce([area["temples"], 0.8 * area["cheeks"], 0.7 * area["forehead_all"], 0.4 * area["jaw"]])
    at = _places(rng, face, density, int(16 * complexion.age_spots))
    radii = rng.uniform(1.2, 3.6, len(at)).astype(np.float32)
    amounts = (reach * rng.uniform(0.3, 0.9, len(at))).astype(np.float32)
    stamp(canvas.melanin, face, at, radii, amounts, _turns(rng, at), power=3.0)


def _moles(canvas: Canvas, face: FaceMap, complexion: Complexion, reach: float) -> None:
    rng = rng_for(complexion.seed, "moles")
    at = _places(rng, face, np.ones((SIZE, SIZE), np.float32), complexion.moles)
    large = rng.random(len(at)) < 0.12
    radii = np.where(large, rng.uniform(1.3, 2.2, len(at)), rng.uniform(0.5, 1.0, len(at))).astype(np.float32)
    amounts = (reach * rng.uniform(1.8, 4.2, len(at))).astype(np.float32)
    turns = _turns(rng, at)
    stamp(canvas.melanin, face, at, radii, amounts, 0.4 * turns, power=4.0)
    raised = large & (rng.random(len(at)) < 0.6)
    stamp(canvas.height_mm, face, at[raised], radii[raised], 0.5 * radii[raised], turns[raised], power=2.0)


def _blemishes(canvas: Canvas, face: FaceMap, complexion: Complexion, reach: float) -> None:
    rng = rng_for(complexion.seed, "blemishes")
    area = face.texels
    density = np.maximum.reduce(
        [area["cheeks"], area["chin"], 0.8 * area["jaw"], 0.7 * area["forehead_all"], 0.5 * area["temples"]]
    )
    at = _places(rng, face, density, int(16 * complexion.blemishes))
    radii = rng.uniform(0.8, 1.8, len(at)).astype(np.float32)
    fresh = rng.uniform(0, 1, len(at)).astype(np.float32)
    turns = _turns(rng, at)
    stamp(canvas.blood, face, at, radii * 1.5, 0.30 * fresh, turns, power=2.0)
    stamp(canvas.melanin, face, at, radii, (reach * 0.35 * (1 - fresh)).astype(np.float32), turns, power=3.0)
    stamp(canvas.height_mm, face, at, radii, 0.25 * fresh, turns, power=2.0)


def _acne_scars(canvas: Canvas, face: FaceMap, complexion: Complexion, reach: float) -> None:
    rng = rng_for(complexion.seed, "acne scars")
    density = np.maximum.reduce([face.texels["cheeks"], 0.8 * face.texels["temples"], 0.5 * face.texels["jaw"]])
    at = _places(rng, face, density, int(60 * complexion.acne_scars))
    radii = rng.uniform(0.7, 1.9, len(at)).astype(np.float32)
    turns = _turns(rng, at)
    stamp(canvas.height_mm, face, at, radii, (-0.22 * radii).astype(np.float32), turns, power=3.0)
    stamp(canvas.melanin, face, at, radii, np.full(len(at), 0.22 * reach, np.float32), turns, power=3.0)


def _scars(canvas: Canvas, face: FaceMap, complexion: Complexion, reach: float) -> None:
    """Draw short seams, paler than the skin round them and a little raised."""
    rng = rng_for(complexion.seed, "scars")
    for row, column in _places(rng, face, np.ones((SIZE, SIZE), np.float32), complexion.scars):
        x, z = face.x_mm[row, column], face.z_mm[row, column]
        turn, half, bend = rng.uniform(0, np.pi), rng.uniform(6, 19), rng.normal(0, 0.012)
        pale, red = reach * rng.uniform(0.3, 0.8), rng.uniform(-0.05, 0.18)
        across, up = face.x_mm - x, face.z_mm - z
        along = across * np.cos(turn) + up * np.sin(turn)
        away = -across * np.sin(turn) + up * np.cos(turn) + bend * along**2
        seam = np.exp(-((away / rng.uniform(0.6, 1.3)) ** 2) - (along / half) ** 6).astype(np.float32)
        canvas.melanin[...] -= pale * seam
        canvas.blood[...] += red * seam
        canvas.height_mm[...] += 0.25 * seam


def _birthmark(canvas: Canvas, face: FaceMap, complexion: Complexion, reach: float) -> None:
    if complexion.birthmark <= 0:
        return
    rng = rng_for(complexion.seed, "birthmark")
    row, column = _places(rng, face, np.clip(1 - 4 * face.texels["measuring"], 0, 1), 1)[0]
    points = np.stack([face.x_mm, face.z_mm, 0 * face.x_mm], axis=-1)
    away = np.linalg.norm(points - points[row, column], axis=-1) / np.float32(5 + 22 * complexion.birthmark)
    ragged = waves(points.reshape(-1, 3), 22.0, complexion.seed, "birthmark", 10).reshape(away.shape)
    inside = 1 / (1 + np.exp(np.clip((away + 0.22 * ragged - 1) / 0.10, -40, 40)))
    red = rng.random() < 0.5
    target, amount = (canvas.blood, rng.uniform(0.3, 0.7)) if red else (canvas.melanin, reach * rng.uniform(0.6, 1.4))
    target += (0.6 * amount * inside * _open(face)).astype(np.float32)


def _turns(rng: np.random.Generator, at: Places) -> Floats:
    return rng.uniform(0, 2 * np.pi, len(at)).astype(np.float32)
