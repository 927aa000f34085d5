"""From the linear radiance of a render to the pixels of a photograph; pure numpy.

First light travels under the skin: separable screen-space scattering (Jimenez et al. 2015, Computer Graphics Forum 34, 188). What
falls on the skin is blurred, red furthest, and multiplied by the skin's colour again. Cycles' own subsurface closures pick among
hits in the order in which the ray tree offers them, and the tree is not built alike twice: pictures differed in the sixth digit,
and so in a byte now and then.

Then follows the camera, in its order: the lens loses light towards the corners and softens, the sensor counts photons and adds
noise, the white balance misses a little, local contrast is lifted, a tone curve and sRGB's encoding follow, then an unsharp mask,
then a JPEG. Every setting is a field of the shot; the noise is drawn from its seed. Mid-tones stay on the line: a grey of 18 %
remains one.
"""

from __future__ import annotations

from io import BytesIO

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from scipy.ndimage import gaussian_filter, uniform_filter

from evenface.backends.cycles.light import LUMINANCE, warm_factors
from evenface.processor import product
from evenface.records import Shot
from evenface.rng import rng_for

__all__ = ["SHOULDER", "TOE", "compose", "develop", "encode_srgb", "scatter", "tone_curve"]

Wide = NDArray[np.float64]
Pixels = NDArray[np.uint8]

TOE, SHOULDER = 0.008, 0.72
"""Linear light between which the tone curve is the identity; the darkest lit skin lies above the one, paper above the other."""
_TOE_LOSS = 0.4
_WHITE_ELECTRONS = 18_000.0
"""What a pixel of the finished picture collects from white paper at ISO 100."""
_READ_ELECTRONS = 3.0
_RELIEF_WIDTH, _RELIEF_FLOOR = 0.10, 0.003
"""Side of what counts as surroundings, in picture widths; linear light below which relief is not lifted."""
_EDGE = 0.5
"""What counts as an edge and not as relief: the standard deviation of the logarithm of light."""
_OUTLINE_PX = 0.6
_GRAIN_PX = 0.45
"""Noise is a little smooth: a sensor sees one primary a pixel and fills in the others."""


def compose(foreground: Wide, background: Wide) -> Wide:
    """Put a person ``(H, W, 4)``, multiplied by its coverage, before a background ``(H, W, 3)``.

    Along outlines both light and coverage are smoothed alike: the denoiser leaves the coverage of a few samples as it is, and a
    row of dots would stand round a dark head before a bright sky.
    """
    smooth = gaussian_filter(foreground, (_OUTLINE_PX, _OUTLINE_PX, 0), truncate=3.0)
    edge = np.clip(8 * smooth[..., 3:] * (1 - smooth[..., 3:]), 0, 1)
    person = foreground + edge * (smooth - foreground)
    return np.asarray(person[..., :3] + (1 - np.clip(person[..., 3:], 0, 1)) * background)


def develop(radiance: Wide, shot: Shot) -> Pixels:
    """Return the picture ``(H, W, 3)`` of linear radiance ``(H, W, 3)`` that is exposed for a white card of 1."""
    size = shot.size_px
    exposed = radiance * (2.0**shot.exposure_ev * warm_factors(shot.white_balance_mired)) * _vignette(size, shot.vignetting)
    if shot.softness:
        exposed = gaussian_filter(exposed, (shot.softness * size, shot.softness * size, 0), truncate=3.0)
    picture = encode_srgb(tone_curve(_lift_relief(_add_noise(exposed, shot), shot.local_contrast)))
    return _store_jpeg(np.round(255 * np.clip(_sharpen(picture, shot.sharpening), 0, 1)).astype(np.uint8), shot.jpeg_quality)


def tone_curve(exposed: Wide) -> Wide:
    """Bend linear light at both ends: shades below ``TOE`` sink, what lies above ``SHOULDER`` nears 1.

    Between the two nothing changes, so that skin keeps its lightness; both joints are smooth.
    """
    x = np.clip(exposed, 0, None)
    room = 1 - SHOULDER
    bright = SHOULDER + room * (1 - np.exp(-np.maximum(x - SHOULDER, 0) / room))
    dark = x * (1 - _TOE_LOSS * (1 - np.minimum(x / TOE, 1)) ** 2)
    return np.where(x > SHOULDER, bright, dark)


