"""Hair gathered into ropes: locs, box braids, and cornrows along the scalp."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from scipy.spatial import cKDTree

from evenface.backends.cycles.hair.growth import flow_from_parting, grow, sides_of
from evenface.backends.cycles.hair.long import spread
from evenface.backends.cycles.hair.scalp import Scalp, Skull
from evenface.backends.cycles.hair.strands import Floats, Ints, Strands, frames, frizz, resample, taper, unit

__all__ = ["braids", "cornrows", "locs", "locs_short", "twists"]


def locs(scalp: Scalp) -> Strands:
    """Grow round ropes of matted hair, from the jaw to the chest."""
    rng = scalp.rng("locs")
    return _twist(scalp, rng, rng.uniform(0.0030, 0.0042), 0.27 * scalp.hair.length, 44)


def locs_short(scalp: Scalp) -> Strands:
    """Grow locs that end between the brows and the jaw, and stand off the head before they fall."""
    rng = scalp.rng("locs_short")
    return _twist(scalp, rng, rng.uniform(0.0028, 0.0038), rng.uniform(0.07, 0.13) * scalp.hair.length, 30, proud=0.012)


def twists(scalp: Scalp) -> Strands:
    """Grow thin two-strand twists of four to nine centimetres all over."""
    rng = scalp.rng("twists")
    return _twist(scalp, rng, rng.uniform(0.0022, 0.0030), rng.uniform(0.035, 0.09) * scalp.hair.length, 26, proud=0.016)


def _twist(scalp: Scalp, rng: np.random.Generator, width: float, length: float, count: int, proud: float = 0.0) -> Strands:
    roots, start, normals = scalp.roots(rng, 3600 if count > 40 else 4600)
    centres, which, gap = _sections(rng, start, int(185 * 0.0036 / width))
    path = _ropes(scalp, rng, start[centres], normals[centres], length, width, count, proud)
    twist = _lengths(path) * (2 * np.pi / 0.022)
    phase = rng.uniform(0, 2 * np.pi, len(start))
    depth = width * np.sqrt(rng.uniform(0.25, 1.0, len(start)))
    angle = twist[which] + phase[:, None]
    # Locs are uneven along their length.
    bumps = resample(rng.uniform(0.75, 1.2, (len(path), 9, 1)), count)[..., 0][which]
    points = _around(path, which, np.cos(angle) * depth[:, None] * bumps, np.sin(angle) * depth[:, None] * bumps)
    points = frizz(points, np.full(len(points), 0.0012), rng, rough=14)
    keep = gap > 0.0012
    points = _gather(points, path, which, start)[keep]
    return Strands(
        points.astype(np.float32),
        taper(count, len(points), 0.0008 if count > 40 else 0.0006, tip=0.6),
        "hair",
        roots.select(keep),
    )


def braids(scalp: Scalp) -> Strands:
    """Grow box braids with square partings."""
    rng = scalp.rng("braids")
    width = rng.uniform(0.0026, 0.0036)
    count = 84
    roots, start, normals = scalp.roots(rng, 2150)
    centres, which, gap = _sections(rng, start, int(170 * 0.0031 / width))
    path = _ropes(scalp, rng, start[centres], normals[centres], 0.31 * scalp.hair.length, width, count)
    across, over = _weave(rng, _lengths(path)[which], width, len(start))
    keep = (gap > 0.0016) & (np.bincount(which, minlength=len(path))[which] >= 7)
    points = _gather(_around(path, which, across, over), path, which, start)[keep]
    return Strands(points.astype(np.float32), taper(count, len(points), 0.00062, tip=0.7), "hair", roots.select(keep))


def _weave(rng: np.random.Generator, along: Floats, width: float, number: int) -> tuple[Floats, Floats]:
    """Weave three strands over each other: offsets across and out of the plait at the lengths ``along`` (S, K)."""
    third = rng.integers(0, 3, number)
    turn = along * (2 * np.pi / (5.4 * width)) + (third * 2 * np.pi / 3)[:, None]
    lobe = rng.normal(0, 0.20 * width, (2, number, 1))
    return width * np.sin(turn) + lobe[0], 0.55 * width * np.sin(2 * turn) + lobe[1]


def _sections(rng: np.random.Generator, start: Floats, wanted: int) -> tuple[Ints, Ints, Floats]:
    """Part the scalp: the roots that ropes start from, the rope of every root, and how far each is from a parting."""
    centres = spread(rng, len(start), wanted)
    for _ in range(3):
        # Even out the sections.
        which = cKDTree(start[centres]).query(start)[1]
        size = np.bincount(which, minlength=len(centres))[:, None]
        middle = np.stack([np.bincount(which, start[:, i], len(centres)) for i in range(3)], 1) / np.maximum(size, 1)
        centres = cKDTree(start).query(middle)[1]
    apart, which = cKDTree(start[centres]).query(start, k=2)
    return centres, which[:, 0].astype(np.int64), apart[:, 1] - apart[:, 0]


def _ropes(
    scalp: Scalp,
    rng: np.random.Generator,
    start: Floats,
    normals: Floats,
    length: float,
    width: float,
    count: int,
    proud: float = 0.0,
) -> Floats:
    """Return middle lines of ropes that leave the scalp, turn and hang, in layers."""
    skull, hair = scalp.skull, scalp.hair
    sides = sides_of(skull, start, hair.parting)
    height = np.clip(scalp.rise(start) / 0.13, 0, 1)
    path = grow(
        scalp.field(shielded=True),
        start,
        normals,
        flow_from_parting(skull, sides, back=0.45 + 0.5 * scalp.rng("back").random()),
        length * rng.uniform(0.85, 1.0, len(start)),
        width + (0.018 * scalp.hair.volume * height + proud) * rng.uniform(0.5, 1.2, len(start)),
        steps=30,
        gravity=0.45 if not proud else 0.25,
        lift=1.0 if not proud else 2.0,
    )
    path = frizz(path, np.full(len(path), 0.006), rng, rough=6)
    path = scalp.field(shielded=True).clear(path, np.minimum(width, np.linspace(0, 0.02, 30))[None])
    return resample(path, count)


def _lengths(path: Floats) -> Floats:
    step = np.linalg.norm(np.diff(path, axis=1), axis=2)
    return np.concatenate([np.zeros((len(path), 1)), np.cumsum(step, 1)], 1)


def _around(path: Floats, which: Ints, across: Floats, over: Floats) -> Floats:
    _, first, second = frames(path)
    return np.asarray(path[which] + across[..., None] * first[which] + over[..., None] * second[which])


def _gather(points: Floats, path: Floats, which: Ints, start: Floats) -> Floats:
    """Let every strand begin at its own root and join its rope within about a centimetre and a half."""
    along = _lengths(path)[which]
    join = np.exp(-((along / 0.011) ** 1.5))[..., None]
    return np.asarray(points * (1 - join) + (start[:, None] + (path[which] - path[which][:, :1])) * join)


def cornrows(scalp: Scalp) -> Strands:
    """Grow rows from the forehead back; each hair joins its row where it grows and runs on in it for a while."""
    rng = scalp.rng("cornrows")
    width, count, reach = 0.0040, 26, 0.050
    roots, start, _ = scalp.roots(rng, 5200)
    field = scalp.field()
    rows = _rows(scalp.skull, field.distance, int(rng.integers(9, 14)))
    lift = field.outward(rows)
    flat = rows.reshape(-1, 3)
    apart, near = cKDTree(flat).query(start)
    row, place = np.divmod(near, rows.shape[1])
    keep = apart < 0.42 * _spacing(rows)[near]
    along = _lengths(rows)
    # Places along the row by length: from where the hair joins to ``reach`` further, at most to the row's end.
    wanted = along[row, place][:, None] + np.linspace(0, reach, count)[None]
    wanted = np.minimum(wanted, along[row, -1][:, None])
    step = (wanted / along[:, -1][row][:, None]) * (rows.shape[1] - 1)
    low = np.clip(step.astype(int), 0, rows.shape[1] - 2)
    rest = (step - low)[..., None]
    middle = rows[row[:, None], low] * (1 - rest) + rows[row[:, None], low + 1] * rest
    out = lift[row[:, None], low]
    tangent = unit(rows[row[:, None], low + 1] - rows[row[:, None], low])
    across, over = _weave(rng, wanted, width, len(start))
    aside = np.cross(out, tangent)
    points = middle + across[..., None] * aside + (over + 0.75 * width)[..., None] * out
    join = np.exp(-((np.linspace(0, reach, count) / 0.006) ** 1.5))[None, :, None]
    points = field.clear((points * (1 - join) + start[:, None] * join)[keep], np.minimum(0.0015, 0.01 * (1 - join[..., 0])))
    return Strands(points.astype(np.float32), taper(count, len(points), 0.00055, tip=0.8), "hair", roots.select(keep))


def _rows(skull: Skull, distance: Callable[[Floats], Floats], number: int) -> Floats:
    """Return lines over the skull from the forehead to the nape, (number, 90, 3), found by walking in from outside."""
    lean = np.radians(np.linspace(-78, 78, number))[:, None]
    sweep = np.radians(np.linspace(12, 205, 90))[None]
    ray = np.stack(np.broadcast_arrays(np.sin(lean), -np.cos(lean) * np.cos(sweep), np.cos(lean) * np.sin(sweep)), -1)
    points = skull.centre + 0.14 * ray
    for _ in range(12):
        points = points - ray * distance(points)[..., None]
    return np.asarray(points)


def _spacing(rows: Floats) -> Floats:
    """Return the distance to the next row at every place of ``rows``, flat."""
    gap = np.linalg.norm(np.diff(rows, axis=0), axis=2)
    nearest = np.minimum(np.concatenate([gap[:1], gap]), np.concatenate([gap, gap[-1:]]))
    return np.asarray(np.maximum(nearest, 0.006).ravel())
