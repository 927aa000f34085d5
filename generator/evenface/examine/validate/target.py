"""The declared target: ``uniform``, or a file with the wanted share of each cell, comes in; shares by cell go out."""

from __future__ import annotations

import csv
import json
from collections.abc import Sequence
from math import isfinite
from pathlib import Path

from evenface.errors import UsageFault
from evenface.examine.validate.labels import LabelReader, Wrong

__all__ = ["UNIFORM", "cell_key", "read_target"]

UNIFORM = "uniform"
_HINT = "give a CSV with the columns tone, gender, share, or a JSON object of shares by tone/gender"
_LARGE = 10_000_000


def cell_key(tone: str | None, gender: str | None) -> str:
    """Return the name of a cell, of the labels that there are."""
    return "/".join(filter(None, (tone, gender)))


def read_target(target: str, tones: Sequence[str], genders: Sequence[str], scale: str | None) -> dict[str, float]:
    """Return the wanted share of each cell; shares of a file are divided by their sum."""
    if target == UNIFORM:
        cells = [cell_key(tone, gender) for tone in tones or (None,) for gender in genders or (None,)]
        return dict.fromkeys(cells, 1 / max(len(cells), 1))
    path = Path(target)
    if not path.is_file():
        raise UsageFault(f"the target {target} is neither {UNIFORM} nor a file", _HINT)
    if path.stat().st_size > _LARGE:
        raise UsageFault(f"{target} has {path.stat().st_size:,} bytes, which are no list of cells", _HINT)
    try:
        found = _json(path) if path.suffix.lower() == ".json" else _csv(path)
        shares = {_cell(cell, scale, path): float(str(share)) for cell, share in found}
    except (csv.Error, KeyError, TypeError, ValueError) as problem:
        raise UsageFault(f"{target} is no list of shares: {problem}", _HINT) from problem
    if not shares or not all(isfinite(share) and share >= 0 for share in shares.values()) or sum(shares.values()) <= 0:
        raise UsageFault(f"{target} has shares that are no shares: {list(shares.values())[:5]}", _HINT)
    return {cell: share / sum(shares.values()) for cell, share in shares.items()}


def _json(path: Path) -> list[tuple[list[str], object]]:
    data = json.loads(path.read_text(encoding="utf-8-sig"))
    if not isinstance(data, dict):
        raise TypeError("it holds no object")
    return [(cell.split("/"), share) for cell, share in data.items()]


def _csv(path: Path) -> list[tuple[list[str], object]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        rows = csv.DictReader(file)
        labels = [name for name in ("tone", "gender") if name in (rows.fieldnames or ())]
        return [([row[name] for name in labels], row["share"]) for row in rows]


def _cell(labels: list[str], scale: str | None, path: Path) -> str:
    if scale is None:
        return "/".join(labels)
    tone = LabelReader("tone", scale).read(labels[0])
    if isinstance(tone, Wrong):
        raise UsageFault(f"{path}: {tone.what}", _HINT)
    return "/".join([tone, *labels[1:]])
