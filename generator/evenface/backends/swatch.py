"""Flat ovals in place of people, for tests and dry runs: the skin has exactly the skin colour of the tone, in 8 bits.

Everything is drawn in the face's own frame, in which the face is an ellipse of half width and half height 1 (x to the right
of the picture, y down), so that the landmarks follow the features through every pose.
"""

from __future__ import annotations

from math import cos, radians, sin

import numpy as np
from numpy.typing import NDArray

from evenface.backends import render_recipe
from evenface.backends.guide import Guide
from evenface.files.pictures import encode_png
from evenface.records import Frame, Hair, Identity, Point, Shot
from evenface.rng import rng_for
from evenface.vocabulary import Tone

__all__ = ["Swatch"]

Coordinates = tuple[NDArray[np.float64], NDArray[np.float64]]
Bits = NDArray[np.bool_]

REVISION = 2
"""Counts up when the same person and shot give other pixels, here or in what is called from here."""
SKIN, MEASURED = 128, 255
BULGE_M = 0.09
"""How far the middle of the face comes out of the plane that everything else lies in."""


class Swatch:
    """A backend that needs neither Blender nor time."""

    def __init__(self) -> None:
        self.recipe = render_recipe("swatch", REVISION, ("numpy", "pillow"))

    def render(self, identity: Identity, tone: Tone, shot: Shot) -> Frame:
        """Draw ``identity`` as an oval with hair, eyes, nose and mouth; the same arguments give the same bytes."""
        face = _Face(identity, shot)
        rows, columns = np.mgrid[0 : shot.size_px, 0 : shot.size_px] + 0.5
        picture, mask = _background(shot, rows), np.zeros(rows.shape, np.uint8)
        x, y = face.inward(columns, rows)
        for name, where in face.shapes(x, y).items():
            picture[where] = face.paint(name, tone)
            mask[where] = {"neck": SKIN, "face": SKIN, "patch": MEASURED}.get(name, 0)
        stamp = _stamp(identity, shot)
        picture[-len(stamp) :], mask[-len(stamp) :] = stamp, 0
        points = tuple(face.outward(*point) for point in face.landmarks())
        return Frame(encode_png(picture), encode_png(mask), points, _five(points), face.box())

    def guide(self, identity: Identity, tone: Tone, shot: Shot) -> Guide:
        """Draw the same picture; behind it the face is half an ellipsoid, and neck, hair and clothes are flat."""
        face = _Face(identity, shot)
        rows, columns = np.mgrid[0 : shot.size_px, 0 : shot.size_px] + 0.5
        x, y = face.inward(columns, rows)
        shapes = face.shapes(x, y)
        there = np.logical_or.reduce(list(shapes.values()))
        out = np.where(shapes["face"], BULGE_M * np.sqrt(np.clip(1 - x**2 - y**2, 0, 1)), 0.0)
        depth = np.where(there, shot.camera_distance_m - out, np.inf)
        normals = np.where(there[..., None], face.normals(x, y, out), 0.0)
        return Guide(self.render(identity, tone, shot), depth.astype(np.float32), normals.astype(np.float32))


