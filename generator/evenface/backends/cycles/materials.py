"""The node materials of the scene: skin, eye, hair, cloth, teeth, tongue; made in the library of the scene."""

from __future__ import annotations

from typing import Any

__all__ = ["Materials"]

SEAMS_M = (0.0, 0.0082, 0.0142, 0.0205, 0.0260)
"""How far from the middle of the mouth teeth meet: two incisors, a canine and a premolar, metres."""


class Materials:
    """Materials by name, and the few values in them that change from person to person."""

    def __init__(self, library: Any) -> None:
        self._library = library
        self._made: dict[str, Any] = {}
        self._knobs: dict[tuple[str, str], Any] = {}
        self._skin()
        self._eye()
        self._gear()
        self._lens()
        for name in ("hair", "brow", "lash", "beard"):
            self._hair(name)
        self._fabric("cloth", 0.9)
        self._fabric("covering", 0.8)
        self._teeth()
        self._tongue()

    def __getitem__(self, name: str) -> Any:
        return self._made[name]

    def set(self, name: str, **values: float | tuple[float, float, float]) -> None:
        for key, value in values.items():
            socket = self._knobs[name, key]
            wanted = (*value, 1.0)[: len(socket.default_value)] if isinstance(value, tuple) else float(value)
            if (tuple(socket.default_value) if isinstance(value, tuple) else socket.default_value) != wanted:
                socket.default_value = wanted

    def _new(self, name: str, shader: str = "ShaderNodeBsdfPrincipled") -> tuple[Any, Any, Any]:
        material = self._library.new(name)
        if not material.node_tree:
            material.use_nodes = True
        nodes = material.node_tree.nodes
        nodes.clear()
        surface, output = nodes.new(shader), nodes.new("ShaderNodeOutputMaterial")
        material.node_tree.links.new(surface.outputs[0], output.inputs["Surface"])
        self._made[name] = material
        return nodes, material.node_tree.links, surface

    def _skin(self) -> None:
        nodes, links, surface = self._new("skin")
        colour, roughness, shine, marks, place = (
            _attribute(nodes, key) for key in ("colour", "roughness", "shine", "marks", "place")
        )
        detail, tinted = nodes.new("ShaderNodeTexImage"), nodes.new("ShaderNodeMix")
        detail.extension = "EXTEND"
        self.detail = detail
        tinted.data_type, tinted.blend_type = "RGBA", "MULTIPLY"
        tinted.inputs["Factor"].default_value = 1.0
        links.new(place.outputs["Vector"], detail.inputs["Vector"])
        first, second = (socket for socket in tinted.inputs if socket.type == "RGBA")
        links.new(colour.outputs["Vector"], first)
        links.new(detail.outputs["Color"], second)
        links.new(next(socket for socket in tinted.outputs if socket.type == "RGBA"), surface.inputs["Base Color"])
        links.new(roughness.outputs["Fac"], surface.inputs["Roughness"])
        links.new(shine.outputs["Fac"], surface.inputs["Specular IOR Level"])
        surface.inputs["IOR"].default_value = 1.4
        links.new(self._relief(nodes, links, detail).outputs["Normal"], surface.inputs["Normal"])
        seen = nodes.new("ShaderNodeOutputAOV")
        seen.aov_name = "marks"
        links.new(marks.outputs["Vector"], seen.inputs["Color"])

    def _relief(self, nodes: Any, links: Any, detail: Any) -> Any:
        """Return fine grain by a noise, and folds and bumps by the height in the alpha of the detail image, millimetres."""
        grain, folds = nodes.new("ShaderNodeBump"), nodes.new("ShaderNodeBump")
        links.new(_noise(nodes, links, 620.0, 2.0), grain.inputs["Height"])
        self._knobs["skin", "relief"] = grain.inputs["Distance"]
        folds.inputs["Distance"].default_value = 0.001
        links.new(detail.outputs["Alpha"], folds.inputs["Height"])
        links.new(grain.outputs["Normal"], folds.inputs["Normal"])
        return folds

    def _eye(self) -> None:
        nodes, links, surface = self._new("eye")
        links.new(_attribute(nodes, "colour").outputs["Vector"], surface.inputs["Base Color"])
        surface.inputs["Roughness"].default_value = 0.06
        surface.inputs["IOR"].default_value = 1.376
        # A wide white dome hangs like a haze over the iris; what a photograph shows is one lamp or window.
        surface.inputs["Specular IOR Level"].default_value = 0.18
        self._catchlight(nodes, links, surface)

    def _catchlight(self, nodes: Any, links: Any, surface: Any) -> None:
        """Add a lamp that only the wet eye mirrors: bright where its mirror image of the viewer meets the lamp's direction."""
        place, mirror, meets = (nodes.new(f"ShaderNode{kind}") for kind in ("NewGeometry", "VectorMath", "VectorMath"))
        mirror.operation, meets.operation = "REFLECT", "DOT_PRODUCT"
        links.new(place.outputs["Incoming"], mirror.inputs[0])
        links.new(place.outputs["Normal"], mirror.inputs[1])
        links.new(mirror.outputs["Vector"], meets.inputs[0])
        lamp = nodes.new("ShaderNodeMapRange")
        # Incoming points away from the surface, so its mirror image does so backwards.
        for name, value in (("From Min", -0.972), ("From Max", -0.985), ("To Min", 0.0), ("To Max", 0.42)):
            lamp.inputs[name].default_value = value
        links.new(meets.outputs["Value"], lamp.inputs["Value"])
        links.new(lamp.outputs["Result"], surface.inputs["Emission Strength"])
        surface.inputs["Emission Color"].default_value = (1.0, 1.0, 1.0, 1.0)
        self._made["eye"].cycles.emission_sampling = "NONE"
        self._knobs["eye", "lamp"] = meets.inputs[1]

    def _hair(self, name: str) -> None:
        nodes, links, surface = self._new(name, "ShaderNodeBsdfHairPrincipled")
        surface.parametrization = "MELANIN"
        # Short hairs shine less than locks that lie side by side.
        surface.inputs["Roughness"].default_value = 0.35 if name == "hair" else 0.55
        surface.inputs["Radial Roughness"].default_value = 0.45 if name == "hair" else 0.60
        surface.inputs["IOR"].default_value = 1.55 if name == "hair" else 1.42
        surface.inputs["Random Color"].default_value = 0.12
        # Every point of every strand has pigment of its own: white hairs among dark ones, dark roots.
        links.new(_attribute(nodes, "melanin").outputs["Fac"], surface.inputs["Melanin"])
        self._knobs[name, "tint"] = surface.inputs["Tint"]
        self._knobs[name, "redness"] = surface.inputs["Melanin Redness"]

    def _gear(self) -> None:
        """Make the material of frames and jewellery: colour and finish (metal, roughness, mottled) are attributes of the mesh."""
        nodes, links, surface = self._new("gear")
        surface.inputs["Specular IOR Level"].default_value = 0.25
        colour, finish, parts = _attribute(nodes, "colour"), _attribute(nodes, "finish"), nodes.new("ShaderNodeSeparateXYZ")
        links.new(finish.outputs["Vector"], parts.inputs[0])
        links.new(parts.outputs["X"], surface.inputs["Metallic"])
        links.new(parts.outputs["Y"], surface.inputs["Roughness"])
        dark, mix = nodes.new("ShaderNodeMapRange"), nodes.new("ShaderNodeMixRGB")
        links.new(_noise(nodes, links, 160.0, 2.0), dark.inputs["Value"])
        dark.inputs["From Min"].default_value, dark.inputs["From Max"].default_value = 0.46, 0.58
        links.new(parts.outputs["Z"], dark.inputs["To Max"])
        links.new(dark.outputs["Result"], mix.inputs[0])
        links.new(colour.outputs["Vector"], mix.inputs[1])
        mix.inputs[2].default_value = (0.012, 0.005, 0.002, 1.0)
        links.new(mix.outputs[0], surface.inputs["Base Color"])

    def _lens(self) -> None:
        """Make thin glass without chance: it lets every ray through, and adds the mirrored surroundings as light of its own.

        Glossy rays would leave holes in the marks of the skin behind. The glass writes into the marks too: skin seen through
        it is skin, but not a place where a colour is read.
        """
        nodes, links, surface = self._new("lens", "ShaderNodeAddShader")
        through, mirror = nodes.new("ShaderNodeBsdfTransparent"), nodes.new("ShaderNodeEmission")
        links.new(through.outputs[0], surface.inputs[0])
        links.new(mirror.outputs[0], surface.inputs[1])
        place, fresnel, coated = (nodes.new(f"ShaderNode{kind}") for kind in ("TexCoord", "Fresnel", "Math"))
        self._mirrored = nodes.new("ShaderNodeTexEnvironment")
        fresnel.inputs["IOR"].default_value = 1.5
        links.new(place.outputs["Reflection"], self._mirrored.inputs["Vector"])
        links.new(self._mirrored.outputs["Color"], mirror.inputs["Color"])
        # Coated glass: both surfaces together throw back a quarter of what one bare surface does.
        coated.operation, coated.inputs[1].default_value = "MULTIPLY", 0.25
        links.new(fresnel.outputs[0], coated.inputs[0])
        links.new(coated.outputs[0], mirror.inputs["Strength"])
        unread, less = nodes.new("ShaderNodeOutputAOV"), nodes.new("ShaderNodeCombineXYZ")
        unread.aov_name = "marks"
        # A colour that is typed in cannot be negative; one that is handed on can.
        less.inputs["Y"].default_value = -1.0
        links.new(less.outputs[0], unread.inputs["Color"])
        self._made["lens"].cycles.emission_sampling = "NONE"
        self._knobs["lens", "colour"] = through.inputs["Color"]

    def mirror(self, image: Any) -> None:
        """Set the light map that is mirrored in glass."""
        self._mirrored.image = image

    def _fabric(self, name: str, roughness: float) -> None:
        """Build cloth of two colours: a pattern of threads in the mesh's ``weave``, with the layer as its third part."""
        nodes, links, surface = self._new(name)
        surface.inputs["Roughness"].default_value = roughness
        surface.inputs["Specular IOR Level"].default_value = 0.2
        weave, parts, dots = _attribute(nodes, "weave"), nodes.new("ShaderNodeSeparateXYZ"), nodes.new("ShaderNodeTexVoronoi")
        links.new(weave.outputs["Vector"], parts.inputs[0])
        links.new(weave.outputs["Vector"], dots.inputs["Vector"])
        dots.inputs["Scale"].default_value = 90.0

        def band(place: Any) -> Any:
            return _sum(nodes, links, "GREATER_THAN", _sum(nodes, links, "PINGPONG", place, 0.014), 0.007)

        across, along, layer = (parts.outputs[axis] for axis in "XYZ")
        level, upright = band(along), band(across)
        shapes = {
            "striped": level,
            "checked": _sum(nodes, links, "MULTIPLY", _sum(nodes, links, "ADD", level, upright), 0.5),
            "printed": _sum(nodes, links, "LESS_THAN", dots.outputs["Distance"], 0.34),
        }
        share: Any = 0.0
        for key, shape in shapes.items():
            share = _sum(nodes, links, "ADD", share, self._knob(nodes, links, name, key, shape))
        share = _sum(nodes, links, "MULTIPLY", share, _sum(nodes, links, "SUBTRACT", 1.0, layer))
        share = _sum(nodes, links, "ADD", share, self._knob(nodes, links, name, "bordered", layer))
        mix = nodes.new("ShaderNodeMixRGB")
        links.new(share, mix.inputs[0])
        links.new(mix.outputs[0], surface.inputs["Base Color"])
        self._knobs[name, "colour"], self._knobs[name, "second"] = mix.inputs[1], mix.inputs[2]
        self._crease(nodes, links, surface)

    def _knob(self, nodes: Any, links: Any, name: str, key: str, value: Any) -> Any:
        """Return ``value`` times a number that can be set."""
        product = _sum(nodes, links, "MULTIPLY", value, 0.0)
        self._knobs[name, key] = product.node.inputs[1]
        return product

    def _crease(self, nodes: Any, links: Any, surface: Any) -> None:
        """Return soft folds and the grain of the threads."""
        normal: Any = None
        for scale, distance in ((14.0, 0.010), (420.0, 0.0005)):
            bump = nodes.new("ShaderNodeBump")
            bump.inputs["Distance"].default_value = distance
            links.new(_noise(nodes, links, scale, 1.0), bump.inputs["Height"])
            if normal is not None:
                links.new(normal, bump.inputs["Normal"])
            normal = bump.outputs["Normal"]
        links.new(normal, surface.inputs["Normal"])

    def _tongue(self) -> None:
        _, _, surface = self._new("tongue")
        surface.inputs["Base Color"].default_value = (0.24, 0.080, 0.075, 1.0)
        surface.inputs["Roughness"].default_value = 0.35

    def _teeth(self) -> None:
        """Build teeth, darker towards the corners of the mouth, where lips and cheeks keep light off."""
        nodes, links, surface = self._new("teeth")
        surface.inputs["Roughness"].default_value = 0.25
        surface.inputs["Specular IOR Level"].default_value = 0.25
        kinds = ("TexCoord", "SeparateXYZ", "MapRange", "MixRGB")
        place, parts, shade, tinted = (nodes.new(f"ShaderNode{kind}") for kind in kinds)
        links.new(place.outputs["Object"], parts.inputs[0])
        aside = _sum(nodes, links, "ABSOLUTE", parts.outputs["X"], 0.0)
        links.new(aside, shade.inputs["Value"])
        for name, value in (("From Min", 0.008), ("From Max", 0.026), ("To Min", 1.0), ("To Max", 0.22)):
            shade.inputs[name].default_value = value
        tinted.blend_type, tinted.inputs[0].default_value = "MULTIPLY", 1.0
        links.new(_sum(nodes, links, "MULTIPLY", shade.outputs["Result"], _seams(nodes, links, aside)), tinted.inputs[2])
        links.new(tinted.outputs[0], surface.inputs["Base Color"])
        self._knobs["teeth", "colour"] = tinted.inputs[1]


