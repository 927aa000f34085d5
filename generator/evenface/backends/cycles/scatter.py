"""Light that travels under the skin, added to the finished radiance in screen space; pure numpy.

Separable screen-space scattering (Jimenez et al. 2015, Computer Graphics Forum 34, 188): what falls on the skin is blurred, red
furthest, and multiplied by the skin's colour again. Cycles' own subsurface closures pick among hits in the order in which the
ray tree offers them, and the tree is not built alike twice: pictures differed in the sixth digit, and so in a byte now and then.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter

__all__ = ["scattered"]

Floats = NDArray[np.float64]

# Two Gaussians a channel: standard deviation in metres for red, green, blue; share. After d'Eon & Luebke 2007 (GPU Gems 3,
# chapter 14), whose six are summed here to the near and the far part.
_PROFILE = ((0.35, (0.0007, 0.0005, 0.0004)), (0.65, (0.0024, 0.0011, 0.0007)))


def scattered(radiance: Floats, albedo: Floats, skin: Floats, metres_a_pixel: float) -> Floats:
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
