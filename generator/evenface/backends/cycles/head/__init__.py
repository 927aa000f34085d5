"""The head: the shapes that evenface carries, blended, measured and expressed in numpy alone.

In: a ``HeadShape`` and ARKit weights. Out: vertices of the bust in metres, Blender's axes, with parts, regions, landmarks.
"""

from __future__ import annotations

from collections.abc import Callable

from evenface.backends.cycles.head.blend import build_head, express, eye_centres, eye_radius, realised_measures
from evenface.backends.cycles.head.cache import cache_folder, read_arrays, write_arrays
from evenface.backends.cycles.head.model import PARTS, REGIONS, HeadModel
from evenface.backends.cycles.head.shipped import open_shipped
from evenface.backends.cycles.head.tape import measure_head

__all__ = [
    "PARTS",
    "REGIONS",
    "HeadModel",
    "build_head",
    "express",
    "eye_centres",
    "eye_radius",
    "load_head_model",
    "measure_head",
    "realised_measures",
]


def load_head_model(progress: Callable[[str], None] | None = None) -> HeadModel:
    """Return the head model from the user's cache, unpacked into it on first use (a second).

    Args:
        progress: Called with one line when the model has to be unpacked.

    Raises:
        EvenfaceError: where the packed model is damaged, or the cache cannot be read or written.
    """
    shipped = open_shipped()
    path = cache_folder() / f"head-{shipped.key}.npy"
    found = read_arrays(path)
    if found is None:
        if progress is not None:
            progress("The cached head model was damaged and is made again." if path.exists() else "Making the head model, once.")
        write_arrays(path, shipped.unpack())
        found = read_arrays(path)
    return HeadModel(*(found or ({},)))
