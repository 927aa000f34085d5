"""The embedded backend: parametric heads rendered with Blender's Cycles; only ``scene`` and ``engine`` hold Blender."""
