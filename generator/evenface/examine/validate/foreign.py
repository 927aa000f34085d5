"""Checks of a labelled set that evenface did not package.

Labels are read as they stand; pictures are examined in the same way as those of a dataset.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator

import numpy as np

from evenface.dataset import Undecodable, decode_image
from evenface.dataset.foreign import Labelled, LabelledSet
from evenface.dataset.foreign.files import ENDINGS, is_inside, metadata_of
from evenface.errors import UsageFault
from evenface.examine.validate.association import Association, Column, associate, report_associations
from evenface.examine.validate.features import Features, features_of, no_features, run_in_order, stack_features
from evenface.examine.validate.findings import Collector
from evenface.examine.validate.foreign_rows import RowReader
from evenface.examine.validate.labelling import Labelling, Names
from evenface.examine.validate.labels import UNIFORM, read_target
from evenface.examine.validate.parity import Measure
from evenface.examine.validate.set_checks import Examined, find_flips
from evenface.report import Table
from evenface.statistics.association import contingency, cramers_v

__all__ = ["examine_foreign"]

_PICTURES_AT_ONCE = 64
_BYTES_AT_ONCE = 32_000_000
_UNRELATED, _ENOUGH = 0.1, 40
"""Cramer's V below which labels and measured tones are unrelated, and the number of pictures that this needs."""


def examine_foreign(
    opened: LabelledSet,
    again: Callable[[], LabelledSet],
    *,
    scale: str | None,
    target: str,
    found: Collector,
    workers: int,
    on_progress: Callable[[int], None],
) -> Examined:
    """Read every row and examine every picture once.

    Args:
        again: Opens the same set again.
    """
    if opened.columns.tone is None and opened.columns.gender is None:
        what = f"{opened.root} has no column for tone or gender, so there are no cells"
        raise UsageFault(what, "name one with --tone-column NAME or --gender-column NAME; a folder needs a metadata.csv for it")
    if target != UNIFORM:
        read_target(target, (), (), scale)  # raises before the pictures are read
    reader = RowReader(opened, scale, found)
    look = _read_features(opened, reader, found, workers, on_progress)
    if not len(reader.names):
        raise UsageFault(f"{opened.root} has no rows", "give a set with pictures")
    labelling = reader.labelling(target)
    reader.report_spellings()
    _report_flips(labelling, found)
    _report_empty_cells(labelling, found)
    _report_unrelated(labelling, found)
    _report_unlisted(opened, reader.names, found)
    columns = reader.columns()
    associations = [associate(name, column, labelling) for name, column in columns.items()]
    report_associations(associations, found)
    rows = tuple((each.column, *each.entries) for each in associations)
    tables = (_balance_table(labelling), Table("Columns", ("column", *Association.COLUMNS), rows))
    return Examined(labelling, look, tables, lambda rows: _files(again(), rows), tuple(_measures(columns)))


def _files(opened: LabelledSet, rows: Iterable[int]) -> Iterator[tuple[int, bytes | None]]:
    wanted = set(rows)
    yield from ((at, picture.data) for at, picture in enumerate(opened.pictures) if at in wanted)


def _read_features(
    opened: LabelledSet, reader: RowReader, found: Collector, workers: int, on_progress: Callable[[int], None]
) -> Features:
    looks: list[Features] = []
    for look, problems in run_in_order(_features_of_files, _batches(opened.pictures, reader), workers, opened.count):
        looks.append(look)
        for name, why in problems:
            found.add("picture-undecodable", name, why)
        on_progress(len(look.light))
    return stack_features(looks)


def _batches(pictures: Iterator[Labelled], reader: RowReader) -> Iterator[list[tuple[str, bytes | None]]]:
    """Yield names and files in batches, and pass each row to ``reader``."""
    batch: list[tuple[str, bytes | None]] = []
    held = 0
    for picture in pictures:
        reader.take(picture)
        batch.append((picture.name, picture.data if picture.problem is None else None))
        held += len(picture.data)
        if len(batch) == _PICTURES_AT_ONCE or held > _BYTES_AT_ONCE:
            yield batch
            batch, held = [], 0
    if batch:
        yield batch


