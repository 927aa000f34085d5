"""Pictures of a dataset: whether each can be decoded, is the one that was packed, and measures as its row states.

Rows are sent to processes in batches of a hundred; in memory are the batches in progress, and of every picture some numbers. A
process measures the colours. The names of the tones are compared at the end for all pictures together, so that the colour
library, which is large, is loaded once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from typing import NamedTuple, Self

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from evenface.dataset import Dataset, Masks, Pixels, Row, Undecodable, decode_image, name_labels, pixel_digest, steps_apart
from evenface.dataset.schema import measured_column
from evenface.examine.validate.features import Features, features_of, no_features, run_in_order, stack_features
from evenface.examine.validate.findings import Collector, place_of
from evenface.examine.validate.labelling import Names
from evenface.examine.validate.shards import Sound
from evenface.faces.tone import Skin, TooFewPixels, distances_2000, read_skin
from evenface.vocabulary import REFERENCE, SCALES, Scale

__all__ = ["MEASURED_COLUMNS", "NOT_READ", "Reading", "Readings", "examine_pictures", "examine_readings", "reading_of"]

TOLERANCE = 0.01
"""Largest difference of a measured value between processors; far below what is visible."""

_READ = ("l_star", "a_star", "b_star", "ita_degrees", "hue_degrees", "spread_delta_e", "pixels")
_DISTANCES = ("nearest_delta_e_2000", "runner_up_delta_e_2000", "nearest_swatch_delta_e_2000")
_NUMBERS = len(_READ) + len(_DISTANCES)
MEASURED_COLUMNS = tuple(map(measured_column, (*_READ, *_DISTANCES, "nearest_swatch", "nearest")))
"""Columns that are compared, in the order of reporting."""
_SWATCH, _TONE, _NOTHING = _NUMBERS, _NUMBERS + 1, -1
_AT_ONCE = 2_000

Floats = NDArray[np.float64]


class Reading(NamedTuple):
    """The skin of one picture, measured again."""

    lab: tuple[float, float, float]
    """NaN where it was not measured, or shows too little skin."""
    stated: tuple[float, ...]
    """Values of the row: codes of the tone and of the nearest swatch, then ``_DISTANCES``; NaN where missing."""
    unlike: int
    """Index in ``MEASURED_COLUMNS`` of the first value that differs from the row; -1 if none does."""


NOT_READ = Reading((np.nan,) * 3, (np.nan,) * (2 + len(_DISTANCES)), _NOTHING)


@dataclass(frozen=True, slots=True, eq=False)
class Readings:
    """Many readings, as arrays."""

    lab: Floats
    stated: Floats
    unlike: NDArray[np.int8]

    @classmethod
    def of(cls, readings: Sequence[Reading]) -> Self:
        """Return readings as arrays."""
        lab, stated, unlike = zip(*readings, strict=True)
        return cls(np.array(lab), np.array(stated), np.array(unlike, dtype=np.int8))


def reading_of(row: Row, skin: Skin | TooFewPixels, scale: Scale) -> Reading:
    """Compare a measurement with the row, except for the nearest tone and swatch."""
    steps = {tone.name: float(at) for at, tone in enumerate(scale.tones)}
    if isinstance(skin, TooFewPixels):
        return Reading(NOT_READ.lab, NOT_READ.stated, _NOTHING if row["measured_tone"] is None else _TONE)
    l_star, a_star, b_star = skin.lab
    read = (
        *skin.lab,
        float(np.degrees(np.arctan2(l_star - 50, b_star))),
        float(np.degrees(np.arctan2(b_star, a_star))),
        skin.spread,
        skin.pixels,
    )
    stated = [row[column] for column in MEASURED_COLUMNS[:_NUMBERS]]
    unlike = next(
        (at for at, value in enumerate(read) if stated[at] is None or not abs(stated[at] - value) <= TOLERANCE), _NOTHING
    )
    named = [steps.get(row[column], np.nan) for column in ("measured_tone", "measured_swatch")]
    distances = [np.nan if value is None else float(value) for value in stated[len(read) :]]
    return Reading(skin.lab, (*named, *distances), unlike)


def examine_readings(parts: Sequence[Readings], scale: Scale, names: Names, found: Collector) -> None:
    """Find the nearest tones and swatches, and report every picture that measures differently than its row states."""
    start = 0
    for part in parts:
        read = np.flatnonzero(~np.isnan(part.lab[:, 0]))
        unlike = part.unlike.astype(np.int64)
        for at in range(0, len(read), _AT_ONCE):
            some = read[at : at + _AT_ONCE]
            unlike[some] = _compare_readings(part.lab[some], part.stated[some], unlike[some], scale)
        for at in np.flatnonzero(unlike != _NOTHING):
            found.add(
                "measurement-differs", names[start + int(at)], f"pixels and mask give a different {MEASURED_COLUMNS[unlike[at]]}"
            )
        start += len(unlike)


def _compare_readings(lab: Floats, stated: Floats, unlike: NDArray[np.int64], scale: Scale) -> NDArray[np.int64]:
    skins = distances_2000(lab, [tone.lab for tone in scale.tones])
    swatches = distances_2000(lab, [tone.swatch_lab for tone in scale.tones])
    nearest = np.argsort(skins, axis=1, kind="stable")[:, :2]
    swatch = np.argmin(swatches, axis=1)
    found = (*np.take_along_axis(skins, nearest, axis=1).T, np.take_along_axis(swatches, swatch[:, None], axis=1)[:, 0])
    wrong = unlike.copy()
    for which, values in enumerate(found):
        apart = np.abs(values - stated[:, 2 + which])
        wrong[(wrong == _NOTHING) & ~(apart <= TOLERANCE)] = len(_READ) + which
    wrong[swatch != stated[:, 1]] = _SWATCH
    wrong[nearest[:, 0] != stated[:, 0]] = _TONE
    return wrong


_COLUMNS = (
    *("image", "image_id", "identity_id", "shot_id", "kind", "tone", "size_px", "image_sha256", "pixel_sha256"),
    *MEASURED_COLUMNS,
)
TONE_OFF = 7.5
"""Largest difference in L* of a reference shot from its tone if its measured tone is more than one step away: the widest step of
the Monk scale. The light steps are 3.5 wide, and skin of one cell spreads by 2 to 4 (fringes and coverings shade it)."""
_ROWS_AT_ONCE = 100
"""Number of rows whose pixels are in memory together."""


@dataclass(frozen=True, slots=True, eq=False)
class _Task:
    """Some rows, with their masks, so that a process opens no file, whose footer alone can take 75 MB."""

    rows: pa.RecordBatch
    labels: dict[str, list[str]]
    masks: list[bytes | None] | None
    scale: str


@dataclass(slots=True)
class _Seen:
    """Results for some pictures, one by one."""

    looks: list[Features] = field(default_factory=list)
    findings: list[tuple[str, str, str]] = field(default_factory=list)
    changed: list[tuple[str, str]] = field(default_factory=list)
    """Place of each picture that is not the one of its row, and the digest of its file."""
    readings: list[Reading] = field(default_factory=list)
    """A reading for each picture."""


class _Batch(NamedTuple):
    """The same in compact form, as a process returns it."""

    look: Features
    readings: Readings
    findings: list[tuple[str, str, str]]
    changed: list[tuple[str, str]]


def examine_pictures(
    dataset: Dataset, sound: Sound, names: Names, found: Collector, workers: int, on_progress: Callable[[int], None]
) -> Features:
    """Examine every picture once, report findings in the order of the shards, and return the features of each picture."""
    looks: list[Features] = []
    readings: list[Readings] = []
    changed: list[tuple[str, str]] = []
    for batch in run_in_order(_examine, _tasks(dataset, sound), workers, len(names)):
        looks.append(batch.look)
        readings.append(batch.readings)
        changed += batch.changed
        for finding in batch.findings:
            found.add(*finding)
        on_progress(len(batch.readings.unlike))
    if changed:
        _report_changed(dataset, sound, changed, found)
    examine_readings(readings, SCALES[dataset.manifest.spec.scale], names, found)
    if sound.masks_whole and sound.pictures_whole:
        _report_lonely_masks(dataset.masks(sound.masks), names, found)
    return stack_features(looks)


def _tasks(dataset: Dataset, sound: Sound) -> Iterator[_Task]:
    masks = dataset.masks(sound.masks) if sound.masks_whole else None
    for shard in sound.pictures:
        labels = dataset.class_names(shard)
        for batch in dataset.shard_batches(shard, _COLUMNS, rows=_ROWS_AT_ONCE):
            names = batch.column("image_id").to_pylist()
            own = [masks.get(name) if name is not None else None for name in names] if masks is not None else None
            yield _Task(batch, labels, own, dataset.manifest.spec.scale)


def _examine(task: _Task) -> _Batch:
    """Examine each picture, then measure all measurable ones together."""
    seen, scale = _Seen(), SCALES[task.scale]
    rows = list(name_labels(task.rows, task.labels))
    measurable: list[tuple[int, Pixels, Pixels]] = []
    for at, row in enumerate(rows):
        where = place_of(row)
        seen.readings.append(NOT_READ)
        _check_name(row, where, seen)
        pixels = _decode(row, where, seen)
        if pixels is None:
            seen.looks.append(no_features())
            continue
        digest = pixel_digest(pixels)
        seen.looks.append(features_of(pixels, digest))
        if not _is_its_own(row, where, pixels, digest, seen):
            continue
        _compare_tones(row, where, scale, seen)
        if task.masks is not None and row["image_id"] is not None:
            region = _mask(where, pixels, task.masks[at], seen)
            measurable += [(at, pixels, region)] if region is not None else []
    skins = read_skin([pixels for _, pixels, _ in measurable], [region for *_, region in measurable])
    for (at, *_), skin in zip(measurable, skins, strict=True):
        seen.readings[at] = reading_of(rows[at], skin, scale)
    return _Batch(stack_features(seen.looks), Readings.of(seen.readings), seen.findings, seen.changed)


def _decode(row: Row, where: str, seen: _Seen) -> Pixels | None:
    pixels = decode_image(row["image"]["bytes"] if row["image"] else None)
    if isinstance(pixels, Undecodable):
        seen.findings.append(("picture-undecodable", where, pixels.why))
        return None
    return pixels


def _check_name(row: Row, where: str, seen: _Seen) -> None:
    name = (row["image"] or {}).get("path")
    if name is not None and set(name) & {"/", "\\"}:
        seen.findings.append(("picture-outside", where, f"its file name {name} is a path"))


def _is_its_own(row: Row, where: str, pixels: Pixels, digest: str, seen: _Seen) -> bool:
    """Compare file, pixels and size with the row; return whether the file is the one of the row."""
    file = sha256(row["image"]["bytes"]).hexdigest()
    if file != row["image_sha256"]:
        seen.changed.append((where, file))
        return False
    if digest != row["pixel_sha256"]:
        seen.findings.append(("pixels-changed", where, "its pixels do not match pixel_sha256"))
    if pixels.shape[:2] != (row["size_px"], row["size_px"]):
        what = f"{pixels.shape[1]} x {pixels.shape[0]} pixels, but size_px is {row['size_px']}"
        seen.findings.append(("picture-size", where, what))
    return True


def _compare_tones(row: Row, where: str, scale: Scale, seen: _Seen) -> None:
    """Compare the designed with the measured tone, which must agree in the reference shot."""
    tone, measured = row["tone"], row["measured_tone"]
    if measured is None:
        code = "tone-unmeasured" if row["kind"] == REFERENCE else "probe-unmeasured"
        seen.findings.append((code, where, f"no tone was measured: {row['measured_pixels'] or 0} pixels of skin"))
    elif row["kind"] == REFERENCE and tone is not None and steps_apart(scale, tone, measured) > 1:
        away = abs((row["measured_l_star"] or 0.0) - scale.tone(tone).lab[0])
        if away > TONE_OFF:
            what = f"designed as {tone}, measured as {measured}: more than one step and {away:.1f} L* apart"
            seen.findings.append(("tone-off", where, what))


def _mask(where: str, pixels: Pixels, data: bytes | None, seen: _Seen) -> Pixels | None:
    mask = decode_image(data, "L") if data is not None else None
    if mask is None:
        seen.findings.append(("mask-missing", where, "it has no skin mask"))
    elif isinstance(mask, Undecodable):
        seen.findings.append(("mask-undecodable", where, mask.why))
    elif mask.shape != pixels.shape[:2]:
        what = f"the mask has {mask.shape[1]} x {mask.shape[0]} pixels, not those of its picture"
        seen.findings.append(("mask-size", where, what))
    else:
        return mask
    return None


def _report_lonely_masks(masks: Masks, names: Names, found: Collector) -> None:
    known = np.sort(names.hashes())
    for name in masks.ids():
        place = int(np.searchsorted(known, hash(name)))
        if place == len(known) or known[place] != hash(name):
            found.add("mask-without-picture", str(name), "this skin mask has no picture")


def _report_changed(dataset: Dataset, sound: Sound, changed: list[tuple[str, str]], found: Collector) -> None:
    """Report each picture that is not the one of its row, with the row that it belongs to, if any."""
    files = {file for _, file in changed}
    owners: dict[str, str] = {}
    for shard in sound.pictures:
        for row in dataset.shard_rows(shard, ("image_id", "image_sha256")):
            if row["image_sha256"] in files:
                owners[row["image_sha256"]] = row["image_id"]
    for where, file in changed:
        if file in owners:
            found.add("picture-swapped", where, f"it holds the picture of {owners[file]}")
        else:
            found.add("picture-changed", where, "the file does not match image_sha256")
