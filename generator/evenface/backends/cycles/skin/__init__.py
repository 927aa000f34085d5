"""The skin of one person: pigments laid over the head, broad ones by vertex and fine ones on a map of the face; pure numpy.

A complexion moves pigment, never paint: flush and lips are blood, freckles, moles and the shade under the eyes are melanin. So
the same complexion sits on every tone as it would on skin. Only make-up is paint. No chance of its own: noise is keyed by the
record's seed.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter

from evenface.backends.cycles.light import LUMINANCE
from evenface.backends.cycles.pigment import Pigments, melanin_spectrum, reflectance, shade_spectrum
from evenface.backends.cycles.skin.canvas import Canvas, blank, detail_pixels, grain, waves
from evenface.backends.cycles.skin.facemap import FaceMap, build_face_map
from evenface.backends.cycles.skin.folds import draw_folds
from evenface.backends.cycles.skin.paint import (
    FULL_ROUGE,
    blush,
    crease_lids,
    eye_shadow,
    line_eyes,
    lip_blood,
    lip_mask,
    lip_melanin,
    paint_makeup,
    wrinkle_lips,
)
from evenface.backends.cycles.skin.patches import blood_patches, melanin_patches, neck_rings
from evenface.backends.cycles.skin.spots import scatter_spots
from evenface.processor import product
from evenface.records import Complexion, Identity
from evenface.vocabulary import LIT_LEVEL, LIT_RANGE

__all__ = ["FaceMap", "SkinTexture", "build_face_map", "build_skin"]

Floats = NDArray[np.float32]
Wide = NDArray[np.float64]

USUAL_BLOOD = 0.03
"""Blood that the measuring areas hold above the tone's own on the people by whom the tones were calibrated."""


@dataclass(frozen=True, slots=True)
class SkinTexture:
    """Per fine vertex: linear colour ``(V, 3)``, roughness and specular level ``(V,)``; how deep the grain is, metres."""

    colour: Floats
    roughness: Floats
    shine: Floats
    relief_m: float
    detail: Floats
    """``(H, W, 4)`` on the face map: a factor on the colour, and height in millimetres."""
    marks: Floats
    """``(V, 3)``: where bare skin shows, where a colorimeter would be held, and 1 for all skin."""


_MOTTLES = ((2.0, "small", 1), (5.5, "fine", 2), (14.0, "broad", 4))
"""Texels, key and coarseness of the mottling of skin: a texel is a third of a millimetre."""
_RELIEF_MM = 0.7
_THINNING_TEXELS = 14.0
SPECKS, SPECK = 0.62, 0.012
"""Share of the skin that the densest roots of hair cover, and their linear colour."""


def build_skin(face: FaceMap, identity: Identity, tone: Pigments, *, scalp: Floats, beard: Floats) -> SkinTexture:
    """Colour a head.

    Args:
        scalp: How densely hair roots stand on the scalp and the brows, 0 to 1 per fine vertex.
        beard: The same for the beard.
    """
    complexion, makeup = identity.complexion, identity.makeup
    base = _base(tone, complexion)
    reach = 0.21 + 0.21 * float(np.sqrt(base[0]))  # how much a spot can darken this skin
    canvas = blank()
    _texture(canvas, face, complexion, reach)
    draw_folds(canvas, face, complexion, reach)
    scatter_spots(canvas, face, complexion, reach)
    wrinkle_lips(canvas, face, complexion, reach)
    line_eyes(canvas, face, identity.eyes, makeup)
    crease_lids(canvas, face, identity.head, reach)
    # Nothing can take more melanin from skin than it holds.
    patches = np.maximum(
        reach * (melanin_patches(face, complexion) + neck_rings(face, complexion)), -(0.7 * base[0] + 0.3 * base[1])
    )
    brown, shade = melanin_spectrum(float(base[0])), shade_spectrum(float(base[0]))
    thin = np.outer(patches, shade) + np.outer(lip_melanin(face, complexion, float(base[0]), reach), brown)
    above = _shaven_roots(face, complexion)
    red_lips = lip_blood(face, complexion, float(base[0]))
    above[:, 2] += np.maximum(blood_patches(face, complexion), -0.5 * base[2]) + red_lips
    layers = _Layers(base, above, thin, canvas, brown)
    held = _compensate(face, layers)
    rouge = blush(face, makeup)
    above[:, 2] += rouge
    colour = layers.colours_of(base + above + held, thin).astype(np.float32)
    # Roots and stubble are dark specks before the skin: they cover a share of it, whatever its pigment.
    covered = SPECKS * np.maximum(scalp, beard)[:, None].astype(np.float32)
    colour = colour * (1 - covered) + np.float32(SPECK) * covered
    return SkinTexture(
        paint_makeup(colour, face, makeup, complexion.lip_border),
        *_gloss(face, identity),
        0.00006 + 0.00013 * complexion.pores + 0.00006 * complexion.wrinkles,
        detail_pixels(canvas, face, layers.spectrum),
        _marks(face, scalp, beard, eye_shadow(face, makeup), rouge / FULL_ROUGE),
    )


