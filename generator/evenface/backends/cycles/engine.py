"""The Cycles backend: renders the frame of an identity, a tone and a shot. Each worker keeps one Blender."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from evenface.backends import render_recipe
from evenface.backends.cycles.backdrop import backdrop
from evenface.backends.cycles.camera import SENSOR_MM, View, as_points, build_view, find_surfaces
from evenface.backends.cycles.eyes import build_eyeball, shade_eye, turn_eye
from evenface.backends.cycles.hair import (
    Strands,
    beard_melanin,
    beard_shade,
    brow_melanin,
    brow_shade,
    build_brows,
    build_facial_hair,
    build_hair,
    build_lashes,
    hair_melanin,
    lash_melanin,
    redness_of,
    scalp_shade,
    tie_hair,
    tint_of,
)
from evenface.backends.cycles.head import HeadModel, build_head, express, eye_centres, eye_radius, load_head_model
from evenface.backends.cycles.light import build_light
from evenface.backends.cycles.mouth import SOLID, relax_mouth, seat_teeth
from evenface.backends.cycles.photograph import compose, develop, scatter
from evenface.backends.cycles.pigment import Pigments, read_calibration
from evenface.backends.cycles.scene import Passes, Stage
from evenface.backends.cycles.skin import build_face_map, build_skin
from evenface.backends.cycles.wardrobe import (
    Cloth,
    NoseStud,
    Piece,
    Spectacles,
    Torso,
    build_clothing,
    build_covering,
    build_earrings,
    build_glasses,
    build_nose_stud,
    build_torso,
)
from evenface.backends.guide import Guide
from evenface.files.pictures import encode_png
from evenface.processor import product
from evenface.records import Frame, Identity, Shot
from evenface.records.fields import Constancy, fields_that_are
from evenface.vocabulary import Tone

__all__ = ["Cycles"]

Floats = NDArray[np.float32]
REVISION = 3
"""Counts up when the same person and shot give other pixels, here or in what is called from here."""
LAMP = np.array([-0.29, -0.87, 0.40])
"""Where the lamp stands that is mirrored in the eyes, seen from the face in the camera's axes: above, beside the camera."""
# Hair, covering and complexion are put on the finished body.
_LASTING = fields_that_are(Identity, Constancy.CONSTANT, Constancy.SHOWN_BY_SHOT)
_BODY = [name for name in _LASTING if name not in ("hair", "covering", "complexion")]


@dataclass(frozen=True, slots=True)
class _Body:
    """What does not change from shot to shot of a person, and is the same for a whole family of a crossed design."""

    neutral: Floats
    brows: Strands
    lashes: Strands
    beard: Strands | None
    glasses: Spectacles | None
    nose_stud: NoseStud | None
    torso: Torso


