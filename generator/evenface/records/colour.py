"""How a colour is written in every record."""

from __future__ import annotations

__all__ = ["Rgb"]

Rgb = tuple[float, float, float]
"""Linear-light sRGB primaries, 0 to 1."""
