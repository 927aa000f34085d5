"""The Blender scene, kept from picture to picture: meshes, strands, materials, the world and the camera.

The scene depends on arrays alone, not on people or tones; the engine passes them. Only this file and ``engine.py`` import bpy.
"""

from __future__ import annotations

import os
import re
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import bpy
import numpy as np
from mathutils import Matrix
from numpy.typing import NDArray

from evenface.backends.cycles.camera import SENSOR_MM, View
from evenface.backends.cycles.materials import Materials
from evenface.errors import EvenfaceError
from evenface.processor import product

__all__ = ["Passes", "Stage", "Surfaces"]

Floats = NDArray[np.float32]
Ints = NDArray[np.integer[Any]]

_SHADER_TROUBLE = re.compile(r"(?i)\b(error|failed to|out of memory|cannot)\b.*")
_HARMLESS = ("CUEW", "HIPEW", "libdecor")
AOV = "marks"
STRANDS = 1
"""Index of the objects that are strands."""
EYES_BEHIND_M = 0.01
"""How far the eyes lie behind the point that the camera aims at."""


def _put_folders_last() -> None:
    """Move Blender's own folders, which it puts first: they would shadow the package bpy in a worker started from here."""
    sys.path.sort(key=lambda place: place.startswith(bpy.utils.resource_path("LOCAL")))


_put_folders_last()


class Passes(NamedTuple):
    """What Cycles wrote of one picture, top row first."""

    radiance: Floats
    """``(H, W, 4)``, linear, with alpha."""
    gloss: Floats
    """``(H, W, 3)``: what of the radiance surfaces mirror, which never went into them."""
    albedo: Floats
    """``(H, W, 3)``: diffuse colour."""
    marks: Floats
    """``(H, W, 3)``"""


class Surfaces(NamedTuple):
    """What the rays of one picture met first, top row first."""

    depth: Floats
    """``(H, W)`` metres along the view axis, of one ray a pixel; 1e10 where it met nothing."""
    normals: Floats
    """``(H, W, 3)``, means over the pixel, in the axes of the scene; those of strands are not normals."""
    strands: NDArray[np.bool_]
    """``(H, W)``: whether that ray met a strand."""


