"""The worker of the judges' environment: messages come in on its standard input, answers go out on what was its standard output.

It is started by ``process`` with the interpreter of that environment; of evenface's dependencies it needs NumPy and Pillow alone.
"""

from __future__ import annotations

import os
import signal
import sys
from typing import TYPE_CHECKING, Any, BinaryIO

from evenface.faces.models import ALWAYS, KNOWN
from evenface.faces.models.weights import describe, missing_packages
from evenface.faces.models.wire import receive, send

if TYPE_CHECKING:
    from evenface.faces.models.panel import Panel

__all__ = ["main"]


def main(want: str) -> int:
    """Answer until the pipe is closed; ``want`` names the judges, with commas."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the whole group; the side that asks decides what it means
    # What a library writes to its standard output would be taken for an answer.
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    return _serve(sys.stdin.buffer, answers, tuple(name for name in KNOWN if name in want.split(",") or name == ALWAYS))


def _serve(questions: BinaryIO, answers: BinaryIO, judges: tuple[str, ...]) -> int:
    missing = missing_packages(judges)
    if missing:
        send(answers, {"missing": missing, "python": sys.executable})
        return 1
    try:
        from evenface.faces.models.panel import Panel

        panel = Panel(judges)
        send(answers, {"judges": [describe(name) for name in judges], "python": sys.executable})
    except (ImportError, FileNotFoundError, AttributeError, RuntimeError) as problem:
        send(answers, {"broken": f"{type(problem).__name__}: {problem}", "python": sys.executable})
        return 1
    while (message := receive(questions)) is not None:
        send(answers, {"faces": [_look(panel, data) for data in message[1]]})
    return 0


def _look(panel: Panel, data: bytes) -> dict[str, Any]:
    """Return the fields of a ``Face`` but for its id."""
    from evenface.faces.models.panel import SMALLEST_SIDE
    from evenface.files.pictures import Undecodable, decode_image

    picture = decode_image(data, upright=True)
    if isinstance(picture, Undecodable):
        return {"problem": picture.why}
    height, width = picture.shape[:2]
    if min(height, width) < SMALLEST_SIDE:
        return {"problem": f"{width} x {height} pixels are too few to look for a face"}
    return panel.look(picture)
