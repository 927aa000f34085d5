"""The worker in the environment of the face models: it reads messages from its standard input and answers on its standard output.

It is started by ``process`` with the interpreter of that environment; of evenface's dependencies it needs NumPy and Pillow alone.
"""

from __future__ import annotations

import os
import signal
import sys
from typing import TYPE_CHECKING, Any, BinaryIO

from evenface.faces.models import ALWAYS, KNOWN
from evenface.faces.models.weights import describe, fingerprints, missing_packages
from evenface.faces.models.wire import receive, send

if TYPE_CHECKING:
    from evenface.faces.models.inference import LoadedModels

__all__ = ["main"]


def main(want: str) -> int:
    """Answer until the pipe is closed; ``want`` names the face models, with commas."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the whole group; the side that asks decides what it means
    # What a library writes to its standard output would be taken for an answer.
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    return _serve(sys.stdin.buffer, answers, tuple(name for name in KNOWN if name in want.split(",") or name == ALWAYS))


def _serve(questions: BinaryIO, answers: BinaryIO, names: tuple[str, ...]) -> int:
    missing = missing_packages(names)
    if missing:
        send(answers, {"missing": missing})
        return 1
    try:
        from evenface.faces.models.inference import LoadedModels

        models, described = LoadedModels(names), [describe(name) for name in names]
        send(answers, {"models": described, "fingerprints": fingerprints(described)})
    except (ImportError, FileNotFoundError, AttributeError, RuntimeError) as problem:
        send(answers, {"broken": f"{type(problem).__name__}: {problem}"})
        return 1
    while (message := receive(questions)) is not None:
        send(answers, {"faces": [_look(models, data) for data in message[1]]})
    return 0


def _look(models: LoadedModels, data: bytes) -> dict[str, Any]:
    """Return what each face model says of a picture file, or the problem with the file."""
    from evenface.faces.models.inference import SMALLEST_SIDE
    from evenface.files.pictures import Undecodable, decode_image

    picture = decode_image(data, upright=True)
    if isinstance(picture, Undecodable):
        return {"problem": picture.why}
    height, width = picture.shape[:2]
    if min(height, width) < SMALLEST_SIDE:
        return {"problem": f"{width} x {height} pixels are too few to look for a face"}
    return models.look(picture)
