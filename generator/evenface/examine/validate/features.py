"""What pixels alone state of a picture: a digest, a fingerprint, the light behind the head, sharpness.

None of it uses a label. The fingerprint survives re-encoding. It is a perceptual hash: the signs of the 255 lowest frequencies of
the discrete cosine transform of the picture's luma (as pHash, Zauner 2010, with 16 x 16 in place of 8 x 8), and the lowest 63 of
them as numbers, by which candidates are compared again. ``run_in_order`` computes such features in several processes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Generic, TypeVar

import numpy as np
from numpy.typing import NDArray

from evenface.dataset import Pixels, pixel_digest
from evenface.errors import EvenfaceError
from evenface.executors import Failed, run

__all__ = ["COEFFICIENTS", "DIGEST", "WORDS", "Features", "features_of", "no_features", "run_in_order", "stack_features"]

Floats = NDArray[np.float64]

DIGEST = 16
"""Length of a stored pixel digest, in bytes."""
WORDS = 4
"""Number of 64-bit words of a fingerprint."""
COEFFICIENTS = 63
_FREQUENCIES = 16
_THUMBNAIL = 32
_CORNER = 1 / 8
_SIDE = 2048
_FLAT = 0.5
"""Largest coefficient, in luma times 32, of a picture of one colour."""
_LUMA = np.array([0.299, 0.587, 0.114], dtype=np.float32)


@dataclass(frozen=True, slots=True, eq=False)
class Features:
    """Features of n pictures; a row of zeros and NaN is a picture that could not be decoded."""

    digest: NDArray[np.uint8]
    """n x 16."""
    bits: NDArray[np.uint64]
    """n x 4."""
    coefficients: NDArray[np.int8]
    """n x 63, scaled so that the largest magnitude of each row is 127."""
    light: NDArray[np.float32]
    """Luma of the upper corners, where the background is, 0 to 255."""
    sharpness: NDArray[np.float32]
    """Energy of detail finer than two pixels relative to coarser detail, in decibels: independent of exposure and contrast."""

    @property
    def seen(self) -> NDArray[np.bool_]:
        """Which pictures could be decoded."""
        return np.asarray(self.digest.any(axis=1))


def features_of(pixels: Pixels, digest: str | None = None) -> Features:
    """Return the features of one picture (height x width x 3).

    Args:
        digest: Its ``pixel_digest``, if known.
    """
    # A very large picture is subsampled to at most 2048 pixels a side.
    step = 1 + max(pixels.shape) // _SIDE
    luma = pixels[::step, ::step].astype(np.float32) @ _LUMA
    down, across = (_transform(side) for side in luma.shape)
    waves = down @ luma @ across.T
    low = waves[:8, :8].ravel()[1:]
    most = float(np.abs(low).max())
    return Features(
        digest=np.frombuffer(bytes.fromhex(digest or pixel_digest(pixels))[:DIGEST], dtype=np.uint8)[None],
        bits=np.packbits(np.append(waves.ravel()[1:] > 0, False)).view(np.uint64)[None],
        coefficients=np.round(low / most * 127).astype(np.int8)[None] if most > _FLAT else np.zeros((1, COEFFICIENTS), np.int8),
        light=np.array([_corners(luma)], dtype=np.float32),
        sharpness=np.array([_sharpness(luma)], dtype=np.float32),
    )


def no_features() -> Features:
    """Return the row of a picture that could not be decoded."""
    nan = np.full(1, np.nan, dtype=np.float32)
    words = np.zeros((1, WORDS), dtype=np.uint64)
    return Features(np.zeros((1, DIGEST), np.uint8), words, np.zeros((1, COEFFICIENTS), np.int8), nan, nan)


def stack_features(looks: list[Features]) -> Features:
    """Return the features of several pictures, or batches of pictures, concatenated."""
    parts = looks or [no_features()]
    columns = [np.concatenate([getattr(part, name) for part in parts])[: None if looks else 0] for name in Features.__slots__]
    return Features(*columns)


def _corners(luma: NDArray[np.float32]) -> float:
    height, width = (max(1, round(_CORNER * side)) for side in luma.shape)
    return float((luma[:height, :width].mean() + luma[:height, -width:].mean()) / 2)


def _sharpness(luma: NDArray[np.float32]) -> float:
    """Return the energy of differences over one pixel against that over two, in decibels; NaN for a picture of one colour."""
    if min(luma.shape) < 4:
        return float("nan")
    fine, coarse = (_energy(luma[:, step:] - luma[:, :-step]) + _energy(luma[step:] - luma[:-step]) for step in (1, 2))
    return float(10 * np.log10(fine / coarse)) if fine > 0 and coarse > 0 else float("nan")


def _energy(differences: NDArray[np.float32]) -> float:
    return float(np.vdot(differences, differences)) / differences.size


@lru_cache(maxsize=64)
def _transform(side: int) -> NDArray[np.float32]:
    """Return the matrix that averages ``side`` pixels to 32 and takes their lowest 16 cosines."""
    edges = np.linspace(0, side, _THUMBNAIL + 1)
    starts = np.arange(side)
    areas = np.minimum(edges[1:, None], starts + 1) - np.maximum(edges[:-1, None], starts)
    average = np.clip(areas, 0, None) * _THUMBNAIL / side
    places = (np.arange(_THUMBNAIL) + 0.5) * np.pi / _THUMBNAIL
    cosines = np.cos(np.arange(_FREQUENCIES)[:, None] * places) * np.sqrt(2 / _THUMBNAIL)
    return np.asarray(cosines @ average, dtype=np.float32)


T = TypeVar("T")
R = TypeVar("R")

_LIFE = 100_000
_FEW = 2_000
"""Number of pictures below which worker processes take longer to start than they save."""


def run_in_order(work: Callable[[T], R], tasks: Iterable[T], workers: int, pictures: int) -> Iterator[R]:
    """Yield the result of ``work`` for each task, in the order of the tasks.

    Tasks run in ``workers`` processes, or in this one if there is one worker or there are few pictures.

    Raises:
        EvenfaceError: A task failed.
    """
    numbered: Iterator[tuple[int, T]] = iter(enumerate(tasks))
    waiting: dict[int, R] = {}
    following = 0
    executor = "local" if workers > 1 and pictures >= _FEW else "serial"
    for outcome in run(_Numbered(work), numbered, workers, life=_LIFE, executor=executor):
        if isinstance(outcome, Failed):
            raise EvenfaceError(outcome.what, outcome.hint)
        waiting[outcome.task[0]] = outcome.value
        while following in waiting:
            yield waiting.pop(following)
            following += 1


@dataclass(frozen=True, slots=True)
class _Numbered(Generic[T, R]):
    """Calls ``work`` on a numbered task."""

    work: Callable[[T], R]

    def __call__(self, task: tuple[int, T]) -> R:
        return self.work(task[1])
