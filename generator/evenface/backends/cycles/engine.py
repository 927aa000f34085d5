"""The Cycles backend: an identity, a tone and a shot come in, a finished frame goes out. One Blender, kept, for each worker."""

from __future__ import annotations

from dataclasses import dataclass, replace
from io import BytesIO
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from threadpoolctl import threadpool_limits

from evenface.backends.cycles.camera import SENSOR_MM, View, as_points, build_view
from evenface.backends.cycles.eyes import build_eyeball, shaded, turned
from evenface.backends.cycles.hair import (
    Strands,
    build_brows,
    build_facial_hair,
    build_hair,
    build_lashes,
    scalp_shade,
)
from evenface.backends.cycles.head import HeadModel, build_head, express, eye_centres, eye_radius, load_head_model
from evenface.backends.cycles.light import backdrop, build_light, developed
from evenface.backends.cycles.pigment import Pigments, calibrated
from evenface.backends.cycles.scatter import scattered
from evenface.backends.cycles.scene import Stage
from evenface.backends.cycles.skin import beard_shade, build_face_map, build_skin
from evenface.backends.cycles.wardrobe import build_clothing, build_covering
from evenface.records import Frame, Hair, Identity, Shot
from evenface.vocabulary import Tone

__all__ = ["Cycles"]

Floats = NDArray[np.float32]
LAMP = np.array([-0.29, -0.87, 0.40])
"""Where the lamp stands that is mirrored in the eyes, seen from the face in the camera's axes: above, beside the camera."""
_SOLID = ("teeth_upper", "teeth_lower", "tongue")


@dataclass(frozen=True, slots=True)
class _Body:
    """What of a person does not change from shot to shot, and is the same for a whole family of a crossed design."""

    neutral: Floats
    hair: Strands | None
    brows: Strands
    lashes: Strands
    beard: Strands | None