class _Face:
    """Where a person's face lies in one shot, and its seeded proportions."""

    def __init__(self, identity: Identity, shot: Shot) -> None:
        # Keyed by the family: in a crossed design only the skin differs between tones.
        draw = rng_for(0, "swatch", identity.family_id).uniform
        self.hair, self.shot = identity.hair, shot
        self.eye_apart, self.eye_size = draw(0.34, 0.46), draw(0.09, 0.13)
        self.nose, self.mouth, self.crown = draw(0.10, 0.18), draw(0.24, 0.36), draw(0.42, 0.58)
        self.brow = 0.03 + 0.03 * identity.brows.thickness
        scale = shot.size_px * shot.focal_length_mm / 36 / shot.camera_distance_m
        self.half = (scale * draw(0.070, 0.080), scale * draw(0.100, 0.112))
        self.middle = (shot.size_px * (0.5 + shot.offset_x), shot.size_px * (0.5 + shot.offset_y))
        self.turn = (cos(radians(shot.roll_degrees)), sin(radians(shot.roll_degrees)))
        self.look = (0.6 * sin(radians(shot.yaw_degrees)), -0.6 * sin(radians(shot.pitch_degrees)))

    def inward(self, x: NDArray[np.float64], y: NDArray[np.float64]) -> Coordinates:
        """Return where pixels lie in the face's frame."""
        (c, s), dx, dy = self.turn, x - self.middle[0], y - self.middle[1]
        return (c * dx + s * dy) / self.half[0], (c * dy - s * dx) / self.half[1]

    def outward(self, x: float, y: float) -> Point:
        """Return where a point of the face's frame lies in the picture."""
        (c, s), dx, dy = self.turn, x * self.half[0], y * self.half[1]
        return self.middle[0] + c * dx - s * dy, self.middle[1] + s * dx + c * dy

    def normals(self, x: NDArray[np.float64], y: NDArray[np.float64], out: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return unit normals in the camera's axes: of the ellipsoid, ``out`` metres before the plane, or of the plane itself."""
        (c, s), metre = self.turn, self.shot.size_px * self.shot.focal_length_mm / 36 / self.shot.camera_distance_m
        # The gradient of (x / a)^2 + (y / b)^2 + (out / BULGE_M)^2, with a and b in metres.
        u, v, w = x * metre / self.half[0], y * metre / self.half[1], out / BULGE_M**2
        gradient = np.stack([c * u - s * v, -(s * u + c * v), w], axis=-1)
        steep = gradient / np.maximum(np.linalg.norm(gradient, axis=-1, keepdims=True), 1e-12)
        return np.where(out[..., None] > 0, steep, (0.0, 0.0, 1.0))

    def shapes(self, x: NDArray[np.float64], y: NDArray[np.float64]) -> dict[str, Bits]:
        """Return what is drawn, from the back to the front."""
        u, v = x - self.look[0], y - self.look[1]
        eyes = [_oval(u - side * self.eye_apart, v + 0.15, self.eye_size, 0.06) for side in (-1, 1)]
        iris = [_oval(u - side * self.eye_apart, v + 0.15, 0.05, 0.05) for side in (-1, 1)]
        brows = [_oval(u - side * self.eye_apart, v + 0.33, 0.17, self.brow) for side in (-1, 1)]
        cheeks = [_oval(u - side * 0.5, v - 0.18, 0.16, 0.12) for side in (-1, 1)]
        face = _oval(x, y, 1, 1)
        return {
            "back": _oval(x, y + 0.1, 1.12, 1.1) & (self.hair.style != "bald"),
            "clothing": _oval(x, y - 2.3, 2.1, 1.1),
            "neck": (abs(x) < 0.5) & (y > 0) & (y < 1.35),
            "face": face,
            "patch": face & (cheeks[0] | cheeks[1] | _oval(u, v + 0.42, 0.3, 0.07)),
            "crown": face & (y < -self.crown) & (self.hair.style != "bald"),
            "brows": face & (brows[0] | brows[1]),
            "whites": face & (eyes[0] | eyes[1]),
            "iris": face & (iris[0] | iris[1]),
            "nose": face & _oval(u, v - 0.18, self.nose, 0.03),
            "mouth": face & _oval(u, v - 0.5, self.mouth, 0.08),
        }

    def paint(self, name: str, tone: Tone) -> tuple[int, int, int]:
        """Return the colour of a shape; skin is the skin colour itself."""
        skin = int(tone.srgb_hex[1:], 16)
        r, g, b = skin >> 16, skin >> 8 & 255, skin & 255
        if name in ("back", "crown", "brows"):
            return _hair_colour(self.hair)
        fixed = {"clothing": _srgb8(self.shot.clothing_rgb), "whites": (235, 235, 232), "iris": (60, 45, 35)}
        shaded = {"nose": (r * 4 // 5, g * 4 // 5, b * 4 // 5), "mouth": (r * 4 // 5 + 20, g * 3 // 5, b * 3 // 5)}
        return (fixed | shaded).get(name, (r, g, b))

    def landmarks(self) -> list[Point]:
        """Return the 68 points of iBUG 300-W in the face's frame."""
        (lx, ly), eye, brow, mouth = self.look, self.eye_size, (-0.17, -0.085, 0.0, 0.085, 0.17), self.mouth
        jaw = [(-cos(radians(a)), sin(radians(a))) for a in np.linspace(0, 180, 17)]
        brows = [(side * self.eye_apart + dx, -0.33 - 0.3 * (0.17 - abs(dx)) * self.brow) for side in (-1, 1) for dx in brow]
        nose = [(0.0, -0.15 + 0.09 * i) for i in range(4)] + [(self.nose * i / 2, 0.2) for i in range(-2, 3)]
        ring = ((-1.0, 0.0), (-0.4, -0.05), (0.4, -0.05), (1.0, 0.0), (0.4, 0.05), (-0.4, 0.05))
        eyes = [(side * self.eye_apart + eye * dx, -0.15 + dy) for side in (-1, 1) for dx, dy in ring]
        outer = [(-mouth * cos(radians(30 * i)), 0.5 - 0.08 * sin(radians(30 * i))) for i in range(12)]
        inner = [(-0.7 * mouth * cos(radians(45 * i)), 0.5 - 0.03 * sin(radians(45 * i))) for i in range(8)]
        return jaw + [(px + lx, py + ly) for px, py in brows + nose + eyes + outer + inner]

    def box(self) -> tuple[float, float, float, float]:
        """Return x, y, width and height of the face from brows to chin."""
        corners = [self.outward(x, y) for x in (-1.0, 1.0) for y in (-0.45, 1.0)]
        (left, top), (right, bottom) = map(min, zip(*corners, strict=True)), map(max, zip(*corners, strict=True))
        return left, top, right - left, bottom - top


def _oval(x: NDArray[np.float64], y: NDArray[np.float64], width: float, height: float) -> Bits:
    return (x / width) ** 2 + (y / height) ** 2 <= 1


def _five(points: tuple[Point, ...]) -> tuple[Point, ...]:
    def mean(part: slice) -> Point:
        return float(np.mean([x for x, _ in points[part]])), float(np.mean([y for _, y in points[part]]))

    return mean(slice(36, 42)), mean(slice(42, 48)), points[30], points[48], points[54]


def _srgb8(linear: tuple[float, float, float]) -> tuple[int, int, int]:
    encoded = [12.92 * c if c <= 0.0031308 else 1.055 * c ** (1 / 2.4) - 0.055 for c in np.clip(linear, 0, 1).tolist()]
    r, g, b = (round(255 * c) for c in encoded)
    return r, g, b


def _hair_colour(hair: Hair) -> tuple[int, int, int]:
    light = 0.6 * (1 - hair.melanin) ** 2 + 0.01
    pigment = (light, light * (0.75 - 0.3 * hair.redness), light * (0.45 - 0.3 * hair.redness))
    r, g, b = (float(c) * (1 - hair.grey) + 0.6 * hair.grey for c in pigment)
    return _srgb8((r, g, b))


def _background(shot: Shot, rows: NDArray[np.float64]) -> NDArray[np.uint8]:
    flat = np.broadcast_to(np.array(_srgb8(shot.background_rgb), float), (*rows.shape, 3))
    if shot.background == "environment":
        sky = np.array(rng_for(0, "swatch", shot.light).uniform(0, 255, 3))
        flat = flat + (sky - flat) * (rows / shot.size_px)[..., None]
    return flat.round().astype(np.uint8)


def _stamp(identity: Identity, shot: Shot) -> NDArray[np.uint8]:
    """Return the lowest lines of the picture: 24 seeded colours, so that no two people or shots give one picture."""
    colours = rng_for(0, "swatch", "stamp", identity.family_id, shot.shot_id).integers(0, 256, (24, 3), np.uint8)
    line = colours[np.arange(shot.size_px) * 24 // shot.size_px]
    return np.broadcast_to(line, (max(1, shot.size_px // 32), *line.shape))
