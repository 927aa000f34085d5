"""The set that is audited, ours or anybody's, and what is asked of the systems about it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from evenface.dataset import MANIFEST, Dataset
from evenface.dataset.foreign import Columns, LabelledSet, open_labelled

__all__ = ["Asked", "Source"]


@dataclass(frozen=True, slots=True)
class Asked:
    """What is to be asked."""

    systems: tuple[str, ...]
    out: Path
    columns: Columns = Columns()  # noqa: RUF009 (frozen)
    scale: str | None = None
    workers: int = 1
    agreed: bool = False
    """To pay what it costs."""
    max_pairs: int | None = None
    """All pairs when None; ``PAIR_DEFAULT`` of a system that has to be shown each pair."""
    labels: str = "designed"
    """Or ``measured``: which tone groups the pictures; only told on."""
    again: bool = False
    """Ask again where there was a failure."""
    time_limit: float = 60.0
    price: float | None = None
    seed: int = 0


class Source:
    """The set, which is read once for its labels and once for each system that is shown something."""

    def __init__(self, place: Path, columns: Columns) -> None:
        self._place, self._columns = place, columns
        ours = (place / MANIFEST).is_file()
        self.dataset = Dataset.open(place) if ours else None
        self.kind = "evenface" if ours else ""

    def open(self) -> LabelledSet:
        """Open it anew, with all that is said of each picture."""
        opened = open_labelled(self._place, self._columns, whole=True)
        self.kind = opened.kind
        return opened

    def files(self, wanted: set[str]) -> Iterator[tuple[str, bytes]]:
        """Yield the pictures with the wanted hashes, each once."""
        left = set(wanted)
        for data in self._bytes():
            if not left:
                return
            name = sha256(data).hexdigest()
            if name in left:
                left.remove(name)
                yield name, data

    def _bytes(self) -> Iterator[bytes]:
        if self.dataset is None:
            yield from (one.data for one in self.open().pictures if one.problem is None and one.labels is not None)
            return
        for shard in self.dataset.shards("default"):
            for batch in self.dataset.shard_batches(shard, ("image",)):
                yield from filter(None, batch.column(0).field("bytes").to_pylist())
