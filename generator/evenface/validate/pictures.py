"""Pictures: can each be decoded, is it the one that was packed, is it there once, and does it measure as its row says?"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from hashlib import sha256

from evenface.dataset import Dataset, Masks, Pixels, Row, Undecodable, decode_image, pixel_digest, steps_apart
from evenface.measure.tone import TooFewPixels, measure_tone
from evenface.validate.findings import Collector
from evenface.validate.shards import Sound
from evenface.vocabulary import REFERENCE, SCALES

__all__ = ["examine_pictures"]

TOLERANCE = 0.01
"""Difference of a measured value that another processor may make; far below what an eye sees."""

_NUMBERS = (
    *("l_star", "a_star", "b_star", "ita_degrees", "hue_degrees", "spread_delta_e", "pixels"),
    *("nearest_delta_e_2000", "runner_up_delta_e_2000"),
)
_COLUMNS = (
    *("image", "image_id", "identity_id", "shot_id", "kind", "tone", "size_px", "image_sha256", "pixel_sha256"),
    *("measured_tone", *(f"measured_{name}" for name in _NUMBERS)),
)


class _Examination:
    def __init__(self, dataset: Dataset, masks: Masks | None, found: Collector) -> None:
        self.found, self.masks, self.scale = found, masks, SCALES[dataset.manifest.spec.scale]
        self.seen: dict[bytes, str] = {}
        """Digest of the pixels of every picture so far, and whose they are."""
        self.changed: dict[str, tuple[str, str]] = {}
        """By digest of the file: where a picture lies that is not the one of its row, and which file would be right."""

    def look(self, row: Row) -> None:
        where = row["image_id"] or f"a picture of {row['identity_id']}"
        data = row["image"]["bytes"] if row["image"] else None
        pixels = decode_image(data)
        if isinstance(pixels, Undecodable):
            self.found.add("picture-undecodable", where, pixels.why)
            return
        digest = pixel_digest(pixels)
        twin = self.seen.setdefault(bytes.fromhex(digest), where)
        if twin != where:
            self.found.add("pixels-duplicate", where, f"it has the same pixels as {twin}")
        file = sha256(data or b"").hexdigest()
        if file != row["image_sha256"]:
            self.changed[file] = where, row["image_sha256"]
            return
        if digest != row["pixel_sha256"]:
            self.found.add("pixels-changed", where, "its pixels do not have the SHA-256 in pixel_sha256")
        if pixels.shape[:2] != (row["size_px"], row["size_px"]):
            self.found.add("picture-size", where, f"{pixels.shape[1]} x {pixels.shape[0]} pixels, size_px is {row['size_px']}")
        self._compare_tones(row, where)
        if self.masks is not None and row["image_id"] is not None:
            self._measure(row, where, pixels, self.masks)

    def _compare_tones(self, row: Row, where: str) -> None:
        """Compare the designed with the measured tone, which in the reference shot must agree."""
        tone, measured = row["tone"], row["measured_tone"]
        if measured is None:
            code = "tone-unmeasured" if row["kind"] == REFERENCE else "probe-unmeasured"
            self.found.add(code, where, f"no tone was measured: {row['measured_pixels'] or 0} pixels of skin")
        elif row["kind"] == REFERENCE and tone is not None and steps_apart(self.scale, tone, measured) > 1:
            self.found.add("tone-off", where, f"designed as {tone}, measured as {measured}, more than one step away")

    def _measure(self, row: Row, where: str, pixels: Pixels, masks: Masks) -> None:
        data = masks.get(row["image_id"])
        if data is None:
            self.found.add("mask-missing", where, "it has no skin mask")
            return
        mask = decode_image(data, "L")
        if isinstance(mask, Undecodable):
            self.found.add("mask-undecodable", where, mask.why)
        elif mask.shape != pixels.shape[:2]:
            self.found.add("mask-size", where, f"the mask has {mask.shape[1]} x {mask.shape[0]} pixels, not those of its picture")
        else:
            measured = measure_tone(pixels, mask, self.scale)
            differing = [] if isinstance(measured, TooFewPixels) else _differing(row, asdict(measured))
            if isinstance(measured, TooFewPixels) and row["measured_tone"] is not None:
                differing = ["tone"]
            if differing:
                self.found.add("measurement-differs", where, f"pixels and mask give another measured_{differing[0]}")


def examine_pictures(dataset: Dataset, sound: Sound, found: Collector, on_progress: Callable[[int], None]) -> None:
    """Look at every picture once, in the order of the shards."""
    masks = dataset.masks(sound.masks) if sound.masks_whole else None
    examination = _Examination(dataset, masks, found)
    names: set[str] = set()
    for shard in sound.pictures:
        for row in dataset.shard_rows(shard, _COLUMNS):
            examination.look(row)
            names.add(row["image_id"])
            on_progress(1)
    if examination.changed:
        _tell_changed(dataset, sound, examination.changed, found)
    if masks is not None and sound.pictures_whole:
        for name in masks.ids:
            if name not in names:
                found.add("mask-without-picture", str(name), "there is a skin mask, but no picture")


def _tell_changed(dataset: Dataset, sound: Sound, changed: dict[str, tuple[str, str]], found: Collector) -> None:
    """Say of each picture that is not its row's own whose it is, if it is another row's."""
    owners: dict[str, str] = {}
    for shard in sound.pictures:
        for row in dataset.shard_rows(shard, ("image_id", "image_sha256")):
            if row["image_sha256"] in changed:
                owners[row["image_sha256"]] = row["image_id"]
    for file, (where, _) in changed.items():
        if file in owners:
            found.add("picture-swapped", where, f"it holds the picture of {owners[file]}")
        else:
            found.add("picture-changed", where, "the file does not have the SHA-256 in image_sha256")


def _differing(row: Row, measured: dict[str, object]) -> list[str]:
    stored = {name: row[f"measured_{name}"] for name in _NUMBERS}
    numbers = [name for name, value in stored.items() if value is None or abs(value - float(str(measured[name]))) > TOLERANCE]
    return (["tone"] if row["measured_tone"] != measured["nearest"] else []) + numbers
