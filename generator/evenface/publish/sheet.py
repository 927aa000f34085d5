"""The contact sheet: one PNG of a dataset with a row for each tone and columns of genders x people.

Before the name of a tone are two squares: the swatch that people are shown, and the skin colour of the tone. A scale without
swatches has the square of the skin colour alone.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

from evenface.dataset import Dataset, Manifest, Row, Undecodable, decode_image
from evenface.dataset.marking import mark_png, term_of_several
from evenface.errors import EvenfaceError, UsageFault
from evenface.files.storage import explain_os_errors, make_folder, write_file
from evenface.vocabulary import ADULT, REFERENCE, SCALES, Cell

__all__ = ["LARGEST_SIDE", "SHEET", "contact_sheet", "sheet_png"]

SHEET = "contact_sheet.png"
"""Its name in a dataset."""

LARGEST_SIDE = 4096
"""Largest width and height of a sheet, in pixels."""

_SMALLEST_TILE = 24
_GAP, _HEAD, _LABEL, _CHIP = 2, 26, 116, 18
_PAPER, _INK, _EMPTY = (255, 255, 255), (30, 30, 30), (226, 226, 226)


@dataclass(frozen=True, slots=True)
class _Layout:
    """Positions on the sheet."""

    tones: tuple[str, ...]
    groups: tuple[tuple[str, str], ...]
    """Gender and age band, from left to right."""
    people: int
    tile: int

    @property
    def size(self) -> tuple[int, int]:
        return _LABEL + self._left(len(self.groups)) - 3 * _GAP, _HEAD + len(self.tones) * (self.tile + _GAP)

    def place(self, cell: Cell, person: int) -> tuple[int, int]:
        """Return the upper left corner of a picture."""
        group = self.groups.index((cell.gender, cell.age_band))
        across = _LABEL + self._left(group) + person * (self.tile + _GAP)
        return across, _HEAD + self.tones.index(cell.tone) * (self.tile + _GAP)

    def _left(self, group: int) -> int:
        # A wider gap between groups than between people.
        return group * (self.people * (self.tile + _GAP) + 3 * _GAP)


def contact_sheet(dataset_dir: str | Path, out: str | Path, *, shot: str = REFERENCE, people: int = 4) -> Path:
    """Draw the first ``people`` of every cell in one of their shots, and return the path of the PNG."""
    data, out = sheet_png(Dataset.open(dataset_dir), shot=shot, people=people), Path(out)
    with explain_os_errors(out):
        make_folder(out.absolute().parent)
        write_file(out, data)
    return out


def sheet_png(dataset: Dataset, *, shot: str = REFERENCE, people: int = 4) -> bytes:
    """Return the PNG of the first ``people`` of every cell in one of their shots."""
    if people < 1:
        raise UsageFault(f"a sheet cannot have {people} people in each cell", "give 1 or more")
    layout = _layout(dataset.manifest, people)
    sheet = Image.new("RGB", layout.size, _PAPER)
    _draw_labels(sheet, layout, dataset.manifest.spec.scale)
    terms: set[str | None] = set()
    for cell, person, row in _choose(dataset, layout, shot):
        _draw_picture(sheet, layout, layout.place(cell, person), row)
        terms.add(row["digital_source_type"])
    if not terms:
        raise _no_such_shot(dataset, shot)
    data, term = BytesIO(), term_of_several(terms)
    sheet.save(data, "PNG", optimize=True)
    return data.getvalue() if term is None else mark_png(data.getvalue(), term)


def _layout(manifest: Manifest, people: int) -> _Layout:
    spec = manifest.spec
    groups = tuple((gender, band) for gender in spec.genders for band in spec.age_bands)
    width = (LARGEST_SIDE - _LABEL) // len(groups) - 3 * _GAP
    people = max(1, min(people, spec.identities_per_cell, width // (_SMALLEST_TILE + _GAP)))
    tile = min(spec.size_px, width // people - _GAP, (LARGEST_SIDE - _HEAD) // len(spec.tones) - _GAP)
    return _Layout(spec.tones, groups, people, tile)


def _choose(dataset: Dataset, layout: _Layout, shot: str) -> Iterator[tuple[Cell, int, Row]]:
    """Yield the first people of every cell, each with their number on the sheet."""
    config = "reference" if shot == REFERENCE else "default"
    seen: Counter[Cell] = Counter()
    wanted = len(layout.tones) * len(layout.groups) * layout.people
    for row in dataset.rows(config, ("tone", "gender", "age_band", "shot_id", "image", "digital_source_type")):
        cell = Cell(row["tone"], row["gender"], row["age_band"])
        known = cell.tone in layout.tones and (cell.gender, cell.age_band) in layout.groups
        if row["shot_id"] == shot and known and seen[cell] < layout.people:
            yield cell, seen[cell], row
            seen[cell] += 1
            if seen.total() == wanted:
                return


def _draw_picture(sheet: Image.Image, layout: _Layout, place: tuple[int, int], row: Row) -> None:
    pixels = decode_image(row["image"]["bytes"] if row["image"] else None)
    if isinstance(pixels, Undecodable):
        return
    image = Image.fromarray(pixels)
    if image.size != (layout.tile, layout.tile):
        image = image.resize((layout.tile, layout.tile), Image.Resampling.LANCZOS)
    sheet.paste(image, place)


def _draw_labels(sheet: Image.Image, layout: _Layout, scale: str) -> None:
    """Draw tones, with swatches and skin colours, and groups; fill every place grey, so that a missing picture is seen."""
    draw, font = ImageDraw.Draw(sheet), ImageFont.load_default(13)
    for gender, band in layout.groups:
        left = layout.place(Cell(layout.tones[0], gender, band), 0)[0]
        draw.text((left, _HEAD // 2), gender if band == ADULT else f"{gender} {band}", _INK, font, anchor="lm")
        for tone in layout.tones:
            for person in range(layout.people):
                x, y = layout.place(Cell(tone, gender, band), person)
                draw.rectangle((x, y, x + layout.tile - 1, y + layout.tile - 1), fill=_EMPTY)
    for tone in layout.tones:
        middle = layout.place(Cell(tone, *layout.groups[0]), 0)[1] + layout.tile // 2
        half, left = min(_CHIP, layout.tile) // 2, 4
        step = SCALES[scale].tone(tone)
        # A scale without swatches has the skin colour alone.
        for colour in dict.fromkeys((step.swatch_hex, step.srgb_hex)):
            draw.rectangle((left, middle - half, left + 2 * half, middle + half), fill=colour, outline=_INK)
            left += _CHIP + 2
        draw.text((left + 4, middle), tone, _INK, font, anchor="lm")


def _no_such_shot(dataset: Dataset, shot: str) -> EvenfaceError:
    known = sorted({row["shot_id"] for row in dataset.rows("default", ("shot_id",)) if row["shot_id"]})
    if shot in known or not known:
        return EvenfaceError(f"{dataset.root} has no picture to draw", f"see what is wrong: evenface validate {dataset.root}")
    return UsageFault(f"no picture is of the shot {shot!r}", f"choose one of: {', '.join(known)}")