class Stage:
    """One scene that lives as long as its process; setting the same thing again costs nothing but the copy."""

    def __init__(self) -> None:
        bpy.ops.wm.read_factory_settings(use_empty=True)
        _put_folders_last()
        self._scene = bpy.context.scene
        with _capture_output():  # Cycles looks for graphics cards and reports on stderr that there are none.
            self._configure()
        self._camera = self._add_camera()
        self._light = self._add_world()
        self._radiance: NDArray[np.float64] | None = None
        self._materials = Materials(bpy.data.materials)
        self._objects: dict[str, Any] = {}
        self._old_images: list[Any] = []

    def _configure(self) -> None:
        scene, cycles = self._scene, self._scene.cycles
        scene.render.engine = "CYCLES"
        cycles.device = "CPU"
        cycles.use_adaptive_sampling = False
        cycles.use_denoising = True
        cycles.denoiser = "OPENIMAGEDENOISE"
        cycles.denoising_quality = "FAST"
        cycles.max_bounces, cycles.diffuse_bounces, cycles.glossy_bounces = 3, 1, 1
        cycles.transmission_bounces, cycles.transparent_max_bounces, cycles.volume_bounces = 2, 4, 0
        cycles.caustics_reflective = cycles.caustics_refractive = False
        cycles.sample_clamp_indirect = 4.0
        scene.render.film_transparent = True
        scene.render.use_persistent_data = True
        scene.render.resolution_x = scene.render.resolution_y = 16
        scene.render.resolution_percentage = 100
        # Blender writes no metadata that changes from run to run, and no colour transform touches the radiance.
        scene.render.use_stamp = False
        scene.view_settings.view_transform = "Raw"
        scene.cycles_curves.shape = "RIBBONS"
        scene.render.hair_type = "STRIP"
        output = scene.render.image_settings
        output.media_type = "MULTI_LAYER_IMAGE"
        output.file_format, output.color_depth, output.exr_codec = "OPEN_EXR_MULTILAYER", "32", "NONE"
        layer = scene.view_layers[0]
        layer.use_pass_diffuse_color = layer.use_pass_glossy_color = True
        layer.use_pass_glossy_direct = layer.use_pass_glossy_indirect = True
        marks = layer.aovs.add()
        marks.name, marks.type = AOV, "COLOR"

    def _add_camera(self) -> Any:
        camera = bpy.data.objects.new("camera", bpy.data.cameras.new("camera"))
        camera.data.sensor_width = SENSOR_MM
        camera.data.clip_start = 0.05
        self._scene.collection.objects.link(camera)
        self._scene.camera = camera
        return camera

    def _add_world(self) -> Any:
        world = bpy.data.worlds.new("world")
        self._scene.world = world
        world.cycles.sampling_method = "MANUAL"
        world.cycles.sample_map_resolution = 256
        if not world.node_tree:
            world.use_nodes = True
        nodes, links = world.node_tree.nodes, world.node_tree.links
        texture = nodes.new("ShaderNodeTexEnvironment")
        background = next(node for node in nodes if node.type == "BACKGROUND")
        links.new(texture.outputs["Color"], background.inputs["Color"])
        return texture

    def set_view(self, view: View) -> None:
        """Place the camera."""
        shot = view.shot
        self._camera.data.lens = shot.focal_length_mm
        self._camera.data.shift_x, self._camera.data.shift_y = -shot.offset_x, shot.offset_y
        # Blender's camera looks along its -z with y up; ours looks along y with z up.
        turn = product(view.rotation.T, [[1.0, 0, 0], [0, 0, -1.0], [0, 1.0, 0]])
        pose = np.eye(4)
        pose[:3, :3], pose[:3, 3] = turn, view.position
        self._camera.matrix_world = Matrix(pose.tolist())
        lens = self._camera.data.dof
        lens.use_dof, lens.aperture_fstop = True, shot.aperture_f
        lens.focus_distance = shot.camera_distance_m + EYES_BEHIND_M
        self._scene.render.resolution_x = self._scene.render.resolution_y = shot.size_px

    def set_light(self, radiance: NDArray[np.float64]) -> None:
        """Upload the light map ``(H, W, 3)``, first row lowest; the very array that is up already costs nothing."""
        if radiance is self._radiance:
            return
        self._radiance = radiance
        pixels = np.ones((*radiance.shape[:2], 4), dtype=np.float32)
        pixels[..., :3] = radiance
        self._materials.mirror(self._show_image(self._light, "light", pixels))

    def set_detail(self, pixels: Floats) -> None:
        """Upload what the skin shows between its vertices ``(H, W, 4)``, first row lowest: a factor on its colour, and relief."""
        self._show_image(self._materials.detail, "detail", pixels)

    def set_mesh(self, name: str, vertices: Floats, faces: Ints, *, material: str, **attributes: Floats) -> None:
        """Show a mesh of quads.

        It is always a new one. Of a mesh that keeps its faces Cycles would fit the ray tree anew instead of building it, and the
        last bits of a picture would depend on the person rendered before.

        Args:
            attributes: Per vertex, ``(V,)`` or ``(V, 3)``, readable by the material under their names.
        """
        self.remove(name)
        mesh = _new_mesh(name, vertices, faces)
        for key, values in attributes.items():
            kind, field = ("FLOAT_VECTOR", "vector") if values.ndim == 2 else ("FLOAT", "value")
            mesh.attributes.new(key, kind, "POINT").data.foreach_set(
                field, np.ascontiguousarray(values, dtype=np.float32).ravel()
            )
        self._objects[name] = self._link(name, mesh, material)

    def set_strands(
        self,
        name: str,
        points: Floats | None,
        radii: Floats | None = None,
        *,
        material: str = "hair",
        melanin: Floats | float = 0.0,
    ) -> None:
        """Show strands ``(S, K, 3)`` with radii ``(S, K)`` in metres and melanin ``(S, K)``, 0 to 1; None removes them."""
        self.remove(name)
        if points is None or radii is None or not len(points):
            return
        curves = bpy.data.hair_curves.new(name)
        curves.add_curves([points.shape[1]] * len(points))
        curves.attributes["position"].data.foreach_set("vector", np.ascontiguousarray(points, dtype=np.float32).ravel())
        widths = np.ascontiguousarray(np.broadcast_to(radii, points.shape[:2]), dtype=np.float32)
        radius = curves.attributes.get("radius") or curves.attributes.new("radius", "FLOAT", "POINT")
        radius.data.foreach_set("value", widths.ravel())
        pigment = np.ascontiguousarray(np.broadcast_to(melanin, points.shape[:2]), dtype=np.float32)
        curves.attributes.new("melanin", "FLOAT", "POINT").data.foreach_set("value", pigment.ravel())
        self._objects[name] = self._link(name, curves, material)
        self._objects[name].pass_index = STRANDS

    def set_material(self, name: str, **values: float | tuple[float, float, float]) -> None:
        """Set named values of a material; see ``materials.py``."""
        self._materials.set(name, **values)

    def render(self, samples: int, seed: int) -> Passes:
        """Render the picture."""
        return _passes(self._layers(samples, seed, surfaces=False))

    def render_surfaces(self, samples: int, seed: int) -> tuple[Passes, Surfaces]:
        """Render the same picture, to the last bit, and keep what its rays met."""
        layers = self._layers(samples, seed, surfaces=True)
        return _passes(layers), Surfaces(layers["Depth"], layers["Normal"], layers["Object Index"] == STRANDS)

    def _layers(self, samples: int, seed: int, *, surfaces: bool) -> dict[str, Floats]:
        self._scene.cycles.samples = samples
        self._scene.cycles.seed = seed
        layer = self._scene.view_layers[0]
        layer.use_pass_z = layer.use_pass_normal = layer.use_pass_object_index = surfaces
        with tempfile.TemporaryDirectory(prefix="evenface-") as folder:
            target = str(Path(folder) / "frame.exr")
            self._scene.render.filepath = target
            with _capture_output() as said:
                bpy.ops.render.render(write_still=True)
            self._empty_images()
            return _layers(target, said)

    def _show_image(self, node: Any, name: str, pixels: Floats) -> Any:
        # A new image each time: a kept session goes on with the first pixels that an image ever had, and reports nothing.
        image = bpy.data.images.new(name, pixels.shape[1], pixels.shape[0], alpha=True, float_buffer=True, is_data=True)
        image.alpha_mode = "CHANNEL_PACKED"
        image.pixels.foreach_set(np.ascontiguousarray(pixels, dtype=np.float32).ravel())
        image.update()
        old, node.image = node.image, image
        if old is not None:
            self._old_images.append(old)
        return image

    def _empty_images(self) -> None:
        """Give back the memory of images that are out of use, but keep their names.

        The session knows an image by its address and remembers those of removed ones: it would show their pixels for whatever
        came to lie there.
        """
        for image in self._old_images:
            image.buffers_free()
        self._old_images.clear()

    def _link(self, name: str, data: Any, material: str) -> Any:
        body = bpy.data.objects.new(name, data)
        data.materials.append(self._materials[material])
        if material == "lens":
            # Glass that only the camera sees costs no shadow ray and lights nothing.
            body.visible_diffuse = body.visible_glossy = body.visible_shadow = False
        self._scene.collection.objects.link(body)
        return body

    def remove(self, name: str) -> None:
        """Show a mesh or strands no more; nothing of that name need be there."""
        body = self._objects.pop(name, None)
        if body is None:
            return
        data = body.data
        bpy.data.objects.remove(body)
        (bpy.data.meshes if isinstance(data, bpy.types.Mesh) else bpy.data.hair_curves).remove(data)


