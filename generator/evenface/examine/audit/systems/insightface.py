"""The package insightface, if installed: its default models. It downloads its own weights."""

from __future__ import annotations

from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
from insightface.app import FaceAnalysis

from evenface.dataset import Undecodable, decode_image
from evenface.examine.audit.records import About, Answer, Detection
from evenface.examine.audit.systems import Picture, Settings
from evenface.files.storage import sha256_of

__all__ = ["MODEL", "InsightFace"]

MODEL = "buffalo_l"
_GENDERS = ("woman", "man")


class InsightFace:
    """The library with its defaults."""

    def __init__(self, _settings: Settings) -> None:
        self._app = FaceAnalysis(name=MODEL, providers=["CPUExecutionProvider"])
        self._app.prepare(ctx_id=-1)
        self.about = About(
            name="insightface",
            version=version("insightface"),
            capabilities=("detect", "attributes", "embed"),
            licence="MIT; its models are for non-commercial research only",
            weights_sha256={file.name: sha256_of(file) for file in sorted(Path(self._app.model_dir).glob("*.onnx"))},
            packages={"insightface": version("insightface")},
            notes=(
                MODEL,
                "it states no threshold",
                "the weights are downloaded by the library; their origin is not checked here",
            ),
        )

    def answer(self, pictures: Sequence[Picture]) -> list[Answer]:
        """Return faces, attributes and templates."""
        return [self._answer(picture) for picture in pictures]

    def _answer(self, picture: Picture) -> Answer:
        pixels = decode_image(picture.data, upright=True)
        if isinstance(pixels, Undecodable):
            return Answer(failure=pixels.why)
        faces: list[Any] = self._app.get(np.ascontiguousarray(pixels[..., ::-1]))
        if not faces:
            return Answer(faces=())
        largest = max(faces, key=lambda face: (face.bbox[2] - face.bbox[0]) * (face.bbox[3] - face.bbox[1]))
        return Answer(
            faces=tuple(_detection(face) for face in faces),
            gender=_GENDERS[int(largest.gender)],
            age_years=float(largest.age),
            embedding=tuple(map(float, largest.embedding)),
        )


def _detection(face: Any) -> Detection:  # noqa: ANN401 (ships no types)
    left, top, right, bottom = map(float, face.bbox)
    return Detection((left, top, right - left, bottom - top), float(face.det_score))
