"""Where hair grows: the frame of one head, its hairline, roots drawn on the scalp, and the distance to the skin.

``Scalp`` is what every hair style starts from: one head and one record of its hair.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray
from scipy.interpolate import PchipInterpolator

from evenface.backends.cycles.hair.field import Field, build_field
from evenface.backends.cycles.hair.field import add_shield as with_shield
from evenface.backends.cycles.hair.strands import Floats, Ints, Roots, unit
from evenface.backends.cycles.head import HeadModel
from evenface.records import Hair
from evenface.rng import rng_for

__all__ = ["EDGE", "Hairline", "Scalp", "Skull", "draw_roots", "measure_skull", "sample_hairline", "thin_out"]

# Hairlines as heights over the eyes (metres, on a head 122 mm high there) against the angle round the head seen from the
# ear's root: 0 is the middle of the forehead, 90 the ear, 180 the nape.
_ANGLES = (0, 18, 34, 46, 56, 64, 71, 78, 84, 89, 96, 106, 114, 124, 136, 155, 180)
_HAIRLINES: dict[str, tuple[float, ...]] = {
    "full": (71, 72, 72, 65, 46, 32, 17, -4, -18, -10, 19, 8, -20, -44, -58, -66, -68),
    "receding": (84, 90, 100, 95, 73, 47, 29, 3, -16, -10, 19, 8, -20, -44, -58, -66, -68),
    "fringe": (140, 140, 140, 135, 120, 78, 36, 14, -10, -8, 19, 8, -20, -44, -58, -66, -68),
}


@dataclass(frozen=True, slots=True)
class Skull:
    """The frame of one head: origin between the eyes, x to the person's left, y back, z up."""

    ear_y: float
    """Where the ear's root lies behind the eyes."""
    top: float
    """Height of the crown over the eyes."""
    back: float
    side: float
    """Half the breadth above the ears."""
    chin: float
    """Height of the chin (negative)."""
    front: float
    """y of the forehead."""
    brow: float
    """Height of the brows at their highest."""
    temple: float
    """y of the outer ends of the brows."""
    brows: float
    """Half the distance between the outer ends of the brows."""

    @property
    def centre(self) -> Floats:
        """A point inside from which the skull looks like a ball."""
        return np.array([0.0, (self.front + self.back) / 2, 0.25 * self.top])

    @property
    def crown(self) -> Floats:
        """The whorl from which hair turns outwards."""
        return np.array([0.0, self.front + 0.72 * (self.back - self.front), self.top])


@dataclass(frozen=True, slots=True)
class Hairline:
    """Heights of the border of the hair by angle round the head; left and right differ a little."""

    angles: Floats
    left: Floats
    right: Floats
    bald_spot: float = 0.0
    """Radius of bare skin at the whorl, metres."""
    ceiling: float = 1.0
    """Height over the eyes above which nothing grows; it falls a little towards the back."""

    def rise(self, skull: Skull, points: Floats) -> Floats:
        """Return metres above the hairline, negative on bare skin."""
        angle = np.degrees(np.arctan2(np.abs(points[..., 0]), skull.ear_y - points[..., 1]))
        border = np.where(points[..., 0] > 0, np.interp(angle, self.angles, self.left), np.interp(angle, self.angles, self.right))
        rise = points[..., 2] - border
        if self.bald_spot:
            # Round the bare spot hair comes back slowly.
            rise = np.minimum(rise, 0.3 * (np.linalg.norm(points - skull.crown, axis=-1) - self.bald_spot))
        if self.ceiling < 1:
            rise = np.minimum(rise, 0.22 * (self.ceiling - 0.1 * (points[..., 1] - skull.ear_y) - points[..., 2]))
        return np.asarray(rise)


def measure_skull(model: HeadModel, vertices: Floats) -> Skull:
    """Read the frame off a person's neutral vertices."""
    skin = vertices[model.parts["skin"]]
    ears = vertices[model.regions["ears"] > 0.5]
    band = skin[(skin[:, 2] > 0.02) & (skin[:, 2] < 0.07)]
    middle = skin[(np.abs(skin[:, 0]) < 0.012) & (skin[:, 1] < 0.02)]
    marks = model.landmark_points(vertices)
    return Skull(
        ear_y=float(np.quantile(ears[:, 1], 0.1)),
        top=float(skin[:, 2].max()),
        back=float(band[:, 1].max()),
        side=float(np.abs(band[:, 0]).max()),
        chin=float(marks[8, 2]),
        front=float(middle[middle[:, 2] > 0.02][:, 1].min()),
        brow=float(marks[17:27, 2].max()),
        temple=float(marks[[17, 26], 1].max()),
        brows=float(np.abs(marks[[17, 26], 0]).max()),
    )