class Cycles:
    """Render with Blender's Cycles on the CPU.

    Args:
        pigments: Replaces the calibrated pigments, tone by name; for the program that calibrates.
    """

    def __init__(self, pigments: dict[str, Pigments] | None = None) -> None:
        # The sums of a matrix product depend on how many threads share it, and so would vertices and pictures.
        self._one_thread = threadpool_limits(1, user_api="blas")
        self._pigments = pigments or read_calibration()
        self._model: HeadModel = load_head_model()
        self._face = build_face_map(self._model)
        self._stage = Stage()
        packages = ("bpy", "numpy", "openexr", "pillow", "scipy")
        self.recipe = render_recipe("cycles", REVISION, packages, (("head model", self._model.digest),))
        self._expressed: Floats = np.zeros((0, 3), np.float32)
        self._body_of: tuple[Any, ...] | None = None
        self._haired: tuple[Any, ...] | None = None
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
        view, points = self._set(identity, tone, shot)
        return self._frame(shot, view, points, self._stage.render(shot.samples, shot.seed))

    def guide(self, identity: Identity, tone: Tone, shot: Shot) -> Guide:
        """Render one picture, byte for byte that of ``render``, and what lies behind it.

        Clothes and the frames of glasses are surfaces as the skin is, lenses are looked through, and hair has the normals of the
        shape that its strands form together.
        """
        view, points = self._set(identity, tone, shot)
        passes, surfaces = self._stage.render_surfaces(shot.samples, shot.seed)
        frame = self._frame(shot, view, points, passes)
        return Guide(frame, *find_surfaces(passes.radiance[..., 3], *surfaces, view))

    def _set(self, identity: Identity, tone: Tone, shot: Shot) -> tuple[View, Floats]:
        """Set the whole scene; return the camera and the expressed vertices."""
        identity = replace(identity, hair=tie_hair(identity.hair, tied=shot.hair_tied))
        self._become(identity)
        self._wear_hair(identity)
        self._colour(identity, tone)
        points = self._pose(shot)
        self._dress(shot)
        self._put_on(identity, shot)
        middle = self._model.landmark_points(self._body.neutral)[[27, 8]].mean(axis=0)
        view = build_view(shot, middle.astype(np.float64))
        self._stage.set_view(view)
        x, y, z = product(view.rotation.T, LAMP)
        self._stage.set_material("eye", lamp=(float(x), float(y), float(z)))
        self._stage.set_light(build_light(shot, view))
        return view, points

    def _become(self, identity: Identity) -> None:
        key = tuple(getattr(identity, name) for name in _BODY)
        if key == self._body_of:
            return
        model = self._model
        neutral = build_head(model, identity.head, identity.age_years)
        self._body = _Body(
            neutral,
            build_brows(model, neutral, identity.brows),
            _thicken(build_lashes(model, neutral, identity.eyes), identity.makeup.mascara),
            build_facial_hair(model, neutral, identity.facial_hair),
            build_glasses(model, neutral, identity.glasses),
            build_nose_stud(model, neutral, identity.jewellery),
            build_torso(model, neutral),
        )
        self._eye_radius = float(eye_radius(model, neutral))
        self._eyeball = build_eyeball(identity.eyes, self._eye_radius)
        _show_piece(self._stage, "earrings", build_earrings(model, neutral, identity.jewellery))
        self._body_of, self._haired, self._skin_of, self._posed, self._clothed = key, None, None, None, None

    def _wear_hair(self, identity: Identity) -> None:
        """Set hair and covering as they are worn, and the pigment of all hair."""
        key = (identity.hair, identity.covering)
        if key == self._haired:
            return
        model, body, hair = self._model, self._body, identity.hair
        covered = build_covering(model, body.neutral, identity.covering, build_hair(model, body.neutral, hair))
        strands = covered.hair
        _show(self._stage, "hair", strands, "hair", hair_melanin(hair, strands) if strands else 0.0)
        self._cover(identity, covered.cloth)
        self._melanin: dict[str, Floats] = {
            "brow": brow_melanin(hair, identity.brows, body.brows, pencil=identity.makeup.brow_pencil),
            "lash": lash_melanin(body.lashes),
            "beard": beard_melanin(hair, identity.facial_hair, body.beard) if body.beard else np.zeros((0, 0), np.float32),
        }
        _dye(self._stage, identity)
        self._haired, self._skin_of, self._posed = key, None, None

    def _cover(self, identity: Identity, cloth: Cloth | None) -> None:
        stage, worn = self._stage, identity.covering
        if cloth is None:
            stage.remove("covering")
            return
        stage.set_mesh("covering", cloth.mesh.vertices, cloth.mesh.faces, material="covering", weave=cloth.weave)
        stage.set_material("covering", colour=identity.hair.covering, second=worn.second, **_pattern_knobs(worn.pattern))

    def _colour(self, identity: Identity, tone: Tone) -> None:
        key = (tone.name, identity.complexion)
        if key == self._skin_of:
            return
        model, neutral = self._model, self._body.neutral
        fine = model.subdivide(neutral)
        roots = np.maximum(scalp_shade(model, neutral, identity.hair, at=fine), brow_shade(model, neutral, identity.brows, fine))
        beard = beard_shade(model, neutral, identity.facial_hair, identity.hair, fine)
        self._skin = build_skin(self._face, identity, self._pigments[tone.name], scalp=np.clip(roots, 0, 1), beard=beard)
        self._stage.set_material("skin", relief=self._skin.relief_m)
        self._stage.set_detail(self._skin.detail)
        self._skin_of, self._posed = key, None

    def _pose(self, shot: Shot) -> Floats:
        """Set expression and gaze; return the expressed vertices."""
        key = (shot.action_units, shot.gaze_yaw_degrees, shot.gaze_pitch_degrees)
        if key == self._posed:
            return self._expressed
        model, stage, body = self._model, self._stage, self._body
        units = relax_mouth(model, body.neutral, shot.action_units)
        points = seat_teeth(model, body.neutral, express(model, body.neutral, units))
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
        for part in SOLID:
            rows, faces = self._parts[part]
            stage.set_mesh(
                part, fine[rows], faces.reshape(-1, 4).astype(np.int32), material="tongue" if part == "tongue" else "teeth"
            )
        ball = turn_eye(self._eyeball.vertices, shot.gaze_yaw_degrees, shot.gaze_pitch_degrees)
        colour = shade_eye(ball, self._eyeball.colour, self._eye_radius)
        for side, centre in zip(("left", "right"), eye_centres(model, points), strict=True):
            stage.set_mesh(f"eye_{side}", ball + centre, self._eyeball.faces, material="eye", colour=colour)
        for name, strands in (("brow", body.brows), ("lash", body.lashes), ("beard", body.beard)):
            _show(stage, name, strands.follow(body.neutral, points) if strands else None, name, self._melanin[name])
        stud = body.nose_stud
        moved = points[stud.vertex] - body.neutral[stud.vertex] if stud else None
        _show_piece(stage, "nose_stud", stud.piece if stud else None, moved)
        self._posed, self._expressed = key, points
        return points

    def _dress(self, shot: Shot) -> None:
        if self._clothed != (shot.clothing,):
            cloth = build_clothing(self._body.torso, shot.clothing)
            self._stage.set_mesh("cloth", cloth.mesh.vertices, cloth.mesh.faces, material="cloth", weave=cloth.weave)
            self._clothed = (shot.clothing,)
        # What is worn under a jacket always has the other colour.
        woven = _pattern_knobs(shot.clothing_pattern) | {"bordered": 1.0}
        self._stage.set_material("cloth", colour=shot.clothing_rgb, second=shot.clothing_second_rgb, **woven)

    def _put_on(self, identity: Identity, shot: Shot) -> None:
        """Put the glasses on, or take them off."""
        stage, glasses = self._stage, self._body.glasses if shot.glasses_worn else None
        _show_piece(stage, "glasses", glasses.frame if glasses else None)
        if glasses:
            stage.set_mesh("lenses", glasses.lenses.vertices, glasses.lenses.faces, material="lens")
        else:
            stage.remove("lenses")
        stage.set_material("lens", colour=identity.glasses.lens)

    def _frame(self, shot: Shot, view: View, points: Floats, passes: Passes) -> Frame:
        radiance, marks = passes.radiance.astype(np.float64), passes.marks
        pixel = shot.camera_distance_m * SENSOR_MM / shot.focal_length_mm / shot.size_px
        gloss, albedo = np.minimum(passes.gloss, passes.radiance[..., :3]).astype(np.float64), passes.albedo.astype(np.float64)
        lit = gloss + scatter(radiance[..., :3] - gloss, albedo, marks[..., 2].astype(np.float64), pixel)
        picture = develop(compose(np.concatenate([lit, radiance[..., 3:]], axis=-1), backdrop(shot)), shot)
        mask = np.where(marks[..., 0] > 0.85, 128, 0).astype(np.uint8)
        mask[(marks[..., 1] > 0.85) & (mask > 0)] = 255
        places = view.project(self._model.landmark_points(points).astype(np.float64))
        eyes = [places[36:42].mean(axis=0), places[42:48].mean(axis=0)]
        low, high = places.min(axis=0), places.max(axis=0)
        five = as_points(np.stack([*eyes, places[30], places[48], places[54]]))
        return Frame(
            encode_png(picture),
            encode_png(mask),
            as_points(places),
            five,
            (float(low[0]), float(low[1]), float(high[0] - low[0]), float(high[1] - low[1])),
        )


