"""Down: the short fine hairs at the hairline that keep it from being a border."""

from __future__ import annotations

import numpy as np

from evenface.backends.cycles.hair.ground import Ground
from evenface.backends.cycles.hair.strands import Floats, Strands, curl, frizz, taper, unit

__all__ = ["build_down"]

_COUNT = 6
_WAVE = {"straight": 0.0, "wavy": 0.0008, "curly": 0.0016, "coily": 0.0016}


def build_down(ground: Ground) -> Strands:
    """Half a centimetre to two, from a strip along the hairline of forehead and temples."""
    rng, hair, skull = ground.rng("down"), ground.hair, ground.skull
    wide = 0.004 + 0.007 * hair.softness

    def strip(points: Floats) -> Floats:
        rise = ground.rise(points)
        angle = np.degrees(np.arctan2(np.abs(points[:, 0]), skull.ear_y - points[:, 1]))
        return np.asarray(np.exp(-(((rise - 0.0015) / wide) ** 2)) * (angle < 88))

    roots, start, normals = ground.strip_roots(rng, int(420 + 900 * hair.softness), strip)
    length = 0.004 + 0.011 * hair.softness * rng.beta(1.6, 2.5, len(start))
    # Over the forehead it stands up and aside, at the temples it lies back and down.
    side = np.sign(start[:, :1]) * np.clip(np.abs(start[:, :1]) / 0.03, 0, 1)
    temple = np.clip((np.abs(start[:, :1]) - 0.045) / 0.02, 0, 1)
    lie = np.array([0.0, 0.3, 0.8]) * (1 - temple) + np.array([0.0, 1.0, -0.7]) * temple + side * np.array([0.7, 0.0, 0.0])
    lie = lie - np.einsum("sx,sx->s", lie, normals)[:, None] * normals
    heading = unit(unit(lie) + 0.35 * normals + rng.normal(0, 0.35, start.shape))
    along = np.linspace(0, 1, _COUNT)[None, :, None] * length[:, None, None]
    points = start[:, None] + along * heading[:, None]
    wave = _WAVE[hair.texture]
    if wave:
        points = curl(
            points, np.minimum(wave, 0.2 * length), np.full(len(start), 0.009), rng.uniform(0, 6.28, len(start)), rise=0.5
        )
    points = frizz(points, 0.15 * length, rng, rough=4)
    points = ground.field().clear(points, np.linspace(0, 0.0025, _COUNT)[None])
    return Strands(points.astype(np.float32), taper(_COUNT, len(points), 0.000075, tip=0.3), "hair", roots)
