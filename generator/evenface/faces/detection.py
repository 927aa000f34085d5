"""How many faces are in a picture, where, and whose the largest is: pictures come in, what YuNet and SFace say of them goes out.

    with FaceJudge() as judge:
        for seen in judge.look([pixels, another_png]):
            ...

For loops that look again and again: the two models are loaded once, in a process of their own, which ends with the judge or with
the process that opened it.
"""

from __future__ import annotations

import weakref
from collections.abc import Sequence
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from types import TracebackType
from typing import Self

from PIL import Image

from evenface.errors import EvenfaceError
from evenface.faces.reader import Detection, Face, Judges, open_judges
from evenface.files.pictures import Pixels

__all__ = ["FaceJudge", "Faces"]

_WITHOUT = 'or look for no faces: checks = ["tone"] (the profile text cannot do without)'


@dataclass(frozen=True, slots=True)
class Faces:
    """What was found in one picture."""

    faces: tuple[Detection, ...]
    """The largest first."""
    embedding: tuple[float, ...] | None
    """SFace's 128 numbers of the largest face, of unit length: compared by cosine, the same person from
    ``identity.SFACE_THRESHOLD`` on; None where there is no face."""


class FaceJudge:
    """YuNet and SFace, kept open.

    Args:
        python: The interpreter of the judges' environment; found where ``judges.environment`` says when None.

    Raises:
        EvenfaceError: There is no such environment, or it is broken; the hint says how to get one, and how to do without.
    """

    def __init__(self, python: str | Path | None = None) -> None:
        self._python = python
        self._panel, self._end = self._start()

    def look(self, pictures: Sequence[Pixels | bytes]) -> list[Faces]:
        """Return what is found in each picture, whatever the others are.

        Args:
            pictures: height x width x 3, sRGB, or the bytes of a PNG, JPEG or WEBP file; at least 16 pixels high and wide.

        Raises:
            EvenfaceError: A file shows no picture, or the models' process has died; the next call starts another.
        """
        if not self._end.alive:
            self._panel, self._end = self._start()
        try:
            found = self._panel.read([(str(at), _file(picture)) for at, picture in enumerate(pictures)])
        except EvenfaceError:
            self.close()
            raise
        return [_faces(face) for face in found]

    def close(self) -> None:
        """End the models' process; ``look`` starts another."""
        self._end()

    def _start(self) -> tuple[Judges, weakref.finalize[[], FaceJudge]]:
        try:
            panel = open_judges(want=("yunet", "sface"), python=self._python)
        except EvenfaceError as missing:
            raise type(missing)(missing.what, f"{missing.hint}; {_WITHOUT}") from missing
        # Nobody who forgets to close it leaves a process behind.
        return panel, weakref.finalize(self, panel.close)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()


def _file(picture: Pixels | bytes) -> bytes:
    if isinstance(picture, bytes):
        return picture
    held = BytesIO()
    # It goes down a pipe and is forgotten: no time is spent on making it small.
    Image.fromarray(picture).save(held, "PNG", compress_level=0)
    return held.getvalue()


def _faces(face: Face) -> Faces:
    if face.problem is not None:
        raise EvenfaceError(f"picture {face.picture_id} of those that were shown to the judges: {face.problem}")
    return Faces(face.detections, face.sface)
