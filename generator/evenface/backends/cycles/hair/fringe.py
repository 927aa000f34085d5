"""The hairline: fringes that fall over the forehead and beside it, never over the eyes, and the short fine hairs called down.

Down keeps the hairline from being a border.
"""

from __future__ import annotations

import numpy as np
from scipy.spatial import cKDTree

from evenface.backends.cycles.hair.bun import over_skull
from evenface.backends.cycles.hair.field import Field
from evenface.backends.cycles.hair.growth import cut, trim
from evenface.backends.cycles.hair.long import spread
from evenface.backends.cycles.hair.scalp import Scalp
from evenface.backends.cycles.hair.strands import Floats, Strands, clump, curl, frizz, taper, unit
from evenface.processor import product

__all__ = ["build_down", "build_fringe"]

# Strands, points, radius, wave radius, pitch, clumping and frizz by texture (metres).
_TEXTURES: dict[str, tuple[int, int, float, float, float, float, float]] = {
    "straight": (1850, 12, 0.00024, 0.0, 1.0, 0.45, 0.0010),
    "wavy": (1600, 14, 0.00026, 0.0022, 0.045, 0.60, 0.0016),
    "curly": (1000, 24, 0.00036, 0.0040, 0.022, 0.60, 0.0026),
    "coily": (950, 26, 0.00038, 0.0036, 0.013, 0.45, 0.0030),
}
_SHARE = {"full": 1.0, "side": 0.85, "curtain": 0.85, "wispy": 0.28, "short": 0.75}
_SHRINK = {"straight": 0.0, "wavy": 0.002, "curly": 0.007, "coily": 0.012}
"""How much higher a coiled fringe ends, metres."""


def build_fringe(scalp: Scalp) -> Strands:
    """Grow the fringe of the record."""
    hair, rng = scalp.hair, scalp.rng("fringe")
    number, count, radius, coil, pitch, clumping, fuzz = _TEXTURES[hair.texture]
    reach = {"full": 0.034, "wispy": 0.020, "short": 0.026}.get(hair.fringe, 0.030) * (0.8 + 0.3 * hair.density)

    def zone(points: Floats) -> Floats:
        angle = np.degrees(np.arctan2(np.abs(points[:, 0]), scalp.skull.ear_y - points[:, 1]))
        wide = 52 if hair.fringe in ("full", "side") else 44
        # It thins out at both sides and into the hair behind it.
        aside, behind = (
            np.clip((wide + 4 - angle) / 22, 0, 1),
            np.clip((1.15 * reach - scalp.rise(points)) / (0.4 * reach), 0, 1),
        )
        return np.asarray(scalp.cover(points) * aside * behind)

    roots, start, _ = scalp.strip_roots(rng, int(number * hair.density * _SHARE[hair.fringe]), zone)
    field = scalp.field()
    ends = _on_skin(field, *_ends(scalp, rng, start))
    rise = 0.0025 + hair.volume * (0.004 + 0.006 * np.clip(scalp.rise(start) / reach, 0, 1) * rng.uniform(0.6, 1.2, len(start)))
    along = np.linspace(0, 1, count)
    puff = np.interp(along, (0, 0.12, 0.4, 0.8, 1), (0, 0.6, 1.0, 0.55, 0.30))
    points = over_skull(field, scalp.skull.centre, start, ends, rise[:, None] * puff[None] + 0.0012)
    points = cut(points, (count - 1) * _length_share(rng, start, points))
    points = _locks(rng, points, coil, pitch, clumping * (1.3 if hair.fringe == "wispy" else 0.8), fuzz)
    points = field.clear(points, np.linspace(0, 0.0014, count)[None])
    points = _off_eyes(scalp, rng, points)
    breadth = radius * scalp.fineness(start) * rng.uniform(0.8, 1.15, len(start))
    return Strands(points.astype(np.float32), taper(count, len(points), breadth, tip=0.2), "hair", roots)


def _length_share(rng: np.random.Generator, start: Floats, points: Floats) -> Floats:
    """Return the share of its full length that each strand has (S,): uneven by the strand and in slow waves along the edge."""
    waves = np.sin(np.outer(start[:, 0], rng.normal(0, 110, 4)) + rng.uniform(0, 2 * np.pi, 4)).sum(1)
    uneven = 1 - 0.42 * rng.beta(1.0, 3.2, len(start)) + 0.030 * waves
    # What hangs beside the face keeps its length.
    beside = np.clip((np.abs(points[:, -1, 0]) - 0.040) / 0.02, 0, 1)
    return np.asarray(np.clip(uneven, 0.4, 1.0) * (1 - beside) + beside)


