"""The embedded backend: parametric heads rendered with Blender's Cycles. Pure descriptions in numpy; ``scene`` and ``engine`` hold Blender."""