def _features_of_files(batch: list[tuple[str, bytes | None]]) -> tuple[Features, list[tuple[str, str]]]:
    looks: list[Features] = []
    problems: list[tuple[str, str]] = []
    for name, data in batch:
        pixels = None if data is None else decode_image(data)
        if isinstance(pixels, Undecodable):
            problems.append((name, pixels.why))
        looks.append(no_features() if pixels is None or isinstance(pixels, Undecodable) else features_of(pixels))
    return stack_features(looks), problems


def _balance_table(labelling: Labelling) -> Table:
    people, pictures = labelling.people_by_cell(), labelling.count(labelling.cell)
    rows = [(cell, people[cell], pictures[cell], share) for cell, share in zip(labelling.cells, labelling.targets, strict=True)]
    return Table("Balance", ("cell", "people", "pictures", "share declared"), tuple(rows))


def _report_flips(labelling: Labelling, found: Collector) -> None:
    labels = (("tone", labelling.tone, labelling.tones), ("gender", labelling.gender, labelling.genders))
    for name, codes, words in labels:
        for person in np.flatnonzero(find_flips(labelling.person, codes, len(labelling.people))):
            own = codes[(labelling.person == person) & (codes >= 0)]
            counts = [f"{words[code]} in {count}" for code, count in Counter(own.tolist()).most_common(4)]
            found.add(f"{name}-flips", labelling.people[person], f"{name} is {', '.join(counts)} of {len(own)} pictures")


def _report_empty_cells(labelling: Labelling, found: Collector) -> None:
    counts = labelling.count(labelling.cell)
    for cell, share in zip(labelling.cells, labelling.targets, strict=True):
        if not counts[cell] and share > 0:
            found.add("cell-missing", cell, f"it has no people; its target is {100 * share:.1f} %")
    both = labelling.cell < 0
    both &= (labelling.tone >= 0) if len(labelling.tones) else (labelling.gender >= 0)
    both &= (labelling.gender >= 0) if len(labelling.genders) else both
    if both.any():
        found.add("cell-undeclared", "the target", f"it lacks the cells of {both.sum()} pictures")


def _report_unlisted(opened: LabelledSet, names: Names, found: Collector) -> None:
    """Report pictures beside those of a table that no row names."""
    root = opened.root if opened.root.is_dir() else opened.root.parent
    if opened.kind not in ("csv", "folders") or (opened.kind == "folders" and not metadata_of(root)):
        return
    splits = [table.parent for table in metadata_of(root)] if opened.kind == "folders" else [root]
    named = {split / name for split in splits for name in names if is_inside(split, name)}
    for folder in sorted({path.parent for path in named if path.is_file()}):
        for path in sorted(folder.iterdir()):
            if path.suffix.lower() in ENDINGS and path not in named:
                found.add("picture-unlisted", path.relative_to(root).as_posix(), "no row names this file")


def _report_unrelated(labelling: Labelling, found: Collector) -> None:
    if labelling.skin is None or (labelling.skin.tone >= 0).sum() < _ENOUGH:
        return
    size = len(labelling.tones)
    strength = cramers_v(contingency(labelling.tone, labelling.skin.tone, (size, size)))
    if strength is not None and strength < _UNRELATED:
        found.add("tone-unrelated", "tone", f"Cramer's V of labelled and measured tone is {strength:.2f}")


def _measures(columns: dict[str, Column]) -> Iterator[Measure]:
    """Yield the columns of numbers with more than 10 values; those called measured_ follow the skin and are left out."""
    for name, column in columns.items():
        if column.numbers is not None and len(column.words) > 10 and not name.startswith("measured_"):
            span = float(np.nanmax(column.numbers) - np.nanmin(column.numbers))
            yield Measure(name, "cell-nuisance", column.numbers, 1e-6 * max(span, 1e-6), "")