def _show(stage: Stage, name: str, strands: Strands | None, material: str, melanin: Floats | float) -> None:
    stage.set_strands(name, *((strands.points, strands.radii) if strands else (None, None)), material=material, melanin=melanin)


def _thicken(lashes: Strands, mascara: float) -> Strands:
    return replace(lashes, radii=lashes.radii * np.float32(1 + 0.9 * mascara))


def _show_piece(stage: Stage, name: str, piece: Piece | None, moved: Floats | None = None) -> None:
    if piece is None:
        stage.remove(name)
        return
    mesh = piece.mesh
    vertices = mesh.vertices if moved is None else mesh.vertices + moved
    stage.set_mesh(name, vertices, mesh.faces, material="gear", colour=piece.colour, finish=piece.finish)


def _pattern_knobs(pattern: str) -> dict[str, float]:
    """Return the knobs of a fabric for a pattern by name; none for a plain one."""
    return {name: float(name == pattern) for name in ("striped", "checked", "printed", "bordered")}


def _dye(stage: Stage, identity: Identity) -> None:
    """Set what a whole head of hair has in common; melanin is each strand's own."""
    head, face = redness_of(identity.hair, identity.facial_hair)
    own = tint_of(replace(identity.hair, dye=(1.0, 1.0, 1.0)))
    for name, redness in (("hair", head), ("brow", head), ("beard", face), ("lash", 0.0)):
        stage.set_material(name, redness=redness)
    for name, tint in (("hair", tint_of(identity.hair)), ("brow", own), ("beard", own)):
        stage.set_material(name, tint=tint)
    shade = identity.eyes.tooth_shade
    stage.set_material("teeth", colour=(0.68 - 0.10 * shade, 0.64 - 0.17 * shade, 0.56 - 0.24 * shade))