def sample_hairline(rng: np.random.Generator, skull: Skull, kind: str, hair: Hair) -> Hairline:
    """Draw a person's hairline after their record, with two sides that the seed makes a little uneven."""
    angles = np.arange(0.0, 181.0, 2.0)
    knots = np.array(_HAIRLINES[kind]) / 1000
    scale = np.where(knots > 0, skull.top / 0.122, 1.0)
    base = PchipInterpolator(_ANGLES, knots * scale)(angles)
    front = np.interp(angles, (0, 50, 75), (1.0, 0.8, 0.0))
    deep = hair.corners * (0.021 if hair.corners > 0 else 0.010)
    corner = np.exp(-(((angles - rng.uniform(31, 40)) / rng.uniform(9, 13)) ** 2))
    peak = np.exp(-((angles / rng.uniform(7, 12)) ** 1.6))
    base = base + front * 0.012 * hair.hairline + corner * deep - peak * 0.012 * hair.peak
    # The point of hair that juts out at the temple, and the burn before the ear.
    base = base - np.exp(-(((angles - 60) / 7) ** 2)) * rng.uniform(-0.006, 0.012)
    burn = 0.012 - 0.044 * hair.sideburns
    base = base + np.exp(-(((angles - rng.uniform(80, 83)) / 5.5) ** 4)) * burn
    sides = []
    for _ in range(2):
        wobble = np.interp(angles, np.linspace(0, 180, 61), rng.normal(0, 0.0011 + 0.0012 * hair.softness, 61))
        wobble[:3] = 0
        sides.append(base + wobble + _waves(rng, angles))
    spot = float(rng.uniform(0.0, 0.045)) if kind == "receding" else 0.0
    ceiling = skull.top * float(rng.uniform(0.25, 0.62)) if kind == "fringe" else 1.0
    return Hairline(angles, sides[0], sides[1], spot, ceiling)


def _waves(rng: np.random.Generator, angles: Floats) -> Floats:
    """Return slow bends of a hairline over forehead and temples, metres; none at the ears and behind."""
    orders = np.arange(2, 8)
    waves = np.cos(np.outer(angles, orders) * np.pi / 90) * (rng.normal(0, 0.0034, len(orders)) / np.sqrt(orders))
    return np.asarray(waves.sum(1) * np.interp(angles, (0, 60, 80), (1.0, 1.0, 0.0)))


def draw_roots(
    rng: np.random.Generator, vertices: Floats, quads: Ints, candidates: int, weight: Floats | None = None
) -> tuple[Roots, Floats, Floats]:
    """Spread ``candidates`` roots evenly over ``quads`` (or by ``weight`` per quad); gives roots, points and normals."""
    corner = vertices[quads]
    turned = np.cross(corner[:, 2] - corner[:, 0], corner[:, 3] - corner[:, 1])
    share = np.linalg.norm(turned, axis=1) * (1.0 if weight is None else weight)
    edge = np.cumsum(share) / share.sum()
    place = (np.arange(candidates) + rng.random(candidates)) / candidates
    chosen = np.minimum(np.searchsorted(edge, place), len(quads) - 1)
    u, v = rng.random((2, candidates))
    weights = np.stack([(1 - u) * (1 - v), u * (1 - v), u * v, (1 - u) * v], 1)
    roots = Roots(quads[chosen].astype(np.int64), weights)
    return roots, roots.points(vertices), unit(turned[chosen])


def thin_out(rng: np.random.Generator, keep: NDArray[np.bool_], most: int) -> NDArray[np.bool_]:
    """Keep at most ``most`` of the chosen, picked evenly."""
    chosen = np.flatnonzero(keep)
    kept = np.zeros_like(keep)
    kept[rng.permutation(chosen)[:most]] = True
    return kept


EDGE = 0.008
"""Metres over which hair thins out to the hairline."""