def _seams(nodes: Any, links: Any, aside: Any) -> Any:
    """Return a factor that is 1 on a tooth and less where it meets the next one."""
    near: Any = 1.0
    for place in SEAMS_M:
        near = _sum(
            nodes, links, "MINIMUM", near, _sum(nodes, links, "ABSOLUTE", _sum(nodes, links, "SUBTRACT", aside, place), 0.0)
        )
    seam = nodes.new("ShaderNodeMapRange")
    for name, value in (("From Min", 0.0), ("From Max", 0.0008), ("To Min", 0.55), ("To Max", 1.0)):
        seam.inputs[name].default_value = value
    links.new(near, seam.inputs["Value"])
    return seam.outputs["Result"]


def _noise(nodes: Any, links: Any, scale: float, detail: float) -> Any:
    """Return noise that is fixed to the object."""
    place, noise = nodes.new("ShaderNodeTexCoord"), nodes.new("ShaderNodeTexNoise")
    noise.inputs["Scale"].default_value, noise.inputs["Detail"].default_value = scale, detail
    links.new(place.outputs["Object"], noise.inputs["Vector"])
    return noise.outputs[0]


def _sum(nodes: Any, links: Any, operation: str, one: Any, two: Any) -> Any:
    """Calculate with sockets or numbers."""
    node = nodes.new("ShaderNodeMath")
    node.operation = operation
    for socket, value in zip(node.inputs, (one, two), strict=False):
        if isinstance(value, float):
            socket.default_value = value
        else:
            links.new(value, socket)
    return node.outputs[0]


def _attribute(nodes: Any, name: str) -> Any:
    node = nodes.new("ShaderNodeAttribute")
    node.attribute_name = name
    return node
