"""Turn a face into the numbers that a FaceID adapter reads, with insightface or a class of the user's own.

This project ships none: the weights of insightface are for research, and so is every picture made with them.
"""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from typing import Any, Protocol, cast

import numpy as np
from numpy.typing import NDArray

from evenface.backends.diffusion.sampler import Pixels
from evenface.errors import UsageFault
from evenface.plugins import is_place

__all__ = ["INSIGHTFACE", "Embedder", "insightface_folder", "open_embedder"]

INSIGHTFACE = "insightface"
_PACK = "buffalo_l"


class Embedder(Protocol):
    """Made without arguments, once a worker."""

    def embed(self, pixels: Pixels) -> NDArray[np.float32] | None:
        """Return 512 numbers for the largest face of a picture (height x width x 3, sRGB), or None where no face is found."""
        ...


def open_embedder(name: str) -> Embedder:
    """Start the embedder called ``name``: ``insightface``, or ``module:Class``."""
    if name == INSIGHTFACE:
        return _InsightFace()
    if not is_place(name):
        raise UsageFault(f"there is no embedder {name!r}", f"choose {INSIGHTFACE}, or your own as module:Class")
    module, _, kind = name.partition(":")
    try:
        found = getattr(import_module(module), kind, None)
    except ModuleNotFoundError as error:
        raise UsageFault(
            f"the embedder {name} needs {error.name}, which is not installed", "check the name, and PYTHONPATH"
        ) from error
    if not callable(getattr(found, "embed", None)):
        raise UsageFault(
            f"the embedder {name} has no method embed", "write it as evenface.backends.diffusion.embedders.Embedder says"
        )
    return cast(Embedder, cast(Any, found)())


def insightface_folder() -> Path:
    """Return where insightface keeps its weights.

    Raises:
        UsageFault: They are missing. The package would fetch them by itself; that is left to the user.
    """
    folder = Path("~/.insightface/models").expanduser() / _PACK
    if not any(folder.glob("*.onnx")):
        what = f"the weights of insightface are not at {folder}"
        raise UsageFault(what, f"read their terms (research only), then put the files of {_PACK} there")
    return folder


class _InsightFace:
    """Embeddings of ArcFace (buffalo_l)."""

    def __init__(self) -> None:
        insightface_folder()
        try:
            from insightface.app import FaceAnalysis
        except ImportError as error:
            raise UsageFault(
                "face_id needs the package insightface, which does not load", "type: pip install insightface"
            ) from error
        modules = ["detection", "recognition"]
        self._app = FaceAnalysis(name=_PACK, allowed_modules=modules, providers=["CPUExecutionProvider"])
        self._app.prepare(ctx_id=-1, det_size=(640, 640))

    def embed(self, pixels: Pixels) -> NDArray[np.float32] | None:
        """Return the normalised embedding of the largest face."""
        faces = self._app.get(np.ascontiguousarray(pixels[..., ::-1]))
        largest = max(faces, key=lambda face: float(np.prod(face.bbox[2:] - face.bbox[:2])), default=None)
        return None if largest is None else np.asarray(largest.normed_embedding, np.float32)
