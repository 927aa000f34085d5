"""What every hair style starts from: one head, one record of its hair, roots, and the distance to the skin."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

import numpy as np

from evenface.backends.cycles.hair.field import Field, build_field
from evenface.backends.cycles.hair.field import shielded as with_shield
from evenface.backends.cycles.hair.skull import Hairline, Skull, draw_roots, measure_skull, sample_hairline, thin_out
from evenface.backends.cycles.hair.strands import Floats, Roots
from evenface.backends.cycles.head import HeadModel
from evenface.records import Hair
from evenface.rng import rng_for

__all__ = ["EDGE", "Ground"]

EDGE = 0.008
"""Metres over which hair thins out to the hairline."""


class Ground:
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
        """Ratio of the breadth of hairs to that of full hair: finer towards the hairline (S,)."""
        return np.asarray(np.interp(self.rise(points), (0.0, 0.006, 0.018), (0.34, 0.50, 1.0)))

    def youth(self, points: Floats) -> Floats:
        """Ratio of the length of hairs to that of full hair over forehead and temples: short along the hairline (S,)."""
        front = np.clip((self.skull.ear_y - points[:, 1]) / 0.03, 0, 1)
        return np.asarray(1 - front * (1 - np.interp(self.rise(points), (-0.002, 0.005, 0.018), (0.30, 0.45, 1.0))))

    def rise(self, points: Floats) -> Floats:
        return self.hairline.rise(self.skull, points)

    def cover(self, points: Floats) -> Floats:
        """Share of full hair at places of the skin, 0 to 1: soft at the hairline."""
        share = np.clip(self.rise(points) / (EDGE * (0.6 + 1.3 * self.hair.softness)), 0, 1)
        return np.asarray(share * share * (3 - 2 * share))

    def roots(
        self, rng: np.random.Generator, number: int, where: Callable[[Floats], Floats] | None = None
    ) -> tuple[Roots, Floats, Floats]:
        """At most ``number`` roots, points and normals: fewer with lower density, thinner towards the hairline.

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
        """``number`` roots spread by ``where`` alone, 0 to 1, over the scalp and the skin beside it."""
        share = where(self.vertices[self._quads].mean(1))
        near = share > 0.01
        roots, points, normals = draw_roots(rng, self.vertices, self._quads[near], 3 * number)
        keep = thin_out(rng, rng.random(len(points)) < where(points), number)
        return roots.select(keep), points[keep], normals[keep]

    @cache  # noqa: B019 - one Ground lives as long as one head's hair is built
    def field(self, shielded: bool = False) -> Field:
        if not shielded:
            return build_field(self.vertices, self.model.part_faces["skin"])
        skull = self.skull
        edge = float(self.hairline.left[0]) - 0.004
        # Some hair hangs before the ears and the cheeks, some behind.
        drape = self.rng("drape").uniform(0.030, 0.050)
        return with_shield(self.field(), skull.front, skull.ear_y - drape, edge, skull.chin - 0.01)