def _new_mesh(name: str, vertices: Floats, faces: Ints) -> Any:
    mesh = bpy.data.meshes.new(name)
    mesh.vertices.add(len(vertices))
    mesh.loops.add(faces.size)
    mesh.polygons.add(len(faces))
    mesh.loops.foreach_set("vertex_index", np.ascontiguousarray(faces, dtype=np.int32).ravel())
    mesh.polygons.foreach_set("loop_start", np.arange(0, faces.size, faces.shape[1], dtype=np.int32))
    mesh.vertices.foreach_set("co", np.ascontiguousarray(vertices, dtype=np.float32).ravel())
    mesh.update(calc_edges=True)
    mesh.shade_smooth()
    return mesh


def _passes(layers: dict[str, Floats]) -> Passes:
    gloss = (layers["Glossy Direct"] + layers["Glossy Indirect"]) * layers["Glossy Color"]
    return Passes(layers["Combined"], gloss[..., :3], layers["Diffuse Color"][..., :3], layers[AOV][..., :3])


def _layers(path: str, said: list[str]) -> dict[str, Floats]:
    """Read the passes of a finished frame, unless the output of Cycles shows that rendering failed."""
    import OpenEXR

    trouble = [line for line in said if _SHADER_TROUBLE.search(line) and not any(word in line for word in _HARMLESS)]
    if trouble or not Path(path).is_file():
        raise EvenfaceError(f"Cycles could not render: {(trouble or ['it wrote no picture'])[0].strip()}", "evenface doctor")
    return {part.name().removeprefix("ViewLayer."): _pixels(part.channels) for part in OpenEXR.File(path).parts}


def _pixels(channels: dict[str, Any]) -> Floats:
    """Return the pixels of a pass; colours are one array, the parts of a vector one each."""
    if len(channels) == 1:
        return np.asarray(next(iter(channels.values())).pixels)
    parts = {name.rpartition(".")[2]: channel.pixels for name, channel in channels.items()}
    return np.stack([parts[axis] for axis in "XYZ"], axis=-1)


@contextmanager
def _capture_output() -> Iterator[list[str]]:
    """Capture what Blender's C code prints: Cycles reports shader errors nowhere else, and carries on."""
    kept = [os.dup(1), os.dup(2)]
    lines: list[str] = []
    with tempfile.TemporaryFile() as heard:
        os.dup2(heard.fileno(), 1)
        os.dup2(heard.fileno(), 2)
        try:
            yield lines
        finally:
            for number, copy in zip((1, 2), kept, strict=True):
                os.dup2(copy, number)
                os.close(copy)
            heard.seek(0)
            lines += heard.read().decode(errors="replace").splitlines()