class Scalp:
    """One head made ready for hair. Chance is keyed by the record's seed and the name of what is drawn."""

    def __init__(self, model: HeadModel, vertices: Floats, hair: Hair, hairline: str = "full") -> None:
        self.model = model
        self.vertices = vertices
        self.hair = hair
        self.skull: Skull = measure_skull(model, vertices)
        self.hairline: Hairline = sample_hairline(self.rng("hairline"), self.skull, hairline, hair)
        quads = model.part_faces["skin"]
        high = vertices[quads].mean(1)
        # The hairline may lie lower than the model's scalp, which is that of the mean head.
        areas = np.maximum.reduce([model.regions[name] for name in ("scalp", "forehead", "temples")])
        # The burns before the ears grow where a beard does.
        areas = np.maximum(areas, model.regions["beard"] * (np.abs(vertices[:, 0]) > 0.045))
        bare = np.maximum(model.regions["ears"], model.regions["eyelids"])[quads].max(1) > 0.5
        # The throat behind the mouth is skin too.
        throat = (np.abs(high[:, 0]) < 0.04) & (high[:, 2] < 0) & (high[:, 1] < self.skull.ear_y + 0.03)
        self._quads = quads[(high[:, 2] > self.skull.chin) & (areas[quads].max(1) > 0) & ~bare & ~throat]
        # Hairs are many where they are fine: a few alone on the skin would look drawn with a pen.
        middle = vertices[self._quads].mean(1)
        near = np.exp(-(((self.rise(middle) - 0.004) / 0.010) ** 2)) * (middle[:, 1] < self.skull.ear_y)
        self._crowd: Floats = np.asarray(1 + 1.6 * near)

    def rng(self, name: str) -> np.random.Generator:
        return rng_for(self.hair.seed, "hair", name)

    def fineness(self, points: Floats) -> Floats:
        """Return the ratio of the breadth of hairs to that of full hair: finer towards the hairline (S,)."""
        return np.asarray(np.interp(self.rise(points), (0.0, 0.006, 0.018), (0.34, 0.50, 1.0)))

    def youth(self, points: Floats) -> Floats:
        """Return the ratio of the length of hairs to that of full hair over forehead and temples: short at its edge (S,)."""
        front = np.clip((self.skull.ear_y - points[:, 1]) / 0.03, 0, 1)
        return np.asarray(1 - front * (1 - np.interp(self.rise(points), (-0.002, 0.005, 0.018), (0.30, 0.45, 1.0))))

    def rise(self, points: Floats) -> Floats:
        return self.hairline.rise(self.skull, points)

    def cover(self, points: Floats) -> Floats:
        """Return the share of full hair at places of the skin, 0 to 1: soft at the hairline."""
        share = np.clip(self.rise(points) / (EDGE * (0.6 + 1.3 * self.hair.softness)), 0, 1)
        return np.asarray(share * share * (3 - 2 * share))

    def roots(
        self, rng: np.random.Generator, number: int, where: Callable[[Floats], Floats] | None = None
    ) -> tuple[Roots, Floats, Floats]:
        """Draw at most ``number`` roots, points and normals: fewer with lower density, thinner towards the hairline.

        Args:
            where: The share of hairs wanted at places of the skin, 0 to 1; the number is that of the whole scalp.
        """
        roots, points, normals = draw_roots(rng, self.vertices, self._quads, int(number * 1.35), self._crowd)
        # No root keeps to a line.
        strayed = points + rng.normal(0, 0.0012 + 0.0016 * self.hair.softness, points.shape)
        wanted = self.cover(strayed) * self.hair.density * (1.0 if where is None else where(points))
        keep = rng.random(len(points)) < wanted
        keep = thin_out(rng, keep, number)
        return roots.select(keep), points[keep], normals[keep]

    def strip_roots(
        self, rng: np.random.Generator, number: int, where: Callable[[Floats], Floats]
    ) -> tuple[Roots, Floats, Floats]:
        """Draw ``number`` roots by ``where`` alone, 0 to 1, over the scalp and the skin beside it."""
        share = where(self.vertices[self._quads].mean(1))
        near = share > 0.01
        roots, points, normals = draw_roots(rng, self.vertices, self._quads[near], 3 * number)
        keep = thin_out(rng, rng.random(len(points)) < where(points), number)
        return roots.select(keep), points[keep], normals[keep]

    @cache  # noqa: B019 - one Scalp lives as long as one head's hair is built
    def field(self, shielded: bool = False) -> Field:
        if not shielded:
            return build_field(self.vertices, self.model.part_faces["skin"])
        skull = self.skull
        edge = float(self.hairline.left[0]) - 0.004
        # Some hair hangs before the ears and the cheeks, some behind.
        drape = self.rng("drape").uniform(0.030, 0.050)
        return with_shield(self.field(), skull.front, skull.ear_y - drape, edge, skull.chin - 0.01)
