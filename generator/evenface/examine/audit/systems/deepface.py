"""The package deepface, if installed: its default detector, recogniser and estimators. It downloads its own weights."""

from __future__ import annotations

from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
from deepface import DeepFace as Library
from deepface.commons.folder_utils import get_deepface_home
from deepface.modules.exceptions import FaceNotDetected

from evenface.dataset import Undecodable, decode_image
from evenface.examine.audit.records import About, Answer, Detection
from evenface.examine.audit.systems import Picture, Settings
from evenface.files.storage import sha256_of

__all__ = ["MODEL", "THRESHOLD", "DeepFace"]

MODEL, _DETECTOR = "VGG-Face", "opencv"
"""The defaults of the library."""
THRESHOLD = 1 - 0.68
"""Its cosine distance of 0.68 for this model, as a similarity."""
_WEIGHTS = ("vgg_face_weights", "age_model_weights", "gender_model_weights")
_GENDERS = {"Woman": "woman", "Man": "man"}


class DeepFace:
    """The library with its defaults."""

    def __init__(self, _settings: Settings) -> None:
        Library.build_model(MODEL)
        for attribute in ("Age", "Gender"):
            Library.build_model(attribute, "facial_attribute")
        self.about = About(
            name="deepface",
            version=version("deepface"),
            capabilities=("detect", "attributes", "embed"),
            licence="MIT; the models have other licences, some for research only",
            weights_sha256={file.name: sha256_of(file) for file in _weights()},
            packages={"deepface": version("deepface")},
            threshold=THRESHOLD,
            notes=(
                f"{MODEL}, detector {_DETECTOR}: the defaults",
                "the weights are downloaded by the library; their origin is not checked here",
            ),
        )

    def answer(self, pictures: Sequence[Picture]) -> list[Answer]:
        """Return faces, attributes and templates."""
        return [_answer(picture) for picture in pictures]


def _weights() -> list[Path]:
    """Return the weight files of the models: ``.h5``, ``.pth`` or ``.onnx``, depending on the engine of the library."""
    folder = Path(get_deepface_home()) / ".deepface" / "weights"
    return sorted(file for name in _WEIGHTS for file in folder.glob(f"{name}.*"))


def _answer(picture: Picture) -> Answer:
    pixels = decode_image(picture.data, upright=True)
    if isinstance(pixels, Undecodable):
        return Answer(failure=pixels.why)
    bgr = np.ascontiguousarray(pixels[..., ::-1])
    try:
        found: list[dict[str, Any]] = Library.represent(bgr, model_name=MODEL, detector_backend=_DETECTOR)
        said: list[dict[str, Any]] = Library.analyze(bgr, actions=("age", "gender"), detector_backend=_DETECTOR, silent=True)
    except FaceNotDetected:
        return Answer(faces=())
    largest = max(range(len(found)), key=lambda at: found[at]["facial_area"]["w"] * found[at]["facial_area"]["h"])
    gender = said[largest]["dominant_gender"]
    return Answer(
        faces=tuple(_detection(each) for each in found),
        gender=_GENDERS.get(gender, gender),
        gender_confidence=float(said[largest]["gender"][gender]) / 100,
        age_years=float(said[largest]["age"]),
        embedding=tuple(map(float, found[largest]["embedding"])),
    )


def _detection(found: dict[str, Any]) -> Detection:
    area = found["facial_area"]
    box = (float(area["x"]), float(area["y"]), float(area["w"]), float(area["h"]))
    return Detection(box, float(found["face_confidence"]))
