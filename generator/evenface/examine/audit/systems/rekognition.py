"""Amazon Rekognition: DetectFaces and CompareFaces through boto3, at a limited rate, and only after the cost was accepted.

Credentials and region come from boto3's own chain (environment, profile, role) alone. Pictures are sent as bytes: they leave this
machine.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from importlib.metadata import version
from io import BytesIO
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError, NoCredentialsError, NoRegionError, PartialCredentialsError
from PIL import Image

from evenface.errors import EvenfaceError, UsageFault
from evenface.examine.audit.records import About, Answer, Detection
from evenface.examine.audit.systems import Compared, Picture, Settings
from evenface.files.pictures import FORMATS

__all__ = ["CALLS_PER_SECOND", "PRICES", "PRICES_OF", "THRESHOLD", "Rekognition"]

PRICES = {"DetectFaces": 0.001, "CompareFaces": 0.001}
"""US dollars of a call: us-east-1, first million images of a month. Regions, volume and time change it; ``--price`` sets it."""
PRICES_OF = "2025"
CALLS_PER_SECOND = 5.0
"""Below the smallest default quota of a region for these operations."""
THRESHOLD = 80.0
"""Default ``SimilarityThreshold`` of CompareFaces. AWS advises 99 where a person's rights are at stake."""
_ATTEMPTS = 8
_REFUSALS = {
    "ImageTooLargeException",
    "InvalidImageFormatException",
    "InvalidParameterException",
    "InvalidS3ObjectException",
}
"""Errors about a picture; all others concern the account, the network or the service, and end the run."""
_GENDERS = {"Female": "woman", "Male": "man"}


class Rekognition:
    """The service in one region."""

    lot = 1
    """One picture per batch, so that no paid answer is lost."""

    def __init__(self, settings: Settings) -> None:
        try:
            config = Config(retries={"mode": "adaptive", "max_attempts": _ATTEMPTS}, user_agent_extra="evenface")
            self._client = boto3.Session().client("rekognition", config=config)
        except NoRegionError as problem:
            raise UsageFault("boto3 has no region for Rekognition", "set one, e.g. AWS_DEFAULT_REGION=eu-central-1") from problem
        except BotoCoreError as problem:
            raise UsageFault(f"boto3 does not start: {problem}", "check ~/.aws/config") from problem
        self._price, self._next = settings.price, 0.0
        model = self._client.meta.service_model
        self.about = About(
            name="rekognition",
            version=f"API {model.api_version}, {self._client.meta.region_name}",
            capabilities=("detect", "attributes", "compare"),
            licence="AWS Service Terms",
            packages={name: version(name) for name in ("boto3", "botocore")},
            threshold=THRESHOLD,
            scores="similarity",
            notes=(
                "the models behind the API change without notice: answers are those of the day of the request",
                "age is the middle of the returned range",
                "CompareFaces takes the largest face of the first picture; the score is the greatest of the second",
                "QualityFilter NONE, SimilarityThreshold 0: every score is returned",
            ),
        )

    def cost(self, pictures: int, pairs: int) -> float:
        """Return the US dollars of the calls, by known prices."""
        detect, compare = (PRICES[name] if self._price is None else self._price for name in ("DetectFaces", "CompareFaces"))
        return pictures * detect + pairs * compare

    def priced(self) -> str:
        """Return the source of the price."""
        return "the price given" if self._price is not None else f"list prices of {PRICES_OF}; --price gives another"

    def answer(self, pictures: Sequence[Picture]) -> list[Answer]:
        """Return the answer of DetectFaces, with all attributes, to each picture."""
        return [self._answer(picture) for picture in pictures]

    def compare(self, pairs: Sequence[tuple[Picture, Picture]]) -> list[Compared]:
        """Return the answer of CompareFaces to each pair."""
        return [self._compare(one, other) for one, other in pairs]

    def _answer(self, picture: Picture) -> Answer:
        said = self._call(self._client.detect_faces, Image={"Bytes": picture.data}, Attributes=["ALL"])
        if isinstance(said, str):
            return Answer(failure=said)
        width, height = _size(picture.data)
        details: list[dict[str, Any]] = said.get("FaceDetails", [])
        if not details:
            return Answer(faces=())
        largest = max(details, key=lambda each: each["BoundingBox"]["Width"] * each["BoundingBox"]["Height"])
        gender, ages = largest.get("Gender", {}), largest.get("AgeRange", {})
        return Answer(
            faces=tuple(_detection(each, width, height) for each in details),
            gender=_GENDERS.get(gender.get("Value"), gender.get("Value")),
            gender_confidence=None if "Confidence" not in gender else gender["Confidence"] / 100,
            age_years=None if not {"Low", "High"} <= {*ages} else (ages["Low"] + ages["High"]) / 2,
        )

    def _compare(self, one: Picture, other: Picture) -> Compared:
        said = self._call(
            self._client.compare_faces,
            SourceImage={"Bytes": one.data},
            TargetImage={"Bytes": other.data},
            SimilarityThreshold=0.0,
            QualityFilter="NONE",
        )
        if isinstance(said, str):
            return Compared(None, said)
        scores = [each["Similarity"] for each in said.get("FaceMatches", []) if "Similarity" in each]
        return Compared(float(max(scores))) if scores else Compared(None, "no comparable face in the second picture")

    def _call(self, operation: Callable[..., dict[str, Any]], **asked: object) -> dict[str, Any] | str:
        """Return the response, or why the service refuses this picture; botocore retries before that."""
        pause = self._next - time.monotonic()
        if pause > 0:
            time.sleep(pause)
        self._next = time.monotonic() + 1 / CALLS_PER_SECOND
        try:
            return operation(**asked)
        except ClientError as problem:
            code = str(problem.response.get("Error", {}).get("Code"))
            if code in _REFUSALS:
                return f"refused: {code}"
            message = str(problem.response.get("Error", {}).get("Message"))
            raise EvenfaceError(
                f"Rekognition refused the request: {code}: {message}", "finished answers are kept; the same command continues"
            ) from problem
        except (NoCredentialsError, PartialCredentialsError) as problem:
            raise UsageFault("boto3 found no credentials", "log in with the aws command, e.g. aws configure sso") from problem
        except BotoCoreError as problem:
            raise EvenfaceError(
                f"Rekognition was not reached: {problem}", "finished answers are kept; the same command continues"
            ) from problem


def _detection(details: dict[str, Any], width: int, height: int) -> Detection:
    """Return a face in pixels; the service returns fractions of the picture's sides."""
    box = details["BoundingBox"]
    pixels = (box["Left"] * width, box["Top"] * height, box["Width"] * width, box["Height"] * height)
    return Detection(pixels, details["Confidence"] / 100 if "Confidence" in details else None)


def _size(data: bytes) -> tuple[int, int]:
    with Image.open(BytesIO(data), formats=FORMATS) as picture:
        width, height = picture.size
    return width, height