class Cycles:
    """Render with Blender's Cycles on the CPU.

    Args:
        pigments: Replaces the calibrated pigments, tone by name; for the program that calibrates.
    """

    def __init__(self, pigments: dict[str, Pigments] | None = None) -> None:
        # The sums of a matrix product depend on how many threads share it, and so would vertices and pictures.
        self._one_thread = threadpool_limits(1, user_api="blas")
        self._pigments = pigments or calibrated()
        self._model: HeadModel = load_head_model()
        self._face = build_face_map(self._model)
        self._stage = Stage()
        self._expressed: Floats = np.zeros((0, 3), np.float32)
        self._body_of: tuple[Any, ...] | None = None
        self._skin_of: tuple[Any, ...] | None = None
        self._posed: tuple[Any, ...] | None = None
        self._clothed: tuple[Any, ...] | None = None
        # Every part as a mesh of its own: vertex numbers in the fine array, and faces over them.
        self._parts = {part: np.unique(faces, return_inverse=True) for part, faces in self._model.part_faces_fine.items()}

    def use_pigments(self, pigments: dict[str, Pigments]) -> None:
        """Replace the pigments of the tones; for the program that calibrates them."""
        self._pigments, self._skin_of = pigments, None

    def render(self, identity: Identity, tone: Tone, shot: Shot) -> Frame:
        """Render one picture; the same arguments give the same bytes whatever was rendered before."""
        self._become(identity)
        self._colour(identity, tone)
        points = self._pose(shot)
        self._dress(shot)
        middle = self._model.landmark_points(self._body.neutral)[[27, 8]].mean(axis=0)
        view = build_view(shot, middle.astype(np.float64))
        self._stage.set_view(view)
        x, y, z = view.rotation.T @ LAMP
        self._stage.set_material("eye", lamp=(float(x), float(y), float(z)))
        self._stage.set_light(build_light(shot, view))
        radiance, albedo, marks = self._stage.render(shot.samples, shot.seed)
        radiance64 = radiance.astype(np.float64)
        pixel = shot.camera_distance_m * SENSOR_MM / shot.focal_length_mm / shot.size_px
        lit = scattered(radiance64[..., :3], albedo.astype(np.float64), marks[..., 2].astype(np.float64), pixel)
        return self._frame(shot, view, points, np.concatenate([lit, radiance64[..., 3:]], axis=-1), marks)

    def _become(self, identity: Identity) -> None:
        key = (
            identity.head,
            identity.age_years,
            identity.hair,
            identity.brows,
            identity.eyes,
            identity.facial_hair,
            identity.makeup,
        )
        if key == self._body_of:
            return
        model, stage = self._model, self._stage
        neutral = build_head(model, identity.head, identity.age_years)
        self._body = _Body(
            neutral,
            build_hair(model, neutral, identity.hair),
            build_brows(model, neutral, identity.brows),
            _thickened(build_lashes(model, neutral, identity.eyes), identity.makeup.mascara),
            build_facial_hair(model, neutral, identity.facial_hair),
        )
        _show(stage, "hair", self._body.hair, "hair")
        covering = build_covering(model, neutral, identity.hair)
        stage.set_mesh("covering", *((covering.vertices, covering.faces) if covering else (neutral, None)), material="covering")
        stage.set_material("covering", colour=identity.hair.covering)
        _dye(stage, identity)
        self._eye_radius = float(eye_radius(model, neutral))
        self._eyeball = build_eyeball(identity.eyes, self._eye_radius)
        self._body_of, self._skin_of, self._posed, self._clothed = key, None, None, None

    def _colour(self, identity: Identity, tone: Tone) -> None:
        key = (tone.name, identity.complexion, identity.makeup)
        if key == self._skin_of:
            return
        model, neutral = self._model, self._body.neutral
        scalp = np.clip(scalp_shade(model, neutral, identity.hair, at=model.subdivide(neutral)), 0, 1)
        beard = beard_shade(self._face, identity.facial_hair)
        self._skin = build_skin(self._face, identity, self._pigments[tone.name], scalp=scalp, beard=beard)
        self._stage.set_material("skin", relief=self._skin.relief_m)
        self._stage.set_detail(self._skin.detail)
        self._skin_of, self._posed = key, None

    def _pose(self, shot: Shot) -> Floats:
        """Set expression and gaze; return the expressed vertices."""
        key = (shot.action_units, shot.gaze_yaw_degrees, shot.gaze_pitch_degrees)
        if key == self._posed:
            return self._expressed
        model, stage, body = self._model, self._stage, self._body
        points = express(model, body.neutral, shot.action_units)
        fine = model.subdivide(points)
        rows, faces = self._parts["skin"]
        skin = self._skin
        shaped = faces.reshape(-1, 4).astype(np.int32)
        stage.set_mesh(
            "skin",
            fine[rows],
            shaped,
            material="skin",
            colour=skin.colour[rows],
            roughness=skin.roughness[rows],
            shine=skin.shine[rows],
            place=self._face.place[rows],
            marks=skin.marks[rows],
        )
        for part in _SOLID:
            rows, faces = self._parts[part]
            stage.set_mesh(
                part, fine[rows], faces.reshape(-1, 4).astype(np.int32), material="tongue" if part == "tongue" else "teeth"
            )
        ball = turned(self._eyeball.vertices, shot.gaze_yaw_degrees, shot.gaze_pitch_degrees)
        colour = shaded(ball, self._eyeball.colour, self._eye_radius)
        for side, centre in zip(("left", "right"), eye_centres(model, points), strict=True):
            stage.set_mesh(f"eye_{side}", ball + centre, self._eyeball.faces, material="eye", colour=colour)
        for name, strands in (("brow", body.brows), ("lash", body.lashes), ("beard", body.beard)):
            _show(stage, name, strands.follow(body.neutral, points) if strands else None, "brow" if name == "beard" else name)
        self._posed, self._expressed = key, points
        return points

    def _dress(self, shot: Shot) -> None:
        if self._clothed != (shot.clothing,):
            cloth = build_clothing(self._model, self._body.neutral, shot.clothing)
            self._stage.set_mesh("cloth", cloth.vertices, cloth.faces.astype(np.int32), material="cloth")
            self._clothed = (shot.clothing,)
        self._stage.set_material("cloth", colour=shot.clothing_rgb)

    def _frame(self, shot: Shot, view: View, points: Floats, radiance: NDArray[np.float64], marks: Floats) -> Frame:
        alpha = np.clip(radiance[..., 3:], 0, 1)
        picture = developed(radiance[..., :3] + (1 - alpha) * backdrop(shot, view), shot.exposure_ev)
        mask = np.where(marks[..., 0] > 0.85, 128, 0).astype(np.uint8)
        mask[(marks[..., 1] > 0.85) & (mask > 0)] = 255
        places = view.project(self._model.landmark_points(points).astype(np.float64))
        eyes = [places[36:42].mean(axis=0), places[42:48].mean(axis=0)]
        low, high = places.min(axis=0), places.max(axis=0)
        five = as_points(np.stack([*eyes, places[30], places[48], places[54]]))
        return Frame(
            _png(picture),
            _png(mask),
            as_points(places),
            five,
            (float(low[0]), float(low[1]), float(high[0] - low[0]), float(high[1] - low[1])),
        )


def _show(stage: Stage, name: str, strands: Strands | None, material: str) -> None:
    stage.set_strands(name, *((strands.points, strands.radii) if strands else (None, None)), material=material)


def _thickened(lashes: Strands, mascara: float) -> Strands:
    return replace(lashes, radii=lashes.radii * np.float32(1 + 0.9 * mascara))


def _dye(stage: Stage, identity: Identity) -> None:
    hair, brows = identity.hair, identity.brows
    stage.set_material("hair", melanin=_melanin(hair), redness=hair.redness)
    stage.set_material(
        "brow",
        melanin=float(np.clip(_melanin(hair) + 0.12 + 0.15 * brows.shade + 0.25 * identity.makeup.brow_pencil, 0.1, 1)),
        redness=hair.redness,
    )
    stage.set_material("lash", melanin=0.95, redness=0.0)
    shade = identity.eyes.tooth_shade
    stage.set_material("teeth", colour=(0.64 - 0.10 * shade, 0.61 - 0.17 * shade, 0.55 - 0.25 * shade))
    stage.set_material("tongue", colour=(0.24, 0.080, 0.075))


def _melanin(hair: Hair) -> float:
    """White hairs hold none; the head's mean is what a picture of this size shows."""
    return float(hair.melanin * (1 - 0.9 * hair.grey))


def _png(pixels: NDArray[np.uint8]) -> bytes:
    held = BytesIO()
    Image.fromarray(pixels).save(held, "PNG", compress_level=6)
    return held.getvalue()