def _base(tone: Pigments, complexion: Complexion) -> Wide:
    """Return the tone's pigments, shifted within the cell and never out of it."""
    amounts = np.array(tone.amounts, dtype=np.float64)
    luminance = float(product(reflectance(amounts), LUMINANCE))
    # dL* / d ln Y of CIE 1976 L*, so that one standard score is a third of the room.
    slope = 116 / 3 * np.cbrt(luminance)
    step = tone.lightness_room / 3 / slope
    amounts[0] -= step * np.clip(complexion.lightness_shift, -1.5, 1.5)
    amounts[2] += 0.5 * step * np.clip(complexion.redness_shift, -1.5, 1.5)
    return np.maximum(amounts, 0.005)


@dataclass(frozen=True, slots=True)
class _Layers:
    """What a skin is made of: pigments of the tone ``(3,)``, those above it ``(V, 3)``, thin layers, and detail."""

    base: Wide
    above: Wide
    thin: Wide
    """What broad shades and lips absorb at each primary ``(V, 3)``."""
    canvas: Canvas
    spectrum: Wide
    """What thin melanin absorbs at each primary ``(3,)``."""

    def colours_of(self, amounts: Wide, thin: Wide) -> Wide:
        # Thin layers may be negative, as in a scar; the sum may not, or skin would be lighter than white.
        return np.asarray(np.minimum(reflectance(np.maximum(amounts, 0.004)) * np.exp(-thin), 0.97))


def _compensate(face: FaceMap, layers: _Layers) -> Wide:
    """Return pigments ``(3,)`` to add everywhere, so that cheeks and forehead together keep the tone whatever lies on them."""
    where = np.flatnonzero(face.areas["read"] > 0.85)
    amounts = layers.base + layers.above[where]
    amounts[:, 2] += face.at_vertices(layers.canvas.blood)[where]
    thin = layers.thin[where] + np.outer(face.at_vertices(layers.canvas.melanin)[where], layers.spectrum)
    wanted = reflectance(layers.base + np.array([0, 0, USUAL_BLOOD]))
    change = np.zeros(3)
    for _ in range(4):
        colours = layers.colours_of(amounts + change, thin)
        light = product(colours, LUMINANCE)
        lit = np.percentile(light, 100 * LIT_LEVEL)
        read = colours[np.abs(light - lit) <= LIT_RANGE * lit].mean(axis=0)
        # Blood by the ratio of green to red, which it changes most; melanin by the lightness that is left.
        blood = np.log(read[1] / read[0] * wanted[0] / wanted[1]) / 0.9
        change += (np.log(product(read, LUMINANCE) / product(wanted, LUMINANCE)) - 0.75 * blood, 0.0, blood)
    return change


