"""Asks one system: shows it the pictures without an answer on disk, in batches with opaque numbers, and returns all answers."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from evenface.dataset.foreign import Columns
from evenface.errors import UsageFault
from evenface.examine.audit.answers import Answers, AnswerStore, check_answer, check_score
from evenface.examine.audit.pairs import Comparisons, Pairs, comparisons_of, score_pairs
from evenface.examine.audit.subjects import Problem, Source, Subjects
from evenface.examine.audit.systems import Compared, Picture, Table
from evenface.examine.audit.systems.opening import Opened

__all__ = ["LOT_BYTES", "Asked", "Asking"]

LOT_BYTES = 32 * 1024 * 1024
"""Largest size of a batch, in bytes."""


@dataclass(frozen=True, slots=True)
class Asked:
    """Options of an audit."""

    systems: tuple[str, ...]
    out: Path
    columns: Columns = Columns()  # noqa: RUF009 (frozen)
    scale: str | None = None
    workers: int = 1
    agreed: bool = False
    """Whether the cost is accepted."""
    max_pairs: int | None = None
    """All pairs when None, or ``PAIR_DEFAULT`` for a system that has to be shown each pair."""
    labels: str = "designed"
    """``designed`` or ``measured``: the tone that groups the pictures; used by the report alone."""
    again: bool = False
    """Ask again about failures."""
    time_limit: float = 60.0
    price: float | None = None
    seed: int = 0


class Asking:
    """One system and its open questions."""

    def __init__(self, opened: Opened, source: Source, subjects: Subjects, pairs: Pairs, asked: Asked) -> None:
        self._opened, self._source, self._subjects, self._pairs, self._asked = opened, source, subjects, pairs, asked
        self.problems: tuple[Problem, ...] = ()
        self._can = set(opened.about.capabilities)
        self._table = opened.system if isinstance(opened.system, Table) else None
        self.pictures: set[str] = set()
        self.couples: list[tuple[str, str]] = []
        if self._table is None:
            self._find_open_questions()

    @property
    def _compares_pairs(self) -> bool:
        return "compare" in self._can and "embed" not in self._can

    def _find_open_questions(self) -> None:
        kept = AnswerStore(self._asked.out, self._opened.about, again=self._asked.again)
        if self._can - {"compare"}:
            self.pictures = set(self._subjects.sha256) - kept.hashes()
        if self._compares_pairs:
            known = kept.known_pairs()
            self.couples = [each for each in dict.fromkeys(self._hashes()) if each not in known]

    def _hashes(self) -> Iterator[tuple[str, str]]:
        names = self._subjects.sha256
        return ((names[one], names[other]) for one, other in zip(self._pairs.first, self._pairs.second, strict=True))

    def cost(self) -> tuple[float, str] | None:
        """Return the cost of the open questions in US dollars, and the source of the price; None if it is free."""
        if not hasattr(self._opened.system, "cost") or not (self.pictures or self.couples):
            return None
        spent: float = self._opened.system.cost(len(self.pictures), len(self.couples))
        return spent, self._opened.system.priced()

    @property
    def name(self) -> str:
        return self._opened.about.name

    def ask(self, on_progress: Callable[[int], None]) -> tuple[Answers, Comparisons | None]:
        """Ask the open questions, and return all answers."""
        if self._table is not None:
            on_progress(len(self._subjects))
            return self._read_table(self._table)
        on_progress(len(self._subjects) - len(self.pictures))
        with AnswerStore(self._asked.out, self._opened.about) as kept:
            self._ask_pictures(kept, on_progress)
            self._ask_pairs(kept)
        answers = kept.collect(self._subjects.sha256 if self._can - {"compare"} else ())
        if "embed" in self._can:
            return answers, score_pairs(answers, self._pairs, self._opened.about)
        return answers, self._collect_scores(kept) if self._compares_pairs else None

    def _ask_pictures(self, kept: AnswerStore, on_progress: Callable[[int], None]) -> None:
        names: dict[str, str] = {}

        def numbered() -> Iterator[Picture]:
            for number, (name, data) in enumerate(self._source.files(self.pictures), 1):
                names[str(number)] = name
                yield Picture(str(number), data)

        for lot, answers in self._opened.answers(_batches(numbered(), self._opened.lot)):
            for picture, answer in zip(lot, answers, strict=True):
                kept.add(names.pop(picture.number), check_answer(answer))
            on_progress(len(lot))

    def _ask_pairs(self, kept: AnswerStore) -> None:
        if not self.couples:
            return
        with tempfile.TemporaryDirectory(prefix="evenface-") as folder:
            files = {}
            for number, (name, data) in enumerate(self._source.files({each for pair in self.couples for each in pair})):
                files[name] = (str(number), Path(folder) / str(number))
                files[name][1].write_bytes(data)
            hashes = {number: name for name, (number, _) in files.items()}

            def shown() -> Iterator[tuple[Picture, Picture]]:
                for one, other in self.couples:
                    if one in files and other in files:
                        yield tuple(Picture(files[name][0], files[name][1].read_bytes()) for name in (one, other))  # type: ignore[misc]

            for lot, found in self._opened.comparisons(_pair_batches(shown(), self._opened.lot)):
                for (one, other), score in zip(lot, found, strict=True):
                    kept.add_pair(hashes[one.number], hashes[other.number], check_score(score))

    def _collect_scores(self, kept: AnswerStore) -> Comparisons:
        known = kept.known_pairs()
        return comparisons_of(self._pairs, (known.get(pair, Compared(None, "no answer")) for pair in self._hashes()))

    def _read_table(self, table: Table) -> tuple[Answers, Comparisons | None]:
        ids = self._subjects.image_ids
        strangers = table.strangers(ids)
        if strangers:
            shown = ", ".join(strangers[:3])
            self.problems = (Problem(self.name, f"answers {len(strangers):,} pictures that are not in the set, e.g. {shown}"),)
        answers = Answers.of(table.answer_of(name) for name in ids if self._can - {"compare"})
        scored = score_pairs(answers, self._pairs, table.about) if "embed" in self._can else None
        if self._compares_pairs:
            named = ((ids[one], ids[other]) for one, other in zip(self._pairs.first, self._pairs.second, strict=True))
            scored = comparisons_of(self._pairs, (check_score(table.score_of(one, other)) for one, other in named))
        missing = [answers.failures["not in the file"], scored.failures["not in the file"] if scored else 0]
        if missing in ([len(ids), 0], [0, len(self._pairs)]):
            what = f"{self.name} has no answer to any picture or pair of the set"
            raise UsageFault(what, "use the image_id, or pair_id, of the dataset in image_id, image_a, image_b and pair_id")
        counted = zip(missing, ("pictures", "pairs"), strict=True)
        self.problems += tuple(
            Problem(self.name, f"has no answer for {count:,} {what}: they count as failures") for count, what in counted if count
        )
        return answers, scored


def _batches(pictures: Iterator[Picture], most: int) -> Iterator[list[Picture]]:
    lot: list[Picture] = []
    held = 0
    for picture in pictures:
        if lot and (len(lot) == most or held + len(picture.data) > LOT_BYTES):
            yield lot
            lot, held = [], 0
        lot.append(picture)
        held += len(picture.data)
    if lot:
        yield lot


def _pair_batches(pairs: Iterator[tuple[Picture, Picture]], most: int) -> Iterator[list[tuple[Picture, Picture]]]:
    while lot := list(islice(pairs, most)):
        yield lot