def encode_srgb(linear: Wide) -> Wide:
    """Return sRGB's encoding, 0 to 1, of linear light."""
    return np.where(linear <= 0.0031308, 12.92 * linear, 1.055 * np.maximum(linear, 1e-9) ** (1 / 2.4) - 0.055)


def _vignette(size: int, loss: float) -> Wide:
    steps = (np.arange(size) + 0.5) / size - 0.5
    return np.asarray(1 - loss * 2 * (steps[:, None] ** 2 + steps**2))[..., None]


def _add_noise(exposed: Wide, shot: Shot) -> Wide:
    """Add the noise of photons, which grows with the root of the light, and of reading them out."""
    white = _WHITE_ELECTRONS * 100.0 / shot.iso
    spread = np.sqrt(np.maximum(exposed, 0) / white + (_READ_ELECTRONS / white) ** 2)
    grain = rng_for(shot.seed, "sensor").standard_normal(exposed.shape, dtype=np.float32)
    smooth = gaussian_filter(grain, (_GRAIN_PX, _GRAIN_PX, 0), mode="wrap", truncate=3.0)
    return np.asarray(exposed + spread * smooth)


def _lift_relief(exposed: Wide, gain: float) -> Wide:
    """Lift relief as computing cameras do: the stops by which a pixel is lighter or darker than its surroundings.

    The surroundings are those of a guided filter (He et al. 2010, ECCV) and stop at an edge: a head before a wall gets no halo.
    The floor keeps noise in black from being lifted.
    """
    luminance = np.log(np.maximum(product(exposed, LUMINANCE), 0) + _RELIEF_FLOOR)
    side = max(3, round(_RELIEF_WIDTH * len(exposed)))
    mean = uniform_filter(luminance, side)
    variance = np.maximum(uniform_filter(luminance**2, side) - mean**2, 0)
    slope = variance / (variance + _EDGE**2)
    around = uniform_filter(slope, side) * luminance + uniform_filter((1 - slope) * mean, side)
    return np.asarray(exposed * np.exp(gain * (luminance - around))[..., None])


def _sharpen(picture: Wide, amount: float) -> Wide:
    """Sharpen by luminance alone, as cameras do, so that no edge gets a coloured rim."""
    luminance = product(picture, (0.299, 0.587, 0.114))
    return np.asarray(picture + amount * (luminance - gaussian_filter(luminance, 0.9, truncate=3.0))[..., None])


def _store_jpeg(picture: Pixels, quality: int) -> Pixels:
    """Store as JPEG, with half the resolution for colour as usual, and read back."""
    held = BytesIO()
    Image.fromarray(picture).save(held, "JPEG", quality=quality, subsampling="4:2:0")
    held.seek(0)
    return np.array(Image.open(held))


Floats = NDArray[np.float64]

# Two Gaussians a channel: standard deviation in metres for red, green, blue; share. After d'Eon & Luebke 2007 (GPU Gems 3,
# chapter 14): their six are summed here to the near and the far part.
_PROFILE = ((0.35, (0.0007, 0.0005, 0.0004)), (0.65, (0.0024, 0.0011, 0.0007)))


def scatter(radiance: Floats, albedo: Floats, skin: Floats, metres_a_pixel: float) -> Floats:
    """Return the radiance ``(H, W, 3)`` with scattering where ``skin`` ``(H, W)`` is 1.

    Args:
        radiance: Without what the skin mirrors: that has not been in it, and would come out in its colour. On dark skin it is
            most of what returns, and lips and lids would glow red.
        albedo: Linear colour of the surface ``(H, W, 3)``.
    """
    weight = np.clip(skin, 0, 1)
    lit = radiance / np.maximum(albedo, 0.004) * weight[..., None]
    spread = np.zeros_like(lit)
    for channel in range(3):
        for share, sigmas in _PROFILE:
            sigma = sigmas[channel] / metres_a_pixel
            total = gaussian_filter(weight, sigma, truncate=3.0)
            spread[..., channel] += share * gaussian_filter(lit[..., channel], sigma, truncate=3.0) / np.maximum(total, 1e-4)
    return np.asarray(radiance * (1 - weight[..., None]) + spread * albedo * weight[..., None])