def _texture(canvas: Canvas, face: FaceMap, complexion: Complexion, reach: float) -> None:
    """Lay the fine unevenness that all skin has, of 2 to 4 and of 5 to 15 mm, and pores where they are wide."""
    seed, area = complexion.seed, face.texels
    small, fine, broad = (grain(size, seed, key, coarser=few) for size, key, few in _MOTTLES)
    strong = 0.35 + 0.35 * complexion.mottling
    canvas.melanin[...] += reach * strong * (0.06 * small + 0.07 * fine + 0.05 * broad)
    redness = grain(2.5, seed, "vessels") + grain(12.0, seed, "blood", coarser=4)
    canvas.blood[...] += (0.020 + 0.012 * complexion.flush) * strong * redness
    dots = np.clip(grain(1.3, seed, "pores") - 1.0, 0, 2)
    wide = np.maximum.reduce([area["nose"], 0.8 * area["apple"], 0.4 * area["forehead_all"], 0.3 * area["chin"]])
    dots *= (0.35 + 0.65 * complexion.pores) * wide
    canvas.melanin[...] += 0.5 * reach * dots
    canvas.height_mm[...] += _RELIEF_MM * (0.035 * small + 0.09 * fine) * (1 - 0.6 * area["eyelids"]) - 0.11 * dots


def _shaven_roots(face: FaceMap, complexion: Complexion) -> Wide:
    """Return pigments that shaven roots add; they look blue, because skin lies over them. They thin out over a centimetre."""
    area = np.maximum(face.texels["beard"], face.texels["moustache"])
    soft = face.at_vertices(gaussian_filter(area, _THINNING_TEXELS, mode="nearest", truncate=2.5))
    where = np.minimum(np.maximum(face.areas["beard"], face.areas["moustache"]), soft)
    uneven = np.clip(1 + 0.25 * waves(face.mean_mm, 16.0, complexion.seed, "roots"), 0, 2)
    shaven = complexion.beard_shadow * where * uneven * (1 - face.areas["lips"])
    return np.asarray(shaven[:, None] * np.array([0.27, -0.04, -0.03]))


def _gloss(face: FaceMap, identity: Identity) -> tuple[Floats, Floats]:
    """Return roughness and specular level: oil on forehead and nose, wet lips and lids, dull dry cheeks."""
    complexion, area = identity.complexion, face.areas
    oily = np.maximum.reduce([area["forehead_all"] * (0.5 + 0.5 * area["centre"]), area["nose"], area["nose_bridge"]])
    oily = np.maximum(oily, np.maximum(0.8 * area["chin"], 0.8 * area["cheekbones"]))
    patchy = 1 + 0.25 * waves(face.mean_mm, 24.0, complexion.seed, "oil")
    # Gloss counts as lightness where skin is dark, so the places that are measured keep nearly the usual one.
    oil = (0.15 + 0.85 * complexion.oiliness) * oily * patchy * (1 - 0.8 * area["measuring"])
    lips = lip_mask(face, complexion.lip_border)
    wet = 0.6 - 0.5 * complexion.lip_dryness + identity.makeup.lipstick * (identity.makeup.lipstick_gloss - 0.4)
    roughness = 0.50 - 0.20 * oil - lips * (0.10 + 0.16 * wet)
    shine = 0.24 * (1 + 1.5 * oil) + lips * 0.25 * wet
    rim = _wet_rim(face)
    return np.clip(roughness - 0.3 * rim, 0.14, 0.7).astype(np.float32), np.clip(shine + 0.3 * rim, 0.08, 1.0).astype(np.float32)


def _wet_rim(face: FaceMap) -> Floats:
    """Return the rims of the lids, where tears stand."""
    marks = face.marks_mm[36:48]
    away = np.linalg.norm(face.mean_mm[:, None, [0, 2]] - marks[None][..., [0, 2]], axis=-1).min(axis=1)
    return np.asarray(np.exp(-((away / 2.0) ** 2)) * face.areas["eyelids"], np.float32)


def _marks(face: FaceMap, scalp: Floats, beard: Floats, paint: Floats, rouge: Floats) -> Floats:
    area = face.areas
    hidden = np.maximum.reduce([area["lips"], area["lips_inner"], area["nostrils"], scalp, beard, paint])
    bare = np.clip(1.0 - hidden, 0, 1) * (1 - area["eyelids"])
    return np.asarray(np.stack([bare, area["read"] * bare * (1 - rouge), np.ones_like(bare)], axis=1), np.float32)
