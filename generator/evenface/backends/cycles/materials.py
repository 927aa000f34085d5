"""The node materials of the scene: skin, eye, hair, cloth, teeth, tongue; made in the library that the scene hands over."""

from __future__ import annotations

from typing import Any

__all__ = ["Materials"]


class Materials:
    """Materials by name, and the few values in them that change from person to person."""

    def __init__(self, library: Any) -> None:
        self._library = library
        self._made: dict[str, Any] = {}
        self._knobs: dict[tuple[str, str], Any] = {}
        self._skin()
        self._eye()
        for name in ("hair", "brow", "lash"):
            self._hair(name)
        for name, colour, roughness in (("cloth", 0.2, 0.9), ("covering", 0.2, 0.8), ("teeth", 0.6, 0.2), ("tongue", 0.2, 0.35)):
            self._plain(name, colour, roughness)

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
        """Fine grain by a noise, folds and bumps by the height that the detail image holds in its alpha, millimetres."""
        noise, grain, folds = nodes.new("ShaderNodeTexNoise"), nodes.new("ShaderNodeBump"), nodes.new("ShaderNodeBump")
        noise.inputs["Scale"].default_value = 620.0
        noise.inputs["Detail"].default_value = 2.0
        place = nodes.new("ShaderNodeTexCoord")
        links.new(place.outputs["Object"], noise.inputs["Vector"])
        links.new(noise.outputs[0], grain.inputs["Height"])
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
        surface.inputs["Specular IOR Level"].default_value = 0.3
        self._catchlight(nodes, links, surface)

    def _catchlight(self, nodes: Any, links: Any, surface: Any) -> None:
        """A lamp that only the wet eye sees: bright where its mirror image of the viewer meets the lamp's direction."""
        place, mirror, meets = (nodes.new(f"ShaderNode{kind}") for kind in ("NewGeometry", "VectorMath", "VectorMath"))
        mirror.operation, meets.operation = "REFLECT", "DOT_PRODUCT"
        links.new(place.outputs["Incoming"], mirror.inputs[0])
        links.new(place.outputs["Normal"], mirror.inputs[1])
        links.new(mirror.outputs["Vector"], meets.inputs[0])
        lamp = nodes.new("ShaderNodeMapRange")
        # Incoming points away from the surface, so its mirror image does so backwards.
        for name, value in (("From Min", -0.972), ("From Max", -0.985), ("To Min", 0.0), ("To Max", 0.6)):
            lamp.inputs[name].default_value = value
        links.new(meets.outputs["Value"], lamp.inputs["Value"])
        links.new(lamp.outputs["Result"], surface.inputs["Emission Strength"])
        surface.inputs["Emission Color"].default_value = (1.0, 1.0, 1.0, 1.0)
        self._made["eye"].cycles.emission_sampling = "NONE"
        self._knobs["eye", "lamp"] = meets.inputs[1]

    def _hair(self, name: str) -> None:
        _, _, surface = self._new(name, "ShaderNodeBsdfHairPrincipled")
        surface.parametrization = "MELANIN"
        surface.inputs["Roughness"].default_value = 0.35
        surface.inputs["Radial Roughness"].default_value = 0.45
        surface.inputs["Random Color"].default_value = 0.12
        self._knobs[name, "melanin"] = surface.inputs["Melanin"]
        self._knobs[name, "redness"] = surface.inputs["Melanin Redness"]

    def _plain(self, name: str, colour: float, roughness: float) -> None:
        _, _, surface = self._new(name)
        surface.inputs["Base Color"].default_value = (colour, colour, colour, 1.0)
        surface.inputs["Roughness"].default_value = roughness
        surface.inputs["Specular IOR Level"].default_value = 0.2 if name in ("cloth", "covering") else 0.5
        self._knobs[name, "colour"] = surface.inputs["Base Color"]


def _attribute(nodes: Any, name: str) -> Any:
    node = nodes.new("ShaderNodeAttribute")
    node.attribute_name = name
    return node