def _ends(scalp: Scalp, rng: np.random.Generator, start: Floats) -> tuple[Floats, Floats]:
    """Return where strands end: x and height over the eyes (S,)."""
    hair, x = scalp.hair, start[:, 0]
    marks = scalp.model.landmark_points(scalp.vertices)
    brow = float(marks[[19, 24], 2].mean())
    line = float(scalp.hairline.left[0])
    low = brow + 0.007 - 0.009 * hair.fringe_length + _SHRINK[hair.texture]
    loose = rng.normal(0, 0.0022, len(x))
    if hair.fringe == "curtain":
        half = np.where(x + rng.normal(0, 0.002, len(x)) - 0.006 * hair.parting > 0, 1.0, -1.0)
        out = np.interp(np.abs(x), (0, 0.040), (0.036, 0.068)) + 1.5 * loose
        tip = np.array([brow + 0.016, brow + 0.004, -0.004, -0.030]) - 0.006 * hair.fringe_length
        return np.asarray(half * out), np.interp(out, (0.032, 0.046, 0.060, 0.072), tip) + loose
    if hair.fringe == "side":
        side = np.copysign(1.0, hair.parting or 1.0)
        across = -side * x
        # Hair crosses the forehead away from the parting; a little of it falls to the near side.
        begin = -0.016 - 0.010 * abs(hair.parting)
        out = np.where(across > begin, np.interp(across, (begin, 0.045), (0.002, 0.066)), across - 0.016) + 1.5 * loose
        slope = np.array([-0.010, line - 0.014, line - 0.022, low + 0.004, low - 0.002, -0.014 - 0.01 * hair.fringe_length])
        return -side * out, np.interp(out, (-0.068, -0.045, -0.010, 0.025, 0.048, 0.068), slope) + loose
    uneven = {"full": 0.0022, "wispy": 0.0050, "short": 0.0050}[hair.fringe]
    drop = np.where(np.abs(x) > 0.036, 0.28 * (np.abs(x) - 0.036), 0.0)
    high = 0.45 * (line - low) * (0.7 - 0.5 * hair.fringe_length) if hair.fringe == "short" else 0.0
    lean = 0.010 * hair.parting if hair.fringe != "full" else 0.003 * hair.parting
    return 1.06 * x + 1.4 * loose - lean, low + high - drop + rng.normal(0, uneven, len(x))


def _on_skin(field: Field, x: Floats, z: Floats) -> Floats:
    """Return the places of the skin that lie behind (x, z) seen from the front."""
    points = np.stack([np.clip(x, -0.074, 0.074), np.full(len(x), -0.10), z], 1)
    for _ in range(14):
        points[:, 1] += np.clip(field.distance(points), -0.01, 0.05)
    points[:, 1] = np.minimum(points[:, 1], 0.075)
    return np.asarray(points)


def _locks(rng: np.random.Generator, points: Floats, coil: float, pitch: float, clumping: float, fuzz: float) -> Floats:
    number = len(points)
    centres = spread(rng, number, 170)
    lock = cKDTree(points[centres, -1]).query(points[:, -1])[1]
    points = clump(points, centres[lock], np.clip(clumping * rng.uniform(0.3, 1.2, number), 0, 0.95), shape=1.2)
    if coil:
        phase = rng.uniform(0, 2 * np.pi, len(centres))[lock] + rng.normal(0, 0.4, number)
        points = curl(points, coil * rng.uniform(0.7, 1.15, number), pitch * rng.uniform(0.85, 1.2, number), phase, rise=0.3)
    astray = np.where(rng.random(number) < 0.06, 2.5, 1.0)
    return frizz(points, fuzz * astray, rng)


def _off_eyes(scalp: Scalp, rng: np.random.Generator, points: Floats) -> Floats:
    """Cut what would hang over an eye."""
    marks = scalp.model.landmark_points(scalp.vertices)
    wide = np.abs(marks[[36, 45], 0]).max() + 0.007
    floor = marks[36:48, 2].max() + 0.0055 + rng.uniform(0, 0.003, len(points))
    over = (np.abs(points[:, :, 0]) < wide).any(1, where=points[:, :, 2] < floor[:, None] + 0.001)
    points = trim(points, np.where(over, floor, -1.0))
    # What hangs beside an eye may cover it seen from the side.
    hidden = np.zeros(points.shape[:2], bool)
    for yaw in np.radians((-36, -18, 18, 36)):
        turn = np.array([[np.cos(yaw), np.sin(yaw), 0], [-np.sin(yaw), np.cos(yaw), 0], [0, 0, 1]]).T
        seen, eyes = product(points, turn), product(marks[36:48], turn)
        for eye in (eyes[:6], eyes[6:]):
            low, high = eye.min(0) - 0.006, eye.max(0) + 0.006
            hidden |= ((seen > low) & (seen < high))[..., [0, 2]].all(-1) & (seen[..., 1] < eye[:, 1].mean())
    first = np.where(hidden.any(1), hidden.argmax(1), points.shape[1])
    return cut(points, np.clip(first - 1.0, 0.5, points.shape[1] - 1))


_COUNT = 6
_WAVE = {"straight": 0.0, "wavy": 0.0008, "curly": 0.0016, "coily": 0.0016}


def build_down(scalp: Scalp) -> Strands:
    """Grow hairs of half a centimetre to two from a strip along the hairline of forehead and temples."""
    rng, hair, skull = scalp.rng("down"), scalp.hair, scalp.skull
    wide = 0.004 + 0.007 * hair.softness

    def strip(points: Floats) -> Floats:
        rise = scalp.rise(points)
        angle = np.degrees(np.arctan2(np.abs(points[:, 0]), skull.ear_y - points[:, 1]))
        return np.asarray(np.exp(-(((rise - 0.0015) / wide) ** 2)) * (angle < 88))

    roots, start, normals = scalp.strip_roots(rng, int(420 + 900 * hair.softness), strip)
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
    points = scalp.field().clear(points, np.linspace(0, 0.0025, _COUNT)[None])
    return Strands(points.astype(np.float32), taper(_COUNT, len(points), 0.000075, tip=0.3), "hair", roots)
