"""A detector and a recogniser for loops that look again and again: the faces in a picture, and the embedding of the largest.

    with DetectorAndRecogniser() as models:
        for seen in models.look([pixels, another_png]):
            ...

YuNet and SFace are loaded once, in a process of their own, which ends with the object or with the process that opened it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from types import TracebackType
from typing import Self

from PIL import Image

from evenface.errors import EvenfaceError
from evenface.faces.reader import Detection, Face, open_face_models
from evenface.files.pictures import Pixels

__all__ = ["DetectorAndRecogniser", "Faces"]

_WITHOUT = 'or look for no faces: checks = ["tone"] (the profile text cannot do without)'


@dataclass(frozen=True, slots=True)
class Faces:
    """What was found in one picture."""

    faces: tuple[Detection, ...]
    """The largest first."""
    embedding: tuple[float, ...] | None
    """SFace's 128 numbers of the largest face, of unit length: compared by cosine, the same person from
    ``reader.SFACE_THRESHOLD`` on; None where there is no face."""


class DetectorAndRecogniser:
    """YuNet and SFace, kept open.

    Args:
        python: The interpreter of the environment of the face models; found where ``models.environment`` says when None.

    Raises:
        EvenfaceError: There is no such environment, or it is broken; the hint says how to get one, and how to do without.
    """

    def __init__(self, python: str | Path | None = None) -> None:
        try:
            self._models = open_face_models(want=("yunet", "sface"), python=python)
        except EvenfaceError as missing:
            raise type(missing)(missing.what, f"{missing.hint}; {_WITHOUT}") from missing

    def look(self, pictures: Sequence[Pixels | bytes]) -> list[Faces]:
        """Return what is found in each picture of an invented person, whatever the others are.

        Args:
            pictures: height x width x 3, sRGB, or the bytes of a PNG, JPEG or WEBP file; at least 16 pixels high and wide.

        Raises:
            EvenfaceError: A file shows no picture, or the models' process has died; the next call starts another.
        """
        found = self._models.read([(str(at), _file(picture)) for at, picture in enumerate(pictures)], keep=True)
        return [_faces(face) for face in found]

    def close(self) -> None:
        """End the models' process; ``look`` starts another."""
        self._models.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()


def _file(picture: Pixels | bytes) -> bytes:
    if isinstance(picture, bytes):
        return picture
    file = BytesIO()
    # It goes down a pipe and is forgotten: no time is spent on making it small.
    Image.fromarray(picture).save(file, "PNG", compress_level=0)
    return file.getvalue()


def _faces(face: Face) -> Faces:
    if face.problem is not None:
        raise EvenfaceError(f"picture {face.picture_id} of those that the face models were shown: {face.problem}")
    return Faces(face.detections, face.sface)
