"""``pairs.txt`` as LFW has it: the rows of ``verification`` come in, two texts go out, for tools that read nothing else.

Each text has mated pairs and as many non-mated ones of one list, fold by fold. A fold has at most ``PAIRS`` of either kind for
each cell, as LFW has in all and RFW of each group. Every fold has the same number, and so has every cell within a fold (across an
odd number of cells, to within two pairs).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping

from evenface.dataset import Dataset, Row
from evenface.dataset.protocols.pairs import ACROSS, MATED, WITHIN

__all__ = ["PAIRS", "pairs_texts"]

PAIRS = 300
_FILES = {"protocols/pairs_within_cell.txt": WITHIN, "protocols/pairs_across_cells.txt": ACROSS}
_COLUMNS = ("fold", "list", *(f"{name}_{side}" for name in ("identity_id", "picture_number") for side in "ab"))


def pairs_texts(dataset: Dataset) -> dict[str, str]:
    """Return the texts by the path that each has in a dataset; one without pairs of either kind is left out."""
    cells = len(dataset.manifest.cells)
    lines = _lines(dataset.rows("verification", _COLUMNS), PAIRS * cells)
    texts = {path: _text(lines[MATED], lines[name], cells) for path, name in _FILES.items()}
    return {path: text for path, text in texts.items() if text is not None}


def _lines(rows: Iterable[Row], limit: int) -> dict[str, dict[int, list[str]]]:
    """Return the first lines of each list and fold."""
    found: dict[str, dict[int, list[str]]] = defaultdict(lambda: defaultdict(list))
    for row in rows:
        lines = found[row["list"]][row["fold"]]
        if len(lines) < limit:
            second = [] if row["list"] == MATED else [row["identity_id_b"]]
            entries = (row["identity_id_a"], row["picture_number_a"], *second, row["picture_number_b"])
            lines.append("\t".join(map(str, entries)))
    return found


def _text(mated: Mapping[int, list[str]], non_mated: Mapping[int, list[str]], cells: int) -> str | None:
    if not mated or set(mated) != set(non_mated):
        return None
    count = min(len(lines) for part in (mated, non_mated) for lines in part.values())
    # Each comparison is taken in all cells before the next: whole rounds are even.
    count -= count % cells if count >= cells else 0
    blocks = [[*mated[fold][:count], *non_mated[fold][:count]] for fold in sorted(mated)]
    return "\n".join([f"{len(blocks)}\t{count}", *(line for block in blocks for line in block), ""])
