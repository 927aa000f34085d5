"""Headscarves as they are worn: wrapped round face and neck, wound high, or tied at the back.

The cloth is a taut shell round the skull, its thickness and folds added as heights; which way it is worn follows the seed.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.ndimage import gaussian_filter, maximum_filter

from evenface.backends.cycles.hair.field import Field, build_field, vertex_normals
from evenface.backends.cycles.hair.skull import Skull, measure_skull
from evenface.backends.cycles.hair.strands import Floats, unit
from evenface.backends.cycles.head import HeadModel
from evenface.backends.cycles.wardrobe.fabric import Mesh, Skin, border, cut, hem, merge, smooth_loop, strip
from evenface.records import Hair
from evenface.rng import rng_for

__all__ = ["WAYS", "build_covering", "covering_way"]

WAYS = ("wrap", "turban", "headwrap")
"""Round face, neck and shoulders; wound above the forehead; tied, with the hair held in it behind."""
_SHARES = (0.5, 0.75, 1.0)

_AROUND, _DOWN = 112, 64


@dataclass(frozen=True, slots=True)
class _Shell:
    """A net over the head: ``around`` and ``down`` are its coordinates, 0 to 2 pi from the nape and 0 to 1 from the top."""

    origins: Floats
    rays: Floats
    around: Floats
    down: Floats


def covering_way(hair: Hair) -> str:
    """Which of ``WAYS`` a person wears."""
    return WAYS[int(np.searchsorted(_SHARES, rng_for(hair.seed, "covering", "way").random()))]


def build_covering(model: HeadModel, vertices: Floats, hair: Hair) -> Mesh | None:
    """Drape the scarf of a person whose style is ``head_covering``; None for every other style."""
    if hair.style != "head_covering":
        return None
    skull = measure_skull(model, vertices)
    quads = model.part_faces["skin"]
    # The shell is already drawn over the ears; their folds would only crumple its edge.
    field, skin = build_field(vertices, quads), Skin(vertices, quads[model.regions["ears"][quads].max(1) < 0.2])
    rng = rng_for(hair.seed, "covering", "folds")
    build = {"wrap": _wrap, "turban": _turban, "headwrap": _headwrap}[covering_way(hair)]
    return build(skull, field, skin, rng)


def _net(skull: Skull, lowest: float) -> _Shell:
    """Rays from inside the skull over its top, then from an axis that goes down to ``lowest``."""
    around = np.linspace(0, 2 * np.pi, _AROUND, endpoint=False)[None]
    down = np.linspace(0, 1, _DOWN)[:, None]
    turn = np.clip(down / 0.5, 0, 1)
    rise = np.radians(89.0 * (1 - turn))
    drop = np.clip((down - 0.5) / 0.5, 0, 1)
    rays = np.stack(np.broadcast_arrays(np.sin(around) * np.cos(rise), np.cos(around) * np.cos(rise), np.sin(rise)), -1)
    origins = np.broadcast_to(skull.centre, rays.shape).copy()
    origins[..., 2] += drop * (lowest - skull.centre[2])
    return _Shell(origins, rays, np.broadcast_to(around, rays.shape[:2]), np.broadcast_to(down, rays.shape[:2]))


def _radii(shell: _Shell, field: Field) -> Floats:
    """How far the skin lies from the axis along each ray, seen from outside."""
    reach = np.full(shell.rays.shape[:2], 0.26)
    for _ in range(14):
        reach = reach - field.distance(shell.origins + reach[..., None] * shell.rays)
    return np.asarray(np.clip(reach, 0.02, 0.3))


def _taut(radii: Floats, size: int, soften: float) -> Floats:
    """Cloth drawn over hollows: never below the skin, smooth over ears and brows."""
    over = maximum_filter(radii, size=(size, size), mode=("nearest", "wrap"))
    over = gaussian_filter(over, soften, mode=("nearest", "wrap"))
    return np.maximum(over, radii)


def _points(shell: _Shell, radii: Floats) -> Floats:
    return np.asarray((shell.origins + radii[..., None] * shell.rays).reshape(-1, 3))


def _grid(points: Floats) -> Mesh:
    mesh = strip(points.reshape(_DOWN, _AROUND, 3))
    return Mesh(mesh.vertices, mesh.faces[:, ::-1])


def _finish(cloth: Mesh, skin: Skin, least: float, width: float, thick: float, shoulder: float = -1.0) -> Mesh:
    """Hem the open edges; the small hole at the very top is closed by drawing it together.

    Below the height ``shoulder`` the cloth lies over what is worn there, a centimetre and a half off the skin.
    """
    placed = cloth.vertices.astype(float)
    loops = [loop for loop in border(cloth.faces) if len(loop) > 8]
    highest = max(loops, key=lambda loop: float(placed[loop, 2].mean()))
    placed[highest] = placed[highest].mean(0)
    for loop in loops:
        if loop is not highest:
            placed[loop] = smooth_loop(placed[loop], 10)
    floor = least + 0.011 * np.clip((shoulder + 0.02 - placed[:, 2]) / 0.03, 0, 1)
    placed = skin.clear(placed, floor)
    normals = vertex_normals(placed, cloth.faces)
    hems = [hem(smooth_loop(placed[loop], 3), normals[loop], width, thick) for loop in loops if loop is not highest]
    return merge([Mesh(placed.astype(np.float32), cloth.faces), *hems])


def _folds(rng: np.random.Generator, angle: Floats, number: int, sharp: float) -> Floats:
    """Soft ridges, 0 to 1, across ``angle`` (radians, any range), uneven in width."""
    bent = angle + 0.25 * np.sin(1.7 * angle + rng.uniform(0, 6.28)) + 0.15 * np.sin(3.1 * angle + rng.uniform(0, 6.28))
    return np.asarray((0.5 + 0.5 * np.cos(number * bent)) ** sharp)


def _wrap(skull: Skull, field: Field, skin: Skin, rng: np.random.Generator) -> Mesh:
    """Framing the face from the forehead past the cheeks to under the chin, covering ears, neck and the top of the chest."""
    low = skull.chin - rng.uniform(0.115, 0.14)
    shell = _net(skull, low)
    bare = np.minimum(_radii(shell, field), 0.150 + 0.02 * np.cos(shell.around))
    radii = _hang(_taut(bare, 7, 2.5), shell, skull)
    points = _points(shell, radii)
    z, y = points[:, 2], points[:, 1]
    # Folds sweep from the crown past the jaw and gather under the chin.
    pinned = rng.choice((-0.55, 0.55))
    half = np.sin(shell.around.ravel() - pinned)
    flow = shell.around.ravel() * 2.0 + z * rng.uniform(12, 20) * np.tanh(1.5 * half)
    below = np.clip((skull.chin + 0.05 - z) / 0.06, 0, 1)
    ridge = _folds(rng, flow, 4, 1.4)
    full = rng.uniform(0.006, 0.016) * np.clip((y - 0.02) / 0.08, 0, 1) * np.clip((z + 0.10) / 0.06, 0, 1)
    height = 0.007 + full + 0.0025 * ridge + below * (0.005 + 0.013 * ridge)
    points = points + height[:, None] * shell.rays.reshape(-1, 3)
    # Over the shoulders the cloth lies on them, wherever the net has gone.
    points = field.clear(np.stack([points, points], 1), 0.015 * below[:, None], rounds=8)[:, 1]
    edge = 0.160 - 0.3 * np.maximum(points[:, 1] - 0.15, 0) - np.abs(points[:, 0])
    cloth = cut(_grid(points), np.minimum(_outside_face(points, skull, rng), edge))
    return _finish(cloth, skin, 0.0045, 0.010, 0.0035, skull.chin - 0.025)


def _hang(radii: Floats, shell: _Shell, skull: Skull) -> Floats:
    """Below the jaw the cloth runs straight to the shoulders instead of following the neck."""
    z = shell.origins[..., 2] + radii * shell.rays[..., 2]
    jaw = int(np.argmin(np.abs(z.mean(1) - (skull.chin + 0.035))))
    straight = radii.copy()
    part = np.linspace(0, 1, _DOWN - jaw)[:, None]
    straight[jaw:] = np.maximum(radii[jaw:], radii[jaw] * (1 - part) + np.maximum(radii[-1], radii[jaw]) * part)
    # Under the chin it falls back to the throat; at the sides and behind it hangs.
    hanging = 0.5 + 0.3 * np.cos(shell.around)
    eased = hanging * straight + (1 - hanging) * radii
    return np.asarray(gaussian_filter(np.maximum(eased, radii), 1.5, mode=("nearest", "wrap")))


def _outside_face(points: Floats, skull: Skull, rng: np.random.Generator) -> Floats:
    """Metres outside the opening for the face, an egg seen from the front."""
    top = 0.46 * skull.top + rng.uniform(-0.004, 0.006)
    bottom = skull.chin - 0.009
    middle, half = (top + bottom) / 2, (top - bottom) / 2
    rise = (points[:, 2] - middle) / half
    width = skull.side * 0.96 * np.interp(rise, (-1, -0.5, 0.2, 1), (0.78, 0.92, 1.0, 0.98))
    egg = ((np.abs(points[:, 0] / width) ** 3.4 + np.abs(rise) ** 3.4) ** (1 / 3.4) - 1) * width
    # Only the front of the head is open.
    return np.where(points[:, 1] > skull.ear_y - 0.012, np.maximum(egg, 0.01), egg)


def _above_line(points: Floats, front: float, back: float, skull: Skull, peak: float) -> Floats:
    """Metres above a line that falls from ``front`` over the ears to ``back``; ``peak`` is its slope to both sides."""
    part = np.clip((points[:, 1] - skull.front) / (skull.back - skull.front), 0, 1)
    fall = peak * np.minimum(np.abs(points[:, 0]), 0.05)
    return np.asarray(points[:, 2] - (front - fall + (back - front) * part))


def _layers(turns: Floats) -> Floats:
    """Bands that lie over each other like tiles, 0 to 1: each swells slowly and ends in an edge."""
    place = np.mod(turns, 1.0)
    return np.asarray(np.sqrt(place) * np.clip((1 - place) / 0.14, 0, 1))


def _turban(skull: Skull, field: Field, skin: Skin, rng: np.random.Generator) -> Mesh:
    """Wound in bands that cross above the forehead and come down over the ears."""
    shell = _net(skull, -0.075)
    radii = _taut(_radii(shell, field), 7, 2.5)
    points = _points(shell, radii)
    line = _above_line(points, rng.uniform(0.45, 0.52) * skull.top, -0.070, skull, 0.35)
    rise = np.clip(line / (0.9 * skull.top), 0, 1)
    facing = 0.5 - 0.5 * np.cos(shell.around.ravel())
    aside = np.abs(np.sin(shell.around.ravel()))
    # Before, the bands form a chevron; behind they run level.
    turns = 0.35 + (line + 0.045 * aside * facing) / rng.uniform(0.024, 0.032)
    # One side is wound over the other.
    turns = turns + np.where(points[:, 0] * rng.choice((-1.0, 1.0)) > 0, 0.5, 0.0) * facing
    swell = np.sin(np.pi * np.clip(0.12 + 0.75 * rise, 0, 1))
    fade = np.clip((0.95 - rise) / 0.3, 0, 1)
    height = 0.005 + np.clip(line / 0.03, 0, 1) * (0.006 + 0.010 * _layers(turns) * fade) + 0.016 * swell + 0.012 * rise
    points = points + height[:, None] * shell.rays.reshape(-1, 3)
    points[:, 2] += 0.012 * rise
    return _finish(cut(_grid(points), line), skin, 0.005, 0.012, 0.004)


def _headwrap(skull: Skull, field: Field, skin: Skin, rng: np.random.Generator) -> Mesh:
    """Bound over brow and ears in two bands, drawn back, and full where it holds the hair behind."""
    shell = _net(skull, -0.085)
    radii = _taut(_radii(shell, field), 7, 2.5)
    points = _points(shell, radii)
    line = _above_line(points, rng.uniform(0.43, 0.50) * skull.top, -0.080, skull, 0.15)
    behind = unit(np.array([0.0, 1.0, rng.uniform(0.5, 1.6)]))
    rays = shell.rays.reshape(-1, 3)
    towards = np.arccos(np.clip(unit(points - skull.centre) @ behind, -1, 1))
    # Above the bands folds run to where the cloth is gathered.
    second = np.cross(behind, [1.0, 0.0, 0.0])
    ridge = _folds(rng, np.arctan2(rays[:, 0], rays @ second), 9, 1.2) * np.clip(towards / 0.4, 0, 1)
    bound = np.clip((0.052 - line) / 0.004, 0, 1)
    slant = 0.35 + (line + 0.010 * np.sin(shell.around.ravel() + rng.uniform(0, 6.28))) / 0.024
    puff = np.exp(-((towards / 0.72) ** 3))
    height = 0.005 + bound * (0.004 + 0.007 * _layers(slant)) + (1 - bound) * (0.003 + 0.006 * ridge)
    height = height + (0.036 + 0.024 * rng.random()) * puff * (1 - 0.7 * bound)
    points = points + height[:, None] * rays
    cloth = _finish(cut(_grid(points), line), skin, 0.005, 0.012, 0.004)
    # Tied before, a little to one side.
    facing = unit(np.array([rng.uniform(-0.45, 0.45), -0.8, 0.62]))
    near = (unit(points - skull.centre) @ facing).argmax()
    return merge([cloth, _knot(points[near] + 0.004 * facing, facing, rng.uniform(0.020, 0.028), rng)])


def _knot(middle: Floats, facing: Floats, size: float, rng: np.random.Generator) -> Mesh:
    """A twisted ring of cloth, as where two ends are wound round each other and tucked in."""
    turn = np.linspace(0, 2 * np.pi, 40, endpoint=False)[None]
    tube = np.linspace(0, 2 * np.pi, 17)[:, None]
    across = unit(np.cross(facing, [0.0, 0.0, 1.0]))
    above = np.cross(across, facing)
    twist = 1 + 0.22 * np.cos(3 * (tube + 1.5 * turn) + rng.uniform(0, 6.28))
    ring = 0.55 * size + 0.5 * size * twist * np.cos(tube)
    rows = (
        middle
        + (1.25 * ring * np.cos(turn))[..., None] * across
        + (0.85 * ring * np.sin(turn))[..., None] * above
        + (0.55 * size * twist * np.sin(tube) + 0.25 * size)[..., None] * facing
    )
    return strip(rows)
